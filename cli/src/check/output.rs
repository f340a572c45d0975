//! What people read: findings with their lines, and how much was looked at.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use proofhouse::types::{CheckMessage, CheckSummary, Finding, Severity};

use super::Survey;
use super::excerpt::{Excerpt, excerpt, is_hidden};
use super::lines::Lines;

const BAD: Style = AnsiColor::Red.on_default().bold();
const WORSE: Style = AnsiColor::Yellow.on_default().bold();
const FAIR: Style = AnsiColor::Cyan.on_default().bold();
const QUIET: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// Kinds of skipped files that the last line names; the rest is added up.
const KINDS_NAMED: usize = 5;

/// Every finding, and the summary as the last line.
pub fn text(survey: &Survey) -> String {
    let mut out = String::new();
    for file in &survey.files {
        let lines = Lines::new(&file.text);
        for finding in &file.findings {
            write_finding(&mut out, &file.name, &lines, finding);
        }
    }
    out + &summary(survey)
}

fn write_finding(out: &mut String, path: &str, lines: &Lines<'_>, finding: &Finding) {
    let Finding { rule, severity, confidence, place, message, flow, damaged, fix, .. } = finding;
    let style = match severity {
        Severity::High => BAD,
        Severity::Medium => WORSE,
        Severity::Low => FAIR,
    };
    let _ = writeln!(
        out,
        "{STRONG}{}:{}:{}{STRONG:#} {style}{severity}{style:#} {confidence} {STRONG}{rule}{STRONG:#}",
        plain(path),
        place.line,
        place.column
    );
    let _ = writeln!(out, "  {}", plain(message));
    let Excerpt { line, carets } = excerpt(lines, place);
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(out, "{QUIET}  {margin} |{QUIET:#}");
    let _ = writeln!(out, "{QUIET}  {number} |{QUIET:#} {line}");
    let _ = writeln!(out, "{QUIET}  {margin} |{QUIET:#} {style}{carets}{style:#}");
    for (position, step) in flow.iter().enumerate() {
        let _ = writeln!(
            out,
            "  {}. {QUIET}{}:{}{QUIET:#} {}",
            position + 1,
            step.place.line,
            step.place.column,
            plain(&step.note)
        );
    }
    if *damaged {
        let _ = writeln!(out, "  {QUIET}the text does not parse around it{QUIET:#}");
    }
    if fix.is_some() {
        let _ = writeln!(out, "  {QUIET}--fix mends it{QUIET:#}");
    }
    out.push('\n');
}

/// `2 findings in 1 file (3 checked, 4 skipped: 3 .txt, 1 .md), 0 ignored, 0 in the baseline`.
pub fn summary(survey: &Survey) -> String {
    let CheckSummary { findings, files, checked, skipped, ignored, in_baseline, unchanged, fixed } = &survey.summary;
    let number = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut looked_at = format!("{checked} checked");
    if *unchanged > 0 {
        let _ = write!(looked_at, ", {unchanged} unchanged");
    }
    let all: usize = skipped.values().sum();
    let _ = write!(looked_at, ", {all} skipped");
    let mut kinds: Vec<(&String, &usize)> = skipped.iter().collect();
    kinds.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let mut named: Vec<String> =
        kinds.iter().take(KINDS_NAMED).map(|(kind, count)| format!("{count} {}", plain(kind))).collect();
    let rest: usize = kinds.iter().skip(KINDS_NAMED).map(|(_, count)| **count).sum();
    if rest > 0 {
        named.push(format!("{rest} others"));
    }
    if !named.is_empty() {
        let _ = write!(looked_at, ": {}", named.join(", "));
    }
    let style = if *findings > 0 { STRONG } else { Style::new() };
    let mut out = format!(
        "{style}{} in {}{style:#} ({looked_at}), {ignored} ignored, {in_baseline} in the baseline",
        number(*findings, "finding"),
        number(*files, "file"),
    );
    if *fixed > 0 {
        let _ = write!(out, ", {fixed} fixed");
    }
    if !survey.errors.is_empty() {
        let _ = write!(out, ", {BAD}{}{BAD:#}", number(survey.errors.len(), "error"));
    }
    out
}

pub fn error(message: &CheckMessage) -> String {
    format!("{BAD}error{BAD:#}: {}", plain(&message.to_string()))
}

pub fn note(message: &CheckMessage) -> String {
    format!("{WORSE}note{WORSE:#}: {}", plain(&message.to_string()))
}

/// A text that can't change the terminal: names and values in messages come from the code that is checked.
pub fn plain(text: &str) -> String {
    text.chars().map(|char| if is_hidden(char) { '\u{fffd}' } else { char }).collect()
}
