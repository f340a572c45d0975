//! A report, as people read it.

use maud::{Markup, html};
use proofhouse_types::{Blame, Finding, IsolationMode, Outcome, Parts, Report, TestReport, TestsPart};

use super::amounts::{counted, grouped, points, short};
use super::code::{class_of, code, line_link};
use super::markers::{LOADING, finding_id, line_of_loading, markers};
use super::prose::inline;
use super::rules::rule_link;
use super::visible::visible;

/// The verdict on a program, with the program. Headings are of the second level and below.
pub(super) fn verdict(report: &Report, program: &str) -> Markup {
    html! {
        (headline(report))
        @if let Some(fault) = &report.fault {
            p.fault role="alert" {
                strong { "This is a fault of the service, not of the program. " }
                "There is no score: ask again, and tell whoever runs this server if it stays. It says: " code { (visible(fault)) }
            }
        } @else {
            @if !report.message.is_empty() { (loading(report)) }
            (parts(report))
            @if !report.tests.is_empty() { (tests(&report.tests)) }
            @if !report.findings.is_empty() { (findings(&report.findings)) }
        }
        section aria-labelledby="program" {
            h3 #program { "Program" }
            @if program.is_empty() {
                p.empty { "No program was found in the reply." }
            } @else {
                (code(program, &markers(report)))
            }
        }
        (facts(report))
    }
}

fn headline(report: &Report) -> Markup {
    let (sign, class, word) = match (&report.fault, report.outcome) {
        (Some(_), _) => ("!", "ours", "fault"),
        (None, None | Some(Outcome::Skipped)) => ("–", "muted", "not measured"),
        (None, Some(outcome)) => (sign_of(outcome), tone_of(outcome), outcome.name()),
    };
    html! {
        h2.headline tabindex="-1" {
            span class={ "sign " (class) } aria-hidden="true" { (sign) }
            span class={ "outcome " (class) } { (word) }
            @if let Some(score) = report.score {
                span.score { (points(score)) span.hint { " of 100" } }
            }
        }
        @if let (None, Some(outcome)) = (&report.fault, report.outcome) {
            p.meaning { (meaning(outcome)) @if let Some(blame) = report.blame { " " (blamed(blame)) } }
        }
    }
}

/// What kept the program from being loaded.
fn loading(report: &Report) -> Markup {
    html! {
        p.loading id=(LOADING) {
            @if let Some(line) = line_of_loading(report) { (line_link(line)) ": " }
            code.message { (visible(&report.message)) }
        }
    }
}

/// One row of the table of parts.
struct PartRow {
    name: &'static str,
    share: f64,
    words: String,
}

