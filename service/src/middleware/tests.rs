//! The edge, held to real sockets.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use proofhouse_types::{Bytes, RunRequest, Seconds};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::{Edge, wrap};
use crate::config::{Config, HttpSettings, KeySettings};
use crate::dispatcher::Client;
use crate::metrics::Metrics;
use crate::routes::json::{Json, JsonBounds};
use crate::server::loopback::{Answer, PATIENCE, Running};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What the routes of tests have at hand.
#[derive(Clone)]
struct Parts {
    bounds: JsonBounds,
    entered: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl axum::extract::FromRef<Parts> for JsonBounds {
    fn from_ref(parts: &Parts) -> JsonBounds {
        parts.bounds
    }
}

struct Trial {
    server: Running,
    parts: Parts,
    metrics: Metrics,
}

/// A server of trivial routes behind the edge.
async fn start(config: &Config) -> Trial {
    let metrics = Metrics::new();
    let parts = Parts {
        bounds: JsonBounds { values: config.http.json_values },
        entered: Arc::new(Semaphore::new(0)),
        go: Arc::new(Semaphore::new(0)),
    };
    let router = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/who", get(async |client: Client| client.name.to_string()))
        .route("/page", get(async || Html("<p>")))
        .route("/kept", get(async || ([(header::CACHE_CONTROL, "max-age=60")], "kept")))
        .route("/panic/{id}", get(panics))
        .route("/run", post(async |Json(request): Json<RunRequest>| request.code.len().to_string()))
        .route("/v1/batches", post(async |Json(request): Json<RunRequest>| request.code.len().to_string()))
        .route("/held", get(held))
        .with_state(parts.clone());
    let edge = Edge::new(config, LOOPBACK, metrics.clone()).unwrap();
    let server = Running::start(wrap(router, edge), config.http.clone(), PATIENCE).await;
    Trial { server, parts, metrics }
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

async fn held(State(parts): State<Parts>) -> impl IntoResponse {
    parts.entered.add_permits(1);
    parts.go.acquire().await.unwrap().forget();
    "done"
}

impl Trial {
    async fn get(&self, path: &str, headers: &str) -> Answer {
        self.ask("GET", path, headers, b"").await
    }

    async fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}");
        let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        self.server.ask([head.as_bytes(), length.as_bytes(), b"\r\n", body].concat()).await
    }

    /// Sends a body in JSON.
    async fn run(&self, body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", "/run", JSON, body.as_ref()).await
    }
}

const JSON: &str = "content-type: application/json\r\n";

