//! The report for a terminal: the whole of a summary in about thirty lines of plain text.

use std::fmt::Write as _;

use crate::summary::{Estimate, ModelSummary, Spread, Summary};

/// Lines of each list that are shown; the rest is counted. With them the report of some models fits on a screen.
const SHOWN: usize = 8;

/// Categories that are shown as columns: more don't fit beside the models' names.
const CATEGORIES_SHOWN: usize = 6;

/// Columns of sentences: what is read easily, and fits beside the tables.
const WIDTH: usize = 110;

/// A name that is longer is cut in its middle: its end tells models apart as often as its beginning.
const NAME_WIDTH: usize = 36;

/// The report as text.
#[must_use]
pub fn text(summary: &Summary) -> String {
    let mut out = String::new();
    let tasks = counted(summary.tasks.len(), "task");
    let _ = writeln!(out, "{}: {tasks}, {}", summary.suite.title(), counted(summary.models.len(), "model"));
    for run in summary.runs.iter().take(SHOWN) {
        let _ = writeln!(out, "{}: {}", run.folder, run.asked);
    }
    rest(&mut out, summary.runs.len());
    table(&mut out, "", &quality_columns(summary), &summary.models);
    table(&mut out, "", &code_columns(), &summary.models);
    table(&mut out, "", &speed_columns(), &summary.models);
    table(&mut out, "pass@1 by category", &category_columns(summary), &summary.models);
    list(
        &mut out,
        "between two models",
        summary.pairs.iter().map(|pair| {
            if pair.is_shown {
                pair.verdict.clone()
            } else {
                format!("{} and {}: {}", pair.better, pair.other, pair.verdict)
            }
        }),
    );
    list(&mut out, "requests that failed", failures(summary));
    list(&mut out, "before comparing", summary.notes.iter().cloned());
    out
}

/// A column: its name, and what it has for a model.
struct Column<'s> {
    name: String,
    cell: Box<dyn Fn(&ModelSummary) -> String + 's>,
}

fn column<'s>(name: impl Into<String>, cell: impl Fn(&ModelSummary) -> String + 's) -> Column<'s> {
    Column { name: name.into(), cell: Box::new(cell) }
}

fn quality_columns(summary: &Summary) -> Vec<Column<'_>> {
    let largest = summary.models.iter().filter_map(|model| model.quality.pass_hat_k.keys().max()).max().copied();
    let at_largest = summary.models.iter().filter_map(|model| model.quality.pass_at_k.keys().max()).max().copied();
    let pass_at_1 = |model: &ModelSummary| model.quality.pass_at_k.get(&1).copied();
    let mut columns = vec![
        column("pass@1", move |model| percent(pass_at_1(model))),
        column("95 %", move |model| {
            pass_at_1(model).map_or_else(String::new, |at| format!("{:.1} to {:.1}", 100.0 * at.low, 100.0 * at.high))
        }),
    ];
    columns.extend(
        at_largest
            .filter(|k| *k > 1)
            .map(|k| column(format!("pass@{k}"), move |model| percent(model.quality.pass_at_k.get(&k).copied()))),
    );
    columns.extend(
        largest.map(|k| column(format!("pass^{k}"), move |model| percent(model.quality.pass_hat_k.get(&k).copied()))),
    );
    columns.extend([
        column("score", |model| plain(model.quality.score.map(|score| score.value))),
        column("truncated", |model| percent(model.endings.truncated)),
        column("failed", |model| percent(model.endings.failed)),
        column("samples", |model| model.samples.to_string()),
    ]);
    columns
}

fn code_columns() -> Vec<Column<'static>> {
    vec![
        column("parses", |model| percent(model.quality.syntax)),
        column("features", |model| percent(model.quality.features)),
        column("efficient", |model| percent(model.quality.efficiency)),
        column("fuel", |model| model.quality.fuel_ratio.map_or_else(String::new, |fuel| format!("{:.2}x", fuel.value))),
        column("findings/100", |model| plain(model.quality.findings_per_100.map(|found| found.value))),
        column("hallucinated/100", |model| plain(model.quality.hallucinated_per_100.map(|found| found.value))),
    ]
}

