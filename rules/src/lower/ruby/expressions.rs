//! Expressions of Ruby.

use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::Lowering;
use crate::lower::ruby::calls::{call, is_throw, pairs};
use crate::lower::ruby::declarations::{lambda, method};
use crate::lower::ruby::operators::{Use, assignment_operator, binary, joined, sign, test, unary};
use crate::lower::ruby::patterns::matches;
use crate::lower::ruby::strings::{chained, character, heredoc, interpolated, regex, symbol};
use crate::lower::ruby::{Scope, all, children};

/// How many branches of one value are told apart; each nests one level, and longer tables are looked up, not decided.
const ARMS: usize = 40;

pub(super) fn expression(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let mut node = node;
    // Parentheses and blocks around one value change nothing.
    while matches!(
        node.kind(),
        "parenthesized_statements"
            | "parenthesized_pattern"
            | "then"
            | "else"
            | "pattern"
            | "block_body"
            | "superclass"
    ) {
        let mut parts = children(node);
        match (parts.next(), parts.next()) {
            (Some(only), None) => node = only,
            _ => break,
        }
    }
    lowering.deeper(node, |lowering| expression_here(lowering, scope, node))
}

fn expression_here(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" => {
            let text = lowering.text(node);
            let name = lowering.name(text, node);
            if scope.survey.is_call(text) { lowering.call(name, Vec::new(), node) } else { name }
        }
        "constant" | "instance_variable" | "class_variable" | "global_variable" | "self" | "file" | "line"
        | "encoding" | "operator" => {
            let text = lowering.text(node);
            lowering.name(text, node)
        }
        "super" => {
            let callee = lowering.name("super", node);
            lowering.call(callee, Vec::new(), node)
        }
        "nil" => lowering.add(ExprKind::Null, node),
        "true" => lowering.add(ExprKind::Bool(true), node),
        "false" => lowering.add(ExprKind::Bool(false), node),
        "integer" => {
            let kind = integer(lowering.text(node)).map_or(ExprKind::Number, ExprKind::Integer);
            lowering.add(kind, node)
        }
        "float" | "rational" | "complex" => lowering.add(ExprKind::Number, node),
        "string" | "bare_string" | "delimited_symbol" | "bare_symbol" => interpolated(lowering, scope, node, node),
        "simple_symbol" | "hash_key_symbol" => symbol(lowering, node),
        "character" => character(lowering, node),
        "chained_string" => chained(lowering, scope, node),
        "heredoc_beginning" => heredoc(lowering, scope, node),
        "regex" => regex(lowering, scope, node),
        "subshell" => {
            let command = interpolated(lowering, scope, node, node);
            let callee = lowering.name("backtick", node);
            lowering.call(callee, vec![command], node)
        }
        "array"
        | "string_array"
        | "symbol_array"
        | "right_assignment_list"
        | "left_assignment_list"
        | "destructured_left_assignment" => list(lowering, scope, node),
        "hash" => {
            let entries = pairs(lowering, scope, children(node));
            lowering.add(ExprKind::Map(entries), node)
        }
        "scope_resolution" => scoped(lowering, scope, node),
        "element_reference" => element(lowering, scope, node),
        "call" | "yield" => call(lowering, scope, node),
        "lambda" => {
            let id = lambda(lowering, scope, node, node.child_by_field_name("body"));
            lowering.add(ExprKind::Function(id), node)
        }
        "method" | "singleton_method" => {
            let id = method(lowering, scope, node);
            lowering.add(ExprKind::Function(id), node)
        }
        "binary" => binary(lowering, scope, node, Use::Value),
        "unary" => unary(lowering, scope, node),
        "conditional" => match (part(node, "condition"), part(node, "consequence"), part(node, "alternative")) {
            (Some(condition), Some(yes), Some(no)) => {
                let test = test(lowering, scope, condition);
                let yes = expression(lowering, scope, yes);
                let no = expression(lowering, scope, no);
                lowering.add(ExprKind::Choice { test, yes, no }, node)
            }
            _ => opaque(lowering, scope, node),
        },
        "if" | "unless" => branches(lowering, scope, node),
        "if_modifier" | "unless_modifier" => match (part(node, "condition"), part(node, "body")) {
            (Some(condition), Some(body)) => {
                let mut test = test(lowering, scope, condition);
                if node.kind() == "unless_modifier" {
                    test = lowering.add(ExprKind::Not(test), condition);
                }
                let yes = expression(lowering, scope, body);
                let no = lowering.add(ExprKind::Null, node);
                lowering.add(ExprKind::Choice { test, yes, no }, node)
            }
            _ => opaque(lowering, scope, node),
        },
        "case" => case(lowering, scope, node),
        "rescue_modifier" => match (part(node, "body"), part(node, "handler")) {
            (Some(body), Some(handler)) => {
                let test = lowering.add(ExprKind::Opaque(Vec::new()), node);
                let yes = expression(lowering, scope, body);
                let no = expression(lowering, scope, handler);
                lowering.add(ExprKind::Choice { test, yes, no }, node)
            }
            _ => opaque(lowering, scope, node),
        },
        "assignment" => match (part(node, "left"), part(node, "right")) {
            (Some(target_node), Some(value)) => {
                let target = target(lowering, scope, target_node);
                let value = expression(lowering, scope, value);
                lowering.add(ExprKind::Assign { target, value }, node)
            }
            _ => opaque(lowering, scope, node),
        },
        "operator_assignment" => match (part(node, "left"), part(node, "right")) {
            (Some(left), Some(right)) => {
                let target = target(lowering, scope, left);
                let right = expression(lowering, scope, right);
                let sign = sign(node);
                let parts = vec![target, right];
                let value = match assignment_operator(node) {
                    Operator::Coalesce => joined(lowering, "||", parts, Use::Value, node),
                    _ => joined(lowering, sign.strip_suffix('=').unwrap_or(sign), parts, Use::Value, node),
                };
                lowering.add(ExprKind::Assign { target, value }, node)
            }
            _ => opaque(lowering, scope, node),
        },
        "test_pattern" | "match_pattern" => matches(lowering, scope, node),
        _ => opaque(lowering, scope, node),
    }
}

