//! Submissions that are graded as a task: each of its tests in an interpreter apart from the submission.

use std::collections::BTreeMap;
use std::sync::Arc;

use proofhouse_types::{Outcome, Report, Submission, TestReport};
use serde_json::json;

use super::dataset::{RUN_SECONDS, seconds_of_tests, test_code};
use super::extraction::Extracted;
use super::hold::Hold;
use super::run_code::{CommandResult, CommandStatus, RunCodeResponse, RunStatus};
use super::submit::{EvalResult, EvalTestCase, SubmitRequest};
use super::{detail_of, not_done};
use crate::dispatcher::{Client, ReadyTask};
use crate::error::Foreign;
use crate::routes::compat::limits::seconds_of;
use crate::state::AppState;

pub(super) async fn judge(
    state: &AppState,
    client: &Client,
    request: &SubmitRequest,
    ready: Arc<ReadyTask>,
    extracted: Extracted,
) -> Result<EvalResult, Foreign> {
    let submission = Submission::reply(&ready.task.id.0, &request.completion);
    let hold = Hold::of(request.config.compile_timeout.unwrap_or(RUN_SECONDS), seconds_of_tests(&ready.task));
    let ask = |patience| state.dispatcher.score(client, ready.clone(), submission.clone(), patience);
    let report = hold.ask(ask).await.map_err(not_done)?.report;
    result(request, &ready, &report, extracted)
}

/// The verdict; what could not be measured is none, and the client may try again.
fn result(
    request: &SubmitRequest,
    ready: &ReadyTask,
    report: &Report,
    extracted: Extracted,
) -> Result<EvalResult, Foreign> {
    if let Some(fault) = &report.fault {
        return Err(Foreign::fault(detail_of(&format!("a fault of the service: {fault}"))));
    }
    if report.score.is_none() {
        return Err(Foreign::fault(detail_of(&format!("not measured: {}", report.message))));
    }
    let Report { code_sha256, extraction, isolation, message, .. } = report;
    Ok(EvalResult {
        id: request.id.clone(),
        accepted: report.passed,
        extracted_code: extracted.code,
        full_code: None,
        test_code: test_code(&ready.task),
        tests: report.tests.iter().map(|test| case(test, message)).collect(),
        extracted_type: extracted.kind,
        extra: Some(json!({ "code_sha256": code_sha256, "extraction": extraction, "isolation": isolation })),
    })
}

fn case(test: &TestReport, load_message: &str) -> EvalTestCase {
    let passed = test.outcome == Outcome::Passed;
    let (status, return_code) = match test.outcome {
        Outcome::OutOfFuel | Outcome::VirtualTimeLimit => (CommandStatus::TimeLimitExceeded, None),
        Outcome::Passed => (CommandStatus::Finished, Some(0)),
        Outcome::Failed
        | Outcome::Raised
        | Outcome::Exited
        | Outcome::OutOfMemory
        | Outcome::StackOverflow
        | Outcome::OutputLimit
        | Outcome::DiskLimit
        | Outcome::WaitedForInput
        | Outcome::Uncrossable
        | Outcome::Trapped
        | Outcome::Skipped
        | Outcome::NotJudged
        | Outcome::SyntaxError
        | Outcome::Truncated
        | Outcome::NoCode => (CommandStatus::Finished, Some(1)),
    };
    let message = if test.message.is_empty() && !passed { load_message } else { &test.message };
    let run = CommandResult {
        status,
        execution_time: seconds_of(test.fuel),
        return_code,
        stdout: String::new(),
        stderr: message.to_owned(),
    };
    EvalTestCase {
        passed,
        exec_info: RunCodeResponse {
            status: if passed { RunStatus::Success } else { RunStatus::Failed },
            message: String::new(),
            compile_result: None,
            run_result: Some(run),
            executor_pod_name: None,
            files: BTreeMap::new(),
        },
        test_info: Some(json!({ "name": test.name, "outcome": test.outcome })),
    }
}
