//! What is assigned to: names, fields, and patterns that take a value apart.

use tree_sitter::Node;

use super::expressions::{expression, plain};
use super::literals::string_text;
use super::{field, named};
use crate::ir::{Assign, ExprId, ExprKind, Operator, Statement};
use crate::lower::{Lowering, span};

/// A target. Defaults inside patterns become statements for `defaults`: `name ??= default`.
pub(super) fn target(lowering: &mut Lowering<'_>, node: Node<'_>, defaults: &mut Vec<Statement>) -> ExprId {
    let node = plain(node);
    match node.kind() {
        "identifier" | "shorthand_property_identifier_pattern" | "shorthand_property_identifier" => {
            let name = lowering.symbol_of(node);
            lowering.add(ExprKind::Name(name), node)
        }
        "array_pattern" => lowering.deeper(node, |lowering| array(lowering, node, defaults)),
        "object_pattern" => lowering.deeper(node, |lowering| object(lowering, node, defaults)),
        "assignment_pattern" | "object_assignment_pattern" => {
            lowering.deeper(node, |lowering| with_default(lowering, node, defaults))
        }
        "rest_pattern" => match named(node).next() {
            Some(inner) => lowering.deeper(node, |lowering| target(lowering, inner, defaults)),
            None => lowering.add(ExprKind::Opaque(Vec::new()), node),
        },
        _ => expression(lowering, node),
    }
}

fn array(lowering: &mut Lowering<'_>, node: Node<'_>, defaults: &mut Vec<Statement>) -> ExprId {
    let mut items = Vec::new();
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    let mut is_hole = true;
    while more {
        let child = cursor.node();
        more = cursor.goto_next_sibling();
        if child.kind() == "," {
            if is_hole {
                items.push(lowering.add(ExprKind::Opaque(Vec::new()), child));
            }
            is_hole = true;
        } else if child.is_named() && !child.is_extra() {
            items.push(target(lowering, child, defaults));
            is_hole = false;
        }
    }
    lowering.add(ExprKind::List(items), node)
}

fn object(lowering: &mut Lowering<'_>, node: Node<'_>, defaults: &mut Vec<Statement>) -> ExprId {
    let mut entries = Vec::new();
    for entry in named(node) {
        match entry.kind() {
            "pair_pattern" => {
                let key = field(entry, "key").map(|node| key(lowering, node));
                let Some(value) = field(entry, "value") else { continue };
                let value = target(lowering, value, defaults);
                entries.push((key, value));
            }
            "rest_pattern" => {
                let value = target(lowering, entry, defaults);
                entries.push((None, value));
            }
            _ => {
                let name = field(entry, "left").unwrap_or(entry);
                let key = lowering.text(name);
                let key = word(lowering, key, name);
                let value = target(lowering, entry, defaults);
                entries.push((Some(key), value));
            }
        }
    }
    lowering.add(ExprKind::Map(entries), node)
}

fn with_default(lowering: &mut Lowering<'_>, node: Node<'_>, defaults: &mut Vec<Statement>) -> ExprId {
    let Some(left) = field(node, "left") else { return lowering.add(ExprKind::Opaque(Vec::new()), node) };
    let mut inner = Vec::new();
    let left = target(lowering, left, &mut inner);
    if let Some(right) = field(node, "right") {
        // A pattern has no value of its own to fall back from: its names get the default's parts or nothing.
        let operator = match lowering.program.kind(left) {
            ExprKind::Map(_) | ExprKind::List(_) => None,
            _ => Some(Operator::Coalesce),
        };
        let value = expression(lowering, right);
        if operator.is_some() {
            let assign = Assign { target: left, value: Some(value), operator, declared: None, span: span(node) };
            defaults.push(Statement::Assign(assign));
        }
    }
    defaults.append(&mut inner);
    left
}

/// The key of an entry as an expression: bare words are texts, `[x]` is what is inside.
pub(super) fn key(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "computed_property_name" => match named(node).next() {
            Some(inner) => expression(lowering, inner),
            None => lowering.add(ExprKind::Opaque(Vec::new()), node),
        },
        _ => {
            let text = key_text(lowering, node);
            word(lowering, &text, node)
        }
    }
}

/// A text that names an entry. It is known as a name too, for rules that ask by it.
pub(super) fn word(lowering: &mut Lowering<'_>, text: &str, node: Node<'_>) -> ExprId {
    lowering.symbol(text);
    lowering.string(text, node)
}

/// The text of a key that is a word or a string.
pub(super) fn key_text(lowering: &Lowering<'_>, node: Node<'_>) -> String {
    if node.kind() == "string" { string_text(lowering, node) } else { lowering.text(node).to_owned() }
}
