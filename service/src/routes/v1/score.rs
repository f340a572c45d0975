//! `POST /v1/score`: one submission for one task.

use aide::transform::TransformOperation;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use proofhouse_types::{Report, ScoreRequest};

use crate::dispatcher::{CacheUse, Client};
use crate::error::ApiError;
use crate::routes::json::Json;
use crate::routes::v1::submission::resolve;
use crate::state::AppState;

/// RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

pub(crate) async fn score(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<ScoreRequest>,
) -> Result<([(HeaderName, HeaderValue); 1], Json<Report>), ApiError> {
    let (task, submission) = resolve(&state, request)?;
    let scored = state.dispatcher.score(&client, task, submission, state.patience()).await?;
    let status = match scored.cache {
        CacheUse::Hit => "proofhouse; hit",
        CacheUse::Stored => "proofhouse; fwd=miss; stored",
        CacheUse::Bypass => "proofhouse; fwd=bypass",
    };
    Ok(([(CACHE_STATUS, HeaderValue::from_static(status))], Json(scored.report)))
}

pub(crate) fn document(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("score").summary("Score a submission").description(
        "Grades one submission for one task, which comes with it or is one of a suite's. The report is that of the command \
         line and the library; a `fault` in it is ours, and such a report has no score.",
    )
    .response_with::<200, Json<Report>, _>(|response| response.description("The report."))
}
