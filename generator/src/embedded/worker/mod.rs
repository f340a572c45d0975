//! The process that runs a model: loads it, gives up every right that it does not need, and writes replies until its standard
//! input ends.

mod engine;
mod lockdown;
mod prompt;
mod run;
mod sampler;
mod sequence;
mod template;
mod text;

pub use run::{WorkerError, run_worker};
