//! Findings as commands of GitHub Actions, which shows them in the changes of a pull request.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use proofhouse::types::{CheckMessage, Finding, Severity};

use super::{Survey, output};

/// A command for each error and finding, and the summary.
pub fn annotations(survey: &Survey) -> String {
    let mut out = String::new();
    for error in &survey.errors {
        out.push_str(&of_error(error));
    }
    for file in &survey.files {
        for finding in &file.findings {
            out.push_str(&of_finding(&file.name, finding));
        }
    }
    out + &output::summary(survey)
}

fn of_finding(path: &str, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    };
    let place = finding.place;
    // GitHub drops columns of what ends on another line, and says so in the log each time.
    let columns = if place.end_line == place.line && place.column > 0 {
        format!(",col={},endColumn={}", place.column, place.end_column)
    } else {
        String::new()
    };
    let end = place.end_line.max(place.line);
    let mut message = finding.message.clone();
    for (position, step) in finding.flow.iter().enumerate() {
        message.push_str(&format!("\n{}. line {}: {}", position + 1, step.place.line, step.note));
    }
    format!(
        "::{level} file={},line={},endLine={end}{columns},title={}::{}\n",
        property(path),
        place.line,
        property(&finding.rule),
        data(&message)
    )
}

fn of_error(error: &CheckMessage) -> String {
    let line = error.line.map_or_else(String::new, |line| format!(",line={line}"));
    format!("::error file={}{line},title=proofhouse::{}\n", property(&error.path), data(&error.message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proofhouse::types::{Category, Confidence, Place, Step};

    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        let place = |line, end_line| Place { line, column: 3, end_line, end_column: 9 };
        let finding = Finding {
            rule: "python/a:b".to_owned(),
            category: Category::Security,
            severity: Severity::Medium,
            confidence: Confidence::High,
            cwe: Vec::new(),
            place: place(2, 2),
            message: "100 %\nof: it, all".to_owned(),
            flow: vec![Step { place: place(1, 1), note: "from here".to_owned() }],
            damaged: false,
            fingerprint: String::new(),
            fix: None,
        };
        assert_eq!(
            of_finding("a,b:c/100%.py", &finding),
            "::warning file=a%2Cb%3Ac/100%25.py,line=2,endLine=2,col=3,endColumn=9,title=python/a%3Ab::\
             100 %25%0Aof: it, all%0A1. line 1: from here\n"
        );
        let long = Finding { place: place(2, 4), severity: Severity::Low, flow: Vec::new(), ..finding };
        assert!(of_finding("a.py", &long).starts_with("::notice file=a.py,line=2,endLine=4,title="));
        let error = CheckMessage { path: "r.toml".to_owned(), line: Some(3), message: "no\r\n".to_owned() };
        assert_eq!(of_error(&error), "::error file=r.toml,line=3,title=proofhouse::no%0D%0A\n");
    }
}
