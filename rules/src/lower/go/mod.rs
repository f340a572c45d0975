//! Go: declarations of a file, functions and types.
//!
//! A type's name is its own without pointers and generics, with its package if that is written: `http.Request`. A slice or array of
//! `T` is `T[]`, a map `map`, a channel `chan`, a function `func`. An import's path is its whole path with dots, without a
//! version: `math.rand`.

mod expressions;
mod statements;
#[cfg(test)]
mod tests;
mod writers;

use std::collections::BTreeMap;

use tree_sitter::Node;

use crate::ir::{Assign, ClassId, ExprKind, Parameter, Statement};
use crate::lower::literals::{inside, sound};
use crate::lower::{FunctionParts, Lowering, named, span};
use crate::symbols::Symbol;

/// The classes that methods hang on, by their names.
type Classes = BTreeMap<Symbol, ClassId>;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    let mut classes = Classes::new();
    let mut list = named(root).peekable();
    while let Some(child) = list.next() {
        let is_cut_off = child.kind().ends_with("_declaration")
            && child.child_by_field_name("parameters").is_some()
            && child.child_by_field_name("body").is_none();
        match child.kind() {
            _ if is_cut_off => {
                let rest = list.next_if(|next| next.is_error());
                cut_off(lowering, child, rest, &mut body);
            }
            "method_declaration" => method(lowering, child, &mut classes, &mut body),
            "type_declaration" => types(lowering, child, &mut classes, &mut body),
            _ => statements::statement(lowering, child, &mut body),
        }
    }
    body
}

fn method(lowering: &mut Lowering<'_>, node: Node<'_>, classes: &mut Classes, out: &mut Vec<Statement>) {
    let receiver = node.child_by_field_name("receiver").and_then(|list| sound(list).next());
    let class = receiver.and_then(|receiver| declared(lowering, receiver.child_by_field_name("type")));
    let id = class.map(|name| {
        *classes.entry(name).or_insert_with(|| lowering.class(Some(name), Vec::new(), Vec::new(), node, |_| Vec::new()))
    });
    let outer = std::mem::replace(&mut lowering.class, id);
    function(lowering, node, out);
    lowering.class = outer;
}

/// A function whose end is missing: the statements that are there stand in an error behind it.
fn cut_off(lowering: &mut Lowering<'_>, node: Node<'_>, rest: Option<Node<'_>>, out: &mut Vec<Statement>) {
    let id = lowering.function(node, |lowering| {
        let mut made = parts(lowering, node);
        if let Some(rest) = rest {
            statements::block(lowering, rest, &mut made.body);
        }
        made
    });
    out.push(Statement::Function(id));
}

/// A function or method with a name.
fn function(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let id = lowering.function(node, |lowering| parts(lowering, node));
    out.push(Statement::Function(id));
}

/// What a function declaration or literal is made of. A method's receiver is its first parameter, `self`, which the body gives
/// its own name to.
fn parts(lowering: &mut Lowering<'_>, node: Node<'_>) -> FunctionParts {
    let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
    let mut list = Vec::new();
    for field in ["receiver", "parameters"] {
        if let Some(node) = node.child_by_field_name(field) {
            parameters(lowering, node, &mut list);
        }
    }
    let mut body = Vec::new();
    if node.child_by_field_name("receiver").is_some()
        && let Some(receiver) = list.first_mut()
    {
        let target = lowering.add(ExprKind::Name(receiver.name), node);
        receiver.name = lowering.symbol("self");
        let value = lowering.add(ExprKind::Name(receiver.name), node);
        let declared = receiver.declared;
        let assign = Assign { target, value: Some(value), operator: None, declared, span: span(node) };
        body.push(Statement::Assign(assign));
    }
    if let Some(block) = node.child_by_field_name("body") {
        statements::block(lowering, block, &mut body);
    }
    FunctionParts { name, parameters: list, body, decorators: Vec::new(), is_async: false }
}

fn parameters(lowering: &mut Lowering<'_>, list: Node<'_>, out: &mut Vec<Parameter>) {
    for child in sound(list) {
        let is_variadic = child.kind() == "variadic_parameter_declaration";
        if !is_variadic && child.kind() != "parameter_declaration" {
            continue;
        }
        let mut declared = declared(lowering, child.child_by_field_name("type"));
        if is_variadic {
            declared = declared.map(|name| {
                let name = format!("{}[]", lowering.program.name(name));
                lowering.symbol(&name)
            });
        }
        let mut cursor = child.walk();
        let names: Vec<_> = child.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
        let mut symbols: Vec<_> = names.into_iter().map(|name| lowering.symbol_of(name)).collect();
        if symbols.is_empty() {
            symbols.push(lowering.symbol("_"));
        }
        let parameter = |name| Parameter { name, declared, default: None, decorators: Vec::new(), pattern: None };
        out.extend(symbols.into_iter().map(parameter));
    }
}

