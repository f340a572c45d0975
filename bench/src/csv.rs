//! One row a sample, for spreadsheets and data frames. What the columns mean is in docs/metrics.md.

use std::borrow::Cow;

use proofhouse_types::{Finish, Report};

use crate::metrics::{names_that_do_not_exist, tpot_ms};
use crate::read::Run;
use crate::row::SampleRow;
use crate::summarise::unique_names;

const COLUMNS: [&str; 40] = [
    "run",
    "model",
    "task_id",
    "sample_id",
    "category",
    "language",
    "ending",
    "passed",
    "score",
    "message",
    "failure",
    "fault",
    "finish",
    "attempts",
    "kept",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "sent_unix_ms",
    "queue_ms",
    "retry_ms",
    "ttft_ms",
    "ttfo_ms",
    "tpot_ms",
    "e2el_ms",
    "server_prompt_ms",
    "server_generation_ms",
    "syntax",
    "features_found",
    "features_of",
    "tests_passed",
    "tests_of",
    "findings_high",
    "findings_medium",
    "findings_low",
    "names_that_do_not_exist",
    "fuel",
    "extraction",
    "code_sha256",
];

/// The samples of runs as CSV (RFC 4180), in the order of their rows, with a line of names on top. What is not known
/// is empty.
#[must_use]
pub fn csv(runs: &[Run]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write = |cells: &[Cow<'_, str>]| {
        writer.write_record(cells.iter().map(AsRef::as_ref)).expect("a row as long as the others, in memory");
    };
    write(&COLUMNS.map(Cow::Borrowed));
    for (run, names) in runs.iter().zip(unique_names(runs)) {
        for row in &run.rows {
            let model = run.config.models.iter().position(|model| model.name == row.model);
            let name = model.map_or(row.model.as_str(), |model| &names[model]);
            write(&cells(run, name, row));
        }
    }
    let bytes = writer.into_inner().expect("memory takes all that is written");
    String::from_utf8(bytes).expect("what was written is text")
}

fn cells<'r>(run: &'r Run, model: &'r str, row: &'r SampleRow) -> [Cow<'r, str>; COLUMNS.len()] {
    let generation = &row.generation;
    let (usage, timing, server) = (generation.usage, &generation.timing, generation.server.unwrap_or_default());
    let task = run.config.tasks.iter().find(|task| task.id == row.task_id);
    let report = row.report.as_ref();
    let verdict = row.verdict();
    let features = verdict.and_then(|report| report.parts.features.as_ref());
    let tests = verdict.and_then(|report| report.parts.tests);
    let security = verdict.and_then(|report| report.parts.security);
    [
        text(&run.folder),
        text(model),
        text(&row.task_id.0),
        text(&row.sample_id.0),
        text(task.and_then(|task| task.category.as_deref()).unwrap_or_default()),
        text(task.map_or("", |task| &task.language)),
        text(row.ending()),
        number(verdict.map(|report| report.passed)),
        number(verdict.and_then(|report| report.score)),
        text(message(row, verdict)),
        text(generation.failure.as_ref().map_or("", |failure| failure.kind.name())),
        text(report.and_then(|report| report.fault.as_deref()).unwrap_or_default()),
        text(match generation.finish {
            Finish::Unknown => "",
            Finish::Stop => "stop",
            Finish::Length => "length",
        }),
        number(Some(generation.attempts)),
        number(Some(generation.kept)),
        number(usage.prompt_tokens),
        number(usage.cached_tokens),
        number(usage.completion_tokens),
        number(usage.reasoning_tokens),
        number(Some(timing.sent_unix_ms).filter(|ms| *ms > 0)),
        milliseconds(Some(timing.queue_ms)),
        milliseconds(Some(timing.retry_ms)),
        milliseconds(timing.ttft_ms),
        milliseconds(timing.ttfo_ms),
        milliseconds(tpot_ms(generation)),
        milliseconds(timing.e2el_ms),
        milliseconds(server.prompt_ms),
        milliseconds(server.generation_ms),
        number(verdict.and_then(|report| report.parts.syntax)),
        number(features.map(|features| features.found)),
        number(features.map(|features| features.of)),
        number(tests.map(|tests| tests.passed)),
        number(tests.map(|tests| tests.of)),
        number(security.map(|part| part.high)),
        number(security.map(|part| part.medium)),
        number(security.map(|part| part.low)),
        number(verdict.filter(|report| report.parts.syntax.is_some()).map(names_that_do_not_exist)),
        number(verdict.map(|report| report.fuel.0).filter(|fuel| *fuel > 0)),
        text(report.map_or("", |report| &report.extraction.method)),
        text(report.map_or("", |report| &report.code_sha256)),
    ]
}

