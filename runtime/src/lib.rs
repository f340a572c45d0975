//! The sandbox: guests inside wasmtime, under limits, the same in every run.
//!
//! A [`Sandbox`] is a compiled guest from a [`Cache`]. [`Sandbox::with_slot`] gives a thread a [`Slot`], which runs
//! programs one after the other; a [`Session`] is one submission in it.
//!
//! The only user of wasmtime. Knows nothing of tasks, suites or scores, and reads no environment.

mod cache;
mod channel;
mod engine;
mod error;
mod files;
mod guest;
mod host;
mod measure;
mod network;
mod packages;
mod pages;
mod pair;
mod run;
mod sandbox;
mod session;
mod setup;
mod slot;
mod snapshot;
mod sql;
mod stop;
mod trial;
mod wasi;
mod wire;

pub use cache::Cache;
pub use engine::Metering;
pub use error::Error;
pub use files::{Access, Grant};
pub use measure::{Arguments, Measured};
pub use packages::{PACKAGES, Profile, has_packages, install_packages};
pub use pair::Pair;
pub use run::{Exception, Judged, Program, Ran, Run};
pub use sandbox::{Options, Reuse, Sandbox};
pub use session::{ExpectedCase, Plan, Rules, Session, TestCode, TestFile};
pub use setup::Progress;
pub use slot::Slot;
pub use sql::{SqlResult, SqlTable, SqlValue};
pub use trial::Trial;
