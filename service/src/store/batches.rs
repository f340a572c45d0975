//! Batches as their clients see them: how far they are, and their reports in order.

use std::fmt;

use futures_util::TryStreamExt;
use proofhouse_types::{BatchState, BatchStatus};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::database::{Store, now};
use super::error::StoreError;

/// Batches of one list.
const LISTED: i64 = 100;

/// Bytes and rows of a page of results: what a client that reads slowly keeps in memory.
const PAGE_BYTES: usize = 1 << 20;
const PAGE_ROWS: i64 = 256;

/// A batch's name. Later ones sort after earlier ones, and nobody can guess one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BatchId(String);

impl BatchId {
    /// A new one.
    pub(super) fn new() -> BatchId {
        BatchId(Uuid::now_v7().simple().to_string())
    }

    /// One that the database has.
    pub(super) fn known(id: String) -> BatchId {
        BatchId(id)
    }

    /// One that a client wrote; nothing where it can be none.
    pub(crate) fn of(text: &str) -> Option<BatchId> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| BatchId(text.to_owned()))
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Some reports of a batch, in the order of its submissions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportPage {
    /// Where each submission stood in the batch, and its report's JSON.
    pub reports: Vec<(i64, String)>,
    /// Whether there is nothing after them at the moment.
    pub is_last: bool,
}

const COLUMNS: &str = "id, state, accepted, rejected, scored, passed, faults, created_at, finished_at, problems";

impl Store {
    /// A batch of this client's.
    pub(crate) async fn batch(&self, client: &str, id: &BatchId) -> Result<Option<BatchStatus>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM batches WHERE id = $1 AND client = $2 AND state IN ('running', 'done', 'cancelled')"
        )))
        .bind(id.to_string())
        .bind(client)
        .fetch_optional(self.reader()?)
        .await?;
        row.as_ref().map(status_of).transpose()
    }

    /// The newest batches of this client, the newest first.
    pub(crate) async fn batches(&self, client: &str) -> Result<Vec<BatchStatus>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM batches WHERE client = $1 AND state IN ('running', 'done', 'cancelled') \
             ORDER BY created_at DESC, id DESC LIMIT $2"
        )))
        .bind(client)
        .bind(LISTED)
        .fetch_all(self.reader()?)
        .await?;
        rows.iter().map(status_of).collect()
    }

    /// Has nothing more of a batch start. What runs may still get its report.
    pub(crate) async fn cancel(&self, client: &str, id: &BatchId) -> Result<Option<BatchStatus>, StoreError> {
        let mut writing = self.write().await?;
        sqlx::query(
            "UPDATE batches SET state = 'cancelled', finished_at = $3 WHERE id = $1 AND client = $2 AND state = 'running'",
        )
        .bind(id.to_string())
        .bind(client)
        .bind(now())
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        self.batch(client, id).await
    }

    /// Reports of a batch from this position on.
    pub(crate) async fn reports(&self, id: &BatchId, from: i64) -> Result<ReportPage, StoreError> {
        let mut rows = sqlx::query(
            "SELECT position, json FROM reports WHERE batch = $1 AND position >= $2 ORDER BY position LIMIT $3",
        )
        .bind(id.to_string())
        .bind(from)
        .bind(PAGE_ROWS)
        .fetch(self.reader()?);
        let (mut page, mut bytes) = (ReportPage { reports: Vec::new(), is_last: true }, 0);
        while let Some(row) = rows.try_next().await? {
            let (position, json): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            bytes += json.len();
            page.reports.push((position, json));
            if bytes >= PAGE_BYTES || page.reports.len() == PAGE_ROWS as usize {
                page.is_last = false;
                break;
            }
        }
        Ok(page)
    }
}

fn status_of(row: &AnyRow) -> Result<BatchStatus, StoreError> {
    let number = |column: &str| -> Result<u64, sqlx::Error> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
    let problems: String = row.try_get("problems")?;
    Ok(BatchStatus {
        id: row.try_get("id")?,
        state: match row.try_get::<String, _>("state")?.as_str() {
            "done" => BatchState::Done,
            "cancelled" => BatchState::Cancelled,
            _ => BatchState::Running,
        },
        accepted: number("accepted")?,
        rejected: number("rejected")?,
        scored: number("scored")?,
        passed: number("passed")?,
        faults: number("faults")?,
        created_at: number("created_at")?,
        finished_at: row.try_get::<Option<i64>, _>("finished_at")?.map(i64::unsigned_abs),
        problems: serde_json::from_str(&problems).map_err(|source| StoreError::Row { what: "problems", source })?,
    })
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many values.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let mut places = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        places.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            places.push_str(if column == 0 { "$" } else { ", $" });
            places.push_str(&(row * columns + column + 1).to_string());
        }
        places.push(')');
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_names_of_batches() {
        let id = BatchId::new();
        assert_eq!(BatchId::of(&id.to_string()), Some(id));
        for text in ["", "1", "' OR 1 = 1 --", "0193A0000000000000000000000000AA", &"a".repeat(33)] {
            assert_eq!(BatchId::of(text), None, "{text}");
        }
    }

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(placeholders(1, 1), "($1)");
        assert_eq!(placeholders(2, 3), "($1, $2, $3), ($4, $5, $6)");
    }
}
