//! What people read: lines, tables and failures, in colour where the stream is a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use proofhouse::types::{Blame, IsolationMode, Report, Summary};
use proofhouse::{Killed, Mutation, Problem, Verification};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const QUIET: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// Failures that are listed; the rest is counted. More than a screen or two helps nobody.
const FAILURES_SHOWN: usize = 30;

/// One line on standard output. A closed pipe is the reader's wish, not an error.
pub fn line(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// One line on standard error.
pub fn error_text(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Shows on standard error what libraries warn of, such as a cache of replies that can't be reached.
pub fn show_warnings() {
    let to_stderr = tracing_subscriber::fmt().with_writer(std::io::stderr).without_time().with_target(false);
    to_stderr.with_max_level(tracing_subscriber::filter::LevelFilter::WARN).init();
}

/// An error and what caused it.
pub fn error(error: &anyhow::Error) {
    error_text(&format!("{BAD}error{BAD:#}: {}", harmless(&format!("{error:#}"))));
}

/// A text without what moves the cursor or worse: what servers, models and files say is not to be trusted with a terminal.
pub fn harmless(text: &str) -> String {
    let shown = |letter: char| if letter.is_control() && !matches!(letter, '\n' | '\t') { '\u{fffd}' } else { letter };
    text.chars().map(shown).collect()
}

/// What was wrong with the input and did not stop the rest.
pub fn problems(problems: &[Problem]) {
    for problem in problems {
        error_text(&format!("{BAD}skipped{BAD:#}: {}", harmless(&problem.to_string())));
    }
}

/// The table and the failures of `score`.
pub fn scores(summary: &Summary, reports: &[Report]) -> String {
    let mut out = String::new();
    let is_full = |report: &Report| report.passed && report.score.is_some_and(|score| score >= 100.0);
    let failures: Vec<&Report> = reports.iter().filter(|report| !is_full(report)).collect();
    for report in failures.iter().take(FAILURES_SHOWN) {
        failure(&mut out, report);
    }
    if failures.len() > FAILURES_SHOWN {
        let _ = writeln!(
            out,
            "{QUIET}… and {} more with less than a full score{QUIET:#}\n",
            failures.len() - FAILURES_SHOWN
        );
    }
    let mut rows = vec![
        ("tasks", summary.tasks.to_string()),
        ("samples", summary.samples.to_string()),
        ("passed", format!("{GOOD}{}{GOOD:#}", summary.passed)),
        ("failed", coloured(summary.failed)),
    ];
    if summary.faults > 0 {
        rows.push(("faults of ours", coloured(summary.faults)));
    }
    if summary.skipped > 0 {
        rows.push(("skipped for want of packages", coloured(summary.skipped)));
    }
    if summary.missing > 0 {
        rows.push(("tasks without a sample", coloured(summary.missing)));
    }
    let of_mode = |mode| {
        let tasks = reports.iter().filter(|report| report.isolation.mode == mode && !report.isolation.why.is_empty());
        tasks.map(|report| &report.task_id).collect::<BTreeSet<_>>().len()
    };
    let shared = of_mode(IsolationMode::Shared);
    if shared > 0 {
        rows.push(("tasks judged in one interpreter with the program", coloured(shared)));
    }
    let not_judged = of_mode(IsolationMode::Isolated);
    if not_judged > 0 {
        rows.push(("tasks that can't be judged apart", coloured(not_judged)));
    }
    let names: Vec<String> = summary.pass_at_k.keys().map(|k| format!("pass@{k}")).collect();
    for (name, (_, value)) in names.iter().zip(&summary.pass_at_k) {
        let percent = |share: f64| 100.0 * share;
        rows.push((
            name,
            format!(
                "{STRONG}{:.1} %{STRONG:#} {QUIET}(95 %: {:.1} to {:.1}){QUIET:#}",
                percent(value.value),
                percent(value.low),
                percent(value.high)
            ),
        ));
    }
    let hats: Vec<(String, f64)> = summary
        .pass_hat_k
        .iter()
        .filter(|(k, _)| **k > 1)
        .map(|(k, value)| (format!("pass^{k}"), value.value))
        .collect();
    for (name, value) in &hats {
        rows.push((name, format!("{:.1} % {QUIET}(all of as many samples pass){QUIET:#}", 100.0 * value)));
    }
    if let Some(agreement) = summary.agreement {
        rows.push(("samples that agree", format!("{:.1} %", 100.0 * agreement)));
    }
    if summary.flips > 0 {
        rows.push(("tasks that pass and fail", coloured(summary.flips)));
    }
    if let Some(mean) = summary.score_mean {
        rows.push(("mean score", format!("{mean:.1} of 100")));
    }
    rows.push(("time", format!("{:.2} s {QUIET}({:.0} samples/s){QUIET:#}", summary.wall_s, summary.samples_per_s)));
    table(&mut out, &rows);
    out
}

fn coloured(bad: usize) -> String {
    if bad == 0 { "0".to_owned() } else { format!("{BAD}{bad}{BAD:#}") }
}

fn table(out: &mut String, rows: &[(&str, String)]) {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        let _ = writeln!(out, "{name:width$}  {value}");
    }
}

fn failure(out: &mut String, report: &Report) {
    let outcome = report.outcome.map_or("fault".to_owned(), |outcome| outcome.to_string());
    let style = if report.passed { GOOD } else { BAD };
    let score = report.score.map_or_else(|| "no score".to_owned(), |score| format!("score {score:.1}"));
    let _ = writeln!(
        out,
        "{style}{outcome}{style:#} {STRONG}{}{STRONG:#} {QUIET}sample {}{QUIET:#}, {score}",
        report.task_id, report.sample_id
    );
    if let Some(fault) = &report.fault {
        indented(out, fault);
    }
    if !report.message.is_empty() {
        indented(out, &report.message);
    }
    for test in report.tests.iter().filter(|test| test.blame.is_some()) {
        let whose = if test.blame == Some(Blame::Tests) { " (the tests' fault)" } else { "" };
        let _ = writeln!(out, "  {} {QUIET}{}{whose}{QUIET:#}", test.name, test.outcome);
        indented(out, &format!("  {}", test.message));
    }
    for loss in &report.losses {
        let _ = writeln!(out, "  {STRONG}{:.1} points{STRONG:#} in {}: {}", loss.points, loss.part, loss.to_win);
    }
    for finding in &report.findings {
        let _ = writeln!(out, "  line {}: {} {QUIET}{}{QUIET:#}", finding.place.line, finding.message, finding.rule);
    }
    out.push('\n');
}

fn indented(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// What `verify` found.
pub fn breaches(verification: &Verification, mutation: Option<&Mutation>) -> String {
    let Verification { tasks, solutions, breaches, faults: _, skipped, shared } = verification;
    let mut out = String::new();
    for breach in breaches {
        let _ = writeln!(
            out,
            "{BAD}breach{BAD:#} {STRONG}{}{STRONG:#} {QUIET}{}{QUIET:#}",
            breach.task_id, breach.solution
        );
        indented(&mut out, &breach.message);
        out.push('\n');
    }
    for (task, why) in shared {
        let _ = writeln!(
            out,
            "{BAD}shared{BAD:#} {STRONG}{task}{STRONG:#} {QUIET}its tests run beside the program{QUIET:#}"
        );
        indented(&mut out, why);
        out.push('\n');
    }
    let bad = breaches.iter().map(|breach| &breach.task_id).collect::<BTreeSet<_>>().len();
    let rows = [
        ("tasks", tasks.to_string()),
        ("solutions checked", (solutions - skipped).to_string()),
        ("tasks that hold", format!("{GOOD}{}{GOOD:#}", tasks - bad.min(*tasks))),
        ("tasks that don't", coloured(bad)),
    ];
    let mut rows = Vec::from(rows);
    if !shared.is_empty() {
        rows.push(("tasks judged in one interpreter with the program", coloured(shared.len())));
    }
    if *skipped > 0 {
        rows.push(("skipped for want of packages", coloured(*skipped)));
    }
    if let Some(Mutation { whole: Killed { killed, of }, .. }) = mutation {
        let share = mutation.map_or(1.0, |mutation| mutation.whole.share()) * 100.0;
        rows.push(("mutants killed", format!("{killed} of {of} ({share:.1} %)")));
    }
    table(&mut out, &rows);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_controls() {
        assert_eq!(harmless("a\tb\n\u{1b}[2J\rc\u{9b}é"), "a\tb\n\u{fffd}[2J\u{fffd}c\u{fffd}é");
    }
}
