//! Operators.

use tree_sitter::Node;

use super::expressions::{expression, opaque, plain};
use super::field;
use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::Lowering;

/// `a + b + c` as one sum, however long; anything else as it nests.
pub(super) fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let sign = sign_of(node);
    if sign == "+" {
        return sum(lowering, node);
    }
    let (left, right) = (field(node, "left"), field(node, "right"));
    let (Some(left), Some(right)) = (left, right) else { return opaque(lowering, node) };
    if let Some(id) = type_test(lowering, node, left, right, sign) {
        return id;
    }
    let left = if left.kind() == "private_property_identifier" {
        lowering.name(lowering.text(left), left)
    } else {
        expression(lowering, left)
    };
    let right = expression(lowering, right);
    lowering.add(ExprKind::Binary { operator: operator(sign), left, right }, node)
}

/// `typeof x === "string"` as a call that a rule file can name as a guard: `typeof(x, "string")`.
fn type_test(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    left: Node<'_>,
    right: Node<'_>,
    sign: &str,
) -> Option<ExprId> {
    let is_typeof = left.kind() == "unary_expression" && sign_of(left) == "typeof" && right.kind() == "string";
    let negated = match sign {
        "===" | "==" => false,
        "!==" | "!=" => true,
        _ => return None,
    };
    let operand = field(left, "argument").filter(|_| is_typeof)?;
    let callee = lowering.name("typeof", left);
    let value = expression(lowering, operand);
    let name = expression(lowering, right);
    let test = lowering.call(callee, vec![value, name], node);
    Some(if negated { lowering.add(ExprKind::Not(test), node) } else { test })
}

fn sum(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut rights = Vec::new();
    let mut left = node;
    while left.kind() == "binary_expression" && sign_of(left) == "+" {
        rights.extend(field(left, "right"));
        match field(left, "left") {
            // Parentheses around the left are of no matter for strings: `(a + b) + c`.
            Some(inner) => left = plain(inner),
            None => break,
        }
    }
    let mut parts = Vec::with_capacity(rights.len() + 1);
    if left.kind() != "binary_expression" || sign_of(left) != "+" {
        parts.push(expression(lowering, left));
    }
    for right in rights.into_iter().rev() {
        parts.push(expression(lowering, right));
    }
    lowering.add(ExprKind::Sum(parts), node)
}

fn sign_of<'t>(node: Node<'t>) -> &'t str {
    field(node, "operator").map_or("", |sign| sign.kind())
}

fn operator(sign: &str) -> Operator {
    match sign {
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "==" | "===" => Operator::Equal,
        "!=" | "!==" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" => Operator::And,
        "||" => Operator::Or,
        "??" => Operator::Coalesce,
        "in" => Operator::In,
        "<<" => Operator::ShiftLeft,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        _ => Operator::Other,
    }
}

/// The operator of `+=` and its like.
pub(super) fn augmented(node: Node<'_>) -> Operator {
    match sign_of(node).trim_end_matches('=') {
        "+" => Operator::Add,
        sign => operator(sign),
    }
}

/// Operators of one operand. Those that give a number are calls of `Number`, `typeof` and `delete` are calls by their name.
pub(super) fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(operand) = field(node, "argument") else { return opaque(lowering, node) };
    let value = expression(lowering, operand);
    match sign_of(node) {
        "!" => lowering.add(ExprKind::Not(value), node),
        "-" => match *lowering.program.kind(value) {
            ExprKind::Integer(number) => lowering.add(ExprKind::Integer(-number), node),
            _ => lowering.add(ExprKind::Negative(value), node),
        },
        "+" | "~" => call_of(lowering, "Number", value, node),
        "typeof" => call_of(lowering, "typeof", value, node),
        "delete" => call_of(lowering, "delete", value, node),
        _ => value,
    }
}

fn call_of(lowering: &mut Lowering<'_>, name: &str, value: ExprId, node: Node<'_>) -> ExprId {
    let callee = lowering.name(name, node);
    lowering.call(callee, vec![value], node)
}
