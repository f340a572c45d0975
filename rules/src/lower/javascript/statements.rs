//! Statements.

use tree_sitter::Node;

use super::expressions::{expression, last_name, plain, reflect};
use super::functions::{body, function, named_value};
use super::patterns::target;
use super::types::declared;
use super::{classes, field, has_token, modules, named, operators};
use crate::ir::{Assign, Case, ExprId, ExprKind, Handler, Operator, Statement};
use crate::lower::{Lowering, span};

/// The statements of a block or file.
pub(super) fn block(lowering: &mut Lowering<'_>, node: Node<'_>) -> Vec<Statement> {
    let mut out = Vec::new();
    for child in named(node) {
        statement(lowering, child, &mut out);
    }
    out
}

/// Lowers a statement; one may be several.
pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    lowering.deeper_statement(|lowering| nested(lowering, node, out));
}

fn nested(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    match node.kind() {
        "expression_statement" => {
            for inner in named(node) {
                effect(lowering, inner, out);
            }
        }
        "lexical_declaration" | "variable_declaration" | "using_declaration" => {
            for declarator in named(node).filter(|child| child.kind() == "variable_declarator") {
                variable(lowering, declarator, out);
            }
        }
        "import_statement" => modules::import_statement(lowering, node, out),
        "import_alias" => modules::import_alias(lowering, node, out),
        "export_statement" => modules::export_statement(lowering, node, out),
        "function_declaration" | "generator_function_declaration" => {
            let id = function(lowering, node, None, &[]);
            out.push(Statement::Function(id));
        }
        "class_declaration" | "abstract_class_declaration" => classes::declaration(lowering, node, &[], None, out),
        "enum_declaration" => classes::enumeration(lowering, node, out),
        "internal_module" | "module" => {
            if let Some(body) = field(node, "body") {
                out.push(Statement::Block(block(lowering, body)));
            }
        }
        "statement_block" => out.push(Statement::Block(block(lowering, node))),
        "if_statement" => conditional(lowering, node, out),
        "switch_statement" => switch(lowering, node, out),
        "for_statement" => counted(lowering, node, out),
        "for_in_statement" => each(lowering, node, out),
        "while_statement" | "do_statement" => {
            let test = field(node, "condition").map(|test| expression(lowering, test));
            let body = body(lowering, field(node, "body"));
            out.push(Statement::Loop { binding: None, over: None, test, body });
        }
        "return_statement" => {
            let value = named(node).next().map(|value| expression(lowering, value));
            out.push(Statement::Return(value));
        }
        "throw_statement" => {
            let value = named(node).next().map(|value| expression(lowering, value));
            out.push(Statement::Throw(value));
        }
        "break_statement" => out.push(Statement::Break),
        "continue_statement" => out.push(Statement::Continue),
        "try_statement" => attempt(lowering, node, out),
        "labeled_statement" => out.extend(body(lowering, field(node, "body"))),
        "with_statement" => {
            out.extend(field(node, "object").map(|object| Statement::Expr(expression(lowering, object))));
            out.extend(body(lowering, field(node, "body")));
        }
        "ERROR" | "program" | "class_body" => {
            for child in named(node) {
                statement(lowering, child, out);
            }
        }
        "variable_declarator" => variable(lowering, node, out),
        "method_definition" => {
            let id = function(lowering, node, None, &[]);
            out.push(Statement::Function(id));
        }
        // Types have no effect, and the rest has neither value nor effect.
        "interface_declaration"
        | "type_alias_declaration"
        | "ambient_declaration"
        | "function_signature"
        | "empty_statement"
        | "debugger_statement"
        | "hash_bang_line" => {}
        _ => effect(lowering, node, out),
    }
}

/// An expression that stands for its effect.
fn effect(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let inner = plain(node);
    match inner.kind() {
        "sequence_expression" => {
            for part in named(inner) {
                statement(lowering, part, out);
            }
        }
        "assignment_expression" => {
            if let (Some(left), Some(right)) = (field(inner, "left"), field(inner, "right")) {
                assignment(lowering, inner, left, right, out);
            }
        }
        "augmented_assignment_expression" => {
            if let (Some(left), Some(right)) = (field(inner, "left"), field(inner, "right")) {
                let target = expression(lowering, left);
                let value = Some(expression(lowering, right));
                let operator = Some(operators::augmented(inner));
                out.push(Statement::Assign(Assign { target, value, operator, declared: None, span: span(inner) }));
            }
        }
        "update_expression" => {
            if let Some(argument) = field(inner, "argument") {
                let target = expression(lowering, argument);
                let value = Some(lowering.add(ExprKind::Integer(1), inner));
                let operator = Some(if has_token(inner, "--") { Operator::Subtract } else { Operator::Add });
                out.push(Statement::Assign(Assign { target, value, operator, declared: None, span: span(inner) }));
            }
        }
        "internal_module" => nested(lowering, inner, out),
        _ => {
            let value = expression(lowering, inner);
            out.push(Statement::Expr(value));
        }
    }
}