/// What a problem says in one of its fields.
#[track_caller]
fn said(answer: &Answer, field: &str) -> String {
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    assert_eq!(problem["status"], answer.status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    problem[field].as_str().unwrap_or_default().to_owned()
}

fn key(name: &str) -> KeySettings {
    KeySettings {
        name: name.to_owned(),
        sha256: format!("{:x}", Sha256::digest(format!("key-of-{name}"))),
        requests_per_second: None,
        concurrent: None,
        weight: 1,
    }
}

fn with_keys(keys: Vec<KeySettings>) -> Config {
    Config { keys, ..Config::default() }
}

#[tokio::test]
async fn every_answer_has_the_same_headers() {
    let config = Config { http: HttpSettings { body: Bytes(1024), ..HttpSettings::default() }, ..Config::default() };
    let trial = start(&config).await;
    let long = vec![b' '; 1025];
    let cases = [
        (200, trial.get("/who", "").await),
        (200, trial.get("/page", "").await),
        (200, trial.get("/kept", "").await),
        (200, trial.ask("HEAD", "/page", "", b"").await),
        (403, trial.get("/who", "origin: https://evil.test\r\n").await),
        (404, trial.get("/nowhere?secret=1", "").await),
        (405, trial.ask("DELETE", "/who", "", b"").await),
        (413, trial.run(&long).await),
        (415, trial.ask("POST", "/run", "", b"{}").await),
        (422, trial.run("{}").await),
        (500, trial.get("/panic/7", "").await),
    ];
    for (status, answer) in &cases {
        assert_eq!(answer.status, *status, "{answer:?}");
        let expected = [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "deny"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ];
        for (name, value) in expected {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert_eq!(answer.header("x-request-id").map(str::len), Some(36), "{answer:?}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.ends_with("frame-ancestors 'none'"), "{policy}");
        assert!(answer.header("server").is_none() && !answer.head.contains("access-control"), "{answer:?}");
        let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
        assert!(length.is_none_or(|length| answer.body.is_empty() || length == answer.body.len()), "{answer:?}");
        if *status != 200 {
            assert_eq!(Some(said(answer, "request_id").as_str()), answer.header("x-request-id"));
        }
    }
    let [_, (_, page), (_, kept), (_, head), _, _, (_, method), .., (_, panicked)] = &cases;
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    assert_eq!((page.header("cache-control"), kept.header("cache-control")), (Some("no-store"), Some("max-age=60")));
    assert_eq!((head.body.as_str(), head.header("content-length")), ("", Some("3")));
    assert_eq!(method.header("allow"), Some("get,head"));
    assert_eq!(said(panicked, "detail"), "a fault of the service: the request broke off");
    let counted = trial.metrics.text(&crate::metrics::Levels::default());
    assert!(counted.contains("route=\"/panic/{id}\",status=\"500\"") && !counted.contains("secret"), "{counted}");
}

#[tokio::test]
async fn a_client_may_name_its_request() {
    let trial = start(&Config::default()).await;
    let named = trial.get("/nowhere", "x-request-id: mine-1\r\n").await;
    assert_eq!((named.header("x-request-id"), said(&named, "request_id").as_str()), (Some("mine-1"), "mine-1"));
    let strange = trial.get("/who", "x-request-id: a b\r\n").await;
    assert_eq!(strange.header("x-request-id").map(str::len), Some(36));
}

#[tokio::test]
async fn keys_are_asked_for_where_there_are_any() {
    let trial = start(&with_keys(vec![key("ann"), key("bob")])).await;
    for headers in ["", "authorization: Bearer key-of-eve\r\n", "x-api-key: \r\n", "authorization: key-of-ann\r\n"] {
        for path in ["/who", "/nowhere", "/metrics"] {
            let answer = trial.get(path, headers).await;
            assert_eq!(answer.status, 401, "{path} {headers}");
            assert_eq!(answer.header("www-authenticate"), Some("bearer"));
            assert_eq!(said(&answer, "detail"), "a key is needed: `Authorization: Bearer KEY`");
        }
        assert_eq!(trial.get("/healthz", headers).await.status, 200);
    }
    let known = [
        ("authorization: Bearer key-of-ann\r\n", "ann"),
        ("x-api-key: key-of-bob\r\n", "bob"),
        ("x-auth-token: key-of-bob\r\n", "bob"),
        ("authorization: Basic bWU6a2V5LW9mLWFubg==\r\n", "ann"),
        ("authorization: Basic bWU6b3RoZXI=\r\nx-api-key: key-of-bob\r\n", "bob"),
    ];
    for (headers, name) in known {
        let answer = trial.get("/who", headers).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, name), "{headers}");
    }
    assert_eq!(start(&Config::default()).await.get("/who", "").await.body, "anonymous");
}

#[tokio::test]
async fn a_key_has_its_rate() {
    let trial = start(&with_keys(vec![KeySettings { requests_per_second: Some(2), ..key("ann") }, key("bob")])).await;
    let (ann, bob) = ("x-api-key: key-of-ann\r\n", "x-api-key: key-of-bob\r\n");
    let mut statuses = Vec::new();
    let mut refused = Answer::default();
    for _ in 0..50 {
        let answer = trial.get("/who", ann).await;
        statuses.push(answer.status);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"key\";q=2;w=1"), "{answer:?}");
        if answer.status == 429 {
            refused = answer;
            break;
        }
    }
    assert_eq!(statuses[..2], [200, 200]);
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), (Some("1"), Some("\"key\";r=0;t=1")));
    assert_eq!(said(&refused, "detail"), "more than the key's 2 requests a second");
    for _ in 0..5 {
        let answer = trial.get("/who", bob).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, None));
    }
}

