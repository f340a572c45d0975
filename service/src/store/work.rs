//! What is left to score, and the writing down of what was.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::TryStreamExt;
use proofhouse::TaskKey;
use proofhouse_types::{Report, Submission};
use sqlx::{AssertSqlSafe, Row};
use tracing::debug;

use super::batches::{BatchId, placeholders};
use super::database::{Store, now};
use super::error::StoreError;
use crate::dispatcher::ReadyTask;

/// Batches that are looked at for work at a time: the others come when some of these have ended.
const MOST_RUNNING: i64 = 1000;

/// Bytes of submissions that are read ahead; one may be as large as a request's body.
const PAGE_BYTES: usize = 4 << 20;

/// Rows of one statement: see `staging.rs`.
const ROWS_OF_A_STATEMENT: usize = 64;

/// A submission that has no report yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rest {
    /// Where it stands in its batch.
    pub position: i64,
    /// Hex of its task's key.
    pub task_key: String,
    /// The submission's JSON.
    json: String,
}

impl Rest {
    /// The submission.
    pub(crate) fn submission(&self) -> Result<Submission, StoreError> {
        serde_json::from_str(&self.json).map_err(|source| StoreError::Row { what: "a submission", source })
    }
}

/// A report for a submission of a batch.
#[derive(Debug, Clone)]
pub(crate) struct ScoredRow {
    /// The batch.
    pub batch: BatchId,
    /// Where the submission stands in it.
    pub position: i64,
    /// The report's JSON.
    json: String,
    passed: bool,
    has_fault: bool,
}

impl ScoredRow {
    /// A submission's report.
    pub(crate) fn of(batch: BatchId, position: i64, report: &Report) -> ScoredRow {
        let json = serde_json::to_string(report).expect("plain data serialises");
        ScoredRow { batch, position, json, passed: report.passed, has_fault: report.fault.is_some() }
    }
}

/// What writing reports did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Reports that were new.
    pub reports: usize,
    /// Batches that are done with them.
    pub done: Vec<BatchId>,
}

