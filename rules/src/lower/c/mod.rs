//! C and C++: items of a file, functions and classes.
//!
//! A type's name has no qualifiers, template arguments and references, and its namespace if that is written, but never `std`.
//! Pointers are left out of names of structures; those of plain types keep them, because a number is harmless and a buffer is
//! not: `char*`, `uint8_t*`. An array of `T` is `T[]`, and `unsigned` and `signed` are left out. Smart pointers are what they
//! point to. A directive's branches are all read: as branches in bodies, one after the other outside.

mod declarations;
mod expressions;
mod formats;
mod questions;
mod statements;
#[cfg(test)]
mod tests;
mod writers;

use tree_sitter::Node;

use crate::ir::{Assign, ExprKind, Parameter, Statement};
use crate::lower::literals::sound;
use crate::lower::{FunctionParts, Lowering, named, span};
use crate::symbols::Symbol;

use declarations::{Declarator, Place, declared, dig, type_name};

/// How many classes are looked through for the one of a method that is defined outside of it. Files have a few; the figure
/// bounds the time.
const CLASSES_SEARCHED: usize = 100;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    if !(root.is_error() && cut_off(lowering, root, &mut body)) {
        items(lowering, root, &mut body);
    }
    body
}

fn items(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    for child in named(node) {
        lowering.deeper_statement(|lowering| item(lowering, child, out));
    }
}

/// What stands outside of functions; in a fragment that may be any statement.
fn item(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    match node.kind() {
        "declaration" => declarations::declaration(lowering, node, Place::File, out),
        "namespace_definition" | "linkage_specification" => {
            if let Some(body) = node.child_by_field_name("body") {
                match body.kind() {
                    "declaration_list" => items(lowering, body, out),
                    _ => item(lowering, body, out),
                }
            }
        }
        "preproc_if" | "preproc_ifdef" | "preproc_elif" | "preproc_elifdef" | "preproc_else" => {
            for child in statements::branch_of_directive(node) {
                lowering.deeper_statement(|lowering| item(lowering, child, out));
            }
        }
        "ERROR" => {
            if !cut_off(lowering, node, out) {
                items(lowering, node, out);
            }
        }
        _ => statements::statement(lowering, node, out),
    }
}

/// A function with a body.
fn function(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let Some(declarator) = node.child_by_field_name("declarator") else { return };
    let found = dig(declarator);
    let outer = lowering.class;
    if let Some(class) = found.name.and_then(|name| owner(lowering, name)) {
        let classes = lowering.program.classes.iter().enumerate().rev().take(CLASSES_SEARCHED);
        let id = classes.filter(|(_, known)| known.name == Some(class)).map(|(at, _)| at).next();
        lowering.class = id.and_then(|at| u32::try_from(at).ok()).map(crate::ir::ClassId).or(outer);
    }
    let id = lowering.function(node, |lowering| parts(lowering, node, found));
    lowering.class = outer;
    out.push(Statement::Function(id));
}

/// A function whose end is missing: its declarator and the statements that are there. Says whether it is one.
fn cut_off(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) -> bool {
    let inner: Vec<_> = named(node).collect();
    let Some(at) = inner.iter().position(|child| dig(*child).parameters.is_some()) else { return false };
    // The returned type is no statement.
    for child in inner[..at].iter().filter(|child| !child.kind().contains("type")) {
        lowering.deeper_statement(|lowering| item(lowering, *child, out));
    }
    let id = lowering.function(node, |lowering| {
        let mut made = parts(lowering, inner[at], dig(inner[at]));
        for child in &inner[at + 1..] {
            statements::statement(lowering, *child, &mut made.body);
        }
        made
    });
    out.push(Statement::Function(id));
    true
}

/// The class of `Class::method`.
fn owner(lowering: &mut Lowering<'_>, name: Node<'_>) -> Option<Symbol> {
    let mut node = name;
    let mut scope = None;
    while node.kind() == "qualified_identifier" {
        scope = node.child_by_field_name("scope");
        node = node.child_by_field_name("name")?;
    }
    scope.map(|scope| type_name(lowering, scope))?
}

fn parts(lowering: &mut Lowering<'_>, node: Node<'_>, declarator: Declarator<'_>) -> FunctionParts {
    let name = declarator.name.map(|mut name| {
        while name.kind() == "qualified_identifier"
            && let Some(inner) = name.child_by_field_name("name")
        {
            name = inner;
        }
        lowering.symbol_of(name)
    });
    let parameters = declarator.parameters.map(|list| parameters(lowering, list)).unwrap_or_default();
    let mut body = Vec::new();
    arguments_of_program(lowering, node, name, &parameters, &mut body);
    for list in sound(node).filter(|child| child.kind() == "field_initializer_list") {
        field_initializers(lowering, list, &mut body);
    }
    if let Some(block) = node.child_by_field_name("body") {
        match block.kind() {
            "compound_statement" => statements::block(lowering, block, &mut body),
            _ => statements::statement(lowering, block, &mut body),
        }
    }
    FunctionParts { name, parameters, body, decorators: Vec::new(), is_async: false }
}

