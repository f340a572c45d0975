//! `/`: one program, and the verdict on it.

use axum::Form as Posted;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use proofhouse_types::{Report, Task, TaskId};
use serde::Deserialize;

use super::entered::{By, Complaint, Entered, Field, Form};
use super::layout::{Page, Place};
use super::missing::sentence;
use super::verdict::verdict;
use super::viewer::Viewer;
use super::visible::visible;
use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::routes::v1::submission::resolve;
use crate::state::AppState;

/// Tasks that a suite's list of suggestions has: beyond, `/suites` is searched instead.
const SUGGESTED_TASKS: usize = 500;

/// What stands below the form.
enum Answer {
    Nothing,
    Complaint(Complaint),
    Refused(ApiError),
    Verdict { report: Box<Report>, program: String },
}

/// Parameters of the address besides the form's fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    /// Whether the form is to be filled in with an example: there at all means so.
    example: Option<String>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Query(wish): Query<Wish>,
    Query(entered): Query<Entered>,
) -> Response {
    let entered = if wish.example.is_some() { example() } else { entered };
    page(&state, &viewer, &entered, &Answer::Nothing)
}

pub(super) async fn score(
    State(state): State<AppState>,
    viewer: Viewer,
    client: Client,
    posted: Result<Posted<Entered>, FormRejection>,
) -> Response {
    let entered = match posted {
        Ok(Posted(entered)) => entered,
        Err(rejection) => {
            let refused = ApiError::Unreadable(rejection.body_text());
            return page(&state, &viewer, &Entered::default(), &Answer::Refused(refused));
        }
    };
    let answer = answer(&state, &client, &entered).await;
    page(&state, &viewer, &entered, &answer)
}

async fn answer(state: &AppState, client: &Client, entered: &Entered) -> Answer {
    let asked = match entered.request() {
        Ok(request) => resolve(state, request),
        Err(complaint) => return Answer::Complaint(complaint),
    };
    let scored = match asked {
        Ok((task, submission)) => {
            let asked = state.dispatcher.score(client, task.clone(), submission.clone(), state.patience());
            match asked.await {
                Ok(scored) => {
                    let found = state.dispatcher.program(client, task, submission, state.patience()).await;
                    found.map(|program| (scored.report, program)).map_err(ApiError::from)
                }
                Err(not_done) => Err(ApiError::from(not_done)),
            }
        }
        Err(error) => Err(error),
    };
    match scored {
        Ok((report, program)) => Answer::Verdict { report: Box::new(report), program },
        Err(error) => entered.complaint(&error).map_or(Answer::Refused(error), Answer::Complaint),
    }
}

fn example() -> Entered {
    Entered {
        text: "def median(numbers):\n    ordered = sorted(numbers)\n    middle = len(ordered) // 2\n    return ordered[middle]\n"
            .to_owned(),
        tests: "assert median([3, 1, 2]) == 2\nassert median([7]) == 7\nassert median([4, 1, 3, 2]) == 2.5\n".to_owned(),
        ..Entered::default()
    }
}

fn page(state: &AppState, viewer: &Viewer, entered: &Entered, answer: &Answer) -> Response {
    let status = match answer {
        Answer::Nothing | Answer::Verdict { .. } => None,
        Answer::Complaint(_) => Some(ApiError::invalid("", "").status()),
        Answer::Refused(error) => Some(error.status()),
    };
    let content = html! {
        div.bench {
            (form(state, entered, answer))
            section #verdict aria-label="Verdict" aria-live="polite" { (below(answer)) }
        }
    };
    let page = Page { title: "Score a program", place: Place::Score, viewer }.around(content);
    match status {
        Some(status) => (status, page).into_response(),
        None => page,
    }
}

fn below(answer: &Answer) -> Markup {
    match answer {
        Answer::Nothing => html! {
            div.empty {
                p { "The verdict comes here: what each test did, what the program's text is found to have, and what would raise the score." }
                p { "It runs in a sandbox without network, files or clock, and is the same every time. " a href="/?example" { "Try an example" } "." }
            }
        },
        Answer::Complaint(complaint) => html! {
            p.complaint role="alert" { "Something is missing: " a href={ "#" (input_of(complaint.field)) } { (complaint.sentence) } }
        },
        Answer::Refused(error) => html! {
            p.complaint role="alert" { strong { (sentence(&error.problem().title)) } " " (visible(&sentence(&error.to_string()))) }
        },
        Answer::Verdict { report, program } => verdict(report, program),
    }
}

