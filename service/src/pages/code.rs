//! A program with line numbers, and marks at the lines that a report speaks of.

use maud::{Markup, html};
use proofhouse_types::Severity;

use super::amounts::{counted, grouped};
use super::markers::Marker;
use super::prose::inline;
use super::visible::visible;

/// Lines that are shown. Ten times the longest programs of the field's suites; a page of more is slow in browsers.
const MOST_LINES: usize = 5_000;

/// Characters that are shown of one line: more are data, such as a table in base64.
const MOST_CHARACTERS: usize = 2_000;

/// The class that colours have for a severity.
pub(super) fn class_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// The id of a line.
pub(super) fn line_id(line: usize) -> String {
    format!("line-{line}")
}

/// A link to a line.
pub(super) fn line_link(line: usize) -> Markup {
    html! { a href={ "#" (line_id(line)) } { "line " (line) } }
}

/// The program; its marks must be in the order of their lines.
pub(super) fn code(text: &str, markers: &[Marker]) -> Markup {
    // As editors count: `\r\n` ends a line once, and so does `\r` alone to Python; what is left of it is shown.
    let lines: Vec<&str> = text.lines().collect();
    let marks_of = |line: usize| {
        let from = markers.partition_point(|marker| marker.line < line);
        markers[from..].iter().take_while(move |marker| marker.line == line)
    };
    let last = lines.len().max(1);
    html! {
        div.code tabindex="0" role="region" aria-label="The program, with line numbers" {
            @for (number, line) in (1..).zip(lines.iter().take(MOST_LINES)) {
                @let worst = marks_of(number).map(|marker| marker.severity).max();
                div id=(line_id(number)) class={ "line " (worst.map_or("", class_of)) } {
                    span.number data-number=(number) {}
                    code { (characters(line, marks_of(number).next())) }
                }
                @for marker in marks_of(number) { (mark(marker)) }
            }
            // What a rule or a compiler says of the end of the text.
            @for marker in markers.iter().filter(|marker| marker.line > last) { (mark(marker)) }
        }
        @if lines.len() > MOST_LINES {
            p.hint { "The first " (grouped(MOST_LINES as u64)) " of " (counted(lines.len(), "line")) " are shown." }
        }
    }
}

fn mark(marker: &Marker) -> Markup {
    html! {
        a class={ "mark " (class_of(marker.severity)) } href={ "#" (marker.explained_at) } id={ "mark-" (marker.explained_at) } {
            span.sign aria-hidden="true" { "▲ " } (inline(&marker.message))
        }
    }
}

/// A line, with what its first mark is about set off.
fn characters(line: &str, marker: Option<&Marker>) -> Markup {
    let (shown, rest) = split_at_character(line, MOST_CHARACTERS);
    let columns = marker.and_then(|marker| marker.columns);
    html! {
        @match columns {
            Some((from, to)) => {
                @let (before, from_there) = split_at_character(shown, from - 1);
                @let (there, after) = split_at_character(from_there, to - from);
                (visible(before)) mark { (visible(there)) } (visible(after))
            }
            None => (visible(shown))
        }
        @if !rest.is_empty() { span.hint { " … " (counted(rest.chars().count(), "more character")) } }
        "\n"
    }
}

fn split_at_character(text: &str, count: usize) -> (&str, &str) {
    text.split_at(text.char_indices().nth(count).map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(line: usize, columns: Option<(usize, usize)>) -> Marker {
        let explained_at = "finding-1".to_owned();
        Marker { line, columns, explained_at, severity: Severity::High, message: "bad".to_owned() }
    }

    #[track_caller]
    fn check(text: &str, marker: Marker, expected: &str) {
        let shown = code(text, &[marker]).into_string();
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn marks_stand_at_their_lines() {
        let line = |number: usize, class: &str, code: &str| {
            format!(
                "<div id=\"line-{number}\" class=\"line {class}\"><span class=\"number\" data-number=\"{number}\"></span>\
                 <code>{code}\n</code></div>"
            )
        };
        check("a\nb\nc", marker(2, None), &line(2, "high", "b"));
        check("a\nb\nc", marker(2, None), &line(3, "", "c"));
        check("a\né = eval(x)\n", marker(2, Some((5, 9))), &line(2, "high", "é = <mark>eval</mark>(x)"));
        // A place outside of the text breaks nothing.
        check("ab", marker(1, Some((9, 12))), &line(1, "high", "ab<mark></mark>"));
        check("ab", marker(7, None), "id=\"mark-finding-1\"");
        check("", marker(1, None), "<div class=\"code\"");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let many = "x\n".repeat(MOST_LINES + 1);
        let shown = code(&many, &[]).into_string();
        assert!(shown.contains("line-5000") && !shown.contains("line-5001"));
        assert!(shown.contains("The first 5,000 of 5,001 lines are shown."));
        let long = "é".repeat(MOST_CHARACTERS + 1);
        assert!(code(&long, &[]).into_string().contains(" … 1 more character<"));
    }
}
