//! Grades generated code. A dozen lines grade a string:
//!
//! ```no_run
//! use proofhouse::{Cache, Grader, Sandbox, SandboxOptions, Settings};
//! use proofhouse::types::{Check, Submission, Task};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::open(&Cache::new("/var/cache/proofhouse"), SandboxOptions::default(), &mut |_| {})?;
//! let grader = Grader::new(sandbox, Settings::default());
//! let task = Task::new("double", "Write double(x).").test("doubles", "assert double(21) == 42");
//! let report = grader.grade(&task, &Submission::program("double", "def double(x):\n    return 2 * x\n"))?;
//! assert!(report.passed);
//! # Ok(())
//! # }
//! ```
//!
//! Reads no environment and no working directory: what it needs is handed to it.

mod attempt;
mod check;
mod desk;
mod error;
mod evidence;
mod fill;
mod found;
mod grader;
mod isolation;
mod kinds;
mod mutation;
mod prepared;
mod results;
mod run_report;
mod samples;
pub mod suite;
mod text;
mod verify;

pub use check::{Checked, check, named as rules_named, rules};
pub use desk::{Desk, TaskKey};
pub use error::Error;
pub use fill::fill;
pub use found::faulted;
pub use grader::{Grader, Settings, Timed, explained};
pub use isolation::Isolating;
pub use mutation::{Killed, Mutation};
/// The rules, and the page and the list that people read of them.
pub use proofhouse_rules::{Analyser, Ignored, RuleError, index as rule_index, page as rule_page, schema};
pub use proofhouse_runtime::{
    Access, Cache, Error as SandboxError, Exception, Grant, Metering, Options as SandboxOptions, PACKAGES, Pair,
    Profile, Program, Progress, Ran, Reuse, Run, Sandbox, Slot, has_packages, install_packages,
};
pub use proofhouse_scorers::{Totals, agreement, flips, pass_at_k, pass_hat_k, summarise, wilson};
pub use proofhouse_syntax::{FillIn, FillPoint, Grammar, fill_in, is_stub};
/// The plain data: tasks, submissions, limits, outcomes and reports.
pub use proofhouse_types as types;
pub use results::{Made, ResultsError, ResultsFile};
pub use run_report::report_of_run;
pub use samples::{Samples, SamplesError, read_samples};
pub use suite::{Problem, Suite, SuiteError};
pub use verify::{Breach, Verification};
