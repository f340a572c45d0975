//! `/rules`: what programs are checked for.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use proofhouse::{Analyser, Grammar, rule_page, rules, schema};

use super::layout::{Page, Place};
use super::missing::PageError;
use super::prose::{inline, prose};
use super::viewer::Viewer;
use crate::error::ApiError;

/// Every rule, by id. They are data that the program carries: nothing submitted comes near this analyser.
static RULES: LazyLock<Vec<schema::Rule>> = LazyLock::new(|| rules(&Analyser::new()));

/// A link to the page of a rule, where it has one: names that don't exist are found without.
pub(super) fn rule_link(id: &str) -> Markup {
    html! {
        @if RULES.iter().any(|rule| rule.id == id) { a href={ "/rules/" (id) } { code { (id) } } } @else { code { (id) } }
    }
}

pub(super) async fn list(viewer: Viewer) -> Response {
    let by_language = RULES.chunk_by(|one, other| language_of(one) == language_of(other));
    let groups: Vec<(&str, &[schema::Rule])> = by_language.map(|group| (language_of(&group[0]), group)).collect();
    let content = html! {
        h1 { "Rules" }
        p { "What programs are checked for, " (RULES.len()) " rules in all, by the language that they read." }
        nav.jumps aria-label="Languages" {
            ul { @for (language, group) in &groups { li { a href={ "#" (language) } { (name_of(language)) } " " span.hint { (group.len()) } } } }
        }
        @for (language, group) in &groups {
            section aria-labelledby=(language) {
                h2 id=(language) { (name_of(language)) }
                div.wide tabindex="0" role="region" aria-labelledby=(language) {
                    table {
                        thead { tr { th scope="col" { "Rule" } th scope="col" { "Severity" } th scope="col" { "Finds" } } }
                        tbody {
                            @for rule in *group {
                                tr {
                                    td { a href={ "/rules/" (rule.id) } { code { (short_name(&rule.id)) } } }
                                    td { (level(rule.severity)) }
                                    td { (inline(&rule.title)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    Page { title: "Rules", place: Place::Rules, viewer: &viewer }.around(content)
}

pub(super) async fn show(
    viewer: Viewer,
    Path((language, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let id = format!("{language}/{name}");
    let rule = RULES.iter().find(|rule| rule.id == id);
    let rule = rule.ok_or(ApiError::NotFound { what: "rule", name: id })?;
    let content = html! {
        nav.trail aria-label="Where this is" { a href="/rules" { "Rules" } " / " a href={ "/rules#" (language) } { (name_of(&language)) } }
        article.text { (prose(&rule_page(rule))) }
    };
    Ok(Page { title: &rule.title, place: Place::Rules, viewer: &viewer }.around(content))
}

fn level(level: schema::Level) -> Markup {
    let (name, class) = match level {
        schema::Level::Low => ("low", "low"),
        schema::Level::Medium => ("medium", "medium"),
        schema::Level::High => ("high", "high"),
    };
    html! { span class={ "severity " (class) } { (name) } }
}

fn language_of(rule: &schema::Rule) -> &str {
    rule.id.split_once('/').map_or("", |(language, _)| language)
}

fn short_name(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, name)| name)
}

fn name_of(language: &str) -> &str {
    match language {
        "any" => "Any language",
        "ignore" => "Comments that ignore findings",
        "javascript" => "JavaScript and TypeScript",
        "csharp" => "C#",
        "cpp" => "C++",
        "php" => "PHP",
        "sql" => "SQL",
        "c" => "C",
        other => Grammar::named(other).map_or(other, |_| capitalised(other)),
    }
}

/// Names of languages that are written with a capital and else as in ids.
fn capitalised(language: &str) -> &str {
    const NAMES: [(&str, &str); 7] = [
        ("python", "Python"),
        ("bash", "Bash"),
        ("go", "Go"),
        ("java", "Java"),
        ("ruby", "Ruby"),
        ("rust", "Rust"),
        ("typescript", "TypeScript"),
    ];
    NAMES.into_iter().find(|(id, _)| *id == language).map_or(language, |(_, name)| name)
}
