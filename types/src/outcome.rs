//! What one run or one test did. A limit that was reached is data here, never an error.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one test, one run or one submission did. What our own host failed at is a fault, and not in this list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Ran to its end, and whatever was asserted held.
    Passed,
    /// An assertion of the tests, or a mismatch with the expected value.
    Failed,
    /// Ended by an exception; the message has its type and text.
    Raised,
    /// Ended by `sys.exit` or `os._exit`; the message has the code.
    Exited,
    /// Used all of its fuel.
    OutOfFuel,
    /// Was refused memory and went on to fail.
    OutOfMemory,
    /// Ran over the end of the native stack.
    StackOverflow,
    /// Wrote more than its share to stdout and stderr.
    OutputLimit,
    /// Made more files, or wrote more bytes to them, than it may.
    DiskLimit,
    /// Slept longer than it may on the virtual clock.
    VirtualTimeLimit,
    /// Ended for want of input that nobody was going to type.
    WaitedForInput,
    /// A value that can't be judged.
    Uncrossable,
    /// An instruction trapped: `unreachable`, a bad access.
    Trapped,
    /// Not run; the message says why.
    #[default]
    Skipped,
    /// Isolation was asked for and is impossible for this task.
    NotJudged,
    /// The program doesn't parse.
    SyntaxError,
    /// The reply was cut off before the code was whole.
    Truncated,
    /// The reply has no code.
    NoCode,
}

/// Whose doing an outcome is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// The code under test.
    Solution,
    /// The test code.
    Tests,
}

impl Outcome {
    /// The name as files and reports have it, such as `out_of_fuel`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Raised => "raised",
            Outcome::Exited => "exited",
            Outcome::OutOfFuel => "out_of_fuel",
            Outcome::OutOfMemory => "out_of_memory",
            Outcome::StackOverflow => "stack_overflow",
            Outcome::OutputLimit => "output_limit",
            Outcome::DiskLimit => "disk_limit",
            Outcome::VirtualTimeLimit => "virtual_time_limit",
            Outcome::WaitedForInput => "waited_for_input",
            Outcome::Uncrossable => "uncrossable",
            Outcome::Trapped => "trapped",
            Outcome::Skipped => "skipped",
            Outcome::NotJudged => "not_judged",
            Outcome::SyntaxError => "syntax_error",
            Outcome::Truncated => "truncated",
            Outcome::NoCode => "no_code",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_name_is_the_serialised_one() {
        for outcome in
            [Outcome::Passed, Outcome::OutOfFuel, Outcome::VirtualTimeLimit, Outcome::WaitedForInput, Outcome::NoCode]
        {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{outcome}\""));
        }
    }
}
