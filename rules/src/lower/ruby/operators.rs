//! Operators of Ruby.

use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::Lowering;
use crate::lower::ruby::expressions::{expression, opaque};
use crate::lower::ruby::{Scope, children};

/// How many operators of one chain may nest; conditions that people write have a dozen.
const CHANGES: usize = 60;

/// The operator of a node, as written.
pub(super) fn sign<'t>(node: Node<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| operator.kind())
}

/// A chain of operators that group to the left, which may be longer than the stack is deep.
pub(super) fn binary(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, use_of: Use) -> ExprId {
    let mut spine = Vec::new();
    let mut left = node;
    while left.kind() == "binary" {
        spine.push(left);
        match left.child_by_field_name("left") {
            Some(next) => left = next,
            None => return opaque(lowering, scope, node),
        }
    }
    let mut value = expression(lowering, scope, left);
    let changes = spine.windows(2).filter(|pair| sign(pair[0]) != "+" || sign(pair[1]) != "+").count();
    if changes > CHANGES {
        let mut parts = vec![value];
        for operand in spine.iter().rev().filter_map(|node| node.child_by_field_name("right")) {
            parts.push(expression(lowering, scope, operand));
        }
        return lowering.add(ExprKind::Opaque(parts), node);
    }
    while let Some(node) = spine.pop() {
        let Some(right) = node.child_by_field_name("right") else {
            continue;
        };
        let mut parts = vec![value, operand(lowering, scope, right, use_of)];
        if sign(node) == "+" {
            while let Some(next) = spine.pop_if(|next| sign(*next) == "+") {
                parts.extend(next.child_by_field_name("right").map(|right| expression(lowering, scope, right)));
            }
        }
        value = joined(lowering, sign(node), parts, use_of, node);
    }
    value
}

/// What `||` stands for: a choice of values, or a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Value,
    Test,
}

fn operand(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, use_of: Use) -> ExprId {
    match use_of {
        Use::Value => expression(lowering, scope, node),
        Use::Test => test(lowering, scope, node),
    }
}

/// An expression of which only its truth is wanted.
pub(super) fn test(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let mut inner = node;
    while inner.kind() == "parenthesized_statements" {
        let mut parts = children(inner);
        match (parts.next(), parts.next()) {
            (Some(only), None) => inner = only,
            _ => break,
        }
    }
    match inner.kind() {
        "binary" => lowering.deeper(inner, |lowering| binary(lowering, scope, inner, Use::Test)),
        _ => expression(lowering, scope, inner),
    }
}

pub(super) fn joined(
    lowering: &mut Lowering<'_>,
    sign: &str,
    parts: Vec<ExprId>,
    use_of: Use,
    node: Node<'_>,
) -> ExprId {
    let operator = match sign {
        "+" => return lowering.add(ExprKind::Sum(parts), node),
        "||" | "or" if use_of == Use::Value => Operator::Coalesce,
        "!~" => Operator::Match,
        sign => operator(sign),
    };
    let [left, right] = parts.as_slice() else {
        return lowering.add(ExprKind::Opaque(parts), node);
    };
    if operator == Operator::Match {
        let (left, right) = (*left, *right);
        let value = matched(lowering, left, right, node);
        return if sign == "!~" { lowering.add(ExprKind::Not(value), node) } else { value };
    }
    lowering.add(ExprKind::Binary { operator, left: *left, right: *right }, node)
}

/// `x =~ /a/`, `/a/ =~ x` and `/a/.match?(x)` are `x.match?(/a/)`.
pub(super) fn matched(lowering: &mut Lowering<'_>, left: ExprId, right: ExprId, node: Node<'_>) -> ExprId {
    let is_pattern = matches!(lowering.program.kind(left), ExprKind::Call(call) if call.is_new);
    let (text, pattern) = if is_pattern { (right, left) } else { (left, right) };
    let callee = lowering.field(text, "match?", node);
    lowering.call(callee, vec![pattern], node)
}

/// An operator, or that of an assignment without its `=`.
pub(super) fn operator(sign: &str) -> Operator {
    match sign {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "==" | "===" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" | "and" => Operator::And,
        "||" | "or" => Operator::Or,
        "<<" => Operator::ShiftLeft,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        "=~" => Operator::Match,
        _ => Operator::Other,
    }
}

/// The operator of `x += 1`; `x ||= 1` picks a default.
pub(super) fn assignment_operator(node: Node<'_>) -> Operator {
    match sign(node) {
        "||=" => Operator::Coalesce,
        sign => operator(sign.strip_suffix('=').unwrap_or(sign)),
    }
}

pub(super) fn unary(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let Some(inner) = node.child_by_field_name("operand") else {
        return opaque(lowering, scope, node);
    };
    match sign(node) {
        "!" | "not" => {
            let value = test(lowering, scope, inner);
            lowering.add(ExprKind::Not(value), node)
        }
        "-" => {
            let value = expression(lowering, scope, inner);
            match lowering.program.kind(value) {
                ExprKind::Integer(number) => {
                    let number = number.wrapping_neg();
                    lowering.add(ExprKind::Integer(number), node)
                }
                _ => lowering.add(ExprKind::Negative(value), node),
            }
        }
        "defined?" => {
            let value = expression(lowering, scope, inner);
            let callee = lowering.name("defined?", node);
            lowering.call(callee, vec![value], node)
        }
        _ => expression(lowering, scope, inner),
    }
}
