//! Takes a batch in: reads its body as it comes, keeps what is good, and accepts it in one step.

use axum::body::Body;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;
use tracing::debug;

use super::lines::{Digested, Lines, Row, rows_of};
use super::sieve::Sieve;
use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{Acceptance, RequestKey, Staging, StoreError};

/// How a body holds its submissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// One a line.
    Ndjson,
    /// All in one document, which is no larger than any request's.
    Json,
}

/// What is asked with a body.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    /// How the body is written.
    pub kind: BodyKind,
    /// The suite of rows that name none.
    pub suite: Option<String>,
    /// The name that the client gave the request.
    pub request_key: Option<String>,
}

/// Makes a batch of a body.
///
/// # Errors
/// Where none of it can be used, or all of it is too much; then nothing is kept.
pub(crate) async fn take_in(
    state: &AppState,
    client: &Client,
    upload: Upload,
    body: Body,
) -> Result<Acceptance, ApiError> {
    let digested = if upload.request_key.is_some() { Digested::Yes } else { Digested::No };
    let mut lines = Lines::new(body, &state.config.http, digested);
    if let Some(name) = &upload.request_key
        && state.store.knows_request(&client.name, name).await?
    {
        lines.drain().await?;
        let key = key_of(name.clone(), &upload, &mut lines);
        return state.store.repeated(&client.name, &key).await?.ok_or(ApiError::Database);
    }
    let mut staging = None;
    match stage(state, client, &upload, &mut lines, &mut staging).await {
        Ok(sieve) => {
            let key = upload.request_key.clone().map(|name| key_of(name, &upload, &mut lines));
            let staging: Staging = staging.ok_or(ApiError::Database)?;
            Ok(staging.accept(sieve.rejected, &sieve.problems, key.as_ref()).await?)
        }
        Err(error) => {
            if let Some(staging) = staging
                && let Err(error) = staging.discard().await
            {
                debug!(%error, "what was taken in goes with what is old");
            }
            Err(error)
        }
    }
}

/// The same bytes for another suite, or read in another way, are another request.
fn key_of(name: String, upload: &Upload, lines: &mut Lines) -> RequestKey {
    let digest = lines.digest().unwrap_or_default();
    let said = format!("{digest} {:?} {:?}", upload.kind, upload.suite);
    RequestKey { name, request_sha256: format!("{:x}", Sha256::digest(said)) }
}

/// Takes the good rows in, and says what it made of all of them.
async fn stage(
    state: &AppState,
    client: &Client,
    upload: &Upload,
    lines: &mut Lines,
    staging: &mut Option<Staging>,
) -> Result<Sieve, ApiError> {
    let mut sieve = Sieve::new(state.clone(), upload.suite.clone());
    match upload.kind {
        BodyKind::Ndjson => loop {
            let rows = lines.next().await?;
            if rows.is_empty() {
                break;
            }
            sieve = add(state, client, sieve, rows, staging).await?;
        },
        BodyKind::Json => {
            let document = lines.whole().await?;
            let (suite, rows) = off_the_threads(move || rows_of(&document)).await??;
            sieve = Sieve::new(state.clone(), suite.or_else(|| upload.suite.clone()));
            sieve = add(state, client, sieve, rows, staging).await?;
        }
    }
    match sieve.nothing_left() {
        Some(error) => Err(error),
        None => Ok(sieve),
    }
}

async fn add(
    state: &AppState,
    client: &Client,
    mut sieve: Sieve,
    rows: Vec<Row>,
    staging: &mut Option<Staging>,
) -> Result<Sieve, ApiError> {
    let (sieve, good) = off_the_threads(move || {
        let good = sieve.sift(rows);
        (sieve, good)
    })
    .await?;
    let good = good?;
    if !good.is_empty() {
        if staging.is_none() {
            *staging = Some(state.store.stage(&client.name).await?);
        }
        if let Some(staging) = staging {
            staging.add(&good).await?;
        }
    }
    Ok(sieve)
}

/// Parsing and hashing megabytes is not for the threads that answer everybody.
async fn off_the_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    spawn_blocking(work).await.map_err(|error| ApiError::Fault(error.to_string()))
}

impl From<StoreError> for ApiError {
    /// Clients learn that it is the database, and the log learns why.
    fn from(error: StoreError) -> ApiError {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, cause, "the database can't be used");
        ApiError::Database
    }
}
