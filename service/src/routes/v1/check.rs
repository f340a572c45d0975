//! `POST /v1/check`: what rules find in a text.

use std::path::Path;

use aide::transform::TransformOperation;
use axum::extract::State;
use proofhouse::Grammar;
use proofhouse_types::{CheckReport, CheckRequest, CheckSummary, FoundIn};

use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::routes::json::Json;
use crate::state::AppState;

pub(crate) async fn check(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<CheckRequest>,
) -> Result<Json<CheckReport>, ApiError> {
    let CheckRequest { code, language, path } = request;
    let grammar = match (&language, &path) {
        (Some(language), _) => Grammar::named(language).ok_or_else(|| {
            ApiError::invalid(
                "language",
                format!("no rules for `{language}`: `/v1/languages` lists those that have some"),
            )
        })?,
        (None, Some(path)) => Grammar::of_path(Path::new(path))
            .ok_or_else(|| ApiError::invalid("path", "its extension is of no language that has rules"))?,
        (None, None) => return Err(ApiError::invalid("language", "missing: expected `language` or `path`")),
    };
    let checked = state.dispatcher.check(&client, code, grammar.name().to_owned(), state.patience()).await?;
    let path = path.unwrap_or_else(|| "code".to_owned());
    let found = |finding| FoundIn { path: path.clone(), finding };
    let findings: Vec<FoundIn> = checked.findings.into_iter().map(found).collect();
    let summary = CheckSummary {
        findings: findings.len(),
        files: usize::from(!findings.is_empty()),
        checked: 1,
        ignored: checked.ignored as usize,
        ..CheckSummary::default()
    };
    Ok(Json(CheckReport { version: 1, findings, summary, errors: Vec::new(), notes: Vec::new() }))
}

pub(crate) fn document(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("check").summary("Look for security holes").description(
        "Checks one text by the rules, without running it. Findings of all confidences are listed, by place.",
    )
}
