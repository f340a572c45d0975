//! `/submit`: an answer to a problem of a data set.

use std::fmt;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::dataset::{Problem, problem};
use super::extraction::{ExtractedType, extract};
use super::run_code::RunCodeResponse;
use super::{judged, programs, read, refused};
use crate::dispatcher::Client;
use crate::error::Foreign;
use crate::routes::compat::body::Body;
use crate::state::AppState;

/// What is asked.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SubmitRequest {
    pub dataset: String,
    pub id: ProblemId,
    pub completion: String,
    #[serde(default)]
    pub config: TestConfig,
}

/// The name or the number of a problem, given back as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number or a text was expected")]
pub(super) enum ProblemId {
    Number(i64),
    Text(String),
}

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemId::Number(number) => number.fmt(f),
            ProblemId::Text(text) => f.write_str(text),
        }
    }
}

/// How it is to be graded.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct TestConfig {
    pub dataset_type: Option<String>,
    pub language: Option<String>,
    pub compile_timeout: Option<f64>,
    pub run_timeout: Option<f64>,
    pub custom_extract_logic: Option<String>,
    pub provided_data: Option<Value>,
    pub extra: Map<String, Value>,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct EvalResult {
    pub id: ProblemId,
    pub accepted: bool,
    pub extracted_code: String,
    pub full_code: Option<String>,
    pub test_code: Option<String>,
    pub tests: Vec<EvalTestCase>,
    pub extracted_type: ExtractedType,
    pub extra: Option<Value>,
}

/// What one test did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct EvalTestCase {
    pub passed: bool,
    pub exec_info: RunCodeResponse,
    pub test_info: Option<Value>,
}

pub(super) async fn submit(
    State(state): State<AppState>,
    client: Client,
    body: Body,
) -> Result<Json<EvalResult>, Foreign> {
    let request: SubmitRequest = read(body).await?;
    if request.config.custom_extract_logic.as_deref().is_some_and(|logic| !logic.trim().is_empty()) {
        return Err(refused("config.custom_extract_logic is code for the server itself, and does not run here"));
    }
    if let Some(language) = request.config.language.as_deref().filter(|language| *language != "python") {
        return Err(refused(&format!("language {language} does not run here")));
    }
    let extracted = extract(&request.completion);
    let result = match problem(&state.suites, &state.config.ceilings, &request)? {
        Problem::Task(task) => judged::judge(&state, &client, &request, task, extracted).await,
        Problem::Cases(cases) => programs::cases(&state, &client, &request, cases, extracted).await,
        Problem::Joined(joined) => programs::joined(&state, &client, &request, joined, extracted).await,
    };
    result.map(Json)
}
