//! What goes into a run and what comes out of it.

use std::collections::BTreeMap;

use proofhouse_types::{Fuel, Limits, Outcome};
use wasmtime::Trap;

use crate::files::Grant;
use crate::guest::{Broken, fields};
use crate::stop::Stop;

/// A whole program and its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The name that tracebacks show, such as `main.py`.
    pub name: String,
    /// Python source. Its encoding is Python's own business.
    pub source: Vec<u8>,
    /// `sys.argv[1:]`.
    pub arguments: Vec<String>,
    /// What it reads on stdin.
    pub stdin: Vec<u8>,
    /// Files in its working directory.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Host folders that it may reach.
    pub grants: Vec<Grant>,
}

/// An exception that nobody caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The class's name.
    pub kind: String,
    /// The text.
    pub message: String,
    /// Python's traceback without the frames of ours.
    pub traceback: String,
}

/// What one call did: the loading of a program, a test, or a whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What it did.
    pub outcome: Outcome,
    /// Why it did not pass; empty where it did.
    pub message: String,
    /// The exception, where there was one.
    pub exception: Option<Exception>,
    /// The exit code, where it exited.
    pub exit_code: Option<i32>,
    /// Fuel that it used.
    pub fuel: Fuel,
}

/// What one test did, and what speaks for a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What the test did; its fuel is that of the guest that holds the solution.
    pub ran: Ran,
    /// Whether the solution's guest ended in it, or sent what can't cross.
    pub lost: bool,
    /// Fuel of the tests' own guest; 0 where they share the solution's.
    pub judge_fuel: Fuel,
    /// Calls from the tests' guest into the solution's.
    pub calls: u64,
    /// Fuel of the call that took most.
    pub costliest_call: Fuel,
    /// Assertions that held.
    pub held: u64,
    /// What only the solution's own word stands for, such as `` `Point.__eq__` ``.
    pub vouched: Option<String>,
    /// The first object of a class of the solution's among its answers, such as `` a `Point` object ``.
    pub object: Option<String>,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What the program did.
    pub ran: Ran,
    /// What it wrote to stdout, up to the limit.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr, up to the limit.
    pub stderr: Vec<u8>,
    /// The files in its working directory at the end.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Whether it read past the end of its input.
    pub wanted_input: bool,
}

impl Run {
    /// Of a program whose own files are more than its limits allow: it never begins.
    pub(crate) fn without_room(limits: &Limits) -> Run {
        let message = format!("more than {} files or {} in them", limits.files, limits.disk);
        let ran = Ran { outcome: Outcome::DiskLimit, message, exception: None, exit_code: None, fuel: Fuel(0) };
        Run { ran, stdout: Vec::new(), stderr: Vec::new(), files: BTreeMap::new(), wanted_input: false }
    }
}

/// What the host noticed during a call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Noticed {
    pub memory_denied: bool,
    pub stdin_ended: bool,
}

/// What a call did, and the payload of its answer.
pub(crate) struct Answered {
    pub ran: Ran,
    pub payload: Option<Vec<u8>>,
    pub proof: Proof,
}

/// What the driver says of a test besides its outcome.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    pub held: u64,
    pub vouched: Option<String>,
    pub object: Option<String>,
}

/// Bytes of a text that a guest says: its own driver cuts at less, but what answers may not be the driver any more.
const TEXT_BYTES: usize = 32 << 10;

/// The text of an answer, cut.
fn text_of(part: &[u8]) -> String {
    String::from_utf8_lossy(&part[..part.len().min(TEXT_BYTES)]).into_owned()
}

impl Answered {
    pub(crate) fn bare(ran: Ran) -> Answered {
        Answered { ran, payload: None, proof: Proof::default() }
    }
}

fn ran(outcome: Outcome, message: impl Into<String>, fuel: Fuel) -> Ran {
    Ran { outcome, message: message.into(), exception: None, exit_code: None, fuel }
}

/// Reads an answer about a test: an answer with its proof in front.
pub(crate) fn read_judgement(bytes: &[u8], noticed: Noticed, fuel: Fuel) -> Option<Answered> {
    let parts = fields(bytes)?;
    let (proof, parts) = parts.split_at_checked(3)?;
    let held = std::str::from_utf8(&proof[0]).ok()?.parse().ok()?;
    let said = |part: &[u8]| (!part.is_empty()).then(|| text_of(part));
    let proof = Proof { held, vouched: said(&proof[1]), object: said(&proof[2]) };
    Some(Answered { proof, ..read_parts(parts, noticed, fuel)? })
}

/// Reads an answer of the driver. Nothing where it is not in the driver's form.
pub(crate) fn read_answer(bytes: &[u8], noticed: Noticed, fuel: Fuel) -> Option<Answered> {
    read_parts(&fields(bytes)?, noticed, fuel)
}

