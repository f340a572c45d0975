//! The search for SQL in a model's reply. There is no grammar of SQL here: it goes by first words, quotes, brackets and `;`.
//!
//! Whether what it finds is valid is for the database to say.

use proofhouse_types::{Finish, Language};

use crate::extraction::{Extracted, Method};
use crate::fences::{self, Tag};

/// What a program may begin with.
const FIRST_WORDS: &str = "select with insert update delete create alter drop replace begin pragma values";

/// What a later statement may begin with besides. A trigger's body has statements of its own, and `end` behind them.
const LATER_WORDS: &str = "end commit rollback savepoint release explain analyze attach detach reindex vacuum";

/// What a statement may go on with behind a blank line.
const CLAUSE_WORDS: &str = "from where group having order limit offset union except intersect join left right full inner outer \
                            cross natural on and or window returning using when else end as";

/// Finds the program in a reply whose reasoning is cut out: the last fenced block with SQL, or else the unfenced statements.
pub(crate) fn extract(text: &str, finish: Finish) -> Option<Extracted> {
    let fenced = fences::blocks(text, Language::Sql).into_iter().rev().find(|block| match block.tag {
        Tag::Wanted => true,
        Tag::None => start(&block.content).is_some_and(|start| block.content[..start].trim().is_empty()),
        Tag::Other => false,
    });
    if let Some(block) = fenced {
        let cut_off = !block.closed
            && match finish {
                Finish::Stop => false,
                Finish::Length => true,
                Finish::Unknown => ends_inside(&block.content),
            };
        return Some(found(block.content, Method::Fence, cut_off));
    }
    let start = start(text)?;
    let end = start + program_end(&text[start..]);
    let code = &text[start..end];
    let cut_off = end == text.len()
        && match finish {
            Finish::Stop => false,
            Finish::Length => !is_ended(code),
            Finish::Unknown => ends_inside(code),
        };
    Some(match text[..start].trim().is_empty() && end == text.len() {
        true => found(text.to_owned(), Method::WholeReply, cut_off),
        false => found(code.to_owned(), Method::LongestSpan, cut_off),
    })
}

/// Whether a text ends inside a string, a quoted name, brackets or a block comment.
pub(crate) fn ends_inside(text: &str) -> bool {
    let mut breaks = Breaks::of(text);
    loop {
        match breaks.next() {
            Break::Semicolon | Break::BlankLine { .. } => {}
            Break::End { inside } => return inside,
        }
    }
}

fn found(code: String, method: Method, cut_off: bool) -> Extracted {
    match cut_off {
        true => Extracted::Truncated { code },
        false => Extracted::Program { code, method },
    }
}

/// Whether nothing but blanks and comments stands behind the last `;`.
fn is_ended(code: &str) -> bool {
    let mut breaks = Breaks::of(code);
    let mut behind = 0;
    loop {
        match breaks.next() {
            Break::Semicolon => behind = breaks.at,
            Break::BlankLine { .. } => {}
            Break::End { inside } => {
                return !inside && behind > 0 && code[behind + blanks(&code[behind..])..].is_empty();
            }
        }
    }
}

/// Where the program starts: with the first line that a statement begins, or with the comments in front of it.
///
/// The words are written in one case there, since a sentence may begin with the same word. The text itself may begin in any case.
fn start(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let code = at + blanks(&text[at..]);
        let rest = &text[code..];
        let begins =
            begins_with(rest, FIRST_WORDS) || (at == 0 && begins_with(&rest.to_ascii_lowercase(), FIRST_WORDS));
        if begins && !is_sentence(rest) {
            return Some(at + (text[at..].len() - text[at..].trim_start().len()));
        }
        at = code + rest.find('\n')? + 1;
    }
}

