//! What a run did, as a stage of Piston's.

use proofhouse_types::Outcome;
use serde::Serialize;

use crate::routes::compat::ending::{Ending, Signal, stderr_of};
use crate::routes::compat::limits::seconds_of;
use crate::worker::RunFrame;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Stage {
    pub signal: Option<&'static str>,
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
    /// stdout, then stderr: in which order a program wrote to both is not known.
    pub output: String,
    /// Bytes; not measured.
    pub memory: Option<u64>,
    pub message: Option<String>,
    pub status: Option<&'static str>,
    /// Milliseconds that the fuel is worth.
    pub cpu_time: f64,
    /// The same: what a program slept did not pass.
    pub wall_time: f64,
}

pub(super) fn stage(run: &RunFrame) -> Stage {
    let stdout = String::from_utf8_lossy(&run.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&stderr_of(run)).into_owned();
    let kill = Some(Signal::Kill.name());
    let (code, signal, status, message) = match Ending::of(run) {
        Ending::Exited(0) => (Some(0), None, None, None),
        Ending::Exited(code) => (Some(code), None, Some("RE"), Some(format!("Exited with error status {code}"))),
        Ending::OutOfTime => (None, kill, Some("TO"), Some("Time limit exceeded".to_owned())),
        Ending::Killed(_) if run.outcome == Outcome::OutputLimit => {
            let (status, stream) =
                if run.stderr.len() > run.stdout.len() { ("EL", "stderr") } else { ("OL", "stdout") };
            (None, kill, Some(status), Some(format!("{stream} length exceeded")))
        }
        Ending::Killed(signal) => {
            let message = format!("Caught fatal signal {}", signal.number());
            (None, Some(signal.name()), Some("SG"), Some(message))
        }
    };
    let milliseconds = seconds_of(run.fuel) * 1000.0;
    Stage {
        signal,
        output: format!("{stdout}{stderr}"),
        stdout,
        stderr,
        code,
        memory: None,
        message,
        status,
        cpu_time: milliseconds,
        wall_time: milliseconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::compat::ending::run;

    #[test]
    fn ends_are_said_in_its_words() {
        let said = |run: RunFrame| {
            let Stage { code, signal, status, message, .. } = stage(&run);
            (code, signal, status, message.unwrap_or_default())
        };
        let exited = RunFrame { exit_code: Some(3), ..run(Outcome::Exited) };
        let loud = RunFrame { stderr: b"e".to_vec(), ..run(Outcome::OutputLimit) };
        let kill = Some("SIGKILL");
        let cases = [
            (run(Outcome::Passed), (Some(0), None, None, "")),
            (exited, (Some(3), None, Some("RE"), "Exited with error status 3")),
            (run(Outcome::Raised), (Some(1), None, Some("RE"), "Exited with error status 1")),
            (run(Outcome::OutOfFuel), (None, kill, Some("TO"), "Time limit exceeded")),
            (run(Outcome::OutputLimit), (None, kill, Some("OL"), "stdout length exceeded")),
            (loud, (None, kill, Some("EL"), "stderr length exceeded")),
            (run(Outcome::OutOfMemory), (None, kill, Some("SG"), "Caught fatal signal 9")),
            (run(Outcome::StackOverflow), (None, Some("SIGSEGV"), Some("SG"), "Caught fatal signal 11")),
        ];
        for (run, (code, signal, status, message)) in cases {
            assert_eq!(said(run), (code, signal, status, message.to_owned()));
        }
    }

    #[test]
    fn the_stage_has_every_documented_field() {
        let run = RunFrame { stdout: b"o".to_vec(), stderr: b"e".to_vec(), ..run(Outcome::Passed) };
        assert_eq!(
            serde_json::to_value(stage(&run)).unwrap(),
            serde_json::json!({
                "signal": null, "stdout": "o", "stderr": "e", "code": 0, "output": "oe", "memory": null, "message": null,
                "status": null, "cpu_time": 1500.0, "wall_time": 1500.0,
            })
        );
    }
}
