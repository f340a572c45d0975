//! Forgetting what is old, in steps so small that nobody waits for them.

use super::batches::BatchId;
use super::database::{Store, now};
use super::error::StoreError;

/// Rows that one step forgets: some milliseconds of the one writer that SQLite has.
const STEP_ROWS: i64 = 500;

/// Seconds after which an upload that brought nothing is given up. A client that sends a row in an hour is none.
const STAGING_SECONDS: i64 = 3600;

const DAY_SECONDS: i64 = 24 * 3600;

/// Whether there is more to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// Another step would find something.
    Some,
    /// Nothing is old enough any more.
    All,
}

impl Store {
    /// Takes one step at forgetting what ended more than so many days ago, uploads that were left, and tasks that no batch has.
    pub(crate) async fn forget(&self, retention_days: u32) -> Result<Forgotten, StoreError> {
        let old = now() - i64::from(retention_days) * DAY_SECONDS;
        let mut writing = self.write().await?;
        sqlx::query(
            "UPDATE batches SET state = 'expired', request_key = NULL WHERE (state IN ('done', 'cancelled') AND finished_at < $1) \
             OR (state = 'staging' AND touched_at < $2)",
        )
        .bind(old)
        .bind(now() - STAGING_SECONDS)
        .execute(&mut *writing)
        .await?;
        let expired: Option<(String,)> =
            sqlx::query_as("SELECT id FROM batches WHERE state = 'expired' ORDER BY created_at LIMIT 1")
                .fetch_optional(&mut *writing)
                .await?;
        let mut rows = 0;
        match expired {
            Some((id,)) => {
                for table in ["reports", "submissions"] {
                    let statement = format!(
                        "DELETE FROM {table} WHERE batch = $1 AND position IN \
                         (SELECT position FROM {table} WHERE batch = $1 ORDER BY position LIMIT $2)"
                    );
                    let step = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(&id).bind(STEP_ROWS);
                    rows += step.execute(&mut *writing).await?.rows_affected();
                }
                if rows == 0 {
                    let gone = sqlx::query("DELETE FROM batches WHERE id = $1").bind(&id);
                    rows += gone.execute(&mut *writing).await?.rows_affected();
                }
            }
            None => {
                // Every batch has used its tasks since it was created, so what was last used before the oldest is nobody's. The day
                // is for batches that are being created while we look.
                let oldest: (Option<i64>,) =
                    sqlx::query_as("SELECT MIN(created_at) FROM batches").fetch_one(&mut *writing).await?;
                let unused = (now() - DAY_SECONDS).min(oldest.0.unwrap_or(i64::MAX));
                for statement in [
                    "DELETE FROM tasks WHERE task_key IN (SELECT task_key FROM tasks WHERE used_at < $1 LIMIT $2) AND used_at < $1",
                    "DELETE FROM judge0_submissions WHERE token IN \
                     (SELECT token FROM judge0_submissions WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
                ] {
                    let before = if statement.contains("tasks") { unused } else { old };
                    let step = sqlx::query(statement).bind(before).bind(STEP_ROWS);
                    rows += step.execute(&mut *writing).await?.rows_affected();
                }
            }
        }
        writing.commit().await?;
        Ok(if rows == 0 { Forgotten::All } else { Forgotten::Some })
    }

    /// Has a batch be forgotten with the next steps. Nobody sees it any more.
    pub(super) async fn mark_expired(&self, id: &BatchId) -> Result<(), StoreError> {
        let mut writing = self.write().await?;
        sqlx::query("UPDATE batches SET state = 'expired', request_key = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }
}
