//! Which lines of a program a report speaks of.

use proofhouse_types::{Finding, Outcome, Report, Severity};

/// A mark at a line, and where it is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// The line, from 1.
    pub line: usize,
    /// The characters of the line that it is about, from 1, the end excluded; none for the whole line.
    pub columns: Option<(usize, usize)>,
    /// The id of what explains it.
    pub explained_at: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it says.
    pub message: String,
}

/// The id of the explanation of a finding.
pub(super) fn finding_id(position: usize) -> String {
    format!("finding-{}", position + 1)
}

/// The id of the explanation of what kept the program from being loaded.
pub(super) const LOADING: &str = "loading";

/// The marks of a report, by line.
pub(super) fn markers(report: &Report) -> Vec<Marker> {
    let mut markers: Vec<Marker> = report.findings.iter().enumerate().map(of_finding).collect();
    if let Some(line) = line_of_loading(report) {
        let explained_at = LOADING.to_owned();
        let message = report.message.clone();
        markers.push(Marker { line, columns: None, explained_at, severity: Severity::High, message });
    }
    markers.sort_by_key(|marker| (marker.line, marker.columns));
    markers
}

fn of_finding((position, finding): (usize, &Finding)) -> Marker {
    let place = finding.place;
    let is_within = place.end_line == place.line && place.column > 0 && place.end_column > place.column;
    Marker {
        line: place.line,
        columns: is_within.then_some((place.column, place.end_column)),
        explained_at: finding_id(position),
        severity: finding.severity,
        message: finding.message.clone(),
    }
}

/// The line where the program does not parse: compilers name it last, as in `invalid syntax (line 3)`. Messages of
/// exceptions are the program's own words, and no line is read in them.
pub(super) fn line_of_loading(report: &Report) -> Option<usize> {
    match report.outcome? {
        Outcome::SyntaxError | Outcome::Truncated => {
            let (_, line) = report.message.strip_suffix(')')?.rsplit_once("(line ")?;
            line.parse().ok().filter(|line| *line > 0)
        }
        Outcome::Passed
        | Outcome::Failed
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
        | Outcome::Skipped
        | Outcome::NotJudged
        | Outcome::NoCode => None,
    }
}

#[cfg(test)]
mod tests {
    use proofhouse::faulted;
    use proofhouse_types::{Submission, Task};

    use super::*;

    #[track_caller]
    fn check(outcome: Outcome, message: &str, expected: Option<usize>) {
        let empty = faulted(&Task::new("a", ""), &Submission::program("a", ""), String::new());
        let report = Report { outcome: Some(outcome), message: message.to_owned(), ..empty };
        assert_eq!(line_of_loading(&report), expected, "{message}");
    }

    #[test]
    fn the_line_of_a_syntax_error_is_read_from_its_end() {
        check(Outcome::SyntaxError, "SyntaxError: '(' was never closed (line 12)", Some(12));
        check(Outcome::Truncated, "IndentationError: expected an indented block (line 1)", Some(1));
        check(Outcome::SyntaxError, "SyntaxError: (line 3) is odd", None);
        check(Outcome::SyntaxError, "SyntaxError: invalid syntax (line 0)", None);
        check(Outcome::Raised, "ValueError: (line 3)", None);
    }
}
