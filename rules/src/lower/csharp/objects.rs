//! C#'s calls and object creations.

use tree_sitter::Node;

use super::expressions::{expression, member_name, unknown};
use super::types::{declared, name_of, symbol_of, type_name};
use crate::ir::{Argument, Call, ExprId, ExprKind};
use crate::lower::{Lowering, named};

/// Types that `TryParse` and its like make of a text.
const PARSED: [&str; 22] = [
    "int",
    "long",
    "short",
    "uint",
    "ulong",
    "double",
    "float",
    "decimal",
    "bool",
    "Guid",
    "DateTime",
    "DateTimeOffset",
    "DateOnly",
    "TimeOnly",
    "TimeSpan",
    "Int16",
    "Int32",
    "Int64",
    "Double",
    "Decimal",
    "Boolean",
    "BigInteger",
];

/// The methods that map a route of a minimal API to a function.
const ROUTES: [&str; 6] = ["MapGet", "MapPost", "MapPut", "MapDelete", "MapPatch", "MapMethods"];

/// What an initialiser's entry is.
enum Entry<'n> {
    /// `Name = value`.
    Named(Node<'n>, Node<'n>),
    /// `["key"] = value`, or `{ key, value }`.
    Keyed(Node<'n>, Node<'n>),
    Item(Node<'n>),
}