fn parts(report: &Report) -> Markup {
    let rows = part_rows(&report.parts);
    let loss = |name: &str| report.losses.iter().find(|loss| loss.part == name);
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="parts" {
                h3 #parts { "What the score is made of" }
                div.wide tabindex="0" role="region" aria-labelledby="parts" {
                    table.parts {
                        thead {
                            tr {
                                th scope="col" { "Part" }
                                th scope="col" { "Reached" }
                                th.figure scope="col" { "Lost" }
                                th scope="col" { "What would win it" }
                            }
                        }
                        tbody {
                            @for row in &rows {
                                tr {
                                    th scope="row" { (row.name) }
                                    td { progress max="1" value=(row.share) aria-label=(row.name) {} " " (row.words) }
                                    td.figure { @if let Some(loss) = loss(row.name) { "−" (points(loss.points)) } }
                                    td.message { @if let Some(loss) = loss(row.name) { (visible(&loss.to_win)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn part_rows(parts: &Parts) -> Vec<PartRow> {
    let Parts { syntax, features, tests, efficiency, security } = parts;
    let share = |count: usize, of: usize| if of == 0 { 1.0 } else { count as f64 / of as f64 };
    let of_tests = |name, part: &TestsPart| PartRow {
        name,
        share: share(part.passed, part.of),
        words: format!("{} of {} passed", part.passed, part.of),
    };
    let mut rows = Vec::new();
    rows.extend(syntax.map(|parses| PartRow {
        name: "syntax",
        share: f64::from(u8::from(parses)),
        words: if parses { "parses" } else { "does not parse" }.to_owned(),
    }));
    rows.extend(features.as_ref().map(|part| PartRow {
        name: "features",
        share: share(part.found, part.of),
        words: format!("{} of {} found", part.found, part.of),
    }));
    rows.extend(tests.as_ref().map(|part| of_tests("tests", part)));
    rows.extend(efficiency.as_ref().map(|part| of_tests("efficiency", part)));
    rows.extend(security.map(|part| PartRow {
        name: "security",
        share: part.share,
        words: format!("{} high, {} medium, {} low", part.high, part.medium, part.low),
    }));
    rows
}

fn tests(tests: &[TestReport]) -> Markup {
    let passed = tests.iter().filter(|test| test.outcome == Outcome::Passed).count();
    html! {
        section aria-labelledby="tests" {
            h3 #tests { "Tests " span.hint { (passed) " of " (counted(tests.len(), "test")) " passed" } }
            div.wide tabindex="0" role="region" aria-labelledby="tests" {
                table.tests {
                    thead {
                        tr {
                            th scope="col" { "Outcome" }
                            th scope="col" { "Test" }
                            th scope="col" { "Blame" }
                            th.figure scope="col" { "Fuel" }
                        }
                    }
                    tbody {
                        @for (position, test) in tests.iter().enumerate() {
                            tr id={ "test-" (position + 1) } {
                                td { (outcome_badge(test.outcome)) }
                                td.message {
                                    (visible(&test.name))
                                    @if !test.message.is_empty() { span.said { (visible(&test.message)) } }
                                    @if let Some(vouched) = &test.vouched { span.said { "Only the solution's own " (visible(vouched)) " says so." } }
                                    @if let Some(growth) = &test.growth { span.said { "Fuel grows as " (growth.class) "." } }
                                }
                                td { @if let Some(blame) = test.blame { (blame_word(blame)) } }
                                td.figure title={ (grouped(test.fuel.0)) " units" } { (short(test.fuel)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn findings(findings: &[Finding]) -> Markup {
    html! {
        section aria-labelledby="findings" {
            h3 #findings { "Findings " span.hint { (counted(findings.len(), "finding")) } }
            ol.findings {
                @for (position, finding) in findings.iter().enumerate() {
                    li id=(finding_id(position)) class=(class_of(finding.severity)) {
                        p {
                            span class={ "severity " (class_of(finding.severity)) } { (finding.severity) }
                            " " (line_link(finding.place.line)) ": " (inline(&finding.message))
                        }
                        p.hint {
                            (rule_link(&finding.rule)) " · " (finding.category) " · " (finding.confidence) " confidence"
                            @for number in &finding.cwe { " · CWE-" (number) }
                            @if finding.damaged { " · the program does not parse around it" }
                        }
                        @if !finding.flow.is_empty() {
                            ol.flow {
                                @for step in &finding.flow { li { (line_link(step.place.line)) ": " (inline(&step.note)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(report: &Report) -> Markup {
    html! {
        section aria-labelledby="facts" {
            h3 #facts { "How it was judged" }
            dl.facts {
                dt { "Task" } dd { code { (visible(&report.task_id.0)) } }
                dt { "Program found by" } dd { code { (report.extraction.method) } " (version " (report.extraction.version) ")" }
                dt { "Isolation" }
                dd {
                    @match report.isolation.mode {
                        IsolationMode::Isolated => "the tests ran in an interpreter of their own",
                        IsolationMode::Shared => "the tests shared an interpreter with the program",
                    }
                    @if !report.isolation.why.is_empty() { ": " (visible(&report.isolation.why)) }
                }
                dt { "Fuel" } dd { (grouped(report.fuel.0)) " units" }
                dt { "SHA-256" } dd { code.digest { (report.code_sha256) } }
            }
        }
    }
}

/// An outcome as a word with a sign, for those who see no colours.
pub(super) fn outcome_badge(outcome: Outcome) -> Markup {
    html! {
        span class={ "badge " (tone_of(outcome)) } title=(meaning(outcome)) {
            span aria-hidden="true" { (sign_of(outcome)) " " } (outcome.name())
        }
    }
}

fn sign_of(outcome: Outcome) -> &'static str {
    match tone_of(outcome) {
        "good" => "✓",
        "muted" => "–",
        _ => "✗",
    }
}

fn tone_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "good",
        Outcome::Skipped | Outcome::NotJudged => "muted",
        Outcome::Failed
        | Outcome::Raised
        | Outcome::Exited
        | Outcome::OutOfFuel
        | Outcome::OutOfMemory
        | Outcome::StackOverflow
        | Outcome::OutputLimit
        | Outcome::DiskLimit
        | Outcome::VirtualTimeLimit
        | Outcome::WaitedForInput
        | Outcome::Uncrossable
        | Outcome::Trapped
        | Outcome::SyntaxError
        | Outcome::Truncated
        | Outcome::NoCode => "bad",
    }
}

/// What an outcome means.
fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "It ran to its end, and whatever was asserted held.",
        Outcome::Failed => "An assertion did not hold, or a value was another than expected.",
        Outcome::Raised => "It ended by an exception.",
        Outcome::Exited => "It ended the interpreter.",
        Outcome::OutOfFuel => "It used all of its fuel.",
        Outcome::OutOfMemory => "It was refused memory and went on to fail.",
        Outcome::StackOverflow => "It ran over the end of the stack.",
        Outcome::OutputLimit => "It wrote more output than it may.",
        Outcome::DiskLimit => "It made more files, or wrote more to them, than it may.",
        Outcome::VirtualTimeLimit => "It slept longer than it may.",
        Outcome::WaitedForInput => "It waited for input that nobody was going to type.",
        Outcome::Uncrossable => "It gave a value that can't be judged.",
        Outcome::Trapped => "An instruction of it trapped.",
        Outcome::Skipped => "It was not run.",
        Outcome::NotJudged => "The tests can't be kept apart from the program, as the task asks.",
        Outcome::SyntaxError => "The program does not parse.",
        Outcome::Truncated => "The program was cut off before its end.",
        Outcome::NoCode => "The reply has no program.",
    }
}

fn blamed(blame: Blame) -> &'static str {
    match blame {
        Blame::Solution => "The program is to blame.",
        Blame::Tests => "The tests are to blame.",
    }
}

fn blame_word(blame: Blame) -> &'static str {
    match blame {
        Blame::Solution => "program",
        Blame::Tests => "tests",
    }
}
