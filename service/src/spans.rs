//! What logs and traces say of a request: who asked, for which route, how it ended. Never what was submitted.

use std::future::Future;
use std::time::Instant;

use axum::extract::MatchedPath;
use axum::http::{HeaderMap, Method, StatusCode};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::field::Empty;
use tracing::{Instrument, Span, info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::dispatcher::Client;

/// The target of spans that are for traces alone. Lines of the log have spans of their own, without what only collectors read.
pub(crate) const TRACE: &str = "proofhouse_service::trace";

/// A request, from its head to its answer.
#[derive(Clone)]
pub(crate) struct RequestSpan {
    log: Span,
    trace: Span,
    method: Method,
    route: String,
    started: Instant,
}

impl RequestSpan {
    /// A request has come. The route is that of the router; a `traceparent` header is where its trace goes on from.
    pub(crate) fn begin(
        method: &Method,
        route: Option<&MatchedPath>,
        request_id: &str,
        headers: &HeaderMap,
    ) -> RequestSpan {
        let route = route.map_or("none", MatchedPath::as_str).to_owned();
        let log = info_span!("request", id = request_id, client = Empty);
        let name = format!("{method} {route}");
        let trace = info_span!(target: TRACE, "request", otel.name = name, otel.kind = "server");
        if !trace.is_disabled() {
            let caller = TraceContextPropagator::new().extract(&Headers(headers));
            if caller.span().span_context().is_valid() {
                // It has not begun, so it takes a parent.
                let _ = trace.set_parent(caller);
            }
            trace.set_attribute("http.request.method", method.to_string());
            trace.set_attribute("http.route", route.clone());
            trace.set_attribute("proofhouse.request_id", request_id.to_owned());
        }
        RequestSpan { log, trace, method: method.clone(), route, started: Instant::now() }
    }

    /// It is known whose request it is.
    pub(crate) fn asked_by(&self, client: &Client) {
        self.log.record("client", &*client.name);
        self.trace.set_attribute("proofhouse.client", client.name.to_string());
    }

    /// Its client went away before there was an answer.
    pub(crate) fn abandoned(&self) {
        let RequestSpan { log, trace: _, method, route, started } = self;
        let ms = started.elapsed().as_micros() as f64 / 1000.0;
        let _entered = log.enter();
        info!(%method, route, ms, "given up by its client");
    }

    /// Its answer is ready.
    pub(crate) fn answered(&self, status: StatusCode) {
        self.trace.set_attribute("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            self.trace.set_status(Status::error(""));
        }
        let RequestSpan { log, trace: _, method, route, started } = self;
        let ms = started.elapsed().as_micros() as f64 / 1000.0;
        let _entered = log.enter();
        info!(%method, route, status = status.as_u16(), ms, "answered");
    }

    /// Has something done in the name of the request.
    pub(crate) fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        future.instrument(self.trace.clone()).instrument(self.log.clone())
    }
}

/// What a request's trace says of its job: how long it waited, and how long a worker had it.
pub(crate) struct JobSpans {
    request: Span,
    now: Span,
}

impl JobSpans {
    /// A job of the request that is at hand waits in line.
    pub(crate) fn waiting() -> JobSpans {
        let request = Span::current();
        let now = info_span!(target: TRACE, parent: &request, "queue wait");
        JobSpans { request, now }
    }

    /// A worker has it; after a worker that died, another.
    pub(crate) fn working(&mut self, worker: usize) {
        self.now = info_span!(target: TRACE, parent: &self.request, "job", worker);
    }
}

/// Headers, as the propagator reads them.
struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}
