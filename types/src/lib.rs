//! The plain data that every part of Proofhouse shares: tasks, submissions, limits, outcomes,
//! evidence and reports. No behaviour beyond parsing and printing a value; no IO.

mod amount;
mod check;
mod check_report;
mod evidence;
mod feature;
mod finding;
mod generation;
mod growth;
mod http;
mod limits;
mod outcome;
mod report;
mod request;
mod rubric;
mod service;
mod submission;
mod summary;
mod task;

pub use amount::{Bytes, Fuel, ParseAmountError, Seconds};
pub use check::{
    AssertCheck, CallCase, CallCheck, Check, CliCheck, CliStep, Compare, EfficiencyCheck, GeneratedCheck, HttpCheck,
    IoCase, IoCheck, ReferenceCheck, SecurityCheck, SqlCheck, SqlCompare, UnittestCheck,
};
pub use check_report::{CheckMessage, CheckReport, CheckSummary, FoundIn};
pub use evidence::{Evidence, FeatureEvidence, SyntaxEvidence, TestEvidence};
pub use feature::Feature;
pub use finding::{Category, Confidence, Edit, Finding, Place, Severity, Step};
pub use generation::{
    Ask, FailureKind, Generation, GenerationFailure, GenerationRequest, ModelFacts, Sampling, ServerTiming, Thinking,
    Timing, Usage,
};
pub use growth::{Growth, GrowthFit};
pub use http::{Endpoint, Failure, Pages, RateLimit, Response};
pub use limits::{LimitOverrides, Limits};
pub use outcome::{Blame, Outcome};
pub use report::{
    Extraction, FeaturesPart, Isolation, IsolationMode, Loss, Parts, Report, SecurityPart, TestReport, TestsPart,
};
pub use request::{BatchRequest, CheckRequest, MOST_PATH_BYTES, RunRequest, ScoreRequest};
pub use rubric::{Correctness, Rubric};
pub use service::{
    BatchState, BatchStatus, LanguageOverview, Problem, RaisedException, RowProblem, RunReport, SuiteOverview,
};
pub use submission::{Finish, SampleId, Submission, SubmissionText};
pub use summary::{PassAtK, Summary, Versions};
pub use task::{Language, Task, TaskId, TestCase};
