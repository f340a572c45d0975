//! Bytes into a request: first as JSON, then its tasks, then its type. Each failure names the field.

use std::collections::BTreeMap;

use proofhouse::suite::task_of_json;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::asked::{Asked, Tasks};
use super::outline;
use crate::error::ApiError;

/// Reads a body of at most so many values. Busy for as long as the body is large: one above some hundred KiB is for a thread
/// that may block.
///
/// # Errors
/// [`ApiError::Unreadable`] for what is no JSON or too much of it, [`ApiError::Invalid`] for what the type does not take.
pub(crate) fn read<T: Asked>(bytes: &[u8], most_values: usize) -> Result<T, ApiError> {
    outline::check(bytes, most_values)?;
    // serde would take a list of a struct's fields in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::Invalid { field: None, message: "expected an object".to_owned() });
    }
    check_tasks(bytes, T::TASKS)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| invalid(&error))?;
    check_limits(bytes)?;
    Ok(read)
}

/// Where limits stand in what was read already.
#[derive(Deserialize)]
struct WithLimits<'j> {
    #[serde(borrow)]
    limits: Option<&'j RawValue>,
    #[serde(borrow)]
    task: Option<&'j RawValue>,
}

/// In requests, limits are objects of whole numbers. serde takes lists for objects, and amounts with units are for files.
fn check_limits(bytes: &[u8]) -> Result<(), ApiError> {
    let Ok(WithLimits { limits, task }) = serde_json::from_slice(bytes) else { return Ok(()) };
    check_numbers(limits, "limits")?;
    let of_task = task.and_then(|task| serde_json::from_str::<WithLimits<'_>>(task.get()).ok());
    check_numbers(of_task.and_then(|task| task.limits), "task.limits")
}

fn check_numbers(limits: Option<&RawValue>, field: &str) -> Result<(), ApiError> {
    let Some(limits) = limits else { return Ok(()) };
    let Ok(written) = serde_json::from_str::<BTreeMap<String, Value>>(limits.get()) else {
        return Err(ApiError::invalid(field, "expected an object"));
    };
    match written.iter().find(|(_, value)| value.is_string()) {
        Some((name, _)) => Err(ApiError::invalid(&format!("{field}.{name}"), "expected a whole number without a unit")),
        None => Ok(()),
    }
}

/// Reads one row of a batch.
///
/// # Errors
/// The field, where it is one's, and what is wrong with it.
pub(crate) fn read_row<T: Asked>(bytes: &[u8], most_values: usize) -> Result<T, (Option<String>, String)> {
    read(bytes, most_values).map_err(|error| match error {
        ApiError::Invalid { field, message } => (field, message),
        other => (None, other.to_string()),
    })
}

#[derive(Deserialize)]
struct OneTask<'j> {
    #[serde(borrow)]
    task: Option<&'j RawValue>,
}

#[derive(Deserialize)]
struct TasksOfSubmissions<'j> {
    #[serde(borrow)]
    submissions: Vec<OneTask<'j>>,
}

/// Documents of another shape are refused when they are read into their type.
fn check_tasks(bytes: &[u8], tasks: Tasks) -> Result<(), ApiError> {
    match tasks {
        Tasks::Nowhere => Ok(()),
        Tasks::Here => match serde_json::from_slice::<OneTask<'_>>(bytes) {
            Ok(OneTask { task: Some(task) }) => check_task(task, ""),
            Ok(OneTask { task: None }) | Err(_) => Ok(()),
        },
        Tasks::InSubmissions => {
            let Ok(TasksOfSubmissions { submissions }) = serde_json::from_slice(bytes) else { return Ok(()) };
            for (position, OneTask { task }) in submissions.into_iter().enumerate() {
                if let Some(task) = task {
                    check_task(task, &format!("submissions[{position}]."))?;
                }
            }
            Ok(())
        }
    }
}

/// A problem's details have one field: the first problem's. The others are told beside it.
fn check_task(task: &RawValue, before: &str) -> Result<(), ApiError> {
    let Err(problems) = task_of_json(task.get()) else { return Ok(()) };
    let mut problems = problems.into_iter();
    let Some(first) = problems.next() else { return Ok(()) };
    let path = |field: &str| match field {
        "" => format!("{before}task"),
        field => format!("{before}task.{field}"),
    };
    let others = problems.map(|problem| format!("; `{}`: {}", path(&problem.field), problem.message));
    let message = first.message + &others.collect::<String>();
    Err(ApiError::Invalid { field: Some(path(&first.field)), message })
}