/// Structs and interfaces become classes. Methods that came first have made theirs already.
fn types(lowering: &mut Lowering<'_>, node: Node<'_>, classes: &mut Classes, out: &mut Vec<Statement>) {
    for child in sound(node) {
        let name = child.child_by_field_name("name").map(|name| lowering.symbol_of(name));
        let Some(of) = child.child_by_field_name("type") else { continue };
        if !matches!(of.kind(), "struct_type" | "interface_type") {
            continue;
        }
        let known = name.and_then(|name| classes.get(&name).copied());
        let id = known.unwrap_or_else(|| lowering.class(name, Vec::new(), Vec::new(), child, |_| Vec::new()));
        classes.extend(name.map(|name| (name, id)));
        let mut bases = Vec::new();
        let mut body = Vec::new();
        for list in sound(of).filter(|list| list.kind() == "field_declaration_list") {
            fields(lowering, list, &mut bases, &mut body);
        }
        let class = &mut lowering.program.classes[id.0 as usize];
        class.bases = bases;
        class.body = body;
        class.span = span(child);
        out.push(Statement::Class(id));
    }
}

fn fields(lowering: &mut Lowering<'_>, list: Node<'_>, bases: &mut Vec<Symbol>, out: &mut Vec<Statement>) {
    for field in sound(list).filter(|field| field.kind() == "field_declaration") {
        let declared = declared(lowering, field.child_by_field_name("type"));
        let mut cursor = field.walk();
        let names: Vec<_> = field.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
        if names.is_empty() {
            bases.extend(declared);
        }
        for name in names {
            let target = lowering.name(lowering.text(name), name);
            let assign = Assign { target, value: None, operator: None, declared, span: span(field) };
            out.push(Statement::Assign(assign));
        }
    }
}

/// The name of a type, as the head of this file says.
fn declared(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> Option<Symbol> {
    let mut node = node?;
    let mut brackets = String::new();
    loop {
        node = match node.kind() {
            "pointer_type" | "parenthesized_type" | "negated_type" | "type_elem" => sound(node).next()?,
            "generic_type" => node.child_by_field_name("type")?,
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                brackets.push_str("[]");
                node.child_by_field_name("element")?
            }
            _ => break,
        };
    }
    let name = match node.kind() {
        "map_type" => "map",
        "channel_type" => "chan",
        "function_type" => "func",
        "struct_type" => "struct",
        "interface_type" => "interface",
        _ => lowering.text(node),
    };
    let name = format!("{name}{brackets}");
    Some(lowering.symbol(&name))
}

/// One import declaration.
fn imports(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    for child in sound(node) {
        match child.kind() {
            "import_spec_list" => imports(lowering, child, out),
            "import_spec" => {
                let Some(path) = child.child_by_field_name("path") else { continue };
                let text = lowering.text(path);
                let whole = inside(text, if text.starts_with('`') { '`' } else { '"' });
                let alias = child.child_by_field_name("name").map(|name| lowering.text(name));
                if matches!(alias, Some("_" | ".")) {
                    // Imported for what it does, not for a name.
                    let value = lowering.string(whole, child);
                    out.push(Statement::Expr(value));
                    continue;
                }
                let (path, local) = path_of(whole);
                let local = lowering.symbol(alias.unwrap_or(&local));
                let path = lowering.symbol(&path);
                out.push(Statement::Import { local, path });
            }
            _ => {}
        }
    }
}

/// The dotted path of an import, and the name that it has in the file. `go-x`, `x-go` and `x.v2` are by custom packages `x`.
fn path_of(import: &str) -> (String, String) {
    let mut segments: Vec<&str> = import.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_version =
        |text: &str| text.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if segments.len() > 1 && segments.last().is_some_and(|last| is_version(last)) {
        segments.pop();
    }
    let Some(last) = segments.last_mut() else { return (String::new(), String::new()) };
    if let Some((name, version)) = last.rsplit_once('.')
        && is_version(version)
    {
        *last = name;
    }
    for prefix in ["go-", "go."] {
        *last = last.strip_prefix(prefix).unwrap_or(last);
    }
    *last = last.strip_suffix("-go").unwrap_or(last);
    let local = (*last).to_owned();
    (segments.join("."), local)
}
