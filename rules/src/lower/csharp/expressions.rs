//! C#'s expressions.

use tree_sitter::Node;

use super::declarations::{body_statements, parameters};
use super::types::{attributes, name_of, symbol_of, type_name, type_path};
use super::{objects, patterns, strings};
use crate::ir::{ExprId, ExprKind, Operator, Parameter};
use crate::lower::java::text::integer;
use crate::lower::{FunctionParts, Lowering, named};

pub(super) fn expression(lowering: &mut Lowering<'_>, mut node: Node<'_>) -> ExprId {
    while is_transparent(node) {
        let Some(inner) = named(node).next() else { break };
        node = inner;
    }
    lowering.deeper(node, |lowering| expression_of_kind(lowering, node))
}

fn is_transparent(node: Node<'_>) -> bool {
    match node.kind() {
        "parenthesized_expression"
        | "await_expression"
        | "checked_expression"
        | "ref_expression"
        | "arrow_expression_clause"
        | "collection_element"
        | "expression_element"
        | "spread_element" => true,
        // `x!` says that it is not null.
        "postfix_unary_expression" => operator(node) == "!",
        "prefix_unary_expression" => matches!(operator(node), "+" | "&" | "*"),
        _ => false,
    }
}

/// The operator of a unary expression: its first or last token.
fn operator<'n>(node: Node<'n>) -> &'n str {
    let token = node.children(&mut node.walk()).find(|child| !child.is_named());
    token.map_or("", |token| token.kind())
}

/// An expression of which nothing is known.
pub(super) fn unknown(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    lowering.add(ExprKind::Opaque(Vec::new()), node)
}

/// The child of a field, lowered; what is missing is not known.
pub(super) fn part(lowering: &mut Lowering<'_>, node: Node<'_>, field: &str) -> ExprId {
    match node.child_by_field_name(field) {
        Some(child) => expression(lowering, child),
        None => unknown(lowering, node),
    }
}

/// Every child, lowered as an expression.
fn all(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    named(node).map(|child| expression(lowering, child)).collect()
}

fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let parts = all(lowering, node);
    lowering.add(ExprKind::Opaque(parts), node)
}

fn expression_of_kind(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "this" | "base" | "predefined_type" | "discard" => name_of(lowering, node),
        "generic_name" | "qualified_name" | "alias_qualified_name" | "array_type" | "nullable_type" => {
            type_path(lowering, node)
        }
        "string_literal" | "verbatim_string_literal" | "raw_string_literal" | "character_literal" => {
            strings::literal(lowering, node)
        }
        "interpolated_string_expression" => strings::interpolated(lowering, node),
        "integer_literal" => {
            let kind = integer(lowering.text(node)).map_or(ExprKind::Number, ExprKind::Integer);
            lowering.add(kind, node)
        }
        "real_literal" | "sizeof_expression" => lowering.add(ExprKind::Number, node),
        "boolean_literal" => {
            let value = lowering.text(node) == "true";
            lowering.add(ExprKind::Bool(value), node)
        }
        "null_literal" | "default_expression" => lowering.add(ExprKind::Null, node),
        "member_access_expression" => member_access(lowering, node),
        "conditional_access_expression" => conditional_access(lowering, node),
        "element_access_expression" => {
            let of = part(lowering, node, "expression");
            let index = subscript(lowering, node.child_by_field_name("subscript"), node);
            lowering.add(ExprKind::Index { of, index }, node)
        }
        "invocation_expression" => objects::invocation(lowering, node),
        "object_creation_expression" | "implicit_object_creation_expression" => objects::creation(lowering, node, None),
        "anonymous_object_creation_expression" => objects::anonymous_object(lowering, node),
        "array_creation_expression"
        | "implicit_array_creation_expression"
        | "stackalloc_expression"
        | "implicit_stackalloc_expression" => {
            match named(node).find(|child| child.kind() == "initializer_expression") {
                Some(values) => {
                    let items = all(lowering, values);
                    lowering.add(ExprKind::List(items), node)
                }
                // Without values an array starts as a list that is known to be empty.
                None => lowering.add(ExprKind::List(Vec::new()), node),
            }
        }
        "initializer_expression" => objects::entries(lowering, node),
        "collection_expression" => {
            let items = all(lowering, node);
            lowering.add(ExprKind::List(items), node)
        }
        "tuple_expression" => {
            let items = objects::arguments(lowering, Some(node), None);
            let items = items.into_iter().map(|item| item.value).collect();
            lowering.add(ExprKind::List(items), node)
        }
        "argument" => match named(node).last() {
            Some(value) => expression(lowering, value),
            None => unknown(lowering, node),
        },
        "declaration_expression" => match node.child_by_field_name("name") {
            Some(name) => name_of(lowering, name),
            None => unknown(lowering, node),
        },
        "binary_expression" => binary(lowering, node),
        "prefix_unary_expression" | "postfix_unary_expression" | "unary_expression" => unary(lowering, node),
        "conditional_expression" => {
            let test = part(lowering, node, "condition");
            let yes = part(lowering, node, "consequence");
            let no = part(lowering, node, "alternative");
            lowering.add(ExprKind::Choice { test, yes, no }, node)
        }
        "assignment_expression" => nested_assignment(lowering, node),
        "cast_expression" => cast(lowering, node, "value", "type"),
        "as_expression" => cast(lowering, node, "left", "right"),
        "is_expression" => {
            let left = part(lowering, node, "left");
            let right = part(lowering, node, "right");
            lowering.add(ExprKind::Binary { operator: Operator::Other, left, right }, node)
        }
        "is_pattern_expression" => {
            let subject = part(lowering, node, "expression");
            let test = node.child_by_field_name("pattern").and_then(|it| patterns::test(lowering, it, subject));
            test.unwrap_or_else(|| lowering.add(ExprKind::Bool(true), node))
        }
        "switch_expression" => switch(lowering, node),
        "lambda_expression" | "anonymous_method_expression" => lambda(lowering, node),
        "typeof_expression" => {
            let callee = lowering.name("typeof", node);
            let class = part(lowering, node, "type");
            lowering.call(callee, vec![class], node)
        }
        _ => opaque(lowering, node),
    }
}

