//! Calls of Ruby: with parentheses or without, with a block, and those that stand for a loop over values.

use tree_sitter::Node;

use crate::ir::{Argument, Call, ExprId, ExprKind};
use crate::lower::Lowering;
use crate::lower::ruby::declarations::{block_binding, lambda};
use crate::lower::ruby::expressions::expression;
use crate::lower::ruby::operators::matched;
use crate::lower::ruby::{Scope, children};

/// `o.m(x) { }`, `m x`, `yield x`.
pub(super) fn call(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    if let Some(each) = each(lowering, scope, node) {
        return each;
    }
    let block = node.child_by_field_name("block");
    let receiver = node.child_by_field_name("receiver");
    let method = node.child_by_field_name("method");
    if let (None, Some(method), Some(block)) = (receiver, method, block)
        && matches!(lowering.text(method), "lambda" | "proc")
    {
        let id = lambda(lowering, scope, block, Some(block));
        return lowering.add(ExprKind::Function(id), node);
    }
    // A frozen list is the list.
    if let (Some(receiver), Some(method)) = (receiver, method)
        && matches!(lowering.text(method), "freeze" | "dup")
        && node.child_by_field_name("arguments").is_none()
    {
        return expression(lowering, scope, receiver);
    }
    if let Some(matches) = pattern_first(lowering, scope, node) {
        return matches;
    }
    if let Some(address) = route(lowering, scope, node) {
        return address;
    }
    let callee = callee(lowering, scope, node);
    let list = if node.kind() == "yield" { children(node).next() } else { node.child_by_field_name("arguments") };
    let mut arguments = arguments(lowering, scope, list);
    if let Some(block) = block {
        let id = lambda(lowering, scope, block, Some(block));
        let value = lowering.add(ExprKind::Function(id), block);
        arguments.push(Argument { name: None, value, is_spread: false });
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

/// `user_path(x)`: where the text has no such method, it is Rails' name for `url_for` with a route.
fn route(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> Option<ExprId> {
    let method = node.child_by_field_name("method").filter(|_| node.child_by_field_name("receiver").is_none())?;
    let name = lowering.text(method);
    let is_route = (name.ends_with("_path") || name.ends_with("_url")) && !scope.survey.is_call(name);
    let list = node.child_by_field_name("arguments").filter(|_| is_route)?;
    let callee = lowering.name("url_for", method);
    let route = Argument { name: None, value: lowering.string(name, method), is_spread: false };
    let mut arguments = arguments(lowering, scope, Some(list));
    arguments.insert(0, route);
    Some(lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node))
}

/// `/a/.match?(x)`.
fn pattern_first(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> Option<ExprId> {
    let pattern = node.child_by_field_name("receiver").filter(|receiver| receiver.kind() == "regex")?;
    let is_test = node.child_by_field_name("method").is_some_and(|method| lowering.text(method) == "match?");
    let text = node.child_by_field_name("arguments").and_then(|list| children(list).next()).filter(|_| is_test)?;
    let pattern = expression(lowering, scope, pattern);
    let text = expression(lowering, scope, text);
    Some(matched(lowering, pattern, text, node))
}

pub(super) fn callee(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let method = node.child_by_field_name("method");
    match (node.child_by_field_name("receiver"), method) {
        (Some(receiver), Some(method)) => {
            let of = expression(lowering, scope, receiver);
            let name = lowering.text(method);
            lowering.field(of, name, node)
        }
        // `f.(x)`.
        (Some(receiver), None) => expression(lowering, scope, receiver),
        (None, Some(method)) => {
            let name = lowering.text(method);
            lowering.name(name, method)
        }
        (None, None) => lowering.name("yield", node),
    }
}

/// `xs.map { |x| ... }`, `xs.map(&:m)`, `xs.select { |x| ... }` with one expression in the block.
fn each(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> Option<ExprId> {
    let method = lowering.text(node.child_by_field_name("method")?);
    let over = node.child_by_field_name("receiver")?;
    let maps = matches!(method, "map" | "collect" | "flat_map" | "filter_map" | "map!" | "collect!");
    let selects = matches!(method, "select" | "filter" | "select!" | "filter!");
    if !maps && !selects {
        return None;
    }
    if let Some(block) = node.child_by_field_name("block") {
        let mut body = block.child_by_field_name("body").into_iter().flat_map(children);
        let (only, None) = (body.next()?, body.next()) else {
            return None;
        };
        if matches!(only.kind(), "assignment" | "next" | "break" | "return" | "if" | "case" | "begin") {
            return None;
        }
        let over = expression(lowering, scope, over);
        let binding = block_binding(lowering, scope, block);
        let value = expression(lowering, scope.in_function(), only);
        let kind = if maps {
            ExprKind::Each { binding, over, test: None, value }
        } else {
            ExprKind::Each { binding, over, test: Some(value), value: binding }
        };
        return Some(lowering.add(kind, node));
    }
    let mut arguments = node.child_by_field_name("arguments").into_iter().flat_map(children);
    let (argument, None) = (arguments.next()?, arguments.next()) else {
        return None;
    };
    let symbol = children(argument).next().filter(|symbol| symbol.kind() == "simple_symbol")?;
    if !maps || argument.kind() != "block_argument" {
        return None;
    }
    let over = expression(lowering, scope, over);
    let binding = lowering.name("it", argument);
    let item = lowering.name("it", argument);
    let name = lowering.text(symbol).trim_start_matches(':');
    let callee = lowering.field(item, name, argument);
    let value = lowering.call(callee, Vec::new(), argument);
    Some(lowering.add(ExprKind::Each { binding, over, test: None, value }, node))
}

/// The arguments of a call. Pairs whose keys are symbols are named ones; all other pairs make one map.
pub(super) fn arguments(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, list: Option<Node<'_>>) -> Vec<Argument> {
    let mut found = Vec::new();
    let mut entries = Vec::new();
    for child in list.into_iter().flat_map(children) {
        match child.kind() {
            "pair" => match keyword(lowering, child) {
                Some(name) => {
                    let name = lowering.symbol(name);
                    let value = pair_value(lowering, scope, child);
                    found.push(Argument { name: Some(name), value, is_spread: false });
                }
                None => entries.push(child),
            },
            "splat_argument" | "hash_splat_argument" | "forward_argument" => {
                let inner = children(child).next();
                let value = match inner {
                    Some(inner) => expression(lowering, scope, inner),
                    None => lowering.add(ExprKind::Opaque(Vec::new()), child),
                };
                found.push(Argument { name: None, value, is_spread: true });
            }
            "block_argument" => {
                if let Some(inner) = children(child).next() {
                    let value = expression(lowering, scope, inner);
                    found.push(Argument { name: None, value, is_spread: false });
                }
            }
            _ => found.push(Argument { name: None, value: expression(lowering, scope, child), is_spread: false }),
        }
    }
    if let Some(first) = entries.first().copied() {
        let entries = pairs(lowering, scope, entries.into_iter());
        let value = lowering.add(ExprKind::Map(entries), first);
        found.push(Argument { name: None, value, is_spread: false });
    }
    found
}

/// The name of `name: x`, `:name => x` and `"name": x`.
fn keyword<'t>(lowering: &Lowering<'t>, pair: Node<'_>) -> Option<&'t str> {
    let key = pair.child_by_field_name("key")?;
    match key.kind() {
        "hash_key_symbol" => Some(lowering.text(key)),
        "simple_symbol" => Some(lowering.text(key).trim_start_matches(':')),
        _ => None,
    }
}

/// `{a: x}` without a value is `{a: a}`.
fn pair_value(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, pair: Node<'_>) -> ExprId {
    match (pair.child_by_field_name("value"), pair.child_by_field_name("key")) {
        (Some(value), _) => expression(lowering, scope, value),
        (None, Some(key)) => {
            let name = lowering.text(key);
            let value = lowering.name(name, key);
            if scope.survey.is_call(name) { lowering.call(value, Vec::new(), key) } else { value }
        }
        (None, None) => lowering.add(ExprKind::Null, pair),
    }
}

/// The entries of a map.
pub(super) fn pairs<'t>(
    lowering: &mut Lowering<'_>,
    scope: Scope<'_, '_>,
    nodes: impl Iterator<Item = Node<'t>>,
) -> Vec<(Option<ExprId>, ExprId)> {
    let mut entries = Vec::new();
    for node in nodes {
        if node.kind() == "pair" {
            let key = node.child_by_field_name("key").map(|key| expression(lowering, scope, key));
            entries.push((key, pair_value(lowering, scope, node)));
        } else {
            let inner = children(node).next().unwrap_or(node);
            entries.push((None, expression(lowering, scope, inner)));
        }
    }
    entries
}

/// Whether a call without a receiver raises.
pub(super) fn is_throw(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    let name = match node.kind() {
        "call" if node.child_by_field_name("receiver").is_none() => node.child_by_field_name("method"),
        "identifier" => Some(node),
        _ => None,
    };
    name.is_some_and(|name| matches!(lowering.text(name), "raise" | "fail" | "throw"))
}

/// Whether nothing runs after a call without a receiver.
pub(super) fn is_last_call(lowering: &Lowering<'_>, node: Node<'_>) -> bool {
    let name = match node.kind() {
        "call" if node.child_by_field_name("receiver").is_none() => node.child_by_field_name("method"),
        "identifier" => Some(node),
        _ => None,
    };
    // `halt` is Sinatra's.
    name.is_some_and(|name| matches!(lowering.text(name), "exit" | "exit!" | "abort" | "halt"))
}
