//! Strings of PHP: quoted, with variables inside, heredocs and commands in backticks.

use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind};
use crate::lower::php::children;
use crate::lower::php::expressions::expression;
use crate::lower::{Lowering, span};

/// `'...'`, which knows two escapes.
pub(super) fn single_quoted(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut text = String::new();
    for child in children(node) {
        let piece = lowering.text(child);
        text.push_str(if child.kind() == "escape_sequence" { piece.get(1..).unwrap_or_default() } else { piece });
    }
    lowering.string(&text, node)
}

/// `<<<'X'`, which knows no escapes.
pub(super) fn nowdoc(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let text = node.child_by_field_name("value").map_or("", |value| lowering.text(value));
    lowering.string(text.trim_start_matches(['\r', '\n']), node)
}

/// `"...$x..."`, the body of a heredoc or of a command: text, or a format if something is put in.
pub(super) fn interpolated(lowering: &mut Lowering<'_>, node: Node<'_>, body: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut start = body.start_byte();
    let mut end = start;
    for child in children(body) {
        // The line breaks of a heredoc belong to no node.
        let gap = lowering.text.get(end..child.start_byte()).unwrap_or_default();
        if body.kind() == "heredoc_body" && end > body.start_byte() && gap.contains('\n') {
            text.push('\n');
        }
        end = child.end_byte();
        match child.kind() {
            "string_content" => text.push_str(lowering.text(child)),
            "escape_sequence" => push_escape(&mut text, lowering.text(child)),
            _ => {
                flush(lowering, &mut text, start..child.start_byte(), &mut parts);
                parts.push(hole(lowering, child));
                start = end;
            }
        }
    }
    if parts.is_empty() {
        return lowering.string(&text, node);
    }
    flush(lowering, &mut text, start..end, &mut parts);
    lowering.add(ExprKind::Format(parts), node)
}

fn flush(lowering: &mut Lowering<'_>, text: &mut String, range: std::ops::Range<usize>, parts: &mut Vec<ExprId>) {
    if !text.is_empty() {
        let offset = |byte: usize| u32::try_from(byte).expect("a text of 4 GiB is refused before");
        let place = crate::ir::Span { start: offset(range.start), end: offset(range.end) };
        parts.push(lowering.add_at(ExprKind::Text(text.as_str().into()), place));
        text.clear();
    }
}

/// A variable in a string. Without braces, the key in `$row[name]` is a text and no constant.
fn hole(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let braced = lowering.text.get(..node.start_byte()).is_some_and(|before| before.trim_end().ends_with('{'));
    if braced || node.kind() != "subscript_expression" {
        return expression(lowering, node);
    }
    let mut parts = children(node);
    let (Some(of), Some(key)) = (parts.next(), parts.next()) else {
        return expression(lowering, node);
    };
    let of = expression(lowering, of);
    let index = if key.kind() == "name" {
        let key_text = lowering.text(key);
        lowering.string(key_text, key)
    } else {
        expression(lowering, key)
    };
    lowering.add_at(ExprKind::Index { of, index }, span(node))
}

fn push_escape(text: &mut String, escape: &str) {
    let rest = escape.get(1..).unwrap_or_default();
    let code = match rest.as_bytes().first() {
        Some(b'n') => Some(10),
        Some(b'r') => Some(13),
        Some(b't') => Some(9),
        Some(b'v') => Some(11),
        Some(b'e') => Some(27),
        Some(b'f') => Some(12),
        Some(b'x') => u32::from_str_radix(&rest[1..], 16).ok(),
        Some(b'u') => u32::from_str_radix(rest[1..].trim_matches(['{', '}']), 16).ok(),
        Some(b'0'..=b'7') => u32::from_str_radix(rest, 8).ok(),
        _ => None,
    };
    match code.and_then(char::from_u32) {
        Some(character) => text.push(character),
        None => text.push_str(rest),
    }
}
