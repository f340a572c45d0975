//! GGUF files, run by llama.cpp in a process of its own: it reads files of strangers with a parser in C++. What is on this side
//! of the process needs no llama.cpp, and is part of every build; the process itself is behind the feature `embedded`.

mod error;
mod header;
mod memory;
mod model;
mod plan;
mod process;
mod wire;
#[cfg(feature = "embedded")]
mod worker;

pub use error::EmbeddedError;
pub use header::HeaderError;
pub(crate) use model::Embedded;
#[cfg(feature = "embedded")]
pub use worker::{WorkerError, run_worker};
