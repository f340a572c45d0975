//! Python's statements.

use tree_sitter::Node;

use super::damaged::damaged;
use super::expressions::{expression, opaque, operator, positional, test};
use super::patterns::{case, target};
use super::pieces;
use super::types::{annotation, converters};
use crate::ir::{Argument, Assign, Block, Call, ExprId, ExprKind, Handler, Parameter, Statement};
use crate::lower::{FunctionParts, Lowering, named, span};
use crate::symbols::Symbol;

/// The statements inside a node.
pub(super) fn block(lowering: &mut Lowering<'_>, node: Node<'_>) -> Block {
    let mut statements = Vec::new();
    if node.is_error() {
        damaged(lowering, node, &mut statements);
        return statements;
    }
    for child in pieces(node) {
        statement(lowering, child, &mut statements);
    }
    statements
}

/// The block of a compound statement, after what could not be read of its head.
fn body(lowering: &mut Lowering<'_>, node: Node<'_>, field: &str) -> Block {
    let mut statements = Vec::new();
    if node.has_error() {
        for error in pieces(node).filter(Node::is_error) {
            statement(lowering, error, &mut statements);
        }
    }
    if let Some(inner) = node.child_by_field_name(field) {
        statements.append(&mut block(lowering, inner));
    }
    statements
}

/// An assignment without more ado.
pub(super) fn declare(target: ExprId, value: Option<ExprId>, node: Node<'_>) -> Statement {
    Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) })
}

pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    lowering.deeper_statement(|lowering| shallow(lowering, node, out));
}

fn shallow(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "expression_statement" => expression_statement(lowering, node, out),
        "assignment" | "augmented_assignment" => assignment(lowering, node, out),
        "if_statement" => conditional(lowering, node, &alternatives(node), out),
        "elif_clause" => conditional(lowering, node, &[], out),
        "for_statement" | "while_statement" => repeated(lowering, node, out),
        "match_statement" => matched(lowering, node, out),
        "try_statement" => tried(lowering, node, out),
        "with_statement" => with(lowering, node, out),
        "function_definition" => function(lowering, node, node, &[], out),
        "class_definition" => class(lowering, node, &[], out),
        "decorated_definition" => decorated(lowering, node, out),
        "return_statement" => {
            let value = named(node).next().map(|value| expression(lowering, value));
            out.push(Statement::Return(value));
        }
        "raise_statement" => raised(lowering, node, out),
        "assert_statement" => asserted(lowering, node, out),
        "delete_statement" => {
            let list = named(node).next().filter(|list| list.kind() == "expression_list").unwrap_or(node);
            let arguments = named(list).map(|child| expression(lowering, child)).collect();
            let callee = lowering.name("del", node);
            out.push(Statement::Expr(lowering.call(callee, arguments, node)));
        }
        "print_statement" => printed(lowering, node, out),
        "exec_statement" => {
            let arguments = named(node).map(|child| expression(lowering, child)).collect();
            let callee = lowering.name("exec", node);
            out.push(Statement::Expr(lowering.call(callee, arguments, node)));
        }
        "break_statement" => out.push(Statement::Break),
        "continue_statement" => out.push(Statement::Continue),
        "import_statement" => imported(lowering, node, "", out),
        "import_from_statement" => {
            let module = node.child_by_field_name("module_name").map_or("", |module| lowering.text(module));
            imported(lowering, node, module.trim_start_matches(['.', ' ']), out);
        }
        "pass_statement"
        | "global_statement"
        | "nonlocal_statement"
        | "future_import_statement"
        | "type_alias_statement"
        | "wildcard_import"
        | "comment" => {}
        "block" | "else_clause" | "finally_clause" => out.append(&mut block(lowering, node)),
        "ERROR" => damaged(lowering, node, out),
        _ => out.push(Statement::Expr(expression(lowering, node))),
    }
}

fn expression_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    for child in named(node) {
        match child.kind() {
            "assignment" | "augmented_assignment" => assignment(lowering, child, out),
            "yield" => {
                let value = named(child).next().map(|value| expression(lowering, value));
                let test = lowering.add(ExprKind::Opaque(Vec::new()), child);
                // Whoever asks gets it; what follows is reached all the same.
                out.push(Statement::If { test, then: vec![Statement::Return(value)], otherwise: Vec::new() });
            }
            _ => out.push(Statement::Expr(expression(lowering, child))),
        }
    }
}

