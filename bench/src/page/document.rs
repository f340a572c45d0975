//! The document around everything: its policy, style and script, and the order of its sections.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use sha2::{Digest, Sha256};

use super::amounts::counted;
use super::{details, facts, grid, leaderboard, pairs, plots, samples, series};
use crate::read::Run;
use crate::summary::Summary;

pub(super) const STYLE: &str = include_str!("assets/page.css");

/// One script of two files: what is picked and sorted, and one sample.
pub(super) const SCRIPT: &str = concat!(include_str!("assets/page.js"), include_str!("assets/sample.js"));

/// The report as one HTML file that asks nothing of any other place.
#[must_use]
pub fn html(summary: &Summary, runs: &[Run]) -> String {
    let title = format!(
        "{}: {}, {}",
        summary.suite.name,
        counted(summary.models.len(), "model"),
        counted(summary.tasks.len(), "task")
    );
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) " · Proofhouse" }
                // Without one, browsers ask the page's server for it.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(series::style())) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    span.brand { "Proofhouse" }
                    (jumps(summary))
                    button.plain.with-script #theme type="button" { "Dark" }
                }
                main #content tabindex="-1" {
                    h1 { (title) }
                    @if summary.models.is_empty() { p.empty { "There are no samples yet." } }
                    @if !summary.models.is_empty() { (leaderboard::leaderboard(&summary.models)) }
                    (pairs::pairs(summary))
                    (facts::facts(summary))
                    (plots::plots(summary, runs))
                    (grid::grid(summary))
                    (details::details(&summary.models))
                }
                dialog #sample aria-labelledby="sample-task" {}
                (embedded(summary, runs))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// Style and this one script; no other thing, and nothing from elsewhere. Plots are part of the document.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

fn jumps(summary: &Summary) -> Markup {
    let places = [
        ("leaderboard", "Leaderboard", !summary.models.is_empty()),
        ("pairs", "Which is better", !summary.pairs.is_empty()),
        ("what", "What was run", true),
        ("plots", "Plots", !summary.models.is_empty()),
        ("tasks", "Tasks", !summary.tasks.is_empty()),
        ("details", "Every number", !summary.models.is_empty()),
    ];
    markup! {
        nav aria-label="On this page" {
            ul { @for (id, name, _) in places.iter().filter(|(_, _, there)| *there) { li { a href={ "#" (id) } { (name) } } } }
        }
    }
}

fn embedded(summary: &Summary, runs: &[Run]) -> Markup {
    match samples::samples(summary, runs) {
        Ok(json) => markup! { script #samples type="application/json" { (PreEscaped(json)) } },
        Err(error) => markup! { p { "The samples could not be written: " (error) } },
    }
}