#[tokio::test]
async fn a_key_has_its_requests_at_a_time() {
    let trial = start(&with_keys(vec![KeySettings { concurrent: Some(1), ..key("ann") }])).await;
    let ann = "x-api-key: key-of-ann\r\n";
    let first = trial.get("/held", ann);
    let others = async {
        timeout(PATIENCE, trial.parts.entered.acquire()).await.unwrap().unwrap().forget();
        let refused = trial.get("/who", ann).await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
        assert_eq!(said(&refused, "detail"), "more than the key's 1 requests at a time");
        trial.parts.go.add_permits(1);
    };
    let (first, ()) = tokio::join!(first, others);
    assert_eq!(first.body, "done");
    assert_eq!(trial.get("/who", ann).await.status, 200);
}

#[tokio::test]
async fn web_pages_of_others_may_not_ask() {
    let trial = start(&Config::default()).await;
    let ask = async |host: &str, headers: &str| {
        let request = format!("GET /who HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n");
        trial.server.ask(request).await
    };
    assert_eq!(ask("127.0.0.1:80", "").await.status, 200);
    assert_eq!(ask("127.0.0.1:80", "origin: http://127.0.0.1\r\n").await.status, 200);
    let refused = ask("rebound.test", "").await;
    assert_eq!(refused.status, 403);
    assert!(said(&refused, "detail").starts_with("a server without keys is asked by a name of its own machine"));
    let refused = ask("127.0.0.1:80", "origin: https://evil.test\r\n").await;
    assert_eq!(said(&refused, "detail"), "a page of another site may not ask");
    // A key is none of a page's.
    let trial = start(&with_keys(vec![key("ann")])).await;
    let request = "GET /who HTTP/1.1\r\nhost: code.test\r\nconnection: close\r\nx-api-key: key-of-ann\r\n";
    assert_eq!(trial.server.ask(format!("{request}\r\n")).await.status, 200);
    assert_eq!(trial.server.ask(format!("{request}origin: https://evil.test\r\n\r\n")).await.status, 403);
}

