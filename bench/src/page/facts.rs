//! What was run: the suite, the runs with their machines, the models, and what a reader should know before comparing.

use maud::{Markup, html};
use proofhouse_types::ModelFacts;

use super::amounts::{bytes, count, counted, moment, short};
use super::prose::prose;
use super::series::sign;
use crate::summary::{Hardware, ModelSummary, RunFacts, Summary};

/// Hex digits of a digest that tell suites and models apart for a reader.
const DIGEST_SHOWN: usize = 16;

pub(super) fn facts(summary: &Summary) -> Markup {
    let suite = &summary.suite;
    html! {
        @if !summary.notes.is_empty() {
            section.notes aria-labelledby="notes" {
                h2 #notes { "Before comparing" }
                ul { @for note in &summary.notes { li { (prose(note)) } } }
            }
        }
        section aria-labelledby="what" {
            h2 #what { "What was run" }
            dl.facts {
                dt { "Suite" }
                dd { (suite.title()) ", " (counted(suite.tasks, "task")) span.hint { ", digest " code { (start(&suite.digest)) } } }
                @for (run, number) in summary.runs.iter().zip(1..) {
                    dt { @if summary.runs.len() > 1 { "Run " (number) } @else { "Run" } }
                    dd { (of_run(run)) }
                }
            }
            @if !summary.models.is_empty() {
                div.wide tabindex="0" role="region" aria-labelledby="what" { (models(summary)) }
            }
        }
    }
}

fn of_run(run: &RunFacts) -> Markup {
    html! {
        code { (run.folder) }
        @if let Some(begun) = run.started_unix_ms.and_then(moment) { ", begun " (begun) }
        @if !run.asked.is_empty() { br; (run.asked) }
        @if let Some(machine) = machine(&run.hardware) { br; (machine) }
        @if let Some(versions) = &run.versions {
            br;
            span.hint {
                "Proofhouse " (versions.proofhouse) ", " (versions.guest) ", extractor " (versions.extractor)
            }
        }
    }
}

/// The machine in words; nothing where nothing is known of it.
fn machine(hardware: &Hardware) -> Option<String> {
    let Hardware { cpu, cores, memory_bytes, gpus, system } = hardware;
    let mut words = Vec::new();
    words.extend((!cpu.is_empty()).then(|| cpu.clone()));
    words.extend((*cores > 0).then(|| counted(*cores, "core")));
    words.extend((*memory_bytes > 0).then(|| format!("{} of memory", bytes(*memory_bytes))));
    words.extend(gpus.iter().cloned());
    words.extend((!system.is_empty()).then(|| system.clone()));
    (!words.is_empty()).then(|| words.join(", "))
}

/// One row of the table of models.
type Row = (&'static str, fn(&ModelSummary) -> Option<String>);

const ROWS: [Row; 10] = [
    ("Name at the server", |model| model.facts.name.clone()),
    ("Server", |model| model.facts.server.clone()),
    ("Architecture", |model| model.facts.architecture.clone()),
    ("Parameters", |model| model.facts.parameters.map(parameters)),
    ("Quantization", |model| model.facts.quantization.clone()),
    ("File", |model| model.facts.size_bytes.map(bytes)),
    ("Context, tokens", |model| model.facts.context_tokens.map(count)),
    ("Requests at a time", |model| model.facts.parallel.map(count)),
    ("Weights", |model| model.facts.digest.as_deref().map(start).map(str::to_owned)),
    ("Chat template", |model| model.facts.template_sha256.as_deref().map(start).map(str::to_owned)),
];

fn models(summary: &Summary) -> Markup {
    let knows_any = summary.models.iter().any(|model| model.facts != ModelFacts::default());
    html! {
        @if knows_any {
            table.compact {
                caption { div { "What the servers say of the models" } }
                thead {
                    tr {
                        td {}
                        @for (model, place) in summary.models.iter().zip(0..) {
                            th scope="col" { (sign(place)) " " code { (model.name) } }
                        }
                    }
                }
                tbody {
                    @for (name, value) in ROWS {
                        @if summary.models.iter().any(|model| value(model).is_some()) {
                            tr {
                                th scope="row" { (name) }
                                @for model in &summary.models {
                                    td { @match value(model) { Some(value) => (value), None => span.muted { "–" } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `7.62 billion`.
fn parameters(number: u64) -> String {
    let units = [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")];
    let size = number as f64;
    match units.into_iter().find(|(unit, _)| size >= *unit) {
        Some((unit, word)) => format!("{} {word}", short(size / unit)),
        None => count(number),
    }
}

fn start(digest: &str) -> &str {
    digest.get(..DIGEST_SHOWN).unwrap_or(digest)
}
