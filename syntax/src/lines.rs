//! Lines of Python text, valid or not: where strings and brackets are open, where statements may begin, and how lines are indented.
//!
//! A lexer of a few states, for text that a grammar would give up on. It decides nothing about what the text means.

use std::ops::Range;

/// Follows strings and brackets from line to line.
#[derive(Debug, Default, Clone)]
pub(crate) struct Scanner {
    /// The quote that the open triple-quoted string ends with.
    triple: Option<u8>,
    /// How many brackets are open.
    brackets: usize,
    /// The line ends with a backslash.
    continues: bool,
    /// A string that should have ended with its line did not.
    broken: bool,
}

impl Scanner {
    /// Reads one line, without its newline.
    pub(crate) fn feed(&mut self, line: &str) {
        let bytes = line.as_bytes();
        let mut at = 0;
        self.continues = false;
        while at < bytes.len() {
            let byte = bytes[at];
            if let Some(quote) = self.triple {
                match byte {
                    b'\\' => at += 1,
                    _ if bytes[at..].starts_with(&[quote; 3]) => {
                        self.triple = None;
                        at += 2;
                    }
                    _ => {}
                }
            } else {
                match byte {
                    b'#' => break,
                    b'(' | b'[' | b'{' => self.brackets += 1,
                    b')' | b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
                    b'\\' if at + 1 == bytes.len() => self.continues = true,
                    b'"' | b'\'' if bytes[at..].starts_with(&[byte; 3]) => {
                        self.triple = Some(byte);
                        at += 2;
                    }
                    b'"' | b'\'' => at = self.skip_string(bytes, at),
                    _ => {}
                }
            }
            at += 1;
        }
    }

    /// Whether a triple-quoted string goes on in the next line.
    pub(crate) fn in_string(&self) -> bool {
        self.triple.is_some()
    }

    /// Whether the statement goes on in the next line.
    pub(crate) fn is_open(&self) -> bool {
        self.in_string() || self.brackets > 0 || self.continues
    }

    /// The place of the quote that ends the string which starts at `at`, or of the end of the line.
    fn skip_string(&mut self, bytes: &[u8], at: usize) -> usize {
        let mut end = at + 1;
        while end < bytes.len() {
            match bytes[end] {
                b'\\' if end + 1 == bytes.len() => self.continues = true,
                b'\\' => end += 1,
                byte if byte == bytes[at] => return end,
                _ => {}
            }
            end += 1;
        }
        self.broken |= !self.continues;
        end
    }
}

/// Where the top-level statement that starts at `from` ends: the start of the next line that can only belong to another one.
///
/// Decorators stay with what they decorate, `else` with its `if`, and a multi-line string with its statement.
pub(crate) fn statement_end(text: &str, from: usize) -> usize {
    let mut scanner = Scanner::default();
    let mut decorated = false;
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        let content = line.trim_end();
        let starts = !content.is_empty() && !content.starts_with([' ', '\t', '#']);
        let open = if is_definition(content) { scanner.in_string() } else { scanner.is_open() };
        if at > from && starts && !open && !decorated && (scanner.broken || !is_continuation(content)) {
            return at;
        }
        if starts && !scanner.is_open() {
            decorated = content.starts_with('@');
        }
        scanner.feed(content);
        at += line.len();
    }
    text.len()
}

/// Whether a line can only be the start of a top-level statement, whatever brackets seem to be open before it.
pub(crate) fn is_definition(line: &str) -> bool {
    ["def ", "class ", "async def ", "@", "import "].iter().any(|word| line.starts_with(word))
}

/// Whether a line looks like the head of a definition at the top level: of the given name, or of any.
pub(crate) fn defines(line: &str, name: Option<&str>) -> bool {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let (rest, openers) = match (line.strip_prefix("def "), line.strip_prefix("class ")) {
        (Some(rest), _) => (rest, &['(', '['][..]),
        (None, Some(rest)) => (rest, &['(', '[', ':'][..]),
        (None, None) => {
            let value = name.and_then(|name| line.strip_prefix(name)).map(str::trim_start);
            return value.is_some_and(|value| value.starts_with('=') && !value.starts_with("=="));
        }
    };
    let rest = rest.trim_start();
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    length > 0 && name.is_none_or(|name| &rest[..length] == name) && rest[length..].trim_start().starts_with(openers)
}

fn is_continuation(line: &str) -> bool {
    let word = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    matches!(word, "else" | "elif" | "except" | "finally")
}

/// The spaces and tabs at the start of a line.
pub(crate) fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The first line that is not blank: where it starts, and its text.
pub(crate) fn first_line(text: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            return Some((at, line));
        }
        at += line.len();
    }
    None
}

/// Where the last statement starts: the last line that is not blank and not inside a string or brackets.
pub(crate) fn last_statement(text: &str) -> usize {
    let mut scanner = Scanner::default();
    let mut start = 0;
    for (place, line) in lines_with_ranges(text) {
        if !scanner.is_open() && !line.trim().is_empty() {
            start = place.start;
        }
        scanner.feed(line);
    }
    start
}

/// Takes from every line the indentation that all of them share.
pub(crate) fn dedent(text: &str) -> String {
    let shared = text.lines().filter(|line| !line.trim().is_empty()).map(indentation).reduce(|shared, indentation| {
        let same = shared.bytes().zip(indentation.bytes()).take_while(|(a, b)| a == b).count();
        &shared[..same]
    });
    text.split_inclusive('\n')
        .map(|line| line.strip_prefix(shared.unwrap_or_default()).unwrap_or(line.trim_start_matches([' ', '\t'])))
        .collect()
}

/// Puts an indentation in front of every line, but for blank lines and the inside of multi-line strings.
pub(crate) fn indent(text: &str, indentation: &str) -> String {
    let mut scanner = Scanner::default();
    let mut indented = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if !scanner.in_string() && !line.trim().is_empty() {
            indented.push_str(indentation);
        }
        indented.push_str(line);
        scanner.feed(line.trim_end_matches('\n'));
    }
    indented
}

/// Lines with their places.
pub(crate) fn lines_with_ranges(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start..*at, line.strip_suffix('\n').unwrap_or(line)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut statements = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = statement_end(text, at);
            statements.push(&text[at..end]);
            at = end;
        }
        assert_eq!(statements, expected);
    }

    #[test]
    fn statements_end_where_another_must_begin() {
        check("a\nb\n", &["a\n", "b\n"]);
        check("if a:\n    b\n\nelse:\n    c\nd", &["if a:\n    b\n\nelse:\n    c\n", "d"]);
        check("@a\n@b\ndef f():\n    pass\n", &["@a\n@b\ndef f():\n    pass\n"]);
        check("x = '''\na\n'''\ny = (\n1,\n)\n", &["x = '''\na\n'''\n", "y = (\n1,\n)\n"]);
        check("x = '(' # (\ny\n", &["x = '(' # (\n", "y\n"]);
        check("x = 1 + \\\n2\ny\n", &["x = 1 + \\\n2\n", "y\n"]);
        check("here (is\ndef f():\n    pass\n", &["here (is\n", "def f():\n    pass\n"]);
        check("def f():\n# note\n    pass\n", &["def f():\n# note\n    pass\n"]);
    }

    #[test]
    fn multi_line_strings_keep_their_lines() {
        assert_eq!(indent("x = '''\na\n'''\n\nreturn x\n", "  "), "  x = '''\na\n'''\n\n  return x\n");
        assert_eq!(dedent("    a\n\n      b\n"), "a\n\n  b\n");
    }
}
