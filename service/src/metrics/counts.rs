//! The counters, and what they are told. Labels come from closed sets: nothing that a client writes becomes one.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::MatchedPath;
use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use proofhouse::Grader;
use proofhouse_types::{Fuel, Outcome, Report};

use super::process::Process;
use super::refusal::Refusal;
use crate::dispatcher::CacheUse;

/// What the text is: OpenMetrics, which Prometheus asks for.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From an answer out of the cache to a job that is ended after five minutes.
const SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// One label with a word of ours.
type Word = [(&'static str, &'static str); 1];

/// What the server counts. Cheap to clone; all clones count together.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Counted>);

struct Counted {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    waits: Histogram,
    outcomes: Family<Word, Counter>,
    faults: Counter,
    fuel: Counter,
    worker_restarts: Family<Word, Counter>,
    cache_hits: Counter,
    cache_misses: Counter,
    refused: Family<Word, Counter>,
    batch_submissions: Counter,
    queue_depth: Gauge,
    queue_oldest_age: Gauge<f64, std::sync::atomic::AtomicU64>,
    workers_ready: Gauge,
    workers_busy: Gauge,
    cache_bytes: Gauge,
    batches_running: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// What is so at the moment: asked for when somebody reads the metrics, so that nothing has to be counted twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// Requests that wait for a worker.
    pub queue_depth: u64,
    /// How long the oldest of them has waited.
    pub queue_oldest_age: Duration,
    /// Workers that are started and locked.
    pub workers_ready: u64,
    /// Workers with a job.
    pub workers_busy: u64,
    /// Bytes in the result cache.
    pub result_cache_bytes: u64,
    /// Batches that go on.
    pub batches_running: u64,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let mut counted = Counted {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram),
            waits: histogram(),
            outcomes: Family::default(),
            faults: Counter::default(),
            fuel: Counter::default(),
            worker_restarts: Family::default(),
            cache_hits: Counter::default(),
            cache_misses: Counter::default(),
            refused: Family::default(),
            batch_submissions: Counter::default(),
            queue_depth: Gauge::default(),
            queue_oldest_age: Gauge::default(),
            workers_ready: Gauge::default(),
            workers_busy: Gauge::default(),
            cache_bytes: Gauge::default(),
            batches_running: Gauge::default(),
        };
        counted.register();
        Metrics(Arc::new(counted))
    }

    /// A request was answered. The route is that of the router: a path that a client made up is none.
    pub(crate) fn answered(&self, method: &Method, route: Option<&MatchedPath>, status: StatusCode, took: Duration) {
        let route = route.map_or("none", MatchedPath::as_str).to_owned();
        let labels = RequestLabels { method: known(method), route: route.clone(), status: u32::from(status.as_u16()) };
        self.0.requests.get_or_create(&labels).inc();
        self.0.durations.get_or_create(&RouteLabels { route }).observe(took.as_secs_f64());
    }

    /// A request was refused.
    pub(crate) fn refused(&self, refusal: Refusal) {
        self.0.refused.get_or_create(&[("reason", refusal.name())]).inc();
    }

    /// A job's wait for a worker is over.
    pub(crate) fn waited(&self, wait: Duration) {
        self.0.waits.observe(wait.as_secs_f64());
    }

    /// A submission was scored, or its report came from the cache. Fuel counts where it was burnt.
    pub(crate) fn scored(&self, report: &Report, cache: CacheUse) {
        match cache {
            CacheUse::Hit => drop(self.0.cache_hits.inc()),
            CacheUse::Stored => drop(self.0.cache_misses.inc()),
            CacheUse::Bypass => {}
        }
        match (&report.fault, report.outcome) {
            (None, Some(outcome)) => self.outcome(outcome),
            (Some(_), _) | (None, None) => self.faulted(),
        }
        if cache != CacheUse::Hit {
            self.0.fuel.inc_by(report.fuel.0);
        }
    }

    /// A program was run.
    pub(crate) fn ran(&self, outcome: Outcome, fuel: Fuel) {
        self.outcome(outcome);
        self.0.fuel.inc_by(fuel.0);
    }

    /// Our host failed at a job.
    pub(crate) fn faulted(&self) {
        self.0.faults.inc();
    }

    /// A worker is no more, and another takes its place. The reason is one of the pool's words.
    pub(crate) fn worker_lost(&self, reason: &'static str) {
        self.0.worker_restarts.get_or_create(&[("reason", reason)]).inc();
    }

    /// A batch with so many submissions was accepted.
    pub(crate) fn batch_accepted(&self, submissions: u64) {
        self.0.batch_submissions.inc_by(submissions);
    }

    /// Everything, as OpenMetrics has it.
    pub(crate) fn text(&self, levels: &Levels) -> String {
        let Levels { queue_depth, queue_oldest_age, workers_ready, workers_busy, result_cache_bytes, batches_running } =
            levels;
        let counted = &self.0;
        counted.queue_oldest_age.set(queue_oldest_age.as_secs_f64());
        let gauges = [
            (&counted.queue_depth, queue_depth),
            (&counted.workers_ready, workers_ready),
            (&counted.workers_busy, workers_busy),
            (&counted.cache_bytes, result_cache_bytes),
            (&counted.batches_running, batches_running),
        ];
        for (gauge, level) in gauges {
            gauge.set(i64::try_from(*level).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        encode(&mut text, &counted.registry).expect("a string takes all that is written to it");
        text
    }

    fn outcome(&self, outcome: Outcome) {
        self.0.outcomes.get_or_create(&[("outcome", outcome.name())]).inc();
    }
}

impl Counted {
    fn register(&mut self) {
        let http = &mut self.registry;
        http.register("http_requests", "Requests that were answered", self.requests.clone());
        http.register_with_unit(
            "http_request_duration",
            "From a request's head to the end of its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        http.register_with_unit(
            "process_start_time",
            "When the server started, since 1970",
            Unit::Seconds,
            ConstGauge::new(started.as_secs_f64()),
        );
        http.register_collector(Box::new(Process));

        let ours = self.registry.sub_registry_with_prefix("proofhouse");
        let versions = [("version", env!("CARGO_PKG_VERSION").to_owned()), ("guest", Grader::versions().guest)];
        ours.register("build", "The versions that decide verdicts", Info::new(versions.to_vec()));
        ours.register("queue_depth", "Requests that wait for a worker", self.queue_depth.clone());
        ours.register_with_unit(
            "queue_oldest_age",
            "How long the oldest request in the queue has waited",
            Unit::Seconds,
            self.queue_oldest_age.clone(),
        );
        ours.register_with_unit("queue_wait", "How long jobs waited for a worker", Unit::Seconds, self.waits.clone());
        ours.register("outcomes", "What submissions and programs did", self.outcomes.clone());
        ours.register("faults", "Jobs that the service itself failed at", self.faults.clone());
        ours.register("fuel", "Fuel that programs burnt", self.fuel.clone());
        ours.register("worker_restarts", "Workers that were lost and started anew", self.worker_restarts.clone());
        ours.register("workers_ready", "Workers that are started", self.workers_ready.clone());
        ours.register("workers_busy", "Workers with a job", self.workers_busy.clone());
        ours.register("result_cache_hits", "Reports that came from the result cache", self.cache_hits.clone());
        ours.register("result_cache_misses", "Reports that went to the result cache", self.cache_misses.clone());
        ours.register_with_unit("result_cache", "Memory of the result cache", Unit::Bytes, self.cache_bytes.clone());
        ours.register("refused", "Requests that were refused", self.refused.clone());
        ours.register("batches_running", "Batches that go on", self.batches_running.clone());
        ours.register("batch_submissions", "Submissions of batches that were accepted", self.batch_submissions.clone());
    }
}

/// A method's name, where it is one of those that this server has; a client may make up others.
fn known(method: &Method) -> &'static str {
    let names = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"];
    names.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::{Request, State};
    use axum::middleware::{Next, from_fn_with_state};
    use axum::response::Response;
    use axum::routing::get;
    use proofhouse::faulted;
    use proofhouse_types::{Submission, Task};
    use tower::ServiceExt;

    use super::*;

    /// The text has each of the lines.
    fn check(metrics: &Metrics, levels: &Levels, lines: &[&str]) {
        let text = metrics.text(levels);
        for line in lines {
            assert!(text.lines().any(|there| there == *line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
        let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
        let response = next.run(request).await;
        metrics.answered(&method, route.as_ref(), response.status(), Duration::from_millis(3));
        response
    }

    #[tokio::test]
    async fn requests_are_counted_by_what_the_router_knows() {
        let metrics = Metrics::new();
        let router = Router::new().route("/v1/batches/{id}", get(|| async {}));
        let router = router.layer(from_fn_with_state(metrics.clone(), count));
        for (method, path) in [
            ("GET", "/v1/batches/1"),
            ("GET", "/v1/batches/2"),
            ("BREW", "/v1/batches/2"),
            ("GET", "/made/up"),
            ("GET", "/made-up-too"),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap();
        }
        check(
            &metrics,
            &Levels::default(),
            &[
                r#"http_requests_total{method="GET",route="/v1/batches/{id}",status="200"} 2"#,
                r#"http_requests_total{method="other",route="/v1/batches/{id}",status="405"} 1"#,
                r#"http_requests_total{method="GET",route="none",status="404"} 2"#,
                r#"http_request_duration_seconds_bucket{le="0.0025",route="/v1/batches/{id}"} 0"#,
                r#"http_request_duration_seconds_bucket{le="0.005",route="/v1/batches/{id}"} 3"#,
                r#"http_request_duration_seconds_count{route="none"} 2"#,
                "# TYPE http_request_duration_seconds histogram",
            ],
        );
        assert!(!metrics.text(&Levels::default()).contains("made"));
    }

    #[test]
    fn jobs_are_counted_by_what_they_did() {
        let metrics = Metrics::new();
        let (task, submission) = (Task::new("a", "a"), Submission::program("a", "a"));
        let fault = faulted(&task, &submission, "the worker died".to_owned());
        let report = Report { fault: None, outcome: Some(Outcome::OutOfFuel), fuel: Fuel(1000), ..fault.clone() };
        metrics.scored(&report, CacheUse::Stored);
        metrics.scored(&report, CacheUse::Hit);
        metrics.scored(&fault, CacheUse::Bypass);
        metrics.ran(Outcome::Passed, Fuel(234));
        metrics.waited(Duration::from_millis(20));
        metrics.worker_lost("died");
        metrics.refused(Refusal::Overloaded);
        metrics.batch_accepted(100_000);
        check(
            &metrics,
            &Levels::default(),
            &[
                r#"proofhouse_outcomes_total{outcome="out_of_fuel"} 2"#,
                r#"proofhouse_outcomes_total{outcome="passed"} 1"#,
                "proofhouse_faults_total 1",
                "proofhouse_fuel_total 1234",
                "proofhouse_result_cache_hits_total 1",
                "proofhouse_result_cache_misses_total 1",
                r#"proofhouse_queue_wait_seconds_bucket{le="0.025"} 1"#,
                "proofhouse_queue_wait_seconds_sum 0.02",
                r#"proofhouse_worker_restarts_total{reason="died"} 1"#,
                r#"proofhouse_refused_total{reason="overloaded"} 1"#,
                "proofhouse_batch_submissions_total 100000",
            ],
        );
    }

    #[test]
    fn levels_are_those_of_the_moment() {
        let metrics = Metrics::new();
        let levels = Levels {
            queue_depth: 7,
            queue_oldest_age: Duration::from_millis(1500),
            workers_ready: 2,
            workers_busy: 1,
            result_cache_bytes: 65_536,
            batches_running: 3,
        };
        check(
            &metrics,
            &levels,
            &[
                "proofhouse_queue_depth 7",
                "proofhouse_queue_oldest_age_seconds 1.5",
                "proofhouse_workers_ready 2",
                "proofhouse_workers_busy 1",
                "proofhouse_result_cache_bytes 65536",
                "proofhouse_batches_running 3",
            ],
        );
        check(&metrics, &Levels::default(), &["proofhouse_queue_depth 0", "proofhouse_workers_busy 0"]);
    }

    #[test]
    fn every_metric_is_in_the_docs() {
        let page = include_str!("../../../docs/operations.md");
        let text = Metrics::new().text(&Levels::default());
        for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, kind) = line.split_once(' ').unwrap();
            let ending = match kind {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            assert!(page.contains(&format!("`{name}{ending}")), "{name}{ending}");
        }
    }

    #[test]
    fn the_process_and_the_build_are_described() {
        let text = Metrics::new().text(&Levels::default());
        assert!(text.contains("proofhouse_build_info{version=\""), "{text}");
        let names: &[&str] = if cfg!(target_os = "linux") {
            &["process_start_time_seconds ", "process_resident_memory_bytes ", "process_open_fds "]
        } else {
            &["process_start_time_seconds "]
        };
        for name in names {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            assert!(line.parse::<f64>().unwrap() > 0.0, "{name}{line}");
        }
    }
}
