//! What came of a submission, as it is kept.

use serde::{Deserialize, Serialize};

use super::accepted::{Accepted, Blob};
use super::status::Status;
use super::timestamp;
use crate::routes::compat::ending::{Ending, stderr_of};
use crate::routes::compat::limits::seconds_of;
use crate::worker::RunFrame;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    pub status: Status,
    pub stdout: Option<Blob>,
    pub stderr: Option<Blob>,
    pub message: Option<String>,
    pub exit_code: Option<i32>,
    pub exit_signal: Option<i32>,
    /// Seconds that the fuel is worth, with three digits.
    pub time: Option<String>,
    pub finished_at: String,
}

impl Done {
    pub(super) fn of(accepted: &Accepted, run: &RunFrame) -> Done {
        let (mut stdout, mut stderr) = (run.stdout.clone(), stderr_of(run));
        if accepted.redirect_stderr_to_stdout {
            stdout.append(&mut stderr);
        }
        let expected = accepted.expected_output.as_ref();
        let is_right = expected.is_none_or(|expected| stripped(&expected.0) == stripped(&stdout));
        let (status, exit_code, exit_signal, message) = match Ending::of(run) {
            Ending::Exited(0) if is_right => (Status::Accepted, 0, None, None),
            Ending::Exited(0) => (Status::WrongAnswer, 0, None, None),
            Ending::Exited(code) => (Status::NonZeroExit, code, None, Some(format!("Exited with error status {code}"))),
            Ending::OutOfTime => (Status::TimeLimitExceeded, 0, None, Some("Time limit exceeded".to_owned())),
            Ending::Killed(signal) => {
                let message = format!("Caught fatal signal {}", signal.number());
                (Status::of_signal(signal), 0, Some(signal.number()), Some(message))
            }
        };
        let filled = |bytes: Vec<u8>| Some(bytes).filter(|bytes| !bytes.is_empty()).map(Blob);
        Done {
            status,
            stdout: filled(stdout),
            stderr: filled(stderr),
            message,
            exit_code: Some(exit_code),
            exit_signal,
            time: Some(format!("{:.3}", seconds_of(run.fuel))),
            finished_at: timestamp::now(),
        }
    }

    /// What our own host failed at.
    pub(super) fn fault(message: String) -> Done {
        Done {
            status: Status::InternalError,
            stdout: None,
            stderr: None,
            message: Some(message),
            exit_code: None,
            exit_signal: None,
            time: None,
            finished_at: timestamp::now(),
        }
    }
}

/// Without spaces at the ends of lines, and without empty lines at the end.
fn stripped(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Outcome;
    use serde_json::json;

    use super::*;
    use crate::config::Ceilings;
    use crate::dispatcher::Client;
    use crate::routes::compat::ending::run;
    use crate::routes::compat::judge0::request::{TextForm, accept};

    fn accepted(extra: serde_json::Value) -> Accepted {
        let mut fields = json!({"source_code": "x", "language_id": 71});
        fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        accept(fields.as_object().unwrap(), TextForm::Plain, &Ceilings::default(), &Client::anonymous()).unwrap()
    }

    #[test]
    fn ends_have_their_status_code_and_message() {
        let cases = [
            (run(Outcome::Passed), Status::Accepted, None, ""),
            (run(Outcome::OutOfFuel), Status::TimeLimitExceeded, None, "Time limit exceeded"),
            (run(Outcome::SyntaxError), Status::NonZeroExit, None, "Exited with error status 1"),
            (run(Outcome::Raised), Status::NonZeroExit, None, "Exited with error status 1"),
            (run(Outcome::StackOverflow), Status::Segmentation, Some(11), "Caught fatal signal 11"),
            (run(Outcome::OutputLimit), Status::FileSize, Some(25), "Caught fatal signal 25"),
            (run(Outcome::OutOfMemory), Status::OtherSignal, Some(9), "Caught fatal signal 9"),
            (run(Outcome::Trapped), Status::Abort, Some(6), "Caught fatal signal 6"),
        ];
        for (run, status, signal, message) in cases {
            let done = Done::of(&accepted(json!({})), &run);
            assert_eq!((done.status, done.exit_signal), (status, signal), "{run:?}");
            assert_eq!((done.message.unwrap_or_default().as_str(), done.time.as_deref()), (message, Some("1.500")));
        }
    }

    #[test]
    fn output_is_compared_without_spaces_at_the_ends() {
        let cases = [
            ("1 \n2\n\n", "1\n2", Status::Accepted),
            ("1\n2\n", "1\n3\n", Status::WrongAnswer),
            (" 1", "1", Status::WrongAnswer),
            ("", "1", Status::WrongAnswer),
            ("1", "", Status::WrongAnswer),
            ("\n", "", Status::Accepted),
        ];
        for (stdout, expected, status) in cases {
            let run = RunFrame { stdout: stdout.as_bytes().to_vec(), ..run(Outcome::Passed) };
            let done = Done::of(&accepted(json!({"expected_output": expected})), &run);
            assert_eq!(done.status, status, "{stdout:?} {expected:?}");
        }
    }

    #[test]
    fn stderr_goes_to_stdout_where_that_is_asked_for() {
        let run = RunFrame { stdout: b"o".to_vec(), stderr: b"e".to_vec(), ..run(Outcome::Passed) };
        let done = Done::of(&accepted(json!({"redirect_stderr_to_stdout": true, "expected_output": "oe"})), &run);
        assert_eq!((done.status, done.stdout, done.stderr), (Status::Accepted, Some(Blob(b"oe".to_vec())), None));
    }
}
