//! Batches over real databases and the real routes; only what scores a submission is a function of the test.

mod running;
mod size;
mod taking_in;
mod telling;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use proofhouse::TaskKey;
use proofhouse_types::{BatchStatus, Report, ScoreRequest, Submission, Task};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::{BatchSettings, Batches};
use crate::app::app;
use crate::config::{Config, KeySettings};
use crate::dispatcher::{Client, Dispatcher, NotDone, ReadyTask};
use crate::metrics::Metrics;
use crate::middleware::Edge;
use crate::pool::WorkerCommand;
use crate::state::{AppState, Suites};
use crate::store::Store;
use crate::store::tests::report;

/// A server without workers over this store.
pub(super) fn server(store: &Store, config: Config) -> Router {
    let command = WorkerCommand { program: PathBuf::new(), arguments: Vec::<OsString>::new() };
    let dispatcher = Dispatcher::start(&config, 0, command, Metrics::new());
    let config = Arc::new(config);
    let edge = Edge::new(&config, IpAddr::V4(Ipv4Addr::LOCALHOST), Metrics::new()).unwrap();
    let (suites, metrics) = (Arc::new(Suites::default()), Metrics::new());
    app(AppState { config, dispatcher, suites, store: store.clone(), metrics }, edge)
}

/// Settings with a key for each of two clients: `one` and `other`.
pub(super) fn two_clients() -> Config {
    let key = |name: &str| KeySettings {
        name: name.to_owned(),
        sha256: format!("{:x}", Sha256::digest(name)),
        requests_per_second: None,
        concurrent: None,
        weight: 1,
    };
    Config { keys: vec![key("one"), key("other")], ..Config::default() }
}

/// The request with a client's key.
pub(super) fn by(client: &str, mut request: Request<Body>) -> Request<Body> {
    let key = format!("Bearer {client}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, key);
    request
}

/// What was scored, in the order in which it began.
pub(super) type Log = Arc<Mutex<Vec<String>>>;

/// Runs batches: each submission takes so long, and its report has the submission's text for a message.
pub(super) fn run(store: &Store, takes: Duration, log: &Log) -> Batches {
    let log = log.clone();
    let settings = BatchSettings { in_flight: 4, retention_days: 30 };
    Batches::start(store.clone(), settings, move |client, task, submission| {
        let log = log.clone();
        async move { score(&client, &task, &submission, takes, &log).await }
    })
}

async fn score(
    client: &Client,
    task: &ReadyTask,
    submission: &Submission,
    takes: Duration,
    log: &Log,
) -> Result<Report, NotDone> {
    let (key, json) = TaskKey::of(&task.task);
    assert_eq!((task.key, &*task.json), (key, json.as_slice()));
    let sample = submission.sample_id.to_string();
    log.lock().unwrap().push(format!("{} {}/{sample}", client.name, submission.task_id));
    // Later ones are done earlier, as far as they run together.
    let place: u32 = sample.parse().unwrap_or_default();
    tokio::time::sleep(takes * (4 - place % 4)).await;
    let mut report = report(&submission.task_id.0, "");
    report.sample_id = submission.sample_id.clone();
    Ok(report)
}

/// A row for a task that comes with it.
pub(super) fn row(task: &str, code: &str) -> String {
    let request = ScoreRequest {
        task: Some(Task::new(task, "").test("t", "assert True")),
        code: Some(code.to_owned()),
        ..ScoreRequest::default()
    };
    serde_json::to_string(&request).unwrap()
}

pub(super) fn rows(count: usize) -> String {
    (0..count).map(|number| row("a", &number.to_string()) + "\n").collect()
}

pub(super) fn request(method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
    let kind = (header::CONTENT_TYPE, "application/x-ndjson");
    let host = (header::HOST, "localhost");
    Request::builder().method(method).uri(path).header(kind.0, kind.1).header(host.0, host.1).body(body.into()).unwrap()
}

pub(super) async fn ask(server: &Router, request: Request<Body>) -> Response<Body> {
    server.clone().oneshot(request).await.unwrap()
}

pub(super) async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

pub(super) async fn json(response: Response<Body>) -> serde_json::Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// Posts a batch that is accepted.
pub(super) async fn post(server: &Router, body: impl Into<Body>) -> BatchStatus {
    accepted(ask(server, request("POST", "/v1/batches", body)).await).await
}

pub(super) async fn accepted(response: Response<Body>) -> BatchStatus {
    let (status, location) = (response.status(), response.headers().get(header::LOCATION).cloned());
    let body = text(response).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    let batch: BatchStatus = serde_json::from_str(&body).unwrap();
    assert_eq!(location.unwrap(), format!("/v1/batches/{}", batch.id));
    batch
}

/// The samples of a batch's results, in their order.
pub(super) async fn samples(server: &Router, batch: &BatchStatus, query: &str) -> Vec<String> {
    let path = format!("/v1/batches/{}/results{query}", batch.id);
    let response = ask(server, request("GET", &path, "")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/x-ndjson");
    let reports = text(response).await;
    let sample = |line: &str| serde_json::from_str::<Report>(line).unwrap().sample_id.0;
    reports.lines().map(sample).collect()
}

pub(super) fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

/// Waits until something holds, for 20 seconds at most.
pub(super) async fn wait_for(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
