//! C and C++: statements.

use tree_sitter::Node;

use super::declarations::{Place, declaration, dig, type_name};
use super::expressions::{assigned, expression, operator, part};
use super::questions::test;
use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Handler, Operator, Statement};
use crate::lower::literals::{inside, number_kind, operator_of, sound, unescape};
use crate::lower::{Lowering, named, span};

/// Functions that do not return.
const ENDINGS: [&str; 9] =
    ["exit", "_exit", "_Exit", "abort", "quick_exit", "terminate", "std::exit", "std::abort", "std::terminate"];

/// The statements of a block.
pub(super) fn block(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    for child in named(node) {
        statement(lowering, child, out);
    }
}

/// What a branch or loop runs: a block or a single statement.
fn body(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> Block {
    let mut statements = Vec::new();
    match node {
        Some(node) if node.kind() == "compound_statement" => block(lowering, node, &mut statements),
        Some(node) => statement(lowering, node, &mut statements),
        None => {}
    }
    statements
}

/// What stands between a directive and its end, the other branches included.
pub(super) fn branch_of_directive<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let head = node.child_by_field_name("condition").or_else(|| node.child_by_field_name("name"));
    named(node).filter(move |child| Some(*child) != head)
}

/// One statement; some become several.
pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    lowering.deeper_statement(|lowering| direct(lowering, node, out));
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "preproc_include"
        | "preproc_function_def"
        | "preproc_call"
        | "using_declaration"
        | "alias_declaration"
        | "namespace_alias_definition"
        | "access_specifier"
        | "statement_identifier"
        | "attribute_declaration"
        | "static_assert_declaration"
        | "concept_definition"
        | "template_parameter_list"
        | "requires_clause"
        | "template_instantiation" => {}
        "preproc_def" => constant(lowering, node, out),
        "preproc_if" | "preproc_ifdef" | "preproc_elif" | "preproc_elifdef" | "preproc_else" => {
            directive(lowering, node, out)
        }
        "declaration" | "field_declaration" => declaration(lowering, node, Place::Body, out),
        "function_definition" => super::function(lowering, node, out),
        "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier" => {
            super::class(lowering, node, None, out);
        }
        "type_definition" => {
            if let Some(of) = node.child_by_field_name("type") {
                super::class(lowering, of, node.child_by_field_name("declarator"), out);
            }
        }
        "namespace_definition" | "linkage_specification" => {
            let body = body(lowering, node.child_by_field_name("body"));
            out.extend(body);
        }
        "declaration_list"
        | "field_declaration_list"
        | "template_declaration"
        | "friend_declaration"
        | "labeled_statement"
        | "attributed_statement"
        | "init_statement"
        | "else_clause"
        | "ERROR" => {
            block(lowering, node, out);
        }
        "compound_statement" => {
            let body = body(lowering, Some(node));
            out.push(Statement::Block(body));
        }
        "expression_statement" | "comma_expression" => {
            for child in sound(node) {
                expression_statement(lowering, child, out);
            }
        }
        "return_statement" | "co_return_statement" => {
            let value = sound(node).next().map(|value| expression(lowering, value));
            out.push(Statement::Return(value));
        }
        "break_statement" | "seh_leave_statement" => out.push(Statement::Break),
        "continue_statement" => out.push(Statement::Continue),
        // What follows is not reached; the label's own statements are read where they stand.
        "goto_statement" => out.push(Statement::Throw(None)),
        "throw_statement" => {
            let value = sound(node).next().map(|value| expression(lowering, value));
            out.push(Statement::Throw(value));
        }
        "if_statement" => branch(lowering, node, out),
        "while_statement" => {
            let mut before = Vec::new();
            let test = condition(lowering, node, &mut before);
            loops(lowering, node, before, Some(test), out);
        }
        "do_statement" => {
            let test = part(lowering, node, "condition");
            loops(lowering, node, Vec::new(), Some(test), out);
        }
        "for_statement" => {
            if let Some(initializer) = node.child_by_field_name("initializer") {
                simple(lowering, initializer, out);
            }
            let test = node.child_by_field_name("condition").map(|test| expression(lowering, test));
            loops(lowering, node, Vec::new(), test, out);
        }
        "for_range_loop" => range(lowering, node, out),
        "switch_statement" => switch(lowering, node, out),
        "case_statement" => {
            let value = node.child_by_field_name("value");
            for child in named(node).filter(|child| Some(*child) != value) {
                statement(lowering, child, out);
            }
        }
        "try_statement" | "seh_try_statement" => attempt(lowering, node, out),
        _ => expression_statement(lowering, node, out),
    }
}

