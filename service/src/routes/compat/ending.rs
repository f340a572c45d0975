//! How a run ended, as an operating system would put it: what these APIs speak of.

use proofhouse_types::Outcome;

use crate::worker::RunFrame;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By itself, with a code.
    Exited(i32),
    /// By the limit on its time, worked or slept.
    OutOfTime,
    /// By another limit or a trap: the signal that such an end has elsewhere.
    Killed(Signal),
}

/// A signal of Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// `SIGABRT`: a trap.
    Abort,
    /// `SIGKILL`: out of memory.
    Kill,
    /// `SIGSEGV`: out of stack.
    Segmentation,
    /// `SIGXFSZ`: more output or files than it may have.
    FileSize,
}

impl Signal {
    pub(super) fn number(self) -> i32 {
        match self {
            Signal::Abort => 6,
            Signal::Kill => 9,
            Signal::Segmentation => 11,
            Signal::FileSize => 25,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Signal::Abort => "SIGABRT",
            Signal::Kill => "SIGKILL",
            Signal::Segmentation => "SIGSEGV",
            Signal::FileSize => "SIGXFSZ",
        }
    }
}

impl Ending {
    pub(super) fn of(run: &RunFrame) -> Ending {
        match run.outcome {
            Outcome::Passed => Ending::Exited(0),
            // As a shell sees it: the lowest byte.
            Outcome::Exited => Ending::Exited(run.exit_code.unwrap_or(0) & 0xff),
            Outcome::Raised
            | Outcome::Failed
            | Outcome::SyntaxError
            | Outcome::WaitedForInput
            | Outcome::Uncrossable
            | Outcome::Skipped
            | Outcome::NotJudged
            | Outcome::Truncated
            | Outcome::NoCode => Ending::Exited(1),
            Outcome::OutOfFuel | Outcome::VirtualTimeLimit => Ending::OutOfTime,
            Outcome::OutOfMemory => Ending::Killed(Signal::Kill),
            Outcome::StackOverflow => Ending::Killed(Signal::Segmentation),
            Outcome::OutputLimit | Outcome::DiskLimit => Ending::Killed(Signal::FileSize),
            Outcome::Trapped => Ending::Killed(Signal::Abort),
        }
    }
}

/// What stands on stderr at the end: what the program wrote, and what its interpreter or we have to say of its end.
pub(super) fn stderr_of(run: &RunFrame) -> Vec<u8> {
    let last_words = match (&run.exception, Ending::of(run)) {
        (_, Ending::OutOfTime) => return run.stderr.clone(),
        (Some((_, _, traceback)), _) => format!("{}\n", traceback.trim_end()),
        (None, Ending::Exited(_)) if matches!(run.outcome, Outcome::Passed | Outcome::Exited) => String::new(),
        (None, Ending::Exited(_)) => format!("{}\n", run.message),
        (None, Ending::Killed(_)) => format!("proofhouse: {}: {}\n", run.outcome, run.message),
    };
    let mut stderr = run.stderr.clone();
    stderr.extend(last_words.as_bytes());
    stderr
}

/// A run for the tests of the APIs.
#[cfg(test)]
pub(super) fn run(outcome: Outcome) -> RunFrame {
    RunFrame {
        outcome,
        message: String::new(),
        exception: None,
        exit_code: None,
        fuel: super::limits::fuel_of(1.5),
        stdout: Vec::new(),
        stderr: Vec::new(),
        files: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_end_as_they_would_elsewhere() {
        let cases = [
            (run(Outcome::Passed), Ending::Exited(0)),
            (RunFrame { exit_code: Some(3), ..run(Outcome::Exited) }, Ending::Exited(3)),
            (RunFrame { exit_code: Some(-1), ..run(Outcome::Exited) }, Ending::Exited(255)),
            (run(Outcome::Raised), Ending::Exited(1)),
            (run(Outcome::SyntaxError), Ending::Exited(1)),
            (run(Outcome::WaitedForInput), Ending::Exited(1)),
            (run(Outcome::OutOfFuel), Ending::OutOfTime),
            (run(Outcome::VirtualTimeLimit), Ending::OutOfTime),
            (run(Outcome::OutOfMemory), Ending::Killed(Signal::Kill)),
            (run(Outcome::StackOverflow), Ending::Killed(Signal::Segmentation)),
            (run(Outcome::OutputLimit), Ending::Killed(Signal::FileSize)),
        ];
        for (run, expected) in cases {
            assert_eq!(Ending::of(&run), expected, "{run:?}");
        }
    }

    #[test]
    fn the_last_words_come_after_what_was_written() {
        let said = |run: RunFrame| String::from_utf8(stderr_of(&RunFrame { stderr: b"e\n".to_vec(), ..run })).unwrap();
        let exception = Some(("E".to_owned(), "no".to_owned(), "Traceback\nE: no".to_owned()));
        assert_eq!(said(RunFrame { exception, ..run(Outcome::Raised) }), "e\nTraceback\nE: no\n");
        let message = "SyntaxError: bad".to_owned();
        assert_eq!(said(RunFrame { message, ..run(Outcome::SyntaxError) }), "e\nSyntaxError: bad\n");
        let message = "more than 1MiB of output".to_owned();
        let killed = said(RunFrame { message, ..run(Outcome::OutputLimit) });
        assert_eq!(killed, "e\nproofhouse: output_limit: more than 1MiB of output\n");
        for outcome in [Outcome::Passed, Outcome::Exited, Outcome::OutOfFuel] {
            assert_eq!(said(RunFrame { message: "m".to_owned(), ..run(outcome) }), "e\n");
        }
    }
}
