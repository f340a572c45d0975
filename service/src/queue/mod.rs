//! Requests that wait for a worker: fair between clients, bounded, and with an estimate of the wait.

mod estimates;
mod fair;

pub(crate) use estimates::Estimates;
pub(crate) use fair::{FairQueue, Ticket};