fn speed_columns() -> Vec<Column<'static>> {
    let of = |spread: Option<Spread>, value: fn(&Spread) -> f64| time(spread.as_ref().map(value));
    vec![
        column("TTFT p50", move |model| of(model.speed.as_ref().and_then(|speed| speed.ttft_ms), |spread| spread.p50)),
        column("TPOT p50", move |model| of(model.speed.as_ref().and_then(|speed| speed.tpot_ms), |spread| spread.p50)),
        column("E2EL p95", move |model| of(model.speed.as_ref().and_then(|speed| speed.e2el_ms), |spread| spread.p95)),
        column("tok/s", |model| plain(model.speed.as_ref().and_then(|speed| speed.output_tokens_per_s))),
        column("load", |model| time(model.speed.as_ref().and_then(|speed| speed.load_ms))),
        column("goodput/s", |model| {
            model.goodput.as_ref().map_or_else(String::new, |goodput| format!("{:.3}", goodput.requests_per_s))
        }),
        column("good", |model| percent(model.goodput.as_ref().map(|goodput| goodput.share))),
        column("cost/1k tok", |model| money(model.cost.and_then(|cost| cost.per_1k_output_tokens))),
        column("cost/accepted", |model| money(model.cost.and_then(|cost| cost.per_accepted))),
    ]
}

/// Nothing where all tasks are of one category.
fn category_columns(summary: &Summary) -> Vec<Column<'_>> {
    let mut names: Vec<&String> = summary.models.iter().flat_map(|model| model.quality.by_category.keys()).collect();
    names.sort();
    names.dedup();
    if names.len() < 2 {
        return Vec::new();
    }
    let of = |name: &'_ String| {
        let name = name.clone();
        column(shortened(&name, 14), move |model| percent(model.quality.by_category.get(&name).copied()))
    };
    names.into_iter().take(CATEGORIES_SHOWN).map(of).collect()
}

fn failures(summary: &Summary) -> impl Iterator<Item = String> + '_ {
    summary.models.iter().filter(|model| !model.endings.failures.is_empty()).map(|model| {
        let kinds = model.endings.failures.iter().map(|(kind, count)| format!("{count} {}", kind.name()));
        format!("{}: {}", model.name, kinds.collect::<Vec<_>>().join(", "))
    })
}

/// One line a model, without the columns that are empty for all of them.
fn table(out: &mut String, title: &str, columns: &[Column<'_>], models: &[ModelSummary]) {
    let shown = &models[..models.len().min(SHOWN)];
    let mut texts: Vec<Vec<String>> = vec![
        std::iter::once(title.to_owned()).chain(shown.iter().map(|model| shortened(&model.name, NAME_WIDTH))).collect(),
    ];
    for Column { name, cell } in columns {
        let cells: Vec<String> = shown.iter().map(cell).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            texts.push(std::iter::once(name.clone()).chain(cells).collect());
        }
    }
    if texts.len() < 2 {
        return;
    }
    out.push('\n');
    let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = texts.iter().map(width).collect();
    for line in 0..=shown.len() {
        let mut text = format!("{:<1$}", texts[0][line], widths[0]);
        for (column, width) in texts.iter().zip(&widths).skip(1) {
            let _ = write!(text, "  {:>1$}", column[line], width);
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
    rest(out, models.len());
}

fn list(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    let wrapping = textwrap::Options::new(WIDTH).initial_indent("  ").subsequent_indent("    ").break_words(false);
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(out, "{}", textwrap::fill(line, &wrapping));
    }
    rest(out, lines.len());
}

fn rest(out: &mut String, all: usize) {
    if all > SHOWN {
        let _ = writeln!(out, "  … and {} more", all - SHOWN);
    }
}

fn counted(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

fn shortened(name: &str, width: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= width {
        return name.to_owned();
    }
    let (front, back) = (width / 2, width - width / 2 - 1);
    let of = |range: &[char]| range.iter().collect::<String>();
    format!("{}…{}", of(&characters[..front]), of(&characters[characters.len() - back..]))
}

fn percent(share: Option<Estimate>) -> String {
    share.map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share.value))
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.1}"))
}

/// Money has no unit here: it is that of the price.
fn money(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.5}"))
}