/// `#if` in a body: one of its branches is there, nobody knows which.
fn directive(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let alternative = node.child_by_field_name("alternative");
    let mut then = Vec::new();
    for child in branch_of_directive(node).filter(|child| Some(*child) != alternative) {
        statement(lowering, child, &mut then);
    }
    let Some(alternative) = alternative else {
        // Most often there, and if not, nothing is in its place.
        out.extend(then);
        return;
    };
    let test = lowering.add(ExprKind::Opaque(Vec::new()), node);
    let mut otherwise = Vec::new();
    statement(lowering, alternative, &mut otherwise);
    out.push(Statement::If { test, then, otherwise });
}

/// A declaration or an expression in the head of a loop.
fn simple(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "declaration" => declaration(lowering, node, Place::Body, out),
        _ => expression_statement(lowering, node, out),
    }
}

fn assign(node: Node<'_>, target: ExprId, value: ExprId, operator: Option<Operator>, out: &mut Block) {
    let assign = Assign { target, value: Some(value), operator, declared: None, span: span(node) };
    out.push(Statement::Assign(assign));
}

fn expression_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "comma_expression" => statement(lowering, node, out),
        "parenthesized_expression" => {
            for child in sound(node) {
                statement(lowering, child, out);
            }
        }
        "assignment_expression" => {
            let target = part(lowering, node, "left");
            let value = assigned(lowering, node);
            let sign = operator_of(node).trim_end_matches("_eq").trim_end_matches('=');
            assign(node, target, value, (!sign.is_empty()).then(|| operator(sign)), out);
        }
        "update_expression" => {
            let target = part(lowering, node, "argument");
            let value = lowering.add(ExprKind::Integer(1), node);
            let sign = if operator_of(node) == "--" { Operator::Subtract } else { Operator::Add };
            assign(node, target, value, Some(sign), out);
        }
        "binary_expression" if matches!(operator_of(node), "<<" | ">>") => stream(lowering, node, out),
        "identifier" if lowering.text(node).is_empty() => {}
        _ => {
            let value = expression(lowering, node);
            out.push(Statement::Expr(value));
            let callee = node.child_by_field_name("function").map_or("", |function| lowering.text(function));
            if ENDINGS.contains(&callee) {
                out.push(Statement::Throw(None));
            }
        }
    }
}

/// `stream << a << b` appends to the stream, `stream >> a >> b` reads from it.
fn stream(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let sign = operator_of(node);
    let mut operands = Vec::new();
    let mut current = node;
    while current.kind() == "binary_expression" && operator_of(current) == sign {
        operands.extend(current.child_by_field_name("right"));
        match current.child_by_field_name("left") {
            Some(left) => current = left,
            None => break,
        }
    }
    let target = expression(lowering, current);
    let operands: Vec<_> = operands.into_iter().rev().map(|operand| expression(lowering, operand)).collect();
    if sign == "<<" {
        let value = lowering.add(ExprKind::Format(operands), node);
        return assign(node, target, value, Some(Operator::Add), out);
    }
    for operand in operands {
        assign(node, operand, target, None, out);
    }
}

/// `#define NAME "text"` and numbers. Other macros stay unknown.
fn constant(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value")) else {
        return;
    };
    let text = lowering.text(value).trim();
    let kind = if text.len() > 1 && text.starts_with('"') && text.ends_with('"') {
        ExprKind::Text(unescape(inside(text, '"')))
    } else if text.starts_with(|first: char| first.is_ascii_digit()) {
        number_kind(text)
    } else {
        return;
    };
    let target = lowering.name(lowering.text(name), name);
    let value = lowering.add(kind, value);
    assign(node, target, value, None, out);
}

/// The test of an `if` or a loop. What it declares comes before.
fn condition(lowering: &mut Lowering<'_>, node: Node<'_>, before: &mut Block) -> ExprId {
    let Some(clause) = node.child_by_field_name("condition") else {
        return lowering.add(ExprKind::Opaque(Vec::new()), node);
    };
    if clause.kind() != "condition_clause" {
        return test(lowering, clause);
    }
    if let Some(initializer) = clause.child_by_field_name("initializer") {
        statement(lowering, initializer, before);
    }
    match clause.child_by_field_name("value") {
        Some(value) if value.kind() == "declaration" => {
            declaration(lowering, value, Place::Body, before);
            let name = value.child_by_field_name("declarator").and_then(|declarator| dig(declarator).name);
            match name {
                Some(name) => expression(lowering, name),
                None => lowering.add(ExprKind::Opaque(Vec::new()), value),
            }
        }
        Some(value) => test(lowering, value),
        None => lowering.add(ExprKind::Opaque(Vec::new()), clause),
    }
}

