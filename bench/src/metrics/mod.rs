//! What the rows of one model come to: how good its code is, how fast it came, how it ended, what it costs.

mod cost;
mod endings;
mod goodput;
mod measured;
mod objectives;
mod quality;
mod speed;

pub use cost::Price;
pub(crate) use cost::cost;
pub(crate) use endings::endings;
pub(crate) use goodput::goodput;
pub(crate) use measured::{Measured, TaskRows};
pub use objectives::{Objectives, ParseObjectivesError};
pub(crate) use quality::{least_fuel, names_that_do_not_exist, quality};
pub(crate) use speed::speed;
pub use speed::tpot_ms;
