//! `/batches/{id}`: how far a batch is, and its reports.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use proofhouse_types::{BatchState, BatchStatus, Fuel, Outcome, RowProblem, SampleId, TaskId};
use serde::Deserialize;
use serde_json::Value;

use super::amounts::{grouped, moment, points, short};
use super::batches::{bar, state_word};
use super::layout::{Page, Place};
use super::missing::PageError;
use super::prose::inline;
use super::verdict::{outcome_badge, verdict};
use super::viewer::Viewer;
use super::visible::visible;
use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::BatchId;

/// Reports of one page.
const PAGE_ROWS: usize = 100;

/// Reports that are read for one page when most are of other outcomes: some 20 MB of JSON, a tenth of a second.
const MOST_READ: usize = 10_000;

/// What a list can be narrowed to, in the order of how often it is asked for.
const OUTCOMES: [Outcome; 18] = [
    Outcome::Passed,
    Outcome::Failed,
    Outcome::Raised,
    Outcome::SyntaxError,
    Outcome::Truncated,
    Outcome::NoCode,
    Outcome::OutOfFuel,
    Outcome::OutOfMemory,
    Outcome::StackOverflow,
    Outcome::OutputLimit,
    Outcome::DiskLimit,
    Outcome::VirtualTimeLimit,
    Outcome::Exited,
    Outcome::WaitedForInput,
    Outcome::Uncrossable,
    Outcome::Trapped,
    Outcome::Skipped,
    Outcome::NotJudged,
];

/// Which part of the reports.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part {
    /// The first position.
    from: i64,
    /// An outcome's name, or `fault`; empty for all.
    outcome: String,
}

/// What a list shows of a report.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(skip)]
    position: i64,
    task_id: TaskId,
    sample_id: SampleId,
    outcome: Option<Outcome>,
    score: Option<f64>,
    fuel: Fuel,
    #[serde(default)]
    fault: Option<String>,
}

/// Rows of a page, and where the next one begins.
#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    next: Option<i64>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    client: Client,
    viewer: Viewer,
    Path(name): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, PageError> {
    let (id, status) = found(&state, &client, &name).await?;
    let rows = rows(&state, &id, &part).await?;
    let address = format!("/batches/{id}");
    let is_running = status.state == BatchState::Running;
    let content = html! {
        nav.trail aria-label="Where this is" { a href="/batches" { "Batches" } }
        h1 { "Batch " code { (id) } }
        section #progress aria-label="Progress" data-events=[is_running.then(|| format!("/v1/batches/{id}/events"))] {
            p { (bar(&status)) " " strong data-number="scored" { (grouped(status.scored)) } " of " (grouped(status.accepted)) " scored, " (state_word(status.state)) }
            (numbers(&status))
        }
        div.send {
            a href={ "/v1/batches/" (id) "/results" } download={ "batch-" (id) ".jsonl" } { "Download the reports" }
            @if is_running {
                form method="post" action={ (address) "/cancel" } { button.plain type="submit" { "Cancel" } }
                noscript { a href=(address) { "Reload to see how far it is" } }
            }
        }
        @if !status.problems.is_empty() { (problems(&status)) }
        section aria-labelledby="reports" {
            h2 #reports { "Reports" }
            (filter(&address, &part))
            (table(&address, &rows.rows))
            nav.pages aria-label="Pages of the list" {
                @if part.from > 0 { a href={ (address) "?outcome=" (part_name(&part)) } { "← From the first" } }
                @if let Some(next) = rows.next { a href={ (address) "?outcome=" (part_name(&part)) "&from=" (next) } rel="next" { "After →" } }
            }
        }
    };
    Ok(Page { title: "Batch", place: Place::Batches, viewer: &viewer }.around(content))
}

pub(super) async fn cancel(
    State(state): State<AppState>,
    client: Client,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let (id, _) = found(&state, &client, &name).await?;
    state.store.cancel(&client.name, &id).await.map_err(ApiError::from)?;
    Ok(Redirect::to(&format!("/batches/{id}")).into_response())
}

