//! Calls of PHP, and what looks like none but is: `include`, `print`, backticks.

use tree_sitter::Node;

use crate::ir::{Argument, Call, ExprId, ExprKind, Operator};
use crate::lower::php::declarations::members;
use crate::lower::php::expressions::{cast_name, expression, member};
use crate::lower::php::{children, simple};
use crate::lower::{Lowering, span};

/// Whether nothing runs after a call: PHP's own, and those of its frameworks that say so in their names.
pub(super) fn is_last_call(name: &str) -> bool {
    matches!(name, "exit" | "die" | "abort" | "wp_die")
}

/// `f(x)`.
pub(super) fn function_call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = node.child_by_field_name("function") else {
        return lowering.add(ExprKind::Opaque(Vec::new()), node);
    };
    let callee = match function.kind() {
        // `'system'($x)` calls by name.
        "string" | "encapsed_string" => {
            let name = expression(lowering, function);
            match lowering.program.kind(name) {
                ExprKind::Text(text) => {
                    let text = text.clone();
                    lowering.name(simple(&text), function)
                }
                _ => name,
            }
        }
        _ => expression(lowering, function),
    };
    let Some(arguments) = arguments(lowering, node.child_by_field_name("arguments")) else {
        return callee;
    };
    if simple(lowering.text(function)) == "compact"
        && let Some(entries) = compacted(lowering, &arguments)
    {
        return lowering.add(ExprKind::Map(entries), node);
    }
    if let Some(input) = outside(lowering, function, &arguments, node) {
        return input;
    }
    if let Some(holds) = key_exists(lowering, function, &arguments, node) {
        return holds;
    }
    if let Some(changed) = settype(lowering, function, &arguments, node) {
        return changed;
    }
    if function.kind() == "variable_name" {
        return named_call(lowering, callee, arguments, node);
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

/// `isset($map[$key])` asks whether the map has the key.
fn key_exists(
    lowering: &mut Lowering<'_>,
    function: Node<'_>,
    arguments: &[Argument],
    node: Node<'_>,
) -> Option<ExprId> {
    let [only] = arguments else {
        return None;
    };
    let ExprKind::Index { of, index } = *lowering.program.kind(only.value) else {
        return None;
    };
    let is_known = matches!(lowering.program.kind(index), ExprKind::Text(_) | ExprKind::Integer(_));
    if is_known || simple(lowering.text(function)) != "isset" {
        return None;
    }
    Some(lowering.add(ExprKind::Binary { operator: Operator::In, left: index, right: of }, node))
}

/// `settype($x, 'int')` is `$x = (int) $x`.
fn settype(lowering: &mut Lowering<'_>, function: Node<'_>, arguments: &[Argument], node: Node<'_>) -> Option<ExprId> {
    let [target, to] = arguments else {
        return None;
    };
    let target = target.value;
    let ExprKind::Text(to) = lowering.program.kind(to.value) else {
        return None;
    };
    let to = cast_name(to);
    if simple(lowering.text(function)) != "settype" {
        return None;
    }
    let to = lowering.symbol(to);
    let value = lowering.add(ExprKind::Cast { to, value: target }, node);
    Some(lowering.add(ExprKind::Assign { target, value }, node))
}

/// `$f($x)` is `call_user_func($f, $x)`.
fn named_call(lowering: &mut Lowering<'_>, function: ExprId, mut arguments: Vec<Argument>, node: Node<'_>) -> ExprId {
    let callee = lowering.name("call_user_func", node);
    arguments.insert(0, Argument { name: None, value: function, is_spread: false });
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

/// The request's body, which is read like a file, and the environment, which has a function besides its variable.
fn outside(lowering: &mut Lowering<'_>, function: Node<'_>, arguments: &[Argument], node: Node<'_>) -> Option<ExprId> {
    let first = arguments.first()?.value;
    match (simple(lowering.text(function)), lowering.program.kind(first)) {
        ("file_get_contents" | "fopen" | "file", ExprKind::Text(address))
            if matches!(&**address, "php://input" | "php://stdin") =>
        {
            let address = address.clone();
            Some(lowering.name(&address, node))
        }
        ("getenv", _) => Some(environment(lowering, first, node)),
        _ => None,
    }
}

/// An environment variable: `$_ENV['X']` and `getenv('X')` are both `$_ENV->get('X')`.
pub(super) fn environment(lowering: &mut Lowering<'_>, name: ExprId, node: Node<'_>) -> ExprId {
    let all = lowering.name("$_ENV", node);
    let get = lowering.field(all, "get", node);
    lowering.call(get, vec![name], node)
}

/// `compact('a', 'b')` is `['a' => $a, 'b' => $b]`.
fn compacted(lowering: &mut Lowering<'_>, arguments: &[Argument]) -> Option<Vec<(Option<ExprId>, ExprId)>> {
    let mut entries = Vec::new();
    for argument in arguments {
        let ExprKind::Text(name) = lowering.program.kind(argument.value) else {
            return None;
        };
        let variable = format!("${name}");
        let place = lowering.program.span(argument.value);
        let symbol = lowering.symbol(&variable);
        entries.push((Some(argument.value), lowering.add_at(ExprKind::Name(symbol), place)));
    }
    Some(entries)
}

/// `$o->m(x)`, `$o?->m(x)`, `T::m(x)`.
pub(super) fn method_call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let callee = member(lowering, node);
    match arguments(lowering, node.child_by_field_name("arguments")) {
        Some(arguments) => lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node),
        None => callee,
    }
}

