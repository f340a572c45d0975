//! The service's own API.

pub(crate) mod batches;
pub(crate) mod check;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod submission;
pub(crate) mod suites;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use crate::state::AppState;

pub(crate) fn routes() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route("/v1/run", post_with(run::run, run::document))
        .api_route("/v1/score", post_with(score::score, score::document))
        .api_route("/v1/check", post_with(check::check, check::document))
        .api_route(
            "/v1/batches",
            post_with(batches::create, batches::document_create).get_with(batches::list, batches::document_list),
        )
        .api_route(
            "/v1/batches/{id}",
            get_with(batches::show, batches::document_show).delete_with(batches::cancel, batches::document_cancel),
        )
        .api_route("/v1/batches/{id}/results", get_with(batches::show_results, batches::document_results))
        .api_route("/v1/batches/{id}/events", get_with(batches::events, batches::document_events))
        .api_route("/v1/suites", get_with(suites::list, suites::document_list))
        .api_route("/v1/suites/{name}", get_with(suites::show, suites::document_show))
        .api_route("/v1/languages", get_with(suites::languages, suites::document_languages))
}
