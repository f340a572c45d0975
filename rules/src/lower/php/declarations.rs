//! Functions, classes, constants and imports of PHP.

use tree_sitter::Node;

use crate::ir::{Assign, Block, ExprId, ExprKind, FunctionId, Parameter, Statement};
use crate::lower::php::calls::attributes;
use crate::lower::php::expressions::expression;
use crate::lower::php::statements::{block, damaged, plain_assign};
use crate::lower::php::{children, simple};
use crate::lower::{FunctionParts, Lowering, span};
use crate::symbols::Symbol;

/// A function or method with a name.
pub(super) fn function(lowering: &mut Lowering<'_>, node: Node<'_>) -> FunctionId {
    lowering.function(node, |lowering| {
        let decorators = attributes(lowering, node);
        let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
        let (parameters, mut body) = parameters_of(lowering, node.child_by_field_name("parameters"));
        body.append(&mut block(lowering, node.child_by_field_name("body")));
        FunctionParts { name, parameters, body, decorators, is_async: false }
    })
}

/// `function () {}` and `fn() => x`.
pub(super) fn lambda(lowering: &mut Lowering<'_>, node: Node<'_>) -> FunctionId {
    lowering.function(node, |lowering| {
        let decorators = attributes(lowering, node);
        let (parameters, mut body) = parameters_of(lowering, node.child_by_field_name("parameters"));
        match node.child_by_field_name("body") {
            Some(value) if value.kind() != "compound_statement" => {
                body.push(Statement::Return(Some(expression(lowering, value))));
            }
            found => body.append(&mut block(lowering, found)),
        }
        FunctionParts { name: None, parameters, body, decorators, is_async: false }
    })
}

/// The parameters, and the assignments with which a constructor's body begins: those of promoted properties.
pub(super) fn parameters_of(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> (Vec<Parameter>, Block) {
    let mut parameters = Vec::new();
    let mut body = Vec::new();
    for child in node.into_iter().flat_map(children) {
        let Some(variable) = child.child_by_field_name("name") else {
            continue;
        };
        let decorators = attributes(lowering, child);
        let text = lowering.text(variable).trim_start_matches('&').trim_start();
        let name = lowering.symbol(text);
        let declared = child.child_by_field_name("type").and_then(|declared| type_name(lowering, declared));
        let default = child.child_by_field_name("default_value").map(|default| expression(lowering, default));
        parameters.push(Parameter { name, declared, default, decorators, pattern: None });
        if child.kind() == "property_promotion_parameter" {
            let this = lowering.name("$this", variable);
            let target = lowering.field(this, text.trim_start_matches('$'), variable);
            let value = Some(lowering.add(ExprKind::Name(name), variable));
            body.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(child) }));
        }
    }
    (parameters, body)
}

/// The name of a type: of several, the first that says something.
fn type_name(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Symbol> {
    let mut node = node;
    while matches!(node.kind(), "optional_type" | "union_type" | "intersection_type" | "disjunctive_normal_form_type") {
        node = children(node).find(|inner| !matches!(lowering.text(*inner), "null" | "false"))?;
    }
    let name = simple(lowering.text(node));
    Some(lowering.symbol(name))
}

/// A class, interface, trait or enum.
pub(super) fn class_like(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let decorators = attributes(lowering, node);
    let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
    let mut bases = Vec::new();
    for clause in children(node).filter(|child| matches!(child.kind(), "base_clause" | "class_interface_clause")) {
        for base in children(clause) {
            let base = simple(lowering.text(base));
            bases.push(lowering.symbol(base));
        }
    }
    let id = lowering.class(name, bases, decorators, node, |lowering| {
        let mut body = Vec::new();
        for declaration in node.child_by_field_name("body").into_iter().flat_map(children) {
            lowering.deeper_statement(|lowering| declared(lowering, declaration, &mut body));
        }
        body
    });
    out.push(Statement::Class(id));
}

/// A member of a class.
fn declared(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "method_declaration" => {
            promoted(lowering, node, out);
            let id = function(lowering, node);
            out.push(Statement::Function(id));
        }
        "property_declaration" => properties(lowering, node, out),
        "const_declaration" => constants(lowering, node, out),
        "enum_case" => {
            let target = node.child_by_field_name("name").map(|name| expression(lowering, name));
            let value = node.child_by_field_name("value").map(|value| expression(lowering, value));
            if let Some(target) = target {
                out.push(plain_assign(target, value, node));
            }
        }
        "use_declaration" => {}
        _ => damaged(lowering, node, out),
    }
}

