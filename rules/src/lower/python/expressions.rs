//! Python's expressions.

use tree_sitter::Node;

use super::patterns::target;
use super::pieces;
use super::statements::parameters;
use super::strings;
use crate::ir::{Argument, Call, ExprId, ExprKind, Operator, Statement};
use crate::lower::{FunctionParts, Lowering, named};

/// Longer chains of comparisons and conditions are not kept as a chain: nobody writes them, and they would nest as deep.
const LONGEST_CHAIN: usize = 32;

/// Lowers an expression, or the target of an assignment.
pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    lowering.deeper(node, |lowering| shallow(lowering, node))
}

/// Lowers a condition, in which `or` picks no value.
pub(super) fn test(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    lowering.deeper(node, |lowering| match node.kind() {
        "parenthesized_expression" => match named(node).next() {
            Some(inner) => test(lowering, inner),
            None => opaque(lowering, node),
        },
        "boolean_operator" => boolean(lowering, node, Operator::Or, test),
        "not_operator" => match node.child_by_field_name("argument") {
            Some(argument) => {
                let argument = test(lowering, argument);
                lowering.add(ExprKind::Not(argument), node)
            }
            None => opaque(lowering, node),
        },
        _ => shallow(lowering, node),
    })
}

/// What may be any of the node's children.
pub(super) fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let children = expressions(lowering, node);
    lowering.add(ExprKind::Opaque(children), node)
}

fn expressions(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    pieces(node).map(|child| expression(lowering, child)).collect()
}

fn shallow(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "keyword_identifier" => {
            let name = lowering.symbol_of(node);
            lowering.add(ExprKind::Name(name), node)
        }
        "dotted_name" => dotted(lowering, node),
        "attribute" => attribute(lowering, node),
        "subscript" => subscript(lowering, node),
        "slice" => opaque(lowering, node),
        "call" => call(lowering, node),
        "string" => strings::string(lowering, node),
        "concatenated_string" => strings::concatenated(lowering, node),
        "integer" => integer(lowering, node),
        "float" => lowering.add(ExprKind::Number, node),
        "true" => lowering.add(ExprKind::Bool(true), node),
        "false" => lowering.add(ExprKind::Bool(false), node),
        "none" => lowering.add(ExprKind::Null, node),
        "binary_operator" => binary(lowering, node),
        "boolean_operator" => boolean(lowering, node, value_of_or(node), expression),
        "comparison_operator" => comparison(lowering, node),
        "not_operator" => test(lowering, node),
        "unary_operator" => unary(lowering, node),
        "conditional_expression" => choice(lowering, node),
        "named_expression" => named_expression(lowering, node),
        "assignment" | "augmented_assignment" => assignment(lowering, node),
        "lambda" => lambda(lowering, node),
        "list" | "tuple" | "set" | "expression_list" | "pattern_list" | "tuple_pattern" | "list_pattern" => {
            let items = named(node).map(|item| expression(lowering, item)).collect();
            lowering.add(ExprKind::List(items), node)
        }
        "dictionary" => dictionary(lowering, node),
        "list_comprehension" | "set_comprehension" | "generator_expression" | "dictionary_comprehension" => {
            comprehension(lowering, node)
        }
        "pair" => pair(lowering, node),
        "parenthesized_expression"
        | "await"
        | "list_splat_pattern"
        | "dictionary_splat_pattern"
        | "type"
        | "as_pattern_target"
        | "case_pattern"
        | "if_clause"
        | "expression_statement" => transparent(lowering, node),
        "as_pattern" => as_pattern(lowering, node),
        _ => opaque(lowering, node),
    }
}

/// The node's only child; a node with more of them, or none, may be any.
fn transparent(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut children = named(node);
    match (children.next(), children.next()) {
        (Some(only), None) => expression(lowering, only),
        _ => opaque(lowering, node),
    }
}