pub(super) fn invocation(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = node.child_by_field_name("function") else { return unknown(lowering, node) };
    let list = node.child_by_field_name("arguments");
    if lowering.text(function) == "nameof" {
        let named = list.map_or("", |list| lowering.text(list)).trim_matches(['(', ')']);
        return lowering.string(named.rsplit('.').next().unwrap_or(named).trim(), node);
    }
    let callee = expression(lowering, function);
    let receiver = match *lowering.program.kind(callee) {
        ExprKind::Field { of, .. } => Some(of),
        _ => None,
    };
    let arguments = arguments(lowering, list, receiver);
    if let Some(name) = function.child_by_field_name("name") {
        decorate_handlers(lowering, name, &arguments);
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

/// A method that maps a route to a lambda decorates it, as an attribute decorates an action.
fn decorate_handlers(lowering: &mut Lowering<'_>, method: Node<'_>, arguments: &[Argument]) {
    let name = member_name(lowering, method);
    if !ROUTES.contains(&name) {
        return;
    }
    for argument in arguments {
        if let ExprKind::Function(handler) = *lowering.program.kind(argument.value) {
            let decorator = lowering.name(name, method);
            lowering.program.functions[handler.0 as usize].decorators.push(decorator);
        }
    }
}

/// The arguments of a call. What goes `out` gets a value out of the receiver, as with `TryGetValue`.
pub(super) fn arguments(
    lowering: &mut Lowering<'_>,
    list: Option<Node<'_>>,
    receiver: Option<ExprId>,
) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for argument in list.into_iter().flat_map(named) {
        let name = argument.child_by_field_name("name");
        let Some(node) = named(argument).filter(|child| Some(*child) != name).last() else { continue };
        let name = name.map(|name| symbol_of(lowering, name));
        let value = if argument.child(0).is_some_and(|first| first.kind() == "out") {
            out_argument(lowering, node, receiver)
        } else {
            expression(lowering, node)
        };
        arguments.push(Argument { name, value, is_spread: false });
    }
    arguments
}

fn out_argument(lowering: &mut Lowering<'_>, node: Node<'_>, receiver: Option<ExprId>) -> ExprId {
    let mut value = lowering.add(ExprKind::Opaque(receiver.into_iter().collect()), node);
    // `int.TryParse(text, out var number)` gives a number.
    if let Some(ExprKind::Name(to)) = receiver.map(|receiver| lowering.program.kind(receiver))
        && PARSED.contains(&lowering.program.name(*to))
    {
        let to = *to;
        value = lowering.add(ExprKind::Cast { to, value }, node);
    }
    let target = if node.kind() == "declaration_expression" {
        if let Some(to) = declared(lowering, node) {
            value = lowering.add(ExprKind::Cast { to, value }, node);
        }
        node.child_by_field_name("name").map(|name| name_of(lowering, name))
    } else {
        Some(expression(lowering, node))
    };
    match target {
        Some(target) => lowering.add(ExprKind::Assign { target, value }, node),
        None => value,
    }
}

/// `new T(..) { .. }`. `class` is the declared type that `new(..)` is of.
pub(super) fn creation(lowering: &mut Lowering<'_>, node: Node<'_>, class: Option<Node<'_>>) -> ExprId {
    let class = node.child_by_field_name("type").or(class);
    let list = named(node).find(|child| child.kind() == "argument_list");
    let initializer = named(node).find(|child| child.kind() == "initializer_expression");
    let has_arguments = list.is_some_and(|list| named(list).next().is_some());
    if let Some(initializer) = initializer.filter(|_| !has_arguments) {
        let is_collection = named(initializer).next().is_some_and(|entry| !matches!(entry_of(entry), Entry::Named(..)));
        if is_collection {
            return entries(lowering, initializer);
        }
    }
    // By its simple name, as where a type is declared.
    let callee = match class.and_then(|class| type_name(lowering, class)) {
        Some(name) => lowering.add(ExprKind::Name(name), class.unwrap_or(node)),
        None => unknown(lowering, node),
    };
    let mut arguments = arguments(lowering, list, None);
    for entry in initializer.into_iter().flat_map(named) {
        match entry_of(entry) {
            Entry::Named(name, value) => {
                let name = Some(symbol_of(lowering, name));
                let value = expression(lowering, value);
                arguments.push(Argument { name, value, is_spread: false });
            }
            Entry::Keyed(_, value) | Entry::Item(value) => {
                let value = expression(lowering, value);
                arguments.push(Argument { name: None, value, is_spread: false });
            }
        }
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
}

/// An initialiser as a value: a map if its entries have names or keys, else a list.
pub(super) fn entries(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let is_list = named(node).all(|entry| matches!(entry_of(entry), Entry::Item(_)));
    if is_list {
        let items = named(node).map(|item| expression(lowering, item)).collect();
        return lowering.add(ExprKind::List(items), node);
    }
    let mut pairs = Vec::new();
    for entry in named(node) {
        pairs.push(match entry_of(entry) {
            Entry::Named(name, value) => {
                let key = lowering.text(name);
                (Some(lowering.string(key, name)), expression(lowering, value))
            }
            Entry::Keyed(key, value) => (Some(expression(lowering, key)), expression(lowering, value)),
            Entry::Item(value) => (None, expression(lowering, value)),
        });
    }
    lowering.add(ExprKind::Map(pairs), node)
}

fn entry_of(node: Node<'_>) -> Entry<'_> {
    if node.kind() == "assignment_expression" {
        let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
        if let (Some(left), Some(right)) = sides {
            return match left.kind() {
                "identifier" => Entry::Named(left, right),
                _ => Entry::Keyed(subscript(left).unwrap_or(left), right),
            };
        }
    }
    if node.kind() == "initializer_expression" {
        let mut parts = named(node);
        if let (Some(key), Some(value), None) = (parts.next(), parts.next(), parts.next()) {
            return Entry::Keyed(key, value);
        }
    }
    Entry::Item(node)
}

/// The key in `["key"]`.
fn subscript(node: Node<'_>) -> Option<Node<'_>> {
    let mut inner = node;
    while matches!(
        inner.kind(),
        "element_binding_expression"
            | "bracketed_argument_list"
            | "argument"
            | "collection_expression"
            | "collection_element"
            | "expression_element"
    ) {
        inner = named(inner).next()?;
    }
    Some(inner)
}

/// `new { Name = value, other.Name }`.
pub(super) fn anonymous_object(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut pairs = Vec::new();
    let mut key: Option<Node<'_>> = None;
    let mut is_value = false;
    for child in node.children(&mut node.walk()) {
        if child.kind() == "=" {
            is_value = true;
        } else if child.kind() == "," || child.kind() == "}" {
            // What stands alone is named by its last name.
            if let Some(alone) = key.take() {
                let text = lowering.text(alone).rsplit('.').next().unwrap_or_default();
                let name = lowering.string(text, alone);
                pairs.push((Some(name), expression(lowering, alone)));
            }
            is_value = false;
        } else if child.is_named() && !child.is_extra() {
            match key.take().filter(|_| is_value) {
                Some(name) => {
                    let text = lowering.text(name);
                    let name = lowering.string(text, name);
                    pairs.push((Some(name), expression(lowering, child)));
                }
                None => key = Some(child),
            }
        }
    }
    lowering.add(ExprKind::Map(pairs), node)
}
