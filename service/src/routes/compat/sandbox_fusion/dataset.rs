//! Which problem a submission is for: one of a suite that is served, or one that comes along in `provided_data`.

use std::collections::BTreeMap;
use std::sync::Arc;

use proofhouse_types::{Check, Fuel, Limits, Task, TaskId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::refused;
use super::submit::{ProblemId, SubmitRequest, TestConfig};
use crate::config::Ceilings;
use crate::dispatcher::ReadyTask;
use crate::error::Foreign;
use crate::routes::compat::limits::{fuel_of, seconds_of};
use crate::state::{ServedSuite, Suites};

/// SandboxFusion's own default for a problem's programs.
pub(super) const RUN_SECONDS: f64 = 20.0;

/// The classes of data sets that are graded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    HumanEval,
    Mbpp,
    CommonOj,
    AutoEval,
}

impl Kind {
    /// The class of a data set: that of its name where SandboxFusion knows it, else the one that is asked for.
    pub(super) fn of(dataset: &str, config: &TestConfig) -> Result<Kind, Foreign> {
        match dataset {
            "humaneval_python" | "shadow_humaneval_python" | "evoeval" => return Ok(Kind::HumanEval),
            "mbpp" => return Ok(Kind::Mbpp),
            "code_contests" => return Ok(Kind::CommonOj),
            _ => {}
        }
        let Some(name) = &config.dataset_type else {
            return Err(refused(&format!("no eval class found for dataset {dataset}")));
        };
        match name.as_str() {
            "HumanEvalDataset" => Ok(Kind::HumanEval),
            "MBPPDataset" => Ok(Kind::Mbpp),
            "CommonOJDataset" => Ok(Kind::CommonOj),
            "AutoEvalDataset" | "AutoEvalV4Dataset" | "AutoEvalV5Dataset" | "AutoEvalV6Dataset" => Ok(Kind::AutoEval),
            _ => Err(refused(&format!("eval class {name} not found"))),
        }
    }
}

/// What a submission is held to.
#[derive(Debug)]
pub(super) enum Problem {
    /// A task, judged as everywhere else.
    Task(Arc<ReadyTask>),
    /// Whole programs on stdin and stdout.
    Cases(Vec<StdioCase>),
    /// Test code around or after the program, in one namespace with it: what `#<INSERT>` and files ask for.
    Joined(Joined),
}

/// One run of a whole program.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct StdioCase {
    pub input: Map<String, Value>,
    pub output: Map<String, Value>,
}

impl StdioCase {
    pub(super) fn stdin(&self) -> &str {
        self.input.get("stdin").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn expected(&self) -> &str {
        self.output.get("stdout").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Test code, and the files that it reads.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Joined {
    pub test: String,
    pub files: BTreeMap<String, Option<String>>,
}

/// Where test code wants the program.
pub(super) const INSERT: &str = "#<INSERT>";

pub(super) fn problem(suites: &Suites, ceilings: &Ceilings, request: &SubmitRequest) -> Result<Problem, Foreign> {
    let SubmitRequest { dataset, id, config, completion: _ } = request;
    let Some(provided) = &config.provided_data else {
        let suite = suite(suites, dataset, config)?;
        let task = task(suite, id).ok_or_else(|| refused(&format!("no problem `{id}` in dataset {dataset}")))?;
        return Ok(Problem::Task(match config.run_timeout {
            Some(seconds) => with_fuel(&task.task, seconds, ceilings),
            None => task.clone(),
        }));
    };
    let Some(row) = provided.as_object() else {
        return Err(refused("request.config.provided_data should be a dict with str -> str | int"));
    };
    let seconds = config.run_timeout.unwrap_or(RUN_SECONDS);
    let imported = |row: Map<String, Value>| {
        let task = proofhouse::suite::task_of_row(&Value::Object(row).to_string());
        let task = task.map_err(|error| refused(&format!("request.config.provided_data: {error}")))?;
        Ok(Problem::Task(with_fuel(&task, seconds, ceilings)))
    };
    match Kind::of(dataset, config)? {
        Kind::HumanEval => imported(human_eval_row(row, id)),
        Kind::Mbpp => imported(mbpp_row(row, id)),
        Kind::CommonOj => cases(row).map(Problem::Cases),
        Kind::AutoEval => appended(row, id, config, |task| with_fuel(&task, seconds, ceilings)),
    }
}

fn with_fuel(task: &Task, seconds: f64, ceilings: &Ceilings) -> Arc<ReadyTask> {
    let fuel: Fuel = fuel_of(seconds).min(ceilings.fuel);
    let mut task = task.clone();
    task.limits.fuel = Some(fuel);
    Arc::new(ReadyTask::of(task))
}

/// The suite of a data set: that of its name, however it is written, or one that its problems are in.
pub(super) fn suite<'s>(suites: &'s Suites, dataset: &str, config: &TestConfig) -> Result<&'s ServedSuite, Foreign> {
    if let Some(suite) = suites.0.get(dataset) {
        return Ok(suite);
    }
    let plain = |name: &str| {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let letters = letters.to_ascii_lowercase();
        letters.strip_suffix("python").map_or(letters.clone(), str::to_owned)
    };
    if let Some((_, suite)) = suites.0.iter().find(|(name, _)| plain(name) == plain(dataset)) {
        return Ok(suite);
    }
    let kind = Kind::of(dataset, config)?;
    let prefix = match kind {
        Kind::HumanEval => "HumanEval/",
        Kind::Mbpp => "MBPP/",
        Kind::CommonOj | Kind::AutoEval => return Err(not_served(dataset)),
    };
    let holds = |suite: &&ServedSuite| suite.tasks.first().is_some_and(|task| task.task.id.0.starts_with(prefix));
    suites.0.values().find(holds).ok_or_else(|| not_served(dataset))
}

fn not_served(dataset: &str) -> Foreign {
    refused(&format!("dataset {dataset} is not served here: start the server with its suite, or send provided_data"))
}

/// A problem by its id, or by the number after the last slash.
pub(super) fn task<'s>(suite: &'s ServedSuite, id: &ProblemId) -> Option<&'s Arc<ReadyTask>> {
    let id = id.to_string();
    let numbered = |ready: &&Arc<ReadyTask>| ready.task.id.0.rsplit_once('/').is_some_and(|(_, number)| number == id);
    suite.task(&TaskId(id.clone())).or_else(|| suite.tasks.iter().find(numbered))
}

