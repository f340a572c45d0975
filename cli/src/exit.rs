//! Exit codes: the one place where they are decided.

use std::process::ExitCode;

use proofhouse::types::Outcome;
use proofhouse::{Ran, SandboxError};
use proofhouse_bench::BenchError;

/// How a command ended, from good to bad; of several, the highest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    AllGood,
    SomeFailed,
    BadInput,
    OurFault,
}

/// What a command hands back: an ending of ours, or the code of the program that it ran.
pub enum Exit {
    Ending(Ending),
    Program(u8),
}

/// What stands at the end of `--help`.
pub const HELP: &str = "\
Exit codes:
  setup, score, verify  0 all good, 1 some failed, 2 bad usage or input, 3 a fault of ours; the highest wins
  check                 0 nothing found, 1 findings at or above the thresholds, 2 bad usage, or a file or rule that
                        could not be read (it is named, and the rest is checked), 3 a fault of ours; the highest wins
  bench                 0 every sample passed, 1 some did not, some requests failed, or some are missing,
                        2 bad usage or input, or a model that could not be asked (it is named, and the others are),
                        3 a fault of ours; the highest wins
  generate              0 all good, 1 a request failed, or `--code` found no program, 2 bad usage or input, 3 a fault
                        of ours; the highest wins
  report                0 reported, 2 bad usage, no run, or a file that could not be written, 3 a fault of ours
  serve                 0 told to end, 2 bad usage or settings, 3 a fault of ours
  run                   the program's own code; 1 for an exception that nobody caught;
                        124 out of fuel or virtual time, 137 out of memory,
                        125 any other limit, a trap or a fault of ours (the message says which);
                        2 bad usage or input";

/// The exit code of `run`: what a shell would see of the same program, and of the tools that limit it.
pub fn of_run(ran: &Ran) -> u8 {
    match ran.outcome {
        Outcome::Passed => 0,
        // A shell sees the low eight bits.
        Outcome::Exited => ran.exit_code.unwrap_or(1).to_le_bytes()[0],
        Outcome::Failed | Outcome::Raised | Outcome::SyntaxError | Outcome::WaitedForInput => 1,
        // As timeout(1) has it.
        Outcome::OutOfFuel | Outcome::VirtualTimeLimit => 124,
        // As the kernel's out-of-memory killer leaves it: 128 + SIGKILL.
        Outcome::OutOfMemory => 137,
        Outcome::StackOverflow
        | Outcome::OutputLimit
        | Outcome::DiskLimit
        | Outcome::Uncrossable
        | Outcome::Trapped
        | Outcome::Skipped
        | Outcome::NotJudged
        | Outcome::Truncated
        | Outcome::NoCode => 125,
    }
}

/// The exit code of a command, its error printed.
pub fn code(result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(Exit::Program(code)) => ExitCode::from(code),
        Ok(Exit::Ending(ending)) => ExitCode::from(ending as u8),
        Err(error) => {
            crate::text::error(&error);
            let ours = !error.chain().any(is_bad_input);
            ExitCode::from(if ours { Ending::OurFault } else { Ending::BadInput } as u8)
        }
    }
}

fn is_bad_input(cause: &(dyn std::error::Error + 'static)) -> bool {
    let limits = matches!(
        cause.downcast_ref(),
        Some(
            SandboxError::MemoryLimitTooLow { .. }
                | SandboxError::StackLimitTooHigh { .. }
                | SandboxError::Grant { .. }
        )
    );
    let bench = match cause.downcast_ref() {
        Some(
            BenchError::Line { .. }
            | BenchError::Field { .. }
            | BenchError::NoVerdicts { .. }
            | BenchError::NoRun(_)
            | BenchError::Format { .. }
            | BenchError::NoConfig(_)
            | BenchError::MadeOtherwise { .. }
            | BenchError::UnderWay(_)
            | BenchError::NamedTwice(_)
            | BenchError::NothingToAsk,
        ) => true,
        Some(_) | None => false,
    };
    limits
        || bench
        || cause.is::<proofhouse::SuiteError>()
        || cause.is::<proofhouse::SamplesError>()
        || cause.is::<proofhouse::ResultsError>()
        || cause.is::<UserError>()
}

/// An error that the user can mend, in words of the command.
#[derive(Debug)]
pub struct UserError(pub String);

impl std::fmt::Display for UserError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UserError {}
