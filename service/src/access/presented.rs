//! The keys that a request shows, wherever the clients that people have put them.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// `X-API-Key` as many clients send it, `X-Auth-Token` as Judge0's do.
const HEADERS: [&str; 2] = ["x-api-key", "x-auth-token"];

/// All keys that a request shows: as a bearer, as the password of a Basic login, which is what a browser asks its user for,
/// or in a header of their own.
pub(crate) fn presented(headers: &HeaderMap) -> impl Iterator<Item = Vec<u8>> {
    let authorized = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| authorization(value.as_bytes()));
    let own = HEADERS.iter().flat_map(|name| headers.get_all(*name)).map(|value| value.as_bytes().to_vec());
    authorized.chain(own)
}

fn authorization(value: &[u8]) -> Option<Vec<u8>> {
    let space = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, rest) = (&value[..space], value[space..].trim_ascii());
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Some(rest.to_vec());
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let login = STANDARD.decode(rest).ok()?;
    let colon = login.iter().position(|byte| *byte == b':')?;
    Some(login[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(name: &'static str, value: &'static str, expected: &[&str]) {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))]);
        let found: Vec<Vec<u8>> = presented(&headers).collect();
        assert_eq!(found, expected.iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>(), "{name}: {value}");
    }

    #[test]
    fn keys_are_found_where_clients_put_them() {
        check("authorization", "Bearer ph_1", &["ph_1"]);
        check("authorization", "bearer   ph_1", &["ph_1"]);
        check("authorization", "Basic bWU6cGhfMQ==", &["ph_1"]);
        check("authorization", "Basic OmE6Yg==", &["a:b"]);
        check("x-api-key", "ph_1", &["ph_1"]);
        check("x-auth-token", "ph_1", &["ph_1"]);
    }

    #[test]
    fn other_credentials_are_no_keys() {
        check("authorization", "ph_1", &[]);
        check("authorization", "Basic !!", &[]);
        check("authorization", "Basic bWU=", &[]);
        check("authorization", "Digest username=me", &[]);
        check("cookie", "key=ph_1", &[]);
    }
}
