//! Whose web pages may ask. A browser sends what any page tells it to, also to a server on its user's own machine, and to a
//! name that its owner has since pointed there.

use std::net::IpAddr;

use axum::http::{HeaderMap, Request, header};

use crate::error::ApiError;

/// By which names a server may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// By those of this machine alone: it is what stands between web pages and a server that needs no key.
    Loopback,
    /// By any.
    Any,
}

/// Refuses what a page of another site asks, and what is asked under a name that is not this machine's.
///
/// # Errors
/// [`ApiError::Forbidden`].
pub(super) fn check<B>(request: &Request<B>, names: Names) -> Result<(), ApiError> {
    let headers = request.headers();
    let host = text(headers, "host").or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    match (names, host) {
        (Names::Loopback, Some(host)) if !is_loopback(host) => {
            return Err(ApiError::Forbidden(
                "a server without keys is asked by a name of its own machine, such as `localhost`".to_owned(),
            ));
        }
        (Names::Loopback | Names::Any, _) => {}
    }
    if !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    // A proxy may put its own name in `Host`, and what it was asked by there. No page can set that header without asking first.
    let own = [host, text(headers, "x-forwarded-host")];
    let is_own = text(headers, "origin").and_then(|origin| origin.split_once("://")).is_some_and(|(scheme, origin)| {
        own.into_iter().flatten().any(|host| bare(host, scheme).eq_ignore_ascii_case(bare(origin, scheme)))
    });
    if is_own { Ok(()) } else { Err(ApiError::Forbidden("a page of another site may not ask".to_owned())) }
}

/// Whether a page of ours sent this, by its browser's word; what comes from none has neither header. [`check`] has refused
/// other origins.
pub(super) fn is_of_own_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || text(headers, "sec-fetch-site") == Some("same-origin")
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// A host without the port that its scheme has anyway.
fn bare<'h>(host: &'h str, scheme: &str) -> &'h str {
    let port = if scheme == "https" { ":443" } else { ":80" };
    host.strip_suffix(port).unwrap_or(host)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_address = name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    // Browsers and resolvers never ask the network for these names (RFC 6761).
    is_address || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(names: Names, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().uri("/v1/run");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap(), names).is_ok()
    }

    #[test]
    fn a_server_without_keys_is_asked_by_its_machines_names() {
        let own =
            ["localhost", "localhost:8080", "LOCALHOST.", "127.0.0.1:80", "127.9.9.9", "[::1]:8080", "a.localhost:1"];
        for host in own {
            assert!(verdict(Names::Loopback, &[("host", host)]), "{host}");
        }
        let others =
            ["evil.test", "localhost.evil.test", "192.168.0.1:80", "[2001:db8::1]", "", "127.0.0.1.evil.test", "é"];
        for host in others {
            assert!(!verdict(Names::Loopback, &[("host", host)]), "{host}");
            assert!(verdict(Names::Any, &[("host", host)]), "{host}");
        }
        assert!(verdict(Names::Loopback, &[]));
    }

    #[test]
    fn pages_of_other_sites_may_not_ask() {
        let check = |host: &str, origin: &str| verdict(Names::Any, &[("host", host), ("origin", origin)]);
        for (host, origin) in [
            ("localhost:8080", "http://localhost:8080"),
            ("Code.test", "https://code.test"),
            ("code.test:443", "https://code.test"),
            ("code.test", "http://code.test:80"),
        ] {
            assert!(check(host, origin), "{host} {origin}");
        }
        for (host, origin) in [
            ("localhost:8080", "http://localhost:3000"),
            ("localhost:8080", "https://evil.test"),
            ("localhost:8080", "null"),
            ("localhost:8080", ""),
            ("code.test:80", "https://code.test"),
            ("code.test", "é"),
        ] {
            assert!(!check(host, origin), "{host} {origin}");
        }
        let forwarded =
            [("host", "127.0.0.1:8080"), ("x-forwarded-host", "code.test"), ("origin", "https://code.test")];
        assert!(verdict(Names::Loopback, &forwarded));
    }
}