fn dotted(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut path = None;
    for part in named(node).take(LONGEST_CHAIN) {
        let text = lowering.text(part);
        path = Some(match path {
            None => lowering.name(text, part),
            Some(of) => lowering.field(of, text, node),
        });
    }
    path.unwrap_or_else(|| opaque(lowering, node))
}

fn attribute(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match (node.child_by_field_name("object"), node.child_by_field_name("attribute")) {
        (Some(object), Some(name)) => {
            let of = expression(lowering, object);
            let name = lowering.symbol_of(name);
            lowering.add(ExprKind::Field { of, name }, node)
        }
        _ => opaque(lowering, node),
    }
}

fn subscript(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut children = named(node);
    let Some(of) = children.next() else {
        return opaque(lowering, node);
    };
    let of = expression(lowering, of);
    let indices: Vec<_> = children.map(|index| expression(lowering, index)).collect();
    let index = match indices.as_slice() {
        [only] => *only,
        _ => lowering.add(ExprKind::List(indices), node),
    };
    lowering.add(ExprKind::Index { of, index }, node)
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(callee) = node.child_by_field_name("function") else {
        return opaque(lowering, node);
    };
    let callee = expression(lowering, callee);
    let arguments = match node.child_by_field_name("arguments") {
        Some(list) if list.kind() == "argument_list" => {
            named(list).map(|argument| self::argument(lowering, argument)).collect()
        }
        Some(generator) => vec![positional(expression(lowering, generator))],
        None => Vec::new(),
    };
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

pub(super) fn positional(value: ExprId) -> Argument {
    Argument { name: None, value, is_spread: false }
}

pub(super) fn argument(lowering: &mut Lowering<'_>, node: Node<'_>) -> Argument {
    match node.kind() {
        "keyword_argument" => {
            let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
            let value = match node.child_by_field_name("value") {
                Some(value) => expression(lowering, value),
                None => opaque(lowering, node),
            };
            Argument { name, value, is_spread: false }
        }
        "list_splat" | "dictionary_splat" => {
            Argument { name: None, value: transparent(lowering, node), is_spread: true }
        }
        _ => positional(expression(lowering, node)),
    }
}

fn integer(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let text = lowering.text(node).replace('_', "").to_ascii_lowercase();
    let digits = text.trim_end_matches('l');
    let value = match digits.get(..2) {
        Some("0x") => i64::from_str_radix(&digits[2..], 16),
        Some("0o") => i64::from_str_radix(&digits[2..], 8),
        Some("0b") => i64::from_str_radix(&digits[2..], 2),
        // Python 2 wrote octal numbers, such as the modes of files, with a zero alone.
        Some(_) if digits.starts_with('0') => i64::from_str_radix(digits, 8),
        _ => digits.parse(),
    };
    lowering.add(value.map_or(ExprKind::Number, ExprKind::Integer), node)
}

fn operands<'t>(node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    Some((node.child_by_field_name("left")?, node.child_by_field_name("right")?))
}

fn operator_of<'t>(lowering: &Lowering<'t>, node: Node<'_>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| lowering.text(operator))
}

fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some((left, right)) = operands(node) else {
        return opaque(lowering, node);
    };
    let sign = operator_of(lowering, node);
    if sign == "+" {
        return sum(lowering, node);
    }
    let left = expression(lowering, left);
    let right = expression(lowering, right);
    lowering.add(ExprKind::Binary { operator: operator(sign), left, right }, node)
}

/// A chain of `+`, whose tree is as deep as the chain is long: it is walked down its left side in a loop.
fn sum(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = Vec::new();
    let mut first = node;
    loop {
        match (first.kind(), operands(first)) {
            ("binary_operator", Some((left, right))) if operator_of(lowering, first) == "+" => {
                parts.push(right);
                first = left;
            }
            ("parenthesized_expression", _) => match named(first).next() {
                Some(inner) => first = inner,
                None => break,
            },
            _ => break,
        }
    }
    parts.push(first);
    let parts = parts.into_iter().rev().map(|part| expression(lowering, part)).collect();
    lowering.add(ExprKind::Sum(parts), node)
}

