//! What outlives the server: batches with their reports, and Judge0 submissions, in SQLite or Postgres.
//!
//! Knows nothing of HTTP and workers. Both databases run the same SQL and the same migrations.

mod address;
mod batches;
mod database;
mod error;
mod expiry;
mod judge0;
mod kept;
mod seat;
mod staging;
mod work;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use batches::BatchId;
pub(crate) use database::Store;
pub(crate) use error::StoreError;
pub(crate) use expiry::Forgotten;
pub(crate) use judge0::Judge0Submission;
pub(crate) use seat::Seat;
pub(crate) use staging::{Acceptance, RequestKey, StagedRow, Staging};
pub(crate) use work::{Rest, ScoredRow};