fn time(ms: Option<f64>) -> String {
    match ms {
        None => String::new(),
        Some(ms) if ms >= 1000.0 => format!("{:.2} s", ms / 1000.0),
        Some(ms) => format!("{ms:.1} ms"),
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, Outcome};

    use super::*;
    use crate::example::{config, failed, row, run, timed};
    use crate::metrics::Price;
    use crate::row::SampleRow;
    use crate::summarise::{SummaryOptions, summarise};

    /// Two models over ten tasks, twice: one solves all but the last, the other every third once.
    fn summary() -> Summary {
        let names: Vec<String> = (0..10).map(|task| format!("t{task}")).collect();
        let tasks: Vec<(&str, &str)> =
            names.iter().enumerate().map(|(index, name)| (name.as_str(), ["lists", "text"][index % 2])).collect();
        let outcome = |passed| if passed { Outcome::Passed } else { Outcome::Failed };
        let mut rows: Vec<SampleRow> = Vec::new();
        for (index, (task, _)) in tasks.iter().enumerate() {
            for sample in 0..2 {
                let sent = 1000 * (2 * index + sample) as u64;
                rows.push(timed(row("ollama:good", task, sample, outcome(index < 9)), sent, 100.0, 900.0));
                let weak = row("llamacpp:weak", task, sample, outcome(index % 3 == 0 && sample == 0));
                rows.push(timed(weak, 60_000 + sent, 250.5, 1990.0));
            }
        }
        let last = rows.pop().unwrap();
        rows.push(failed(last, FailureKind::IdleTimeout));
        let options = SummaryOptions {
            objectives: Some("ttft=200ms".parse().unwrap()),
            price: Some(Price { gpu_hour: 2.0, gpus: 1.0 }),
        };
        summarise(&[run("runs/one", config(&["llamacpp:weak", "ollama:good"], &tasks, 2), rows)], &options)
    }

    const REPORT: &str = "\
own: 10 tasks, 2 models
runs/one: chat, temperature 0, at most 512 tokens, 2 samples a task, one at a time

               pass@1          95 %  pass@2  pass^2  score  truncated  failed  samples
ollama:good    90.0 %  59.6 to 98.2  90.0 %  90.0 %   92.0      0.0 %   0.0 %       20
llamacpp:weak  25.0 %   9.1 to 52.7  33.3 %   0.0 %   36.8      0.0 %   5.0 %       20

                parses  features   fuel  findings/100  hallucinated/100
ollama:good    100.0 %    90.0 %  1.00x           0.0               0.0
llamacpp:weak  100.0 %    21.1 %  1.00x           0.0               0.0

               TTFT p50  TPOT p50  E2EL p95  tok/s  goodput/s    good  cost/1k tok  cost/accepted
ollama:good    100.0 ms   80.0 ms  900.0 ms   11.1      0.905  90.0 %      0.05025        0.00061
llamacpp:weak  250.5 ms  173.9 ms    1.99 s   10.0      0.000   0.0 %      0.05579        0.00292

pass@1 by category    lists    text
ollama:good         100.0 %  80.0 %
llamacpp:weak        20.0 %  30.0 %

between two models
  ollama:good is better than llamacpp:weak by 65 points (95 %: 11 to 88, p = 0.027)

requests that failed
  llamacpp:weak: 1 idle_timeout

before comparing
  1 sample of `llamacpp:weak` in no score: the request failed
";

    #[test]
    fn the_report_says_it_all_on_one_screen() {
        let text = text(&summary());
        assert_eq!(text, REPORT, "\n{text}");
    }

    #[test]
    fn long_lists_and_names_are_cut() {
        let names: Vec<String> = (0..12).map(|model| format!("openai:{}-{model}", "long-".repeat(12))).collect();
        let models: Vec<&str> = names.iter().map(String::as_str).collect();
        let rows = models.iter().map(|model| row(model, "a", 0, Outcome::Passed)).collect();
        let text = text(&summarise(&[run("r", config(&models, &[("a", "x")], 1), rows)], &SummaryOptions::default()));
        assert!(text.contains("\nopenai:long-long-l…long-long-long--0 "), "{text}");
        assert!(text.contains("… and 4 more") && text.contains("… and 58 more"), "{text}");
        assert!(text.lines().count() < 60, "{text}");
    }
}