impl Store {
    /// Batches that have submissions without reports, and whose they are: the oldest of each client, then the second of each, so
    /// that no client's keep out another's.
    pub(crate) async fn running(&self) -> Result<Vec<(BatchId, String)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT id, client FROM (SELECT id, client, created_at, ROW_NUMBER() OVER \
                 (PARTITION BY client ORDER BY created_at, id) AS turn FROM batches WHERE state = 'running') AS ranked \
                 ORDER BY turn, created_at, id LIMIT $1",
        )
        .bind(MOST_RUNNING)
        .fetch_all(self.reader()?)
        .await?;
        Ok(rows.into_iter().map(|(id, client)| (BatchId::known(id), client)).collect())
    }

    /// How many batches go on; while the database is away, how many did when it was last asked.
    pub(crate) async fn running_count(&self) -> u64 {
        let known = &self.inner.running;
        if let Ok(pool) = self.reader() {
            let asked: Result<(i64,), sqlx::Error> =
                sqlx::query_as("SELECT COUNT(*) FROM batches WHERE state = 'running'").fetch_one(pool).await;
            match asked {
                Ok((count,)) => known.store(count.unsigned_abs(), Ordering::Relaxed),
                Err(error) => debug!(%error, "batches can't be counted"),
            }
        }
        known.load(Ordering::Relaxed)
    }

    /// Whether a batch still wants to be scored.
    pub(crate) async fn is_running(&self, id: &BatchId) -> Result<bool, StoreError> {
        let found: Option<(i64,)> = sqlx::query_as("SELECT accepted FROM batches WHERE id = $1 AND state = 'running'")
            .bind(id.to_string())
            .fetch_optional(self.reader()?)
            .await?;
        Ok(found.is_some())
    }

    /// The first submissions from this position on that have no report, so many at most.
    pub(crate) async fn rest(&self, id: &BatchId, from: i64, most: usize) -> Result<Vec<Rest>, StoreError> {
        let mut rows = sqlx::query(
            "SELECT s.position, s.task_key, s.json FROM submissions s \
             LEFT JOIN reports r ON r.batch = s.batch AND r.position = s.position \
             WHERE s.batch = $1 AND s.position >= $2 AND r.batch IS NULL ORDER BY s.position LIMIT $3",
        )
        .bind(id.to_string())
        .bind(from)
        .bind(i64::try_from(most).expect("a few"))
        .fetch(self.reader()?);
        let (mut rest, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            let row = Rest { position: row.try_get(0)?, task_key: row.try_get(1)?, json: row.try_get(2)? };
            bytes += row.json.len();
            rest.push(row);
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(rest)
    }

    /// A task as it was when its batch was accepted.
    pub(crate) async fn task(&self, task_key: &str) -> Result<Option<Arc<ReadyTask>>, StoreError> {
        let found: Option<(String,)> = sqlx::query_as("SELECT json FROM tasks WHERE task_key = $1")
            .bind(task_key)
            .fetch_optional(self.reader()?)
            .await?;
        let Some((json,)) = found else { return Ok(None) };
        let task = serde_json::from_str(&json).map_err(|source| StoreError::Row { what: "a task", source })?;
        // A newer version of the service may write the same task in other words, and its key is of the words.
        let (key, json) = TaskKey::of(&task);
        Ok(Some(Arc::new(ReadyTask { key, json: json.into(), task })))
    }

    /// Writes reports down, each once however often it comes, and ends the batches that are complete with them.
    pub(crate) async fn write_reports(&self, rows: &[ScoredRow]) -> Result<Written, StoreError> {
        let mut news: BTreeMap<&BatchId, [i64; 3]> = BTreeMap::new();
        let mut written = Written::default();
        // In one order for everybody, as two servers may write to the same batch.
        let mut rows: Vec<&ScoredRow> = rows.iter().collect();
        rows.sort_unstable_by_key(|row| (&row.batch, row.position));
        rows.dedup_by_key(|row| (&row.batch, row.position));
        let mut writing = self.write().await?;
        for rows in rows.chunks(ROWS_OF_A_STATEMENT) {
            let statement = format!(
                "INSERT INTO reports (batch, position, json) VALUES {} ON CONFLICT (batch, position) DO NOTHING \
                 RETURNING batch, position",
                placeholders(rows.len(), 3)
            );
            let mut query = sqlx::query_as::<_, (String, i64)>(AssertSqlSafe(statement))
                .persistent(rows.len() == ROWS_OF_A_STATEMENT);
            for row in rows {
                query = query.bind(row.batch.to_string()).bind(row.position).bind(&row.json);
            }
            for (batch, position) in query.fetch_all(&mut *writing).await? {
                let batch = BatchId::known(batch);
                let place = rows.binary_search_by_key(&(&batch, position), |row| (&row.batch, row.position));
                let row = rows[place.expect("what comes back was sent")];
                let counts = news.entry(&row.batch).or_default();
                counts[0] += 1;
                counts[1] += i64::from(row.passed);
                counts[2] += i64::from(row.has_fault);
                written.reports += 1;
            }
        }
        for (batch, [scored, passed, faults]) in news {
            sqlx::query(
                "UPDATE batches SET scored = scored + $2, passed = passed + $3, faults = faults + $4 WHERE id = $1",
            )
            .bind(batch.to_string())
            .bind(scored)
            .bind(passed)
            .bind(faults)
            .execute(&mut *writing)
            .await?;
            let ended = sqlx::query(
                "UPDATE batches SET state = 'done', finished_at = $2 WHERE id = $1 AND state = 'running' AND scored = accepted",
            )
            .bind(batch.to_string())
            .bind(now())
            .execute(&mut *writing)
            .await?;
            if ended.rows_affected() > 0 {
                written.done.push(batch.clone());
            }
        }
        writing.commit().await?;
        Ok(written)
    }
}
