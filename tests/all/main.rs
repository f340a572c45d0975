//! The end-to-end tests: the real command and the real sandbox, over the fixtures that everybody can read.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]
#![expect(clippy::print_stdout, reason = "what was not tested, and what clients from elsewhere say, is said")]

mod bench;
mod check;
mod command;
#[cfg(feature = "embedded")]
mod embedded;
mod generator;
mod grading;
mod growth;
mod hostile;
mod judge;
mod kinds;
mod packages;
mod practical;
mod sandbox;
mod score;
mod serve;
mod settings;
mod setup;
mod threads;
mod worker;
