//! What the service answers, besides reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Fuel, Outcome};

/// What a whole program did. `proofhouse run --json` prints it, and the service answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport {
    /// What it did.
    pub outcome: Outcome,
    /// Why it did not pass; empty where it did.
    pub message: String,
    /// The exit code, where it exited.
    pub exit_code: Option<i32>,
    /// The exception that ended it, where one did.
    pub exception: Option<RaisedException>,
    /// Fuel that it used.
    pub fuel: Fuel,
    /// What it wrote to stdout; what is no UTF-8 is replaced.
    pub stdout: String,
    /// What it wrote to stderr; what is no UTF-8 is replaced.
    pub stderr: String,
    /// The files in its working directory at the end.
    pub files: Vec<String>,
}

/// An exception that nobody caught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RaisedException {
    /// The class's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text.
    pub message: String,
    /// Python's traceback.
    pub traceback: String,
}

/// An error, as RFC 9457 has it (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Names the kind of problem: a fragment of the documentation's page on errors.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong this time.
    pub detail: String,
    /// The field that was wrong, as a path such as `submissions[3].limits.fuel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The request's id, as in its `x-request-id` header and in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchStatus {
    /// Its id.
    pub id: String,
    /// Whether it goes on.
    pub state: BatchState,
    /// Submissions that were taken.
    pub accepted: u64,
    /// Submissions that were not; `problems` says why.
    pub rejected: u64,
    /// Submissions that have a report.
    pub scored: u64,
    /// Reports that passed.
    pub passed: u64,
    /// Reports with a fault of ours.
    pub faults: u64,
    /// When it was accepted: seconds since 1970, by the service's clock.
    pub created_at: u64,
    /// When its last report was written, or it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<u64>,
    /// What was wrong with the submissions that were not taken, the first hundred of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<RowProblem>,
}

/// Whether a batch goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Accepted, and not all of it scored.
    Running,
    /// Every accepted submission has a report.
    Done,
    /// Cancelled before that.
    Cancelled,
}

/// What is wrong with one row of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowProblem {
    /// The line of the NDJSON, or the number of the submission, from 1.
    pub line: u64,
    /// The field that was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was wrong.
    pub message: String,
}

/// A suite that the service was started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuiteOverview {
    /// The name that requests have for it.
    pub name: String,
    /// How many tasks it has.
    pub tasks: usize,
    /// Hex SHA-256 of what decides its verdicts.
    pub digest: String,
}

/// A language, and what the service does with programs in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LanguageOverview {
    /// The name that requests have for it.
    pub name: String,
    /// The version that runs, where programs in it run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether `/v1/run` takes it.
    pub runs: bool,
    /// Whether tasks can be answered in it.
    pub scores: bool,
    /// Whether `/v1/check` takes it.
    pub checks: bool,
}
