//! Tasks of the workshop: generated files, tidy checks, side-by-side benchmarks.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for the terminal")]

mod bench;
mod bench_rules;
mod bench_serve;
mod generate;
mod practical;
mod tidy;
mod tricks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check what compilers don't: the floors between crates, the length of files, what the practical suite promises
    Tidy,
    /// Write the files that follow from the code: JSON Schemas, and the pages of predicates, rules and the practical suite
    Generate {
        /// Only check that they are up to date
        #[arg(long)]
        check: bool,
    },
    /// Measure, side by side in one run, and print a table
    Bench(bench::Bench),
    /// Run every trick of fixtures/hostile/judge against a suite, and print how often each passes
    Tricks(tricks::Tricks),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Tidy => tidy::tidy(&root()),
        Command::Generate { check } => generate::generate(&root(), check),
        Command::Bench(bench) => bench::bench(&bench),
        Command::Tricks(tricks) => tricks::tricks(&tricks),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the workspace").to_owned()
}

/// What a step found wrong, as one error.
fn all_or(problems: Vec<String>, what: &str) -> Result<()> {
    anyhow::ensure!(problems.is_empty(), "{what}:\n  {}", problems.join("\n  "));
    Ok(())
}
