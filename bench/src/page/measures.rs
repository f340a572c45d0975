//! The columns of the leaderboard: what each means, and each model's value.

use std::collections::BTreeMap;

use super::amounts::{decimal, short};
use crate::summary::{Estimate, ModelSummary, Spread};

/// What a measure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Quality,
    Speed,
    Replies,
    Cost,
}

impl Group {
    /// All of them, in the order of the columns.
    pub(super) const ALL: [Group; 4] = [Group::Quality, Group::Speed, Group::Replies, Group::Cost];

    pub(super) fn name(self) -> &'static str {
        match self {
            Group::Quality => "Quality",
            Group::Speed => "Speed",
            Group::Replies => "Replies",
            Group::Cost => "Goodput and cost",
        }
    }
}

/// Which end of a measure is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    High,
    Low,
}

/// One column: a measure with its value for each model.
#[derive(Debug)]
pub(super) struct Measure {
    /// Its name in links.
    pub key: String,
    pub name: String,
    pub unit: &'static str,
    pub group: Group,
    pub better: Better,
    /// One sentence.
    pub meaning: String,
    /// One entry a model; nothing where it was not measured.
    pub cells: Vec<Option<Cell>>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    /// What it is sorted by.
    pub value: f64,
    pub shown: String,
    /// The 95 % interval, where there is one.
    pub interval: Option<String>,
}

impl Cell {
    /// A share, in percent.
    fn share(estimate: &Estimate) -> Option<Cell> {
        Cell::estimate(&estimate.times(100.0))
    }

    fn estimate(estimate: &Estimate) -> Option<Cell> {
        let Estimate { value, low, high, count: _ } = *estimate;
        // Decimals of a wide interval tell nothing.
        let end = |end: f64| if high - low < 10.0 { decimal(end) } else { format!("{end:.0}") };
        let interval = (low.is_finite() && high.is_finite()).then(|| format!("{}–{}", end(low), end(high)));
        value.is_finite().then(|| Cell { value, shown: decimal(value), interval })
    }

    fn plain(value: f64) -> Option<Cell> {
        value.is_finite().then(|| Cell { value, shown: short(value), interval: None })
    }
}

/// The measures that at least one model has, group by group.
pub(super) fn measures(models: &[ModelSummary]) -> Vec<Measure> {
    let mut all = Columns { models, measures: Vec::new() };
    quality(&mut all);
    speed(&mut all);
    replies(&mut all);
    cost(&mut all);
    all.measures
}

struct Columns<'a> {
    models: &'a [ModelSummary],
    measures: Vec<Measure>,
}

impl Columns<'_> {
    /// Adds a column, unless it is empty.
    fn add(
        &mut self,
        (key, name, unit): (&str, &str, &'static str),
        (group, better): (Group, Better),
        meaning: &str,
        cell: impl Fn(&ModelSummary) -> Option<Cell>,
    ) {
        let cells: Vec<Option<Cell>> = self.models.iter().map(cell).collect();
        if cells.iter().any(Option::is_some) {
            let (key, name, meaning) = (key.to_owned(), name.to_owned(), meaning.to_owned());
            self.measures.push(Measure { key, name, unit, group, better, meaning, cells });
        }
    }
}

