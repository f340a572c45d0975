//! C#'s types and attributes: a type is its simple name, without namespace, generics, dimensions and nullability.

use tree_sitter::Node;

use super::expressions::expression;
use crate::ir::{Argument, Call, ExprId, ExprKind};
use crate::lower::{Lowering, named};
use crate::symbols::Symbol;

/// The simple name of a type; None for `var`, `void`, tuples and pointers to functions.
pub(super) fn type_name(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Symbol> {
    let name = simple_type(node)?;
    match lowering.text(name) {
        "var" | "void" => None,
        _ => Some(lowering.symbol_of(name)),
    }
}

/// The type in a node's field.
pub(super) fn declared(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Symbol> {
    node.child_by_field_name("type").and_then(|class| type_name(lowering, class))
}

fn simple_type(mut node: Node<'_>) -> Option<Node<'_>> {
    loop {
        node = match node.kind() {
            "generic_name" => named(node).next()?,
            "qualified_name" | "alias_qualified_name" => node.child_by_field_name("name")?,
            "array_type"
            | "nullable_type"
            | "pointer_type"
            | "ref_type"
            | "scoped_type"
            | "primary_constructor_base_type" => node.child_by_field_name("type")?,
            "identifier" | "predefined_type" => return Some(node),
            _ => return None,
        };
    }
}

/// A type where an expression stands: its whole path, as it is written.
pub(super) fn type_path(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut names = Vec::new();
    let mut rest = Some(node);
    while let Some(node) = rest {
        rest = match node.kind() {
            "generic_name" => named(node).next(),
            "qualified_name" => {
                names.extend(node.child_by_field_name("name").and_then(simple_type));
                node.child_by_field_name("qualifier")
            }
            "alias_qualified_name" => node.child_by_field_name("name"),
            "array_type" | "nullable_type" | "pointer_type" | "ref_type" | "scoped_type" => {
                node.child_by_field_name("type")
            }
            _ => {
                names.push(node);
                None
            }
        };
    }
    let mut names = names.into_iter().rev();
    let Some(first) = names.next() else { return lowering.add(ExprKind::Opaque(Vec::new()), node) };
    let mut path = name_of(lowering, first);
    for name in names {
        let text = lowering.text(name);
        path = lowering.field(path, text, node);
    }
    path
}

/// The node's text as a name that stands there; the `@` of a name that is also a keyword is no part of it.
pub(super) fn name_of(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let name = lowering.text(node);
    lowering.name(name.trim_start_matches('@'), node)
}

pub(super) fn symbol_of(lowering: &mut Lowering<'_>, node: Node<'_>) -> Symbol {
    let name = lowering.text(node);
    lowering.symbol(name.trim_start_matches('@'))
}

/// The attributes of a declaration or parameter, as names or calls.
pub(super) fn attributes(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<ExprId> {
    let mut found = Vec::new();
    for list in named(node).filter(|child| child.kind() == "attribute_list") {
        for one in named(list).filter(|child| child.kind() == "attribute") {
            found.push(attribute(lowering, one));
        }
    }
    found
}

pub(super) fn attribute(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let callee = match node.child_by_field_name("name") {
        Some(name) => type_path(lowering, name),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    let Some(list) = named(node).find(|child| child.kind() == "attribute_argument_list") else { return callee };
    let mut arguments = Vec::new();
    for argument in named(list) {
        let name = argument.child_by_field_name("name");
        let Some(value) = named(argument).filter(|child| Some(*child) != name).last() else { continue };
        let assigned = (value.kind() == "assignment_expression").then(|| value.child_by_field_name("right")).flatten();
        let name = name.or_else(|| assigned.and_then(|_| value.child_by_field_name("left")));
        let name = name.map(|name| symbol_of(lowering, name));
        let value = expression(lowering, assigned.unwrap_or(value));
        arguments.push(Argument { name, value, is_spread: false });
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}
