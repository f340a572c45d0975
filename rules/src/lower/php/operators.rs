//! Operators of PHP.

use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::Lowering;
use crate::lower::php::children;
use crate::lower::php::expressions::{cast, expression, opaque, unwrapped};

/// How many operators of one chain may nest; conditions that people write have a dozen.
const CHANGES: usize = 60;

/// The operator between two operands, as written but in lower case.
pub(super) fn infix<'t>(node: Node<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| operator.kind())
}

/// A chain of operators that group to the left, which may be longer than the stack is deep.
pub(super) fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut spine = Vec::new();
    let mut left = node;
    while left.kind() == "binary_expression" {
        spine.push(left);
        match left.child_by_field_name("left") {
            Some(next) => left = unwrapped(next),
            None => return opaque(lowering, node),
        }
    }
    let mut value = expression(lowering, left);
    // What reads the program goes down one level for each change of operator.
    if spine.windows(2).filter(|pair| infix(pair[0]) != infix(pair[1]) || !is_flat(infix(pair[0]))).count() > CHANGES {
        let operands = spine.iter().rev().filter_map(|node| node.child_by_field_name("right"));
        let mut parts = vec![value];
        for operand in operands {
            parts.push(expression(lowering, operand));
        }
        return lowering.add(ExprKind::Opaque(parts), node);
    }
    while let Some(node) = spine.pop() {
        let mut right = node.child_by_field_name("right").map(|right| expression(lowering, right));
        let sign = infix(node);
        let mut parts = vec![value];
        parts.extend(right);
        if is_flat(sign) {
            while let Some(next) = spine.pop_if(|next| infix(*next) == sign) {
                right = next.child_by_field_name("right").map(|right| expression(lowering, right));
                parts.extend(right);
            }
        }
        value = joined(lowering, sign, parts, node);
    }
    value
}

/// Whether a chain of an operator is one expression of many parts.
fn is_flat(sign: &str) -> bool {
    matches!(sign, "." | "+")
}

fn joined(lowering: &mut Lowering<'_>, sign: &str, parts: Vec<ExprId>, node: Node<'_>) -> ExprId {
    let operator = match sign {
        "." => {
            let mut flat = Vec::with_capacity(parts.len());
            for part in parts {
                match lowering.program.kind(part) {
                    ExprKind::Format(inner) => flat.extend(inner.iter().copied()),
                    _ => flat.push(part),
                }
            }
            return lowering.add(ExprKind::Format(flat), node);
        }
        "+" => {
            // Arrays can be added to arrays alone: with a number in the sum, it is one.
            let is_number = parts
                .iter()
                .any(|part| matches!(lowering.program.kind(*part), ExprKind::Integer(_) | ExprKind::Number));
            let sum = lowering.add(ExprKind::Sum(parts), node);
            return if is_number { cast(lowering, "int", sum, node) } else { sum };
        }
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "==" | "===" => Operator::Equal,
        "!=" | "!==" | "<>" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" | "and" => Operator::And,
        "||" | "or" => Operator::Or,
        "??" => Operator::Coalesce,
        "<<" => Operator::ShiftLeft,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        "|>" => return lowering.add(ExprKind::Opaque(parts), node),
        _ => Operator::Other,
    };
    match parts.as_slice() {
        [left, right] => lowering.add(ExprKind::Binary { operator, left: *left, right: *right }, node),
        _ => lowering.add(ExprKind::Opaque(parts), node),
    }
}

pub(super) fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let argument = node.child_by_field_name("argument").or_else(|| children(node).last());
    let value = match argument {
        Some(argument) => expression(lowering, argument),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    match infix(node) {
        "!" => lowering.add(ExprKind::Not(value), node),
        // `+$x` and `~$x` are numbers.
        "+" | "~" => cast(lowering, "int", value, node),
        _ => match lowering.program.kind(value) {
            ExprKind::Integer(number) => {
                let number = number.wrapping_neg();
                lowering.add(ExprKind::Integer(number), node)
            }
            _ => lowering.add(ExprKind::Negative(value), node),
        },
    }
}

/// `$x .= y` inside an expression.
pub(super) fn augmented(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(target), Some(value)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        return opaque(lowering, node);
    };
    let target = expression(lowering, target);
    let right = expression(lowering, value);
    let sign = infix(node);
    let value = joined(lowering, sign.strip_suffix('=').unwrap_or(sign), vec![target, right], node);
    lowering.add(ExprKind::Assign { target, value }, node)
}

pub(super) fn assignment_operator(node: Node<'_>) -> Option<Operator> {
    Some(match infix(node) {
        ".=" | "+=" => Operator::Add,
        "-=" => Operator::Subtract,
        "*=" => Operator::Multiply,
        "/=" => Operator::Divide,
        "%=" => Operator::Remainder,
        "??=" => Operator::Coalesce,
        "<<=" => Operator::ShiftLeft,
        "&=" => Operator::BitAnd,
        "|=" => Operator::BitOr,
        _ => Operator::Other,
    })
}
