//! Finds the function that assertions are about, for suites that don't name it. A light scan of Python's text, not a parser:
//! a wrong guess costs a hint, never a verdict.

use std::collections::BTreeSet;

/// The first name that the assertions call and that the code defines at its top level.
pub(super) fn entry_point(code: &str, assertions: &[String]) -> Option<String> {
    let defined: BTreeSet<&str> = code.lines().filter_map(defined_name).collect();
    assertions
        .iter()
        .flat_map(|assertion| called_names(assertion))
        .find(|name| defined.contains(name))
        .map(str::to_owned)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name that a line at the margin defines: `def name`, `class name`, `name = …`.
fn defined_name(line: &str) -> Option<&str> {
    let unmarked = line.strip_prefix("async ").map_or(line, str::trim_start);
    let (rest, assigned) = match unmarked.strip_prefix("def ").or_else(|| unmarked.strip_prefix("class ")) {
        Some(rest) => (rest.trim_start(), false),
        None => (line, true),
    };
    let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
    let after = after.trim_start();
    let defines = !assigned || (after.starts_with('=') && !after.starts_with("=="));
    (defines && !name.is_empty()).then_some(name)
}

/// Names with an opening parenthesis after them, in their order; no attributes, and nothing inside string literals.
fn called_names(code: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = code;
    let mut after_dot = false;
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            rest = after_string(rest, first);
        } else if is_name(first) {
            let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
            if !after_dot && after.trim_start().starts_with('(') {
                names.push(name);
            }
            rest = after;
        } else {
            rest = &rest[first.len_utf8()..];
        }
        after_dot = first == '.';
    }
    names
}

/// What follows the string literal that the text begins with.
fn after_string(text: &str, quote: char) -> &str {
    let triple = text.chars().take(3).filter(|&c| c == quote).count() == 3;
    let closing = if triple { &text[..3] } else { &text[..1] };
    let mut rest = &text[closing.len()..];
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(closing) {
            return after;
        }
        rest = &rest[c.len_utf8()..];
        if c == '\\' {
            rest = rest.chars().next().map_or("", |escaped| &rest[escaped.len_utf8()..]);
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_of_a_defined_name_is_it() {
        let cases = [
            ("def add(a, b):\n  return a + b", "assert add(1, 2) == 3", Some("add")),
            ("def similar(a):\r\n\treturn a\r\n", "assert set(similar([1])) == set([1])", Some("similar")),
            ("def one(): pass\ndef two(): pass", "assert two (1) == one(2)", Some("two")),
            (
                "class Pair(object):\n  def chain(self): pass\ndef chain(x): pass",
                "assert chain([Pair(5, 24)], 4) == 3",
                Some("chain"),
            ),
            ("class Heap: pass", "assert Heap().pop() == 1", Some("Heap")),
            ("async def fetch(): pass", "assert run(fetch()) == 1", Some("fetch")),
            ("double = lambda n: 2 * n", "assert double(1) == 2", Some("double")),
            ("n == double", "assert double(1) == 2", None),
            ("class A:\n  def size(self): pass", "assert a.size() == 2", None),
            ("  def hidden(): pass", "assert hidden() == 2", None),
            ("def f(): pass\ndef g(): pass", "assert x.f('f(', \"\\\"f(\", '''f('f(''') == g(1)", Some("g")),
            ("def grüßen(): pass", "assert grüßen('é') == 'ü'", Some("grüßen")),
            ("def f(): pass", "assert 'f(", None),
            ("", "", None),
        ];
        for (code, assertion, expected) in cases {
            let found = entry_point(code, &["assert True".to_owned(), assertion.to_owned()]);
            assert_eq!(found.as_deref(), expected, "{code:?} {assertion:?}");
        }
    }
}
