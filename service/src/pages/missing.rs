//! What a browser sees where something went wrong; programs get problem details.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use maud::html;
use proofhouse_types::Problem;

use super::layout::{Page, Place};
use super::viewer::Viewer;
use crate::error::ApiError;

/// An error, as a page.
#[derive(Debug)]
pub(super) struct PageError(pub ApiError);

impl From<ApiError> for PageError {
    fn from(error: ApiError) -> PageError {
        PageError(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let problem = self.0.problem();
        let title = sentence(&problem.title);
        let content = html! {
            h1 { (title.trim_end_matches('.')) }
            p { (sentence(&problem.detail)) }
            p { a href="/" { "Score a program" } " or read " a href="/docs" { "how the API is used" } "." }
        };
        let mut response = self.0.into_response();
        let page = Page { title: title.trim_end_matches('.'), place: Place::Elsewhere, viewer: &Viewer::Nobody }
            .around(content);
        for (name, value) in page.headers() {
            response.headers_mut().insert(name, value.clone());
        }
        response.headers_mut().remove(header::CONTENT_LENGTH);
        // What would have the problem's details take the page's place.
        response.extensions_mut().remove::<Problem>();
        *response.body_mut() = page.into_body();
        response
    }
}

/// A fragment of an error message as a sentence.
pub(super) fn sentence(fragment: &str) -> String {
    let mut characters = fragment.chars();
    let mut sentence: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    sentence.push_str(characters.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// Nothing is there: for people or for programs.
pub(crate) async fn missing(headers: HeaderMap) -> Response {
    if wants_html(&headers) { missing_page() } else { ApiError::NoRoute.into_response() }
}

pub(super) fn missing_page() -> Response {
    PageError(ApiError::NoRoute).into_response()
}

/// Browsers name HTML when a person asks; scripts and commands ask for anything.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| range.trim().starts_with("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_become_sentences() {
        assert_eq!(sentence("there is nothing"), "There is nothing.");
        assert_eq!(sentence("`x` is none"), "`x` is none.");
        assert_eq!(sentence("Done."), "Done.");
    }
}
