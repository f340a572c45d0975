//! What SandboxFusion's clients ask before they submit: which data sets there are, and their problems' prompts.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::dataset::{Kind, suite, task};
use super::submit::{ProblemId, TestConfig};
use super::{read, refused};
use crate::dispatcher::ReadyTask;
use crate::error::Foreign;
use crate::routes::compat::body::Body;
use crate::state::AppState;

/// What CommonOJ adds to a problem, which says what a program must be.
const WHOLE_PROGRAM: &str = "Please implement a complete Python script. Your program should read input from standard input and write output to \
     standard output.";

#[derive(Debug, Deserialize)]
pub(super) struct PromptsRequest {
    dataset: String,
    #[serde(default)]
    config: TestConfig,
    #[serde(default)]
    offset: usize,
    #[serde(default = "a_million")]
    limit: usize,
}

/// SandboxFusion's own default.
fn a_million() -> usize {
    1_000_000
}

#[derive(Debug, Deserialize)]
pub(super) struct PromptRequest {
    dataset: String,
    #[serde(default)]
    config: TestConfig,
    id: ProblemId,
}

#[derive(Debug, Serialize)]
pub(super) struct Prompt {
    id: Value,
    prompt: String,
    labels: Value,
}

pub(super) async fn datasets(State(state): State<AppState>) -> Json<Vec<String>> {
    Json(state.suites.0.keys().cloned().collect())
}

pub(super) async fn ids(State(state): State<AppState>, body: Body) -> Result<Json<Vec<Value>>, Foreign> {
    prompts(State(state), body).await.map(|Json(prompts)| Json(prompts.into_iter().map(|prompt| prompt.id).collect()))
}

pub(super) async fn prompts(State(state): State<AppState>, body: Body) -> Result<Json<Vec<Prompt>>, Foreign> {
    let PromptsRequest { dataset, config, offset, limit } = read(body).await?;
    let Some(provided) = &config.provided_data else {
        let suite = suite(&state.suites, &dataset, &config)?;
        return Ok(Json(suite.tasks.iter().skip(offset).take(limit).map(|task| of_task(task)).collect()));
    };
    let kind = Kind::of(&dataset, &config)?;
    let rows = provided
        .as_array()
        .ok_or_else(|| refused("request.config.provided_data should be a list of str -> str | int"))?;
    let rows = rows.iter().filter_map(Value::as_object);
    Ok(Json(rows.map(|row| of_row(kind, row)).collect()))
}

pub(super) async fn prompt_by_id(State(state): State<AppState>, body: Body) -> Result<Json<Prompt>, Foreign> {
    let PromptRequest { dataset, config, id } = read(body).await?;
    let Some(provided) = &config.provided_data else {
        let suite = suite(&state.suites, &dataset, &config)?;
        let task = task(suite, &id).ok_or_else(|| refused(&format!("no problem `{id}` in dataset {dataset}")))?;
        return Ok(Json(of_task(task)));
    };
    let row = provided
        .as_object()
        .ok_or_else(|| refused("request.config.provided_data should be a dict with str -> str | int"))?;
    Ok(Json(of_row(Kind::of(&dataset, &config)?, row)))
}

fn of_task(ready: &ReadyTask) -> Prompt {
    Prompt {
        id: Value::String(ready.task.id.0.clone()),
        prompt: ready.task.prompt.clone(),
        labels: Value::Object(Map::new()),
    }
}

fn of_row(kind: Kind, row: &Map<String, Value>) -> Prompt {
    let text = |field| row.get(field).and_then(Value::as_str).unwrap_or_default();
    let nested = |field| match row.get(field) {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let id = ["id", "task_id", "name"].into_iter().find_map(|field| row.get(field)).cloned().unwrap_or(Value::Null);
    let prompt = match kind {
        Kind::HumanEval => text("prompt").to_owned(),
        Kind::AutoEval => text("content").to_owned(),
        Kind::CommonOj => format!("{}\n\n{WHOLE_PROGRAM}", text("content")),
        Kind::Mbpp => {
            let tests = nested("test");
            let first = tests.get(0).and_then(Value::as_str).unwrap_or_default();
            format!("{} Your code should satisfy these tests:\n\n{first}", text("content"))
        }
    };
    let labels = nested("labels");
    Prompt { id, prompt, labels: if labels.is_object() { labels } else { Value::Object(Map::new()) } }
}
