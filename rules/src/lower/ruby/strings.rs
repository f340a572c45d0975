//! Strings, symbols, heredocs and patterns of Ruby.

use tree_sitter::Node;

use crate::ir::{Call, ExprId, ExprKind, Span};
use crate::lower::Lowering;
use crate::lower::ruby::expressions::expression;
use crate::lower::ruby::{Scope, children};

/// Text with `#{}` inside: a text, or a format if something is put in.
pub(super) fn interpolated(
    lowering: &mut Lowering<'_>,
    scope: Scope<'_, '_>,
    node: Node<'_>,
    body: Node<'_>,
) -> ExprId {
    let mut text = String::new();
    let mut parts = Vec::new();
    let mut start = body.start_byte();
    let mut end = start;
    for child in children(body) {
        end = child.end_byte();
        match child.kind() {
            // Single quotes know two escapes, which the grammar leaves in the text.
            "string_content" if lowering.text(node).starts_with('\'') => {
                text.push_str(&lowering.text(child).replace("\\'", "'").replace("\\\\", "\\"));
            }
            "string_content" => text.push_str(lowering.text(child)),
            "heredoc_content" => {
                let content = lowering.text(child);
                let is_first = parts.is_empty() && text.is_empty();
                text.push_str(if is_first { content.strip_prefix('\n').unwrap_or(content) } else { content });
            }
            "escape_sequence" => push_escape(&mut text, lowering.text(child)),
            "heredoc_end" => {}
            _ => {
                flush(lowering, &mut text, start, child.start_byte(), &mut parts);
                let inner = children(child).last();
                if let Some(inner) = inner {
                    parts.push(expression(lowering, scope, inner));
                }
                start = end;
            }
        }
    }
    if parts.is_empty() {
        return lowering.string(&text, node);
    }
    flush(lowering, &mut text, start, end, &mut parts);
    lowering.add(ExprKind::Format(parts), node)
}

fn flush(lowering: &mut Lowering<'_>, text: &mut String, start: usize, end: usize, parts: &mut Vec<ExprId>) {
    if !text.is_empty() {
        let offset = |byte: usize| u32::try_from(byte).expect("a text of 4 GiB is refused before");
        let span = Span { start: offset(start), end: offset(end) };
        parts.push(lowering.add_at(ExprKind::Text(text.as_str().into()), span));
        text.clear();
    }
}

/// `"a" "b"`.
pub(super) fn chained(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    let mut whole = Some(String::new());
    for child in children(node) {
        let part = expression(lowering, scope, child);
        match lowering.program.kind(part) {
            ExprKind::Text(text) => {
                if let Some(whole) = &mut whole {
                    whole.push_str(text);
                }
                parts.push(part);
            }
            ExprKind::Format(inner) => {
                whole = None;
                parts.extend(inner.iter().copied());
            }
            _ => {
                whole = None;
                parts.push(part);
            }
        }
    }
    match whole {
        Some(text) => lowering.string(&text, node),
        None => lowering.add(ExprKind::Format(parts), node),
    }
}

/// `<<~SQL`, whose text follows on the next lines.
pub(super) fn heredoc(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let value = match scope.survey.heredoc(node) {
        Some(body) => interpolated(lowering, scope, node, body),
        None => lowering.string("", node),
    };
    if lowering.text(node).contains('`') {
        let callee = lowering.name("backtick", node);
        return lowering.call(callee, vec![value], node);
    }
    value
}

/// `:name` without its colon.
pub(super) fn symbol(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let text = lowering.text(node).trim_start_matches(':');
    lowering.string(text, node)
}

/// `/a#{b}/` is an object of a class, like `Regexp.new`.
pub(super) fn regex(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let mut text = String::new();
    let mut parts = Vec::new();
    for child in children(node) {
        if child.kind() == "interpolation" {
            flush(lowering, &mut text, node.start_byte(), child.start_byte(), &mut parts);
            parts.extend(children(child).last().map(|inner| expression(lowering, scope, inner)));
        } else {
            // Escapes of a pattern are the pattern's own.
            text.push_str(lowering.text(child));
        }
    }
    let pattern = if parts.is_empty() {
        lowering.string(&text, node)
    } else {
        flush(lowering, &mut text, node.start_byte(), node.end_byte(), &mut parts);
        lowering.add(ExprKind::Format(parts), node)
    };
    let callee = lowering.name("Regexp", node);
    let arguments = vec![crate::ir::Argument { name: None, value: pattern, is_spread: false }];
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
}

/// `?a`.
pub(super) fn character(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut text = String::new();
    match lowering.text(node).get(1..).unwrap_or_default() {
        escape if escape.starts_with('\\') => push_escape(&mut text, escape),
        plain => text.push_str(plain),
    }
    lowering.string(&text, node)
}

fn push_escape(text: &mut String, escape: &str) {
    let rest = escape.get(1..).unwrap_or_default();
    let hexadecimal = |digits: &str| u32::from_str_radix(digits.trim_matches(['{', '}']), 16).ok();
    let code = match rest.as_bytes().first() {
        Some(b'n') => Some(10),
        Some(b'r') => Some(13),
        Some(b't') => Some(9),
        Some(b'e') => Some(27),
        Some(b's') => Some(32),
        Some(b'0') => Some(0),
        Some(b'x' | b'u') => rest.get(1..).and_then(hexadecimal),
        // A line that goes on.
        Some(b'\n') => return,
        _ => None,
    };
    match code.and_then(char::from_u32) {
        Some(character) => text.push(character),
        None => text.push_str(rest),
    }
}
