//! Methods, blocks, classes and modules of Ruby.

use tree_sitter::Node;

use crate::ir::{Block, ExprId, ExprKind, FunctionId, Parameter, Statement};
use crate::lower::ruby::expressions::expression;
use crate::lower::ruby::statements::{block, statements};
use crate::lower::ruby::{Scope, children, dotted};
use crate::lower::{FunctionParts, Lowering};

/// `def`, with or without a receiver.
pub(super) fn method(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> FunctionId {
    let scope = scope.in_function();
    lowering.function(node, |lowering| {
        let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
        let parameters = parameters(lowering, scope, node.child_by_field_name("parameters"));
        let mut body = block(lowering, scope, node.child_by_field_name("body"));
        returned(&mut body);
        FunctionParts { name, parameters, body, decorators: Vec::new(), is_async: false }
    })
}

/// A block or lambda: parameters and body stand in `node`, or in the `block` that it has.
pub(super) fn lambda(
    lowering: &mut Lowering<'_>,
    scope: Scope<'_, '_>,
    node: Node<'_>,
    inner: Option<Node<'_>>,
) -> FunctionId {
    let scope = scope.in_function();
    lowering.function(node, |lowering| {
        let list = node.child_by_field_name("parameters");
        let mut parameters = parameters(lowering, scope, list);
        let body = inner.and_then(|inner| inner.child_by_field_name("body"));
        let unnamed = body.map(|body| lowering.text(body)).and_then(unnamed_parameter);
        if let (None, Some(name)) = (list, unnamed) {
            let name = lowering.symbol(name);
            parameters.push(Parameter { name, declared: None, default: None, decorators: Vec::new(), pattern: None });
        }
        let mut body = block(lowering, scope, body);
        returned(&mut body);
        FunctionParts { name: None, parameters, body, decorators: Vec::new(), is_async: false }
    })
}

/// The name of the item in a block that declares none.
fn unnamed_parameter(body: &str) -> Option<&'static str> {
    // Blocks of that kind are short; in a longer one the word is something else.
    let head = body.get(..200).unwrap_or(body);
    let has = |name: &str| head.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    if has("_1") { Some("_1") } else { has("it").then_some("it") }
}

/// What each item is given to in a block that is run for each.
pub(super) fn block_binding(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, block: Node<'_>) -> ExprId {
    let list = block.child_by_field_name("parameters");
    let mut targets = Vec::new();
    for parameter in parameters(lowering, scope, list) {
        targets.push(match parameter.pattern {
            Some(pattern) => pattern,
            None => lowering.add(ExprKind::Name(parameter.name), list.unwrap_or(block)),
        });
    }
    match targets.as_slice() {
        [] => {
            let body = block.child_by_field_name("body").map_or("", |body| lowering.text(body));
            lowering.name(unnamed_parameter(body).unwrap_or("it"), block)
        }
        [only] => *only,
        _ => lowering.add(ExprKind::List(targets), block),
    }
}

pub(super) fn parameters(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, list: Option<Node<'_>>) -> Vec<Parameter> {
    let mut found = Vec::new();
    for child in list.into_iter().flat_map(children) {
        let mut pattern = None;
        let name = match child.kind() {
            "identifier" => lowering.text(child),
            "destructured_parameter" => {
                pattern = Some(taken_apart(lowering, child));
                ""
            }
            _ => match child.child_by_field_name("name") {
                Some(name) => lowering.text(name),
                None => continue,
            },
        };
        let name = lowering.symbol(name);
        let default = child.child_by_field_name("value").map(|value| expression(lowering, scope, value));
        found.push(Parameter { name, declared: None, default, decorators: Vec::new(), pattern });
    }
    found
}

/// `(a, b)` among the parameters of a block.
fn taken_apart(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut targets = Vec::new();
    for child in children(node) {
        let target = match child.kind() {
            "destructured_parameter" => lowering.deeper(child, |lowering| taken_apart(lowering, child)),
            _ => {
                let name = lowering.text(child.child_by_field_name("name").unwrap_or(child));
                lowering.name(name, child)
            }
        };
        targets.push(target);
    }
    lowering.add(ExprKind::List(targets), node)
}

/// `class` and `module`.
pub(super) fn class_like(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let scope = scope.in_class();
    let name = node.child_by_field_name("name").map(|name| dotted(lowering.text(name)));
    let name = name.map(|name| lowering.symbol(name.rsplit('.').next().unwrap_or_default()));
    let mut bases = Vec::new();
    if let Some(base) = node.child_by_field_name("superclass").and_then(|base| children(base).next()) {
        // `Struct.new(:a)` and other calls are no names.
        let base = if matches!(base.kind(), "constant" | "scope_resolution") {
            dotted(lowering.text(base))
        } else {
            expression(lowering, scope, base);
            dotted(base.child_by_field_name("receiver").map_or("", |receiver| lowering.text(receiver)))
        };
        bases.push(lowering.symbol(&base));
    }
    let id = lowering.class(name, bases, Vec::new(), node, |lowering| {
        let mut body = Vec::new();
        if let Some(inner) = node.child_by_field_name("body") {
            lowering.deeper_statement(|lowering| statements(lowering, scope, inner, &mut body));
        }
        body
    });
    out.push(Statement::Class(id));
}

/// Makes the last value of a body what it returns.
pub(super) fn returned(body: &mut Block) {
    match body.last_mut() {
        Some(Statement::If { then, otherwise, .. }) => {
            returned(then);
            returned(otherwise);
        }
        Some(Statement::Switch { cases, .. }) => cases.iter_mut().for_each(|case| returned(&mut case.body)),
        Some(Statement::Try { body, handlers, otherwise, .. }) => {
            returned(if otherwise.is_empty() { body } else { otherwise });
            handlers.iter_mut().for_each(|handler| returned(&mut handler.body));
        }
        Some(Statement::Block(inner)) => returned(inner),
        Some(last @ Statement::Expr(_)) => {
            if let Statement::Expr(value) = *last {
                *last = Statement::Return(Some(value));
            }
        }
        _ => {}
    }
}
