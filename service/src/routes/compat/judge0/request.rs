//! What is asked: read as Rails reads it, where a number may stand in a text, and refused in its words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::accepted::{Accepted, Blob};
use super::languages::IDS;
use crate::config::Ceilings;
use crate::dispatcher::Client;
use crate::error::Foreign;
use crate::routes::compat::archive::unzip;
use crate::routes::compat::files::decoded;
use crate::routes::compat::limits::seconds_of;

/// How texts stand in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextForm {
    /// As they are.
    Plain,
    /// In base64.
    Base64,
}

/// A number's default, least and most; these are Judge0's own but where settings bound them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub default: f64,
    pub least: f64,
    pub most: f64,
}

/// The ranges of everything that is a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranges {
    pub number_of_runs: Range,
    pub cpu_time_limit: Range,
    pub cpu_extra_time: Range,
    pub wall_time_limit: Range,
    pub memory_limit: Range,
    pub stack_limit: Range,
    pub max_processes_and_or_threads: Range,
    pub max_file_size: Range,
}

impl Ranges {
    pub(super) fn of(ceilings: &Ceilings) -> Ranges {
        let range = |default: f64, least, most: f64| Range { default: default.min(most), least, most };
        let most_seconds = (seconds_of(ceilings.fuel) * 10.0).floor() / 10.0;
        Ranges {
            number_of_runs: range(1.0, 1.0, 20.0),
            cpu_time_limit: range(5.0, 0.0, most_seconds),
            cpu_extra_time: range(1.0, 0.0, 5.0),
            wall_time_limit: range(10.0, 1.0, most_seconds.max(20.0)),
            memory_limit: range(128_000.0, 2048.0, (ceilings.memory.0 / 1024) as f64),
            stack_limit: range(64_000.0, 0.0, 128_000.0),
            max_processes_and_or_threads: range(60.0, 1.0, 120.0),
            max_file_size: range(1024.0, 0.0, 4096.0),
        }
    }
}

/// The longest command line, by Judge0.
const LONGEST_ARGUMENTS: usize = 512;

/// The fields that can't be, each with what is wrong.
#[derive(Debug, Default)]
struct Wrong(BTreeMap<&'static str, Vec<String>>);

impl Wrong {
    fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.entry(field).or_default().push(message.into());
    }

    fn body(self) -> Value {
        serde_json::to_value(self.0).expect("texts serialise")
    }
}

/// A submission that can be taken.
///
/// # Errors
/// What is wrong with its fields.
pub(super) fn accept(
    fields: &Map<String, Value>,
    form: TextForm,
    ceilings: &Ceilings,
    client: &Client,
) -> Result<Accepted, Foreign> {
    let mut wrong = Wrong::default();
    let ranges = Ranges::of(ceilings);
    let mut number = |field: &'static str, range: Range| match number_of(fields.get(field)) {
        Ok(None) => range.default,
        Ok(Some(number)) => {
            if number < range.least {
                wrong.add(field, format!("must be greater than or equal to {}", range.least));
            } else if number > range.most {
                wrong.add(field, format!("must be less than or equal to {}", range.most));
            }
            number
        }
        Err(message) => {
            wrong.add(field, message);
            range.default
        }
    };
    let accepted = Accepted {
        client: client.name.to_string(),
        weight: client.weight,
        created_at: super::timestamp::now(),
        source_code: blob(fields.get("source_code"), form),
        language_id: number_of(fields.get("language_id")).ok().flatten().map(|id| id as u64),
        stdin: blob(fields.get("stdin"), form),
        expected_output: blob(fields.get("expected_output"), form),
        // Always in base64: it is an archive.
        additional_files: blob(fields.get("additional_files"), TextForm::Base64).filter(|blob| !blob.0.is_empty()),
        command_line_arguments: text_of(fields.get("command_line_arguments")),
        number_of_runs: number("number_of_runs", ranges.number_of_runs) as u64,
        cpu_time_limit: number("cpu_time_limit", ranges.cpu_time_limit),
        cpu_extra_time: number("cpu_extra_time", ranges.cpu_extra_time),
        wall_time_limit: number("wall_time_limit", ranges.wall_time_limit),
        memory_limit: number("memory_limit", ranges.memory_limit) as u64,
        stack_limit: number("stack_limit", ranges.stack_limit) as u64,
        max_processes_and_or_threads: number("max_processes_and_or_threads", ranges.max_processes_and_or_threads)
            as u64,
        max_file_size: number("max_file_size", ranges.max_file_size) as u64,
        enable_per_process_and_thread_time_limit: is_true(fields.get("enable_per_process_and_thread_time_limit")),
        enable_per_process_and_thread_memory_limit: is_true(fields.get("enable_per_process_and_thread_memory_limit")),
        redirect_stderr_to_stdout: is_true(fields.get("redirect_stderr_to_stdout")),
    };
    check(&accepted, fields, &mut wrong, ceilings);
    if wrong.0.is_empty() { Ok(accepted) } else { Err(Foreign::unprocessable(wrong.body())) }
}

