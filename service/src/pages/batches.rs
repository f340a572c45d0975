//! `/batches`: the viewer's batches, and a form for another.

use axum::Form as Posted;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use proofhouse_types::{BatchState, BatchStatus};
use serde::Deserialize;

use super::amounts::{grouped, moment};
use super::layout::{Page, Place};
use super::missing::{PageError, sentence};
use super::prose::inline;
use super::viewer::Viewer;
use crate::batches::{BodyKind, Upload, take_in};
use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::Acceptance;

/// The form's fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    suite: String,
    rows: String,
}

pub(super) async fn list(State(state): State<AppState>, client: Client, viewer: Viewer) -> Result<Response, PageError> {
    page(&state, &client, &viewer, &Entered::default(), None).await
}

pub(super) async fn create(
    State(state): State<AppState>,
    client: Client,
    viewer: Viewer,
    posted: Result<Posted<Entered>, FormRejection>,
) -> Result<Response, PageError> {
    let Posted(entered) = posted.map_err(|rejection| ApiError::Unreadable(rejection.body_text()))?;
    let suite = Some(entered.suite.clone()).filter(|suite| !suite.is_empty());
    let taken = if entered.rows.trim().is_empty() {
        Err(ApiError::invalid("rows", "choose a file, or paste at least one line"))
    } else {
        let upload = Upload { kind: BodyKind::Ndjson, suite, request_key: None };
        take_in(&state, &client, upload, Body::from(entered.rows.clone())).await
    };
    match taken {
        Ok(Acceptance::Accepted(status)) => {
            state.metrics.batch_accepted(status.accepted);
            Ok(Redirect::to(&format!("/batches/{}", status.id)).into_response())
        }
        Ok(Acceptance::Repeated(status)) => Ok(Redirect::to(&format!("/batches/{}", status.id)).into_response()),
        Ok(Acceptance::OtherBody) => {
            Err(ApiError::Fault("a batch without a key was one with another body".to_owned()))?
        }
        Err(error) => {
            let page = page(&state, &client, &viewer, &entered, Some(&error)).await?;
            Ok((error.status(), page).into_response())
        }
    }
}

async fn page(
    state: &AppState,
    client: &Client,
    viewer: &Viewer,
    entered: &Entered,
    refused: Option<&ApiError>,
) -> Result<Response, PageError> {
    let batches = state.store.batches(&client.name).await.map_err(ApiError::from)?;
    let content = html! {
        div.bench {
            (form(state, entered, refused))
            section aria-labelledby="batches" {
                h2.first #batches { "Your batches" }
                @if batches.is_empty() {
                    p.empty { "None yet. A batch is a file of submissions, one JSON object a line, that is scored in its own time and outlives the server." }
                } @else {
                    (table(&batches))
                }
            }
        }
    };
    Ok(Page { title: "Batches", place: Place::Batches, viewer }.around(content))
}

fn form(state: &AppState, entered: &Entered, refused: Option<&ApiError>) -> Markup {
    html! {
        form.entry method="post" action="/batches" data-upload="/v1/batches" {
            h1 { "Score a batch" }
            @if !state.suites.0.is_empty() {
                label for="suite" { "Suite of the lines that name none" }
                select #suite name="suite" {
                    option value="" { "none" }
                    @for name in state.suites.0.keys() { option value=(name) selected[*name == entered.suite] { (name) } }
                }
            }
            div.with-script {
                label for="file" { "File of submissions (NDJSON)" }
                input #file type="file" accept=".jsonl,.ndjson,.json,application/x-ndjson";
            }
            p.complaint #rows-complaint role="alert" { @if let Some(error) = refused { (inline(&sentence(&error.to_string()))) } }
            label for="rows" { "Or lines, pasted" }
            textarea #rows name="rows" rows="8" spellcheck="false" autocomplete="off" wrap="off"
                aria-describedby="rows-complaint" aria-invalid=[refused.map(|_| "true")]
                placeholder="{\"task_id\": \"double\", \"code\": \"def double(x): …\"}" { "\n" (entered.rows) }
            p.hint { "Each line is a " a href="/docs#type-ScoreRequest" { code { "ScoreRequest" } } ": a task with " code { "code" } " or " code { "reply" } "." }
            p.send { button type="submit" { "Score them" } span.hint { kbd { "Ctrl" } " + " kbd { "Enter" } } }
        }
    }
}

fn table(batches: &[BatchStatus]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-labelledby="batches" {
            table {
                thead {
                    tr {
                        th scope="col" { "Batch" }
                        th scope="col" { "Scored" }
                        th.figure scope="col" { "Passed" }
                        th.figure scope="col" { "Faults" }
                        th scope="col" { "Accepted" }
                    }
                }
                tbody {
                    @for batch in batches {
                        tr {
                            td { a href={ "/batches/" (batch.id) } { code { (batch.id.get(..13).unwrap_or(&batch.id)) } } br; span.hint { (state_word(batch.state)) } }
                            td { (bar(batch)) br; (grouped(batch.scored)) " of " (grouped(batch.accepted)) }
                            td.figure { (grouped(batch.passed)) }
                            td.figure { (grouped(batch.faults)) }
                            td { time { (moment(batch.created_at)) } }
                        }
                    }
                }
            }
        }
    }
}

/// How far a batch is.
pub(super) fn bar(batch: &BatchStatus) -> Markup {
    html! { progress max=(batch.accepted.max(1)) value=(batch.scored) aria-label="Scored" {} }
}

pub(super) fn state_word(state: BatchState) -> &'static str {
    match state {
        BatchState::Running => "running",
        BatchState::Done => "done",
        BatchState::Cancelled => "cancelled",
    }
}
