//! Takes what is asked, has it wait its turn, and brings the answer of a worker.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use proofhouse::{TaskKey, faulted};
use proofhouse_types::{Finding, Limits, Report, Submission, SubmissionText, Task};
use tokio::sync::oneshot;

use crate::config::Config;
use crate::line::{Line, Lined};
use crate::metrics::{Levels, Metrics};
use crate::pool::{Parcel, WorkerCommand};
use crate::result_cache::{ResultCache, ResultKey};
use crate::worker::{Answer, Hello, Job, ProgramFrame, RunFrame, frame, limits_json};

/// A task as workers get it: its key, and the JSON that the key is of.
#[derive(Debug)]
pub(crate) struct ReadyTask {
    /// Tells it from others.
    pub key: TaskKey,
    /// What workers get.
    pub json: Arc<[u8]>,
    /// The task.
    pub task: Task,
}

impl ReadyTask {
    pub(crate) fn of(task: Task) -> ReadyTask {
        let (key, json) = TaskKey::of(&task);
        ReadyTask { key, json: json.into(), task }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    /// The name of the key; `anonymous` where there are no keys.
    pub name: Arc<str>,
    /// Its share of the workers when there is a queue, against the others'.
    pub weight: u32,
}

/// Turns that requests have for one of a batch: whoever waits for an answer goes before what nobody waits for, and batches go on.
pub(crate) const TURNS: u32 = 8;

impl Client {
    /// Whoever asks a server without keys.
    pub(crate) fn anonymous() -> Client {
        Client { name: "anonymous".into(), weight: TURNS }
    }
}

/// Whoever the middleware found out; anonymous where there are no keys.
impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Client, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(Client::anonymous))
    }
}

/// It is no part of the API's description.
impl aide::OperationInput for Client {}

/// How long a request may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Where the expected wait is longer, it is refused at once.
    pub admit: Duration,
    /// Where it has not begun by then, it is given up.
    pub hold: Duration,
}

/// A report, and whether the result cache had it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scored {
    /// The report.
    pub report: Report,
    /// Where it came from.
    pub cache: CacheUse,
}

/// What the result cache had to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheUse {
    /// It had the answer.
    Hit,
    /// It has it now.
    Stored,
    /// It is off, or the answer is none to keep.
    Bypass,
}

/// Findings of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checked {
    /// By place.
    pub findings: Vec<Finding>,
    /// How many more comments in the text ignore.
    pub ignored: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// The wait would be, or was, too long.
    Overloaded {
        /// When it may be worth asking again.
        retry_after: Duration,
    },
    /// The server is shutting down.
    Closing,
    /// Our host failed at it twice.
    Fault(String),
}

/// Where everything that touches submitted code is asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    line: Arc<Line>,
    cache: Arc<ResultCache>,
    metrics: Metrics,
}

impl Dispatcher {
    /// Starts the workers; they are ready a moment later.
    pub(crate) fn start(config: &Config, workers: usize, command: WorkerCommand, metrics: Metrics) -> Dispatcher {
        let cache = Arc::new(ResultCache::new(config.result_cache));
        Dispatcher { line: Line::start(config, workers, command, metrics.clone()), cache, metrics }
    }

    /// Grades a submission. A worker that dies twice at it makes a report with a fault.
    pub(crate) async fn score(
        &self,
        client: &Client,
        task: Arc<ReadyTask>,
        submission: Submission,
        patience: Patience,
    ) -> Result<Scored, NotDone> {
        let key = ResultKey::of(&task, &submission);
        if let Some(report) = self.cache.get(&key, &submission) {
            self.metrics.scored(&report, CacheUse::Hit);
            return Ok(Scored { report, cache: CacheUse::Hit });
        }
        let written = serde_json::to_vec(&submission).expect("texts serialise");
        let parcel = parcel(&Job::Score { key: task.key.0, submission: written }, Some(task.clone()))?;
        let (report, json_bytes) = match self.ask(client, parcel, patience).await? {
            Ok(Answer::Report(json)) => (serde_json::from_slice(&json).map_err(|error| error.to_string()), json.len()),
            other => (Err(fault_of(other)), 0),
        };
        let report: Report = report.unwrap_or_else(|fault| faulted(&task.task, &submission, fault));
        let cache = self.cache.put(key, &report, json_bytes);
        self.metrics.scored(&report, cache);
        Ok(Scored { report, cache })
    }

