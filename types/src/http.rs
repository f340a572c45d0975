//! The HTTP servers that a task scripts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What answers at one address.
///
/// A host without an endpoint fails as `dns`, another port or scheme of a known host as `refused`. A path without an endpoint
/// answers 404, a method that no endpoint of the path has 405.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Endpoint {
    /// The method, such as `GET`; any by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Scheme, host and path, such as `https://api.test/items`. Parameters of a query must be in the request's; it may have
    /// others. Of several endpoints that fit, the one with the most parameters answers, and of those the first.
    #[schemars(regex(pattern = r"^https?://[^/?:\s]\S*$"))]
    pub url: String,
    /// Its answers in their order; the last repeats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<Response>,
    /// Answers by the page, in place of `responses`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
    /// Requests beyond it are answered with 429 and a `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Response {
    /// The status code.
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// Headers besides `Content-Length`, `Content-Type` and `Date`, or in their place. `Connection: close` closes it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// Seconds of virtual time until it comes.
    #[schemars(range(min = 0))]
    pub latency: f64,
    /// What happens instead of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail: Option<Failure>,
}

impl Default for Response {
    fn default() -> Self {
        Response { status: 200, headers: BTreeMap::new(), body: None, json: None, latency: 0.0, fail: None }
    }
}

/// A failure below HTTP. `refused` and `dns` meet a client that connects, which is before it says what it wants: it takes them
/// from the first endpoint at that host and port, once one of the two is next at every endpoint there. The answer before
/// closes its connection, so that the next request must connect. Where other endpoints there would still answer, the
/// connection is made, and the request that finds `refused` or `dns` next is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The connection is refused.
    Refused,
    /// The name is not known.
    Dns,
    /// The connection is reset once the request was sent, and the latency is over.
    Reset,
    /// No answer ever comes: a client without a timeout waits until its virtual time is up.
    Timeout,
}

/// Items that are answered a page at a time, as JSON: `items`, `page`, `pages`, `total` and `next`, which is the next page's
/// URL or null. A `Link` header with `rel="next"` says the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pages {
    /// All items.
    pub items: Vec<Value>,
    /// Items a page.
    #[schemars(range(min = 1))]
    pub size: usize,
    /// The query's parameter with the page's number, from 1.
    #[serde(default = "page")]
    pub parameter: String,
}

fn page() -> String {
    "page".to_owned()
}

/// A limit on requests in a sliding window of virtual time. A request that is turned away does not count in it, and uses up
/// no response.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimit {
    /// Requests in a window.
    pub requests: u32,
    /// Seconds of the window.
    pub per: f64,
}
