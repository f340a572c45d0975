//! Piston's API, version 2: `/api/v2/runtimes` and `/api/v2/execute`. Public servers have them below `/api/v2/piston`, so they
//! are there too. Installing packages and its websocket are not here.

mod execute;
mod request;
mod stage;
mod version;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::error::{ApiError, Foreign};
use crate::state::AppState;

/// Before every address of it.
pub(super) const PREFIX: &str = "/api/v2/";

/// The language, and its other names.
const LANGUAGE: &str = "python";
const ALIASES: [&str; 4] = ["py", "py3", "python3", "python3.14"];

/// The interpreter's version.
const VERSION: &str = "3.14.0";

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/api/v2/runtimes", get(runtimes))
        .route("/api/v2/piston/runtimes", get(runtimes))
        .route("/api/v2/execute", post(execute::execute))
        .route("/api/v2/piston/execute", post(execute::execute))
}

async fn runtimes() -> Json<Value> {
    Json(json!([{ "language": LANGUAGE, "version": VERSION, "aliases": ALIASES }]))
}

fn refused(message: &str) -> Foreign {
    Foreign::bad_request(message_of(message))
}

fn message_of(message: &str) -> Value {
    json!({ "message": message })
}

/// An error that stands before the handlers, in this API's words.
pub(super) fn foreign(error: &ApiError) -> Foreign {
    let message = message_of(&error.to_string());
    match error {
        ApiError::Invalid { .. } | ApiError::Unreadable(_) => Foreign::bad_request(message),
        ApiError::NotFound { .. }
        | ApiError::NoRoute
        | ApiError::Method
        | ApiError::Unauthorized
        | ApiError::Forbidden(_)
        | ApiError::TooMany { .. }
        | ApiError::TooLarge { .. }
        | ApiError::TooSlow
        | ApiError::MediaType(_)
        | ApiError::Overloaded { .. }
        | ApiError::Closing
        | ApiError::Database
        | ApiError::NotReady(_)
        | ApiError::Fault(_) => Foreign::like(error, message),
    }
}
