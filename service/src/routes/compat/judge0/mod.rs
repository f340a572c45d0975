//! Judge0's API, as of Judge0 CE 1.13.1: submissions by token, one by one and in batches, and what its clients ask of the server.
//! There are no callbacks, as nothing is called from here, and no submission is deleted before its time.

mod accepted;
mod done;
mod handlers;
mod info;
mod languages;
mod request;
mod runner;
mod status;
mod timestamp;
mod view;

use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};

use crate::error::{ApiError, Foreign};
use crate::state::AppState;

pub(crate) use runner::{Judge0, resume};

/// Its addresses, and what is below them.
pub(super) const PATHS: [&str; 10] = [
    "/submissions",
    "/languages",
    "/statuses",
    "/system_info",
    "/config_info",
    "/about",
    "/version",
    "/isolate",
    "/license",
    "/workers",
];

/// The version whose clients are served: they look up language ids by it.
const VERSION: &str = "1.13.1";

pub(super) fn router(judge0: Judge0) -> Router<AppState> {
    Router::new()
        .route("/submissions", post(handlers::create).get(handlers::index))
        .route("/submissions/", post(handlers::create).get(handlers::index))
        .route("/submissions/batch", post(handlers::create_batch).get(handlers::show_batch))
        .route("/submissions/{token}", get(handlers::show).delete(handlers::delete))
        .route("/languages", get(languages::index))
        .route("/languages/", get(languages::index))
        .route("/languages/all", get(languages::all))
        .route("/languages/{id}", get(languages::show))
        .route("/statuses", get(info::statuses))
        .route("/system_info", get(info::system))
        .route("/config_info", get(info::config))
        .route("/about", get(info::about))
        .route("/version", get(info::version))
        .route("/isolate", get(info::isolate))
        .route("/license", get(info::license))
        .route("/workers", get(info::workers))
        .layer(Extension(judge0))
}

fn error_of(message: &str) -> Value {
    json!({ "error": message })
}

fn refused(message: &str) -> Foreign {
    Foreign::bad_request(error_of(message))
}

/// As Rails answers for what it does not find.
fn not_found() -> Foreign {
    Foreign::not_found(json!({ "status": 404, "error": "Not Found" }))
}

fn queue_is_full() -> Foreign {
    Foreign::unavailable(error_of("queue is full"))
}

/// An error that stands before the handlers, in this API's words.
pub(super) fn foreign(error: &ApiError) -> Foreign {
    match error {
        ApiError::Overloaded { .. } => queue_is_full(),
        ApiError::NotFound { .. } | ApiError::NoRoute => not_found(),
        ApiError::Invalid { .. }
        | ApiError::Unreadable(_)
        | ApiError::Method
        | ApiError::Unauthorized
        | ApiError::Forbidden(_)
        | ApiError::TooMany { .. }
        | ApiError::TooLarge { .. }
        | ApiError::TooSlow
        | ApiError::MediaType(_)
        | ApiError::Closing
        | ApiError::NotReady(_)
        | ApiError::Database
        | ApiError::Fault(_) => Foreign::like(error, error_of(&error.to_string())),
    }
}
