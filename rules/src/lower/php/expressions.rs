//! Expressions of PHP.

use tree_sitter::Node;

use crate::ir::{ExprId, ExprKind, Operator};
use crate::lower::Lowering;
use crate::lower::php::calls::{environment, function_call, keyword, method_call, object};
use crate::lower::php::declarations::lambda;
use crate::lower::php::operators::{augmented, binary, unary};
use crate::lower::php::strings::{interpolated, nowdoc, single_quoted};
use crate::lower::php::{all, children, simple};

/// How many arms of a `match` are told apart; each nests one level, and tables longer than this are looked up, not decided.
const ARMS: usize = 40;

pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let node = unwrapped(node);
    lowering.deeper(node, |lowering| expression_here(lowering, node))
}

/// What stands inside parentheses and other wrappings that change nothing.
pub(super) fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    while matches!(
        node.kind(),
        "parenthesized_expression"
            | "error_suppression_expression"
            | "by_ref"
            | "clone_expression"
            | "expression_statement"
    ) {
        match children(node).next() {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

fn expression_here(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "relative_scope" if lowering.text(node).eq_ignore_ascii_case("static") => lowering.name("self", node),
        "variable_name" | "relative_scope" => {
            let text = lowering.text(node);
            lowering.name(text, node)
        }
        // A folder of the program's own, whichever it is.
        "name" if lowering.text(node) == "__DIR__" => lowering.string("__DIR__", node),
        "name" | "qualified_name" | "relative_name" => {
            let text = simple(lowering.text(node));
            lowering.name(text, node)
        }
        "string" => single_quoted(lowering, node),
        "encapsed_string" => interpolated(lowering, node, node),
        "heredoc" => match node.child_by_field_name("value") {
            Some(body) => interpolated(lowering, node, body),
            None => lowering.string("", node),
        },
        "nowdoc" => nowdoc(lowering, node),
        "shell_command_expression" => {
            let command = interpolated(lowering, node, node);
            let callee = lowering.name("backtick", node);
            lowering.call(callee, vec![command], node)
        }
        "integer" => {
            let kind = integer(lowering.text(node)).map_or(ExprKind::Number, ExprKind::Integer);
            lowering.add(kind, node)
        }
        "float" => lowering.add(ExprKind::Number, node),
        "boolean" => {
            let value = lowering.text(node).eq_ignore_ascii_case("true");
            lowering.add(ExprKind::Bool(value), node)
        }
        "null" => lowering.add(ExprKind::Null, node),
        "array_creation_expression" => array(lowering, node),
        "list_literal" => taken_apart(lowering, node),
        "subscript_expression" => subscript(lowering, node),
        "member_access_expression" | "nullsafe_member_access_expression" | "scoped_property_access_expression" => {
            member(lowering, node)
        }
        "class_constant_access_expression" => class_constant(lowering, node),
        "function_call_expression" => function_call(lowering, node),
        "member_call_expression" | "nullsafe_member_call_expression" | "scoped_call_expression" => {
            method_call(lowering, node)
        }
        "object_creation_expression" => object(lowering, node),
        "include_expression" => keyword(lowering, "include", node),
        "include_once_expression" => keyword(lowering, "include_once", node),
        "require_expression" => keyword(lowering, "require", node),
        "require_once_expression" => keyword(lowering, "require_once", node),
        "print_intrinsic" => keyword(lowering, "print", node),
        "binary_expression" => binary(lowering, node),
        "unary_op_expression" => unary(lowering, node),
        "update_expression" => {
            let parts = children(node).map(|part| expression(lowering, part)).collect();
            let value = lowering.add(ExprKind::Opaque(parts), node);
            cast(lowering, "int", value, node)
        }
        "cast_expression" => {
            let to = cast_name(node.child_by_field_name("type").map_or("", |to| lowering.text(to)));
            let value = match node.child_by_field_name("value") {
                Some(value) => expression(lowering, value),
                None => lowering.add(ExprKind::Opaque(Vec::new()), node),
            };
            cast(lowering, to, value, node)
        }
        "conditional_expression" => choice(lowering, node),
        "match_expression" => match_expression(lowering, node),
        "assignment_expression" | "reference_assignment_expression" => {
            match (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                (Some(target), Some(value)) => {
                    let target = expression(lowering, target);
                    let value = expression(lowering, value);
                    lowering.add(ExprKind::Assign { target, value }, node)
                }
                _ => opaque(lowering, node),
            }
        }
        "augmented_assignment_expression" => augmented(lowering, node),
        "anonymous_function" | "arrow_function" => {
            let id = lambda(lowering, node);
            lowering.add(ExprKind::Function(id), node)
        }
        // Nothing comes back from it, but what is thrown is part of the program.
        "throw_expression" => {
            children(node).for_each(|child| {
                expression(lowering, child);
            });
            lowering.add(ExprKind::Null, node)
        }
        "exit_statement" => keyword(lowering, "exit", node),
        _ => opaque(lowering, node),
    }
}

/// `$a['b']`. Parameters of the request are fields: what a test says of one is known wherever it is read again.
fn subscript(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = children(node);
    let of = parts.next().map(|part| (lowering.text(part), expression(lowering, part)));
    let index = parts.next().map(|part| expression(lowering, part));
    if let (Some((name, of)), Some(index)) = (of, index)
        && let ExprKind::Text(key) = lowering.program.kind(index)
    {
        let key = key.clone();
        match name {
            "$_ENV" => return environment(lowering, index, node),
            "$_SERVER" if is_servers_own(&key) => return lowering.name(&key, node),
            // A field of these names would be a number.
            _ if matches!(&*key, "length" | "size" | "Length" | "Count") => {}
            "$_GET" | "$_POST" | "$_REQUEST" | "$_COOKIE" | "$_SERVER" => return lowering.field(of, &key, node),
            _ => {}
        }
    }
    let of = of.map(|(_, of)| of).unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), node));
    // `$list[]` is the place after the last item.
    let index = index.unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), node));
    lowering.add(ExprKind::Index { of, index }, node)
}

