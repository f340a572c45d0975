//! Finds what is wrong with a program by its text alone: security rules as data, and the analysis that applies them.
//!
//! Runs no code, reads no file and no clock: the same text gives the same findings, byte for byte.

mod analyser;
mod catalog;
mod condition;
mod environment;
#[cfg(test)]
mod examples;
mod fingerprint;
mod flow;
mod ignores;
mod ir;
mod lines;
mod lower;
mod native;
mod page;
mod path;
mod prefilter;
#[cfg(test)]
mod print;
#[cfg(test)]
mod quality;
mod query;
mod redos;
mod report;
#[cfg(test)]
mod rewrite;
#[cfg(test)]
mod robust;
pub mod schema;
mod secrets;
mod sql_text;
mod symbols;
mod table;
mod value;

pub use analyser::Analyser;
pub use catalog::RuleError;
pub use fingerprint::fingerprint;
pub use ignores::{Applied, Ignored, apply as apply_ignores, rules as ignore_rules};
pub use page::{index, page};
