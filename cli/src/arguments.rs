//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use proofhouse::types::{Bytes, Fuel, LimitOverrides, Limits, Seconds};
use proofhouse::{Access, Grant, Isolating};

use crate::bench::Bench;
use crate::check::Check;
use crate::exit;
use crate::generate::Generate;
use crate::report::Report;
use crate::serve::Serve;

/// Runs code that a model wrote inside WebAssembly, tests it and scores it: the same verdict every time.
#[derive(Debug, Parser)]
#[command(name = "proofhouse", version, after_help = exit::HELP)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the sandbox's interpreter ready; the other commands do it at their first use
    Setup(Setup),
    /// Run one program in the sandbox
    Run(Run),
    /// Grade samples against a suite
    Score(Score),
    /// Check a suite: every reference must pass, every wrong solution must fail as it says
    Verify(Verify),
    /// Look for security holes in source files: no code runs
    Check(Box<Check>),
    /// Measure models: ask them for a suite's solutions, grade these, and report
    Bench(Box<Bench>),
    /// Ask a model, and show what it writes as it comes
    Generate(Box<Generate>),
    /// Look at runs: what models came to, side by side
    Report(Report),
    /// Answer over HTTP: run, score and check what clients send
    Serve(Box<Serve>),
    /// What `serve` starts to touch submitted code; standard input is its socket
    #[command(hide = true)]
    Worker(Worker),
    /// What commands start to run a GGUF file; it is told which on standard input
    #[command(hide = true)]
    ModelWorker,
}

