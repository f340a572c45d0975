//! Statistics over tasks: a task's samples have more to do with one another than with those of other tasks, so tasks are
//! what intervals and tests are over. Pure functions; what is random starts from a fixed seed.

mod bootstrap;
#[cfg(test)]
mod coverage;
mod difference;
mod draws;
mod paired;
mod quantile;
mod share;
mod tally;

pub(crate) use bootstrap::{geometric_mean, rate};
pub(crate) use difference::{detectable, difference};
pub(crate) use paired::{holm, mcnemar, sign_flip};
pub(crate) use quantile::spread;
pub(crate) use share::share;
pub(crate) use tally::Tally;
