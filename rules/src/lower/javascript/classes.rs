//! Classes, their fields and methods; enums and namespaces.

use tree_sitter::Node;

use super::functions::{decorator, function, named_value};
use super::patterns::{key, key_text};
use super::statements::block;
use super::types::{declared, type_name};
use super::{field, has_token, named};
use crate::ir::{Assign, ExprId, ExprKind, Statement};
use crate::lower::{Lowering, span};
use crate::symbols::Symbol;

/// A class. One without a name gets the one of what it is given to.
pub(super) fn declaration(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    outer: &[Node<'_>],
    given: Option<Symbol>,
    out: &mut Vec<Statement>,
) {
    let name = field(node, "name").map(|name| lowering.symbol_of(name)).or(given);
    let own = named(node).filter(|child| child.kind() == "decorator");
    let decorators: Vec<_> = outer.iter().copied().chain(own).collect();
    let decorators = decorators.into_iter().filter_map(|node| decorator(lowering, node)).collect();
    let bases = bases(lowering, node);
    let id = lowering.class(name, bases, decorators, node, |lowering| {
        field(node, "body").map_or_else(Vec::new, |body| members(lowering, body))
    });
    out.push(Statement::Class(id));
}

/// A class inside an expression: its members by their names.
pub(super) fn value(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let outer = lowering.class.take();
    let mut entries = Vec::new();
    for member in field(node, "body").into_iter().flat_map(named) {
        let name = field(member, "name").or_else(|| field(member, "property"));
        if let Some(name) = name.filter(|_| member.kind() == "method_definition") {
            let key = key(lowering, name);
            let id = function(lowering, member, None, &[]);
            let value = lowering.add(ExprKind::Function(id), member);
            entries.push((Some(key), value));
        } else if let Some((name, value)) = name.zip(field(member, "value")) {
            let key = key(lowering, name);
            let text = key_text(lowering, name);
            let value = named_value(lowering, value, &text);
            entries.push((Some(key), value));
        }
    }
    lowering.class = outer;
    lowering.add(ExprKind::Map(entries), node)
}

fn bases(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Symbol> {
    let mut bases = Vec::new();
    for heritage in named(node).filter(|child| child.kind() == "class_heritage") {
        for clause in named(heritage) {
            match clause.kind() {
                "extends_clause" => {
                    if let Some(value) = field(clause, "value") {
                        bases.push(lowering.symbol_of(value));
                    }
                }
                "implements_clause" => {
                    for base in named(clause) {
                        if let Some(name) = type_name(lowering, base) {
                            bases.push(lowering.symbol(&name));
                        }
                    }
                }
                _ => bases.push(lowering.symbol_of(clause)),
            }
        }
    }
    bases
}

fn members(lowering: &mut Lowering<'_>, body: Node<'_>) -> Vec<Statement> {
    let mut out = Vec::new();
    // TypeScript has a method's decorators before it, JavaScript inside it.
    let mut decorators = Vec::new();
    for member in named(body) {
        match member.kind() {
            "decorator" => {
                decorators.push(member);
                continue;
            }
            "method_definition" => {
                decorators.extend(named(member).filter(|child| child.kind() == "decorator"));
                properties(lowering, member, &mut out);
                lowering.deeper_statement(|lowering| {
                    let id = function(lowering, member, None, &decorators);
                    out.push(Statement::Function(id));
                });
            }
            "public_field_definition" | "field_definition" => {
                lowering.deeper_statement(|lowering| class_field(lowering, member, &mut out));
            }
            "class_static_block" => {
                let inner = field(member, "body").map(|body| block(lowering, body)).unwrap_or_default();
                out.extend(inner);
            }
            "abstract_method_signature" | "method_signature" | "index_signature" => {}
            _ => super::statements::statement(lowering, member, &mut out),
        }
        decorators.clear();
    }
    out
}

fn class_field(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let Some(name) = field(node, "name").or_else(|| field(node, "property")) else { return };
    let text = key_text(lowering, name);
    let declared = declared(lowering, node);
    let target = lowering.name(&text, name);
    let value = field(node, "value").map(|value| named_value(lowering, value, &text));
    out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(node) }));
}

/// Parameters of a constructor that are fields too: `constructor(private db: Database)`.
fn properties(lowering: &mut Lowering<'_>, method: Node<'_>, out: &mut Vec<Statement>) {
    let is_constructor = field(method, "name").is_some_and(|name| lowering.text(name) == "constructor");
    if !is_constructor {
        return;
    }
    for parameter in field(method, "parameters").into_iter().flat_map(named) {
        let is_property =
            named(parameter).any(|child| child.kind() == "accessibility_modifier") || has_token(parameter, "readonly");
        let name = field(parameter, "pattern").filter(|name| is_property && name.kind() == "identifier");
        if let (Some(name), Some(declared)) = (name, declared(lowering, parameter)) {
            let target = lowering.name(lowering.text(name), name);
            let declared = Some(declared);
            out.push(Statement::Assign(Assign {
                target,
                value: None,
                operator: None,
                declared,
                span: span(parameter),
            }));
        }
    }
}

/// An enum is a map of its members.
pub(super) fn enumeration(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let (Some(name), Some(body)) = (field(node, "name"), field(node, "body")) else { return };
    let target = lowering.name(lowering.text(name), name);
    let mut entries = Vec::new();
    let mut next = Some(0);
    for member in named(body) {
        let (name, value) = match member.kind() {
            "enum_assignment" => (field(member, "name"), field(member, "value")),
            _ => (Some(member), None),
        };
        let Some(name) = name else { continue };
        let key = key(lowering, name);
        let value = match (value, next) {
            (Some(value), _) => super::expressions::expression(lowering, value),
            (None, Some(number)) => lowering.add(ExprKind::Integer(number), member),
            (None, None) => lowering.add(ExprKind::Number, member),
        };
        next = match lowering.program.kind(value) {
            ExprKind::Integer(number) => number.checked_add(1),
            _ => None,
        };
        entries.push((Some(key), value));
    }
    let value = Some(lowering.add(ExprKind::Map(entries), body));
    out.push(Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) }));
}
