//! Whether a program stops in the middle: of a string, a bracket, a statement or a block.
//!
//! A text of Python stops in the middle if it parses with something behind it. Endings are tried to know that; none is ever kept.

use proofhouse_types::Language;

use crate::lines::{Scanner, indentation, last_statement};
use crate::search::Search;
use crate::sql;

/// Whether a text is no program because it ends too early: inside a string, brackets, a statement or a block without its body.
///
/// Not so where something is wrong before its end. Blank lines and comments at the end say nothing. What would
/// take more than about 2 MiB of parsing is not known, and not so either. SQL that ends between two words is not told from whole SQL.
pub fn ends_inside(text: &str, language: Language) -> bool {
    match language {
        Language::Python => has_an_ending(&mut Search::new(language), text).unwrap_or(false),
        Language::Sql => sql::ends_inside(text),
    }
}

/// What may stand behind an open string: its quotes, which for an f-string may have to come after the end of a field.
const STRING_ENDINGS: [&str; 4] = ["", "}", " x}", ")}"];

/// What may stand behind the last word in brackets.
const BRACKET_ENDINGS: [&str; 8] = ["", " x", ": x", " x: x", " in x", " x in x", " else x", " x else x"];

/// What may stand behind closed brackets that a header began with, or an operator behind them.
const CLOSED_ENDINGS: [&str; 4] = ["", ": x", " in x: x", " else x"];

/// What may stand behind the last word of a statement outside brackets.
const STATEMENT_ENDINGS: [&str; 13] = [
    "",
    " x",
    ": x",
    " x: x",
    " x in x: x",
    " in x: x",
    " else x",
    " x else x",
    "(): x",
    " x(): x",
    " def x(): x",
    " import x",
    " x import x",
];

/// Whether an ending makes the text parse. None where the budget was spent.
fn has_an_ending(search: &mut Search, text: &str) -> Option<bool> {
    if search.read(text)?.is_valid() {
        // The grammar lets these pass.
        return Some(!open_tries(text).is_empty() || ends_with_import_comma(text));
    }
    let open = Open::at_the_end_of(text);
    let kept = &text[..open.code_end];
    let mut start = 0;
    loop {
        let end = search.statement_end(kept, start)?;
        if end == kept.len() {
            break;
        }
        start = end;
    }
    if !search.read(&kept[..start])?.is_valid() {
        return Some(false);
    }
    let statement = &kept[start..];
    let indent = indentation(&statement[last_statement(statement)..]);
    // A decorator without its function, and `match` without its cases.
    let lines = [
        format!("\n{indent}def x(): x"),
        format!("x\n{indent}def x(): x"),
        format!(":\n{indent} case x: x"),
        format!("\n{indent} case x: x"),
    ];
    let closers = open.closers.chars().rev().collect::<String>();
    let handlers = open_tries(statement).iter().rev().map(|indent| format!("\n{indent}except: x")).collect::<String>();
    let inside: &[&str] = if closers.is_empty() { &[""] } else { &BRACKET_ENDINGS };
    let outside: &[&str] = match (open.quotes, closers.as_str()) {
        (None, "") => &STATEMENT_ENDINGS,
        _ => &CLOSED_ENDINGS,
    };
    for string in &STRING_ENDINGS[..if open.quotes.is_some() { STRING_ENDINGS.len() } else { 1 }] {
        let quotes = open.quotes.unwrap_or_default();
        for inside in inside {
            for outside in outside.iter().copied().chain(lines.iter().map(String::as_str)) {
                let ended = format!("{statement}{string}{quotes}{inside}{closers}{outside}{handlers}\n");
                if search.read(&ended)?.is_valid() {
                    return Some(true);
                }
            }
        }
    }
    Some(false)
}

/// Whether a list of imports without brackets ends with a comma.
fn ends_with_import_comma(text: &str) -> bool {
    let kept = &text[..Open::at_the_end_of(text).code_end];
    let last = kept[last_statement(kept)..].trim_start();
    kept.ends_with(',') && (last.starts_with("from ") || last.starts_with("import "))
}

/// What is open where a text ends.
#[derive(Debug, Default)]
struct Open {
    /// The quotes that would end the string.
    quotes: Option<&'static str>,
    /// What would close the brackets, the outermost first.
    closers: String,
    /// Where the code ends: the text less blank lines, comments and a backslash behind it.
    code_end: usize,
}

impl Open {
    fn at_the_end_of(text: &str) -> Self {
        let mut open = Self::default();
        let mut at = 0;
        while let Some(byte) = text.as_bytes().get(at) {
            match byte {
                b'#' => {
                    at += text[at..].find('\n').unwrap_or(text.len() - at);
                    continue;
                }
                b'"' | b'\'' => {
                    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| text[at..].starts_with(quotes));
                    let quotes = quotes.expect("a quote stands there");
                    let Some(end) = string_end(text, at + quotes.len(), quotes) else {
                        let code_end = text.trim_end().trim_end_matches('\\').len();
                        return Self { quotes: Some(quotes), code_end, ..open };
                    };
                    (at, open.code_end) = (end, end);
                    continue;
                }
                b'(' => open.closers.push(')'),
                b'[' => open.closers.push(']'),
                b'{' => open.closers.push('}'),
                b')' | b']' | b'}' => drop(open.closers.pop()),
                _ => {}
            }
            at += 1;
            if !byte.is_ascii_whitespace() && *byte != b'\\' {
                open.code_end = at;
            }
        }
        open
    }
}

