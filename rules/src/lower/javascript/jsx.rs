//! JSX: an element is a call of `jsx` with the tag, the children, and the attributes as named arguments.

use tree_sitter::Node;

use super::expressions::expression;
use super::literals::string_text;
use super::{field, named};
use crate::ir::{Argument, Call, ExprId, ExprKind};
use crate::lower::Lowering;

pub(super) fn element(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let callee = lowering.name("jsx", node);
    let open = field(node, "open_tag").unwrap_or(node);
    let mut arguments = Vec::new();
    let name = field(open, "name");
    arguments.push(positional(match name {
        // Lower case is a tag of HTML, upper case a component.
        Some(name) if lowering.text(name).starts_with(|first: char| first.is_lowercase()) => {
            let text = lowering.text(name);
            lowering.string(text, name)
        }
        Some(name) => expression(lowering, name),
        None => lowering.string("", open),
    }));
    for attribute in named(open) {
        match attribute.kind() {
            "jsx_attribute" => arguments.extend(named_attribute(lowering, attribute)),
            // `{...props}`.
            "jsx_expression" => {
                for inner in named(attribute) {
                    let inner = if inner.kind() == "spread_element" { named(inner).next() } else { Some(inner) };
                    if let Some(inner) = inner {
                        let value = expression(lowering, inner);
                        arguments.push(Argument { name: None, value, is_spread: true });
                    }
                }
            }
            _ => {}
        }
    }
    if open != node {
        for child in named(node) {
            match child.kind() {
                "jsx_opening_element" | "jsx_closing_element" | "jsx_text" | "html_character_reference" => {}
                _ => arguments.push(positional(expression(lowering, child))),
            }
        }
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

fn named_attribute(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Argument> {
    let mut parts = named(node);
    let name = parts.next()?;
    let value = match parts.next() {
        Some(text) if text.kind() == "string" => {
            let decoded = string_text(lowering, text);
            lowering.string(&decoded, text)
        }
        Some(value) => expression(lowering, value),
        None => lowering.add(ExprKind::Bool(true), name),
    };
    let name = Some(lowering.symbol_of(name));
    Some(Argument { name, value, is_spread: false })
}

fn positional(value: ExprId) -> Argument {
    Argument { name: None, value, is_spread: false }
}
