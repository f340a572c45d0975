//! Why a file can't be run.

use std::io;
use std::path::PathBuf;

use super::header::HeaderError;

/// Why a GGUF file can't be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The file can't be opened.
    #[error("opening `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is no model.
    #[error("`{path}` is no GGUF file that can be used")]
    Header {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: HeaderError,
    },
    /// The file is one of several, and not the first.
    #[error("`{0}` is a part of a model: name the first one, `…-00001-of-0000N.gguf`")]
    Part(PathBuf),
    /// More threads than the sandbox leaves.
    #[error("{asked} threads would take cores of the sandbox: of {cores} it has {stand_aside}, which leaves {most}")]
    Threads {
        /// Threads that were asked for.
        asked: u32,
        /// Cores of this machine.
        cores: u32,
        /// Cores of the sandbox.
        stand_aside: u32,
        /// Threads that there may be.
        most: u32,
    },
    /// Layers for a GPU, of which this program knows nothing.
    #[error("this build has no GPU for {0} layers: build it with `--features cuda` or `--features metal`")]
    NoGpu(u32),
    /// More replies at a time than llama.cpp can write.
    #[error("{asked} replies at a time are too many: llama.cpp writes {most} at most")]
    Sequences {
        /// Replies at a time that were asked for.
        asked: u32,
        /// As many as there may be.
        most: u32,
    },
    /// More room than the model was made for.
    #[error("the model was trained with {trained} tokens, and {asked} are too many")]
    Context {
        /// Tokens that were asked for.
        asked: u32,
        /// Tokens that it was trained with.
        trained: u32,
    },
    /// More memory than there is.
    #[error(
        "the model needs {} of memory (weights {}, room for tokens {}, buffers {}), and {} are there: \
         ask for fewer replies at a time, a smaller context or a smaller quantization, or give layers to a GPU",
        gib(*needed), gib(*weights), gib(*cache), gib(*buffers), gib(*available)
    )]
    Memory {
        /// Bytes that it needs.
        needed: u64,
        /// Of those, the weights.
        weights: u64,
        /// Of those, what is kept of each token.
        cache: u64,
        /// Of those, the rest.
        buffers: u64,
        /// Bytes that there are.
        available: u64,
    },
    /// The process that was to run it did not come to do so.
    #[error("the model can't be loaded: {0}")]
    Load(String),
}

/// An amount of memory as people write it.
fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}
