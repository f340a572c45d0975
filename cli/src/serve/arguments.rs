//! The flags of `proofhouse serve`.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use proofhouse_service::LogFormat;

use super::layers::CONFIG_VARIABLE;
use crate::arguments::CacheFlags;
use crate::exit;

/// What stands at the end of its help.
const LAYERS: &str = "\
Settings come from the defaults, then from the file, then from the environment, then from the flags; the later wins. A
variable is named after its key: PROOFHOUSE_SERVE_LISTEN, PROOFHOUSE_SERVE_QUEUE__MAX_WAIT_MS,
PROOFHOUSE_SERVE_KEYS__0__NAME. `--print-config` prints all keys and what they mean.";

#[derive(Debug, Args)]
#[command(after_help = format!("{LAYERS}\n\n{}", exit::HELP))]
pub struct Serve {
    /// Address and port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", env = CONFIG_VARIABLE)]
    pub config: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…` [default: a file in the user's state folder]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Worker processes [default: one for each core]
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroU16>,
    /// A suite that requests may name, as for `score`, besides those of the file. Repeat for more
    #[arg(long = "suite", value_name = "FILE|DIR")]
    pub suites: Vec<PathBuf>,
    /// Listen where other machines reach it though there is no key
    #[arg(long)]
    pub insecure: bool,
    /// Send OpenTelemetry traces here, such as `http://127.0.0.1:4318/v1/traces`
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    /// How to write the log, which goes to stderr [default: text]
    #[arg(long, value_enum)]
    pub log_format: Option<LogForm>,
    /// Print the settings that would be used as a TOML file, and serve nothing
    #[arg(long)]
    pub print_config: bool,
    /// Make a key: print the lines for the file to stdout and the key itself, this once, to stderr; serve nothing
    #[arg(long, value_name = "NAME", conflicts_with = "print_config")]
    pub new_key: Option<String>,
    #[command(flatten)]
    pub cache: CacheFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl From<LogForm> for LogFormat {
    fn from(form: LogForm) -> LogFormat {
        match form {
            LogForm::Text => LogFormat::Text,
            LogForm::Json => LogFormat::Json,
        }
    }
}
