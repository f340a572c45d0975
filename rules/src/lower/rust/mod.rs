//! Rust: items of a file, functions and types.
//!
//! A type's name has no references, pointers, lifetimes and generics; paths have dots. Wrappers such as `Option<T>` and
//! `Arc<T>` are what they hold, and so are extractors of a number: `web::Path<u32>` is a `u32`. Other extractors are
//! `extract.Path`, `extract.Query`, `extract.Form` and `extract.Json`, whatever framework they come from. A slice or array of
//! `T` is `T[]`.

mod expressions;
mod macros;
mod patterns;
mod statements;
#[cfg(test)]
mod tests;
mod types;

use tree_sitter::Node;

use crate::ir::{Assign, ExprId, Parameter, Statement};
use crate::lower::literals::sound;
use crate::lower::{FunctionParts, Lowering, named, span};
use crate::symbols::Symbol;

use statements::Goal;
use types::declared;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    if !(root.is_error() && cut_off(lowering, root, &mut body)) {
        items(lowering, root, &mut body);
    }
    body
}

/// Items and, in fragments, statements. Attributes belong to the item after them.
fn items(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let mut attributes = Vec::new();
    for child in named(node) {
        if child.kind() == "attribute_item" {
            attributes.extend(sound(child).next());
            continue;
        }
        let own = std::mem::take(&mut attributes);
        lowering.deeper_statement(|lowering| item(lowering, child, &own, out));
    }
}

/// One item; what is none is a statement.
fn item(lowering: &mut Lowering<'_>, node: Node<'_>, attributes: &[Node<'_>], out: &mut Vec<Statement>) {
    match node.kind() {
        "use_declaration" => {
            if let Some(argument) = node.child_by_field_name("argument") {
                uses(lowering, argument, "", out);
            }
        }
        "function_item" => {
            let id = lowering.function(node, |lowering| {
                let decorators = attributes.iter().map(|attribute| decorator(lowering, *attribute)).collect();
                FunctionParts { decorators, ..parts(lowering, node) }
            });
            out.push(Statement::Function(id));
        }
        "struct_item" | "union_item" | "impl_item" | "trait_item" | "enum_item" => {
            class(lowering, node, attributes, out)
        }
        "mod_item" | "foreign_mod_item" => {
            if let Some(body) = node.child_by_field_name("body") {
                items(lowering, body, out);
            }
        }
        "const_item" | "static_item" => constant(lowering, node, out),
        "ERROR" => {
            if !cut_off(lowering, node, out) {
                items(lowering, node, out);
            }
        }
        "inner_attribute_item"
        | "attribute_item"
        | "macro_definition"
        | "extern_crate_declaration"
        | "type_item"
        | "associated_type"
        | "function_signature_item"
        | "empty_statement"
        | "shebang" => {}
        _ => statements::statement(lowering, node, out),
    }
}

/// `#[get("/x")]` as a call or a name.
fn decorator(lowering: &mut Lowering<'_>, attribute: Node<'_>) -> ExprId {
    let callee = match sound(attribute).next() {
        Some(path) => expressions::expression(lowering, path),
        None => lowering.name("", attribute),
    };
    match attribute.child_by_field_name("arguments") {
        Some(tokens) => macros::call(lowering, attribute, callee, tokens),
        None => callee,
    }
}

/// What a function is made of; closures have a body that may be any expression.
fn parts(lowering: &mut Lowering<'_>, node: Node<'_>) -> FunctionParts {
    let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
    let mut parameters = Vec::new();
    for child in node.child_by_field_name("parameters").into_iter().flat_map(sound) {
        parameters.extend(parameter(lowering, child));
    }
    let mut body = Vec::new();
    if let Some(block) = node.child_by_field_name("body") {
        match block.kind() {
            "block" => statements::block(lowering, block, Goal::Return, &mut body),
            _ => statements::run(lowering, block, Goal::Return, &mut body),
        }
    }
    let modifiers = sound(node).find(|child| child.kind() == "function_modifiers");
    let is_async = modifiers.is_some_and(|words| lowering.text(words).contains("async"));
    FunctionParts { name, parameters, body, decorators: Vec::new(), is_async }
}

/// A function whose end is missing: its name, its parameters and the statements that are there. Says whether it is one.
fn cut_off(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) -> bool {
    let inner: Vec<_> = named(node).collect();
    let Some(at) = inner.iter().position(|child| child.kind() == "parameters") else { return false };
    let name = at.checked_sub(1).filter(|name| inner[*name].kind() == "identifier");
    for child in &inner[..name.unwrap_or(at)] {
        lowering.deeper_statement(|lowering| item(lowering, *child, &[], out));
    }
    let id = lowering.function(node, |lowering| {
        let name = name.map(|name| lowering.symbol_of(inner[name]));
        let parameters: Vec<_> = sound(inner[at]).collect();
        let parameters = parameters.into_iter().filter_map(|child| parameter(lowering, child)).collect();
        let mut body = Vec::new();
        for child in &inner[at + 1..] {
            lowering.deeper_statement(|lowering| item(lowering, *child, &[], &mut body));
        }
        FunctionParts { name, parameters, body, decorators: Vec::new(), is_async: false }
    });
    out.push(Statement::Function(id));
    true
}

fn parameter(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Parameter> {
    let made = |name| Parameter { name, declared: None, default: None, decorators: Vec::new(), pattern: None };
    match node.kind() {
        "self_parameter" => Some(made(lowering.symbol("self"))),
        "attribute_item" | "variadic_parameter" => None,
        "parameter" => {
            let declared = declared(lowering, node.child_by_field_name("type"));
            let (name, pattern) = bound(lowering, node.child_by_field_name("pattern"));
            Some(Parameter { declared, pattern, ..made(name) })
        }
        // A closure's, without a type.
        _ => {
            let (name, pattern) = bound(lowering, Some(node));
            Some(Parameter { pattern, ..made(name) })
        }
    }
}

/// The name that a pattern binds; one that binds several is kept.
fn bound(lowering: &mut Lowering<'_>, pattern: Option<Node<'_>>) -> (Symbol, Option<ExprId>) {
    let target = pattern.and_then(|pattern| patterns::target(lowering, pattern));
    if let Some(target) = target {
        if let crate::ir::ExprKind::Name(name) = lowering.program.kind(target) {
            return (*name, None);
        }
        return (lowering.symbol("_"), Some(target));
    }
    (lowering.symbol("_"), None)
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>, attributes: &[Node<'_>], out: &mut Vec<Statement>) {
    let of = node.child_by_field_name("name").or_else(|| node.child_by_field_name("type"));
    let name = declared(lowering, of);
    let bases = declared(lowering, node.child_by_field_name("trait")).into_iter().collect();
    let decorators = attributes.iter().map(|attribute| decorator(lowering, *attribute)).collect();
    let id = lowering.class(name, bases, decorators, node, |lowering| {
        let mut body = Vec::new();
        if let Some(list) = node.child_by_field_name("body") {
            match list.kind() {
                "field_declaration_list" => fields(lowering, list, &mut body),
                "declaration_list" => items(lowering, list, &mut body),
                _ => {}
            }
        }
        body
    });
    out.push(Statement::Class(id));
}

fn fields(lowering: &mut Lowering<'_>, list: Node<'_>, out: &mut Vec<Statement>) {
    for field in sound(list).filter(|field| field.kind() == "field_declaration") {
        let Some(name) = field.child_by_field_name("name") else { continue };
        let target = lowering.name(lowering.text(name), name);
        let declared = declared(lowering, field.child_by_field_name("type"));
        out.push(Statement::Assign(Assign { target, value: None, operator: None, declared, span: span(field) }));
    }
}

fn constant(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let Some(name) = node.child_by_field_name("name") else { return };
    let target = lowering.name(lowering.text(name), name);
    let declared = declared(lowering, node.child_by_field_name("type"));
    let value = node.child_by_field_name("value").map(|value| expressions::expression(lowering, value));
    out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(node) }));
}

