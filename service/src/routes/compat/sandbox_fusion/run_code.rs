//! `/run_code`: one Python program.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proofhouse_types::Limits;
use serde::{Deserialize, Deserializer, Serialize};

use super::hold::Hold;
use super::{invalid, not_done, read};
use crate::config::Ceilings;
use crate::dispatcher::{Client, NotDone};
use crate::error::Foreign;
use crate::routes::compat::body::Body;
use crate::routes::compat::ending::{Ending, stderr_of};
use crate::routes::compat::files::{self, Files};
use crate::routes::compat::limits::{Asked, seconds_of};
use crate::state::AppState;
use crate::worker::{ProgramFrame, RunFrame};

/// What is asked. Fields that are not in the documentation are let be, as FastAPI does.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RunCodeRequest {
    #[serde(default = "ten", deserialize_with = "number")]
    pub compile_timeout: f64,
    #[serde(default = "ten", deserialize_with = "number")]
    pub run_timeout: f64,
    #[serde(rename = "memory_limit_MB", default = "no_limit", deserialize_with = "number")]
    pub memory_limit_mb: f64,
    pub code: String,
    #[serde(default)]
    pub stdin: Option<String>,
    pub language: String,
    #[serde(default)]
    pub files: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub fetch_files: Vec<String>,
}

fn ten() -> f64 {
    10.0
}

fn no_limit() -> f64 {
    -1.0
}

/// A number, which may stand in a text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a number was expected")]
    enum Number {
        Number(f64),
        Text(String),
    }
    match Number::deserialize(from)? {
        Number::Number(number) => Ok(number),
        Number::Text(text) => {
            let number = text.trim().parse().ok().filter(|number: &f64| !number.is_nan());
            number.ok_or_else(|| serde::de::Error::custom("a number was expected"))
        }
    }
}

/// What became of all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum RunStatus {
    Success,
    Failed,
    SandboxError,
}

