//! Strings, templates, numbers and regular expressions.

use tree_sitter::Node;

use super::expressions::expression;
use super::{field, named};
use crate::ir::{Argument, Call, ExprId, ExprKind};
use crate::lower::Lowering;

/// The text of a string literal, without quotes and escapes.
pub(super) fn string_text(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    let text = lowering.text(node);
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '`')) else {
        return unescaped(text);
    };
    let inner = &text[quote.len_utf8()..];
    unescaped(inner.strip_suffix(quote).unwrap_or(inner))
}

/// A template: a text, or a format of its texts and holes.
pub(super) fn template(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let start = node.start_byte() + 1;
    let whole = lowering.text(node);
    let end = if whole.len() > 1 && whole.ends_with('`') { node.end_byte() - 1 } else { node.end_byte() };
    let mut parts = Vec::new();
    let mut at = start;
    let mut holes = 0;
    for hole in named(node).filter(|child| child.kind() == "template_substitution") {
        piece(lowering, node, at, hole.start_byte(), &mut parts);
        parts.extend(named(hole).map(|inner| expression(lowering, inner)));
        at = hole.end_byte();
        holes += 1;
    }
    if holes == 0 {
        let text = unescaped(lowering.text.get(start..end).unwrap_or_default());
        return lowering.string(&text, node);
    }
    piece(lowering, node, at, end, &mut parts);
    lowering.add(ExprKind::Format(parts), node)
}

fn piece(lowering: &mut Lowering<'_>, node: Node<'_>, start: usize, end: usize, parts: &mut Vec<ExprId>) {
    let text = lowering.text.get(start..end).unwrap_or_default();
    if !text.is_empty() {
        let text = unescaped(text);
        parts.push(lowering.string(&text, node));
    }
}

/// A whole number that fits, or any number.
pub(super) fn number(text: &str) -> ExprKind {
    let digits: String = text.trim_end_matches('n').chars().filter(|digit| *digit != '_').collect();
    let lower = digits.to_ascii_lowercase();
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    let value = match radix.into_iter().find_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, radix))) {
        Some((digits, radix)) => i64::from_str_radix(digits, radix),
        None => lower.parse(),
    };
    value.map_or(ExprKind::Number, ExprKind::Integer)
}

/// `/pattern/flags`, as if it were `new RegExp("pattern", "flags")`.
pub(super) fn regex(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let callee = lowering.name("RegExp", node);
    let mut arguments = Vec::new();
    for part in ["pattern", "flags"] {
        if let Some(part) = field(node, part) {
            let text = lowering.text(part);
            let value = lowering.string(text, part);
            arguments.push(Argument { name: None, value, is_spread: false });
        }
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
}

fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('0') => out.push('\0'),
            // A line that goes on.
            Some('\n') | None => {}
            Some('x') => code_point(&mut rest, 2, &mut out),
            Some('u') => {
                let rest_text = rest.as_str();
                if let Some((digits, after)) = rest_text.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                    out.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
                    rest = after.chars();
                } else {
                    code_point(&mut rest, 4, &mut out);
                }
            }
            Some(other) => out.push(other),
        }
    }
    out
}

fn code_point(rest: &mut std::str::Chars<'_>, digits: usize, out: &mut String) {
    let text = rest.as_str();
    if let Some(number) = text.get(..digits).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        out.extend(char::from_u32(number));
        *rest = text[digits..].chars();
    }
}