fn part<'t>(node: Node<'t>, field: &str) -> Option<Node<'t>> {
    node.child_by_field_name(field)
}

pub(super) fn opaque(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let parts = children(node).map(|child| expression(lowering, scope, child)).collect();
    lowering.add(ExprKind::Opaque(parts), node)
}

/// What an assignment gives a value to: `o.name = x` is a field, though `o.name` is a call.
pub(super) fn target(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" => {
            let text = lowering.text(node);
            lowering.name(text, node)
        }
        "call" if part(node, "arguments").is_none() => match (part(node, "receiver"), part(node, "method")) {
            (Some(of), Some(name)) => {
                let of = expression(lowering, scope, of);
                let name = lowering.text(name);
                lowering.field(of, name, node)
            }
            _ => expression(lowering, scope, node),
        },
        "left_assignment_list" | "destructured_left_assignment" => {
            let mut items = Vec::new();
            for child in children(node) {
                lowering.deeper_statement(|lowering| items.push(target(lowering, scope, child)));
            }
            lowering.add(ExprKind::List(items), node)
        }
        "rest_assignment" => match children(node).next() {
            Some(inner) => {
                let inner = target(lowering, scope, inner);
                lowering.add(ExprKind::Opaque(vec![inner]), node)
            }
            None => lowering.add(ExprKind::Opaque(Vec::new()), node),
        },
        _ => expression(lowering, scope, node),
    }
}

fn list(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let mut items = Vec::new();
    let mut entries = Vec::new();
    for child in children(node) {
        match child.kind() {
            // `[1, a: 2]` ends with a map.
            "pair" | "hash_splat_argument" => entries.push(child),
            "splat_argument" | "rest_assignment" => {
                let inner = children(child).next().map(|inner| expression(lowering, scope, inner));
                items.push(lowering.add(ExprKind::Opaque(inner.into_iter().collect()), child));
            }
            _ => items.push(expression(lowering, scope, child)),
        }
    }
    if !entries.is_empty() {
        let entries = pairs(lowering, scope, entries.into_iter());
        items.push(lowering.add(ExprKind::Map(entries), node));
    }
    lowering.add(ExprKind::List(items), node)
}

/// `A::B`, and `::B`, which is `B`.
fn scoped(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let name = part(node, "name").map_or("", |name| lowering.text(name));
    match part(node, "scope") {
        Some(of) => {
            let of = expression(lowering, scope, of);
            lowering.field(of, name, node)
        }
        None => lowering.name(name, node),
    }
}

/// `a[b]`. A parameter of the request is a field: what a test says of it is known wherever it is read again. With several keys nobody knows which item it is.
fn element(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let Some(object) = part(node, "object") else {
        return opaque(lowering, scope, node);
    };
    let of = expression(lowering, scope, object);
    let block = part(node, "block");
    let mut keys = Vec::new();
    for child in children(node).filter(|child| *child != object && Some(*child) != block) {
        keys.push(expression(lowering, scope, child));
    }
    if let [only] = keys.as_slice()
        && lowering.text(object) == "params"
        && let ExprKind::Text(key) = lowering.program.kind(*only)
        // A field of these names would be a number.
        && !matches!(&**key, "length" | "size" | "Length" | "Count")
    {
        let key = key.clone();
        return lowering.field(of, &key, node);
    }
    let index = match keys.as_slice() {
        // The environment is read like a list, but has a method for it too.
        [only] if lowering.text(object) == "ENV" => {
            let only = *only;
            let fetch = lowering.field(of, "fetch", node);
            return lowering.call(fetch, vec![only], node);
        }
        [only] => *only,
        _ => lowering.add(ExprKind::Opaque(keys), node),
    };
    lowering.add(ExprKind::Index { of, index }, node)
}