/// The operator of `a + b` and of `a += b`.
pub(super) fn operator(sign: &str) -> Operator {
    match sign.trim_end_matches('=') {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" | "//" => Operator::Divide,
        "%" => Operator::Remainder,
        "<<" => Operator::ShiftLeft,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        _ => Operator::Other,
    }
}

/// What an `or` does whose value is used: it picks a default, unless its sides only say yes or no.
fn value_of_or(node: Node<'_>) -> Operator {
    let says_yes_or_no = |side: &str| {
        node.child_by_field_name(side).is_some_and(|side| matches!(side.kind(), "comparison_operator" | "not_operator"))
    };
    if says_yes_or_no("left") || says_yes_or_no("right") { Operator::Or } else { Operator::Coalesce }
}

fn boolean(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    or: Operator,
    side: fn(&mut Lowering<'_>, Node<'_>) -> ExprId,
) -> ExprId {
    let Some((left, right)) = operands(node) else {
        return opaque(lowering, node);
    };
    let operator = if operator_of(lowering, node) == "and" { Operator::And } else { or };
    let left = side(lowering, left);
    let right = side(lowering, right);
    lowering.add(ExprKind::Binary { operator, left, right }, node)
}

/// `a < b < c` is `a < b and b < c`.
fn comparison(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut cursor = node.walk();
    let operators: Vec<_> =
        node.children_by_field_name("operators", &mut cursor).map(|sign| compared(lowering.text(sign))).collect();
    let operands = named(node).map(|side| expression(lowering, side)).collect::<Vec<_>>();
    if operators.len() + 1 != operands.len() {
        return lowering.add(ExprKind::Opaque(operands), node);
    }
    let comparisons: Vec<_> = operators
        .into_iter()
        .zip(operands.windows(2))
        .map(|(operator, sides)| lowering.add(ExprKind::Binary { operator, left: sides[0], right: sides[1] }, node))
        .collect();
    all_of(lowering, comparisons, node)
}

fn compared(sign: &str) -> Operator {
    match sign {
        "==" | "is" => Operator::Equal,
        "!=" | "<>" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "in" => Operator::In,
        // Of two words, with any space between them.
        _ if sign.starts_with("not") => Operator::NotIn,
        _ if sign.starts_with("is") => Operator::NotEqual,
        _ => Operator::Other,
    }
}

/// All conditions at once.
fn all_of(lowering: &mut Lowering<'_>, conditions: Vec<ExprId>, node: Node<'_>) -> ExprId {
    if conditions.len() > LONGEST_CHAIN {
        return lowering.add(ExprKind::Opaque(conditions), node);
    }
    let mut conditions = conditions.into_iter();
    let Some(mut all) = conditions.next() else {
        return lowering.add(ExprKind::Opaque(Vec::new()), node);
    };
    for right in conditions {
        all = lowering.add(ExprKind::Binary { operator: Operator::And, left: all, right }, node);
    }
    all
}

fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match (operator_of(lowering, node), node.child_by_field_name("argument")) {
        ("-", Some(argument)) => {
            let argument = expression(lowering, argument);
            lowering.add(ExprKind::Negative(argument), node)
        }
        ("+", Some(argument)) => expression(lowering, argument),
        _ => opaque(lowering, node),
    }
}

fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut children = named(node);
    match (children.next(), children.next(), children.next()) {
        (Some(yes), Some(condition), Some(no)) => {
            let test = test(lowering, condition);
            let yes = expression(lowering, yes);
            let no = expression(lowering, no);
            lowering.add(ExprKind::Choice { test, yes, no }, node)
        }
        _ => opaque(lowering, node),
    }
}