/// The second parameter of `main` is what the program was called with, whatever its name: `main.argv`.
fn arguments_of_program(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    name: Option<Symbol>,
    parameters: &[Parameter],
    out: &mut Vec<Statement>,
) {
    let is_main = name.is_some_and(|name| matches!(lowering.program.name(name), "main" | "wmain" | "_tmain"));
    if !is_main || lowering.class.is_some() {
        return;
    }
    if let Some(parameter) = parameters.get(1) {
        let place = node.child_by_field_name("declarator").unwrap_or(node);
        let target = lowering.add(ExprKind::Name(parameter.name), place);
        let program = lowering.name("main", place);
        let value = lowering.field(program, "argv", place);
        let declared = parameter.declared;
        let assign = Assign { target, value: Some(value), operator: None, declared, span: span(place) };
        out.push(Statement::Assign(assign));
    }
}

/// `Class(int a) : field(a), other{b} {}`.
fn field_initializers(lowering: &mut Lowering<'_>, list: Node<'_>, out: &mut Vec<Statement>) {
    for field in sound(list).filter(|child| child.kind() == "field_initializer") {
        let mut inner = sound(field);
        let (Some(name), Some(values)) = (inner.next(), inner.next()) else { continue };
        let target = expressions::expression(lowering, name);
        let mut items: Vec<_> = sound(values).map(|value| expressions::expression(lowering, value)).collect();
        let value = if items.len() == 1 { items.remove(0) } else { lowering.add(ExprKind::List(items), values) };
        let assign = Assign { target, value: Some(value), operator: None, declared: None, span: span(field) };
        out.push(Statement::Assign(assign));
    }
}

/// The parameters of a function or lambda.
fn parameters(lowering: &mut Lowering<'_>, list: Node<'_>) -> Vec<Parameter> {
    let mut found = Vec::new();
    for child in sound(list) {
        if !matches!(
            child.kind(),
            "parameter_declaration" | "optional_parameter_declaration" | "variadic_parameter_declaration"
        ) {
            continue;
        }
        let declarator = child.child_by_field_name("declarator").map(dig).unwrap_or_default();
        if declarator.name.is_none() && child.child_by_field_name("type").is_some_and(|of| lowering.text(of) == "void")
        {
            continue;
        }
        let declared = declared(lowering, child.child_by_field_name("type"), &declarator);
        let name = match declarator.name {
            Some(name) => lowering.symbol_of(name),
            None => lowering.symbol("_"),
        };
        let default = child.child_by_field_name("default_value").map(|value| expressions::expression(lowering, value));
        found.push(Parameter { name, declared, default, decorators: Vec::new(), pattern: None });
    }
    found
}

/// A class, struct, union or enum with a body; without one it is a mention and gives nothing.
fn class(lowering: &mut Lowering<'_>, node: Node<'_>, alias: Option<Node<'_>>, out: &mut Vec<Statement>) {
    let Some(body) = node.child_by_field_name("body") else { return };
    if node.kind() == "enum_specifier" {
        return enumerators(lowering, body, out);
    }
    let name = node.child_by_field_name("name").or(alias).and_then(|name| type_name(lowering, name));
    let mut bases = Vec::new();
    for clause in sound(node).filter(|child| child.kind() == "base_class_clause") {
        for base in sound(clause).filter(|base| base.kind() != "access_specifier") {
            bases.extend(type_name(lowering, base));
        }
    }
    let id = lowering.class(name, bases, Vec::new(), node, |lowering| {
        let mut members = Vec::new();
        statements::block(lowering, body, &mut members);
        members
    });
    out.push(Statement::Class(id));
}

fn enumerators(lowering: &mut Lowering<'_>, list: Node<'_>, out: &mut Vec<Statement>) {
    for child in sound(list).filter(|child| child.kind() == "enumerator") {
        let Some(name) = child.child_by_field_name("name") else { continue };
        let target = lowering.name(lowering.text(name), name);
        let value = match child.child_by_field_name("value") {
            Some(value) => expressions::expression(lowering, value),
            None => lowering.add(ExprKind::Number, child),
        };
        let assign = Assign { target, value: Some(value), operator: None, declared: None, span: span(child) };
        out.push(Statement::Assign(assign));
    }
}
