//! Functions of every kind, and their parameters.

use tree_sitter::Node;

use super::expressions::expression;
use super::handlers::{type_exported, type_of_framework};
use super::patterns::target;
use super::statements::{block, statement};
use super::types::declared;
use super::{field, has_token, named};
use crate::ir::{Assign, ExprId, ExprKind, FunctionId, Parameter, Statement};
use crate::lower::{FunctionParts, Lowering, span};
use crate::symbols::Symbol;

/// The longest pattern that stands for its parameter's name in messages.
const LONGEST_PATTERN: usize = 60;

/// A function, method or arrow. A function without a name gets the one of what it is given to.
pub(super) fn function(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    given: Option<Symbol>,
    decorators: &[Node<'_>],
) -> FunctionId {
    let id = lowering.function(node, |lowering| {
        let own = field(node, "name").filter(|name| name.kind() != "computed_property_name");
        let name = match own {
            Some(name) => Some(lowering.symbol_of(name)),
            None => given,
        };
        let decorators = decorators.iter().filter_map(|node| decorator(lowering, *node)).collect();
        let mut first = Vec::new();
        let parameters = parameters(lowering, node, &mut first);
        let body = match field(node, "body") {
            Some(body) if body.kind() == "statement_block" => {
                let mut rest = block(lowering, body);
                first.append(&mut rest);
                first
            }
            Some(body) => {
                let value = expression(lowering, body);
                first.push(Statement::Return(Some(value)));
                first
            }
            None => first,
        };
        FunctionParts { name, parameters, body, decorators, is_async: has_token(node, "async") }
    });
    type_exported(lowering, id);
    id
}

/// `@name` or `@name(...)`.
pub(super) fn decorator(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<ExprId> {
    named(node).next().map(|inner| expression(lowering, inner))
}

fn parameters(lowering: &mut Lowering<'_>, node: Node<'_>, first: &mut Vec<Statement>) -> Vec<Parameter> {
    if let Some(single) = field(node, "parameter") {
        return parameter(lowering, single, first).into_iter().collect();
    }
    let Some(list) = field(node, "parameters") else { return Vec::new() };
    named(list).filter_map(|node| parameter(lowering, node, first)).collect()
}

/// One parameter. `first` takes what its pattern and its modifiers mean inside the function.
fn parameter(lowering: &mut Lowering<'_>, node: Node<'_>, first: &mut Vec<Statement>) -> Option<Parameter> {
    let mut binding = node;
    let mut default = None;
    let mut decorators = Vec::new();
    let mut is_property = false;
    match node.kind() {
        "required_parameter" | "optional_parameter" => {
            binding = field(node, "pattern").or_else(|| field(node, "name"))?;
            default = field(node, "value");
            for child in named(node) {
                match child.kind() {
                    "decorator" => decorators.extend(decorator(lowering, child)),
                    "accessibility_modifier" | "override_modifier" => is_property = true,
                    _ => {}
                }
            }
            is_property |= has_token(node, "readonly");
        }
        "assignment_pattern" => {
            binding = field(node, "left")?;
            default = field(node, "right");
        }
        "decorator" => return None,
        _ => {}
    }
    if binding.kind() == "rest_pattern" {
        binding = named(binding).next()?;
    }
    if binding.kind() == "this" {
        return None;
    }
    let declared = declared(lowering, node).map(|declared| match type_of_framework(lowering.program.name(declared)) {
        Some(name) => lowering.symbol(name),
        None => declared,
    });
    let default = default.map(|default| expression(lowering, default));
    let text = lowering.text(binding);
    if matches!(binding.kind(), "object_pattern" | "array_pattern") {
        let pattern = target(lowering, binding, first);
        let name = lowering.symbol(if text.len() <= LONGEST_PATTERN { text } else { "{...}" });
        return Some(Parameter { name, declared, default, decorators, pattern: Some(pattern) });
    }
    let name = lowering.symbol(text);
    if is_property {
        let this = lowering.name("this", binding);
        let target = lowering.field(this, text, binding);
        let value = Some(lowering.add(ExprKind::Name(name), binding));
        let span = span(binding);
        first.push(Statement::Assign(Assign { target, value, operator: None, declared, span }));
    }
    Some(Parameter { name, declared, default, decorators, pattern: None })
}

/// A function as a value.
pub(super) fn function_value(lowering: &mut Lowering<'_>, node: Node<'_>, given: Option<Symbol>) -> ExprId {
    let id = function(lowering, node, given, &[]);
    lowering.add(ExprKind::Function(id), node)
}

/// A value that is given to something with a name: a function takes that name.
pub(super) fn named_value(lowering: &mut Lowering<'_>, node: Node<'_>, name: &str) -> ExprId {
    if matches!(node.kind(), "arrow_function" | "function_expression" | "generator_function") {
        let name = lowering.symbol(name);
        return lowering.deeper(node, |lowering| function_value(lowering, node, Some(name)));
    }
    expression(lowering, node)
}

/// `xs.map(x => value)` and `xs.filter(x => test)` as what is made of each item. None where the function is more than an
/// expression.
pub(super) fn mapped(lowering: &mut Lowering<'_>, callee: Node<'_>, list: Node<'_>) -> Option<ExprId> {
    let method = lowering.text(field(callee, "property")?);
    let is_filter = method == "filter";
    let known = is_filter || matches!(method, "map" | "flatMap");
    let arrow = named(list).next().filter(|arrow| known && arrow.kind() == "arrow_function")?;
    let value = field(arrow, "body").filter(|body| body.kind() != "statement_block")?;
    let object = field(callee, "object").filter(|_| !has_token(arrow, "async"))?;
    let first = field(arrow, "parameter").or_else(|| field(arrow, "parameters").and_then(|list| named(list).next()));
    let first = first.map(|first| field(first, "pattern").unwrap_or(first));
    // What a pattern takes apart is no longer there as a whole.
    if is_filter && first.is_none_or(|first| first.kind() != "identifier") {
        return None;
    }
    let over = expression(lowering, object);
    let binding = match first {
        Some(first) => target(lowering, first, &mut Vec::new()),
        None => lowering.add(ExprKind::Opaque(Vec::new()), arrow),
    };
    let value = expression(lowering, value);
    let (test, value) = if is_filter { (Some(value), binding) } else { (None, value) };
    Some(lowering.add(ExprKind::Each { binding, over, test, value }, list))
}

/// A single statement, or those of a block.
pub(super) fn body(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> Vec<Statement> {
    let Some(node) = node else { return Vec::new() };
    if node.kind() == "statement_block" {
        return block(lowering, node);
    }
    let mut out = Vec::new();
    statement(lowering, node, &mut out);
    out
}