#[derive(Debug, Args)]
pub struct Setup {
    /// The language to make ready
    #[arg(long, value_enum, default_value_t = LanguageName::Python)]
    pub language: LanguageName,
    /// Bring the packages that tasks may need (requests, httpx, PyJWT, SQLAlchemy, pytest), with the
    /// pip of `python3`
    #[arg(long)]
    pub packages: bool,
    #[command(flatten)]
    pub cache: CacheFlags,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LanguageName {
    Python,
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Run {
    /// A Python program, or `-` for standard input
    pub file: PathBuf,
    /// What the program reads on its standard input
    #[arg(long, value_name = "FILE")]
    pub stdin: Option<PathBuf>,
    /// Grant one folder of this machine; without it none is reachable. Repeat for more
    #[arg(long = "dir", value_name = "HOST::GUEST[:ro]", value_parser = parse_grant)]
    pub folders: Vec<Grant>,
    /// Print one JSON object with what the program did instead of its output
    #[arg(long)]
    pub json: bool,
    /// Arguments for the program
    #[arg(last = true)]
    pub arguments: Vec<String>,
    #[command(flatten)]
    pub cache: CacheFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Score {
    /// A suite: HumanEval, MBPP, EvalPlus or verl JSONL (plain or .gz), a task.toml, or a folder of tasks
    #[arg(long, value_name = "FILE|DIR")]
    pub suite: PathBuf,
    /// Grade samples of the tasks that have such a variant; their ids are `ID@NAME`
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Samples: JSONL with `task_id` and `completion` or `solution`, a .py file, a reply, or a folder of those
    #[arg(long, value_name = "FILE|DIR")]
    pub samples: PathBuf,
    /// Append one row for each sample to this file, and go on with it where it was left
    #[arg(long, value_name = "RESULTS.jsonl")]
    pub out: Option<PathBuf>,
    /// Start the results file over
    #[arg(long, requires = "out")]
    pub fresh: bool,
    /// Write the wall time of each sample to this file, which the rows don't have
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,
    /// Where the tests run
    #[arg(long, value_enum, default_value_t = Isolation::Auto)]
    pub isolation: Isolation,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Samples graded at a time [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroU16>,
    #[command(flatten)]
    pub cache: CacheFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub struct Verify {
    /// A suite, as for `score`
    #[arg(long, value_name = "FILE|DIR")]
    pub suite: PathBuf,
    /// Check the tasks that have such a variant, with its prompt
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Run mutants of each reference besides: one small fault each, which some test must notice
    #[arg(long, conflicts_with = "variant")]
    pub mutants: bool,
    /// Where the tests run
    #[arg(long, value_enum, default_value_t = Isolation::Auto)]
    pub isolation: Isolation,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Solutions checked at a time [default: one for each core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroU16>,
    #[command(flatten)]
    pub cache: CacheFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

#[derive(Debug, Args)]
pub struct Worker {
    /// Where the compiled interpreter is kept
    #[arg(long, value_name = "DIR")]
    pub cache: PathBuf,
    /// Tasks that are kept ready
    #[arg(long, value_name = "N")]
    pub tasks: std::num::NonZeroUsize,
    /// Open the interpreter with packages too, where the cache has them
    #[arg(long)]
    pub packages: bool,
}

/// Where tests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Isolation {
    /// Apart from the code under test; together where the task can't be judged so, and the report says why
    Auto,
    /// Apart from the code under test; a task that can't be judged so is not judged
    Isolated,
    /// In the interpreter of the code under test, which can forge its verdict
    Shared,
}

impl From<Isolation> for Isolating {
    fn from(isolation: Isolation) -> Isolating {
        match isolation {
            Isolation::Auto => Isolating::Auto,
            Isolation::Isolated => Isolating::Isolated,
            Isolation::Shared => Isolating::Shared,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table, and what failed
    Text,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
pub struct CacheFlags {
    /// Where the compiled interpreter is kept [default: `proofhouse` in the user's cache folder]
    #[arg(long = "cache", value_name = "DIR", env = "PROOFHOUSE_CACHE")]
    pub folder: Option<PathBuf>,
}

/// Declares the limit flags with the defaults in their help.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// Fuel for loading the program and again for each test [default: 40000000000, about 3 s]
    #[arg(long, value_name = "N")]
    pub fuel: Option<Fuel>,
    #[arg(long, value_name = "BYTES", help = format!("Guest memory [default: {}]", Limits::default().memory))]
    pub memory: Option<Bytes>,
    #[arg(long, value_name = "BYTES", help = format!("Native stack of the guest [default: {}]", Limits::default().stack))]
    pub stack: Option<Bytes>,
    #[arg(long, value_name = "BYTES", help = format!("stdout and stderr together [default: {}]", Limits::default().output))]
    pub output: Option<Bytes>,
    #[arg(long, value_name = "N", help = format!("Files, folders and links in the workspace [default: {}]", Limits::default().files))]
    pub files: Option<u64>,
    #[arg(long, value_name = "BYTES", help = format!("Bytes in the workspace's files [default: {}]", Limits::default().disk))]
    pub disk: Option<Bytes>,
    #[arg(long, value_name = "SECONDS", help = format!("Sleep on the virtual clock [default: {}]", Limits::default().virtual_time))]
    pub virtual_time: Option<Seconds>,
    #[arg(long, value_name = "SECONDS", help = format!("Wall time in host calls; above it is a fault of ours [default: {}]", Limits::default().wall))]
    pub wall: Option<Seconds>,
}

impl LimitFlags {
    pub fn overrides(&self) -> LimitOverrides {
        LimitOverrides {
            fuel: self.fuel,
            memory: self.memory,
            stack: self.stack,
            output: self.output,
            files: self.files,
            disk: self.disk,
            virtual_time: self.virtual_time,
            wall: self.wall,
        }
    }
}

fn parse_grant(text: &str) -> Result<Grant, String> {
    let expected = || format!("`{text}` is not HOST::GUEST or HOST::GUEST:ro, such as `data::/data:ro`");
    let (host, guest) = text.split_once("::").ok_or_else(expected)?;
    let (guest, access) = match guest.strip_suffix(":ro") {
        Some(guest) => (guest, Access::ReadOnly),
        None => (guest, Access::ReadWrite),
    };
    if host.is_empty() || !guest.starts_with('/') {
        return Err(expected());
    }
    Ok(Grant { host: host.into(), guest: guest.to_owned(), access })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn grants_name_a_host_folder_and_an_absolute_guest_path() {
        let grant = |host: &str, guest: &str, access| Some(Grant { host: host.into(), guest: guest.into(), access });
        let cases = [
            ("data::/data", grant("data", "/data", Access::ReadWrite)),
            ("/srv/x::/in:ro", grant("/srv/x", "/in", Access::ReadOnly)),
            ("data:/data", None),
            ("::/data", None),
            ("data::data", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_grant(text).ok(), expected, "{text}");
        }
    }
}
