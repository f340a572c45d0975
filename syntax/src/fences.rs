//! Fenced code blocks of a Markdown text, as models write them rather than as CommonMark would have them.
//!
//! It finds blocks and says what they claim to be. Which of them is the program is decided elsewhere.

use std::ops::Range;

use proofhouse_types::Language;

use crate::lines::{Scanner, indentation, lines_with_ranges};

/// How far behind a closing fence inside a multi-line string the real one is looked for. Docstrings with fences in them are
/// shorter than this; the figure keeps the search linear.
const LINES_AFTER_A_QUOTED_FENCE: usize = 200;

/// In how many blocks of one text the search behind a quoted fence may be in vain. Each such block has a string that never ends; a
/// reply has one or two of them, and the figure bounds what a hostile one costs.
const VAIN_SEARCHES: usize = 64;

/// The indentation from which on a fence is none, but part of the code around it (CommonMark 0.31, section 4.5).
const CODE_COLUMNS: usize = 4;

/// What a block's tag says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// The language that is looked for, under any of its names.
    Wanted,
    /// No tag.
    None,
    /// Some other language, or output.
    Other,
}

/// One fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What it claims to be.
    pub(crate) tag: Tag,
    /// What is in it, less the indentation of its fence.
    pub(crate) content: String,
    /// Whether it ended before the text did.
    pub(crate) closed: bool,
    /// Its place in the text, fences included.
    pub(crate) place: Range<usize>,
}

/// An opening fence.
struct Opener<'a> {
    mark: u8,
    length: usize,
    indentation: &'a str,
    columns: usize,
    tag: Tag,
    tagged: bool,
    /// Where it starts in its line.
    column: usize,
}

/// The fenced blocks of a text, in their order. One language is looked for in them.
pub(crate) fn blocks(text: &str, language: Language) -> Vec<Block> {
    let lines = lines_with_ranges(text).collect::<Vec<_>>();
    let mut blocks = Vec::new();
    let mut vain_searches_left = VAIN_SEARCHES;
    let mut at = 0;
    while at < lines.len() {
        let (place, line) = &lines[at];
        let Some(opener) = opener(line, language) else {
            at += 1;
            continue;
        };
        let (content, next, closed) = content(&lines, at + 1, &opener, language, &mut vain_searches_left);
        let end = lines.get(next).map_or(text.len(), |(place, _)| place.start);
        if !content.trim().is_empty() {
            blocks.push(Block { tag: opener.tag, content, closed, place: place.start + opener.column..end });
        }
        at = next;
    }
    blocks
}

/// What a block holds, the line behind it, and whether it was closed.
fn content(
    lines: &[(Range<usize>, &str)],
    from: usize,
    opener: &Opener<'_>,
    language: Language,
    vain_searches_left: &mut usize,
) -> (String, usize, bool) {
    let mut content = String::new();
    let mut scanner = Scanner::default();
    // A closing fence inside a multi-line string: the end after all, unless the string ends and another closing fence follows.
    let mut quoted: Option<(usize, usize)> = None;
    for (at, (_, line)) in lines.iter().enumerate().skip(from) {
        let line = undented(line, opener);
        if quoted.is_some_and(|(first, _)| at - first > LINES_AFTER_A_QUOTED_FENCE) {
            break;
        }
        if closes(line, opener) {
            if !scanner.in_string() || *vain_searches_left == 0 {
                return (content, at + 1, true);
            }
            quoted.get_or_insert((at, content.len()));
        } else if self::opener(line, language).is_some_and(|next| {
            next.tagged && next.mark == opener.mark && next.tag != Tag::Other && next.columns < CODE_COLUMNS
        }) {
            if quoted.is_some() {
                break;
            }
            if !scanner.in_string() {
                return (content, at, true);
            }
        } else if let Some(last) = glued_end(line, opener) {
            let mut after = scanner.clone();
            after.feed(last);
            if !scanner.in_string() && !after.in_string() && !last.contains(['#', '`']) {
                content.push_str(last);
                content.push('\n');
                return (content, at + 1, true);
            }
        }
        match language {
            Language::Python => scanner.feed(line),
            // A string of SQL holds no fence, and what opens a triple-quoted string of Python is a quoted quote there.
            Language::Sql => {}
        }
        content.push_str(line);
        content.push('\n');
    }
    match quoted {
        Some((at, length)) => {
            *vain_searches_left -= 1;
            content.truncate(length);
            (content, at + 1, true)
        }
        None => (content, lines.len(), false),
    }
}

