//! The HTTP client: no redirects, no cookies, the key in one header, and failures without it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proofhouse_types::{FailureKind, GenerationFailure};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde_json::Value;

use crate::error::OpenError;
use crate::options::{Deadlines, Key};
use crate::refusal::{failure, of_status};

/// Bytes of an answer that is no stream: Ollama's facts have a tokenizer's licence and template, and are the longest.
const MOST_ANSWER_BYTES: usize = 32 << 20;

/// Bytes of a refusal that are read.
const MOST_REFUSAL_BYTES: usize = 64 << 10;

/// Asks one server.
pub(crate) struct Http {
    client: Client,
    url: String,
    deadlines: Deadlines,
}

/// How a server wants to see a key: the header's name, and what stands in front of the key.
pub(crate) struct KeyHeader {
    pub(crate) name: &'static str,
    pub(crate) before: &'static str,
}

/// A request that came to nothing.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) failure: GenerationFailure,
    /// What the server asks to wait before the next one.
    pub(crate) retry_after: Option<Duration>,
}

impl From<GenerationFailure> for Refused {
    fn from(failure: GenerationFailure) -> Refused {
        Refused { failure, retry_after: None }
    }
}

impl Http {
    /// A client for the server at an address, which has no slash at its end. Nothing is sent.
    pub(crate) fn new(
        url: &str,
        key: Option<&Key>,
        key_header: &KeyHeader,
        headers: &[(&'static str, &'static str)],
        deadlines: Deadlines,
    ) -> Result<Http, OpenError> {
        let mut sent: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        if let Some(key) = key {
            let value = format!("{}{}", key_header.before, key.reveal());
            let mut value = HeaderValue::from_str(&value).map_err(|_| OpenError::Key)?;
            value.set_sensitive(true);
            sent.insert(HeaderName::from_static(key_header.name), value);
        }
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .default_headers(sent)
            .user_agent(concat!("proofhouse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(deadlines.connect)
            // Another address is another server: it gets neither the key nor the prompt.
            .redirect(redirect::Policy::none());
        if url.starts_with("http:") {
            // llama.cpp's server closes a connection after a stream, and the next request may be on its way by then: nobody
            // knows whether it was read. A connection of its own costs each request a tenth of a millisecond on loopback.
            client = client.pool_max_idle_per_host(0);
        }
        if is_loopback(url) {
            // The system's proxy is another machine, or stands between the clock and what it measures.
            client = client.no_proxy();
        }
        let client = client.build().map_err(OpenError::Client)?;
        Ok(Http { client, url: url.to_owned(), deadlines })
    }

    /// Sends JSON; the answer's head has come, with a status of success.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Response, Refused> {
        let request = self.client.post(format!("{}{path}", self.url)).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// Asks for JSON, all of it within the time that a reply may stand still: nothing is loaded for it.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Value, Refused> {
        let answer = async {
            let response = match &question.body {
                Some(body) => self.post(question.path, body).await?,
                None => self.send(self.client.get(format!("{}{}", self.url, question.path))).await?,
            };
            let bytes = Http::read_at_most(response, MOST_ANSWER_BYTES).await?;
            let malformed = |error: serde_json::Error| failure(FailureKind::Malformed, &error.to_string());
            Ok(serde_json::from_slice(&bytes).map_err(malformed)?)
        };
        let late = || failure(FailureKind::IdleTimeout, "the server says nothing of its models").into();
        tokio::time::timeout(self.deadlines.idle, answer).await.unwrap_or_else(|_| Err(late()))
    }

    /// A failure of the network.
    pub(crate) fn broken(kind: FailureKind, error: reqwest::Error) -> GenerationFailure {
        let error = error.without_url();
        let mut words = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        failure(kind, &words)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Refused> {
        let response = request.send().await.map_err(|error| {
            let kind = if error.is_connect() { FailureKind::Unreachable } else { FailureKind::Disconnected };
            Http::broken(kind, error)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
            let to = Url::parse(to).ok().and_then(|to| Some(to.host_str()?.to_owned())).unwrap_or(to.to_owned());
            let message = format!("HTTP {}: the server sends to `{to}`, which is not followed", status.as_u16());
            return Err(failure(FailureKind::Rejected, &message).into());
        }
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| wait(value, SystemTime::now()));
        let body = Http::read_at_most(response, MOST_REFUSAL_BYTES).await.unwrap_or_default();
        let failure = of_status(status.as_u16(), &body);
        // Only of a busy server: a request that can't be is not better later.
        let retry_after = retry_after.filter(|_| status != StatusCode::BAD_REQUEST);
        Err(Refused { failure, retry_after })
    }

    /// The bytes of a body; those of a longer one are cut off.
    async fn read_at_most(mut response: Response, most: usize) -> Result<Vec<u8>, GenerationFailure> {
        let mut bytes = Vec::new();
        while bytes.len() < most {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err(Http::broken(FailureKind::Disconnected, error)),
            }
        }
        bytes.truncate(most);
        Ok(bytes)
    }
}

/// What is asked of a server about its models.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) path: &'static str,
    /// What is posted; none is a `GET`.
    pub(crate) body: Option<Value>,
}

impl Question {
    /// A `GET`.
    pub(crate) fn get(path: &'static str) -> Question {
        Question { path, body: None }
    }
}

/// TLS by rustls with ring and Mozilla's roots, whatever the system has.
fn tls() -> Result<rustls::ClientConfig, OpenError> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = versions.map_err(OpenError::Tls)?.with_root_certificates(roots).with_no_client_auth();
    // A stream that is left behind its end mark costs HTTP/1.1 its connection, and the next request another handshake.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What `Retry-After` asks to wait: seconds, or a date.
fn wait(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (written, expected_ms) in [
            ("3", Some(3000)),
            ("0.5", Some(500)),
            (" 1 ", Some(1000)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10_000)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("NaN", None),
            ("1e300", None),
        ] {
            let value = HeaderValue::from_static(written);
            assert_eq!(wait(&value, now), expected_ms.map(Duration::from_millis), "{written}");
        }
    }

    #[test]
    fn loopback_is_known_by_its_addresses() {
        for url in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/x", "http://127.9.9.9"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["http://10.0.0.1", "https://localhost.example", "http://[::2]", ""] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn a_key_that_no_header_may_have_is_refused() {
        let header = KeyHeader { name: "x-api-key", before: "" };
        let key = Key::new("a\nb".to_owned());
        let refused = Http::new("http://127.0.0.1", Some(&key), &header, &[], Deadlines::default()).err();
        assert!(matches!(refused, Some(OpenError::Key)), "{refused:?}");
    }
}
