//! Expressions.

use tree_sitter::Node;

use super::functions::{function, function_value, mapped, named_value};
use super::handlers::type_handlers;
use super::literals::{number, regex, string_text, template};
use super::modules::{path_expression, required};
use super::patterns::{key, key_text, target, word};
use super::types::cast_name;
use super::{classes, field, jsx, named, operators};
use crate::ir::{Argument, Call, ExprId, ExprKind, Operator};
use crate::lower::Lowering;

/// Lowers an expression.
pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let node = plain(node);
    lowering.deeper(node, |lowering| nested(lowering, node))
}

/// What is inside parentheses, `await` and others that change no value.
pub(super) fn plain(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    loop {
        let inner = match node.kind() {
            "parenthesized_expression"
            | "await_expression"
            | "yield_expression"
            | "non_null_expression"
            | "satisfies_expression"
            | "expression_statement"
            | "instantiation_expression"
            | "jsx_expression" => named(node).next(),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

fn nested(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier"
        | "this"
        | "super"
        | "property_identifier"
        | "private_property_identifier"
        | "shorthand_property_identifier"
        | "statement_identifier"
        | "type_identifier" => {
            let name = lowering.symbol_of(node);
            lowering.add(ExprKind::Name(name), node)
        }
        "string" => {
            let text = string_text(lowering, node);
            lowering.string(&text, node)
        }
        "template_string" => template(lowering, node),
        "number" => {
            let kind = number(lowering.text(node));
            lowering.add(kind, node)
        }
        "true" => lowering.add(ExprKind::Bool(true), node),
        "false" => lowering.add(ExprKind::Bool(false), node),
        "null" | "undefined" | "yield_expression" => lowering.add(ExprKind::Null, node),
        "regex" => regex(lowering, node),
        "array" => {
            let items = named(node).map(|item| item_of(lowering, item)).collect();
            lowering.add(ExprKind::List(items), node)
        }
        "object" => object(lowering, node),
        "array_pattern" | "object_pattern" => target(lowering, node, &mut Vec::new()),
        "member_expression" | "nested_identifier" => member(lowering, node),
        "subscript_expression" => subscript(lowering, node),
        "call_expression" => call(lowering, node),
        "new_expression" => new(lowering, node),
        "arrow_function" | "function_expression" | "generator_function" => function_value(lowering, node, None),
        "class" => classes::value(lowering, node),
        "assignment_expression" => assignment(lowering, node),
        "augmented_assignment_expression" => augmented(lowering, node),
        "update_expression" => match field(node, "argument") {
            Some(argument) => expression(lowering, argument),
            None => opaque(lowering, node),
        },
        "binary_expression" => operators::binary(lowering, node),
        "unary_expression" => operators::unary(lowering, node),
        "ternary_expression" => choice(lowering, node),
        "as_expression" | "type_assertion" => cast(lowering, node),
        "jsx_element" | "jsx_self_closing_element" => jsx::element(lowering, node),
        "meta_property" => lowering.name(lowering.text(node), node),
        "spread_element" => item_of(lowering, node),
        _ => opaque(lowering, node),
    }
}

/// A node that says nothing of its own: any of its parts.
pub(super) fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let parts = named(node).filter(|part| !is_type(*part)).map(|part| expression(lowering, part)).collect();
    lowering.add(ExprKind::Opaque(parts), node)
}

fn is_type(node: Node<'_>) -> bool {
    let kind = node.kind();
    kind.ends_with("_type") || matches!(kind, "type_annotation" | "type_arguments" | "type_parameters")
}

/// An item of a list. One that is spread may be anything of what it holds.
fn item_of(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    if node.kind() == "spread_element" { opaque(lowering, node) } else { expression(lowering, node) }
}

fn object(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut entries = Vec::new();
    for entry in named(node) {
        match entry.kind() {
            "pair" => {
                let (Some(name), Some(value)) = (field(entry, "key"), field(entry, "value")) else { continue };
                let key = key(lowering, name);
                let text = key_text(lowering, name);
                let value = named_value(lowering, value, &text);
                entries.push((Some(key), value));
            }
            "shorthand_property_identifier" => {
                let text = lowering.text(entry);
                let key = word(lowering, text, entry);
                let value = lowering.name(text, entry);
                entries.push((Some(key), value));
            }
            "method_definition" => {
                let key = field(entry, "name").map(|name| key(lowering, name));
                let id = function(lowering, entry, None, &[]);
                let value = lowering.add(ExprKind::Function(id), entry);
                entries.push((key, value));
            }
            "spread_element" => {
                if let Some(inner) = named(entry).next() {
                    let value = expression(lowering, inner);
                    entries.push((None, value));
                }
            }
            _ => {
                let value = expression(lowering, entry);
                entries.push((None, value));
            }
        }
    }
    lowering.add(ExprKind::Map(entries), node)
}

fn member(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(object), Some(property)) = (field(node, "object"), field(node, "property")) else {
        return opaque(lowering, node);
    };
    let of = expression(lowering, object);
    let name = lowering.symbol_of(property);
    lowering.add(ExprKind::Field { of, name }, node)
}