fn check(accepted: &Accepted, fields: &Map<String, Value>, wrong: &mut Wrong, ceilings: &Ceilings) {
    if accepted.source_code.as_ref().is_none_or(|code| code.0.trim_ascii().is_empty()) {
        wrong.add("source_code", "can't be blank");
    }
    match accepted.language_id {
        None => wrong.add("language_id", "can't be blank"),
        Some(id) if !IDS.contains(&id) => wrong.add("language_id", format!("language with id {id} doesn't exist")),
        Some(_) => {}
    }
    if text_of(fields.get("compiler_options")).is_some() {
        wrong.add("compiler_options", "setting compiler options is only allowed for compiled languages");
    }
    if accepted.command_line_arguments.as_ref().is_some_and(|text| text.chars().count() > LONGEST_ARGUMENTS) {
        let message = format!("is too long (maximum is {LONGEST_ARGUMENTS} characters)");
        wrong.add("command_line_arguments", message);
    }
    if text_of(fields.get("callback_url")).is_some() {
        wrong.add("callback_url", "setting callback is not allowed");
    }
    if is_true(fields.get("enable_network")) {
        wrong.add("enable_network", "enabling network is not allowed");
    }
    if let Some(archive) = &accepted.additional_files
        && let Err(error) = unzip(&archive.0, &accepted.limits(ceilings))
    {
        wrong.add("additional_files", error.to_string());
    }
}

fn blob(value: Option<&Value>, form: TextForm) -> Option<Blob> {
    let text = match value? {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(Blob(match form {
        TextForm::Plain => text.into_bytes(),
        TextForm::Base64 => decoded(&text),
    }))
}

fn number_of(value: Option<&Value>) -> Result<Option<f64>, &'static str> {
    let wrong = "is not a number";
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(other) => other.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite()).map(Some).ok_or(wrong)
}

/// A text that is not blank.
fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "1" | "t"),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        None | Some(Value::Null | Value::Array(_) | Value::Object(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(fields: Value, form: TextForm) -> Result<Accepted, Value> {
        let fields = fields.as_object().unwrap();
        accept(fields, form, &Ceilings::default(), &Client::anonymous()).map_err(|error| error.body().clone())
    }

    #[test]
    fn texts_are_plain_or_base64_and_numbers_may_be_texts() {
        let plain = json!({"source_code": "print(1)", "language_id": "71", "stdin": "in", "cpu_time_limit": "2.5"});
        let accepted = read(plain, TextForm::Plain).unwrap();
        assert_eq!(accepted.source_code, Some(Blob(b"print(1)".to_vec())));
        assert_eq!((accepted.language_id, accepted.cpu_time_limit, accepted.memory_limit), (Some(71), 2.5, 128_000));
        let encoded = json!({"source_code": "cHJp\nbnQoMSk=\n", "language_id": 113});
        assert_eq!(read(encoded, TextForm::Base64).unwrap().source_code, Some(Blob(b"print(1)".to_vec())));
    }

    #[test]
    fn what_is_wrong_is_said_by_field() {
        let check = |extra: Value, expected: Value| {
            let mut fields = json!({"source_code": "x", "language_id": 71});
            fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            assert_eq!(read(fields, TextForm::Plain).unwrap_err(), expected);
        };
        assert_eq!(
            read(json!({}), TextForm::Plain).unwrap_err(),
            json!({"source_code": ["can't be blank"], "language_id": ["can't be blank"]})
        );
        check(json!({"language_id": 50}), json!({"language_id": ["language with id 50 doesn't exist"]}));
        check(json!({"cpu_time_limit": 31}), json!({"cpu_time_limit": ["must be less than or equal to 30"]}));
        check(json!({"cpu_time_limit": "soon"}), json!({"cpu_time_limit": ["is not a number"]}));
        check(json!({"wall_time_limit": 0.5}), json!({"wall_time_limit": ["must be greater than or equal to 1"]}));
        check(json!({"memory_limit": 2047}), json!({"memory_limit": ["must be greater than or equal to 2048"]}));
        check(json!({"callback_url": "http://a.test"}), json!({"callback_url": ["setting callback is not allowed"]}));
        check(json!({"enable_network": true}), json!({"enable_network": ["enabling network is not allowed"]}));
        let options = "setting compiler options is only allowed for compiled languages";
        check(json!({"compiler_options": "-O2"}), json!({"compiler_options": [options]}));
        check(json!({"additional_files": "aGVsbG8="}), json!({"additional_files": ["not a zip archive"]}));
        let long = "a".repeat(513);
        let message = "is too long (maximum is 512 characters)";
        check(json!({"command_line_arguments": long}), json!({"command_line_arguments": [message]}));
    }
}
