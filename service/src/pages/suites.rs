//! `/suites`: the tasks that this server has.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::html;
use proofhouse_types::{Language, Task};
use serde::Deserialize;

use super::amounts::counted;
use super::layout::{Page, Place};
use super::missing::PageError;
use super::viewer::Viewer;
use crate::error::ApiError;
use crate::state::AppState;

/// Tasks of one page: a page of ten screens, which browsers search within at once.
const PAGE_TASKS: usize = 250;

/// Which page of a list.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Paging {
    page: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Paging { page: 1 }
    }
}

pub(super) async fn list(State(state): State<AppState>, viewer: Viewer) -> Response {
    let content = html! {
        h1 { "Suites" }
        @if state.suites.0.is_empty() {
            p.empty { "This server was started without suites: " code { "proofhouse serve --suite PATH" } " serves one." }
        } @else {
            p { "The sets of tasks that this server has. Programs can be scored for any of their tasks." }
            div.wide tabindex="0" role="region" aria-label="Suites" {
                table {
                    thead { tr { th scope="col" { "Suite" } th.figure scope="col" { "Tasks" } th scope="col" { "Digest" } } }
                    tbody {
                        @for (name, suite) in &state.suites.0 {
                            tr {
                                td { a href={ "/suites/" (percent_encoded(name)) } { (name) } }
                                td.figure { (suite.tasks.len()) }
                                td { code title=(suite.digest) { (suite.digest.get(..16).unwrap_or(&suite.digest)) } }
                            }
                        }
                    }
                }
            }
        }
    };
    Page { title: "Suites", place: Place::Suites, viewer: &viewer }.around(content)
}

pub(super) async fn show(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(name): Path<String>,
    Query(Paging { page }): Query<Paging>,
) -> Result<Response, PageError> {
    let suite = state.suites.0.get(&name);
    let suite = suite.ok_or_else(|| ApiError::NotFound { what: "suite", name: name.clone() })?;
    let pages = suite.tasks.len().div_ceil(PAGE_TASKS).max(1);
    let page = page.clamp(1, pages);
    let shown = suite.tasks.iter().skip((page - 1) * PAGE_TASKS).take(PAGE_TASKS);
    let address = format!("/suites/{}", percent_encoded(&name));
    let content = html! {
        nav.trail aria-label="Where this is" { a href="/suites" { "Suites" } }
        h1 { (name) }
        p { (counted(suite.tasks.len(), "task")) ". Choose one to score a program for it." }
        div.wide tabindex="0" role="region" aria-label="Tasks" {
            table {
                thead {
                    tr { th scope="col" { "Task" } th scope="col" { "Language" } th.figure scope="col" { "Tests" } th scope="col" { "Asks for" } }
                }
                tbody {
                    @for ready in shown {
                        @let task = &ready.task;
                        tr {
                            td { a href=(address_of(&name, task)) { code { (task.id) } } }
                            td { (language(task.language)) }
                            td.figure { (task.tests.len()) }
                            td.gist { (gist(task)) }
                        }
                    }
                }
            }
        }
        @if pages > 1 {
            nav.pages aria-label="Pages of the list" {
                @if page > 1 { a href={ (address) "?page=" (page - 1) } rel="prev" { "← Before" } }
                span { "Page " (page) " of " (pages) }
                @if page < pages { a href={ (address) "?page=" (page + 1) } rel="next" { "After →" } }
            }
        }
    };
    Ok(Page { title: &name, place: Place::Suites, viewer: &viewer }.around(content))
}

/// The form at `/`, filled in with a task.
fn address_of(suite: &str, task: &Task) -> String {
    format!("/?by=suite&suite={}&task={}", percent_encoded(suite), percent_encoded(&task.id.0))
}

pub(super) fn language(language: Language) -> &'static str {
    match language {
        Language::Python => "Python",
        Language::Sql => "SQL",
    }
}

/// The first line of a prompt that has a word.
fn gist(task: &Task) -> &str {
    let line = task.prompt.lines().find(|line| line.chars().any(char::is_alphabetic)).unwrap_or_default().trim();
    line.char_indices().nth(120).map_or(line, |(end, _)| &line[..end])
}

/// A text as a part of an address.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_addresses() {
        assert_eq!(percent_encoded("HumanEval/0 ä&?"), "HumanEval%2F0%20%C3%A4%26%3F");
    }
}
