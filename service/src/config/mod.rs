//! A server's settings: what they are, whether they can be used, and how they are written down.

mod check;
mod described;
mod settings;
mod written;

pub use check::ConfigError;
pub use described::{Expects, Setting};
pub use settings::{
    Ceilings, Config, HttpSettings, KeySettings, LogFormat, LogSettings, QueueSettings, SuiteSettings, WorkerSettings,
};
