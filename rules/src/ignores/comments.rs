//! Finds the comments that ignore something: by the syntax tree, so that the same words inside a text are left alone.

use proofhouse_syntax::Grammar;
use proofhouse_types::Place;
use tree_sitter::{Node, Tree};

/// What such a comment starts with.
const MARK: &str = "proofhouse:";

/// A comment that ignores something.
pub(super) struct Comment<'t> {
    /// Where it says so.
    pub(super) place: Place,
    /// What it says.
    pub(super) text: &'t str,
    /// The line whose findings it ignores.
    pub(super) covers: usize,
    /// Whether no code stands on its lines.
    pub(super) is_alone: bool,
    /// The rules that it names.
    pub(super) rules: Vec<&'t str>,
    /// Why.
    pub(super) reason: String,
}

/// The comments of a text, in its order.
pub(super) fn comments(text: &str, grammar: Grammar) -> Vec<Comment<'_>> {
    let marks: Vec<usize> = text.match_indices(MARK).map(|(at, _)| at).filter(|at| is_word_start(text, *at)).collect();
    if marks.is_empty() {
        return Vec::new();
    }
    let tree = grammar.tree(text);
    let lines = Lines::of(text, grammar);
    let mut found = Vec::new();
    for (start, end) in around(&tree, text, &marks) {
        let inside = &marks[marks.partition_point(|at| *at < start)..marks.partition_point(|at| *at < end)];
        for (number, mark) in inside.iter().enumerate() {
            let until = inside.get(number + 1).copied().unwrap_or(end);
            found.extend(read(text, &lines, (start, end), *mark, until));
        }
    }
    found
}

/// Whether a mark starts a word; behind a backtick or a quote it is spoken about.
fn is_word_start(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|before| before.is_whitespace() || "#/*-!;".contains(before))
}

/// The comments that have a mark, by their first byte and the one behind their last.
fn around(tree: &Tree, text: &str, marks: &[usize]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let inside =
            marks.partition_point(|at| *at < node.start_byte())..marks.partition_point(|at| *at < node.end_byte());
        let marks = &marks[inside];
        let goes_in = match (marks.is_empty(), comment_in(node, text, marks)) {
            (true, _) => false,
            (false, Some(comments)) => {
                found.extend(comments);
                false
            }
            (false, None) => true,
        };
        if goes_in && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// The comments that a node is or, in the HTML around PHP, has; none where its children are to be asked.
fn comment_in(node: Node<'_>, text: &str, marks: &[usize]) -> Option<Vec<(usize, usize)>> {
    // `marginalia` is what the grammar of SQL calls a block comment.
    if node.kind().contains("comment") || node.kind() == "marginalia" {
        let code = &text[node.byte_range()];
        return Some(vec![(node.start_byte(), node.start_byte() + code.trim_end().len())]);
    }
    if !matches!(node.kind(), "text" | "text_interpolation") || node.child_count() > 0 {
        return None;
    }
    let mut found: Vec<(usize, usize)> = Vec::new();
    for mark in marks {
        let before = &text[node.start_byte()..*mark];
        let Some(open) = before.rfind("<!--") else { continue };
        let start = node.start_byte() + open;
        if before[open..].contains("-->") || found.last().is_some_and(|(last, _)| *last == start) {
            continue;
        }
        let end = text[*mark..node.end_byte()].find("-->").map_or(node.end_byte(), |end| mark + end + 3);
        found.push((start, end));
    }
    Some(found)
}

/// Reads what stands from a mark on: the word `ignore`, rules in brackets, and a reason.
fn read<'t>(
    text: &'t str,
    lines: &Lines<'_>,
    (start, end): (usize, usize),
    mark: usize,
    until: usize,
) -> Option<Comment<'t>> {
    let line_end = text[mark..until].find('\n').map_or(until, |at| mark + at);
    let said = trimmed(&text[mark..line_end]);
    let rest = said[MARK.len()..].trim_start().strip_prefix("ignore")?;
    let opened = rest.trim_start().strip_prefix('[');
    let (rules, reason) = match opened.and_then(|rest| rest.split_once(']')) {
        Some((rules, reason)) => {
            let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()).collect();
            (rules, reason.trim_start_matches([' ', '\t', ':', '-', '\u{2013}', '\u{2014}']).trim_end().to_owned())
        }
        // `proofhouse: ignored`, and talk about it, are no such comment; one that starts so was meant as one.
        None if rest.starts_with(|c: char| c.is_alphanumeric()) || !starts_comment(&text[start..mark]) => return None,
        None => (Vec::new(), String::new()),
    };
    let (first, last) = (lines.row(start), lines.row(end.max(start + 1) - 1));
    let before = text[lines.starts[first]..start].trim();
    let after = text[end..lines.end(last)].trim();
    // `{/* … */}` is how JSX writes a comment that stands alone.
    let is_alone = (before.is_empty() && after.is_empty()) || (before == "{" && after == "}");
    let row = match (is_alone, before.is_empty()) {
        (true, _) => lines.next_code[last],
        (false, true) => last,
        (false, false) => first,
    };
    let at = lines.row(mark);
    let column = 1 + text[lines.starts[at]..mark].chars().count();
    let place = Place { line: at + 1, column, end_line: at + 1, end_column: column + said.chars().count() };
    Some(Comment { place, text: said, covers: row + 1, is_alone, rules, reason })
}

fn starts_comment(before: &str) -> bool {
    before.chars().all(|char| char.is_whitespace() || "#/*-!<;".contains(char))
}

/// Without the end of the comment.
fn trimmed(said: &str) -> &str {
    let said = said.trim_end();
    let said = said.strip_suffix("*/").or_else(|| said.strip_suffix("-->")).unwrap_or(said);
    said.trim_end()
}

/// The lines of a text.
struct Lines<'t> {
    text: &'t str,
    /// The first byte of each.
    starts: Vec<usize>,
    /// For each, the first one behind it that is no comment.
    next_code: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, grammar: Grammar) -> Lines<'t> {
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let next_code = vec![0; starts.len()];
        let mut lines = Lines { text, starts, next_code };
        let mut next = lines.starts.len();
        for row in (0..lines.starts.len()).rev() {
            lines.next_code[row] = next;
            if !is_comment(text[lines.starts[row]..lines.end(row)].trim_start(), grammar) {
                next = row;
            }
        }
        lines
    }

    fn row(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// The byte behind a line, its line break left out.
    fn end(&self, row: usize) -> usize {
        self.starts.get(row + 1).map_or(self.text.len(), |next| next - 1)
    }
}

/// Whether a line starts as a comment. Lines in the middle of a block comment can't be told so, unless they start with a star.
fn is_comment(line: &str, grammar: Grammar) -> bool {
    let starts: &[&str] = match grammar {
        Grammar::Bash | Grammar::Python | Grammar::Ruby => &["#"],
        Grammar::C
        | Grammar::CSharp
        | Grammar::Cpp
        | Grammar::Go
        | Grammar::Java
        | Grammar::JavaScript
        | Grammar::Rust
        | Grammar::TypeScript
        | Grammar::Tsx => &["//", "/*", "* ", "*/", "{/*"],
        Grammar::Php if line.starts_with("#[") => &[],
        Grammar::Php => &["#", "//", "/*", "* ", "*/", "<!--"],
        Grammar::Sql => &["--", "/*"],
    };
    starts.iter().any(|start| line.starts_with(start))
}
