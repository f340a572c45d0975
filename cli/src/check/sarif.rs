//! Findings as SARIF 2.1.0, which code scanning services read.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proofhouse::rule_page;
use proofhouse::schema::{Category, Level, Rule};
use proofhouse::types::{CheckMessage, Confidence, Edit, Finding, Place, Severity};
use serde_json::{Value, json};

use super::Survey;
use super::inspect::FileReport;
use super::lines::Lines;
use crate::exit::Ending;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What the fingerprints are called; the number is that of how they are made.
const FINGERPRINT: &str = "proofhouse/v1";

/// The log of one run, in one line.
pub fn log(survey: &Survey, rules: &[Rule], ending: Ending) -> String {
    let by_id: HashMap<&str, &Rule> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    // What no finding has would make up most of the log.
    let found: BTreeSet<&str> = survey.files.iter().flat_map(all).map(|(finding, _)| finding.rule.as_str()).collect();
    let used: Vec<&Rule> = found.iter().filter_map(|id| by_id.get(id).copied()).collect();
    let numbers: BTreeSet<u32> = used.iter().flat_map(|rule| &rule.cwe).copied().collect();
    let taxa: BTreeMap<u32, usize> = numbers.into_iter().zip(0..).collect();
    let indexes: HashMap<&str, usize> = used.iter().map(|rule| rule.id.as_str()).zip(0..).collect();
    let results: Vec<Value> = survey.files.iter().flat_map(|file| results(file, &indexes)).collect();
    let rules: Vec<Value> = used.iter().map(|rule| descriptor(rule, &taxa)).collect();
    let mut driver = json!({
        "name": "Proofhouse",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let mut run = json!({
        "columnKind": "utf16CodeUnits",
        "invocations": [invocation(survey, ending)],
        "results": results,
    });
    if !taxa.is_empty() {
        driver["supportedTaxonomies"] = json!([{"name": "CWE", "index": 0}]);
        run["taxonomies"] = json!([taxonomy(&taxa)]);
    }
    run["tool"] = json!({"driver": driver});
    json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).to_string()
}

/// Findings, and those that comments ignore with the reason.
fn all(file: &FileReport) -> impl Iterator<Item = (&Finding, Option<&str>)> {
    let reported = file.findings.iter().map(|finding| (finding, None));
    reported.chain(file.ignored.iter().map(|ignored| (&ignored.finding, Some(ignored.reason.as_str()))))
}

fn taxonomy(taxa: &BTreeMap<u32, usize>) -> Value {
    let of = |number: &u32| {
        json!({
            "id": number.to_string(),
            "helpUri": format!("https://cwe.mitre.org/data/definitions/{number}.html"),
        })
    };
    json!({
        "name": "CWE",
        "organization": "MITRE",
        "shortDescription": {"text": "The Common Weakness Enumeration"},
        "informationUri": "https://cwe.mitre.org/",
        "taxa": taxa.keys().map(of).collect::<Vec<_>>(),
    })
}

fn descriptor(rule: &Rule, taxa: &BTreeMap<u32, usize>) -> Value {
    let relationship = |number: &u32| {
        json!({
            "target": {
                "id": number.to_string(),
                "index": taxa.get(number),
                "toolComponent": {"name": "CWE", "index": 0},
            },
            "kinds": ["superset"],
        })
    };
    let (severity, score) = match rule.severity {
        Level::Low => (Severity::Low, "3.0"),
        Level::Medium => (Severity::Medium, "6.0"),
        Level::High => (Severity::High, "8.5"),
    };
    let (category, is_security) = match rule.category {
        Category::Security => ("security", true),
        Category::Robustness => ("robustness", false),
        Category::Integrity => ("integrity", false),
    };
    let cwe = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    let tags: Vec<String> = std::iter::once(category.to_owned()).chain(cwe).chain(rule.owasp.iter().cloned()).collect();
    let mut properties = json!({"tags": tags});
    if is_security {
        // GitHub sorts by this number, low below 4, medium below 7, high below 9.
        properties["security-severity"] = json!(score);
    }
    let mut help = message(rule.remedy.trim());
    // Code fills the page, and viewers print it as it is.
    help["markdown"] = json!(rule_page(rule));
    let mut made = json!({
        "id": rule.id,
        "shortDescription": message(&rule.title),
        "fullDescription": message(rule.why.trim()),
        "help": help,
        "defaultConfiguration": {"level": level(severity)},
        "properties": properties,
    });
    if !rule.cwe.is_empty() {
        made["relationships"] = rule.cwe.iter().map(relationship).collect();
    }
    made
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn results(file: &FileReport, indexes: &HashMap<&str, usize>) -> Vec<Value> {
    let lines = Lines::new(&file.text);
    let uri = uri(&file.name);
    all(file).map(|(finding, ignored)| result(&lines, &uri, finding, ignored, indexes)).collect()
}

fn result(
    lines: &Lines<'_>,
    uri: &str,
    finding: &Finding,
    ignored: Option<&str>,
    indexes: &HashMap<&str, usize>,
) -> Value {
    let mut made = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": message(&finding.message),
        "locations": [location(lines, uri, &finding.place)],
        "properties": {"confidence": finding.confidence, "category": finding.category},
        "rank": match finding.confidence {
            Confidence::Low => 20.0,
            Confidence::Medium => 60.0,
            Confidence::High => 90.0,
        },
    });
    if let Some(index) = indexes.get(finding.rule.as_str()) {
        made["ruleIndex"] = json!(index);
    }
    if !finding.fingerprint.is_empty() {
        made["partialFingerprints"] = json!({FINGERPRINT: finding.fingerprint});
    }
    if !finding.flow.is_empty() {
        let step = |place: &Place, note: &str| {
            let mut step = location(lines, uri, place);
            step["message"] = message(note);
            json!({"location": step})
        };
        let steps: Vec<Value> = finding.flow.iter().map(|taken| step(&taken.place, &taken.note)).collect();
        made["codeFlows"] = json!([{"threadFlows": [{"locations": steps}]}]);
    }
    if let Some(edit) = &finding.fix {
        made["fixes"] = json!([fix(lines, uri, edit)]);
    }
    match ignored {
        Some("") => made["suppressions"] = json!([{"kind": "inSource"}]),
        Some(reason) => made["suppressions"] = json!([{"kind": "inSource", "justification": reason}]),
        // Where some results have suppressions, all must say whether they do.
        None => made["suppressions"] = json!([]),
    }
    made
}