fn named_expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match (node.child_by_field_name("name"), node.child_by_field_name("value")) {
        (Some(name), Some(value)) => {
            let value = expression(lowering, value);
            let target = target(lowering, name);
            lowering.add(ExprKind::Assign { target, value }, node)
        }
        _ => opaque(lowering, node),
    }
}

/// The second assignment of `a = b = c`.
fn assignment(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match operands(node) {
        Some((left, right)) if node.kind() == "assignment" => {
            let value = expression(lowering, right);
            let target = target(lowering, left);
            lowering.add(ExprKind::Assign { target, value }, node)
        }
        _ => opaque(lowering, node),
    }
}

fn lambda(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let function = lowering.function(node, |lowering| {
        let parameters = match node.child_by_field_name("parameters") {
            Some(list) => parameters(lowering, list),
            None => Vec::new(),
        };
        let body = node.child_by_field_name("body").map(|body| expression(lowering, body));
        let body = vec![Statement::Return(body)];
        FunctionParts { name: None, parameters, body, decorators: Vec::new(), is_async: false }
    });
    lowering.add(ExprKind::Function(function), node)
}

fn dictionary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let entries = named(node).map(|child| entry(lowering, child)).collect();
    lowering.add(ExprKind::Map(entries), node)
}

/// A pair outside a dictionary: what a comprehension makes, or a piece of damaged text.
fn pair(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let entry = entry(lowering, node);
    lowering.add(ExprKind::Map(vec![entry]), node)
}

fn entry(lowering: &mut Lowering<'_>, node: Node<'_>) -> (Option<ExprId>, ExprId) {
    match (node.child_by_field_name("key"), node.child_by_field_name("value")) {
        (Some(key), Some(value)) => {
            let key = expression(lowering, key);
            (Some(key), expression(lowering, value))
        }
        _ => (None, transparent(lowering, node)),
    }
}

fn comprehension(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut children = named(node);
    let Some(body) = children.next() else {
        return opaque(lowering, node);
    };
    let clauses: Vec<_> = children.collect();
    clauses_around(lowering, node, body, &clauses)
}

/// `for a in x if c for b in y`: one clause is inside the other.
fn clauses_around(lowering: &mut Lowering<'_>, node: Node<'_>, body: Node<'_>, clauses: &[Node<'_>]) -> ExprId {
    let Some((clause, rest)) = clauses.split_first() else {
        return expression(lowering, body);
    };
    let mut cursor = clause.walk();
    let overs: Vec<_> = clause.children_by_field_name("right", &mut cursor).filter(Node::is_named).collect();
    let (Some(binding), Some(over)) = (clause.child_by_field_name("left"), overs.first()) else {
        return opaque(lowering, node);
    };
    let conditions = rest.iter().take_while(|clause| clause.kind() == "if_clause").count();
    let (conditions, inner) = rest.split_at(conditions);
    lowering.deeper(node, |lowering| {
        let over = match overs.as_slice() {
            [_] => expression(lowering, *over),
            _ => {
                let overs = overs.iter().map(|over| expression(lowering, *over)).collect();
                lowering.add(ExprKind::List(overs), *clause)
            }
        };
        let binding = target(lowering, binding);
        let conditions: Vec<_> =
            conditions.iter().filter_map(|clause| named(*clause).next()).map(|clause| test(lowering, clause)).collect();
        let test = (!conditions.is_empty()).then(|| all_of(lowering, conditions, node));
        let value = clauses_around(lowering, node, body, inner);
        lowering.add(ExprKind::Each { binding, over, test, value }, node)
    })
}

/// `value as name` outside `with` and `except`: a piece of damaged text.
fn as_pattern(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match (named(node).next(), node.child_by_field_name("alias")) {
        (Some(value), Some(alias)) => {
            let value = expression(lowering, value);
            let target = target(lowering, alias);
            lowering.add(ExprKind::Assign { target, value }, node)
        }
        _ => opaque(lowering, node),
    }
}