fn assignment(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let Some(left) = node.child_by_field_name("left") else {
        return out.push(Statement::Expr(opaque(lowering, node)));
    };
    let value = node.child_by_field_name("right").map(|value| expression(lowering, value));
    let target = target(lowering, left);
    let operator = node.child_by_field_name("operator").map(|sign| operator(lowering.text(sign)));
    let declared = node.child_by_field_name("type").and_then(|of| annotation(lowering, of).declared);
    let declared = declared.map(|declared| lowering.symbol(&declared));
    out.push(Statement::Assign(Assign { target, value, operator, declared, span: span(node) }));
}

fn alternatives(node: Node<'_>) -> Vec<Node<'_>> {
    named(node).filter(|child| matches!(child.kind(), "elif_clause" | "else_clause")).collect()
}

fn conditional(lowering: &mut Lowering<'_>, node: Node<'_>, alternatives: &[Node<'_>], out: &mut Block) {
    let test = match node.child_by_field_name("condition") {
        Some(condition) => test(lowering, condition),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    let then = body(lowering, node, "consequence");
    let mut otherwise = Vec::new();
    if let Some((first, rest)) = alternatives.split_first() {
        lowering.deeper_statement(|lowering| match first.kind() {
            "elif_clause" => conditional(lowering, *first, rest, &mut otherwise),
            _ => otherwise = block(lowering, *first),
        });
    }
    out.push(Statement::If { test, then, otherwise });
}

fn repeated(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let over = node.child_by_field_name("right").map(|over| expression(lowering, over));
    let binding = node.child_by_field_name("left").map(|binding| target(lowering, binding));
    let test = node.child_by_field_name("condition").map(|condition| test(lowering, condition));
    let body = body(lowering, node, "body");
    out.push(Statement::Loop { binding, over, test, body });
    if let Some(otherwise) = node.child_by_field_name("alternative") {
        // Run unless the loop was left by `break`.
        let then = block(lowering, otherwise);
        let test = lowering.add(ExprKind::Opaque(Vec::new()), otherwise);
        out.push(Statement::If { test, then, otherwise: Vec::new() });
    }
}

fn matched(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut cursor = node.walk();
    let subjects: Vec<_> = node.children_by_field_name("subject", &mut cursor).filter(Node::is_named).collect();
    let subject = match subjects.as_slice() {
        [only] => expression(lowering, *only),
        _ => {
            let subjects = subjects.iter().map(|subject| expression(lowering, *subject)).collect();
            lowering.add(ExprKind::List(subjects), node)
        }
    };
    let mut cases = Vec::new();
    if let Some(body) = node.child_by_field_name("body") {
        for child in named(body).filter(|child| child.kind() == "case_clause") {
            cases.push(case(lowering, child, subject));
        }
    }
    out.push(Statement::Switch { subject, cases });
}

fn tried(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut body = Vec::new();
    let mut handlers = Vec::new();
    let mut otherwise = Vec::new();
    let mut finally = Vec::new();
    for child in named(node) {
        match child.kind() {
            "except_clause" | "except_group_clause" => handlers.push(handler(lowering, child)),
            "else_clause" => otherwise = block(lowering, child),
            "finally_clause" => finally = block(lowering, child),
            "block" => body.append(&mut block(lowering, child)),
            _ => statement(lowering, child, &mut body),
        }
    }
    out.push(Statement::Try { body, handlers, otherwise, finally });
}

fn handler(lowering: &mut Lowering<'_>, node: Node<'_>) -> Handler {
    let mut types = Vec::new();
    let mut name = None;
    let mut body = Vec::new();
    for (position, child) in named(node).enumerate() {
        match child.kind() {
            "block" => body = block(lowering, child),
            "as_pattern" => {
                caught(lowering, named(child).next(), &mut types);
                name = child.child_by_field_name("alias").map(|alias| lowering.symbol_of(alias));
            }
            // `except E, error` of Python 2; types are written in capitals.
            "identifier" if position > 0 && lowering.text(child).starts_with(char::is_lowercase) => {
                name = Some(lowering.symbol_of(child));
            }
            _ => caught(lowering, Some(child), &mut types),
        }
    }
    if let Some(alias) = node.child_by_field_name("alias") {
        name = Some(lowering.symbol_of(alias));
        types.retain(|of| Some(*of) != name);
    }
    Handler { types, name, body, span: span(node) }
}

fn caught(lowering: &mut Lowering<'_>, node: Option<Node<'_>>, types: &mut Vec<Symbol>) {
    let Some(node) = node else { return };
    match node.kind() {
        "tuple" => {
            for of in named(node).filter(|of| matches!(of.kind(), "identifier" | "attribute")) {
                types.push(lowering.symbol_of(of));
            }
        }
        _ => types.push(lowering.symbol_of(node)),
    }
}

fn with(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut statements = Vec::new();
    for clause in named(node).filter(|child| child.kind() == "with_clause") {
        for item in named(clause) {
            with_item(lowering, item, &mut statements);
        }
    }
    statements.append(&mut body(lowering, node, "body"));
    out.push(Statement::Block(statements));
}

fn with_item(lowering: &mut Lowering<'_>, item: Node<'_>, out: &mut Block) {
    let value = item.child_by_field_name("value").unwrap_or(item);
    match (value.kind(), value.child_by_field_name("alias")) {
        ("as_pattern", Some(alias)) => {
            let of = named(value).next().map(|of| expression(lowering, of));
            let target = target(lowering, alias);
            out.push(declare(target, of, value));
        }
        // In brackets, all items are one tuple for the grammar.
        ("tuple", _) if named(value).any(|inner| inner.kind() == "as_pattern") => {
            for inner in named(value) {
                lowering.deeper_statement(|lowering| with_item(lowering, inner, out));
            }
        }
        _ => out.push(Statement::Expr(expression(lowering, value))),
    }
}

fn decorated(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let decorators: Vec<_> =
        named(node).filter(|child| child.kind() == "decorator").filter_map(|child| named(child).next()).collect();
    match node.child_by_field_name("definition") {
        Some(inner) if inner.kind() == "class_definition" => class(lowering, inner, &decorators, out),
        Some(inner) => function(lowering, inner, node, &decorators, out),
        None => out.push(Statement::Expr(opaque(lowering, node))),
    }
}

/// A function; `whole` is it with its decorators.
fn function(lowering: &mut Lowering<'_>, node: Node<'_>, whole: Node<'_>, decorators: &[Node<'_>], out: &mut Block) {
    let id = lowering.function(whole, |lowering| {
        let decorators: Vec<_> = decorators.iter().map(|decorator| expression(lowering, *decorator)).collect();
        let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
        let list = node.child_by_field_name("parameters");
        let mut parameters = list.map(|list| parameters(lowering, list)).unwrap_or_default();
        declare_by_address(lowering, &decorators, &mut parameters);
        let body = body(lowering, node, "body");
        let is_async = lowering.text(node).starts_with("async");
        FunctionParts { name, parameters, body, decorators, is_async }
    });
    out.push(Statement::Function(id));
}

/// `@route("/item/<int:number>")` declares the type of `number`.
fn declare_by_address(lowering: &mut Lowering<'_>, decorators: &[ExprId], parameters: &mut [Parameter]) {
    let mut found = Vec::new();
    for decorator in decorators {
        let ExprKind::Call(call) = lowering.program.kind(*decorator) else { continue };
        for argument in &call.arguments {
            if let ExprKind::Text(address) = lowering.program.kind(argument.value) {
                found.extend(converters(address).map(|(name, of)| (name.to_owned(), of)));
            }
        }
    }
    for (name, of) in found {
        let name = lowering.symbol(&name);
        let of = lowering.symbol(of);
        for parameter in parameters.iter_mut().filter(|parameter| parameter.name == name) {
            parameter.declared = parameter.declared.or(Some(of));
        }
    }
}

/// The parameters of a function or a lambda.
pub(super) fn parameters(lowering: &mut Lowering<'_>, list: Node<'_>) -> Vec<Parameter> {
    named(list).filter_map(|node| parameter(lowering, node)).collect()
}

fn parameter(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Parameter> {
    let default = node.child_by_field_name("value").map(|value| expression(lowering, value));
    let mut declared = None;
    let mut decorators = Vec::new();
    if let Some(of) = node.child_by_field_name("type") {
        let annotation = annotation(lowering, of);
        declared = annotation.declared.map(|declared| lowering.symbol(&declared));
        decorators = annotation.rest.into_iter().map(|rest| expression(lowering, rest)).collect();
    }
    let inner = match node.kind() {
        "identifier" | "tuple_pattern" => node,
        "default_parameter" | "typed_default_parameter" => node.child_by_field_name("name")?,
        "typed_parameter" => named(node).next()?,
        "list_splat_pattern" | "dictionary_splat_pattern" => node,
        _ => return None,
    };
    let inner = match inner.kind() {
        "list_splat_pattern" | "dictionary_splat_pattern" => named(inner).next()?,
        _ => inner,
    };
    let pattern = (inner.kind() == "tuple_pattern").then(|| target(lowering, inner));
    let name = lowering.symbol_of(inner);
    Some(Parameter { name, declared, default, decorators, pattern })
}

fn class(lowering: &mut Lowering<'_>, node: Node<'_>, decorators: &[Node<'_>], out: &mut Block) {
    let decorators = decorators.iter().map(|decorator| expression(lowering, *decorator)).collect();
    let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
    let mut bases = Vec::new();
    if let Some(list) = node.child_by_field_name("superclasses") {
        for base in named(list) {
            let of = if base.kind() == "subscript" { base.child_by_field_name("value").unwrap_or(base) } else { base };
            if matches!(of.kind(), "identifier" | "attribute") {
                bases.push(lowering.symbol_of(of));
            }
        }
    }
    let id = lowering.class(name, bases, decorators, node, |lowering| body(lowering, node, "body"));
    out.push(Statement::Class(id));
}

fn raised(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let cause = node.child_by_field_name("cause");
    if let Some(cause) = cause.filter(|cause| !matches!(cause.kind(), "identifier" | "none")) {
        out.push(Statement::Expr(expression(lowering, cause)));
    }
    let value = named(node).next().filter(|value| Some(*value) != cause);
    let value = value.map(|value| expression(lowering, value));
    out.push(Statement::Throw(value));
}

/// `assert test, message` goes on where the test holds alone.
fn asserted(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut children = named(node);
    let Some(condition) = children.next() else { return };
    let holds = test(lowering, condition);
    let test = lowering.add(ExprKind::Not(holds), node);
    let message = children.next().map(|message| expression(lowering, message));
    out.push(Statement::If { test, then: vec![Statement::Throw(message)], otherwise: Vec::new() });
}

/// `print >>file, a, b`.
fn printed(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let callee = lowering.name("print", node);
    let mut arguments = Vec::new();
    let mut file = None;
    for child in named(node) {
        match (child.kind(), named(child).next()) {
            ("chevron", Some(of)) => {
                let value = expression(lowering, of);
                file = Some(Argument { name: Some(lowering.symbol("file")), value, is_spread: false });
            }
            _ => arguments.push(positional(expression(lowering, child))),
        }
    }
    arguments.extend(file);
    out.push(Statement::Expr(lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)));
}

/// The names that an import brings from a module, which has no name for `import a` and `from . import a`.
fn imported(lowering: &mut Lowering<'_>, node: Node<'_>, module: &str, out: &mut Block) {
    let is_from = node.kind() == "import_from_statement";
    let mut cursor = node.walk();
    let names: Vec<_> = node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
    for name in names {
        let alias = name.child_by_field_name("alias");
        let path = lowering.text(name.child_by_field_name("name").unwrap_or(name));
        let first = path.split('.').next().unwrap_or_default();
        let (local, path) = match alias {
            Some(alias) => (lowering.text(alias), path),
            // `import a.b` brings `a`.
            None if !is_from => (first, first),
            None => (path, path),
        };
        let path = if module.is_empty() { path.to_owned() } else { format!("{module}.{path}") };
        let local = lowering.symbol(local);
        let path = lowering.symbol(&path);
        out.push(Statement::Import { local, path });
    }
}
