//! Pure functions from evidence to scores: how one submission did, and what a run of many came to.
//! No clock, no IO, no randomness; nothing here has seen a sandbox.

mod interval;
mod pass_at_k;
mod score;
mod totals;

pub use pass_at_k::pass_at_k;
pub use score::{Scored, score};
pub use totals::{Totals, summarise};
