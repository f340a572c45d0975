//! C: tests that compare or search texts by functions, read as the operators that other languages have.
//!
//! `strcmp(a, b) == 0` and `!strcmp(a, b)` are `a == b`, `strstr(a, b) != NULL` and `strstr(a, b)` are `b in a`.

use tree_sitter::Node;

use super::expressions::{expression, operator};
use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::Lowering;
use crate::lower::literals::{operator_of, sound};

/// A test.
pub(super) fn test(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut node = node;
    while matches!(node.kind(), "parenthesized_expression" | "condition_clause") {
        let mut inner = sound(node);
        match (inner.next(), inner.next()) {
            (Some(only), None) => node = only,
            _ => break,
        }
    }
    lowering.deeper(node, |lowering| direct(lowering, node))
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "call_expression" => match question(lowering, node) {
            Some(question) => ask(lowering, node, question, true),
            None => expression(lowering, node),
        },
        "unary_expression" if matches!(operator_of(node), "!" | "not") => {
            let Some(argument) = node.child_by_field_name("argument") else { return expression(lowering, node) };
            match question(lowering, argument) {
                Some(question) => ask(lowering, node, question, false),
                None => {
                    let inner = test(lowering, argument);
                    lowering.add(ExprKind::Not(inner), node)
                }
            }
        }
        "binary_expression" => binary(lowering, node),
        _ => expression(lowering, node),
    }
}

fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        return expression(lowering, node);
    };
    let sign = operator_of(node);
    match sign {
        "&&" | "||" | "and" | "or" => {
            let left = test(lowering, left);
            let right = test(lowering, right);
            lowering.add(ExprKind::Binary { operator: operator(sign), left, right }, node)
        }
        "==" | "!=" if matches!(lowering.text(right), "0" | "NULL" | "nullptr") => match question(lowering, left) {
            Some(question) => ask(lowering, node, question, sign == "!="),
            None => expression(lowering, node),
        },
        _ => expression(lowering, node),
    }
}

/// What a call asks of two texts.
enum Question<'t> {
    /// Zero if they are equal.
    Differ(Node<'t>, Node<'t>),
    /// Not null if the first has the second.
    Has(Node<'t>, Node<'t>),
}

fn question<'t>(lowering: &Lowering<'_>, node: Node<'t>) -> Option<Question<'t>> {
    let mut node = node;
    while node.kind() == "parenthesized_expression" {
        node = sound(node).next()?;
    }
    let function = node.child_by_field_name("function")?;
    let mut arguments = sound(node.child_by_field_name("arguments")?);
    let (one, other) = (arguments.next()?, arguments.next()?);
    match lowering.text(function) {
        "strcmp" | "strcasecmp" | "stricmp" | "_stricmp" | "wcscmp" | "std::strcmp" => {
            Some(Question::Differ(one, other))
        }
        "strstr" | "strchr" | "strcasestr" | "std::strstr" | "memmem" => Some(Question::Has(one, other)),
        _ => None,
    }
}

/// The question with an operator; `holds` says whether the call's result is to be other than zero.
fn ask(lowering: &mut Lowering<'_>, node: Node<'_>, question: Question<'_>, holds: bool) -> ExprId {
    let (operator, one, other) = match (question, holds) {
        (Question::Differ(one, other), true) => (Operator::NotEqual, one, other),
        (Question::Differ(one, other), false) => (Operator::Equal, one, other),
        (Question::Has(one, other), true) => (Operator::In, other, one),
        (Question::Has(one, other), false) => (Operator::NotIn, other, one),
    };
    let left = expression(lowering, one);
    let right = expression(lowering, other);
    lowering.add(ExprKind::Binary { operator, left, right }, node)
}