#[tokio::test]
async fn json_is_read_within_its_bounds() {
    let trial = start(&Config::default()).await;
    assert_eq!(trial.run(r#"{"code": "pass"}"#).await.body, "4");
    let large = format!(r#"{{"code": "{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(trial.run(&large).await.body, (1 << 20).to_string());
    let utf8 = "content-type: application/json; charset=UTF-8\r\n";
    assert_eq!(trial.ask("POST", "/run", utf8, br#"{"code": ""}"#).await.body, "0");
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let many = format!(r#"{{"code": "", "arguments": [{}""]}}"#, r#""","#.repeat(2_500_000));
    let unreadable: [(&[u8], &str); 6] = [
        (&deep, "no JSON: recursion limit exceeded"),
        (many.as_bytes(), "the JSON has more than 2500000 values"),
        (&[0; 100_000], "no JSON: expected value at line 1 column 1"),
        (b"{\"code\": \"\xff\"}", "no JSON: invalid unicode code point"),
        (b"{\"code\": \"", "no JSON: EOF while parsing a string"),
        (b"", "no JSON: EOF while parsing a value"),
    ];
    for (body, expected) in unreadable {
        let answer = trial.run(body).await;
        assert_eq!(answer.status, 400, "{expected}: {answer:?}");
        assert!(said(&answer, "detail").starts_with(expected), "{expected}: {answer:?}");
    }
    let answer = trial.run(r#"{"code": "", "limits": {"fuel": -1}}"#).await;
    assert_eq!((answer.status, said(&answer, "field").as_str()), (422, "limits.fuel"));
    let kinds = ["", "content-type: text/plain\r\n", "content-type: application/json; charset=latin1\r\n"];
    for kind in kinds {
        assert_eq!(trial.ask("POST", "/run", kind, b"{}").await.status, 415, "{kind}");
    }
    for encoding in ["gzip", "zstd", "identity, gzip"] {
        let headers = format!("{JSON}content-encoding: {encoding}\r\n");
        assert_eq!(trial.ask("POST", "/run", &headers, b"\x1f\x8b\x08").await.status, 415, "{encoding}");
    }
}

#[tokio::test]
async fn bodies_are_bounded_exactly() {
    let http = HttpSettings { body: Bytes(1024), batch_body: Bytes(2048), ..HttpSettings::default() };
    let trial = start(&Config { http, ..Config::default() }).await;
    let body = |length: usize| format!("{{\"code\": \"{}\"}}", "x".repeat(length - 12));
    let chunked = |body: String| format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head =
        "host: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    for (path, most) in [("/run", 1024), ("/v1/batches", 2048)] {
        for (length, status) in [(most, 200), (most + 1, 413)] {
            let whole = trial.ask("POST", path, JSON, body(length).as_bytes()).await;
            let in_chunks = trial.server.ask(format!("POST {path} HTTP/1.1\r\n{head}{}", chunked(body(length)))).await;
            assert_eq!((whole.status, in_chunks.status), (status, status), "{path} {length}");
            if status == 413 {
                let detail = format!("the body is larger than {most} bytes");
                assert_eq!((said(&whole, "detail"), said(&in_chunks, "detail")), (detail.clone(), detail));
            }
        }
    }
}

/// Sends a gigabyte and hears nothing until it is sent, or until the server does not take it. Gives how much was sent.
async fn a_gigabyte(trial: &Trial, head: &str, piece: &[u8]) -> (usize, Answer) {
    let mut stream = trial.server.connect().await;
    let head = format!("POST /run HTTP/1.1\r\nhost: localhost\r\n{JSON}{head}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut sent = 0;
    while sent < 1 << 30 && timeout(PATIENCE, stream.write_all(piece)).await.unwrap().is_ok() {
        sent += piece.len();
    }
    (sent, Answer::read(&mut stream).await)
}

#[tokio::test]
async fn a_gigabyte_is_not_read() {
    let trial = start(&Config::default()).await;
    let (sent, answer) = a_gigabyte(&trial, "content-length: 1073741824\r\n", &[b' '; 1 << 16]).await;
    println!("by its length: {sent} bytes sent, {}", answer.status);
    // The kernel's buffers, and what is read on while the answer is on its way.
    assert!(sent < 16 << 20, "{sent}");
    let piece = [b"10000\r\n", &[b' '; 1 << 16][..], b"\r\n"].concat();
    let (sent, answer_in_chunks) = a_gigabyte(&trial, "transfer-encoding: chunked\r\n", &piece).await;
    println!("in chunks: {sent} bytes sent, {}", answer_in_chunks.status);
    assert!(sent < 32 << 20, "{sent}");
    for answer in [answer, answer_in_chunks] {
        // A client that never listens may find the connection reset instead.
        assert!([413, 0].contains(&answer.status), "{answer:?}");
    }
    // One that listens first is told before it sends anything, and not to go on.
    let expects = format!("{JSON}expect: 100-continue\r\ncontent-length: 1073741824\r\n");
    let answer = trial.ask("POST", "/run", &expects, b"").await;
    assert_eq!((answer.status, said(&answer, "detail").as_str()), (413, "the body is larger than 8388608 bytes"));
    let mut stream = trial.server.connect().await;
    let head =
        format!("POST /run HTTP/1.1\r\nhost: localhost\r\n{JSON}expect: 100-continue\r\ncontent-length: 12\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    timeout(PATIENCE, tokio::io::AsyncReadExt::read_exact(&mut stream, &mut told)).await.unwrap().unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[tokio::test]
async fn slow_bodies_are_cut() {
    let http = HttpSettings { body_pause: Seconds(1), ..HttpSettings::default() };
    let trial = start(&Config { http, ..Config::default() }).await;
    let head = format!("POST /run HTTP/1.1\r\nhost: localhost\r\n{JSON}content-length: 1000\r\n\r\n{{");
    let mut silent = trial.server.connect().await;
    silent.write_all(head.as_bytes()).await.unwrap();
    let silent = Answer::read(&mut silent).await;
    assert_eq!((silent.status, said(&silent, "detail").as_str()), (408, "the body did not come in time"));
    let dripping = trial.server.connect().await;
    let (mut read, mut write) = dripping.into_split();
    write.write_all(head.as_bytes()).await.unwrap();
    let drip = async {
        while write.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let mut said = [0; 12];
    tokio::select! {
        () = drip => panic!("closed without a word"),
        read = timeout(PATIENCE, tokio::io::AsyncReadExt::read_exact(&mut read, &mut said)) => read.unwrap().unwrap(),
    };
    assert_eq!(&said, b"HTTP/1.1 408");
}
