//! What a request can fail with, as problem details (RFC 9457). HTTP status codes stand here alone.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use proofhouse_types::Problem;
use serde_json::Value;

use crate::dispatcher::NotDone;
use crate::metrics::Refusal;

/// What kinds of problems are named by; docs/http.md explains each.
const KINDS: &str = "urn:proofhouse:problem:";

/// What was asked is accepted, and done later: no error, but codes stand here alone.
pub(crate) const ACCEPTED: StatusCode = StatusCode::ACCEPTED;

/// Why a request was not answered as it wished.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body or the query says what can't be.
    #[error("{message}")]
    Invalid {
        /// The field, as a path such as `submissions[3].limits.fuel`; none where the whole is no JSON.
        field: Option<String>,
        /// What was wrong, and what was expected.
        message: String,
    },
    /// The body is no JSON at all, or the query can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// There is no such thing.
    #[error("{what} `{name}` does not exist")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// There is no such address.
    #[error("there is nothing at this address")]
    NoRoute,
    /// The address takes other methods.
    #[error("this address does not take this method")]
    Method,
    /// No key, or none that is known.
    #[error("a key is needed: `Authorization: Bearer KEY`")]
    Unauthorized,
    /// A web page of another site asks, or one under a name that is not this machine's.
    #[error("{0}")]
    Forbidden(String),
    /// The key's rate, or its number of requests at a time, is used up.
    #[error("{message}")]
    TooMany {
        /// Which bound.
        message: String,
        /// When to come again.
        retry_after: Duration,
    },
    /// The body is too large.
    #[error("the body is larger than {most} bytes")]
    TooLarge {
        /// The bound.
        most: u64,
    },
    /// The body came too slowly.
    #[error("the body did not come in time")]
    TooSlow,
    /// The body's type or encoding is none that is read here.
    #[error("{0}")]
    MediaType(String),
    /// The queue is too long.
    #[error("overloaded: the expected wait is longer than this request may wait")]
    Overloaded {
        /// When to come again.
        retry_after: Duration,
    },
    /// The server is shutting down.
    #[error("shutting down")]
    Closing,
    /// The server can't work yet, or not any more.
    #[error("not ready: {0}")]
    NotReady(&'static str),
    /// The database can't be used at the moment.
    #[error("the database can't be used at the moment")]
    Database,
    /// What our own host failed at.
    #[error("a fault of the service: {0}")]
    Fault(String),
}

impl ApiError {
    /// A field with a value that can't be.
    pub(crate) fn invalid(field: &str, message: impl Into<String>) -> ApiError {
        ApiError::Invalid { field: Some(field.to_owned()), message: message.into() }
    }

    /// The status that it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// The statuses that any request may be answered with.
    pub(crate) const OF_ALL: &[u16] = &[400, 401, 403, 404, 408, 429, 500, 503];

    /// Those that a request with a body may be answered with besides.
    pub(crate) const OF_BODIES: &[u16] = &[413, 415, 422];

