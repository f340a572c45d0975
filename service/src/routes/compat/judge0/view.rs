//! A submission as clients see it: the fields that they ask for, as text or in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::accepted::{Accepted, Blob};
use super::done::Done;
use super::languages::NAME;
use super::request::TextForm;
use super::status::Status;
use super::{error_of, refused};
use crate::error::Foreign;

/// What is answered where no fields are asked for.
const DEFAULT_FIELDS: [&str; 8] =
    ["token", "time", "memory", "stdout", "stderr", "compile_output", "message", "status"];

/// All there are.
const ALL_FIELDS: [&str; 34] = [
    "source_code",
    "language_id",
    "stdin",
    "expected_output",
    "stdout",
    "status_id",
    "created_at",
    "finished_at",
    "time",
    "memory",
    "stderr",
    "token",
    "number_of_runs",
    "cpu_time_limit",
    "cpu_extra_time",
    "wall_time_limit",
    "memory_limit",
    "stack_limit",
    "max_processes_and_or_threads",
    "enable_per_process_and_thread_time_limit",
    "enable_per_process_and_thread_memory_limit",
    "max_file_size",
    "compile_output",
    "exit_code",
    "exit_signal",
    "message",
    "wall_time",
    "compiler_options",
    "command_line_arguments",
    "redirect_stderr_to_stdout",
    "callback_url",
    "additional_files",
    "enable_network",
    "status",
];

/// Which fields, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub fields: Vec<String>,
    pub form: TextForm,
}

impl Wanted {
    /// `fields` is a list with commas, or `*`.
    pub(super) fn of(fields: Option<&str>, form: TextForm) -> Result<Wanted, Foreign> {
        let asked = fields.unwrap_or_default().split(',').map(str::trim).filter(|field| !field.is_empty());
        let asked: Vec<String> = asked.map(str::to_owned).collect();
        let owned = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect();
        let is_unknown =
            |field: &&String| *field != "*" && *field != "language" && !ALL_FIELDS.contains(&field.as_str());
        let unknown: Vec<&str> = asked.iter().filter(is_unknown).map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(refused(&format!("invalid fields: [{}]", unknown.join(", "))));
        }
        let fields = match asked.as_slice() {
            [] => owned(&DEFAULT_FIELDS),
            fields if fields.iter().any(|field| field == "*") => {
                let mut all: Vec<String> = owned(&ALL_FIELDS);
                all.push("language".to_owned());
                all
            }
            _ => asked,
        };
        Ok(Wanted { fields, form })
    }
}

/// The fields of a submission; none where a text of them is no UTF-8 and asked for as it is.
pub(super) fn view(token: &str, accepted: &Accepted, done: Option<&Done>, wanted: &Wanted) -> Option<Value> {
    let mut view = Map::new();
    for field in &wanted.fields {
        view.insert(field.clone(), value(field, token, accepted, done, wanted.form)?);
    }
    Some(Value::Object(view))
}

/// What is said instead then.
pub(super) fn not_text(what: &str) -> Value {
    error_of(&format!(
        "some attributes for {what} cannot be converted to UTF-8, use base64_encoded=true query parameter"
    ))
}

