//! What a run did, as people and clients get to see it.

use proofhouse_runtime::Run;
use proofhouse_types::{RaisedException, RunReport};

/// The report on a run. What is no UTF-8 in its output is replaced, and of its files there are the names.
#[must_use]
pub fn report_of_run(run: &Run) -> RunReport {
    let ran = &run.ran;
    RunReport {
        outcome: ran.outcome,
        message: ran.message.clone(),
        exit_code: ran.exit_code,
        exception: ran.exception.as_ref().map(|exception| RaisedException {
            kind: exception.kind.clone(),
            message: exception.message.clone(),
            traceback: exception.traceback.clone(),
        }),
        fuel: ran.fuel,
        stdout: String::from_utf8_lossy(&run.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&run.stderr).into_owned(),
        files: run.files.keys().cloned().collect(),
    }
}