/// Where the string ends that began before `from`: behind its quotes, or with its line where it should have. None where it runs to
/// the end of the text.
fn string_end(text: &str, from: usize, quotes: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'\n' if quotes.len() == 1 => return (!text[at..].trim().is_empty()).then_some(at),
            _ if bytes[at..].starts_with(quotes.as_bytes()) => return Some(at + quotes.len()),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The indentations of the `try` blocks that the text ends in, the outermost first. They need a handler, whatever is in them.
fn open_tries(text: &str) -> Vec<&str> {
    let mut tries: Vec<&str> = Vec::new();
    let mut scanner = Scanner::default();
    for line in text.lines() {
        let code = line.trim();
        if !scanner.is_open() && !code.is_empty() && !code.starts_with('#') {
            let indent = indentation(line);
            while tries.last().is_some_and(|open| open.len() >= indent.len()) {
                tries.pop();
            }
            if code.starts_with("try:") {
                tries.push(indent);
            }
        }
        scanner.feed(line);
    }
    tries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[&str], expected: bool) {
        for text in texts {
            assert_eq!(ends_inside(text, Language::Python), expected, "{text:?}");
        }
    }

    #[test]
    fn open_brackets_and_strings_run_to_the_end() {
        check(&["x = (", "x = (1,\n", "f(a)[0", "f(a,\n  b=[1, {2: 3", "x = {1: 2, 3", "x = {1: 2, 3:"], true);
        check(&["x = [y for", "x = [y for z", "x = [y for z in", "x = [y if", "x = [y if z", "f(*", "f(a, **"], true);
        check(
            &["x = (1,  # the first", "x = (1,  # it's\n\n# more\n", "def f(a, b", "def f(a: int,", "class A(B"],
            true,
        );
        check(
            &["if f(a, [b", "for x in range(", "for (x, y", "@f(1", "from a import (b,\n    c", "x.f(lambda y"],
            true,
        );
        check(
            &[
                "x = 'a",
                "x = \"a\\",
                "print('it",
                "x = '''a\n\nb\n",
                "def f():\n    \"\"\"Does\n\n    x = (",
                "x = 'a\n",
            ],
            true,
        );
        check(&["x = f'{y", "x = f'{y}, {", "print(f\"{y.", "print(f\"{f(y", "x = b'a", "x = {'a"], true);
    }

    #[test]
    fn statements_and_headers_lack_their_end() {
        check(
            &["x =", "x = 1 +", "x = 1 + \\", "x = 1 + \\\n", "x = 1 +\n", "x.", "x = y and", "x = not", "x = y if"],
            true,
        );
        check(
            &[
                "x = y if z",
                "import",
                "import a as",
                "from",
                "from a",
                "from a import",
                "from a import b,\n",
                "import a, \\\n",
                "del",
                "x = lambda",
            ],
            true,
        );
        check(
            &["def", "def f", "def f()", "def f() ->", "def f():", "def f():\n", "def f():\n    # note\n", "async def"],
            true,
        );
        check(
            &["class", "class A", "class A:\n\n", "if", "if x", "if x:", "while x", "for", "for x", "for x in y"],
            true,
        );
        check(
            &["for x in y:\n", "with x as", "if x:\n    y\nelse", "if x:\n    y\nelif z", "match x", "match x:\n"],
            true,
        );
        check(
            &[
                "match x:\n    case 1",
                "match x:\n    case",
                "@a\n",
                "class A:\n    @a\n",
                "class A:\n    @",
                "x = {y.",
                "x: int =",
            ],
            true,
        );
        check(
            &["try:", "try:\n    x = 1\n", "try:\n    x\nexcept", "try:\n    x\nexcept A as", "try:\n    x\nfinally:"],
            true,
        );
        check(
            &["def f():\n    try:\n        for x in y:\n            g(x", "try:\n    try:\n        x = '''a\nb"],
            true,
        );
        check(&["try:\n    try:\n        x\n    except A:\n        y +"], true);
        check(&["import a\n\n\ndef f(x):\n    return x\n\n\ndef g(x):\n    y = f(x)\n    if y >"], true);
    }

    #[test]
    fn an_error_before_the_end_is_an_ordinary_one() {
        check(&["", "x = 1\n", "def f():\n    return 1", "'a'", "# ("], false);
        check(&["x = = 1\n", "x = = 1\ny = (", "x = )", "x = (1]", "x = 1 2", "x = 1 2\n", "x = y z"], false);
        check(&["x = (1\ny = 2\nz = 3\n", "f(1\n\ndef g():\n    return 1\n", "x = [1 2,"], false);
        check(&["x = 'a\ny = 1\n", "f('a)\ny = 'b'\n"], false);
        check(&["if x\n    y\n", "def f()\n    return 1\n", "def f():\nx = 1\n", "for x in y\n    z\n"], false);
        check(&["try:\n    x\ny = 1\n", "x = 1\n    y = 2\n", "return 1\n", "print 'a'\n"], false);
        check(&["x = (\n```\n", "I can't help with that.", "Sure! Here is the code (it is short)."], false);
        check(&["def f():\n    x = 1 +\n    return x\n", "def f():\n    return x +* 2", "else:\n    x"], false);
    }

    #[test]
    fn a_try_that_stands_alone_is_overlooked() {
        // Known miss: the error is in the first line.
        check(&["try:\n    x\ny = ("], true);
    }

    #[test]
    fn what_takes_too_long_is_not_known() {
        check(&[&format!("x = ({}", "(".repeat(1 << 20)), &format!("x = '''{}", "a\n".repeat(1 << 20))], false);
    }

    #[test]
    fn sql_goes_by_its_own_quotes() {
        assert!(ends_inside("SELECT 'a", Language::Sql));
        assert!(!ends_inside("SELECT 'it''s'", Language::Sql));
    }
}
