//! The end-to-end tests: the real command and the real sandbox, over the fixtures that everybody can read.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod check;
mod command;
mod grading;
mod growth;
mod hostile;
mod judge;
mod kinds;
mod packages;
mod sandbox;
mod score;
mod setup;
mod threads;
