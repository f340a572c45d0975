//! Scores generated code over HTTP: `proofhouse serve`.
//!
//! Requests are parsed and admitted here; whatever touches submitted code runs in [`worker`] processes that gave up
//! their rights. Knows nothing of wasmtime and grammars, and reads no environment: a [`Config`] is handed to it.

mod access;
mod app;
mod batches;
mod config;
mod contract;
mod dispatcher;
mod error;
mod line;
mod metrics;
mod middleware;
mod openapi;
mod pages;
mod pool;
mod queue;
mod result_cache;
mod routes;
mod serve;
mod server;
mod spans;
mod state;
mod store;
mod telemetry;
pub mod worker;

pub use app::api;
pub use config::{
    Ceilings, Config, ConfigError, Expects, HttpSettings, KeySettings, LogFormat, LogSettings, QueueSettings, Setting,
    SuiteSettings, WorkerSettings,
};
pub use pool::WorkerCommand;
pub use serve::{ServeError, serve};
pub use telemetry::TelemetryError;