pub(super) async fn report(
    State(state): State<AppState>,
    client: Client,
    viewer: Viewer,
    Path((name, position)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (id, _) = found(&state, &client, &name).await?;
    let not_found = || ApiError::NotFound { what: "submission", name: position.clone() };
    let number: i64 = position.parse().map_err(|_| not_found())?;
    let kept = state.store.kept(&id, number).await.map_err(ApiError::from)?.ok_or_else(not_found)?;
    let judged = match kept.report {
        None => None,
        Some(report) => {
            let task = state.store.task(&kept.task_key).await.map_err(ApiError::from)?.ok_or_else(not_found)?;
            let found = state.dispatcher.program(&client, task, kept.submission.clone(), state.patience()).await;
            Some((report, found.map_err(ApiError::from)?))
        }
    };
    let title = format!("Submission {number}");
    let content = html! {
        nav.trail aria-label="Where this is" { a href="/batches" { "Batches" } " / " a href={ "/batches/" (id) } { code { (id) } } }
        div.text {
            h1 { (title) ": " code { (visible(&kept.submission.task_id.0)) } ", sample " code { (visible(&kept.submission.sample_id.0)) } }
            @if let Some(model) = &kept.submission.model { p.hint { "By " (visible(model)) } }
            @match &judged {
                Some((report, program)) => (verdict(report, program)),
                None => p.empty { "It has no report yet." }
            }
        }
    };
    Ok(Page { title: &title, place: Place::Batches, viewer: &viewer }.around(content))
}

async fn found(state: &AppState, client: &Client, name: &str) -> Result<(BatchId, BatchStatus), ApiError> {
    let not_found = || ApiError::NotFound { what: "batch", name: name.to_owned() };
    let id = BatchId::of(name).ok_or_else(not_found)?;
    let status = state.store.batch(&client.name, &id).await?.ok_or_else(not_found)?;
    Ok((id, status))
}

async fn rows(state: &AppState, id: &BatchId, part: &Part) -> Result<Rows, ApiError> {
    let outcome: Option<Outcome> = serde_json::from_value(Value::from(part.outcome.as_str())).ok();
    let is_wanted = |row: &Row| match (part.outcome.as_str(), outcome) {
        ("", _) => true,
        ("fault", _) => row.fault.is_some(),
        (_, outcome) => outcome.is_some() && row.outcome == outcome,
    };
    let (mut found, mut from, mut read) = (Rows::default(), part.from.max(0), 0);
    loop {
        let page = state.store.reports(id, from).await?;
        for (position, json) in &page.reports {
            if found.rows.len() == PAGE_ROWS {
                found.next = Some(*position);
                return Ok(found);
            }
            let row: Row = serde_json::from_str(json).map_err(|error| ApiError::Fault(error.to_string()))?;
            if is_wanted(&row) {
                found.rows.push(Row { position: *position, ..row });
            }
            from = position + 1;
        }
        read += page.reports.len();
        if page.is_last {
            return Ok(found);
        }
        if read >= MOST_READ {
            found.next = Some(from);
            return Ok(found);
        }
    }
}

fn numbers(status: &BatchStatus) -> Markup {
    html! {
        dl.facts {
            dt { "Passed" } dd data-number="passed" { (grouped(status.passed)) }
            dt { "Faults of the service" } dd data-number="faults" { (grouped(status.faults)) }
            dt { "Rejected lines" } dd { (grouped(status.rejected)) }
            dt { "Accepted" } dd { (moment(status.created_at)) }
            @if let Some(finished) = status.finished_at { dt { "Ended" } dd { (moment(finished)) } }
        }
    }
}

fn problems(status: &BatchStatus) -> Markup {
    html! {
        section aria-labelledby="problems" {
            h2 #problems { "Rejected lines" }
            @if status.rejected > status.problems.len() as u64 {
                p.hint { "The first " (status.problems.len()) " of " (grouped(status.rejected)) "." }
            }
            div.wide tabindex="0" role="region" aria-labelledby="problems" {
                table {
                    thead { tr { th.figure scope="col" { "Line" } th scope="col" { "Field" } th scope="col" { "What is wrong" } } }
                    tbody {
                        @for RowProblem { line, field, message } in &status.problems {
                            tr {
                                td.figure { (line) }
                                td { @if let Some(field) = field { code { (visible(field)) } } }
                                td { (inline(message)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn part_name(part: &Part) -> &str {
    let is_known = part.outcome == "fault" || OUTCOMES.iter().any(|outcome| outcome.name() == part.outcome);
    if is_known { &part.outcome } else { "" }
}

fn filter(address: &str, part: &Part) -> Markup {
    let chosen = part_name(part);
    html! {
        form.filter method="get" action=(address) {
            label for="outcome" { "Outcome" }
            select #outcome name="outcome" {
                option value="" { "all" }
                @for outcome in OUTCOMES { option value=(outcome.name()) selected[chosen == outcome.name()] { (outcome.name()) } }
                option value="fault" selected[chosen == "fault"] { "fault" }
            }
            button.plain type="submit" { "Show" }
        }
    }
}

fn table(address: &str, rows: &[Row]) -> Markup {
    html! {
        @if rows.is_empty() {
            p.empty { "No report here." }
        } @else {
            div.wide tabindex="0" role="region" aria-labelledby="reports" {
                table {
                    thead {
                        tr {
                            th.figure scope="col" { "Position" }
                            th scope="col" { "Task" }
                            th scope="col" { "Sample" }
                            th scope="col" { "Outcome" }
                            th.figure scope="col" { "Score" }
                            th.figure scope="col" { "Fuel" }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                td.figure { a href={ (address) "/" (row.position) } { (row.position) } }
                                td { code { (visible(&row.task_id.0)) } }
                                td { code { (visible(&row.sample_id.0)) } }
                                td {
                                    @match (&row.fault, row.outcome) {
                                        (Some(_), _) => span.badge.ours { "! fault" },
                                        (None, Some(outcome)) => (outcome_badge(outcome)),
                                        (None, None) => {}
                                    }
                                }
                                td.figure { @if let Some(score) = row.score { (points(score)) } }
                                td.figure { (short(row.fuel)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