fn branch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut before = Vec::new();
    let test = condition(lowering, node, &mut before);
    let then = body(lowering, node.child_by_field_name("consequence"));
    let mut otherwise = Vec::new();
    if let Some(clause) = node.child_by_field_name("alternative") {
        match sound(clause).next() {
            Some(inner) if inner.kind() == "compound_statement" => block(lowering, inner, &mut otherwise),
            _ => statement(lowering, clause, &mut otherwise),
        }
    }
    scoped(before, Statement::If { test, then, otherwise }, out);
}

/// A statement after what its head declares.
fn scoped(mut before: Block, statement: Statement, out: &mut Block) {
    if before.is_empty() {
        out.push(statement);
    } else {
        before.push(statement);
        out.push(Statement::Block(before));
    }
}

fn loops(lowering: &mut Lowering<'_>, node: Node<'_>, before: Block, test: Option<ExprId>, out: &mut Block) {
    let mut body = body(lowering, node.child_by_field_name("body"));
    if let Some(update) = node.child_by_field_name("update") {
        simple(lowering, update, &mut body);
    }
    scoped(before, Statement::Loop { binding: None, over: None, test, body }, out);
}

fn range(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut before = Vec::new();
    if let Some(initializer) = node.child_by_field_name("initializer") {
        statement(lowering, initializer, &mut before);
    }
    let over = Some(part(lowering, node, "right"));
    let name = node.child_by_field_name("declarator").and_then(|declarator| dig(declarator).name);
    let binding = name.map(|name| expression(lowering, name));
    let body = body(lowering, node.child_by_field_name("body"));
    scoped(before, Statement::Loop { binding, over, test: None, body }, out);
}

fn switch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut before = Vec::new();
    let subject = condition(lowering, node, &mut before);
    let mut cases: Vec<Case> = Vec::new();
    for child in node.child_by_field_name("body").into_iter().flat_map(named) {
        if child.kind() != "case_statement" {
            // Directives and stray statements belong to the case before them.
            match cases.last_mut() {
                Some(case) => statement(lowering, child, &mut case.body),
                None => statement(lowering, child, &mut before),
            }
            continue;
        }
        let value = child.child_by_field_name("value");
        let labels = value.map(|value| expression(lowering, value)).into_iter().collect();
        let mut body = Vec::new();
        for part in named(child).filter(|part| Some(*part) != value) {
            statement(lowering, part, &mut body);
        }
        let falls_through = !ends(&body);
        if matches!(body.last(), Some(Statement::Break)) {
            body.pop();
        }
        cases.push(Case { labels, body, falls_through });
    }
    if let Some(last) = cases.last_mut() {
        last.falls_through = false;
    }
    scoped(before, Statement::Switch { subject, cases }, out);
}

/// Whether a block's end is not reached.
fn ends(block: &Block) -> bool {
    match block.last() {
        Some(Statement::Break | Statement::Continue | Statement::Return(_) | Statement::Throw(_)) => true,
        Some(Statement::Block(block)) => ends(block),
        Some(Statement::If { then, otherwise, .. }) => ends(then) && ends(otherwise),
        Some(
            Statement::Expr(_)
            | Statement::Assign(_)
            | Statement::Switch { .. }
            | Statement::Loop { .. }
            | Statement::Try { .. }
            | Statement::Function(_)
            | Statement::Class(_)
            | Statement::Import { .. },
        )
        | None => false,
    }
}

fn attempt(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let tried = body(lowering, node.child_by_field_name("body"));
    let mut handlers = Vec::new();
    let mut finally = Vec::new();
    for clause in sound(node) {
        let inner = clause.child_by_field_name("body");
        match clause.kind() {
            "catch_clause" | "seh_except_clause" => {
                let parameters = clause.child_by_field_name("parameters");
                let parameter = parameters.and_then(|list| sound(list).next());
                let of = parameter.and_then(|parameter| parameter.child_by_field_name("type"));
                let types = of.and_then(|of| type_name(lowering, of)).into_iter().collect();
                let name = parameter.and_then(|parameter| parameter.child_by_field_name("declarator"));
                let name = name.and_then(|name| dig(name).name).map(|name| lowering.symbol_of(name));
                let body = body(lowering, inner);
                handlers.push(Handler { types, name, body, span: span(clause) });
            }
            "seh_finally_clause" => finally = body(lowering, inner),
            _ => {}
        }
    }
    out.push(Statement::Try { body: tried, handlers, otherwise: Vec::new(), finally });
}
