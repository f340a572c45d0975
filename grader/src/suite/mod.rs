//! Suites of tasks: native ones, and those of public benchmarks, read into the same [`Task`](proofhouse_types::Task)s.
//! Reads files and judges nothing.

mod checks;
mod collection;
mod companions;
mod digest;
mod entry_point;
mod eval_plus;
mod flaw;
mod folder;
mod format;
mod human_eval;
mod inline;
mod keys;
mod kinds;
mod mbpp;
mod native;
mod problem;
mod reader;
mod records;
mod row;
#[cfg(test)]
mod tests;
mod validity;
mod variant;
mod verl;

pub use companions::{NativeFiles, RightProgram, Survivor, WrongProgram, belongs};
pub use inline::{problems_of_limits, problems_of_texts, task_of_json};
pub use keys::{Keys, nearest, read_toml};
pub use problem::{FieldProblem, Problem};
pub use reader::{BadRow, Suite, SuiteError, read, task_of_row};
pub(crate) use records::{Records, read_text};
pub(crate) use row::{Row, RowError, TextOrNumber};
pub use variant::Variant;