/// Whether an entry of `$_SERVER` is filled by the server and not by whoever asks it. Such an entry is a name of its own.
fn is_servers_own(key: &str) -> bool {
    key.starts_with("SERVER_")
        || key.starts_with("CONTEXT_")
        || key.starts_with("REQUEST_TIME")
        || matches!(
            key,
            "DOCUMENT_ROOT"
                | "REQUEST_METHOD"
                | "REMOTE_ADDR"
                | "REMOTE_PORT"
                | "SCRIPT_FILENAME"
                | "SCRIPT_NAME"
                | "HTTPS"
                | "GATEWAY_INTERFACE"
                | "REQUEST_SCHEME"
                | "argc"
        )
}

pub(super) fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let parts = children(node).map(|child| expression(lowering, child)).collect();
    lowering.add(ExprKind::Opaque(parts), node)
}

/// The one name of a type that a value is cast to.
pub(super) fn cast_name(written: &str) -> &'static str {
    match written.to_ascii_lowercase().as_str() {
        "int" | "integer" => "int",
        "bool" | "boolean" => "bool",
        "float" | "double" | "real" => "float",
        "array" => "array",
        "object" => "object",
        _ => "string",
    }
}

pub(super) fn cast(lowering: &mut Lowering<'_>, to: &str, value: ExprId, node: Node<'_>) -> ExprId {
    let to = lowering.symbol(to);
    lowering.add(ExprKind::Cast { to, value }, node)
}

