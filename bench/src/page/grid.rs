//! Every task with what each model's samples of it came to, and the form that picks tasks.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::series::sign;
use crate::marks::is_flip;
use crate::summary::{Mark, Summary, TaskRow};

pub(super) fn grid(summary: &Summary) -> Markup {
    html! {
        @if !summary.tasks.is_empty() {
            section aria-labelledby="tasks" {
                h2 #tasks { "Tasks" }
                (filter(&summary.tasks))
                div.wide tabindex="0" role="region" aria-labelledby="tasks" {
                    table #grid {
                        caption {
                            div {
                                "One sign a sample: " (legend()) ". "
                                "Samples of a task that do not all pass or all fail are marked ⇄. "
                                span.with-script { "A sign leads to its sample." }
                            }
                        }
                        thead {
                            tr {
                                th scope="col" { "Task" }
                                th scope="col" { "Category" }
                                @for (model, place) in summary.models.iter().zip(0..) {
                                    th scope="col" { (sign(place)) " " code { (model.name) } }
                                }
                            }
                        }
                        tbody { @for task in &summary.tasks { (row(task, summary)) } }
                    }
                }
                noscript { p.hint { "The samples themselves are shown by the page's script." } }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        @for (place, kind) in Kind::ALL.into_iter().enumerate() {
            @if place > 0 { ", " }
            span class=(kind.class()) { (kind.sign()) } " " (kind.words())
        }
    }
}

/// What a sample came to, as far as the grid tells it by sign and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Failed,
    CutOff,
    NoCode,
    NoVerdict,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Passed, Kind::Failed, Kind::CutOff, Kind::NoCode, Kind::NoVerdict];

    fn of(mark: &Mark) -> Kind {
        match mark.outcome.as_str() {
            _ if mark.passed => Kind::Passed,
            _ if !mark.is_judged() => Kind::NoVerdict,
            "truncated" => Kind::CutOff,
            "no_code" => Kind::NoCode,
            _ => Kind::Failed,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Kind::Passed => "✓",
            Kind::Failed => "✗",
            Kind::CutOff => "…",
            Kind::NoCode => "∅",
            Kind::NoVerdict => "!",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Kind::Passed => "passed",
            Kind::Failed => "failed",
            Kind::CutOff => "cut off",
            Kind::NoCode => "no code",
            Kind::NoVerdict => "no verdict: the request or our own host failed, or something is missing here",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Kind::Passed => "good",
            Kind::Failed => "bad",
            Kind::CutOff | Kind::NoCode => "warn",
            Kind::NoVerdict => "ours",
        }
    }
}

fn filter(tasks: &[TaskRow]) -> Markup {
    let categories: BTreeSet<&str> = tasks.iter().filter_map(|task| task.category.as_deref()).collect();
    let marks = tasks.iter().flat_map(|task| &task.samples).flatten();
    let outcomes: BTreeSet<&str> = marks.map(|mark| mark.outcome.as_str()).collect();
    html! {
        form.filter.with-script #filter {
            label { "Task " input type="search" name="q" autocomplete="off" spellcheck="false"; }
            label { "Category " (choice("category", &categories)) }
            label { "Outcome " (choice("outcome", &outcomes)) }
            label {
                "Show "
                select name="only" {
                    option value="" { "all tasks" }
                    option value="flips" { "only flips" }
                    option value="differences" { "only differences" }
                }
            }
            button.plain type="reset" { "Clear" }
            output #shown { (tasks.len()) " of " (tasks.len()) " tasks" }
        }
    }
}

fn choice(name: &str, values: &BTreeSet<&str>) -> Markup {
    html! {
        select name=(name) {
            option value="" { "any" }
            @for value in values { option value=(value) { (value) } }
        }
    }
}

fn row(task: &TaskRow, summary: &Summary) -> Markup {
    let outcomes: BTreeSet<&str> = task.samples.iter().flatten().map(|mark| mark.outcome.as_str()).collect();
    let outcomes = outcomes.into_iter().collect::<Vec<_>>().join(" ");
    let flips = task.samples.iter().any(|marks| is_flip(marks));
    html! {
        tr data-category=[task.category.as_deref()] data-outcomes=(outcomes) data-flips[flips] data-differences[task.is_different()] {
            th scope="row" { code { (task.id) } }
            td { @match &task.category { Some(category) => (category), None => span.muted { "–" } } }
            @for (model, marks) in summary.models.iter().zip(&task.samples) {
                td.marks {
                    @for mark in marks { (sample(task, &model.name, mark)) }
                    @if marks.is_empty() { span.muted { "–" } }
                    @if is_flip(marks) { span.flip title="passes and fails" { "⇄" } }
                }
            }
        }
    }
}

fn sample(task: &TaskRow, model: &str, mark: &Mark) -> Markup {
    let kind = Kind::of(mark);
    let address = format!("#{}", fragment(&[("task", &task.id.0), ("model", model), ("sample", &mark.sample_id)]));
    let words = format!("sample {}: {}", mark.sample_id, mark.outcome);
    html! { a class=(kind.class()) href=(address) title=(words) aria-label=(words) { (kind.sign()) } }
}

/// The part of an address behind the `#`, as `URLSearchParams` of the script reads it.
fn fragment(pairs: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte);
        text.bytes().fold(String::new(), |mut out, byte| {
            if is_plain(byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_keep_what_separates_them_out_of_values() {
        assert_eq!(
            fragment(&[("task", "a/b c&d=#"), ("model", "gguf:ü+%")]),
            "task=a/b%20c%26d%3D%23&model=gguf:%C3%BC%2B%25"
        );
    }
}