fn read_parts(parts: &[Vec<u8>], noticed: Noticed, fuel: Fuel) -> Option<Answered> {
    let text = |position: usize| parts.get(position).map(|part| text_of(part));
    let mut payload = None;
    let ran = match text(0)?.as_str() {
        "ok" => {
            payload = parts.get(1).cloned();
            ran(Outcome::Passed, "", fuel)
        }
        "failed" => ran(Outcome::Failed, text(1)?, fuel),
        "syntax" => ran(Outcome::SyntaxError, text(1)?, fuel),
        "uncrossable" => ran(Outcome::Uncrossable, text(1)?, fuel),
        "skipped" => ran(Outcome::Skipped, text(1)?, fuel),
        "lost" => ran(Outcome::Trapped, "the solution's guest ended", fuel),
        "exited" => {
            // Exit codes are the low 32 bits of whatever whole number the program gave.
            let code = text(1)?.parse::<u32>().ok()?.cast_signed();
            let said = text(2)?;
            let message =
                if said.is_empty() { format!("exit code {code}") } else { format!("exit code {code}: {said}") };
            Ran { exit_code: Some(code), ..ran(Outcome::Exited, message, fuel) }
        }
        "raised" => {
            let exception = Exception { kind: text(1)?, message: text(2)?, traceback: text(3)? };
            let is = |class: &str| text(4).is_some_and(|bases| bases.split(',').any(|base| base == class));
            let outcome = if is("MemoryError") {
                Outcome::OutOfMemory
            } else if is("EOFError") && noticed.stdin_ended {
                Outcome::WaitedForInput
            } else {
                Outcome::Raised
            };
            let message = match exception.message.as_str() {
                "" => exception.kind.clone(),
                message => format!("{}: {message}", exception.kind),
            };
            Ran { exception: Some(exception), ..ran(outcome, message, fuel) }
        }
        _ => return None,
    };
    Some(Answered { payload, ..Answered::bare(after_denial(ran, noticed)) })
}

/// A program that was refused memory and failed in whatever way ran out of memory; one that recovered did not.
pub(crate) fn after_denial(ran: Ran, noticed: Noticed) -> Ran {
    if !noticed.memory_denied || matches!(ran.outcome, Outcome::Passed | Outcome::Exited | Outcome::OutOfMemory) {
        return ran;
    }
    let message = format!("{} (after more memory was refused)", ran.message);
    Ran { outcome: Outcome::OutOfMemory, message, ..ran }
}

/// What a call that did not return means, or that it is a failure of ours.
pub(crate) fn read_broken(broken: Broken, limits: &Limits, noticed: Noticed, fuel: Fuel) -> Result<Ran, Broken> {
    let ended = |outcome, message: String| Ok(after_denial(ran(outcome, message, fuel), noticed));
    match broken {
        Broken::Stop(Stop::Exit(code)) => {
            Ok(Ran { exit_code: Some(code), ..ran(Outcome::Exited, format!("exit code {code}"), fuel) })
        }
        Broken::Stop(Stop::OutputLimit) => {
            ended(Outcome::OutputLimit, format!("more than {} of output", limits.output))
        }
        Broken::Stop(Stop::DiskLimit) => {
            ended(Outcome::DiskLimit, format!("more than {} files or {} in them", limits.files, limits.disk))
        }
        Broken::Stop(Stop::VirtualTimeLimit) => {
            ended(Outcome::VirtualTimeLimit, format!("slept longer than {}", limits.virtual_time))
        }
        Broken::Stop(Stop::RequestLimit(most)) => ended(Outcome::Failed, format!("made more than {most} requests")),
        Broken::Trap(Trap::OutOfFuel) => ended(Outcome::OutOfFuel, format!("used all of its {} fuel", limits.fuel)),
        Broken::Trap(Trap::StackOverflow) => {
            ended(Outcome::StackOverflow, format!("more than {} of stack", limits.stack))
        }
        Broken::Trap(trap) => ended(Outcome::Trapped, trap.to_string()),
        Broken::Silent => ended(Outcome::Trapped, "the program left its interpreter unable to answer".to_owned()),
        Broken::Stop(Stop::WallLimit | Stop::Abandoned) | Broken::Host(_) => Err(broken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(parts: &[&str]) -> Vec<u8> {
        parts.iter().flat_map(|part| [&(part.len() as u32).to_le_bytes()[..], part.as_bytes()].concat()).collect()
    }

    #[test]
    fn answers_become_outcomes() {
        #[track_caller]
        fn check(parts: &[&str], noticed: Noticed, outcome: Outcome, message: &str) {
            let answered = read_answer(&encoded(parts), noticed, Fuel(1)).unwrap();
            assert_eq!((answered.ran.outcome, answered.ran.message.as_str()), (outcome, message));
        }
        let quiet = Noticed::default();
        let denied = Noticed { memory_denied: true, ..quiet };
        let ended = Noticed { stdin_ended: true, ..quiet };
        let eof = ["raised", "EOFError", "EOF", "", "EOFError,Exception"];
        check(&["ok"], denied, Outcome::Passed, "");
        check(&["failed", "assert x"], quiet, Outcome::Failed, "assert x");
        check(&["failed", "assert x"], denied, Outcome::OutOfMemory, "assert x (after more memory was refused)");
        check(&["syntax", "SyntaxError: bad"], quiet, Outcome::SyntaxError, "SyntaxError: bad");
        check(&["exited", "4294967295", ""], quiet, Outcome::Exited, "exit code -1");
        check(&["exited", "1", "bye"], quiet, Outcome::Exited, "exit code 1: bye");
        check(&["raised", "E", "", "", "E,Exception"], quiet, Outcome::Raised, "E");
        check(&["raised", "E", "no", "", "E,MemoryError"], quiet, Outcome::OutOfMemory, "E: no");
        check(&eof, quiet, Outcome::Raised, "EOFError: EOF");
        check(&eof, ended, Outcome::WaitedForInput, "EOFError: EOF");
    }

    #[test]
    fn what_the_driver_never_says_is_no_answer() {
        for bytes in [&b""[..], b"ok", &encoded(&["maybe"]), &encoded(&["exited", "x", ""]), &encoded(&["raised"])] {
            assert!(read_answer(bytes, Noticed::default(), Fuel(0)).is_none(), "{bytes:?}");
        }
    }
}
