//! The name of a request, in its answer and in the log.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a name that a client chose: a UUID has 36, trace ids with a prefix some more.
const LONGEST: usize = 64;

/// The name of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub Arc<str>);

impl RequestId {
    /// The name that the client chose, where it is one that can stand in a log; else a new one, which sorts by time.
    pub(super) fn of(headers: &HeaderMap) -> RequestId {
        let chosen = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let is_sane = |id: &&str| (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        RequestId(chosen.filter(is_sane).map_or_else(|| Uuid::now_v7().to_string().into(), Into::into))
    }

    pub(super) fn value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("visible ASCII can stand in a header")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_name_is_taken() {
        let id = |value: &[u8]| {
            RequestId::of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_bytes(value).unwrap())])).0.to_string()
        };
        let longest = "a".repeat(64);
        for sane in ["a", "req/1:2-3", &longest] {
            assert_eq!(id(sane.as_bytes()), sane);
        }
        for other in ["", "a b", &"a".repeat(65), "a\tb", "é"] {
            assert_eq!(id(other.as_bytes()).len(), 36, "{other}");
        }
        assert_ne!(RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
    }
}