/// The fields that a constructor's parameters declare.
fn promoted(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    for parameter in node.child_by_field_name("parameters").into_iter().flat_map(children) {
        if parameter.kind() == "property_promotion_parameter"
            && let Some(variable) = parameter.child_by_field_name("name")
        {
            let declared = parameter.child_by_field_name("type").and_then(|declared| type_name(lowering, declared));
            let target = field_name(lowering, variable);
            let span = span(parameter);
            out.push(Statement::Assign(Assign { target, value: None, operator: None, declared, span }));
        }
    }
}

/// A property stands without its `$`, as in `$this->name`.
fn field_name(lowering: &mut Lowering<'_>, variable: Node<'_>) -> ExprId {
    let text = lowering.text(variable).trim_start_matches(['&', '$', ' ']);
    lowering.name(text, variable)
}

fn properties(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let declared = node.child_by_field_name("type").and_then(|declared| type_name(lowering, declared));
    for child in children(node) {
        match child.kind() {
            "property_element" => {
                let Some(variable) = child.child_by_field_name("name") else {
                    continue;
                };
                let target = field_name(lowering, variable);
                let value = child.child_by_field_name("default_value").map(|value| expression(lowering, value));
                let span = span(child);
                out.push(Statement::Assign(Assign { target, value, operator: None, declared, span }));
            }
            "property_hook_list" => {
                for hook in children(child) {
                    let id = lambda(lowering, hook);
                    out.push(Statement::Function(id));
                }
            }
            _ => {}
        }
    }
}

/// `const A = 1, B = 2;`.
pub(super) fn constants(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    for element in children(node).filter(|child| child.kind() == "const_element") {
        let mut parts = children(element);
        if let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            let target = expression(lowering, name);
            let value = expression(lowering, value);
            out.push(plain_assign(target, Some(value), element));
        }
    }
}

/// The functions of a class without a name; its fields' values too.
pub(super) fn members(lowering: &mut Lowering<'_>, body: Option<Node<'_>>) -> Vec<ExprId> {
    let mut found = Vec::new();
    for member in body.into_iter().flat_map(children) {
        if member.kind() == "method_declaration" {
            let id = function(lowering, member);
            found.push(lowering.add(ExprKind::Function(id), member));
        } else {
            for element in children(member) {
                if let Some(value) = element.child_by_field_name("default_value") {
                    found.push(expression(lowering, value));
                }
            }
        }
    }
    found
}

/// `use A\B as C`. Without an alias nothing is said: names lose their namespace anyway.
pub(super) fn import(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut prefix = "";
    for child in children(node) {
        match child.kind() {
            "namespace_name" => prefix = lowering.text(child),
            "namespace_use_clause" => alias(lowering, "", child, out),
            "namespace_use_group" => {
                for clause in children(child) {
                    alias(lowering, prefix, clause, out);
                }
            }
            _ => {}
        }
    }
}

fn alias(lowering: &mut Lowering<'_>, prefix: &str, clause: Node<'_>, out: &mut Block) {
    let Some(local) = clause.child_by_field_name("alias") else {
        return;
    };
    let Some(name) = children(clause).next() else {
        return;
    };
    let name = lowering.text(name).trim_start_matches('\\');
    let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}\\{name}") };
    let path = lowering.symbol(&path.replace('\\', "."));
    let local = lowering.symbol_of(local);
    out.push(Statement::Import { local, path });
}
