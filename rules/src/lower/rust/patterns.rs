//! Rust: patterns, as targets of assignments and as labels of cases.

use tree_sitter::Node;

use super::expressions::expression;
use crate::ir::{ExprId, ExprKind};
use crate::lower::Lowering;
use crate::lower::literals::sound;

/// What a pattern binds, as the target of an assignment: wrappers of one value, such as `Some(x)`, are looked through. None
/// where it binds nothing.
pub(super) fn target(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    let mut made = None;
    lowering.deeper_statement(|lowering| made = direct(lowering, node));
    made
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    match node.kind() {
        "identifier" | "shorthand_field_identifier" => {
            let text = lowering.text(node);
            // By custom a name in capitals is a constant or a variant, and matches without binding.
            (!text.starts_with(|first: char| first.is_ascii_uppercase())).then(|| lowering.name(text, node))
        }
        "self" => Some(lowering.name("self", node)),
        "mut_pattern" | "ref_pattern" | "reference_pattern" | "captured_pattern" | "match_pattern" => {
            let inner = sound(node).find(|child| child.kind() != "mutable_specifier")?;
            target(lowering, inner)
        }
        "or_pattern" => sound(node).find_map(|inner| target(lowering, inner)),
        "tuple_struct_pattern" => {
            let of = node.child_by_field_name("type");
            let inner: Vec<_> = sound(node).filter(|child| Some(*child) != of).collect();
            match inner.as_slice() {
                [only] => target(lowering, *only),
                several => list(lowering, node, several),
            }
        }
        "tuple_pattern" | "slice_pattern" => {
            let inner: Vec<_> = sound(node).collect();
            list(lowering, node, &inner)
        }
        "struct_pattern" => {
            let mut entries = Vec::new();
            for field in sound(node).filter(|child| child.kind() == "field_pattern") {
                let Some(name) = field.child_by_field_name("name") else { continue };
                let inner = field.child_by_field_name("pattern").unwrap_or(name);
                if let Some(inner) = target(lowering, inner) {
                    let key = lowering.string(lowering.text(name), name);
                    entries.push((Some(key), inner));
                }
            }
            (!entries.is_empty()).then(|| lowering.add(ExprKind::Map(entries), node))
        }
        _ => None,
    }
}

fn list(lowering: &mut Lowering<'_>, node: Node<'_>, inner: &[Node<'_>]) -> Option<ExprId> {
    let made: Vec<_> = inner.iter().map(|pattern| target(lowering, *pattern)).collect();
    if made.iter().all(Option::is_none) {
        return None;
    }
    let items = made.into_iter().map(|item| item.unwrap_or_else(|| lowering.name("_", node))).collect();
    Some(lowering.add(ExprKind::List(items), node))
}

/// The labels of a case. None if it matches whatever comes; a pattern that is no literal is an unknown label.
pub(super) fn labels(lowering: &mut Lowering<'_>, pattern: Node<'_>) -> Vec<ExprId> {
    let guard = pattern.child_by_field_name("condition");
    let inner = sound(pattern).find(|child| Some(*child) != guard);
    let mut found = Vec::new();
    if let Some(guard) = guard {
        let guard = super::statements::test(lowering, guard, &mut Vec::new());
        found.push(lowering.add(ExprKind::Opaque(vec![guard]), pattern));
        return found;
    }
    if let Some(inner) = inner {
        collect(lowering, inner, &mut found);
    }
    found
}

fn collect(lowering: &mut Lowering<'_>, node: Node<'_>, found: &mut Vec<ExprId>) {
    match node.kind() {
        "or_pattern" => {
            for inner in sound(node) {
                lowering.deeper_statement(|lowering| collect(lowering, inner, found));
            }
        }
        "string_literal" | "raw_string_literal" | "char_literal" | "integer_literal" | "negative_literal"
        | "boolean_literal" | "float_literal" => found.push(expression(lowering, node)),
        "identifier" if !lowering.text(node).starts_with(|first: char| first.is_ascii_uppercase()) => {}
        "_" => {}
        "tuple_struct_pattern" => {
            let of = node.child_by_field_name("type");
            let mut inner = sound(node).filter(|child| Some(*child) != of);
            match (inner.next(), inner.next()) {
                (Some(only), None) if only.kind().ends_with("_literal") => found.push(expression(lowering, only)),
                _ => found.push(lowering.add(ExprKind::Opaque(Vec::new()), node)),
            }
        }
        _ => found.push(lowering.add(ExprKind::Opaque(Vec::new()), node)),
    }
}
