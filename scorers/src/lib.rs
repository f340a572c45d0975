//! Pure functions from evidence to scores: how one submission did, and what a run of many came to.
//! No clock, no IO, no randomness; nothing here has seen a sandbox.

mod growth;
mod interval;
mod loss;
mod pass_at_k;
mod reliability;
mod score;
mod security;
mod totals;

pub use growth::fit as fit_growth;
pub use interval::wilson;
pub use pass_at_k::pass_at_k;
pub use reliability::{agreement, flips, pass_hat_k};
pub use score::{Scored, score};
pub use totals::{Totals, summarise};