fn location(lines: &Lines<'_>, uri: &str, place: &Place) -> Value {
    json!({"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region(lines, place)}})
}

fn region(lines: &Lines<'_>, place: &Place) -> Value {
    if place.column == 0 {
        return json!({"startLine": place.line.max(1)});
    }
    json!({
        "startLine": place.line,
        "startColumn": lines.utf16(place.line, place.column),
        "endLine": place.end_line,
        "endColumn": lines.utf16(place.end_line, place.end_column),
    })
}

fn fix(lines: &Lines<'_>, uri: &str, edit: &Edit) -> Value {
    let ((start_line, start_column), (end_line, end_column)) = (lines.utf16_at(edit.start), lines.utf16_at(edit.end));
    json!({
        "description": message("Mends it"),
        "artifactChanges": [{
            "artifactLocation": {"uri": uri},
            "replacements": [{
                "deletedRegion": {
                    "startLine": start_line,
                    "startColumn": start_column,
                    "endLine": end_line,
                    "endColumn": end_column,
                },
                "insertedContent": {"text": edit.text},
            }],
        }],
    })
}

fn invocation(survey: &Survey, ending: Ending) -> Value {
    let notification = |level: &str, said: &CheckMessage| {
        let mut place = json!({"artifactLocation": {"uri": uri(&said.path)}});
        if let Some(line) = said.line {
            place["region"] = json!({"startLine": line});
        }
        json!({
            "level": level,
            "message": message(&said.message),
            "locations": [{"physicalLocation": place}],
        })
    };
    let errors = survey.errors.iter().map(|error| notification("error", error));
    let notes = survey.notes.iter().map(|note| notification("note", note));
    json!({
        "executionSuccessful": survey.errors.is_empty(),
        "exitCode": ending as u8,
        "toolExecutionNotifications": errors.chain(notes).collect::<Vec<_>>(),
    })
}

/// A message. Braces stand for arguments, and are doubled where they don't (§3.11.5).
fn message(text: &str) -> Value {
    json!({"text": text.replace('{', "{{").replace('}', "}}")})
}

/// A path as a URI: what is no unreserved character of RFC 3986 is percent-encoded, but for the slashes.
fn uri(path: &str) -> String {
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_messages_are_doubled() {
        assert_eq!(message("f'{x}'"), json!({"text": "f'{{x}}'"}));
    }

    #[test]
    fn paths_become_uris() {
        let cases = [
            ("src/a.py", "src/a.py"),
            ("a b/ä#?.py", "a%20b/%C3%A4%23%3F.py"),
            ("c:d.py", "c%3Ad.py"),
            ("/tmp/x%.py", "file:///tmp/x%25.py"),
            ("<stdin>", "%3Cstdin%3E"),
            ("../a.py", "../a.py"),
        ];
        for (path, expected) in cases {
            assert_eq!(uri(path), expected, "{path}");
        }
    }
}
