//! What the server counts, and the text that Prometheus reads.

mod counts;
mod process;
mod refusal;

pub(crate) use counts::{CONTENT_TYPE, Levels, Metrics};
pub(crate) use refusal::Refusal;