fn assignment(lowering: &mut Lowering<'_>, node: Node<'_>, left: Node<'_>, right: Node<'_>, out: &mut Vec<Statement>) {
    if plain(right).kind() == "class" {
        let name = lowering.symbol(last_name(lowering, left));
        classes::declaration(lowering, plain(right), &[], Some(name), out);
        return;
    }
    let mut defaults = Vec::new();
    let target = target(lowering, left, &mut defaults);
    let value = Some(named_value(lowering, right, last_name(lowering, left)));
    // Who chooses the key may choose `__proto__`: rules name this call for it.
    if let &ExprKind::Index { of, index } = lowering.program.kind(target)
        && matches!(lowering.program.kind(index), ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. })
    {
        let set = reflect(lowering, "set", vec![of, index], node);
        out.push(Statement::Expr(set));
    }
    out.push(Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) }));
    out.append(&mut defaults);
}

fn variable(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let Some(name) = field(node, "name") else { return };
    let value = field(node, "value");
    let is_name_or_map = matches!(name.kind(), "identifier" | "object_pattern");
    if let Some(path) = value.filter(|_| is_name_or_map).and_then(|value| modules::required(lowering, value)) {
        modules::import_pattern(lowering, name, &path, out);
        return;
    }
    if let Some(class) = value.map(plain).filter(|value| value.kind() == "class") {
        let name = lowering.symbol_of(name);
        classes::declaration(lowering, class, &[], Some(name), out);
        return;
    }
    let declared = declared(lowering, node);
    let mut defaults = Vec::new();
    let target = target(lowering, name, &mut defaults);
    let value = value.map(|value| named_value(lowering, value, last_name(lowering, name)));
    out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(node) }));
    out.append(&mut defaults);
}

fn conditional(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let Some(test) = field(node, "condition") else { return };
    let test = expression(lowering, test);
    let then = body(lowering, field(node, "consequence"));
    let otherwise = field(node, "alternative").and_then(|clause| named(clause).next());
    let otherwise = body(lowering, otherwise);
    out.push(Statement::If { test, then, otherwise });
}

fn counted(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    if let Some(start) = field(node, "initializer") {
        statement(lowering, start, out);
    }
    let test = field(node, "condition").filter(|test| !matches!(test.kind(), ";" | "empty_statement"));
    let test = test.map(|test| expression(lowering, test));
    let mut inner = body(lowering, field(node, "body"));
    if let Some(step) = field(node, "increment") {
        statement(lowering, step, &mut inner);
    }
    out.push(Statement::Loop { binding: None, over: None, test, body: inner });
}

/// `for (x of xs)`, and `for (key in object)`, which goes over `Object.keys(object)`.
fn each(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let (Some(left), Some(right)) = (field(node, "left"), field(node, "right")) else { return };
    let mut inner = Vec::new();
    let binding = target(lowering, left, &mut inner);
    let mut over = expression(lowering, right);
    if field(node, "operator").is_some_and(|operator| operator.kind() == "in") {
        let object = lowering.name("Object", right);
        let callee = lowering.field(object, "keys", right);
        over = lowering.call(callee, vec![over], right);
    }
    inner.extend(body(lowering, field(node, "body")));
    out.push(Statement::Loop { binding: Some(binding), over: Some(over), test: None, body: inner });
}

fn switch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let Some(subject) = field(node, "value") else { return };
    let subject = expression(lowering, subject);
    let mut cases = Vec::new();
    let mut labels: Vec<ExprId> = Vec::new();
    let mut is_default = false;
    for case in field(node, "body").into_iter().flat_map(named) {
        let label = field(case, "value");
        match label {
            Some(label) => labels.push(expression(lowering, label)),
            None => is_default = true,
        }
        let mut body = Vec::new();
        for child in named(case).filter(|child| Some(*child) != label) {
            statement(lowering, child, &mut body);
        }
        // Labels in a row share the body of the last.
        if body.is_empty() {
            continue;
        }
        let falls_through = !ends(&mut body);
        let labels = if is_default { labels.drain(..).take(0).collect() } else { std::mem::take(&mut labels) };
        is_default = false;
        cases.push(Case { labels, body, falls_through });
    }
    if let Some(last) = cases.last_mut() {
        last.falls_through = false;
    }
    out.push(Statement::Switch { subject, cases });
}

/// Whether a case's body leaves the switch at its end. A `break` there has done its work and goes.
fn ends(body: &mut Vec<Statement>) -> bool {
    match body.last_mut() {
        Some(Statement::Break) => {
            body.pop();
            true
        }
        Some(Statement::Return(_) | Statement::Throw(_) | Statement::Continue) => true,
        Some(Statement::Block(inner)) => ends(inner),
        Some(Statement::If { then, otherwise, .. }) => {
            !then.is_empty() && !otherwise.is_empty() && leaves(then) && leaves(otherwise)
        }
        _ => false,
    }
}

fn leaves(block: &[Statement]) -> bool {
    matches!(block.last(), Some(Statement::Break | Statement::Return(_) | Statement::Throw(_) | Statement::Continue))
}

fn attempt(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Vec<Statement>) {
    let tried = body(lowering, field(node, "body"));
    let mut handlers = Vec::new();
    if let Some(clause) = field(node, "handler") {
        let name = field(clause, "parameter").filter(|name| name.kind() == "identifier");
        let name = name.map(|name| lowering.symbol_of(name));
        let body = body(lowering, field(clause, "body"));
        handlers.push(Handler { types: Vec::new(), name, body, span: span(clause) });
    }
    let finally = body(lowering, field(node, "finalizer").and_then(|clause| field(clause, "body")));
    out.push(Statement::Try { body: tried, handlers, otherwise: Vec::new(), finally });
}
