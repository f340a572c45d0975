//! Every address, and the description of them.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::openapi::OpenApi;
use axum::routing::get;
use axum::{Extension, Json, Router, middleware};
use serde_json::Value;

use crate::config::Config;
use crate::contract::contract;
use crate::middleware::{Edge, wrap};
use crate::openapi::describe;
use crate::pages;
use crate::routes::compat::{self, Judge0, resume_judge0};
use crate::routes::{health, v1};
use crate::state::AppState;

/// The application, behind its edge.
pub(crate) fn app(state: AppState, edge: Edge) -> Router {
    let (router, api) = described();
    let api = contract(&api, &state.config);
    let judge0 = Judge0::new(&state.config.queue, state.store.clone());
    tokio::spawn(resume_judge0(state.clone(), judge0.clone()));
    let router = router
        .route("/openapi.json", get(openapi))
        .merge(pages::routes())
        .merge(compat::router(judge0))
        .layer(Extension(Arc::new(api)))
        .layer(Extension(edge.sessions()))
        .with_state(state);
    wrap(router, edge).layer(middleware::from_fn(compat::in_dialect))
}

/// The routes that are described, and their description.
fn described() -> (Router<AppState>, OpenApi) {
    let mut api = OpenApi::default();
    let router = ApiRouter::new().merge(v1::routes()).merge(watched()).finish_api_with(&mut api, describe);
    (router, api)
}

fn watched() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route("/healthz", get_with(health::live, health::document_live))
        .api_route("/readyz", get_with(health::ready, health::document_ready))
        .api_route("/metrics", get_with(health::metrics, health::document_metrics))
}

/// The description of the API, OpenAPI 3.1, of a server with the default settings.
#[must_use]
pub fn api() -> Value {
    api_for(&Config::default())
}

/// That of a server with these settings.
pub(crate) fn api_for(config: &Config) -> Value {
    contract(&described().1, config)
}

async fn openapi(Extension(api): Extension<Arc<Value>>) -> Json<Arc<Value>> {
    Json(api)
}
