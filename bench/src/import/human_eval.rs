//! human-eval's results: the samples, one a line, with `result` and `passed` (openai/human-eval,
//! `evaluate_functional_correctness`).

use std::path::Path;

use proofhouse_types::Outcome;
use serde_json::{Map, Value};

use super::judged::{Judged, run};
use crate::error::BenchError;
use crate::read::Run;

/// Whether the first sample says what came of it.
pub(super) fn has_verdicts(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    // What is no sample at all is named when it is read.
    first.is_none_or(|line| serde_json::from_str::<Value>(line).map_or(true, |row| row.get("passed").is_some()))
}

pub(super) fn read(path: &Path, text: &str) -> Result<Run, BenchError> {
    let mut judged = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |reason: String| BenchError::Line { path: path.to_owned(), line: index + 1, reason };
        let row: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| wrong(format!("not a sample of human-eval: {error}")))?;
        judged.push(sample(&row).map_err(wrong)?);
    }
    Ok(run(path, "human-eval", String::new(), judged))
}

fn sample(row: &Map<String, Value>) -> Result<Judged, String> {
    let text = |field: &str| {
        row.get(field).and_then(Value::as_str).ok_or_else(|| format!("`{field}` is missing: expected a text"))
    };
    let passed = row.get("passed").and_then(Value::as_bool).ok_or("`passed` is missing: expected true or false")?;
    let result = row.get("result").and_then(Value::as_str).unwrap_or_default();
    let outcome = match (passed, result) {
        (true, _) => Outcome::Passed,
        (false, "timed out") => Outcome::OutOfFuel,
        (false, _) => Outcome::Failed,
    };
    let message = if passed { String::new() } else { result.to_owned() };
    // EvalPlus's samples are whole programs under another name.
    let code = text("completion").or_else(|missing| text("solution").map_err(|_| missing))?.to_owned();
    Ok(Judged { task_id: text("task_id")?.to_owned(), code, outcome, message })
}