/// `$o->name`, `T::$name`, and the callee of a method call. A name that is known only when it runs is an index.
pub(super) fn member(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let of = node.child_by_field_name("object").or_else(|| node.child_by_field_name("scope"));
    let of = match of {
        Some(of) => expression(lowering, of),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    let is_static = node.kind() == "scoped_property_access_expression";
    match node.child_by_field_name("name") {
        Some(name) if name.kind() == "name" || is_static && name.kind() == "variable_name" => {
            let text = lowering.text(name).trim_start_matches('$');
            lowering.field(of, text, node)
        }
        Some(name) => {
            let index = expression(lowering, name);
            lowering.add(ExprKind::Index { of, index }, node)
        }
        None => of,
    }
}

fn class_constant(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = children(node);
    let (Some(of), Some(name)) = (parts.next(), parts.next()) else {
        return opaque(lowering, node);
    };
    let name = lowering.text(name);
    if name == "class" && matches!(of.kind(), "name" | "qualified_name") {
        let class = simple(lowering.text(of));
        return lowering.string(class, node);
    }
    let of = expression(lowering, of);
    lowering.field(of, name, node)
}

/// A list, or a map as soon as one element has a key.
fn array(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut entries: Vec<(Option<ExprId>, ExprId, Node<'_>)> = Vec::new();
    let mut has_keys = false;
    for element in children(node) {
        let mut parts = children(element)
            .map(|part| if part.kind() == "variadic_unpacking" { children(part).next().unwrap_or(part) } else { part });
        let Some(first) = parts.next() else {
            continue;
        };
        match parts.next() {
            Some(value) => {
                has_keys = true;
                let key = key(lowering, first);
                entries.push((Some(key), expression(lowering, value), element));
            }
            None => entries.push((None, expression(lowering, first), element)),
        }
    }
    let is_spread = |element: Node<'_>| children(element).next().is_some_and(|it| it.kind() == "variadic_unpacking");
    if !has_keys {
        let mut items = Vec::new();
        for (_, value, element) in entries {
            items.push(if is_spread(element) { lowering.add(ExprKind::Opaque(vec![value]), element) } else { value });
        }
        return lowering.add(ExprKind::List(items), node);
    }
    let mut keyed = Vec::new();
    let mut next = 0;
    for (key, value, element) in entries {
        let key = match key {
            None if !is_spread(element) => {
                next += 1;
                Some(lowering.add(ExprKind::Integer(next - 1), element))
            }
            key => key,
        };
        keyed.push((key, value));
    }
    lowering.add(ExprKind::Map(keyed), node)
}

/// A key of an array. Constants stand for themselves: `CURLOPT_URL` is an option's name.
fn key(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let name = match node.kind() {
        "name" => Some(node),
        "class_constant_access_expression" => children(node).last(),
        _ => None,
    };
    match name {
        Some(name) => {
            let text = lowering.text(name);
            lowering.string(text, node)
        }
        None => expression(lowering, node),
    }
}

/// `list($a, , $b)` and `['k' => $a]` as targets.
fn taken_apart(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut entries: Vec<(Option<ExprId>, ExprId)> = Vec::new();
    let (mut key, mut value, mut has_keys) = (None, None, false);
    for child in all(node) {
        match child.kind() {
            "=>" => {
                key = value.take();
                has_keys = true;
            }
            "," | ")" | "]" if child.kind() == "," || value.is_some() => {
                let target = value.take().unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), child));
                entries.push((key.take(), target));
            }
            _ if child.is_named() => value = Some(expression(lowering, child)),
            _ => {}
        }
    }
    if has_keys {
        return lowering.add(ExprKind::Map(entries), node);
    }
    lowering.add(ExprKind::List(entries.into_iter().map(|(_, target)| target).collect()), node)
}

fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let part = |name| node.child_by_field_name(name);
    let (Some(test), Some(no)) = (part("condition"), part("alternative")) else {
        return opaque(lowering, node);
    };
    let test = expression(lowering, test);
    let yes = part("body").map(|body| expression(lowering, body));
    let no = expression(lowering, no);
    match yes {
        Some(yes) => lowering.add(ExprKind::Choice { test, yes, no }, node),
        None => lowering.add(ExprKind::Binary { operator: Operator::Coalesce, left: test, right: no }, node),
    }
}

fn match_expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let subject = match node.child_by_field_name("condition") {
        Some(condition) => expression(lowering, condition),
        None => return opaque(lowering, node),
    };
    let always = matches!(lowering.program.kind(subject), ExprKind::Bool(true));
    let mut arms = Vec::new();
    let mut otherwise = None;
    for arm in node.child_by_field_name("body").into_iter().flat_map(children) {
        let Some(value) = arm.child_by_field_name("return_expression") else {
            continue;
        };
        let value = expression(lowering, value);
        let Some(conditions) = arm.child_by_field_name("conditional_expressions") else {
            otherwise = Some(value);
            continue;
        };
        let mut test = None;
        for condition in children(conditions) {
            let label = expression(lowering, condition);
            let holds = if always {
                label
            } else {
                lowering.add(ExprKind::Binary { operator: Operator::Equal, left: subject, right: label }, condition)
            };
            test = Some(match test {
                Some(left) => lowering.add(ExprKind::Binary { operator: Operator::Or, left, right: holds }, condition),
                None => holds,
            });
        }
        arms.push((test, value, arm));
    }
    if arms.len() > ARMS {
        let values = arms.into_iter().map(|(_, value, _)| value).chain(otherwise).collect();
        return lowering.add(ExprKind::Opaque(values), node);
    }
    let mut no = otherwise.unwrap_or_else(|| lowering.add(ExprKind::Null, node));
    while let Some((test, yes, arm)) = arms.pop() {
        if let Some(test) = test {
            no = lowering.add(ExprKind::Choice { test, yes, no }, arm);
        }
    }
    no
}

fn integer(text: &str) -> Option<i64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = text.strip_prefix("0b") {
        return i64::from_str_radix(digits, 2).ok();
    }
    match text.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => i64::from_str_radix(digits.trim_start_matches('o'), 8).ok(),
        _ => text.parse().ok(),
    }
}
