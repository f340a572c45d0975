//! Starts the log and, where they are asked for, traces; and ends them so that nothing is lost. What is logged is said
//! where it happens: see [`spans`](crate::spans).

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter as OtlpExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Handle;
use tracing::{Subscriber, warn};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{LogFormat, LogSettings};
use crate::spans::TRACE;

/// How long a shutdown waits for a collector. A gone one must not hold it up: it has other things to end.
const FLUSH: Duration = Duration::from_secs(2);
/// How long one batch of spans may take to be sent.
const SEND: Duration = Duration::from_secs(5);

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The filter of the log can't be read.
    #[error("reading the filter of the log")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The exporter of traces can't be made.
    #[error("preparing to send traces")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// This process has a log already.
    #[error("starting the log")]
    Started(#[from] tracing::subscriber::SetGlobalDefaultError),
}

/// What must be ended.
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts the log of this process, and traces that go to the address, where there is one. Needs a runtime around it.
    pub(crate) fn start(log: &LogSettings, otlp: Option<&str>) -> Result<Telemetry, TelemetryError> {
        let (subscriber, traces) = subscriber(log, otlp)?;
        tracing::subscriber::set_global_default(subscriber)?;
        Ok(Telemetry { traces })
    }

    /// Sends what has not been sent.
    pub(crate) async fn close(self) {
        let Some(traces) = self.traces else { return };
        // It waits on a thread of its own; a collector that is gone was warned of.
        let _ = tokio::task::spawn_blocking(move || traces.shutdown_with_timeout(FLUSH)).await;
    }
}

type Traced = (Box<dyn Subscriber + Send + Sync>, Option<SdkTracerProvider>);

fn subscriber(log: &LogSettings, otlp: Option<&str>) -> Result<Traced, TelemetryError> {
    let traces = otlp.map(traces).transpose()?;
    let layer = traces.as_ref().map(|traces| {
        let layer = tracing_opentelemetry::layer().with_tracer(traces.tracer("proofhouse"));
        // Spans have no more than what they are given: no source files, threads and idle times.
        let layer = layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_target(false);
        layer.with_level(false).with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TRACE))
    });
    let lines = lines(log.format)
        .with_filter(EnvFilter::try_new(&log.filter)?.and(filter_fn(|metadata| metadata.target() != TRACE)));
    Ok((Box::new(Registry::default().with(lines).with(layer)), traces))
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(stderr);
    match format {
        LogFormat::Text => layer.with_ansi(stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    }
}

fn traces(address: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = OtlpExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(address)
        .with_timeout(SEND)
        .build()?;
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", "proofhouse"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let exporter =
        OnRuntime { exporter: Arc::new(exporter), runtime: Handle::current(), is_gone: AtomicBool::new(false) };
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// Sends spans on our runtime: the thread that collects them has none, which its HTTP client needs. Says once that a
/// collector is gone, and once that it is back.
struct OnRuntime {
    exporter: Arc<OtlpExporter>,
    runtime: Handle,
    is_gone: AtomicBool,
}

impl std::fmt::Debug for OnRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnRuntime").finish_non_exhaustive()
    }
}

impl SpanExporter for OnRuntime {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let exporter = self.exporter.clone();
        let sent = self.runtime.spawn(async move { exporter.export(batch).await }).await;
        let sent = sent.unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())));
        match &sent {
            Err(error) if !self.is_gone.swap(true, Ordering::Relaxed) => {
                warn!(%error, "traces can't be sent, and are dropped until they can");
            }
            Err(_) => {}
            Ok(()) if self.is_gone.swap(false, Ordering::Relaxed) => warn!("traces are sent again"),
            Ok(()) => {}
        }
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::dispatcher::Client;
    use crate::spans::{JobSpans, RequestSpan};

    /// One request that waits for a worker and is done, under a subscriber of its own.
    async fn trace_one(address: &str, headers: &HeaderMap) -> SdkTracerProvider {
        let (subscriber, traces) = subscriber(&LogSettings::default(), Some(address)).unwrap();
        let _guard = tracing::subscriber::set_default(subscriber);
        let span = RequestSpan::begin(&Method::POST, None, "request-7", headers);
        span.around(async {
            let mut job = JobSpans::waiting();
            job.working(3);
        })
        .await;
        span.asked_by(&Client::anonymous());
        span.answered(StatusCode::OK);
        drop(span);
        traces.unwrap()
    }

    async fn shut(traces: SdkTracerProvider) -> OTelSdkResult {
        tokio::task::spawn_blocking(move || traces.shutdown_with_timeout(FLUSH)).await.unwrap()
    }

    /// Takes one request and answers it; the request as it came.
    async fn take(listener: TcpListener) -> Vec<u8> {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        loop {
            let head = received.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(head) = head {
                let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if received.len() >= head + 4 + length.parse::<usize>().unwrap() {
                    break;
                }
            }
            assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        received
    }

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_collector_gets_the_spans_of_a_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let collector = tokio::spawn(take(listener));
        let mut headers = HeaderMap::new();
        let parent = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        headers.insert("traceparent", parent);
        shut(trace_one(&address, &headers).await).await.unwrap();
        let received = collector.await.unwrap();
        assert!(received.starts_with(b"POST /v1/traces HTTP/1.1"), "{}", String::from_utf8_lossy(&received));
        let words: [&[u8]; 9] = [
            b"application/x-protobuf",
            b"proofhouse",
            b"POST none",
            b"queue wait",
            b"job",
            b"http.response.status_code",
            b"request-7",
            b"anonymous",
            // The caller's trace and span, as bytes.
            &[0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c],
        ];
        for word in words {
            assert!(contains(&received, word), "{}", String::from_utf8_lossy(word));
        }
        assert!(contains(&received, &[0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31]));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_collector_that_is_gone_holds_nothing_up() {
        // A port that nobody listens on: it was free a moment ago.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        drop(listener);
        let started = Instant::now();
        let traces = trace_one(&address, &HeaderMap::new()).await;
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        let _ = shut(traces).await;
        assert!(started.elapsed() < FLUSH + Duration::from_secs(3), "{:?}", started.elapsed());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_collector_that_never_answers_holds_nothing_up_for_long() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let started = Instant::now();
        let traces = trace_one(&address, &HeaderMap::new()).await;
        assert!(shut(traces).await.is_err());
        assert!(started.elapsed() < FLUSH + Duration::from_secs(3), "{:?}", started.elapsed());
        drop(listener);
    }
}
