//! The flags of `proofhouse check`.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use proofhouse::Grammar;
use proofhouse::types::{Confidence, Severity};

use crate::exit;

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Check {
    /// Files and folders to check, or `-` for standard input. In folders, hidden files and what .gitignore names are left
    /// out [default: the folder you are in]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the files that are named, and standard input, as this language (python, javascript, go, …); in folders, check
    /// the files of this language alone [default: by extension or first line]
    #[arg(long, value_parser = parse_language)]
    pub language: Option<Grammar>,
    /// How to print what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Report only what is at least this bad, if it is true
    #[arg(long, value_enum, default_value_t = Level::Low)]
    pub severity: Level,
    /// Report only what is at least this sure. high: data from outside arrives, or no data is involved; medium: a
    /// function's parameter arrives; low: something unknown arrives
    #[arg(long, value_enum, default_value_t = Level::Medium)]
    pub confidence: Level,
    /// Use the rules in this folder's .toml files besides the built-in ones
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Leave out the findings that this file lists; make it with --write-baseline
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what is found now to this file, to be left out from now on by --baseline
    #[arg(long, value_name = "FILE", conflicts_with = "diff")]
    pub write_baseline: Option<PathBuf>,
    /// Report only what is new since this git revision, such as `main` or `HEAD~1`; changes that are not committed count
    #[arg(long, value_name = "REV")]
    pub diff: Option<String>,
    /// Change the files where a finding has an automatic fix, then report what remains
    #[arg(long)]
    pub fix: bool,
    /// Files checked at a time; the output is the same for any number [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroU16>,
    /// List the rules and check nothing
    #[arg(long, conflicts_with_all = ["explain", "paths"])]
    pub list_rules: bool,
    /// Print the page of one rule (`python/sql-injection`, or `sql-injection`) and check nothing
    #[arg(long, value_name = "RULE", conflicts_with = "paths")]
    pub explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: the line, a caret, and the path that data took
    Text,
    /// One JSON object (docs/schema/check.json)
    Json,
    /// SARIF 2.1.0, which code scanning services read
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Low,
    Medium,
    High,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Severity {
        match level {
            Level::Low => Severity::Low,
            Level::Medium => Severity::Medium,
            Level::High => Severity::High,
        }
    }
}

impl From<Level> for Confidence {
    fn from(level: Level) -> Confidence {
        match level {
            Level::Low => Confidence::Low,
            Level::Medium => Confidence::Medium,
            Level::High => Confidence::High,
        }
    }
}

fn parse_language(name: &str) -> Result<Grammar, String> {
    Grammar::named(name).ok_or_else(|| {
        let known = Grammar::ALL.map(Grammar::name).join(", ");
        format!("unknown language `{name}`; known: {known}")
    })
}
