//! The plain data that every part of Proofhouse shares: tasks, submissions, limits, outcomes,
//! evidence and reports. No behaviour beyond parsing and printing a value; no IO.

mod amount;
mod evidence;
mod limits;
mod outcome;
mod report;
mod rubric;
mod submission;
mod summary;
mod task;

pub use amount::{Bytes, Fuel, ParseAmountError, Seconds};
pub use evidence::{Evidence, SyntaxEvidence, TestEvidence};
pub use limits::{LimitOverrides, Limits};
pub use outcome::{Blame, Outcome};
pub use report::{Extraction, Finding, Isolation, IsolationMode, Parts, Report, TestReport, TestsPart};
pub use rubric::Rubric;
pub use submission::{SampleId, Submission, SubmissionText};
pub use summary::{PassAtK, Summary, Versions};
pub use task::{Check, Language, Task, TaskId, TestCase};
