//! Names of findings that stay the same when lines move or a formatter was there, so that a baseline knows them again.
//!
//! A fingerprint is made of the rule, of the code of the finding's statement without what formatters change, and of which of
//! equal ones it is in its file. The path is no part of it: a file that moved keeps its findings.

use std::collections::HashMap;

use proofhouse_types::Finding;
use xxhash_rust::xxh3::xxh3_64;

/// Gives every finding of a file its fingerprint. The findings come in the order of the text, each with the code that it is
/// known by.
pub(crate) fn fill<'f>(findings: impl Iterator<Item = (&'f mut Finding, &'f str)>) {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    for (finding, snippet) in findings {
        let plain = plain(&finding.rule, snippet);
        let occurrence = seen.entry(xxh3_64(plain.as_bytes())).or_default();
        finding.fingerprint = of_plain(plain, *occurrence);
        *occurrence += 1;
    }
}

/// 16 hex digits for the finding of a rule in a piece of code, the `occurrence`th of equal ones from 0.
pub fn fingerprint(rule: &str, snippet: &str, occurrence: usize) -> String {
    of_plain(plain(rule, snippet), occurrence)
}

fn of_plain(mut plain: String, occurrence: usize) -> String {
    plain.push_str(&format!("\n{occurrence}"));
    format!("{:016x}", xxh3_64(plain.as_bytes()))
}

/// The rule and the code without what formatters add and take away: whitespace, line continuations, commas before a closing
/// bracket, parentheses around what they wrap, semicolons, and which quotes a text has.
fn plain(rule: &str, snippet: &str) -> String {
    let mut out = format!("{rule}\n");
    let start = out.len();
    let mut chars = snippet.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '(' | ';' => {}
            ')' | ']' | '}' => {
                if out.len() > start && out.ends_with(',') {
                    out.pop();
                }
                if char != ')' {
                    out.push(char);
                }
            }
            '\'' | '"' => out.push('"'),
            '\\' if matches!(chars.peek(), Some('\'' | '"' | '\n' | '\r')) => {}
            _ if char.is_whitespace() => {}
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{Category, Confidence, Place, Severity};

    use super::*;

    fn finding(line: usize) -> Finding {
        Finding {
            rule: "python/code-injection".to_owned(),
            category: Category::Security,
            severity: Severity::High,
            confidence: Confidence::High,
            cwe: vec![95],
            place: Place { line, column: 1, end_line: line, end_column: 2 },
            message: String::new(),
            flow: Vec::new(),
            damaged: false,
            fingerprint: String::new(),
            fix: None,
        }
    }

    #[test]
    fn what_formatters_change_is_no_part_of_it() {
        let check = |one: &str, other: &str, same: bool| {
            let (one_print, other_print) = (fingerprint("r", one, 0), fingerprint("r", other, 0));
            assert_eq!(one_print == other_print, same, "{one:?} {other:?}");
        };
        check("f(a, b)", "f(\n    a,\n    b,\n)", true);
        check("x = [1, 2]", "x = [\n  1,\n  2,\n];", true);
        check("x = 'it\\'s'", "x = \"it's\"", true);
        check("x = a + b", "x = (\n    a\n    + b\n)", true);
        check("x = a + \\\n    b", "x = a + b", true);
        check("f(a, b)", "f(a, c)", false);
        check("f('a')", "f(a)", false);
        check(",", "", false);
    }

    #[test]
    fn it_is_16_hex_digits_of_the_rule_the_code_and_the_occurrence() {
        let first = fingerprint("python/sql-injection", "f(x)", 0);
        assert!(first.len() == 16 && first.bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
        assert_ne!(first, fingerprint("python/sql-injection", "f(x)", 1));
        assert_ne!(first, fingerprint("python/code-injection", "f(x)", 0));
        assert_eq!(first, "32c79e0c7cd6b067");
    }

    #[test]
    fn equal_statements_are_told_apart_by_their_order() {
        let text = ["eval(x)", "eval(y)", "eval( x )"];
        let mut findings = [finding(1), finding(2), finding(3)];
        fill(findings.iter_mut().zip(text));
        assert_eq!(findings[0].fingerprint, fingerprint("python/code-injection", "eval(x)", 0));
        assert_eq!(findings[1].fingerprint, fingerprint("python/code-injection", "eval(y)", 0));
        assert_eq!(findings[2].fingerprint, fingerprint("python/code-injection", "eval(x)", 1));
    }
}