/// `new T(x)`. A class that is named when it runs is looked up by a call of `class_named`.
pub(super) fn object(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut callee = None;
    let mut values = Vec::new();
    for child in children(node) {
        match child.kind() {
            "anonymous_class" => return anonymous_class(lowering, child),
            "arguments" => values = arguments(lowering, Some(child)).unwrap_or_default(),
            "name" | "qualified_name" | "relative_name" => callee = Some(expression(lowering, child)),
            _ => {
                let class = expression(lowering, child);
                let lookup = lowering.name("class_named", child);
                callee = Some(lowering.call(lookup, vec![class], child));
            }
        }
    }
    let callee = callee.unwrap_or_else(|| lowering.name("object", node));
    lowering.add(ExprKind::Call(Call { callee, arguments: values, is_new: true }), node)
}

/// An object of its base class, together with the functions that it brings.
fn anonymous_class(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut base = None;
    let mut values = Vec::new();
    for child in children(node) {
        match child.kind() {
            "arguments" => values = arguments(lowering, Some(child)).unwrap_or_default(),
            "base_clause" | "class_interface_clause" if base.is_none() => {
                base = children(child).next().map(|name| expression(lowering, name));
            }
            _ => {}
        }
    }
    let callee = base.unwrap_or_else(|| lowering.name("object", node));
    let object = lowering.add(ExprKind::Call(Call { callee, arguments: values, is_new: true }), node);
    let mut parts = vec![object];
    parts.extend(members(lowering, node.child_by_field_name("body")));
    lowering.add(ExprKind::Opaque(parts), node)
}

/// The arguments of a call; none for `f(...)`, which only names the function.
pub(super) fn arguments(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> Option<Vec<Argument>> {
    let mut found = Vec::new();
    for child in node.into_iter().flat_map(children) {
        if child.kind() == "variadic_placeholder" {
            return None;
        }
        found.extend(argument(lowering, child));
    }
    Some(found)
}

pub(super) fn argument(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Argument> {
    if node.kind() != "argument" {
        return node.is_named().then(|| Argument { name: None, value: expression(lowering, node), is_spread: false });
    }
    let name = node.child_by_field_name("name");
    let value = children(node).filter(|child| Some(*child) != name && child.kind() != "reference_modifier").last()?;
    let name = name.map(|name| lowering.symbol_of(name));
    if value.kind() == "variadic_unpacking" {
        let value = children(value).next().map(|child| expression(lowering, child))?;
        return Some(Argument { name, value, is_spread: true });
    }
    Some(Argument { name, value: expression(lowering, value), is_spread: false })
}

/// A keyword of the language that takes one value, as a call of that name.
pub(super) fn keyword(lowering: &mut Lowering<'_>, name: &str, node: Node<'_>) -> ExprId {
    let parts = children(node).map(|child| expression(lowering, child)).collect();
    let callee = lowering.name(name, node);
    lowering.call(callee, parts, node)
}

/// The attributes of a declaration, as calls or names.
pub(super) fn attributes(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let mut found = Vec::new();
    let Some(list) = node.child_by_field_name("attributes") else {
        return found;
    };
    for attribute in children(list).flat_map(|group| children(group).collect::<Vec<_>>()) {
        let Some(name) = children(attribute).next() else {
            continue;
        };
        let callee = expression(lowering, name);
        found.push(match attribute.child_by_field_name("parameters") {
            Some(parameters) => {
                let arguments = arguments(lowering, Some(parameters)).unwrap_or_default();
                let call = Call { callee, arguments, is_new: false };
                lowering.add_at(ExprKind::Call(call), span(attribute))
            }
            None => callee,
        });
    }
    found
}