    /// The program that workers find in a submission, as far as it goes; empty where there is none.
    pub(crate) async fn program(
        &self,
        client: &Client,
        task: Arc<ReadyTask>,
        submission: Submission,
        patience: Patience,
    ) -> Result<String, NotDone> {
        let written = match submission.text {
            SubmissionText::Program(text) => return Ok(text),
            SubmissionText::Reply(_) => serde_json::to_vec(&submission).expect("texts serialise"),
        };
        let parcel = parcel(&Job::Find { key: task.key.0, submission: written }, Some(task))?;
        match self.ask(client, parcel, patience).await? {
            Ok(Answer::Program(program)) => Ok(program),
            other => Err(NotDone::Fault(fault_of(other))),
        }
    }

    /// Runs a whole program.
    pub(crate) async fn run(
        &self,
        client: &Client,
        program: ProgramFrame,
        limits: &Limits,
        patience: Patience,
    ) -> Result<RunFrame, NotDone> {
        let parcel = parcel(&Job::Run { program, limits: limits_json(limits) }, None)?;
        match self.ask(client, parcel, patience).await? {
            Ok(Answer::Run(run)) => {
                self.metrics.ran(run.outcome, run.fuel);
                Ok(*run)
            }
            other => Err(self.fault(fault_of(other))),
        }
    }

    /// What rules find in a text.
    pub(crate) async fn check(
        &self,
        client: &Client,
        code: String,
        language: String,
        patience: Patience,
    ) -> Result<Checked, NotDone> {
        let parcel = parcel(&Job::Check { code, language }, None)?;
        match self.ask(client, parcel, patience).await? {
            Ok(Answer::Checked { findings, ignored }) => {
                let findings = serde_json::from_slice(&findings);
                let findings = findings.map_err(|error| self.fault(format!("unreadable findings: {error}")))?;
                Ok(Checked { findings, ignored })
            }
            other => Err(self.fault(fault_of(other))),
        }
    }

    /// What workers say of themselves, once one is ready.
    pub(crate) fn hello(&self) -> Option<Hello> {
        self.line.hello()
    }

    /// Whether a worker is ready to take a job, now or after the one that it has.
    pub(crate) fn is_ready(&self) -> bool {
        self.line.ready_workers() > 0
    }

    /// Takes nothing more; what waits or runs is done still.
    pub(crate) fn close(&self) {
        self.line.close();
    }

    /// How it stands with the queue, the workers and the cache.
    pub(crate) fn levels(&self) -> Levels {
        Levels { result_cache_bytes: self.cache.bytes(), ..self.line.levels() }
    }

    fn fault(&self, fault: String) -> NotDone {
        self.metrics.faulted();
        NotDone::Fault(fault)
    }

    /// Waits in line, then for the worker: its answer, or what our host failed at.
    async fn ask(
        &self,
        client: &Client,
        parcel: Parcel,
        patience: Patience,
    ) -> Result<Result<Answer, String>, NotDone> {
        let (reply, mut answered) = oneshot::channel();
        let place = self.line.join(client, Lined::new(parcel, reply), patience.admit)?;
        let dropped = |_| Err("the worker's answer was lost".to_owned());
        match tokio::time::timeout(patience.hold, &mut answered).await {
            Ok(answer) => Ok(answer.unwrap_or_else(dropped)),
            Err(_) if place.leave() => Err(NotDone::Overloaded { retry_after: self.line.expected_wait() }),
            // Its turn has come: what has begun is ended.
            Err(_) => Ok(answered.await.unwrap_or_else(dropped)),
        }
    }
}

fn parcel(job: &Job, task: Option<Arc<ReadyTask>>) -> Result<Parcel, NotDone> {
    let frame = frame(job).map_err(|error| NotDone::Fault(error.to_string()))?;
    Ok(Parcel { frame, task })
}

/// What our host failed at, where the answer is not the one that was asked for.
fn fault_of(answer: Result<Answer, String>) -> String {
    let what = match answer {
        Err(fault) | Ok(Answer::Fault(fault)) => return fault,
        Ok(Answer::Hello(_)) => "a greeting",
        Ok(Answer::UnknownTask) => "that it does not know the task",
        Ok(Answer::Report(_)) => "a report",
        Ok(Answer::Program(_)) => "a program",
        Ok(Answer::Run(_)) => "a run",
        Ok(Answer::Checked { .. }) => "findings",
    };
    format!("the worker answered {what} to another question")
}
