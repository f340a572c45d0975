//! C#'s statements, and damaged text as far as it reads as such.

use tree_sitter::Node;

use super::declarations::{attributed_function, declaration, variables};
use super::expressions::{assignment_operator, expression, part, unknown};
use super::patterns;
use super::types::{declared, name_of, symbol_of, type_name};
use crate::ir::{Assign, Case, ExprId, ExprKind, Handler, Operator, Statement};
use crate::lower::java::children_with_errors;
use crate::lower::{Lowering, named, span};
use crate::symbols::Symbol;

/// The statements that are a node's children.
pub(super) fn children(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for child in children_with_errors(node) {
        statement(lowering, child, into);
    }
}

fn body_of(lowering: &mut Lowering<'_>, node: Node<'_>, field: &str) -> Vec<Statement> {
    let mut body = Vec::new();
    if let Some(child) = node.child_by_field_name(field) {
        statement_or_block(lowering, child, &mut body);
    }
    body
}

/// A block's statements without the block.
pub(super) fn statement_or_block(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    if node.kind() == "block" { children(lowering, node, into) } else { statement(lowering, node, into) }
}

pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    lowering.deeper_statement(|lowering| statement_of_kind(lowering, node, into));
}

fn statement_of_kind(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "global_statement" | "expression_statement" | "checked_statement" | "unsafe_statement" | "declaration_list" => {
            for child in children_with_errors(node) {
                statement_or_block(lowering, child, into);
            }
        }
        "local_declaration_statement" | "field_declaration" | "event_field_declaration" => {
            for child in named(node).filter(|child| child.kind() == "variable_declaration") {
                variables(lowering, child, node, into);
            }
        }
        "variable_declaration" => variables(lowering, node, node, into),
        "if_statement" => {
            let test = part(lowering, node, "condition");
            let then = body_of(lowering, node, "consequence");
            let otherwise = body_of(lowering, node, "alternative");
            into.push(Statement::If { test, then, otherwise });
        }
        "switch_statement" => switch(lowering, node, into),
        "for_statement" => for_loop(lowering, node, into),
        "foreach_statement" => for_each(lowering, node, into),
        "while_statement" | "do_statement" => {
            let test = Some(part(lowering, node, "condition"));
            let body = body_of(lowering, node, "body");
            into.push(Statement::Loop { binding: None, over: None, test, body });
        }
        "return_statement" => {
            let value = named(node).next().map(|value| expression(lowering, value));
            into.push(Statement::Return(value));
        }
        "yield_statement" => {
            let value = named(node).next().map(|value| expression(lowering, value));
            let test = unknown(lowering, node);
            // What follows is reached all the same.
            into.push(Statement::If { test, then: vec![Statement::Return(value)], otherwise: Vec::new() });
        }
        "throw_statement" => {
            let value = named(node).next().map(|value| expression(lowering, value));
            into.push(Statement::Throw(value));
        }
        "break_statement" => into.push(Statement::Break),
        "continue_statement" => into.push(Statement::Continue),
        "try_statement" => try_statement(lowering, node, into),
        "using_statement" | "lock_statement" | "fixed_statement" => {
            let mut body = Vec::new();
            for child in named(node) {
                statement_or_block(lowering, child, &mut body);
            }
            into.push(Statement::Block(body));
        }
        "block" => {
            let mut body = Vec::new();
            children(lowering, node, &mut body);
            into.push(Statement::Block(body));
        }
        "labeled_statement" => {
            for child in named(node).skip(1) {
                statement(lowering, child, into);
            }
        }
        "preproc_if" | "preproc_elif" | "preproc_else" => conditional_text(lowering, node, into),
        "ERROR" => damaged(lowering, node, into),
        "empty_statement" | "goto_statement" => {}
        kind if kind.ends_with("_declaration")
            || kind.ends_with("_directive")
            || kind == "local_function_statement" =>
        {
            declaration(lowering, node, into);
        }
        _ => expression_statement(lowering, node, into),
    }
}

