//! Who looks at a page, and what a browser is told where it may not.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use super::missing::{PageError, wants_html};
use super::sign_in::SIGN_IN;
use super::suites::percent_encoded;
use crate::dispatcher::Client;
use crate::error::ApiError;

/// Who looks at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Whoever it is, without a session.
    Nobody,
    /// Somebody who has signed in.
    SignedIn(Client),
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Viewer, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or(Viewer::Nobody))
    }
}

/// How an answer is read.
#[derive(Debug)]
pub(crate) enum Reader {
    /// By a person, who asked for this address.
    Person(String),
    /// By a program.
    Program,
}

impl Reader {
    /// Who reads the answer of a request.
    pub(crate) fn of(request: &Request) -> Reader {
        if !wants_html(request.headers()) {
            return Reader::Program;
        }
        let address = request.uri().path_and_query().filter(|_| request.method().is_safe());
        Reader::Person(address.map_or("/", |address| address.as_str()).to_owned())
    }

    /// An error, as it is best understood.
    pub(crate) fn told(self, error: ApiError) -> Response {
        match (self, error) {
            (Reader::Program, error) => error.into_response(),
            (Reader::Person(address), ApiError::Unauthorized) => {
                Redirect::to(&format!("{SIGN_IN}?to={}", percent_encoded(&address))).into_response()
            }
            (Reader::Person(_), error) => PageError(error).into_response(),
        }
    }
}
