//! `/v1/batches`: many submissions at once, scored in their own time.

use std::time::Duration;

use aide::transform::TransformOperation;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use proofhouse_types::{BatchRequest, BatchStatus, Report};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::batches::{BodyKind, Follow, Upload, progress, results, take_in};
use crate::dispatcher::Client;
use crate::error::{ACCEPTED, ApiError};
use crate::routes::json::Json;
use crate::routes::parameters::{Path, Query};
use crate::state::AppState;
use crate::store::{Acceptance, BatchId};

/// Names a request, so that it can be asked again without doubling it.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Characters of such a name: a UUID has 36, a SHA-256 64.
const MOST_KEY: usize = 255;

/// Between two signs of life on a stream of events: proxies give up after 30 to 60 seconds of silence.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What may stand in the address of a new batch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBatch {
    /// The suite of the submissions that name none.
    suite: Option<String>,
}

/// The part of an address that names a batch.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct BatchName {
    /// Its id.
    id: String,
}

/// What may stand in the address of results.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichResults {
    /// Whether to wait for the reports that are not there yet, until the batch has ended.
    #[serde(default)]
    follow: bool,
}

pub(crate) async fn create(
    State(state): State<AppState>,
    client: Client,
    Query(NewBatch { suite }): Query<NewBatch>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let upload = Upload { kind: kind_of(&headers)?, suite, request_key: request_key(&headers)? };
    let status = match take_in(&state, &client, upload, body).await? {
        Acceptance::Accepted(status) => {
            state.metrics.batch_accepted(status.accepted);
            status
        }
        Acceptance::Repeated(status) => status,
        Acceptance::OtherBody => {
            return Err(ApiError::invalid(
                IDEMPOTENCY_KEY.as_str(),
                "an earlier request with this key had another body",
            ));
        }
    };
    let location = HeaderValue::try_from(format!("/v1/batches/{}", status.id)).expect("an id is hex digits");
    Ok((ACCEPTED, [(header::LOCATION, location)], Json(status)).into_response())
}

pub(crate) async fn list(State(state): State<AppState>, client: Client) -> Result<Json<Vec<BatchStatus>>, ApiError> {
    Ok(Json(state.store.batches(&client.name).await?))
}

pub(crate) async fn show(
    State(state): State<AppState>,
    client: Client,
    Path(name): Path<BatchName>,
) -> Result<Json<BatchStatus>, ApiError> {
    let (_, status) = found(&state, &client, name).await?;
    Ok(Json(status))
}

pub(crate) async fn cancel(
    State(state): State<AppState>,
    client: Client,
    Path(name): Path<BatchName>,
) -> Result<Json<BatchStatus>, ApiError> {
    let (id, _) = found(&state, &client, name).await?;
    let status = state.store.cancel(&client.name, &id).await?;
    Ok(Json(status.ok_or_else(|| no_batch(id.to_string()))?))
}

pub(crate) async fn show_results(
    State(state): State<AppState>,
    client: Client,
    Path(name): Path<BatchName>,
    Query(WhichResults { follow }): Query<WhichResults>,
) -> Result<Response, ApiError> {
    let (id, _) = found(&state, &client, name).await?;
    let follow = if follow { Follow::ToTheEnd } else { Follow::No };
    let lines = results(state.store, client, id, follow);
    let kind = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response())
}

pub(crate) async fn events(
    State(state): State<AppState>,
    client: Client,
    Path(name): Path<BatchName>,
) -> Result<Response, ApiError> {
    let (id, _) = found(&state, &client, name).await?;
    let events = Sse::new(progress(state.store, client, id));
    Ok(events.keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response())
}

async fn found(state: &AppState, client: &Client, name: BatchName) -> Result<(BatchId, BatchStatus), ApiError> {
    let BatchName { id: text } = name;
    let Some(id) = BatchId::of(&text) else { return Err(no_batch(text)) };
    let status = state.store.batch(&client.name, &id).await?;
    Ok((id, status.ok_or_else(|| no_batch(text))?))
}

fn no_batch(name: String) -> ApiError {
    ApiError::NotFound { what: "batch", name }
}

fn kind_of(headers: &HeaderMap) -> Result<BodyKind, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        // The three names that NDJSON goes by; none is registered.
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(BodyKind::Ndjson),
        "application/json" => Ok(BodyKind::Json),
        _ => Err(ApiError::MediaType("expected `application/x-ndjson` or `application/json`".to_owned())),
    }
}

fn request_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MOST_KEY => Ok(Some(key.to_owned())),
        Ok(_) | Err(_) => Err(ApiError::invalid(
            IDEMPOTENCY_KEY.as_str(),
            format!("expected 1 to {MOST_KEY} visible characters of ASCII"),
        )),
    }
}

pub(crate) fn document_create(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation
        .id("createBatch")
        .summary("Accept many submissions")
        .description(
            "Takes a submission a line, or all in one document, which is bounded as any request's body is. A bad row costs no \
             other: `problems` names it. Accepted means that it outlives the server: after the answer, no crash loses a \
             submission. With an `Idempotency-Key`, the same request again gives the same batch.",
        )
        .input::<Json<BatchRequest>>()
        .response_with::<202, Json<BatchStatus>, _>(|response| response.description("Accepted; `Location` is the batch."))
}

pub(crate) fn document_list(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("batches").summary("Your newest batches, a hundred at most")
}

pub(crate) fn document_show(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("batch").summary("How far a batch is")
}

pub(crate) fn document_cancel(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation
        .id("cancelBatch")
        .summary("Cancel a batch")
        .description("What runs may end and gets its report; nothing more starts. The reports stay.")
}

pub(crate) fn document_results(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("batchResults").summary("The reports of a batch").description(
        "One report a line (`application/x-ndjson`), in the order of the submissions: those that are there, or, with \
         `follow=true`, all of them as they come, until the batch has ended.",
    )
    .response_with::<200, Json<Report>, _>(|response| response.description("Reports, one a line."))
}

pub(crate) fn document_events(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("batchEvents").summary("How far a batch is, as it goes on").description(
        "Server-sent events (`text/event-stream`) named `progress`, each with the batch's status, until the batch has ended.",
    )
    .response_with::<200, Json<BatchStatus>, _>(|response| response.description("The data of each event."))
}