fn subscript(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(object), Some(index)) = (field(node, "object"), field(node, "index")) else {
        return opaque(lowering, node);
    };
    let of = expression(lowering, object);
    // `a["b"]` is `a.b`.
    if plain(index).kind() == "string" {
        let text = string_text(lowering, plain(index));
        let is_word = text.chars().all(|part| part.is_alphanumeric() || matches!(part, '_' | '$'));
        if is_word && text.starts_with(|first: char| !first.is_numeric()) {
            return lowering.field(of, &text, node);
        }
        let index = word(lowering, &text, index);
        return lowering.add(ExprKind::Index { of, index }, node);
    }
    let index = expression(lowering, index);
    lowering.add(ExprKind::Index { of, index }, node)
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(callee) = field(node, "function") else { return opaque(lowering, node) };
    if let Some(path) = required(lowering, node) {
        return path_expression(lowering, &path, node);
    }
    let arguments = field(node, "arguments");
    // Makes a function that does the same.
    if matches!(lowering.text(callee), "promisify" | "util.promisify")
        && let Some(inner) = arguments.and_then(|list| named(list).next())
    {
        return expression(lowering, inner);
    }
    // `f.bind(object)` is the same function.
    if callee.kind() == "member_expression"
        && field(callee, "property").is_some_and(|name| lowering.text(name) == "bind")
        && arguments.is_some_and(|list| list.kind() == "arguments" && named(list).count() == 1)
        && let Some(function) =
            field(callee, "object").filter(|of| matches!(plain(*of).kind(), "member_expression" | "call_expression"))
    {
        return expression(lowering, function);
    }
    let tag = arguments.filter(|list| list.kind() == "template_string");
    if let Some(text) = tag {
        if lowering.text(callee) == "String.raw" {
            return template(lowering, text);
        }
        let callee = expression(lowering, callee);
        let value = template(lowering, text);
        return lowering.call(callee, vec![value], node);
    }
    if let Some(each) =
        arguments.filter(|_| callee.kind() == "member_expression").and_then(|list| mapped(lowering, callee, list))
    {
        return each;
    }
    let callee = match callee.kind() {
        "import" => lowering.name("import", callee),
        "subscript_expression" => chosen(lowering, callee),
        _ => expression(lowering, callee),
    };
    let arguments = arguments.map_or_else(Vec::new, |list| arguments_of(lowering, list));
    type_handlers(lowering, callee, &arguments);
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

/// The function in `object[key](..)`: `Reflect.get(object, key)`, where the key is not written down.
fn chosen(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let id = expression(lowering, node);
    let &ExprKind::Index { of, index } = lowering.program.kind(id) else { return id };
    if matches!(lowering.program.kind(index), ExprKind::Text(_) | ExprKind::Integer(_)) {
        return id;
    }
    reflect(lowering, "get", vec![of, index], node)
}

/// A call of a method of `Reflect`, which rules can name.
pub(super) fn reflect(lowering: &mut Lowering<'_>, method: &str, arguments: Vec<ExprId>, node: Node<'_>) -> ExprId {
    let reflect = lowering.name("Reflect", node);
    let callee = lowering.field(reflect, method, node);
    lowering.call(callee, arguments, node)
}

fn new(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(callee) = field(node, "constructor") else { return opaque(lowering, node) };
    let callee = expression(lowering, callee);
    let arguments = field(node, "arguments").map_or_else(Vec::new, |list| arguments_of(lowering, list));
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
}

fn arguments_of(lowering: &mut Lowering<'_>, list: Node<'_>) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for node in named(list) {
        let is_spread = node.kind() == "spread_element";
        let inner = if is_spread { named(node).next().unwrap_or(node) } else { node };
        let value = expression(lowering, inner);
        arguments.push(Argument { name: None, value, is_spread });
    }
    arguments
}

fn assignment(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return opaque(lowering, node);
    };
    let target = target(lowering, left, &mut Vec::new());
    let value = named_value(lowering, right, last_name(lowering, left));
    lowering.add(ExprKind::Assign { target, value }, node)
}

/// The word that a target is known by.
pub(super) fn last_name<'t>(lowering: &Lowering<'t>, target: Node<'_>) -> &'t str {
    let word = if target.kind() == "member_expression" { field(target, "property") } else { Some(target) };
    word.filter(|word| word.kind().ends_with("identifier")).map_or("", |word| lowering.text(word))
}

/// `a += b` as a value: `a = a + b`.
fn augmented(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else {
        return opaque(lowering, node);
    };
    let target = expression(lowering, left);
    let right = expression(lowering, right);
    let value = match operators::augmented(node) {
        Operator::Add => lowering.add(ExprKind::Sum(vec![target, right]), node),
        operator => lowering.add(ExprKind::Binary { operator, left: target, right }, node),
    };
    lowering.add(ExprKind::Assign { target, value }, node)
}

fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let parts = [field(node, "condition"), field(node, "consequence"), field(node, "alternative")];
    let [Some(test), Some(yes), Some(no)] = parts else { return opaque(lowering, node) };
    let [test, yes, no] = [test, yes, no].map(|part| expression(lowering, part));
    lowering.add(ExprKind::Choice { test, yes, no }, node)
}

/// `value as T` and `<T>value`.
fn cast(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts = named(node);
    let (Some(first), second) = (parts.next(), parts.next()) else { return opaque(lowering, node) };
    let (value, to) =
        if node.kind() == "type_assertion" { (second.unwrap_or(first), named(first).next()) } else { (first, second) };
    let value = expression(lowering, value);
    match to.and_then(|to| cast_name(lowering, to)) {
        Some(to) => lowering.add(ExprKind::Cast { to, value }, node),
        None => value,
    }
}