fn expression_statement(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    match node.kind() {
        "assignment_expression" => {
            let target = part(lowering, node, "left");
            let value = part(lowering, node, "right");
            // A handler that is added to an event is assigned: it is called like one.
            let is_handler = matches!(lowering.program.kind(value), ExprKind::Function(_));
            let operator = assignment_operator(node).filter(|_| !is_handler);
            into.push(assign(target, Some(value), operator, None, node));
        }
        "postfix_unary_expression" | "prefix_unary_expression" if named(node).next().is_some() => {
            let value = expression(lowering, node);
            match *lowering.program.kind(value) {
                ExprKind::Assign { target, .. } => {
                    let operator = if lowering.text(node).contains("++") { Operator::Add } else { Operator::Subtract };
                    let one = lowering.add(ExprKind::Integer(1), node);
                    into.push(assign(target, Some(one), Some(operator), None, node));
                }
                _ => into.push(Statement::Expr(value)),
            }
        }
        // Left over where text is damaged, or said elsewhere.
        "modifier"
        | "identifier"
        | "predefined_type"
        | "attribute_list"
        | "global_attribute"
        | "base_list"
        | "type_parameter_list"
        | "constructor_initializer" => {}
        _ => {
            let value = expression(lowering, node);
            into.push(Statement::Expr(value));
        }
    }
}

fn switch(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let subject = part(lowering, node, "value");
    let mut cases = Vec::new();
    for section in node.child_by_field_name("body").into_iter().flat_map(named) {
        let mut labels = Vec::new();
        let mut body = Vec::new();
        let mut is_body = false;
        for child in section.children(&mut section.walk()).filter(|child| !child.is_extra() || child.is_error()) {
            match child.kind() {
                ":" => is_body = true,
                "case" | "default" => {}
                "when_clause" => {
                    for guard in named(child) {
                        let guard = expression(lowering, guard);
                        labels.push(lowering.add(ExprKind::Opaque(vec![guard]), child));
                    }
                }
                _ if is_body => statement(lowering, child, &mut body),
                _ if child.is_named() => label(lowering, child, subject, &mut labels, &mut body),
                _ => {}
            }
        }
        let falls_through = body.is_empty();
        drop_break(&mut body);
        cases.push(Case { labels, body, falls_through });
    }
    if let Some(last) = cases.last_mut() {
        last.falls_through = false;
    }
    into.push(Statement::Switch { subject, cases });
}

/// The label of a case: its constant, or for other patterns one that is not known, with what it binds in the body.
fn label(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    subject: ExprId,
    labels: &mut Vec<ExprId>,
    body: &mut Vec<Statement>,
) {
    let inner = if node.kind() == "constant_pattern" { named(node).next().unwrap_or(node) } else { node };
    if inner != node || !node.kind().ends_with("_pattern") && node.kind() != "discard" {
        labels.push(expression(lowering, inner));
        return;
    }
    labels.push(unknown(lowering, node));
    if let Some(test) = patterns::test(lowering, node, subject) {
        body.push(Statement::Expr(test));
    }
}

/// Drops the `break` that ends a case: that a case does not fall through says the same.
fn drop_break(block: &mut Vec<Statement>) {
    match block.last_mut() {
        Some(Statement::Break) => {
            block.pop();
        }
        Some(Statement::Block(inner)) => drop_break(inner),
        _ => {}
    }
}

fn for_loop(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    for start in node.children_by_field_name("initializer", &mut node.walk()).filter(Node::is_named) {
        statement(lowering, start, into);
    }
    let test = node.child_by_field_name("condition").map(|test| expression(lowering, test));
    let mut body = body_of(lowering, node, "body");
    for update in node.children_by_field_name("update", &mut node.walk()).filter(Node::is_named) {
        statement(lowering, update, &mut body);
    }
    into.push(Statement::Loop { binding: None, over: None, test, body });
}