fn input_of(field: Field) -> &'static str {
    match field {
        Field::Text => "text",
        Field::Tests => "tests-entered",
        Field::Suite => "suite",
        Field::Task => "task",
    }
}

fn form(state: &AppState, entered: &Entered, answer: &Answer) -> Markup {
    let complaint = match answer {
        Answer::Complaint(complaint) => Some(complaint),
        Answer::Nothing | Answer::Refused(_) | Answer::Verdict { .. } => None,
    };
    let said = |field: Field| complaint.filter(|complaint| complaint.field == field);
    let invalid = |field: Field| said(field).map(|_| "true");
    let described = |field: Field| said(field).map(|_| format!("{}-complaint", input_of(field)));
    let complaint = |field: Field| {
        html! {
            @if let Some(complaint) = said(field) {
                span.complaint id={ (input_of(field)) "-complaint" } { (complaint.sentence) }
            }
        }
    };
    html! {
        form.entry method="post" action="/#verdict" data-into="verdict" {
            h1 { "Score a program" }
            fieldset.choice {
                legend { "Submission" }
                label { input type="radio" name="form" value="program" checked[entered.form == Form::Program]; " a program" }
                label { input type="radio" name="form" value="reply" checked[entered.form == Form::Reply]; " a model's reply" }
            }
            label.unseen for="text" { "Program or reply" }
            (complaint(Field::Text))
            // The parser of HTML leaves out a first line break.
            textarea #text name="text" rows="16" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"
                aria-invalid=[invalid(Field::Text)] aria-describedby=[described(Field::Text)] { "\n" (entered.text) }
            fieldset.choice {
                legend { "Judged by" }
                label { input type="radio" name="by" value="tests" checked[entered.by == By::Tests]; " these assertions" }
                label {
                    input type="radio" name="by" value="suite" checked[entered.by == By::Suite] disabled[state.suites.0.is_empty()];
                    " a task of a suite"
                }
            }
            div.by-tests {
                label.unseen for="tests-entered" { "Assertions in Python" }
                (complaint(Field::Tests))
                textarea #tests-entered name="tests" rows="5" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off"
                    placeholder="assert double(21) == 42"
                    aria-invalid=[invalid(Field::Tests)] aria-describedby=[described(Field::Tests)] { "\n" (entered.tests) }
            }
            @if !state.suites.0.is_empty() {
                div.by-suite {
                    div {
                        label for="suite" { "Suite" }
                        (complaint(Field::Suite))
                        select #suite name="suite" aria-invalid=[invalid(Field::Suite)] aria-describedby=[described(Field::Suite)] {
                            @for (position, name) in state.suites.0.keys().enumerate() {
                                option value=(name) selected[*name == entered.suite || (entered.suite.is_empty() && position == 0)] { (name) }
                            }
                        }
                    }
                    div {
                        label for="task" { "Task, of the " a href="/suites" { "suite's list" } }
                        (complaint(Field::Task))
                        input #task name="task" value=(entered.task) list="task-names" spellcheck="false" autocapitalize="off" autocomplete="off"
                            aria-invalid=[invalid(Field::Task)] aria-describedby=[described(Field::Task)];
                        datalist #task-names { @for id in suggested(state, entered) { option value=(id) {} } }
                    }
                    @if let Some(task) = chosen(state, entered) { (prompt(task)) }
                }
            }
            p.send { button type="submit" { "Score" } span.hint { kbd { "Ctrl" } " + " kbd { "Enter" } } }
        }
    }
}

fn suggested<'s>(state: &'s AppState, entered: &Entered) -> impl Iterator<Item = &'s TaskId> {
    let suites = state.suites.0.iter().filter(|(name, _)| entered.suite.is_empty() || **name == entered.suite);
    suites.flat_map(|(_, suite)| &suite.tasks).map(|ready| &ready.task.id).take(SUGGESTED_TASKS)
}

fn chosen<'s>(state: &'s AppState, entered: &Entered) -> Option<&'s Task> {
    let suite = state.suites.0.get(&entered.suite).filter(|_| entered.by == By::Suite)?;
    suite.task(&TaskId(entered.task.clone())).map(|ready| &ready.task)
}

fn prompt(task: &Task) -> Markup {
    html! {
        details open {
            summary { "What the task asks for" }
            pre.example tabindex="0" { code { (visible(&task.prompt)) } }
        }
    }
}