/// The value of a branch: what its last statement is. A branch that only raises has none.
fn branch(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Option<Node<'_>>, at: Node<'_>) -> ExprId {
    let Some(node) = node else {
        return lowering.add(ExprKind::Null, at);
    };
    let parts: Vec<ExprId> = match node.kind() {
        "then" | "else" => {
            let raises = children(node).last().is_some_and(|last| is_throw(lowering, last));
            let parts = children(node).map(|child| expression(lowering, scope, child)).collect();
            if raises {
                return lowering.add(ExprKind::Null, node);
            }
            parts
        }
        _ => vec![expression(lowering, scope, node)],
    };
    match parts.as_slice() {
        [] => lowering.add(ExprKind::Null, node),
        [only] => *only,
        _ => lowering.add(ExprKind::Opaque(parts), node),
    }
}

/// `if` as a value.
fn branches(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let mut arms = Vec::new();
    let mut next = Some(node);
    let mut last = None;
    while let Some(node) = next.take() {
        if node.kind() == "else" {
            last = Some(node);
            break;
        }
        let mut holds = match part(node, "condition") {
            Some(condition) => test(lowering, scope, condition),
            None => lowering.add(ExprKind::Opaque(Vec::new()), node),
        };
        if node.kind() == "unless" {
            holds = lowering.add(ExprKind::Not(holds), node);
        }
        arms.push((holds, branch(lowering, scope, part(node, "consequence"), node), node));
        next = part(node, "alternative");
    }
    let otherwise = branch(lowering, scope, last, node);
    choices(lowering, arms, otherwise, node)
}

fn choices(
    lowering: &mut Lowering<'_>,
    mut arms: Vec<(ExprId, ExprId, Node<'_>)>,
    otherwise: ExprId,
    node: Node<'_>,
) -> ExprId {
    if arms.len() > ARMS {
        let values = arms.into_iter().map(|(_, value, _)| value).chain([otherwise]).collect();
        return lowering.add(ExprKind::Opaque(values), node);
    }
    let mut no = otherwise;
    while let Some((test, yes, arm)) = arms.pop() {
        no = lowering.add(ExprKind::Choice { test, yes, no }, arm);
    }
    no
}

/// `case` as a value.
fn case(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let subject = part(node, "value").map(|value| expression(lowering, scope, value));
    let mut arms = Vec::new();
    let mut otherwise = None;
    for arm in children(node) {
        match arm.kind() {
            "when" => {
                let mut holds = None;
                for pattern in children(arm).filter(|child| child.kind() == "pattern") {
                    let label = label(lowering, scope, pattern);
                    let this = match subject {
                        Some(left) => {
                            let operator = if is_list(pattern) { Operator::In } else { Operator::Equal };
                            lowering.add(ExprKind::Binary { operator, left, right: label }, pattern)
                        }
                        None => label,
                    };
                    holds = Some(match holds {
                        Some(left) => {
                            let kind = ExprKind::Binary { operator: Operator::Or, left, right: this };
                            lowering.add(kind, pattern)
                        }
                        None => this,
                    });
                }
                let holds = holds.unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), arm));
                arms.push((holds, branch(lowering, scope, part(arm, "body"), arm), arm));
            }
            "else" => otherwise = Some(arm),
            _ => {}
        }
    }
    let otherwise = branch(lowering, scope, otherwise, node);
    choices(lowering, arms, otherwise, node)
}

/// Whether a label is `*LIST`.
fn is_list(pattern: Node<'_>) -> bool {
    all(pattern).next().is_some_and(|inner| inner.kind() == "splat_argument")
}

/// A label of `when`.
pub(super) fn label(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, pattern: Node<'_>) -> ExprId {
    let inner = children(pattern).next().unwrap_or(pattern);
    let inner = if inner.kind() == "splat_argument" { children(inner).next().unwrap_or(inner) } else { inner };
    expression(lowering, scope, inner)
}

fn integer(text: &str) -> Option<i64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let digits = |prefix, radix| text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok());
    digits("0x", 16)
        .or_else(|| digits("0b", 2))
        .or_else(|| digits("0o", 8))
        .or_else(|| if text.len() > 1 { digits("0", 8) } else { None })
        .or_else(|| text.parse().ok())
}