/// One part of a `use` declaration, below a path that ends in a dot or is empty.
fn uses(lowering: &mut Lowering<'_>, node: Node<'_>, below: &str, out: &mut Vec<Statement>) {
    match node.kind() {
        "use_list" => {
            for child in sound(node) {
                lowering.deeper_statement(|lowering| uses(lowering, child, below, out));
            }
        }
        "scoped_use_list" => {
            let path = node.child_by_field_name("path").map_or("", |path| lowering.text(path));
            let below = if path.is_empty() { below.to_owned() } else { format!("{below}{}.", dotted(path)) };
            if let Some(list) = node.child_by_field_name("list") {
                uses(lowering, list, &below, out);
            }
        }
        "use_as_clause" => {
            let (Some(path), Some(alias)) = (node.child_by_field_name("path"), node.child_by_field_name("alias"))
            else {
                return;
            };
            let path = format!("{below}{}", dotted(lowering.text(path)));
            import(lowering, lowering.text(alias), &path, out);
        }
        "self" => {
            let path = below.trim_end_matches('.');
            import(lowering, path.rsplit('.').next().unwrap_or(path), path, out);
        }
        "identifier" | "scoped_identifier" => {
            let path = format!("{below}{}", dotted(lowering.text(node)));
            import(lowering, path.rsplit('.').next().unwrap_or(&path), &path, out);
        }
        _ => {}
    }
}

fn dotted(path: &str) -> String {
    path.split("::").map(str::trim).filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join(".")
}

fn import(lowering: &mut Lowering<'_>, local: &str, path: &str, out: &mut Vec<Statement>) {
    if local != "_" && !local.is_empty() {
        let local = lowering.symbol(local);
        let path = lowering.symbol(path);
        out.push(Statement::Import { local, path });
    }
}
