//! `GET /v1/suites` and `/v1/languages`: what this server has.

use aide::transform::TransformOperation;
use axum::extract::State;
use proofhouse::Grammar;
use proofhouse_types::{LanguageOverview, SuiteOverview, TaskId};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::ApiError;
use crate::routes::json::Json;
use crate::routes::parameters::Path;
use crate::state::AppState;

/// The part of an address that names a suite.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SuiteName {
    /// Its name.
    name: String,
}

pub(crate) async fn list(State(state): State<AppState>) -> Json<Vec<SuiteOverview>> {
    let overview = |(name, suite): (&String, &crate::state::ServedSuite)| SuiteOverview {
        name: name.clone(),
        tasks: suite.tasks.len(),
        digest: suite.digest.clone(),
    };
    Json(state.suites.0.iter().map(overview).collect())
}

pub(crate) async fn show(
    State(state): State<AppState>,
    Path(SuiteName { name }): Path<SuiteName>,
) -> Result<Json<Vec<TaskId>>, ApiError> {
    let suite = state.suites.0.get(&name).ok_or(ApiError::NotFound { what: "suite", name })?;
    Ok(Json(suite.tasks.iter().map(|ready| ready.task.id.clone()).collect()))
}

pub(crate) async fn languages() -> Json<Vec<LanguageOverview>> {
    let overview = |grammar: Grammar| {
        let runs = grammar == Grammar::Python;
        LanguageOverview {
            name: grammar.name().to_owned(),
            version: runs.then(proofhouse::Sandbox::guest_version),
            runs,
            scores: runs || grammar == Grammar::Sql,
            checks: true,
        }
    };
    Json(Grammar::ALL.iter().copied().map(overview).collect())
}

pub(crate) fn document_list(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("suites").summary("The suites that requests may name")
}

pub(crate) fn document_show(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("suite").summary("The ids of a suite's tasks, in its order")
}

pub(crate) fn document_languages(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("languages").summary("Languages, and what is done with programs in them")
}
