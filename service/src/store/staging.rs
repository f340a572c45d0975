//! Taking a batch in: its submissions come in pieces that nobody sees, and one last step makes all of them a batch.
//!
//! An upload takes as long as its client likes. One transaction for all of it would keep every other writer out for that time,
//! so the pieces are committed as they come, as a batch in the state `staging`, which only expiry looks at.

use proofhouse_types::{BatchStatus, RowProblem};
use sqlx::AssertSqlSafe;

use super::batches::{BatchId, placeholders};
use super::database::{Store, now};
use super::error::StoreError;

/// Rows of one statement. Preparing one costs as much as some rows; beyond some dozens there is nothing left to win.
const ROWS_OF_A_STATEMENT: usize = 64;

/// The name that a client gave its request, so that it can ask again without doubling it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestKey {
    /// The name.
    pub name: String,
    /// Hex SHA-256 of what the request says.
    pub request_sha256: String,
}

/// A submission on its way in.
#[derive(Debug, Clone)]
pub(crate) struct StagedRow {
    /// Hex of the task's key.
    pub task_key: String,
    /// The task's JSON, where this upload has not had it before.
    pub task: Option<String>,
    /// The submission's JSON.
    pub submission: String,
}

/// How an upload ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Acceptance {
    /// It is a batch now.
    Accepted(BatchStatus),
    /// The same request had been accepted before: this is its batch.
    Repeated(BatchStatus),
    /// The key had been given to a request with another body.
    OtherBody,
}

/// A batch on its way in.
pub(crate) struct Staging {
    store: Store,
    id: BatchId,
    client: String,
    created_at: i64,
    accepted: i64,
}

impl Store {
    /// Begins to take a batch in.
    pub(crate) async fn stage(&self, client: &str) -> Result<Staging, StoreError> {
        let (id, created_at) = (BatchId::new(), now());
        let mut writing = self.write().await?;
        sqlx::query(
            "INSERT INTO batches (id, client, state, accepted, rejected, scored, passed, faults, created_at, touched_at, problems) \
             VALUES ($1, $2, 'staging', 0, 0, 0, 0, 0, $3, $3, '[]')",
        )
        .bind(id.to_string())
        .bind(client)
        .bind(created_at)
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        Ok(Staging { store: self.clone(), id, client: client.to_owned(), created_at, accepted: 0 })
    }

    /// Whether an earlier request had a key of this name.
    pub(crate) async fn knows_request(&self, client: &str, name: &str) -> Result<bool, StoreError> {
        let found: Option<(String,)> = sqlx::query_as("SELECT id FROM batches WHERE client = $1 AND request_key = $2")
            .bind(client)
            .bind(name)
            .fetch_optional(self.reader()?)
            .await?;
        Ok(found.is_some())
    }

    /// What became of an earlier request with this key.
    pub(crate) async fn repeated(&self, client: &str, key: &RequestKey) -> Result<Option<Acceptance>, StoreError> {
        let found: Option<(String, String)> =
            sqlx::query_as("SELECT id, request_sha256 FROM batches WHERE client = $1 AND request_key = $2")
                .bind(client)
                .bind(&key.name)
                .fetch_optional(self.reader()?)
                .await?;
        let Some((id, request_sha256)) = found else { return Ok(None) };
        if request_sha256 != key.request_sha256 {
            return Ok(Some(Acceptance::OtherBody));
        }
        let status = self.batch(client, &BatchId::known(id)).await?;
        Ok(status.map(Acceptance::Repeated))
    }
}

impl Staging {
    /// Takes more submissions in, after those before.
    pub(crate) async fn add(&mut self, rows: &[StagedRow]) -> Result<(), StoreError> {
        let mut tasks: Vec<(&str, &str)> =
            rows.iter().filter_map(|row| Some((row.task_key.as_str(), row.task.as_deref()?))).collect();
        // In one order for everybody: two uploads that wait for each other's rows would both fail.
        tasks.sort_unstable();
        tasks.dedup_by_key(|(key, _)| *key);
        let mut writing = self.store.write().await?;
        for tasks in tasks.chunks(ROWS_OF_A_STATEMENT) {
            let statement = format!(
                "INSERT INTO tasks (task_key, json, used_at) VALUES {} ON CONFLICT (task_key) DO UPDATE SET used_at = \
                 CASE WHEN tasks.used_at > excluded.used_at THEN tasks.used_at ELSE excluded.used_at END",
                placeholders(tasks.len(), 3)
            );
            let mut query = sqlx::query(AssertSqlSafe(statement)).persistent(tasks.len() == ROWS_OF_A_STATEMENT);
            for (key, json) in tasks {
                query = query.bind(*key).bind(*json).bind(self.created_at);
            }
            query.execute(&mut *writing).await?;
        }
        let id = self.id.to_string();
        let mut position = self.accepted;
        for rows in rows.chunks(ROWS_OF_A_STATEMENT) {
            let statement = format!(
                "INSERT INTO submissions (batch, position, task_key, json) VALUES {}",
                placeholders(rows.len(), 4)
            );
            let mut query = sqlx::query(AssertSqlSafe(statement)).persistent(rows.len() == ROWS_OF_A_STATEMENT);
            for row in rows {
                query = query.bind(&id).bind(position).bind(&row.task_key).bind(&row.submission);
                position += 1;
            }
            query.execute(&mut *writing).await?;
        }
        sqlx::query("UPDATE batches SET touched_at = $2 WHERE id = $1")
            .bind(&id)
            .bind(now())
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        self.accepted = position;
        Ok(())
    }

    /// Makes a batch of what was taken in.
    pub(crate) async fn accept(
        self,
        rejected: u64,
        problems: &[RowProblem],
        key: Option<&RequestKey>,
    ) -> Result<Acceptance, StoreError> {
        let problems = serde_json::to_string(problems).expect("texts and numbers serialise");
        let mut writing = self.store.write().await?;
        let done = sqlx::query(
            "UPDATE batches SET state = 'running', accepted = $2, rejected = $3, problems = $4, request_key = $5, \
             request_sha256 = $6 WHERE id = $1 AND state = 'staging'",
        )
        .bind(self.id.to_string())
        .bind(self.accepted)
        .bind(i64::try_from(rejected).expect("rows of one body"))
        .bind(problems)
        .bind(key.map(|key| &key.name))
        .bind(key.map(|key| &key.request_sha256))
        .execute(&mut *writing)
        .await;
        match done {
            // Nobody touched it for so long that expiry took it.
            Ok(done) if done.rows_affected() == 0 => Err(StoreError::Ask(sqlx::Error::RowNotFound)),
            Ok(_) => {
                writing.commit().await?;
                self.store.has_accepted();
                let status = self.store.batch(&self.client, &self.id).await?.ok_or(sqlx::Error::RowNotFound)?;
                Ok(Acceptance::Accepted(status))
            }
            // The same request came twice at a time, and the other was first.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                writing.give_up().await?;
                let first = match key {
                    Some(key) => self.store.repeated(&self.client, key).await?,
                    None => None,
                };
                self.discard().await?;
                first.ok_or(StoreError::Ask(sqlx::Error::RowNotFound))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets what was taken in. Without it, expiry does later.
    pub(crate) async fn discard(self) -> Result<(), StoreError> {
        self.store.mark_expired(&self.id).await
    }
}