/// Why the sample did not pass: what its request failed at, what it was loaded to, or what its first test that didn't
/// pass says.
fn message<'r>(row: &'r SampleRow, verdict: Option<&'r Report>) -> &'r str {
    if let Some(failure) = &row.generation.failure {
        return &failure.message;
    }
    let of_report = |report: &'r Report| {
        let first = report.tests.iter().find(|test| test.blame.is_some()).map_or("", |test| &test.message);
        if report.message.is_empty() { first } else { &report.message }
    };
    verdict.map_or("", of_report)
}

/// A text. Spreadsheets take one that begins like a formula for a formula, and models write what they like: such a
/// text gets a quote in front (OWASP, "CSV Injection").
fn text(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn number(value: Option<impl ToString>) -> Cow<'static, str> {
    Cow::Owned(value.map_or_else(String::new, |value| value.to_string()))
}

/// Microseconds are as fine as clocks are worth.
fn milliseconds(value: Option<f64>) -> Cow<'static, str> {
    number(value.map(|ms| (1000.0 * ms).round() / 1000.0))
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, Outcome};

    use super::*;
    use crate::example::{config, failed, faulted, row, run, timed};

    /// The rows, each as its cells by their columns.
    fn read(text: &str) -> Vec<std::collections::HashMap<String, String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().unwrap().clone();
        let cells =
            |row: csv::StringRecord| names.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
        reader.records().map(|row| cells(row.unwrap())).collect()
    }

    #[test]
    fn a_sample_is_a_row_with_what_is_known_of_it() {
        let rows = vec![
            timed(row("m", "a", 0, Outcome::Passed), 0, 100.0, 1100.12345),
            failed(row("m", "a", 1, Outcome::Passed), FailureKind::RateLimited),
            faulted(row("m", "b", 0, Outcome::Passed)),
        ];
        let text = csv(&[run("runs/one", config(&["m"], &[("a", "lists"), ("b", "x")], 2), rows)]);
        let rows = read(&text);
        assert_eq!(rows.len(), 3);
        let check = |row: usize, cells: &[(&str, &str)]| {
            for (column, expected) in cells {
                assert_eq!(rows[row][*column], *expected, "{row} {column}");
            }
        };
        check(0, &[("run", "runs/one"), ("model", "m"), ("task_id", "a"), ("category", "lists"), ("ending", "passed")]);
        check(0, &[("passed", "true"), ("score", "100"), ("finish", "stop"), ("completion_tokens", "11")]);
        check(0, &[("ttft_ms", "100"), ("e2el_ms", "1100.123"), ("tpot_ms", "100.012"), ("reasoning_tokens", "")]);
        check(0, &[("features_found", "1"), ("tests_of", "1"), ("findings_high", "0"), ("fuel", "1000")]);
        check(1, &[("ending", "rate_limited"), ("failure", "rate_limited"), ("message", "it is gone"), ("passed", "")]);
        check(2, &[("ending", "fault"), ("fault", "no memory"), ("passed", ""), ("score", "")]);
    }

    #[test]
    fn texts_are_no_formulas_and_numbers_are_numbers() {
        let mut hostile = row("=1+1", "@task", 0, Outcome::Failed);
        let message = "-2+3\n\"quoted\", and more";
        hostile.report.as_mut().unwrap().message = message.to_owned();
        hostile.report.as_mut().unwrap().score = Some(-1.0);
        let text = csv(&[run("+run", config(&["=1+1"], &[("@task", "\tx")], 1), vec![hostile])]);
        let row = &read(&text)[0];
        let cells = ["run", "model", "task_id", "category", "score"].map(|column| row[column].as_str());
        assert_eq!(cells, ["'+run", "'=1+1", "'@task", "'\tx", "-1"]);
        assert_eq!(row["message"], format!("'{message}"));
    }
}
