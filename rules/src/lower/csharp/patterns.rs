//! C#'s patterns: `is`, and the arms of a switch. A pattern becomes the test that it stands for; what it binds is assigned in it.

use tree_sitter::Node;

use super::expressions::{expression, unknown};
use super::types::{name_of, type_name, type_path};
use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::{Lowering, named};

/// Whether `subject` matches. None if it always does.
pub(super) fn test(lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) -> Option<ExprId> {
    match node.kind() {
        "discard" => return None,
        "var_pattern" => {
            return names(node).first().map(|name| bind(lowering, *name, subject, node));
        }
        _ => {}
    }
    Some(lowering.deeper(node, |lowering| test_of_kind(lowering, node, subject)))
}

fn test_of_kind(lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) -> ExprId {
    match node.kind() {
        "constant_pattern" => match named(node).next() {
            Some(constant) => equals(lowering, constant, subject, Operator::Equal),
            None => unknown(lowering, node),
        },
        "parenthesized_pattern" | "negated_pattern" => {
            let Some(inner) = named(node).next() else { return unknown(lowering, node) };
            let is_negated = node.kind() == "negated_pattern";
            if let Some(constant) = named(inner).next().filter(|_| is_negated && inner.kind() == "constant_pattern") {
                return equals(lowering, constant, subject, Operator::NotEqual);
            }
            let inner = test(lowering, inner, subject).unwrap_or_else(|| lowering.add(ExprKind::Bool(true), node));
            if is_negated { lowering.add(ExprKind::Not(inner), node) } else { inner }
        }
        "and_pattern" | "or_pattern" => {
            let operator = if node.kind() == "and_pattern" { Operator::And } else { Operator::Or };
            let mut side = |field: &str| {
                let test = node.child_by_field_name(field).and_then(|side| test(lowering, side, subject));
                test.unwrap_or_else(|| lowering.add(ExprKind::Bool(true), node))
            };
            let (left, right) = (side("left"), side("right"));
            lowering.add(ExprKind::Binary { operator, left, right }, node)
        }
        "relational_pattern" => {
            let operator = match node.child(0).map_or("", |operator| operator.kind()) {
                "<" => Operator::Less,
                "<=" => Operator::LessEqual,
                ">" => Operator::Greater,
                _ => Operator::GreaterEqual,
            };
            let right = first(lowering, node);
            lowering.add(ExprKind::Binary { operator, left: subject, right }, node)
        }
        "declaration_pattern" | "type_pattern" => {
            let class = node.child_by_field_name("type");
            let declared = class.and_then(|class| type_name(lowering, class));
            let mut left = subject;
            if let Some(name) = node.child_by_field_name("name") {
                let value = declared.map_or(subject, |to| lowering.add(ExprKind::Cast { to, value: subject }, node));
                left = bind(lowering, name, value, node);
            }
            let right = match class {
                Some(class) => type_path(lowering, class),
                None => unknown(lowering, node),
            };
            lowering.add(ExprKind::Binary { operator: Operator::Other, left, right }, node)
        }
        "recursive_pattern" | "list_pattern" => {
            let mut parts = vec![subject];
            for name in names(node) {
                let value = lowering.add(ExprKind::Opaque(vec![subject]), name);
                parts.push(bind(lowering, name, value, name));
            }
            lowering.add(ExprKind::Opaque(parts), node)
        }
        // A bare expression, where the grammar takes it for one.
        _ => {
            let right = expression(lowering, node);
            lowering.add(ExprKind::Binary { operator: Operator::Equal, left: subject, right }, node)
        }
    }
}

/// `subject is constant`. The grammar takes all of `null && other` for the constant; there the test is of its first operand.
fn equals(lowering: &mut Lowering<'_>, constant: Node<'_>, subject: ExprId, operator: Operator) -> ExprId {
    let sides = (constant.child_by_field_name("left"), constant.child_by_field_name("right"));
    let joint = constant.child_by_field_name("operator").map_or("", |operator| operator.kind());
    if let ("binary_expression", "&&" | "||", (Some(left), Some(right))) = (constant.kind(), joint, sides) {
        let left = lowering.deeper(left, |lowering| equals(lowering, left, subject, operator));
        let right = expression(lowering, right);
        let operator = if joint == "&&" { Operator::And } else { Operator::Or };
        return lowering.add(ExprKind::Binary { operator, left, right }, constant);
    }
    let right = expression(lowering, constant);
    lowering.add(ExprKind::Binary { operator, left: subject, right }, constant)
}

/// The constant of a pattern that compares.
fn first(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match named(node).next() {
        Some(constant) => expression(lowering, constant),
        None => unknown(lowering, node),
    }
}

fn bind(lowering: &mut Lowering<'_>, name: Node<'_>, value: ExprId, node: Node<'_>) -> ExprId {
    let target = name_of(lowering, name);
    lowering.add(ExprKind::Assign { target, value }, node)
}

/// The names that a pattern binds, in the order of the text.
fn names(pattern: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut pending = vec![pattern];
    while let Some(node) = pending.pop() {
        if matches!(
            node.kind(),
            "recursive_pattern"
                | "declaration_pattern"
                | "var_pattern"
                | "list_pattern"
                | "parenthesized_variable_designation"
        ) {
            found.extend(node.children_by_field_name("name", &mut node.walk()));
        }
        if !matches!(node.kind(), "constant_pattern" | "relational_pattern") {
            pending.extend(named(node));
        }
    }
    found.sort_by_key(Node::start_byte);
    found
}
