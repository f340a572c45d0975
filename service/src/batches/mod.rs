//! Batches: taking them in, having their submissions scored, and telling how far they are.
//!
//! The database is the queue. What runs is a handful of submissions at a time; everything else is there after a crash.

mod follow;
mod keeper;
mod lines;
mod rotation;
mod runner;
mod sieve;
mod upload;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use follow::{Follow, progress, results};
pub(crate) use runner::{BatchSettings, Batches};
pub(crate) use upload::{BodyKind, Upload, take_in};
