//! What a server is told. Every default stands here and nowhere else.

use std::path::PathBuf;

use proofhouse_types::{Bytes, Fuel, LimitOverrides, Limits, Seconds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A server's settings: of one TOML file, the environment and flags, in that order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port; port 0 takes a free one. Anything but loopback needs a key, or `insecure`.
    pub listen: String,
    /// `sqlite:PATH` or `postgres://…`. By default a file in the user's state folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Worker processes; one for each core by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<u16>,
    /// Whether to listen beyond loopback without a key.
    pub insecure: bool,
    /// Bytes of verdicts that are kept in memory and given again for the same program; 0 for none.
    pub result_cache: Bytes,
    /// Seconds that a shutdown gives requests to end in.
    pub shutdown: Seconds,
    /// Where OpenTelemetry traces go: an OTLP/HTTP address such as `http://127.0.0.1:4318/v1/traces`. None by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp: Option<String>,
    /// Days that finished batches and submissions are kept.
    pub retention_days: u32,
    /// The suites that requests may name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<SuiteSettings>,
    /// The keys that requests must have one of, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeySettings>,
    /// How requests wait for workers.
    pub queue: QueueSettings,
    /// How workers work.
    pub worker: WorkerSettings,
    /// The most that a request or a task may ask for.
    pub ceilings: Ceilings,
    /// What connections may do.
    pub http: HttpSettings,
    /// What is logged.
    pub log: LogSettings,
}

/// A suite that is read at start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteSettings {
    /// A file or folder, as `proofhouse score --suite` takes it.
    pub path: PathBuf,
    /// The name that requests have for it; its own by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A client's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    /// Whose it is: what logs and metrics say.
    pub name: String,
    /// Hex SHA-256 of the key: the key itself stands nowhere.
    pub sha256: String,
    /// Requests a second, in the long run; no bound by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
    /// Requests in flight at a time; no bound by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// Its share of the workers when there is a queue, against the others'.
    #[serde(default = "one")]
    pub weight: u32,
}

fn one() -> u32 {
    1
}

/// How requests wait for workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QueueSettings {
    /// Requests that wait at a time; those of batches wait in the database.
    pub length: usize,
    /// Milliseconds that a request may be expected to wait: where it would be more, it is refused at once.
    pub max_wait_ms: u64,
}

/// How workers work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSettings {
    /// Seconds of wall time for one job, of which the worker knows nothing: past it, it is killed.
    pub job_wall: Seconds,
    /// Tasks that each worker keeps ready.
    pub tasks: usize,
    /// Whether tasks with packages run, where `proofhouse setup --packages` has brought them.
    pub packages: bool,
}

/// The most that a request or a task may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ceilings {
    /// Fuel for the loading of a program, and again for each of its tests.
    pub fuel: Fuel,
    /// Bytes of guest memory.
    pub memory: Bytes,
    /// Bytes of stdout and stderr together.
    pub output: Bytes,
    /// Files, folders and links in the workspace.
    pub files: u64,
    /// Bytes in the files of the workspace.
    pub disk: Bytes,
}

/// What connections may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Bytes of a request's body.
    pub body: Bytes,
    /// Bytes of a batch's body.
    pub batch_body: Bytes,
    /// Submissions of a batch.
    pub batch_submissions: usize,
    /// Values in one JSON document, however they are nested; an object counts as sixteen, as it takes memory.
    pub json_values: usize,
    /// Seconds for a request's head, and that a connection may be idle.
    pub head: Seconds,
    /// Seconds without a byte of a request's body.
    pub body_pause: Seconds,
    /// Connections at a time.
    pub connections: usize,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A filter such as `info` or `proofhouse_service=debug`.
    pub filter: String,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: "127.0.0.1:8080".to_owned(),
            database: None,
            workers: None,
            insecure: false,
            result_cache: Bytes(64 << 20),
            shutdown: Seconds(30),
            otlp: None,
            retention_days: 30,
            suites: Vec::new(),
            keys: Vec::new(),
            queue: QueueSettings::default(),
            worker: WorkerSettings::default(),
            ceilings: Ceilings::default(),
            http: HttpSettings::default(),
            log: LogSettings::default(),
        }
    }
}

impl Default for QueueSettings {
    /// A training step sends some hundred programs at once and waits for all of them: those must fit. Ten seconds are what HTTP
    /// clients of the field add to their own time limits.
    fn default() -> Self {
        QueueSettings { length: 4096, max_wait_ms: 10_000 }
    }
}

impl Default for WorkerSettings {
    /// All tests of a task together: a hundred that use up the default fuel of about three seconds each. HumanEval and MBPP have
    /// 1,138 tasks together.
    fn default() -> Self {
        WorkerSettings { job_wall: Seconds(300), tasks: 2048, packages: true }
    }
}

impl Default for Ceilings {
    /// Ten times the defaults in time; in memory and output four and sixteen times.
    fn default() -> Self {
        let limits = Limits::default();
        Ceilings {
            fuel: Fuel(limits.fuel.0 * 10),
            memory: Bytes(limits.memory.0 * 4),
            output: Bytes(limits.output.0 * 16),
            files: limits.files * 4,
            disk: Bytes(limits.disk.0 * 4),
        }
    }
}

impl Default for HttpSettings {
    /// A row of verl's largest sets is under 4 MiB; 100,000 programs of 5 KiB are 500 MB; 100,000 submissions in one document are two
    /// million values.
    fn default() -> Self {
        HttpSettings {
            body: Bytes(8 << 20),
            batch_body: Bytes(1 << 30),
            batch_submissions: 100_000,
            json_values: 2_500_000,
            head: Seconds(15),
            body_pause: Seconds(15),
            connections: 16_384,
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        LogSettings { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

impl Ceilings {
    /// The first limit that is above its ceiling, with the ceiling.
    #[must_use]
    pub fn exceeded(&self, limits: &LimitOverrides) -> Option<(&'static str, u64)> {
        let LimitOverrides { fuel, memory, output, files, disk, stack: _, virtual_time: _, wall: _ } = limits;
        let pairs = [
            ("fuel", fuel.map(|fuel| fuel.0), self.fuel.0),
            ("memory", memory.map(|memory| memory.0), self.memory.0),
            ("output", output.map(|output| output.0), self.output.0),
            ("files", *files, self.files),
            ("disk", disk.map(|disk| disk.0), self.disk.0),
        ];
        let above = pairs.into_iter().find(|(_, asked, ceiling)| asked.is_some_and(|asked| asked > *ceiling));
        above.map(|(name, _, ceiling)| (name, ceiling))
    }
}