fn member_access(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    // `global::System` is `System`.
    let of = part(lowering, node, "expression");
    let name = node.child_by_field_name("name").map_or("", |name| member_name(lowering, name));
    lowering.field(of, name, node)
}

/// The name of a member without its type arguments.
pub(super) fn member_name<'t>(lowering: &Lowering<'t>, node: Node<'_>) -> &'t str {
    let name = if node.kind() == "generic_name" { named(node).next().unwrap_or(node) } else { node };
    lowering.text(name).trim_start_matches('@')
}

fn conditional_access(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let condition = node.child_by_field_name("condition");
    let mut value = match condition {
        Some(condition) => expression(lowering, condition),
        None => unknown(lowering, node),
    };
    for binding in named(node).filter(|child| Some(*child) != condition) {
        value = match binding.kind() {
            "member_binding_expression" => {
                let name = binding.child_by_field_name("name").map_or("", |name| member_name(lowering, name));
                lowering.field(value, name, node)
            }
            "element_binding_expression" => {
                let index = subscript(lowering, Some(binding), node);
                lowering.add(ExprKind::Index { of: value, index }, node)
            }
            _ => {
                let other = expression(lowering, binding);
                lowering.add(ExprKind::Opaque(vec![value, other]), node)
            }
        };
    }
    value
}

fn subscript(lowering: &mut Lowering<'_>, list: Option<Node<'_>>, node: Node<'_>) -> ExprId {
    let mut indices: Vec<_> = list.into_iter().flat_map(named).map(|index| expression(lowering, index)).collect();
    match (indices.pop(), indices.is_empty()) {
        (Some(index), true) => index,
        (Some(last), false) => {
            indices.push(last);
            lowering.add(ExprKind::List(indices), node)
        }
        (None, _) => unknown(lowering, node),
    }
}

fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| operator.kind());
    if operator == "+" {
        return sum(lowering, node);
    }
    let left = part(lowering, node, "left");
    let right = part(lowering, node, "right");
    let operator = match operator {
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" => Operator::And,
        "||" => Operator::Or,
        "??" => Operator::Coalesce,
        "<<" => Operator::ShiftLeft,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        _ => Operator::Other,
    };
    lowering.add(ExprKind::Binary { operator, left, right }, node)
}

/// A chain of `+`, in a loop: generated code has chains of thousands.
fn sum(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    let mut rest = Some(node);
    while let Some(left) = rest {
        let is_sum = left.kind() == "binary_expression"
            && left.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "+");
        if !is_sum {
            parts.push(left);
            break;
        }
        parts.extend(left.child_by_field_name("right"));
        rest = left.child_by_field_name("left");
    }
    let parts = parts.into_iter().rev().map(|part| expression(lowering, part)).collect();
    lowering.add(ExprKind::Sum(parts), node)
}

fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let operand = match named(node).next() {
        Some(operand) => expression(lowering, operand),
        None => unknown(lowering, node),
    };
    match operator(node) {
        "!" => lowering.add(ExprKind::Not(operand), node),
        "-" => lowering.add(ExprKind::Negative(operand), node),
        "++" | "--" => {
            let value = lowering.add(ExprKind::Opaque(vec![operand]), node);
            lowering.add(ExprKind::Assign { target: operand, value }, node)
        }
        _ => lowering.add(ExprKind::Opaque(vec![operand]), node),
    }
}

fn nested_assignment(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let target = part(lowering, node, "left");
    let value = part(lowering, node, "right");
    let value = match assignment_operator(node) {
        None => value,
        Some(Operator::Add) => lowering.add(ExprKind::Sum(vec![target, value]), node),
        Some(operator) => lowering.add(ExprKind::Binary { operator, left: target, right: value }, node),
    };
    lowering.add(ExprKind::Assign { target, value }, node)
}

/// The operator of `+=` and its like; None for a plain `=`.
pub(super) fn assignment_operator(node: Node<'_>) -> Option<Operator> {
    let token = node.child_by_field_name("operator").map_or_else(|| operator(node), |operator| operator.kind());
    match token {
        "=" => None,
        "+=" => Some(Operator::Add),
        "-=" => Some(Operator::Subtract),
        "*=" => Some(Operator::Multiply),
        "/=" => Some(Operator::Divide),
        "%=" => Some(Operator::Remainder),
        "<<=" => Some(Operator::ShiftLeft),
        "&=" => Some(Operator::BitAnd),
        "|=" => Some(Operator::BitOr),
        "??=" => Some(Operator::Coalesce),
        _ => Some(Operator::Other),
    }
}

fn cast(lowering: &mut Lowering<'_>, node: Node<'_>, value: &str, to: &str) -> ExprId {
    let value = part(lowering, node, value);
    match node.child_by_field_name(to).and_then(|to| type_name(lowering, to)) {
        Some(to) => lowering.add(ExprKind::Cast { to, value }, node),
        None => value,
    }
}

/// A switch that gives a value. An arm that throws gives none, so it is left out.
fn switch(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(subject) = named(node).next() else { return unknown(lowering, node) };
    let subject = expression(lowering, subject);
    let mut arms = Vec::new();
    for arm in named(node).filter(|child| child.kind() == "switch_expression_arm") {
        let mut parts = named(arm);
        let (Some(pattern), Some(value)) = (parts.next(), parts.last()) else { continue };
        if value.kind() == "throw_expression" {
            continue;
        }
        let mut test = patterns::test(lowering, pattern, subject);
        if let Some(guard) = named(arm).find(|child| child.kind() == "when_clause").and_then(|when| named(when).next())
        {
            let right = expression(lowering, guard);
            test = Some(match test {
                Some(left) => lowering.add(ExprKind::Binary { operator: Operator::And, left, right }, arm),
                None => right,
            });
        }
        let value = expression(lowering, value);
        arms.push((test, value));
        if test.is_none() {
            break;
        }
    }
    // The arms name all there is, so the last one needs no test.
    let Some((_, mut choice)) = arms.pop() else { return unknown(lowering, node) };
    for (test, yes) in arms.into_iter().rev() {
        let Some(test) = test else { continue };
        choice = lowering.add(ExprKind::Choice { test, yes, no: choice }, node);
    }
    choice
}

fn lambda(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let is_async = named(node).any(|child| child.kind() == "modifier" && lowering.text(child) == "async");
    let function = lowering.function(node, |lowering| {
        let decorators = attributes(lowering, node);
        let parameters = match node.child_by_field_name("parameters") {
            Some(list) if list.kind() == "parameter_list" => parameters(lowering, list),
            Some(name) => {
                let name = symbol_of(lowering, name);
                vec![Parameter { name, declared: None, default: None, decorators: Vec::new(), pattern: None }]
            }
            None => Vec::new(),
        };
        let body = node.child_by_field_name("body").or_else(|| named(node).find(|child| child.kind() == "block"));
        let body = body_statements(lowering, body);
        FunctionParts { name: None, parameters, body, decorators, is_async }
    });
    lowering.add(ExprKind::Function(function), node)
}
