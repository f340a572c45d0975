//! Whether the server lives, whether it can work, and how it does.

use aide::openapi::MediaType;
use aide::transform::TransformOperation;
use axum::extract::State;
use axum::http::{HeaderName, header};

use crate::error::ApiError;
use crate::metrics::{CONTENT_TYPE, Levels};
use crate::state::AppState;

/// It lives.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// It can take requests: a worker is ready, and the database can be used.
pub(crate) async fn ready(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    if !state.dispatcher.is_ready() {
        return Err(ApiError::NotReady("no worker is ready"));
    }
    state.store.check().await?;
    Ok("ready\n")
}

/// What Prometheus reads.
pub(crate) async fn metrics(State(state): State<AppState>) -> ([(HeaderName, &'static str); 1], String) {
    let levels = Levels { batches_running: state.store.running_count().await, ..state.dispatcher.levels() };
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], state.metrics.text(&levels))
}

pub(crate) fn document_live(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation
        .id("live")
        .summary("Whether the server lives")
        .response_with::<200, &'static str, _>(|response| response.description("It lives."))
}

pub(crate) fn document_ready(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation
        .id("ready")
        .summary("Whether it can take requests")
        .description("A worker is ready, and the database can be used.")
        .response_with::<200, &'static str, _>(|response| response.description("It can."))
}

pub(crate) fn document_metrics(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("metrics").summary("What Prometheus reads").response_with::<200, String, _>(|response| {
        let mut response = response.description("Counts and levels, in OpenMetrics' text.");
        let kind = CONTENT_TYPE.split(';').next().unwrap_or_default().to_owned();
        response.inner().content = [(kind, MediaType::default())].into_iter().collect();
        response
    })
}
