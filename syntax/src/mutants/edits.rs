//! One edit of a program: where, what comes there instead, and how that is told.

use std::ops::Range;

use tree_sitter::Node;

/// How many characters of the program a description quotes: enough to tell a statement, few enough for one line of a report.
const QUOTED: usize = 40;

/// One edit.
#[derive(Debug)]
pub(super) struct Edit {
    /// The line that it starts in, from 1.
    pub(super) line: usize,
    /// What is taken out.
    pub(super) range: Range<usize>,
    action: Action,
}

/// What an edit puts in the place of a piece of the program.
#[derive(Debug)]
pub(super) enum Action {
    /// Another token.
    Replace(String),
    /// Nothing: the piece is an operator that an expression does without.
    Drop,
    /// The negation of the condition that stands there.
    Negate,
    /// A statement that does nothing.
    Remove,
    /// The return of nothing.
    ReturnNone,
}

impl Edit {
    /// Edits a whole node.
    pub(super) fn of(node: Node<'_>, action: Action) -> Self {
        Self { line: node.start_position().row + 1, range: node.byte_range(), action }
    }

    /// Edits a piece of a text that has no nodes, and starts in this line.
    pub(super) fn at(line: usize, range: Range<usize>, action: Action) -> Self {
        Self { line, range, action }
    }

    /// Drops an operator that stands in front of its operand.
    pub(super) fn drop_before(operator: Node<'_>, operand: Node<'_>) -> Self {
        let range = operator.start_byte()..operand.start_byte();
        Self { line: operator.start_position().row + 1, range, action: Action::Drop }
    }

    /// The program with this edit.
    pub(super) fn apply(&self, text: &str) -> String {
        let (before, after) = (&text[..self.range.start], &text[self.range.end..]);
        let middle = match &self.action {
            Action::Replace(token) => token.clone(),
            Action::Drop => String::new(),
            Action::Negate => format!("not ({})", &text[self.range.clone()]),
            Action::Remove => "pass".to_owned(),
            Action::ReturnNone => "return None".to_owned(),
        };
        let start = gap(before, if middle.is_empty() { after } else { &middle });
        let end = if middle.is_empty() { "" } else { gap(&middle, after) };
        format!("{before}{start}{middle}{end}{after}")
    }

    /// What this edit changes, in words.
    pub(super) fn change(&self, text: &str) -> String {
        let piece = quote(&text[self.range.clone()]);
        match &self.action {
            Action::Replace(token) => format!("`{piece}` becomes `{token}`"),
            Action::Drop | Action::Remove => format!("`{piece}` removed"),
            Action::Negate => format!("condition `{piece}` negated"),
            Action::ReturnNone => format!("`{piece}` becomes `return None`"),
        }
    }
}

/// What keeps two pieces from growing into one word, as in `return-1` without its sign.
fn gap(left: &str, right: &str) -> &'static str {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    if left.ends_with(is_word) && right.starts_with(is_word) { " " } else { "" }
}

fn quote(piece: &str) -> String {
    let head = piece.chars().take(QUOTED + 1).collect::<String>();
    let words = head.split_whitespace().collect::<Vec<_>>().join(" ");
    if head.chars().count() > QUOTED { words + "…" } else { words }
}