/// Reads a line as an opening fence: at its start, behind a list marker, or (with the wanted name) at the end of some prose.
fn opener(line: &str, language: Language) -> Option<Opener<'_>> {
    let indent = indentation(line);
    let item = list_marker(&line[indent.len()..]);
    let column = indent.len() + item;
    let fence = &line[column..];
    if let Some((mark, length)) = mark(fence) {
        let info = fence[length..].trim();
        if mark == b'`' && info.contains('`') {
            return None;
        }
        let columns = if item > 0 { column } else { indent.chars().count() };
        let tag = tag(info, language);
        // A fence around Markdown holds other fences; it is looked through.
        let markdown = matches!(info.to_ascii_lowercase().as_str(), "markdown" | "md");
        let tagged = !info.is_empty();
        return (!markdown).then_some(Opener { mark, length, indentation: indent, columns, tag, tagged, column });
    }
    let column = line.find("```")?;
    let info = line[column + 3..].trim();
    (tag(info, language) == Tag::Wanted).then_some(Opener {
        mark: b'`',
        length: 3,
        indentation: "",
        columns: 0,
        tag: Tag::Wanted,
        tagged: true,
        column,
    })
}

/// The character of a fence and how often it stands there, at least three times.
fn mark(text: &str) -> Option<(u8, usize)> {
    let mark = *text.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = text.bytes().take_while(|byte| *byte == mark).count();
    (length >= 3).then_some((mark, length))
}

/// The length of `- `, `* `, `+ `, `1. ` or `1) ` at the start of a line that goes on with a fence.
fn list_marker(line: &str) -> usize {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let marker = if digits > 0 { &[b'.', b')'][..] } else { &[b'-', b'*', b'+'][..] };
    if !line.as_bytes().get(digits).is_some_and(|byte| marker.contains(byte)) {
        return 0;
    }
    let rest = &line[digits + 1..];
    let spaces = indentation(rest).len();
    if spaces > 0 && mark(&rest[spaces..]).is_some() { digits + 1 + spaces } else { 0 }
}

/// Takes the fence's own indentation from a line of its block; less where the line has less.
fn undented<'a>(line: &'a str, opener: &Opener<'_>) -> &'a str {
    let line = line.trim_end_matches('\r');
    if opener.columns == opener.indentation.len()
        && let Some(rest) = line.strip_prefix(opener.indentation)
    {
        return rest;
    }
    let spaces = line.bytes().take_while(|byte| *byte == b' ').count();
    &line[spaces.min(opener.columns)..]
}

/// At least as long as the opener, of the same character, with nothing behind it, and not indented like code.
fn closes(line: &str, opener: &Opener<'_>) -> bool {
    let fence = line.trim_end();
    let indent = indentation(fence);
    indent.len() < CODE_COLUMNS
        && !indent.contains('\t')
        && mark(&fence[indent.len()..]).is_some_and(|(mark, length)| {
            mark == opener.mark && length >= opener.length && indent.len() + length == fence.len()
        })
}

/// The code in front of a closing fence that was glued to the last line.
fn glued_end<'a>(line: &'a str, opener: &Opener<'_>) -> Option<&'a str> {
    let fence = "`".repeat(opener.length);
    line.trim_end().strip_suffix(&fence).filter(|last| opener.mark == b'`' && !last.trim().is_empty())
}

