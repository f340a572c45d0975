//! Suites of tasks: native ones, and those of public benchmarks, read into the same [`Task`](proofhouse_types::Task)s.
//! Reads files and judges nothing.

mod checks;
mod collection;
mod companions;
mod digest;
mod entry_point;
mod eval_plus;
mod folder;
mod format;
mod human_eval;
mod keys;
mod mbpp;
mod native;
mod problem;
mod reader;
mod records;
mod row;
#[cfg(test)]
mod tests;
mod verl;

pub use companions::{NativeFiles, RightProgram, WrongProgram};
pub(crate) use keys::nearest;
pub use problem::Problem;
pub use reader::{Suite, SuiteError, read};
pub(crate) use records::{Records, read_text};
pub(crate) use row::{Row, RowError, TextOrNumber};