    /// What a status means, for the description of the API.
    pub(crate) fn description(status: u16) -> &'static str {
        match status {
            400 => "The request can't be read.",
            401 => "A key is needed.",
            403 => "Not from there.",
            404 => "There is no such thing.",
            408 => "The body did not come in time.",
            413 => "The body is too large.",
            415 => "The body's type or encoding is none that is read here.",
            422 => "The request is understood, and a field of it can't be used.",
            429 => "The key's rate, or its number of requests at a time, is used up.",
            503 => "Overloaded, or not able to work at the moment: come again after `Retry-After` seconds.",
            _ => "A fault of the service.",
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            ApiError::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "the request can't be used"),
            ApiError::Unreadable(_) => (StatusCode::BAD_REQUEST, "unreadable", "the request can't be read"),
            ApiError::NotFound { .. } | ApiError::NoRoute => (StatusCode::NOT_FOUND, "not-found", "not found"),
            ApiError::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "method not allowed"),
            ApiError::Unauthorized => (StatusCode::UNAUTHORIZED, "key", "a key is needed"),
            ApiError::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "not from there"),
            ApiError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate", "too many requests"),
            ApiError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "too large"),
            ApiError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow", "too slow"),
            ApiError::MediaType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "unsupported media type"),
            ApiError::Overloaded { .. } => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "overloaded"),
            ApiError::Closing => (StatusCode::SERVICE_UNAVAILABLE, "closing", "shutting down"),
            ApiError::NotReady(_) => (StatusCode::SERVICE_UNAVAILABLE, "not-ready", "not ready"),
            ApiError::Database => (StatusCode::SERVICE_UNAVAILABLE, "database", "database unavailable"),
            ApiError::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "fault", "a fault of the service"),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            ApiError::TooMany { retry_after, .. } | ApiError::Overloaded { retry_after } => Some(*retry_after),
            ApiError::Closing | ApiError::NotReady(_) | ApiError::Database => Some(Duration::from_secs(1)),
            ApiError::Invalid { .. }
            | ApiError::Unreadable(_)
            | ApiError::NotFound { .. }
            | ApiError::NoRoute
            | ApiError::Method
            | ApiError::Unauthorized
            | ApiError::Forbidden(_)
            | ApiError::TooLarge { .. }
            | ApiError::TooSlow
            | ApiError::MediaType(_)
            | ApiError::Fault(_) => None,
        }
    }

    /// The problem's details; the request's id is put in by the middleware that knows it.
    pub(crate) fn problem(&self) -> Problem {
        let (status, kind, title) = self.parts();
        let field = match self {
            ApiError::Invalid { field, .. } => field.clone(),
            _ => None,
        };
        Problem {
            kind: format!("{KINDS}{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            field,
            request_id: None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let body = serde_json::to_vec(&problem).expect("texts and numbers serialise");
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after() {
            // Whole seconds, and never at once again.
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs_f64().ceil().max(1.0) as u64));
        }
        if self == ApiError::Unauthorized {
            // A browser asks its user for the key as the password of the second.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            let basic = HeaderValue::from_static("Basic realm=\"proofhouse\", charset=\"UTF-8\"");
            headers.append(header::WWW_AUTHENTICATE, basic);
        }
        // For the server's edge, which counts it, and adds the request's id.
        if let Some(refusal) = Refusal::of(&self) {
            response.extensions_mut().insert(refusal);
        }
        response.extensions_mut().insert(problem);
        // For the addresses of other APIs, which say it in their own words.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<NotDone> for ApiError {
    fn from(not_done: NotDone) -> ApiError {
        match not_done {
            NotDone::Overloaded { retry_after } => ApiError::Overloaded { retry_after },
            NotDone::Closing => ApiError::Closing,
            NotDone::Fault(fault) => ApiError::Fault(fault),
        }
    }
}

/// What an API that is spoken for its clients' sake answers where it is no plain 200: its status, and a body in its own words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Foreign {
    status: StatusCode,
    body: Value,
}

impl Foreign {
    pub(crate) fn created(body: Value) -> Foreign {
        Foreign { status: StatusCode::CREATED, body }
    }

    pub(crate) fn bad_request(body: Value) -> Foreign {
        Foreign { status: StatusCode::BAD_REQUEST, body }
    }

    pub(crate) fn not_found(body: Value) -> Foreign {
        Foreign { status: StatusCode::NOT_FOUND, body }
    }

    pub(crate) fn unprocessable(body: Value) -> Foreign {
        Foreign { status: StatusCode::UNPROCESSABLE_ENTITY, body }
    }

    pub(crate) fn fault(body: Value) -> Foreign {
        Foreign { status: StatusCode::INTERNAL_SERVER_ERROR, body }
    }

    pub(crate) fn unavailable(body: Value) -> Foreign {
        Foreign { status: StatusCode::SERVICE_UNAVAILABLE, body }
    }

    pub(crate) fn gateway_timeout(body: Value) -> Foreign {
        Foreign { status: StatusCode::GATEWAY_TIMEOUT, body }
    }

    /// What it says.
    pub(crate) fn body(&self) -> &Value {
        &self.body
    }

    /// With the status that the error has everywhere else.
    pub(crate) fn like(error: &ApiError, body: Value) -> Foreign {
        Foreign { status: error.status(), body }
    }
}

impl IntoResponse for Foreign {
    fn into_response(self) -> Response {
        let is_refusal = matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT);
        let mut response = (self.status, axum::Json(self.body)).into_response();
        if is_refusal {
            response.extensions_mut().insert(Refusal::Overloaded);
        }
        response
    }
}
