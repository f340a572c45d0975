//! Submissions of Judge0 clients: what was asked, by its token, and what came of it.

use sqlx::AssertSqlSafe;

use super::batches::placeholders;
use super::database::{Store, now};
use super::error::StoreError;

/// A submission of a Judge0 client.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Judge0Submission {
    /// Its name.
    pub token: String,
    /// What was asked, as JSON.
    pub request: String,
    /// What came of it, as JSON, where it is done.
    pub result: Option<String>,
    /// When it was accepted: seconds since 1970.
    pub created_at: i64,
}

const COLUMNS: &str = "SELECT token, request, result, created_at FROM judge0_submissions";

/// Tokens of one statement: the databases bound its values, SQLite at 32,766.
const TOKENS_OF_A_STATEMENT: usize = 500;

impl Store {
    /// Accepts a submission.
    pub(crate) async fn put_judge0(&self, token: &str, request: &str) -> Result<(), StoreError> {
        let mut writing = self.write().await?;
        sqlx::query("INSERT INTO judge0_submissions (token, request, created_at) VALUES ($1, $2, $3)")
            .bind(token)
            .bind(request)
            .bind(now())
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }

    /// Writes down what came of one, where nothing has before.
    pub(crate) async fn finish_judge0(&self, token: &str, result: &str) -> Result<(), StoreError> {
        let mut writing = self.write().await?;
        sqlx::query("UPDATE judge0_submissions SET result = $2 WHERE token = $1 AND result IS NULL")
            .bind(token)
            .bind(result)
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }

    /// The submission of this token.
    pub(crate) async fn judge0(&self, token: &str) -> Result<Option<Judge0Submission>, StoreError> {
        let statement = format!("{COLUMNS} WHERE token = $1");
        Ok(sqlx::query_as(AssertSqlSafe(statement)).bind(token).fetch_optional(self.reader()?).await?)
    }

    /// The submissions of these tokens, in their order.
    pub(crate) async fn judge0_many(&self, tokens: &[String]) -> Result<Vec<Option<Judge0Submission>>, StoreError> {
        let mut found: Vec<Judge0Submission> = Vec::new();
        for tokens in tokens.chunks(TOKENS_OF_A_STATEMENT) {
            let statement = format!("{COLUMNS} WHERE token IN {}", placeholders(1, tokens.len()));
            let mut query = sqlx::query_as(AssertSqlSafe(statement)).persistent(false);
            for token in tokens {
                query = query.bind(token);
            }
            found.extend(query.fetch_all(self.reader()?).await?);
        }
        let of = |token: &String| found.iter().find(|submission| submission.token == *token).cloned();
        Ok(tokens.iter().map(of).collect())
    }

    /// Submissions that nothing has come of, the oldest first: after a restart, the work that was under way.
    pub(crate) async fn unfinished_judge0(&self, most: u32) -> Result<Vec<Judge0Submission>, StoreError> {
        let statement = format!("{COLUMNS} WHERE result IS NULL ORDER BY created_at, token LIMIT $1");
        Ok(sqlx::query_as(AssertSqlSafe(statement)).bind(i64::from(most)).fetch_all(self.reader()?).await?)
    }

    /// A page of all submissions, the newest first, and how many there are. Pages count from 1.
    pub(crate) async fn judge0_page(
        &self,
        page: u32,
        rows_of_a_page: u32,
    ) -> Result<(Vec<Judge0Submission>, u64), StoreError> {
        let (all,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM judge0_submissions").fetch_one(self.reader()?).await?;
        let statement = format!("{COLUMNS} ORDER BY created_at DESC, token DESC LIMIT $1 OFFSET $2");
        let rows = sqlx::query_as(AssertSqlSafe(statement))
            .bind(i64::from(rows_of_a_page))
            .bind(i64::from(page.saturating_sub(1)) * i64::from(rows_of_a_page))
            .fetch_all(self.reader()?)
            .await?;
        Ok((rows, all.unsigned_abs()))
    }
}
