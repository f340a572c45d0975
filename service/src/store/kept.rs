//! One submission of a batch, with what it was scored for and its report.

use proofhouse_types::{Report, Submission};
use sqlx::Row;

use super::batches::BatchId;
use super::database::Store;
use super::error::StoreError;

/// A submission as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    /// Hex of its task's key.
    pub task_key: String,
    /// The submission.
    pub submission: Submission,
    /// Its report, where it has one already.
    pub report: Option<Report>,
}

impl Store {
    /// The submission at a position of a batch, which must be the asking client's.
    pub(crate) async fn kept(&self, id: &BatchId, position: i64) -> Result<Option<Kept>, StoreError> {
        let row = sqlx::query(
            "SELECT s.task_key, s.json, r.json FROM submissions s \
             LEFT JOIN reports r ON r.batch = s.batch AND r.position = s.position \
             WHERE s.batch = $1 AND s.position = $2",
        )
        .bind(id.to_string())
        .bind(position)
        .fetch_optional(self.reader()?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (task_key, submission): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let report: Option<String> = row.try_get(2)?;
        let submission = serde_json::from_str(&submission);
        let report = report.map(|json| serde_json::from_str(&json)).transpose();
        Ok(Some(Kept {
            task_key,
            submission: submission.map_err(|source| StoreError::Row { what: "a submission", source })?,
            report: report.map_err(|source| StoreError::Row { what: "a report", source })?,
        }))
    }
}