/// Where the program ends that a text starts with: behind a `;`, or at a blank line, that no more SQL follows.
fn program_end(text: &str) -> usize {
    let mut breaks = Breaks::of(text);
    loop {
        let (end, goes_on) = match breaks.next() {
            Break::Semicolon => {
                let rest = &text[breaks.at + blanks(&text[breaks.at..])..];
                (breaks.at, rest.is_empty() || begins_with(rest, FIRST_WORDS) || begins_with(rest, LATER_WORDS))
            }
            Break::BlankLine { before } => {
                let rest = &text[breaks.at..];
                let mark = rest.is_empty() || ["--", "/*", "(", ")", ","].iter().any(|mark| rest.starts_with(mark));
                let words = begins_with(rest, FIRST_WORDS) || begins_with(rest, CLAUSE_WORDS);
                (before, mark || (words && !is_sentence(rest)))
            }
            Break::End { .. } => return text.len(),
        };
        if !goes_on {
            return end;
        }
    }
}

/// Whether a text begins with one of the words, all in capitals or all in small letters.
fn begins_with(text: &str, words: &str) -> bool {
    let word = &text[..text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())];
    let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let small = word.bytes().all(|byte| byte.is_ascii_lowercase());
    (capitals || small) && words.split(' ').any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether the first line of a text is a sentence rather than a statement: it has small letters first, and ends as sentences do.
fn is_sentence(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default().trim_end();
    line.ends_with(['.', ':']) && line.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase)
}

/// The length of the blanks and comments that a text starts with.
fn blanks(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let length = match rest.trim_start() {
            code if code.len() < rest.len() => rest.len() - code.len(),
            code if code.starts_with("--") => code.find('\n').unwrap_or(code.len()),
            code if code.starts_with("/*") => code.find("*/").map_or(code.len(), |end| end + 2),
            _ => return at,
        };
        at += length;
    }
}

/// Where a program may end.
enum Break {
    /// Behind a `;`.
    Semicolon,
    /// At a blank line outside brackets.
    BlankLine {
        /// The end of the line before it.
        before: usize,
    },
    /// At the end of the text.
    End {
        /// Inside a string, a quoted name, brackets or a block comment.
        inside: bool,
    },
}

/// Reads SQL from one place where it may end to the next.
struct Breaks<'a> {
    text: &'a str,
    at: usize,
    brackets: usize,
}

