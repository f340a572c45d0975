//! Bodies in JSON: read strictly, and written.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, StatusCode};
use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::Serialize;

use super::asked::Asked;
use super::read::read;
use crate::error::ApiError;
use crate::middleware::body_error;
use crate::openapi::problems;
use crate::state::AppState;

/// A body above this is read on a thread that may block: one of this size takes a millisecond or two.
const SMALL_BODY_BYTES: usize = 256 << 10;

/// A body in JSON: read strictly, and written.
#[derive(Debug, Clone)]
pub(crate) struct Json<T>(pub T);

/// The bounds of JSON, beside those of all bodies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonBounds {
    /// Values in one document.
    pub values: usize,
}

impl FromRef<AppState> for JsonBounds {
    fn from_ref(state: &AppState) -> JsonBounds {
        JsonBounds { values: state.config.http.json_values }
    }
}

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: Asked,
    JsonBounds: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::MediaType("expected `Content-Type: application/json`".to_owned()));
        }
        let JsonBounds { values } = JsonBounds::from_ref(state);
        let bytes = collected(request.into_body()).await?;
        if bytes.len() <= SMALL_BODY_BYTES {
            return read(&bytes, values).map(Json);
        }
        let reading = tokio::task::spawn_blocking(move || read(&bytes, values));
        let read = reading.await.map_err(|_| ApiError::Fault("the body's reader broke off".to_owned()))?;
        read.map(Json)
    }
}

/// The whole of a body, within the bounds that the server's edge has put on it.
///
/// # Errors
/// Where it is too large, too slow, or broke off.
pub(crate) async fn collected(body: Body) -> Result<Bytes, ApiError> {
    let collected = body.collect().await.map_err(|error| body_error(&error))?;
    Ok(collected.to_bytes())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
    let charset = parameters.trim().to_ascii_lowercase();
    let is_utf8 = charset.strip_prefix("charset=").is_none_or(|name| name.trim_matches('"') == "utf-8");
    kind.trim().eq_ignore_ascii_case("application/json") && is_utf8
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: JsonSchema> OperationInput for Json<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(context, operation);
    }

    fn inferred_early_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<StatusCode>, aide::openapi::Response)> {
        problems(context, ApiError::OF_BODIES)
    }
}

impl<T: JsonSchema + Serialize> aide::OperationOutput for Json<T> {
    type Inner = T;

    fn operation_response(context: &mut GenContext, operation: &mut Operation) -> Option<aide::openapi::Response> {
        axum::Json::<T>::operation_response(context, operation)
    }

    fn inferred_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, aide::openapi::Response)> {
        let answer = Self::operation_response(context, operation);
        answer.map(|answer| (Some(StatusCode::Code(200)), answer)).into_iter().collect()
    }
}
