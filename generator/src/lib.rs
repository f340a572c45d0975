//! The generators that are measured: clients of local model servers, and a model in a process of our own. Gets prompts
//! and fill-in points as plain data, and hands back what was written, with every time and count.
//!
//! Reads no environment but what it hands on to that process: keys and folders are handed to it. Keys are never stored, logged or part of an error.

mod attempt;
mod backend;
mod clean;
mod doubts;
mod embedded;
mod error;
mod fim;
mod http;
mod kept;
mod message;
mod model;
mod model_name;
mod options;
mod refusal;
mod reply;
mod retry;
mod source;

pub use embedded::{EmbeddedError, HeaderError};
#[cfg(feature = "embedded")]
pub use embedded::{WorkerError, run_worker};
pub use error::OpenError;
pub use model::Model;
pub use model_name::{BackendKind, ModelName, ParseModelNameError};
pub use options::{Deadlines, EmbeddedOptions, KeepReplies, Key, Options, Retries};
pub use reply::Piece;
