//! What was called, for the tests to look at.

use std::collections::BTreeMap;

use proofhouse_types::Failure;
use serde::Serialize;

/// One request, or an attempt that got no further than its connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    /// Empty where it is not known: the connection failed, or the request could not be read.
    pub method: String,
    /// Scheme, host, path and query, as they were sent.
    pub url: String,
    /// Without escapes.
    pub path: String,
    /// The last of each name.
    pub query: BTreeMap<String, String>,
    /// By names in small letters; several of a name are joined by commas.
    pub headers: BTreeMap<String, String>,
    #[serde(serialize_with = "latin_1")]
    pub body: Vec<u8>,
    /// `None` where it failed.
    pub status: Option<u16>,
    pub failure: Option<Failure>,
    /// Nanoseconds of virtual time since the test began.
    pub at_ns: u64,
}

/// JSON has no bytes: each stands as the character of its number.
fn latin_1<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&bytes.iter().copied().map(char::from).collect::<String>())
}

/// A JSON array of the calls, for `guests/python/http_log.py`.
pub(crate) fn encode(calls: &[Call]) -> Vec<u8> {
    serde_json::to_vec(calls).expect("texts, numbers and maps with texts as keys")
}
