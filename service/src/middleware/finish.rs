//! What every answer has: the request's id, and the headers that keep a browser from making more of it than it is.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use proofhouse_types::Problem;

use super::request_id::{self, RequestId};
use crate::access::Left;

/// Pages load what is ours and nothing else, and no other site can frame them.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                           form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What is no page loads nothing.
const OTHER_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Set on every answer, whatever its handler says.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer`, browsers send forms with `Origin: null`, as a page of another site would.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds them; a handler's own `Cache-Control` and `Content-Security-Policy` stay.
pub(super) fn finish(response: Response, id: &RequestId, left: Option<Left>) -> Response {
    let mut response = named(response, id);
    let headers = response.headers_mut();
    headers.insert(request_id::HEADER, id.value());
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let policy = if is_page(headers) { PAGE_POLICY } else { OTHER_POLICY };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    if let Some(Left { per_second, requests }) = left {
        // draft-ietf-httpapi-ratelimit-headers.
        let policy = format!("\"key\";q={per_second};w=1");
        let state = format!("\"key\";r={requests};t=1");
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            headers.insert(name, HeaderValue::from_str(&value).expect("digits and visible ASCII"));
        }
    }
    response
}

/// A problem's details name the request.
fn named(mut response: Response, id: &RequestId) -> Response {
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else { return response };
    problem.request_id = Some(id.0.to_string());
    let body = serde_json::to_vec(&problem).expect("texts and numbers serialise");
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.map(|_| body.into())
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
