//! Every other number: all quantiles of all times, and how replies ended.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::amounts::{NOTHING, count, decimal, percent, short};
use super::series::sign;
use crate::summary::{Estimate, ModelSummary, Speed, Spread};

pub(super) fn details(models: &[ModelSummary]) -> Markup {
    html! {
        @if !models.is_empty() {
            section aria-labelledby="details" {
                h2 #details { "Every number" }
                details {
                    summary { "Times" }
                    div.wide tabindex="0" role="region" aria-labelledby="details" { (times(models)) }
                }
                details {
                    summary { "Quality and replies" }
                    div.wide tabindex="0" role="region" aria-labelledby="details" { (numbers(models)) }
                }
            }
        }
    }
}

/// A time of requests, by its name.
type Time = (&'static str, fn(&Speed) -> Option<Spread>);

const TIMES: [Time; 7] = [
    ("TTFT", |speed| speed.ttft_ms),
    ("TTFO", |speed| speed.ttfo_ms),
    ("TPOT", |speed| speed.tpot_ms),
    ("TPOT by the server", |speed| speed.server_tpot_ms),
    ("ICL", |speed| speed.icl_ms),
    ("E2EL", |speed| speed.e2el_ms),
    ("Queue", |speed| speed.queue_ms),
];

/// A quantile or the like, by its name.
type Figure = (&'static str, fn(&Spread) -> f64);

const FIGURES: [Figure; 6] = [
    ("mean", |spread| spread.mean),
    ("p50", |spread| spread.p50),
    ("p90", |spread| spread.p90),
    ("p95", |spread| spread.p95),
    ("p99", |spread| spread.p99),
    ("max", |spread| spread.max),
];

fn times(models: &[ModelSummary]) -> Markup {
    let spreads = TIMES.iter().flat_map(|(name, spread)| {
        models
            .iter()
            .zip(0..)
            .filter_map(move |(model, place)| Some((*name, place, model, spread(model.speed.as_ref()?)?)))
    });
    html! {
        table {
            caption {
                div {
                    "In milliseconds. TTFT: to the first token; TTFO: to the first of the answer; TPOT: per token behind the first; "
                    "ICL: from chunk to chunk; E2EL: to the last token; Queue: waited on the client's side."
                }
            }
            thead {
                tr {
                    th scope="col" { "Time" }
                    th scope="col" { "Model" }
                    th.figure scope="col" { "n" }
                    @for (name, _) in FIGURES { th.figure scope="col" { (name) } }
                }
            }
            tbody {
                @for (name, place, model, spread) in spreads {
                    tr {
                        th scope="row" { (name) }
                        td { (sign(place)) " " code { (model.name) } }
                        td.figure { (count(spread.count as u64)) }
                        @for (_, figure) in FIGURES { td.figure { (short(figure(&spread))) } }
                    }
                }
            }
        }
    }
}

/// One row of the table of numbers: a name, and what stands there for each model.
type Row = (String, Vec<Option<String>>);

fn numbers(models: &[ModelSummary]) -> Markup {
    let rows = [quality(models), speed(models), replies(models)].concat();
    html! {
        table.compact {
            caption { div { "In parentheses, 95 % intervals and how many tasks or samples they rest on." } }
            thead {
                tr {
                    td {}
                    @for (model, place) in models.iter().zip(0..) { th scope="col" { (sign(place)) " " code { (model.name) } } }
                }
            }
            tbody {
                @for (name, values) in rows.iter().filter(|(_, values)| values.iter().any(Option::is_some)) {
                    tr {
                        th scope="row" { (name) }
                        @for value in values { td { @match value { Some(value) => (value), None => span.muted { (NOTHING) } } } }
                    }
                }
            }
        }
    }
}

fn row(models: &[ModelSummary], name: impl Into<String>, value: impl Fn(&ModelSummary) -> Option<String>) -> Row {
    (name.into(), models.iter().map(value).collect())
}

/// One row for each key that a model has.
fn by_key<'a, T: 'a>(
    models: &'a [ModelSummary],
    name: &str,
    map: fn(&ModelSummary) -> &BTreeMap<String, T>,
    shown: fn(&T) -> String,
) -> Vec<Row> {
    let keys: BTreeSet<&str> = models.iter().flat_map(|model| map(model).keys()).map(String::as_str).collect();
    keys.into_iter().map(|key| row(models, format!("{name}{key}"), |model| map(model).get(key).map(shown))).collect()
}

fn quality(models: &[ModelSummary]) -> Vec<Row> {
    let several = |name: &str, map: fn(&ModelSummary) -> &BTreeMap<u32, Estimate>| -> Vec<Row> {
        let all: BTreeSet<u32> = models.iter().flat_map(|model| map(model).keys().copied()).collect();
        let of = |k: u32| {
            row(models, format!("{name}{k}, %"), |model| map(model).get(&k).map(|share| with_interval(share, percent)))
        };
        all.into_iter().map(of).collect()
    };
    let mut rows = several("pass@", |model| &model.quality.pass_at_k);
    rows.extend(several("pass^", |model| &model.quality.pass_hat_k));
    rows.extend([
        row(models, "Samples asked for", |model| Some(count(model.asked as u64))),
        row(models, "Samples with a verdict", |model| Some(count(model.graded as u64))),
        row(models, "Samples that passed", |model| Some(count(model.passed as u64))),
        row(models, "Faults of our own host", |model| (model.faults > 0).then(|| count(model.faults as u64))),
        row(models, "Tasks that pass and fail", |model| Some(count(model.quality.flips as u64))),
        row(models, "Samples of a task that agree", |model| {
            model.quality.agreement.map(|share| format!("{} %", percent(share)))
        }),
        row(models, "Fuel, times the least", |model| {
            model.quality.fuel_ratio.as_ref().map(|ratio| with_interval(ratio, short))
        }),
    ]);
    rows.extend(by_key(
        models,
        "pass@1, %: ",
        |model| &model.quality.by_category,
        |share| with_interval(share, percent),
    ));
    rows.extend(by_key(
        models,
        "pass@1, %, in ",
        |model| &model.quality.by_language,
        |share| with_interval(share, percent),
    ));
    rows.extend(by_key(
        models,
        "Findings per 100, severity ",
        |model| &model.quality.findings_by_severity,
        |number| with_interval(number, decimal),
    ));
    rows
}

fn speed(models: &[ModelSummary]) -> Vec<Row> {
    let of = |name: &str, value: fn(&Speed) -> Option<f64>| {
        row(models, name, move |model| model.speed.as_ref().and_then(value).map(short))
    };
    vec![
        of("Span of the requests, s", |speed| Some(speed.span_s)),
        of("Replies a second", |speed| Some(speed.requests_per_s)),
        of("Tokens of prompts and replies a second", |speed| speed.total_tokens_per_s),
        of("Loading the model, ms", |speed| speed.load_ms),
        of("TTFT of the warm-up, ms", |speed| speed.warm_up_ttft_ms),
    ]
}

fn replies(models: &[ModelSummary]) -> Vec<Row> {
    vec![
        row(models, "Tokens of prompts", |model| Some(count(model.endings.prompt_tokens))),
        row(models, "Tokens of replies", |model| Some(count(model.endings.completion_tokens))),
        row(models, "Tokens of reasoning", |model| model.endings.reasoning_tokens.map(count)),
        row(models, "Tokens of a reply, mean", |model| model.endings.completion_tokens_mean.map(short)),
        row(models, "Replies kept from before", |model| {
            (model.endings.kept > 0).then(|| count(model.endings.kept as u64))
        }),
        row(models, "Outcomes", |model| listed(&model.endings.outcomes, String::clone)),
        row(models, "Programs found by", |model| listed(&model.endings.extraction, String::clone)),
        row(models, "Failed requests", |model| listed(&model.endings.failures, |kind| kind.name().to_owned())),
        row(models, "Attempts given up", |model| listed(&model.endings.retries, |kind| kind.name().to_owned())),
        row(models, "Doubts about the server's word", |model| listed(&model.endings.doubts, String::clone)),
        row(models, "Requests in time, %", |model| {
            model.goodput.as_ref().map(|good| with_interval(&good.in_time, percent))
        }),
        row(models, "Objectives", |model| model.goodput.as_ref().map(|good| good.objectives.clone())),
        row(models, "Price per GPU and hour", |model| model.cost.map(|cost| short(cost.gpu_hour))),
        row(models, "GPUs", |model| model.cost.map(|cost| short(cost.gpus))),
    ]
}

/// `61.5 (54.1 to 68.2)`.
fn with_interval(estimate: &Estimate, shown: fn(f64) -> String) -> String {
    let Estimate { value, low, high, count } = *estimate;
    format!("{} ({} to {}; n = {count})", shown(value), shown(low), shown(high))
}

/// `failed 12, passed 30`; nothing for nothing.
fn listed<K>(counts: &BTreeMap<K, usize>, name: fn(&K) -> String) -> Option<String> {
    let words: Vec<String> =
        counts.iter().map(|(key, number)| format!("{} {}", name(key), count(*number as u64))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