fn value(field: &str, token: &str, accepted: &Accepted, done: Option<&Done>, form: TextForm) -> Option<Value> {
    let text = |blob: Option<&Blob>| match (blob, form) {
        (None, _) => Some(Value::Null),
        (Some(blob), TextForm::Base64) => Some(Value::String(wrapped(&blob.0))),
        (Some(blob), TextForm::Plain) => std::str::from_utf8(&blob.0).ok().map(|text| json!(text)),
    };
    let status = done.map_or(Status::InQueue, |done| done.status);
    // Rails writes decimals as texts.
    let decimal = |number: f64| json!(format!("{number:?}"));
    Some(match field {
        "token" => json!(token),
        "source_code" => text(accepted.source_code.as_ref())?,
        "stdin" => text(accepted.stdin.as_ref())?,
        "expected_output" => text(accepted.expected_output.as_ref())?,
        "stdout" => text(done.and_then(|done| done.stdout.as_ref()))?,
        "stderr" => text(done.and_then(|done| done.stderr.as_ref()))?,
        "message" => text(done.and_then(|done| done.message.clone()).map(|text| Blob(text.into_bytes())).as_ref())?,
        "additional_files" => json!(accepted.additional_files.as_ref().map(|blob| wrapped(&blob.0))),
        "status" => status.json(),
        "status_id" => json!(status.id()),
        "language" => json!({ "id": accepted.language_id, "name": NAME }),
        "language_id" => json!(accepted.language_id),
        "time" | "wall_time" => json!(done.and_then(|done| done.time.as_ref())),
        "exit_code" => json!(done.and_then(|done| done.exit_code)),
        "exit_signal" => json!(done.and_then(|done| done.exit_signal)),
        "created_at" => json!(accepted.created_at),
        "finished_at" => json!(done.map(|done| &done.finished_at)),
        "number_of_runs" => json!(accepted.number_of_runs),
        "cpu_time_limit" => decimal(accepted.cpu_time_limit),
        "cpu_extra_time" => decimal(accepted.cpu_extra_time),
        "wall_time_limit" => decimal(accepted.wall_time_limit),
        "memory_limit" => json!(accepted.memory_limit),
        "stack_limit" => json!(accepted.stack_limit),
        "max_processes_and_or_threads" => json!(accepted.max_processes_and_or_threads),
        "max_file_size" => json!(accepted.max_file_size),
        "enable_per_process_and_thread_time_limit" => json!(accepted.enable_per_process_and_thread_time_limit),
        "enable_per_process_and_thread_memory_limit" => json!(accepted.enable_per_process_and_thread_memory_limit),
        "redirect_stderr_to_stdout" => json!(accepted.redirect_stderr_to_stdout),
        "command_line_arguments" => json!(accepted.command_line_arguments),
        "enable_network" => json!(false),
        // Memory is not measured, nothing is compiled, and nobody is called back.
        _ => Value::Null,
    })
}

/// Base64 as Ruby's `encode64` has it: 60 letters a line.
fn wrapped(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut wrapped = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
    for line in encoded.as_bytes().chunks(60) {
        wrapped.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        wrapped.push('\n');
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Outcome;

    use super::*;
    use crate::config::Ceilings;
    use crate::dispatcher::Client;
    use crate::routes::compat::ending::run;
    use crate::routes::compat::judge0::request::accept;
    use crate::worker::RunFrame;

    fn submission() -> (Accepted, Done) {
        let fields = json!({"source_code": "print(1)", "language_id": 71});
        let accepted =
            accept(fields.as_object().unwrap(), TextForm::Plain, &Ceilings::default(), &Client::anonymous()).unwrap();
        let done = Done::of(&accepted, &RunFrame { stdout: b"1\n".to_vec(), ..run(Outcome::Passed) });
        (accepted, done)
    }

    #[test]
    fn the_default_fields_are_those_of_the_documentation() {
        let (accepted, done) = submission();
        let wanted = Wanted::of(None, TextForm::Plain).unwrap();
        assert_eq!(
            view("t", &accepted, Some(&done), &wanted).unwrap(),
            json!({
                "token": "t", "time": "1.500", "memory": null, "stdout": "1\n", "stderr": null, "compile_output": null,
                "message": null, "status": {"id": 3, "description": "Accepted"},
            })
        );
        let waiting = view("t", &accepted, None, &Wanted::of(Some("status,stdout"), TextForm::Plain).unwrap());
        assert_eq!(waiting.unwrap(), json!({"stdout": null, "status": {"id": 1, "description": "In Queue"}}));
    }

    #[test]
    fn a_star_is_every_field_and_unknown_ones_are_named() {
        let (accepted, done) = submission();
        let all = view("t", &accepted, Some(&done), &Wanted::of(Some("*"), TextForm::Base64).unwrap()).unwrap();
        assert_eq!(all.as_object().unwrap().len(), 35);
        assert_eq!((&all["source_code"], &all["cpu_time_limit"]), (&json!("cHJpbnQoMSk=\n"), &json!("5.0")));
        assert_eq!(all["language"], json!({"id": 71, "name": "Python (3.14.0)"}));
        let error = Wanted::of(Some("stdout,a,b"), TextForm::Plain).unwrap_err();
        assert_eq!(error.body(), &json!({"error": "invalid fields: [a, b]"}));
    }

    #[test]
    fn what_is_no_text_needs_base64() {
        let (accepted, done) = submission();
        let done = Done { stdout: Some(Blob(vec![0xff; 50])), ..done };
        let with = |form| view("t", &accepted, Some(&done), &Wanted::of(Some("stdout"), form).unwrap());
        assert_eq!(with(TextForm::Plain), None);
        let lines =
            with(TextForm::Base64).unwrap()["stdout"].as_str().unwrap().lines().map(str::len).collect::<Vec<_>>();
        assert_eq!(lines, [60, 8]);
    }
}