/// What became of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum CommandStatus {
    Finished,
    TimeLimitExceeded,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CommandResult {
    pub status: CommandStatus,
    /// Seconds that the fuel is worth.
    pub execution_time: f64,
    pub return_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct RunCodeResponse {
    pub status: RunStatus,
    pub message: String,
    /// Always null, as it is for Python there: nothing is compiled.
    pub compile_result: Option<CommandResult>,
    pub run_result: Option<CommandResult>,
    pub executor_pod_name: Option<String>,
    pub files: BTreeMap<String, String>,
}

impl RunCodeRequest {
    /// The program and its limits, or the field that can't be.
    fn program(&self, ceilings: &Ceilings) -> Result<(ProgramFrame, Limits), Foreign> {
        if self.language != "python" {
            let message = "Input should be 'python': no other language runs here";
            return Err(invalid("literal_error", "language", message));
        }
        let memory_bytes = (self.memory_limit_mb > 0.0).then_some((self.memory_limit_mb * 1_048_576.0) as u64);
        let asked = Asked { cpu_seconds: self.run_timeout, wall_seconds: self.run_timeout, memory_bytes };
        let limits = asked.limits(ceilings);
        let files =
            brought(&self.files, &limits).map_err(|error| invalid("value_error", "files", &error.to_string()))?;
        let program = ProgramFrame {
            name: "main.py".to_owned(),
            source: self.code.clone().into_bytes(),
            arguments: Vec::new(),
            stdin: self.stdin.clone().unwrap_or_default().into_bytes(),
            files,
        };
        Ok((program, limits))
    }
}

/// Files in base64, but for those that SandboxFusion leaves out too.
fn brought(files: &BTreeMap<String, Option<String>>, limits: &Limits) -> Result<Files, files::FilesError> {
    let kept = files.iter().filter(|(path, _)| !path.contains("IGNORE_THIS_FILE"));
    let kept = kept.filter_map(|(path, content)| content.as_deref().map(|content| (path, content)));
    let brought =
        kept.map(|(path, content)| Ok((files::place(path)?, files::decoded(content)))).collect::<Result<_, _>>()?;
    files::check(&brought, limits)?;
    Ok(brought)
}

pub(super) async fn run_code(
    State(state): State<AppState>,
    client: Client,
    body: Body,
) -> Result<Json<RunCodeResponse>, Foreign> {
    let request: RunCodeRequest = read(body).await?;
    run(&state, &client, &request).await.map(Json)
}

/// Runs a program. What our host failed at is an answer here: clients leave such a sample out, or try again.
pub(super) async fn run(
    state: &AppState,
    client: &Client,
    request: &RunCodeRequest,
) -> Result<RunCodeResponse, Foreign> {
    let (program, limits) = request.program(&state.config.ceilings)?;
    let hold = Hold::of(request.compile_timeout, request.run_timeout);
    let run = hold.ask(|patience| state.dispatcher.run(client, program.clone(), &limits, patience)).await;
    match run {
        Ok(run) => Ok(response(&run, &request.fetch_files)),
        Err(NotDone::Fault(fault)) => Ok(RunCodeResponse {
            status: RunStatus::SandboxError,
            message: format!("a fault of the service: {fault}"),
            compile_result: None,
            run_result: None,
            executor_pod_name: None,
            files: BTreeMap::new(),
        }),
        Err(other @ (NotDone::Overloaded { .. } | NotDone::Closing)) => Err(not_done(other)),
    }
}

fn response(run: &RunFrame, fetch_files: &[String]) -> RunCodeResponse {
    let (status, return_code) = match Ending::of(run) {
        Ending::Exited(code) => (CommandStatus::Finished, Some(code)),
        Ending::OutOfTime => (CommandStatus::TimeLimitExceeded, None),
        // As Python's `subprocess` has it.
        Ending::Killed(signal) => (CommandStatus::Finished, Some(-signal.number())),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let result = CommandResult {
        status,
        execution_time: seconds_of(run.fuel),
        return_code,
        stdout: text(&run.stdout),
        stderr: text(&stderr_of(run)),
    };
    let mut seen = BTreeSet::new();
    let fetched = fetch_files.iter().filter_map(|asked| {
        let place = files::place(asked).ok()?;
        let content = run.files.get(&place)?;
        // Once, in however many spellings it is asked for.
        seen.insert(place).then(|| (asked.clone(), STANDARD.encode(content)))
    });
    RunCodeResponse {
        status: if return_code == Some(0) { RunStatus::Success } else { RunStatus::Failed },
        message: String::new(),
        compile_result: None,
        run_result: Some(result),
        executor_pod_name: None,
        files: fetched.collect(),
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Outcome;
    use serde_json::{Value, json};

    use super::*;
    use crate::routes::compat::ending::run as frame;
    use crate::routes::compat::limits::fuel_of;

    fn asked(text: &str) -> Result<(ProgramFrame, Limits), Value> {
        let request: RunCodeRequest = serde_json::from_str(text).unwrap();
        request.program(&Ceilings::default()).map_err(|error| error.body().clone())
    }

    #[test]
    fn what_verl_sends_is_a_program_with_its_limits() {
        let (program, limits) = asked(
            r#"{"compile_timeout": 5, "run_timeout": 5, "code": "print(input())", "stdin": "x", "memory_limit_MB": 1024,
                "language": "python", "files": {}, "fetch_files": []}"#,
        )
        .unwrap();
        assert_eq!((program.source.as_slice(), program.stdin.as_slice()), (&b"print(input())"[..], &b"x"[..]));
        assert_eq!((limits.fuel, limits.memory.0, limits.virtual_time.0), (fuel_of(5.0), 1 << 30, 5));
        let (_, limits) = asked(r#"{"code": "", "language": "python"}"#).unwrap();
        assert_eq!((limits.fuel, limits.memory), (fuel_of(10.0), Limits::default().memory));
    }

    #[test]
    fn files_come_in_base64_and_stay_in_the_folder() {
        let with = |files: &str| {
            asked(&format!(r#"{{"code": "", "language": "python", "files": {files}}}"#))
                .map(|(program, _)| program.files)
        };
        let files = with(r#"{"a/b.txt": "aGk=", "none": null, "IGNORE_THIS_FILE": "aGk="}"#).unwrap();
        assert_eq!(files, Files::from([("a/b.txt".to_owned(), b"hi".to_vec())]));
        let error = with(r#"{"../a": "aGk="}"#).unwrap_err();
        assert_eq!(error["detail"][0]["msg"], "the path `../a` leads out of the working directory");
        let error = asked(r#"{"code": "", "language": "cpp"}"#).unwrap_err();
        assert_eq!(error["detail"][0]["loc"], json!(["body", "language"]));
    }

    #[test]
    fn ends_are_said_in_its_words() {
        let said = |run: RunFrame| {
            let answer = serde_json::to_value(response(&run, &[])).unwrap();
            let result = &answer["run_result"];
            (answer["status"].clone(), result["status"].clone(), result["return_code"].clone())
        };
        let exited = |code| RunFrame { exit_code: Some(code), ..frame(Outcome::Exited) };
        assert_eq!(said(frame(Outcome::Passed)), (json!("Success"), json!("Finished"), json!(0)));
        assert_eq!(said(exited(0)), (json!("Success"), json!("Finished"), json!(0)));
        assert_eq!(said(exited(3)), (json!("Failed"), json!("Finished"), json!(3)));
        assert_eq!(said(frame(Outcome::SyntaxError)), (json!("Failed"), json!("Finished"), json!(1)));
        assert_eq!(said(frame(Outcome::OutOfFuel)), (json!("Failed"), json!("TimeLimitExceeded"), json!(null)));
        assert_eq!(said(frame(Outcome::StackOverflow)), (json!("Failed"), json!("Finished"), json!(-11)));
    }

    #[test]
    fn the_answer_has_every_documented_field() {
        let files = Files::from([("out.bin".to_owned(), vec![0xff])]);
        let run = RunFrame { stdout: b"a\xff\n".to_vec(), files, ..frame(Outcome::Passed) };
        let answer = response(&run, &["./out.bin".to_owned(), "absent".to_owned()]);
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({
                "status": "Success", "message": "", "compile_result": null,
                "run_result": {
                    "status": "Finished", "execution_time": 1.5, "return_code": 0, "stdout": "a\u{fffd}\n", "stderr": "",
                },
                "executor_pod_name": null, "files": {"./out.bin": "/w=="},
            })
        );
    }
}