impl<'a> Breaks<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0, brackets: 0 }
    }

    /// The next break; `at` is behind it, and behind blank lines.
    fn next(&mut self) -> Break {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            let rest = &self.text.as_bytes()[self.at..];
            self.at += 1;
            let closed = match byte {
                b'\'' | b'"' | b'`' => self.skip_to(std::slice::from_ref(byte)),
                b'[' => self.skip_to(b"]"),
                b'/' if rest.starts_with(b"/*") => {
                    self.at += 1;
                    self.skip_to(b"*/")
                }
                b'-' if rest.starts_with(b"--") => {
                    // The newline is left: a blank line may follow.
                    self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()) - 1;
                    true
                }
                b'(' => {
                    self.brackets += 1;
                    true
                }
                b')' => {
                    self.brackets = self.brackets.saturating_sub(1);
                    true
                }
                b';' => {
                    self.brackets = 0;
                    return Break::Semicolon;
                }
                b'\n' => {
                    let before = self.at;
                    let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    self.at += blank - 1;
                    if rest[1..blank].contains(&b'\n') && self.brackets == 0 {
                        return Break::BlankLine { before };
                    }
                    true
                }
                _ => true,
            };
            if !closed {
                return Break::End { inside: true };
            }
        }
        Break::End { inside: self.brackets > 0 }
    }

    /// Goes behind the mark; says whether it is there. A quote that is doubled ends one string and begins another.
    fn skip_to(&mut self, mark: &[u8]) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let place = rest.windows(mark.len()).position(|bytes| bytes == mark);
        self.at += place.map_or(rest.len(), |place| place + mark.len());
        place.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let found = start(text).map(|start| &text[start..start + program_end(&text[start..])]);
        assert_eq!(found, expected, "{text:?}");
    }

    fn check_whole(texts: &[&str]) {
        for text in texts {
            check(text, Some(text));
        }
    }

    #[test]
    fn a_program_begins_with_a_known_word() {
        check_whole(&[
            "SELECT 1",
            "select 1;\n",
            "Select a\nFROM b",
            "VALUES (1)",
            "PRAGMA table_info(t);",
            "WITH\na AS (b)",
        ]);
        check_whole(&["-- all\nSELECT 1;", "/* all\n\n*/ SELECT 1;", "BEGIN;\nDELETE FROM t;\nCOMMIT;\n"]);
        check("Here:\nselect 1;\n", Some("select 1;\n"));
        check("Here:\n\n  -- all\n  SELECT 1;\n", Some("-- all\n  SELECT 1;\n"));
        check(
            "With this query you see:\n\nWITH a AS (SELECT 1) SELECT * FROM a;",
            Some("WITH a AS (SELECT 1) SELECT * FROM a;"),
        );
        check("First join, then\nselect the rows.\n", None);
        check("To do so:\nSelect a row.\nUpdate it.\n", None);
        for text in ["", "Sorry.", "selected", "SELECT_1", "With pleasure:", "a SELECT 1", "-- SELECT 1", "/* SELECT 1"]
        {
            check(text, None);
        }
    }

    #[test]
    fn a_program_ends_where_no_more_sql_follows() {
        check_whole(&["BEGIN;\nEXPLAIN SELECT 1;\n"]);
        check("SELECT 1; It's one; not two;\n", Some("SELECT 1;"));
        check("SELECT 1;\n\nThis selects one.\n", Some("SELECT 1;"));
        check("SELECT a\nFROM b\n\nThis doesn't do more.\n\nSELECT is a word.\n", Some("SELECT a\nFROM b\n"));
        check(
            "SELECT ';', \"a;\", [b;], `c;` /* ; */ -- ;\nFROM d; x",
            Some("SELECT ';', \"a;\", [b;], `c;` /* ; */ -- ;\nFROM d;"),
        );
        check_whole(&[
            "CREATE TABLE t (\n\n  a);\n\nINSERT INTO t VALUES (1);\n",
            "SELECT 1; -- one\n",
            "SELECT 'it''s;\n\nx'",
        ]);
        check_whole(&["SELECT a\n\nFROM b\n\n-- note\nWHERE c\n", "WITH a AS (SELECT 1)\n\nSELECT * FROM a\n\n"]);
        check_whole(&["CREATE TRIGGER a AFTER INSERT ON b BEGIN\n  UPDATE c SET d = 1;\nEND;\n"]);
        check("SELECT 1 -- one\n\nDone", Some("SELECT 1 -- one\n"));
    }

    #[test]
    fn a_program_may_stop_inside() {
        for text in [
            "SELECT 'a",
            "SELECT \"a",
            "SELECT `a",
            "SELECT [a",
            "SELECT (1",
            "SELECT 1 /* a",
            "f(';')\n\n('",
            "'it''s",
            "1; (",
        ] {
            assert!(ends_inside(text), "{text:?}");
        }
        for text in ["", "SELECT", "SELECT 'it''s'", "-- it's (", "SELECT 1; /* ( */", "(;", ")"] {
            assert!(!ends_inside(text), "{text:?}");
        }
        assert!(is_ended("SELECT 1; -- one\n"));
        assert!(!is_ended("SELECT 1; SELECT"));
        assert!(!is_ended("SELECT ';'"));
    }

    #[test]
    fn the_work_is_in_proportion_to_the_text() {
        // Were it not, a text of this size would take minutes.
        for piece in ["\n", "-- a\n\n", ";", "'", "/* a */", "a\n", "select 1;", "from a\n\n", "/*"] {
            let text = piece.repeat((128 << 10) / piece.len());
            let _ = (extract(&text, Finish::Unknown), extract(&format!("SELECT 1\n{text}"), Finish::Unknown));
        }
    }
}
