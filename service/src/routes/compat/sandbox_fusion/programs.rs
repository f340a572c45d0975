//! Submissions that run as whole programs: on stdin and stdout, or in one module with test code.

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::json;

use super::dataset::{INSERT, Joined, RUN_SECONDS, StdioCase};
use super::extraction::Extracted;
use super::run_code::{RunCodeRequest, RunCodeResponse, RunStatus, run};
use super::submit::{EvalResult, EvalTestCase, SubmitRequest};
use super::{detail_of, refused};
use crate::dispatcher::Client;
use crate::error::Foreign;
use crate::state::AppState;

/// Cases of one submission that run at a time: as many as a small machine has cores. More would only wait in the queue.
const AT_A_TIME: usize = 4;

/// Letters of an input or output that a passing case gives back, unless the request wants all.
const SHOWN_LETTERS: usize = 1000;

/// Floats may differ by this share of the expected one, as in SandboxFusion.
const TOLERANCE: f64 = 1e-5;

/// Cases of one request, each of whose outputs stands in the answer. CodeContests has some 200 a problem.
const MOST_CASES: usize = 1000;

/// CommonOJ: each case in a run of its own, up to the first that does not pass.
pub(super) async fn cases(
    state: &AppState,
    client: &Client,
    request: &SubmitRequest,
    cases: Vec<StdioCase>,
    extracted: Extracted,
) -> Result<EvalResult, Foreign> {
    let wants = |option| request.config.extra.get(option).and_then(serde_json::Value::as_bool).unwrap_or(false);
    if request.config.language.is_none() {
        return Err(refused("config.language field must exist for CommonOJDataset, got None"));
    }
    if cases.len() > MOST_CASES {
        return Err(refused(&format!("more than {MOST_CASES} cases")));
    }
    let code = extracted.code.as_str();
    let mut asked = Vec::new();
    for case in cases {
        asked.push(async move {
            // Made when its turn comes: all of them at once would be as many times the program.
            let program = program(request, code.to_owned(), case.stdin());
            run(state, client, &program).await.map(|answer| (case, answer))
        });
    }
    let mut runs = stream::iter(asked).buffered(AT_A_TIME);
    let mut tests = Vec::new();
    while let Some(answer) = runs.next().await {
        let (case, answer) = answer?;
        let answer = measured(answer)?;
        let stdout = answer.run_result.as_ref().map(|result| result.stdout.as_str()).unwrap_or_default();
        let passed = answer.status == RunStatus::Success && is_same_output(stdout, case.expected());
        let shown = if passed && !wants("return_full_case") { shortened(case) } else { case };
        let test_info = Some(json!({ "input": shown.input, "output": shown.output }));
        tests.push(EvalTestCase { passed, exec_info: answer, test_info });
        if !passed && !wants("run_all_cases") {
            break;
        }
    }
    drop(runs);
    Ok(EvalResult {
        id: request.id.clone(),
        accepted: tests.iter().all(|test| test.passed),
        extracted_code: extracted.code,
        full_code: None,
        test_code: None,
        tests,
        extracted_type: extracted.kind,
        extra: None,
    })
}

/// AutoEval where it must be one module: the program with test code after it, or where the test code wants it.
pub(super) async fn joined(
    state: &AppState,
    client: &Client,
    request: &SubmitRequest,
    joined: Joined,
    extracted: Extracted,
) -> Result<EvalResult, Foreign> {
    let full_code = join(&extracted.code, &joined.test);
    let program = RunCodeRequest { files: joined.files, ..program(request, full_code.clone(), "") };
    let answer = measured(run(state, client, &program).await?)?;
    let accepted = answer.status == RunStatus::Success;
    Ok(EvalResult {
        id: request.id.clone(),
        accepted,
        extracted_code: extracted.code,
        full_code: Some(full_code),
        test_code: Some(joined.test),
        tests: vec![EvalTestCase { passed: accepted, exec_info: answer, test_info: None }],
        extracted_type: extracted.kind,
        extra: None,
    })
}

fn program(request: &SubmitRequest, code: String, stdin: &str) -> RunCodeRequest {
    RunCodeRequest {
        compile_timeout: request.config.compile_timeout.unwrap_or(RUN_SECONDS),
        run_timeout: request.config.run_timeout.unwrap_or(RUN_SECONDS),
        memory_limit_mb: -1.0,
        code,
        stdin: Some(stdin.to_owned()),
        language: "python".to_owned(),
        files: Default::default(),
        fetch_files: Vec::new(),
    }
}

/// What our host failed at is no verdict.
fn measured(answer: RunCodeResponse) -> Result<RunCodeResponse, Foreign> {
    match answer.status {
        RunStatus::Success | RunStatus::Failed => Ok(answer),
        RunStatus::SandboxError => Err(Foreign::fault(detail_of(&answer.message))),
    }
}

fn join(code: &str, test: &str) -> String {
    match test.split_once(INSERT) {
        Some((before, after)) => format!("{before}{code}{after}"),
        None => {
            let code = code.split_once("if __name__ ==").map_or(code, |(code, _)| code);
            format!("{code}\n{test}")
        }
    }
}

fn shortened(mut case: StdioCase) -> StdioCase {
    for value in case.input.values_mut().chain(case.output.values_mut()) {
        if let serde_json::Value::String(text) = value
            && let Some((end, _)) = text.char_indices().nth(SHOWN_LETTERS)
        {
            text.truncate(end);
            text.push_str("...");
        }
    }
    case
}

/// Line by line, whatever the case of letters and the spaces at the ends; lines that are numbers by their value.
fn is_same_output(actual: &str, expected: &str) -> bool {
    let (mut actual, mut expected) = (actual.trim().split('\n'), expected.trim().split('\n'));
    loop {
        match (actual.next(), expected.next()) {
            (None, None) => return true,
            (Some(actual), Some(expected)) if is_same_line(actual, expected) => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}

fn is_same_line(actual: &str, expected: &str) -> bool {
    let (actual, expected) = (actual.trim().to_lowercase(), expected.trim().to_lowercase());
    if actual == expected {
        return true;
    }
    match (actual.parse::<f64>(), expected.parse::<f64>()) {
        (Ok(actual), Ok(expected)) => (actual - expected).abs() / expected.abs().max(1e-10) < TOLERANCE,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_compared_as_there() {
        let cases = [
            ("YES\n", "yes", true),
            ("1 \n2\n\n", "1\n2", true),
            ("0.333333", "0.3333331", true),
            ("0.3333", "0.3334", false),
            ("1\n2", "1\n2\n3", false),
            ("a", "b", false),
            ("nan", "1", false),
            ("", "", true),
        ];
        for (actual, expected, same) in cases {
            assert_eq!(is_same_output(actual, expected), same, "{actual:?} {expected:?}");
        }
    }

    #[test]
    fn test_code_stands_after_the_program_or_around_it() {
        assert_eq!(join("x = 1\nif __name__ == '__main__': f()", "assert x"), "x = 1\n\nassert x");
        assert_eq!(join("x = 1", "try:\n    pass\nfinally: #<INSERT>\n"), "try:\n    pass\nfinally: x = 1\n");
    }
}
