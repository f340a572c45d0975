//! Python's strings: prefixes, escapes, f-strings, and literals side by side.

use tree_sitter::Node;

use super::expressions::{expression, opaque};
use crate::ir::{ExprId, ExprKind};
use crate::lower::{Lowering, named};

pub(super) fn string(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Parts::default();
    parts.read(lowering, node);
    parts.finish(lowering, node)
}

/// `"a" "b"` is one string.
pub(super) fn concatenated(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Parts::default();
    for child in named(node) {
        if child.kind() == "string" {
            parts.read(lowering, child);
        } else {
            let value = expression(lowering, child);
            parts.hole(lowering, value, child);
        }
    }
    parts.finish(lowering, node)
}

/// The pieces of a string that were read, and the constant text since the last hole.
#[derive(Default)]
struct Parts {
    parts: Vec<ExprId>,
    text: String,
}

impl Parts {
    fn read(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>) {
        let mut prefix = String::new();
        for child in named(node) {
            match child.kind() {
                "string_start" => {
                    prefix = lowering.text(child).trim_end_matches(['"', '\'']).to_ascii_lowercase();
                }
                "string_content" => decode(lowering.text(child), &prefix, &mut self.text),
                "interpolation" => self.interpolation(lowering, child),
                "string_end" => {}
                _ => {
                    let value = expression(lowering, child);
                    self.hole(lowering, value, child);
                }
            }
        }
    }

    fn hole(&mut self, lowering: &mut Lowering<'_>, value: ExprId, node: Node<'_>) {
        self.flush(lowering, node);
        self.parts.push(value);
    }

    /// Ends the constant text before `node`.
    fn flush(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>) {
        if !self.text.is_empty() {
            let text = lowering.string(&self.text, node);
            self.parts.push(text);
            self.text.clear();
        }
    }

    fn interpolation(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>) {
        let Some(inner) = node.child_by_field_name("expression") else {
            let value = opaque(lowering, node);
            return self.hole(lowering, value, node);
        };
        // `{x=}` writes its own text first, and then what `repr` makes of it.
        let says_itself =
            lowering.text.get(inner.end_byte()..node.end_byte()).is_some_and(|rest| rest.trim_start().starts_with('='));
        if says_itself {
            self.text.push_str(lowering.text(inner));
            self.text.push('=');
        }
        let mut value = expression(lowering, inner);
        let conversion = node.child_by_field_name("type_conversion").map_or("", |conversion| lowering.text(conversion));
        let specifier = node.child_by_field_name("format_specifier");
        let function = match conversion {
            "!r" => Some("repr"),
            "!a" => Some("ascii"),
            "" if says_itself && specifier.is_none() => Some("repr"),
            _ => None,
        };
        if let Some(function) = function {
            let callee = lowering.name(function, inner);
            value = lowering.call(callee, vec![value], inner);
        }
        if let Some(specifier) = specifier {
            value = specified(lowering, value, specifier);
        }
        self.hole(lowering, value, node);
    }

    fn finish(mut self, lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
        if self.parts.is_empty() {
            return lowering.string(&self.text, node);
        }
        self.flush(lowering, node);
        lowering.add(ExprKind::Format(self.parts), node)
    }
}

/// A value in the form that a format specifier demands.
fn specified(lowering: &mut Lowering<'_>, value: ExprId, specifier: Node<'_>) -> ExprId {
    let mut values = vec![value];
    for nested in named(specifier) {
        if let Some(inner) = nested.child_by_field_name("expression") {
            values.push(expression(lowering, inner));
        }
    }
    if values.len() > 1 {
        return lowering.add(ExprKind::Opaque(values), specifier);
    }
    if wants_number(lowering.text(specifier)) {
        let to = lowering.symbol("float");
        return lowering.add(ExprKind::Cast { to, value }, specifier);
    }
    value
}

/// Whether `:05d` and its like refuse what is no number.
fn wants_number(specifier: &str) -> bool {
    let layout = specifier.trim_start_matches(|sign: char| sign.is_ascii_digit() || ":<>=^+-# ,_.".contains(sign));
    matches!(layout, "b" | "c" | "d" | "e" | "E" | "f" | "F" | "g" | "G" | "n" | "o" | "x" | "X" | "%")
}

/// Appends what a literal's content says.
fn decode(content: &str, prefix: &str, text: &mut String) {
    let is_raw = prefix.contains('r');
    let is_format = prefix.contains('f') || prefix.contains('t');
    let mut rest = content;
    while let Some(next) = rest.find(['\\', '{', '}']) {
        text.push_str(&rest[..next]);
        rest = &rest[next..];
        let read = match rest.as_bytes() {
            [b'{', b'{', ..] | [b'}', b'}', ..] if is_format => {
                text.push_str(&rest[..1]);
                2
            }
            [b'\\', ..] if !is_raw => escape(rest, text),
            _ => {
                text.push_str(&rest[..1]);
                1
            }
        };
        rest = &rest[read..];
    }
    text.push_str(rest);
}

/// Appends what the escape at the start of `rest` says; how many bytes it takes.
fn escape(rest: &str, text: &mut String) -> usize {
    let Some(sign) = rest[1..].chars().next() else {
        text.push('\\');
        return 1;
    };
    let digits = match sign {
        'x' => Some(2),
        'u' => Some(4),
        'U' => Some(8),
        _ => None,
    };
    if let Some(digits) = digits {
        let number = rest.get(2..2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(character) = number.and_then(char::from_u32) {
            text.push(character);
            return 2 + digits;
        }
    }
    if sign.is_digit(8) {
        let octal: String = rest[1..].chars().take(3).take_while(|digit| digit.is_digit(8)).collect();
        if let Some(character) = u32::from_str_radix(&octal, 8).ok().and_then(char::from_u32) {
            text.push(character);
        }
        return 1 + octal.len();
    }
    match sign {
        'n' => text.push('\n'),
        't' => text.push('\t'),
        'r' => text.push('\r'),
        'a' => text.push('\u{7}'),
        'b' => text.push('\u{8}'),
        'f' => text.push('\u{c}'),
        'v' => text.push('\u{b}'),
        '\\' | '\'' | '"' => text.push(sign),
        '\n' => {}
        _ => {
            text.push('\\');
            text.push(sign);
        }
    }
    1 + sign.len_utf8()
}