fn for_each(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let over = Some(part(lowering, node, "right"));
    let declared = declared(lowering, node);
    let mut body = Vec::new();
    let binding = node.child_by_field_name("left").map(|left| target(lowering, left));
    if let (Some(target), Some(left), true) = (binding, node.child_by_field_name("left"), declared.is_some()) {
        // Gives the variable its type, which a loop has no place for.
        let value = name_of(lowering, left);
        body.push(assign(target, Some(value), None, declared, left));
    }
    body.extend(body_of(lowering, node, "body"));
    into.push(Statement::Loop { binding, over, test: None, body });
}

/// What is declared or assigned to: a name, or a list of them.
pub(super) fn target(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "tuple_pattern" => {
            let items = named(node).map(|item| target(lowering, item)).collect();
            lowering.add(ExprKind::List(items), node)
        }
        _ => expression(lowering, node),
    }
}

fn try_statement(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let body = body_of(lowering, node, "body");
    let mut handlers = Vec::new();
    let mut finally = Vec::new();
    for child in named(node) {
        match child.kind() {
            "catch_clause" => handlers.push(handler(lowering, child)),
            "finally_clause" => {
                for block in named(child) {
                    statement_or_block(lowering, block, &mut finally);
                }
            }
            _ => {}
        }
    }
    into.push(Statement::Try { body, handlers, otherwise: Vec::new(), finally });
}

fn handler(lowering: &mut Lowering<'_>, node: Node<'_>) -> Handler {
    let mut types = Vec::new();
    let mut name = None;
    let mut body = Vec::new();
    for child in named(node) {
        match child.kind() {
            "catch_declaration" => {
                types.extend(child.child_by_field_name("type").and_then(|class| type_name(lowering, class)));
                name = child.child_by_field_name("name").map(|name| symbol_of(lowering, name));
            }
            "catch_filter_clause" => {
                for filter in named(child) {
                    let filter = expression(lowering, filter);
                    body.push(Statement::Expr(filter));
                }
            }
            _ => {}
        }
    }
    body.extend(body_of(lowering, node, "body"));
    Handler { types, name, body, span: span(node) }
}

/// `#if`: either branch may be the program.
fn conditional_text(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let condition = node.child_by_field_name("condition");
    let alternative = node.child_by_field_name("alternative");
    let mut then = Vec::new();
    for child in children_with_errors(node) {
        if Some(child) != condition && Some(child) != alternative {
            statement(lowering, child, &mut then);
        }
    }
    let mut otherwise = Vec::new();
    if let Some(alternative) = alternative {
        statement(lowering, alternative, &mut otherwise);
    }
    if otherwise.is_empty() {
        // Declarations stay where declarations are looked for.
        into.append(&mut then);
    } else {
        let test = unknown(lowering, node);
        into.push(Statement::If { test, then, otherwise });
    }
}

/// Text that does not parse. What follows a list of parameters is taken as the body of a function that was cut off.
pub(super) fn damaged(lowering: &mut Lowering<'_>, node: Node<'_>, into: &mut Vec<Statement>) {
    let pieces = children_with_errors(node);
    let heads: Vec<usize> = (0..pieces.len()).filter(|&at| pieces[at].kind() == "parameter_list").collect();
    for &piece in &pieces[..heads.first().copied().unwrap_or(pieces.len())] {
        statement(lowering, piece, into);
    }
    for (number, &at) in heads.iter().enumerate() {
        let end = heads.get(number + 1).copied().unwrap_or(pieces.len());
        let first = if number == 0 { 0 } else { heads[number - 1] + 1 };
        let function = attributed_function(lowering, node, &pieces[first..at], pieces[at], &pieces[at + 1..end]);
        into.push(function);
    }
}

pub(super) fn assign(
    target: ExprId,
    value: Option<ExprId>,
    operator: Option<Operator>,
    declared: Option<Symbol>,
    node: Node<'_>,
) -> Statement {
    Statement::Assign(Assign { target, value, operator, declared, span: span(node) })
}
