//! EvalPlus's `eval_results.json`: under `eval`, for each task, its samples with `base_status` and `plus_status`.

use std::fs;
use std::path::Path;

use proofhouse_types::Outcome;
use serde_json::{Map, Value};

use super::judged::{Judged, run};
use crate::error::{BenchError, failed};
use crate::read::Run;

pub(super) fn read(path: &Path) -> Result<Run, BenchError> {
    let text = fs::read_to_string(path).map_err(failed("reading", path))?;
    let results: Value = serde_json::from_str(&text).map_err(|error| BenchError::Line {
        path: path.to_owned(),
        line: error.line(),
        reason: format!("not results of EvalPlus: {error}"),
    })?;
    let wrong = |field: &str, reason: &str| BenchError::Field {
        path: path.to_owned(),
        field: field.to_owned(),
        reason: reason.to_owned(),
    };
    let tasks = results.get("eval").and_then(Value::as_object);
    let tasks = tasks.ok_or_else(|| wrong("eval", "expected an object of tasks, as EvalPlus writes it"))?;
    let mut in_order: Vec<(&String, &Value)> = tasks.iter().collect();
    in_order.sort_by_key(|(id, _)| place(id));
    let mut judged = Vec::new();
    for (id, samples) in in_order {
        let field = format!("eval.{id}");
        let samples = samples.as_array().ok_or_else(|| wrong(&field, "expected a list of samples"))?;
        for (index, sample) in samples.iter().enumerate() {
            let field = format!("{field}[{index}]");
            let sample = sample.as_object().ok_or_else(|| wrong(&field, "expected a sample"))?;
            let judge = |(name, reason): (&str, String)| wrong(&format!("{field}.{name}"), &reason);
            judged.push(judged_sample(id, sample).map_err(judge)?);
        }
    }
    let digest = results.get("hash").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(run(path, "EvalPlus", digest, judged))
}

/// Tasks in the order of the numbers that their names end with: JSON's objects have none.
fn place(id: &str) -> (&str, u64, &str) {
    let name = id.trim_end_matches(|character: char| character.is_ascii_digit());
    (name, id[name.len()..].parse().unwrap_or(u64::MAX), id)
}

/// A sample passes where both of its statuses do; without the added tests, `plus_status` is null.
fn judged_sample(id: &str, sample: &Map<String, Value>) -> Result<Judged, (&'static str, String)> {
    let solution = sample.get("solution").and_then(Value::as_str);
    let code = solution.ok_or(("solution", "expected a text".to_owned()))?.to_owned();
    let base =
        status(sample, "base_status")?.ok_or(("base_status", "expected `pass`, `fail` or `timeout`".to_owned()))?;
    let plus = status(sample, "plus_status")?;
    let failed_at = |(name, outcome): (&str, Outcome)| (outcome != Outcome::Passed).then(|| (name.to_owned(), outcome));
    let failure = failed_at(("base", base)).or_else(|| failed_at(("plus", plus?)));
    let (message, outcome) = match failure {
        Some((tests, outcome)) => (format!("the {tests} tests"), outcome),
        None => (String::new(), Outcome::Passed),
    };
    Ok(Judged { task_id: id.to_owned(), code, outcome, message })
}

fn status(sample: &Map<String, Value>, field: &'static str) -> Result<Option<Outcome>, (&'static str, String)> {
    match sample.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(status) => match status.as_str() {
            Some("pass") => Ok(Some(Outcome::Passed)),
            Some("fail") => Ok(Some(Outcome::Failed)),
            Some("timeout") => Ok(Some(Outcome::OutOfFuel)),
            Some(_) | None => Err((field, format!("`{status}` is no status: expected `pass`, `fail` or `timeout`"))),
        },
    }
}