/// Reads the tag of ```` ```python title="x" ````, `{.python}`, `Python3`, `py:main.py` and the like.
fn tag(info: &str, language: Language) -> Tag {
    let info = info.trim_start_matches(['{', '.', ' ']).to_ascii_lowercase();
    if info.is_empty() {
        return Tag::None;
    }
    let word = info.split(|c: char| c.is_whitespace() || ",:;{}()=\"[".contains(c)).next().unwrap_or_default();
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let wanted = match language {
        Language::Python => {
            let names = [
                "python",
                "py",
                "ipython",
                "cpython",
                "pycon",
                "pyi",
                "python-repl",
                "pycon-repl",
                "python-console",
                "py3k",
            ];
            names.contains(&name) || word.ends_with(".py")
        }
        Language::Sql => {
            let names = ["sql", "sqlite", "postgresql", "postgres", "psql", "mysql"];
            names.contains(&name) || word.ends_with(".sql")
        }
    };
    if wanted { Tag::Wanted } else { Tag::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Tag, &str, bool)]) {
        let blocks = blocks(text, Language::Python);
        let found = blocks.iter().map(|b| (b.tag, b.content.as_str(), b.closed)).collect::<Vec<_>>();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn blocks_end_at_their_own_fences() {
        check("```\na\n```\n", &[(Tag::None, "a\n", true)]);
        check("```python\na\n", &[(Tag::Wanted, "a\n", false)]);
        check("````py\n```\na\n```\n````\n", &[(Tag::Wanted, "```\na\n```\n", true)]);
        check("~~~\na\n```\n~~~~\n", &[(Tag::None, "a\n```\n", true)]);
        check("```py\n'''\n```\n'''\n```\n", &[(Tag::Wanted, "'''\n```\n'''\n", true)]);
        check("```py\n'''\n```\nprose\n", &[(Tag::Wanted, "'''\n", true)]);
        check("```py\na\n```py\nb\n```\n", &[(Tag::Wanted, "a\n", true), (Tag::Wanted, "b\n", true)]);
        check("  ```py\n  a\n    b\n c\n  ```\n", &[(Tag::Wanted, "a\n  b\nc\n", true)]);
        check("1. ```py\n   a\n   ```\n", &[(Tag::Wanted, "a\n", true)]);
        check("\t```py\n\ta\n\t```\n", &[(Tag::Wanted, "a\n", true)]);
        check("see: ```python\na\n```\n", &[(Tag::Wanted, "a\n", true)]);
        check("```py\nreturn a```\n", &[(Tag::Wanted, "return a\n", true)]);
        check("a\n```\n", &[]);
        check("````markdown\n```py\na\n```\n````\n", &[(Tag::Wanted, "a\n", true)]);
    }

    #[test]
    fn a_quoted_quote_of_sql_opens_nothing() {
        let text = "```sql\nSELECT ''''\n```\nprose\n```\n'''\n```\n";
        let contents = blocks(text, Language::Sql).into_iter().map(|block| block.content).collect::<Vec<_>>();
        assert_eq!(contents, ["SELECT ''''\n", "'''\n"]);
    }

    #[test]
    fn tags_have_many_names() {
        for info in [
            "python",
            "Python",
            "py",
            "py3",
            "python3",
            "python3.12",
            "{.python}",
            "python title=\"a\"",
            "main.py",
            "py:a",
            "pycon",
        ] {
            assert_eq!(tag(info, Language::Python), Tag::Wanted, "{info}");
        }
        for info in ["bash", "json", "javascript", "text", "pyret", "output", "c++"] {
            assert_eq!(tag(info, Language::Python), Tag::Other, "{info}");
        }
        for info in ["sql", "SQL", "sqlite3", "postgresql", "mysql", "psql", "{.sql}", "query.sql"] {
            assert_eq!(tag(info, Language::Sql), Tag::Wanted, "{info}");
            assert_eq!(tag(info, Language::Python), Tag::Other, "{info}");
        }
        for info in ["python", "text", "sqlalchemy"] {
            assert_eq!(tag(info, Language::Sql), Tag::Other, "{info}");
        }
        assert_eq!(tag("", Language::Python), Tag::None);
    }

    #[test]
    fn a_quoted_fence_is_the_end_when_no_other_follows_soon() {
        let text = |lines: usize| format!("```\n'''\n```\n{}'''\n```\n", "a\n".repeat(lines));
        let blocks = |lines: usize| blocks(&text(lines), Language::Python);
        assert_eq!(blocks(LINES_AFTER_A_QUOTED_FENCE - 2).len(), 1);
        assert!(blocks(LINES_AFTER_A_QUOTED_FENCE - 2)[0].content.len() > 10);
        assert_eq!(blocks(LINES_AFTER_A_QUOTED_FENCE - 1)[0].content, "'''\n");
    }
}