fn invalid(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let inner = error.inner();
    let text = inner.to_string();
    // The path says where; lines and columns are of little use in what a program has written.
    let place = format!(" at line {} column {}", inner.line(), inner.column());
    let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    let path = error.path().to_string();
    let mut field = if path == "." { String::new() } else { path };
    // serde knows such a field's name, but the path ends at the object that lacks it or has it.
    if let Some(name) = named(&message)
        && !(field == name || field.ends_with(&format!(".{name}")))
    {
        field = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
    }
    ApiError::Invalid { field: (!field.is_empty()).then_some(field), message }
}

/// The field that serde's message is about.
fn named(message: &str) -> Option<&str> {
    let rest = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start))?;
    rest.split_once('`').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{BatchRequest, RunRequest, ScoreRequest};

    use super::*;

    #[track_caller]
    fn check<T: Asked>(text: &str, field: Option<&str>, expected: &str) {
        let read = read::<T>(text.as_bytes(), 1000).map(|_| ());
        let Err(ApiError::Invalid { field: found, message }) = read else { panic!("{text}: {read:?}") };
        assert_eq!(found.as_deref(), field, "{text}: {message}");
        assert!(message.starts_with(expected), "{text}: {message}");
    }

    #[test]
    fn the_field_is_named() {
        check::<RunRequest>("{}", Some("code"), "missing field `code`");
        check::<RunRequest>("[\"pass\"]", None, "expected an object");
        check::<RunRequest>(" 1", None, "expected an object");
        check::<RunRequest>(r#"{"code": 1}"#, Some("code"), "invalid type: integer `1`, expected a string");
        check::<RunRequest>(
            r#"{"code": "", "stdn": ""}"#,
            Some("stdn"),
            "unknown field `stdn`, expected one of `code`",
        );
        check::<RunRequest>(
            r#"{"code": "", "limits": {"fuel": "much"}}"#,
            Some("limits.fuel"),
            "invalid type: string \"much\", expected u64",
        );
        check::<RunRequest>(r#"{"code": "", "limits": {"fule": 1}}"#, Some("limits.fule"), "unknown field `fule`");
        check::<RunRequest>(
            r#"{"code": "", "limits": {"memory": "1 mile"}}"#,
            Some("limits.memory"),
            "`1 mile` is not",
        );
        check::<RunRequest>(r#"{"code": "", "files": {"a": 1}}"#, Some("files.a"), "invalid type: integer `1`");
        check::<RunRequest>(
            r#"{"code": "", "arguments": ["a", 2]}"#,
            Some("arguments[1]"),
            "invalid type: integer `2`",
        );
        check::<ScoreRequest>(r#"{"code": "", "solution": ""}"#, Some("code"), "duplicate field `code`");
        check::<BatchRequest>(
            r#"{"submissions": [{}, {"code": 3}]}"#,
            Some("submissions[1].code"),
            "invalid type: integer `3`",
        );
    }

    #[test]
    fn limits_are_objects_of_numbers() {
        check::<RunRequest>(r#"{"code": "", "limits": [null, null]}"#, Some("limits"), "expected an object");
        check::<RunRequest>(
            r#"{"code": "", "limits": {"memory": "64MiB"}}"#,
            Some("limits.memory"),
            "expected a whole number",
        );
    }

    #[test]
    fn tasks_are_held_to_what_their_files_are_held_to() {
        let task = |task: &str| format!(r#"{{"task": {task}, "code": ""}}"#);
        check::<ScoreRequest>(&task("[]"), Some("task"), "expected an object");
        check::<ScoreRequest>(
            &task(r#"{"id": "a", "language": "python", "promt": "", "tests": []}"#),
            Some("task.promt"),
            "unknown key `promt`, did you mean `prompt`?",
        );
        let test =
            |test: &str| task(&format!(r#"{{"id": "a", "language": "python", "prompt": "", "tests": [{test}]}}"#));
        check::<ScoreRequest>(
            &test(r#"{"name": "t", "kind": "assert", "code": 1}"#),
            Some("task.tests[0].code"),
            "invalid type: integer `1`, expected a string",
        );
        let submission = test(r#"{"name": "t", "kind": "assert", "cod": ""}"#);
        check::<BatchRequest>(
            &format!(r#"{{"submissions": [{{}}, {submission}]}}"#),
            Some("submissions[1].task.tests[0].cod"),
            "unknown key `cod`, did you mean `code`?",
        );
        let fine = test(r#"{"name": "t", "kind": "assert", "code": ""}"#);
        let read = read::<ScoreRequest>(fine.as_bytes(), 1000).unwrap();
        assert_eq!(read.task.unwrap().tests[0].name, "t");
    }
}
