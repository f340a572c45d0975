//! What our host can fail at. What a guest does is an outcome, never one of these.

use std::path::PathBuf;

/// A failure of our own: of the machine, of a cache, or of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder of the cache can't be used.
    #[error("cache: {doing} `{}`", path.display())]
    Cache {
        /// What was tried.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// wasmtime refused a step of our own.
    #[error("{doing}")]
    Wasmtime {
        /// What was tried.
        doing: &'static str,
        /// What wasmtime said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The guest did not start or answer as it must.
    #[error("the guest {0}")]
    Guest(String),
    /// A memory limit below what the interpreter itself takes.
    #[error("memory limit {limit} is below the {needed} that the interpreter itself takes")]
    MemoryLimitTooLow {
        /// The limit that was asked for.
        limit: proofhouse_types::Bytes,
        /// The smallest that works.
        needed: proofhouse_types::Bytes,
    },
    /// A stack limit above what the threads that run guests have.
    #[error("stack limit {limit} is above the highest, {highest}")]
    StackLimitTooHigh {
        /// The limit that was asked for.
        limit: proofhouse_types::Bytes,
        /// The largest that works.
        highest: proofhouse_types::Bytes,
    },
    /// Host calls took longer than the wall limit: the machine, not the program.
    #[error("host calls took longer than {limit}")]
    WallLimit {
        /// The limit.
        limit: proofhouse_types::Seconds,
    },
    /// The profile `packages` was asked for and is not in the cache.
    #[error("the packages are not there: run `proofhouse setup --packages`")]
    NoPackages,
    /// pip could not bring the packages.
    #[error("bringing the packages with pip: {said}")]
    Pip {
        /// What it said.
        said: String,
    },
    /// A host folder can't be granted.
    #[error("granting `{}`: {reason}", host.display())]
    Grant {
        /// The folder.
        host: PathBuf,
        /// Why not.
        reason: String,
    },
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Says what we were doing when wasmtime failed.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T>;
}

impl<T> Doing<T> for wasmtime::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T> {
        self.map_err(|error| Error::Wasmtime { doing, source: error.into_boxed_dyn_error() })
    }
}
