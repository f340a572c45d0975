//! Runs of models over suites: what is asked, what came back, what it comes to, and the reports of it.
//!
//! Reads no environment and no clock of its own but to measure; prints nothing.

mod asking;
mod came;
mod compare;
mod config;
mod csv;
mod differences;
mod error;
mod event;
#[cfg(test)]
mod example;
mod export;
mod folder;
mod grading;
mod hardware;
mod import;
mod marks;
mod metrics;
mod notes;
mod page;
mod prompts;
mod read;
mod row;
mod run;
mod schedule;
mod statistics;
mod summarise;
mod summary;
mod text;
mod words;

pub use config::{Asking, FORMAT, FileManner, Grading, Load, Manner, Mode, ModelRun, RunConfig, TaskFacts};
pub use csv::csv;
pub use differences::differences;
pub use error::BenchError;
pub use event::Event;
pub use export::write_eval_plus;
pub use folder::{RunFolder, Start, replace};
pub use metrics::{Objectives, ParseObjectivesError, Price, tpot_ms};
pub use page::html;
pub use prompts::{PROMPTS_VERSION, Prompt, SYSTEM_PROMPT, submission_text};
pub use read::Run;
pub use row::SampleRow;
pub use run::{Bench, Ended, Graded};
pub use summarise::{SummaryOptions, summarise};
pub use summary::{
    Cost, Endings, Estimate, Goodput, Hardware, Mark, ModelSummary, Pair, Quality, RunFacts, Speed, Spread, SuiteFacts,
    Summary, TaskRow,
};
pub use text::text;
