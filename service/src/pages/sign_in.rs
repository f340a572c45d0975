//! `/sign-in`: a session for a key, so that browsers need not send it with each request.

use axum::Extension;
use axum::Form as Posted;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::layout::{Page, Place};
use super::viewer::Viewer;
use crate::access::{COOKIE, SESSION, Sessions};
use crate::error::ApiError;

/// The address.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// Where to go from there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Next {
    to: String,
}

/// The form's fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    key: String,
    to: String,
}

pub(super) async fn show(Extension(sessions): Extension<Sessions>, Query(Next { to }): Query<Next>) -> Response {
    if sessions.are_needed() { form(&to, None) } else { Redirect::to("/").into_response() }
}

pub(super) async fn sign_in(
    Extension(sessions): Extension<Sessions>,
    headers: HeaderMap,
    Posted(Shown { key, to }): Posted<Shown>,
) -> Response {
    let Some(id) = sessions.sign_in(key.trim().as_bytes()) else {
        let refused = form(&to, Some("This server does not know this key."));
        return (ApiError::Unauthorized.status(), refused).into_response();
    };
    let cookie = cookie(&id, SESSION.as_secs(), &headers);
    ([(header::SET_COOKIE, cookie)], Redirect::to(own(&to))).into_response()
}

pub(super) async fn sign_out(Extension(sessions): Extension<Sessions>, headers: HeaderMap) -> Response {
    sessions.sign_out(&headers);
    ([(header::SET_COOKIE, cookie("", 0, &headers))], Redirect::to(SIGN_IN)).into_response()
}

/// The session's cookie: for this site alone, and for no script. `Secure` where the way to the browser is, by the word of the
/// proxy: whoever makes it up keeps the cookie from their own browser, and nothing else.
fn cookie(id: &str, seconds: u64, headers: &HeaderMap) -> HeaderValue {
    let is_secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(cookie).expect("hex digits and visible ASCII")
}

/// An address of this server; its first page where it is one of another.
fn own(to: &str) -> &str {
    let is_own = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && to.bytes().all(|byte| byte.is_ascii_graphic());
    if is_own { to } else { "/" }
}

fn form(to: &str, complaint: Option<&str>) -> Response {
    let content = html! {
        form.narrow method="post" action=(SIGN_IN) {
            h1 { "Sign in" }
            p { "This server answers those who have a key. Signed in, this browser may ask for 12 hours." }
            label for="key" { "Key" }
            @if let Some(complaint) = complaint { span.complaint #key-complaint role="alert" { (complaint) } }
            input #key name="key" type="password" autocomplete="current-password" required autofocus
                aria-invalid=[complaint.map(|_| "true")] aria-describedby=[complaint.map(|_| "key-complaint")];
            input type="hidden" name="to" value=(to);
            p.send { button type="submit" { "Sign in" } }
        }
    };
    Page { title: "Sign in", place: Place::Elsewhere, viewer: &Viewer::Nobody }.around(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for to in ["/", "/batches?x=1", "/suites/a%20b"] {
            assert_eq!(own(to), to);
        }
        for to in ["", "//evil.test", "https://evil.test", "/\\evil.test", "\\/evil.test", "/a\nb", "/ä"] {
            assert_eq!(own(to), "/", "{to}");
        }
    }
}