fn quality(all: &mut Columns<'_>) {
    let high = (Group::Quality, Better::High);
    let low = (Group::Quality, Better::Low);
    all.add(
        ("pass-at-1", "pass@1", "%"),
        high,
        "The share of tasks that one sample solves: it passes all tests.",
        |model| Cell::share(model.quality.pass_at_k.get(&1)?),
    );
    // The others are among the details: each k more tells little more.
    let most = |map: fn(&ModelSummary) -> &BTreeMap<u32, Estimate>| {
        all.models.iter().filter_map(|model| map(model).last_key_value()).map(|(k, _)| *k).max().filter(|k| *k > 1)
    };
    let (at, hat) = (most(|model| &model.quality.pass_at_k), most(|model| &model.quality.pass_hat_k));
    if let Some(k) = at {
        let meaning = format!("The chance that at least one of {k} samples of a task passes all of its tests.");
        all.add(("pass-at-k", &format!("pass@{k}"), "%"), high, &meaning, |model| {
            Cell::share(model.quality.pass_at_k.get(&k)?)
        });
    }
    if let Some(k) = hat {
        let meaning = format!("The chance that all of {k} samples of a task pass.");
        all.add(("pass-hat-k", &format!("pass^{k}"), "%"), high, &meaning, |model| {
            Cell::share(model.quality.pass_hat_k.get(&k)?)
        });
    }
    all.add(
        ("score", "Score", "of 100"),
        high,
        "The mean score: what tests, features and syntax weigh in the task.",
        |model| Cell::estimate(model.quality.score.as_ref()?),
    );
    all.add(("syntax", "Syntax", "%"), high, "The share of samples whose program parses.", |model| {
        Cell::share(model.quality.syntax.as_ref()?)
    });
    all.add(("features", "Features", "%"), high, "The mean share of the features that tasks ask for.", |model| {
        Cell::share(model.quality.features.as_ref()?)
    });
    all.add(("efficiency", "Efficiency", "%"), high, "The share of tests of efficiency that pass.", |model| {
        Cell::share(model.quality.efficiency.as_ref()?)
    });
    all.add(("findings", "Findings", "per 100"), low, "Security findings per 100 programs.", |model| {
        Cell::estimate(model.quality.findings_per_100.as_ref()?)
    });
    all.add(
        ("hallucinated", "Made up", "per 100"),
        low,
        "Names that don't exist, such as hallucinated APIs, per 100 programs.",
        |model| Cell::estimate(model.quality.hallucinated_per_100.as_ref()?),
    );
}

fn speed(all: &mut Columns<'_>) {
    let meaning = "Time to first token, from sending to the first piece of answer or reasoning";
    times(all, ("ttft", "TTFT", "ms"), 1.0, meaning, |model| model.speed.as_ref()?.ttft_ms);
    times(all, ("tpot", "TPOT", "ms"), 1.0, "Time per output token behind the first", |model| {
        model.speed.as_ref()?.tpot_ms
    });
    let meaning = "End-to-end latency, from sending to the last token";
    times(all, ("e2el", "E2EL", "s"), 1000.0, meaning, |model| model.speed.as_ref()?.e2el_ms);
    let meaning = "Tokens of replies a second, all requests under way together.";
    all.add(("output-rate", "Output", "tok/s"), (Group::Speed, Better::High), meaning, |model| {
        Cell::plain(model.speed.as_ref()?.output_tokens_per_s?)
    });
}

/// The columns of one time, in a unit of so many milliseconds.
fn times(
    all: &mut Columns<'_>,
    (key, name, unit): (&str, &str, &'static str),
    unit_ms: f64,
    meaning: &str,
    spread: fn(&ModelSummary) -> Option<Spread>,
) {
    let mut add = |quantile: &str, words: &str, value: fn(&Spread) -> f64| {
        let names = (&*format!("{key}-{quantile}"), &*format!("{name} {quantile}"), unit);
        all.add(names, (Group::Speed, Better::Low), &format!("{meaning}: {words}."), |model| {
            Cell::plain(value(&spread(model)?) / unit_ms)
        });
    };
    add("p50", "the median", |spread| spread.p50);
    add("p95", "which 95 % stay below", |spread| spread.p95);
}

fn replies(all: &mut Columns<'_>) {
    let low = (Group::Replies, Better::Low);
    all.add(
        ("truncated", "Truncated", "%"),
        low,
        "The share of whole replies that ran into the limit on their tokens.",
        |model| Cell::share(model.endings.truncated.as_ref()?),
    );
    all.add(("failed", "Failed", "%"), low, "The share of requests that failed. They are in no score.", |model| {
        Cell::share(model.endings.failed.as_ref()?)
    });
}

fn cost(all: &mut Columns<'_>) {
    let (high, low) = ((Group::Cost, Better::High), (Group::Cost, Better::Low));
    let meaning = "Requests a second that met all objectives with code that passed.";
    all.add(("goodput", "Goodput", "req/s"), high, meaning, |model| {
        Cell::plain(model.goodput.as_ref()?.requests_per_s)
    });
    all.add(
        ("good-share", "Good", "%"),
        high,
        "The share of all requests that met all objectives with code that passed.",
        |model| Cell::share(&model.goodput.as_ref()?.share),
    );
    all.add(
        ("per-1k", "Cost", "1k tokens"),
        low,
        "Per 1,000 tokens of replies, at the price that was given.",
        |model| Cell::plain(model.cost.as_ref()?.per_1k_output_tokens?),
    );
    all.add(
        ("per-accepted", "Cost", "solution"),
        low,
        "Per sample that passed all tests, at the price that was given.",
        |model| Cell::plain(model.cost.as_ref()?.per_accepted?),
    );
}
