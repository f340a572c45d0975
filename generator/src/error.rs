//! Why a model can't be opened. What fails later is data: a `GenerationFailure`.

use std::path::PathBuf;

use crate::embedded::EmbeddedError;

/// Why a model can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The model is on a server, and nothing says where that is.
    #[error("`{0}` has no address")]
    NoAddress(String),
    /// The model is a file, and this program can't run any.
    #[error("this build runs no GGUF files: build it with `--features embedded`")]
    NoEmbedded,
    /// The file can't be run.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The key has characters that no header may have.
    #[error("the key has characters that no HTTP header may have")]
    Key,
    /// No HTTP client can be made.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
    /// No TLS can be set up.
    #[error("TLS can't be set up")]
    Tls(#[source] rustls::Error),
    /// The folder for kept replies can't be made.
    #[error("replies can't be kept in `{folder}`")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The address for kept replies is none of a Redis. It is not shown, as it may have a password.
    #[error("that is no address of a Redis: expected `redis://HOST:PORT/DATABASE`")]
    RedisAddress(#[source] redis::RedisError),
}
