//! SandboxFusion's API: `/run_code`, which verl's reward function calls for each test case, and `/submit`, which grades an
//! answer to a data set's problem. Nothing is ever answered by 429 or 503: its clients try again on 504 alone, or fail.

mod dataset;
mod extraction;
mod hold;
mod judged;
mod programs;
mod prompts;
mod run_code;
mod submit;

use axum::Router;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::dispatcher::NotDone;
use crate::error::{ApiError, Foreign};
use crate::routes::compat::body::Body;
use crate::state::AppState;

pub(super) const PATHS: [&str; 6] =
    ["/run_code", "/submit", "/get_prompts", "/get_prompt_by_id", "/list_datasets", "/list_ids"];

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/run_code", post(run_code::run_code))
        .route("/submit", post(submit::submit))
        .route("/get_prompts", post(prompts::prompts))
        .route("/get_prompt_by_id", post(prompts::prompt_by_id))
        .route("/list_datasets", get(prompts::datasets))
        .route("/list_ids", post(prompts::ids))
}

/// Reads a body, or says what is wrong with it as FastAPI does.
async fn read<T: DeserializeOwned + Send + 'static>(body: Body) -> Result<T, Foreign> {
    body.read(parse, foreign).await
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Foreign> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let inner = error.inner();
        if inner.is_data() {
            let kind = if inner.to_string().starts_with("missing field") { "missing" } else { "value_error" };
            return invalid(kind, &error.path().to_string(), &inner.to_string());
        }
        invalid("json_invalid", "", &inner.to_string())
    })?;
    json.end().map_err(|error| invalid("json_invalid", "", &error.to_string()))?;
    Ok(value)
}

/// A field that can't be, as FastAPI says it. The input is not said again: it may be large.
fn invalid(kind: &str, field: &str, message: &str) -> Foreign {
    let parts = field.split('.').filter(|part| !part.is_empty());
    let place: Vec<&str> = std::iter::once("body").chain(parts).collect();
    Foreign::unprocessable(json!({ "detail": [{ "type": kind, "loc": place, "msg": message }] }))
}

/// What is wrong with a request that can be read.
fn refused(detail: &str) -> Foreign {
    Foreign::bad_request(detail_of(detail))
}

fn detail_of(detail: &str) -> Value {
    json!({ "detail": detail })
}

/// What came in the way of an answer. Whoever asks again may get one.
fn not_done(not_done: NotDone) -> Foreign {
    match not_done {
        NotDone::Overloaded { .. } => Foreign::gateway_timeout(detail_of("overloaded: ask again")),
        NotDone::Closing => Foreign::gateway_timeout(detail_of("shutting down: ask again")),
        NotDone::Fault(fault) => Foreign::fault(detail_of(&format!("a fault of the service: {fault}"))),
    }
}

/// An error that stands before the handlers, in this API's words.
pub(super) fn foreign(error: &ApiError) -> Foreign {
    let detail = detail_of(&error.to_string());
    match error {
        ApiError::TooMany { .. } | ApiError::Overloaded { .. } | ApiError::Closing | ApiError::Database => {
            Foreign::gateway_timeout(detail)
        }
        ApiError::Invalid { field, message } => invalid("value_error", field.as_deref().unwrap_or_default(), message),
        ApiError::Unreadable(message) => invalid("json_invalid", "", message),
        ApiError::NotFound { .. }
        | ApiError::NoRoute
        | ApiError::Method
        | ApiError::Unauthorized
        | ApiError::Forbidden(_)
        | ApiError::TooLarge { .. }
        | ApiError::TooSlow
        | ApiError::MediaType(_)
        | ApiError::NotReady(_)
        | ApiError::Fault(_) => Foreign::like(error, detail),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_that_may_pass_is_answered_by_anything_but_504() {
        let retry_after = Duration::from_secs(1);
        let errors = [
            ApiError::TooMany { message: "m".to_owned(), retry_after },
            ApiError::Overloaded { retry_after },
            ApiError::Closing,
            ApiError::Database,
        ];
        for error in errors {
            assert_eq!(foreign(&error), Foreign::gateway_timeout(detail_of(&error.to_string())));
        }
        for passing in [NotDone::Overloaded { retry_after }, NotDone::Closing] {
            assert!(matches!(not_done(passing), error if error == Foreign::gateway_timeout(error.body().clone())));
        }
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let wrong = |text: &str| parse::<run_code::RunCodeRequest>(text.as_bytes()).unwrap_err().body().clone();
        assert_eq!(
            wrong(r#"{"language": "python"}"#)["detail"][0],
            json!({"type": "missing", "loc": ["body"], "msg": "missing field `code` at line 1 column 22"})
        );
        let timeout = wrong(r#"{"code": "", "language": "python", "run_timeout": "soon"}"#);
        assert_eq!(timeout["detail"][0]["loc"], json!(["body", "run_timeout"]));
        assert_eq!(wrong("{")["detail"][0]["type"], "json_invalid");
        assert_eq!(wrong(r#"{"code": "", "language": "python"} {}"#)["detail"][0]["type"], "json_invalid");
    }
}