/// SandboxFusion's HumanEval rows may lack what the benchmark's own have under these names.
fn human_eval_row(row: &Map<String, Value>, id: &ProblemId) -> Map<String, Value> {
    let mut row = row.clone();
    if let Some(tests) = row.get("tests").cloned() {
        row.entry("test").or_insert(tests);
    }
    row.entry("task_id").or_insert_with(|| json!(id.to_string()));
    row
}

/// SandboxFusion's MBPP rows have the benchmark's under other names, some as JSON in a text.
fn mbpp_row(row: &Map<String, Value>, id: &ProblemId) -> Map<String, Value> {
    let mut row = row.clone();
    let labels = nested(row.get("labels"));
    if let Some(test) = row.get("test") {
        let tests = nested(Some(test));
        row.entry("test_list").or_insert(tests);
    }
    if let Some(content) = row.get("content").cloned() {
        row.entry("text").or_insert(content);
    }
    for field in ["test_setup_code", "code"] {
        let value = labels.get(field).cloned().unwrap_or_else(|| json!(""));
        row.entry(field).or_insert(value);
    }
    row.entry("task_id").or_insert_with(|| json!(id.to_string()));
    row
}

/// A value that may stand as JSON in a text.
fn nested(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

fn cases(row: &Map<String, Value>) -> Result<Vec<StdioCase>, Foreign> {
    let cases = serde_json::from_value(nested(row.get("test")));
    cases.map_err(|error| refused(&format!("request.config.provided_data.test: {error}")))
}

fn appended(
    row: &Map<String, Value>,
    id: &ProblemId,
    config: &TestConfig,
    ready: impl Fn(Task) -> Arc<ReadyTask>,
) -> Result<Problem, Foreign> {
    let (test, labels) = (nested(row.get("test")), nested(row.get("labels")));
    let language = |field| labels.get(field).and_then(Value::as_str);
    let execution = language("execution_language").or_else(|| language("programming_language")).unwrap_or("python");
    if execution != "python" {
        return Err(refused(&format!("language {execution} does not run here")));
    }
    let Some(code) = test.get("code").and_then(Value::as_str) else {
        return Err(refused("request.config.provided_data.test.code should be a str"));
    };
    for option in ["repr_code", "append_flag", "code_block_idx"] {
        if config.extra.get(option).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false))) {
            return Err(refused(&format!("config.extra.{option} is not heard here")));
        }
    }
    let files = serde_json::from_value(nested(test.get("asset")));
    let files: Option<_> =
        files.map_err(|error| refused(&format!("request.config.provided_data.test.asset: {error}")))?;
    let files: BTreeMap<_, _> = files.unwrap_or_default();
    // What must stand in one module with the program, or beside files, runs as one; all else is judged apart from it.
    if code.contains(INSERT) || code.contains("__main__") || !files.is_empty() {
        return Ok(Problem::Joined(Joined { test: code.to_owned(), files }));
    }
    Ok(Problem::Task(ready(Task::new(&id.to_string(), "").test("test", code))))
}

/// The tests of a task in one text, where they are code.
pub(super) fn test_code(task: &Task) -> Option<String> {
    let code = task.tests.iter().map(|test| match &test.check {
        Check::Assert(check) => Some(check.code.as_str()),
        Check::Unittest(check) => Some(check.code.as_str()),
        Check::Io(_)
        | Check::Call(_)
        | Check::Cli(_)
        | Check::Sql(_)
        | Check::Http(_)
        | Check::Generated(_)
        | Check::Efficiency(_)
        | Check::Security(_)
        | Check::Reference(_) => None,
    });
    code.collect::<Option<Vec<_>>>().map(|code| code.join("\n"))
}

/// The seconds that all tests of a task may take.
pub(super) fn seconds_of_tests(task: &Task) -> f64 {
    let fuel = task.limits.over(&Limits::default()).fuel;
    seconds_of(fuel) * (task.tests.len() + 1) as f64
}
