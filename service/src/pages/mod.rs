//! What people see in a browser: plain HTML made on the server, which works without script.
//! Verdicts are asked for as the API asks for them; nothing submitted is read here, it is shown.

mod amounts;
mod assets;
mod batch;
mod batches;
mod code;
mod entered;
mod home;
mod layout;
mod markers;
mod missing;
mod prose;
mod reference;
mod rules;
mod schema;
mod sign_in;
mod suites;
mod verdict;
mod viewer;
mod visible;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

pub(crate) use missing::missing;
pub(crate) use sign_in::SIGN_IN;
pub(crate) use viewer::{Reader, Viewer};

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(home::show).post(home::score))
        .route("/batches", get(batches::list).post(batches::create))
        .route("/batches/{id}", get(batch::show))
        .route("/batches/{id}/cancel", post(batch::cancel))
        .route("/batches/{id}/{position}", get(batch::report))
        .route("/suites/{name}", get(suites::show))
        .route("/suites", get(suites::list))
        .route("/rules", get(rules::list))
        .route("/rules/{language}/{rule}", get(rules::show))
        .route("/docs", get(reference::show))
        .route(SIGN_IN, get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/assets/{name}", get(assets::serve))
}
