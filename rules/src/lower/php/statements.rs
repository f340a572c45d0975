//! Statements of PHP.

use tree_sitter::Node;

use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Handler, Operator, Statement};
use crate::lower::php::calls::{argument, is_last_call};
use crate::lower::php::declarations::{class_like, constants, function, import, parameters_of};
use crate::lower::php::expressions::{cast, expression};
use crate::lower::php::operators::{assignment_operator, infix};
use crate::lower::php::{all, children, simple};
use crate::lower::{FunctionParts, Lowering, span};

/// How many branches of one `if` nest. What reads the program goes down one level for each; longer ones become a `switch`.
const BRANCHES: usize = 60;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Block {
    let mut out = Vec::new();
    if root.is_error() {
        damaged(lowering, root, &mut out);
    } else {
        statements(lowering, root, &mut out);
    }
    out
}

fn statements(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    for child in children(node) {
        statement(lowering, child, out);
    }
}

/// The statements of a block, or the one that stands in its place.
pub(super) fn block(lowering: &mut Lowering<'_>, node: Option<Node<'_>>) -> Block {
    let mut out = Vec::new();
    if let Some(node) = node {
        if matches!(node.kind(), "compound_statement" | "colon_block") {
            lowering.deeper_statement(|lowering| statements(lowering, node, &mut out));
        } else {
            statement(lowering, node, &mut out);
        }
    }
    out
}

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    lowering.deeper_statement(|lowering| statement_here(lowering, node, out));
}

fn statement_here(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "php_tag"
        | "php_end_tag"
        | "text"
        | "text_interpolation"
        | "empty_statement"
        | "goto_statement"
        | "named_label_statement"
        | "declare_directive"
        | "visibility_modifier"
        | "static_modifier"
        | "abstract_modifier"
        | "final_modifier"
        | "readonly_modifier"
        | "var_modifier" => {}
        "expression_statement" => expression_statement(lowering, node, out),
        "echo_statement" => {
            let mut parts = Vec::new();
            for child in children(node) {
                sequence(lowering, child, &mut parts);
            }
            let callee = lowering.name("echo", node);
            out.push(Statement::Expr(lowering.call(callee, parts, node)));
        }
        "exit_statement" => {
            let parts = children(node).map(|child| expression(lowering, child)).collect();
            let callee = lowering.name("exit", node);
            out.push(Statement::Expr(lowering.call(callee, parts, node)));
            out.push(Statement::Throw(None));
        }
        "unset_statement" => {
            let parts = children(node).map(|child| expression(lowering, child)).collect();
            let callee = lowering.name("unset", node);
            out.push(Statement::Expr(lowering.call(callee, parts, node)));
        }
        "return_statement" => {
            let value = children(node).next().map(|child| expression(lowering, child));
            out.push(Statement::Return(value));
        }
        "break_statement" => out.push(Statement::Break),
        "continue_statement" => out.push(Statement::Continue),
        "compound_statement" | "colon_block" => {
            let mut inner = Vec::new();
            statements(lowering, node, &mut inner);
            out.push(Statement::Block(inner));
        }
        "if_statement" => conditional(lowering, node, out),
        "switch_statement" => switch(lowering, node, out),
        "while_statement" | "do_statement" => {
            let test = node.child_by_field_name("condition").map(|child| expression(lowering, child));
            let body = block(lowering, node.child_by_field_name("body"));
            out.push(Statement::Loop { binding: None, over: None, test, body });
        }
        "for_statement" => for_loop(lowering, node, out),
        "foreach_statement" => foreach(lowering, node, out),
        "try_statement" => try_statement(lowering, node, out),
        "declare_statement" | "namespace_definition" => {
            for child in children(node) {
                match child.kind() {
                    "declare_directive" | "namespace_name" => {}
                    "compound_statement" => statements(lowering, child, out),
                    _ => statement(lowering, child, out),
                }
            }
        }
        "namespace_use_declaration" => import(lowering, node, out),
        "function_definition" | "method_declaration" => {
            let id = function(lowering, node);
            out.push(Statement::Function(id));
        }
        "class_declaration" | "interface_declaration" | "trait_declaration" | "enum_declaration" => {
            class_like(lowering, node, out);
        }
        "const_declaration" => constants(lowering, node, out),
        "function_static_declaration" => {
            for child in children(node) {
                let target = child.child_by_field_name("name").map(|name| expression(lowering, name));
                let value = child.child_by_field_name("value").map(|value| expression(lowering, value));
                if let Some(target) = target {
                    out.push(plain_assign(target, value, child));
                }
            }
        }
        "ERROR" => damaged(lowering, node, out),
        // Bare names and arguments stand here where the text is damaged.
        "argument" => out.extend(argument(lowering, node).map(|argument| Statement::Expr(argument.value))),
        _ => effect(lowering, node, out),
    }
}

fn expression_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let before = lowering.text.get(..node.start_byte()).unwrap_or_default().trim_end();
    for (index, child) in children(node).enumerate() {
        if index == 0 && before.ends_with("<?=") {
            let value = expression(lowering, child);
            let callee = lowering.name("echo", node);
            out.push(Statement::Expr(lowering.call(callee, vec![value], node)));
        } else if child.is_error() {
            damaged(lowering, child, out);
        } else {
            effect(lowering, child, out);
        }
    }
}

/// An expression that stands for what it does.
pub(super) fn effect(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "assignment_expression" | "reference_assignment_expression" => {
            if let Some((target, value)) = sides(lowering, node) {
                out.push(plain_assign(target, Some(value), node));
            }
        }
        "augmented_assignment_expression" => {
            let operator = assignment_operator(node);
            if let Some((target, value)) = sides(lowering, node) {
                // What a number is added to is one.
                if infix(node) == "+="
                    && matches!(lowering.program.kind(value), ExprKind::Integer(_) | ExprKind::Number)
                {
                    let sum = lowering.add(ExprKind::Sum(vec![target, value]), node);
                    let number = cast(lowering, "int", sum, node);
                    out.push(plain_assign(target, Some(number), node));
                    return;
                }
                let assign = Assign { target, value: Some(value), operator, declared: None, span: span(node) };
                out.push(Statement::Assign(assign));
            }
        }
        "update_expression" => {
            let operator = if lowering.text(node).contains("++") { Operator::Add } else { Operator::Subtract };
            if let Some(target) = node.child_by_field_name("argument") {
                let target = expression(lowering, target);
                let value = Some(lowering.add(ExprKind::Integer(1), node));
                let assign = Assign { target, value, operator: Some(operator), declared: None, span: span(node) };
                out.push(Statement::Assign(assign));
            }
        }
        "throw_expression" => {
            let value = children(node).next().map(|child| expression(lowering, child));
            out.push(Statement::Throw(value));
        }
        "binary_expression" => match infix(node) {
            "or" | "||" | "and" | "&&" => short_circuit(lowering, node, out),
            _ => out.push(Statement::Expr(expression(lowering, node))),
        },
        "function_call_expression" => call(lowering, node, out),
        "name" if matches!(lowering.text(node), "die" | "exit") => {
            let callee = lowering.name("exit", node);
            out.push(Statement::Expr(lowering.call(callee, Vec::new(), node)));
            out.push(Statement::Throw(None));
        }
        "sequence_expression" => {
            for child in children(node) {
                lowering.deeper_statement(|lowering| effect(lowering, child, out));
            }
        }
        _ => out.push(Statement::Expr(expression(lowering, node))),
    }
}

/// A call as a statement: some end the program, and `define` is an assignment.
fn call(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let callee = node.child_by_field_name("function").map_or("", |callee| lowering.text(callee));
    let value = expression(lowering, node);
    if simple(callee) == "define"
        && let ExprKind::Call(call) = lowering.program.kind(value)
        && let [name, constant, ..] = call.arguments.as_slice()
        && let ExprKind::Text(name) = lowering.program.kind(name.value)
    {
        let (name, constant) = (name.clone(), constant.value);
        let target = lowering.name(&name, node);
        out.push(plain_assign(target, Some(constant), node));
        return;
    }
    out.push(Statement::Expr(value));
    if is_last_call(simple(callee)) {
        out.push(Statement::Throw(None));
    }
}

/// `open() or die()`: the right side is run only after the left one.
fn short_circuit(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        return;
    };
    let test = if left.kind() == "assignment_expression" {
        effect(lowering, left, out);
        left.child_by_field_name("left").unwrap_or(left)
    } else {
        left
    };
    let test = expression(lowering, test);
    let mut then = Vec::new();
    lowering.deeper_statement(|lowering| effect(lowering, right, &mut then));
    out.push(if matches!(infix(node), "or" | "||") {
        Statement::If { test, then: Vec::new(), otherwise: then }
    } else {
        Statement::If { test, then, otherwise: Vec::new() }
    });
}

fn sides(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<(ExprId, ExprId)> {
    let target = expression(lowering, node.child_by_field_name("left")?);
    let value = expression(lowering, node.child_by_field_name("right")?);
    Some((target, value))
}

pub(super) fn plain_assign(target: ExprId, value: Option<ExprId>, node: Node<'_>) -> Statement {
    Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) })
}

fn conditional(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut branches = vec![branch(lowering, node)];
    let mut last = Vec::new();
    let mut cursor = node.walk();
    for alternative in node.children_by_field_name("alternative", &mut cursor) {
        if alternative.kind() == "else_if_clause" {
            branches.push(branch(lowering, alternative));
        } else {
            last = block(lowering, alternative.child_by_field_name("body"));
        }
    }
    if branches.len() > BRANCHES {
        let subject = lowering.add(ExprKind::Bool(true), node);
        let case = |(test, body)| Case { labels: vec![test], body, falls_through: false };
        let mut cases: Vec<Case> = branches.into_iter().map(case).collect();
        cases.push(Case { labels: Vec::new(), body: last, falls_through: false });
        out.push(Statement::Switch { subject, cases });
        return;
    }
    while let Some((test, then)) = branches.pop() {
        last = vec![Statement::If { test, then, otherwise: last }];
    }
    out.append(&mut last);
}

fn branch(lowering: &mut Lowering<'_>, node: Node<'_>) -> (ExprId, Block) {
    let test = match node.child_by_field_name("condition") {
        Some(condition) => expression(lowering, condition),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    (test, block(lowering, node.child_by_field_name("body")))
}

fn switch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let subject = match node.child_by_field_name("condition") {
        Some(condition) => expression(lowering, condition),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    let mut cases: Vec<Case> = Vec::new();
    for arm in node.child_by_field_name("body").into_iter().flat_map(children) {
        let value = arm.child_by_field_name("value");
        let labels = value.map(|value| expression(lowering, value)).into_iter().collect();
        let mut body = Vec::new();
        for child in children(arm).filter(|child| Some(*child) != value) {
            statement(lowering, child, &mut body);
        }
        let ends = body.last().is_some_and(|last| {
            matches!(last, Statement::Break | Statement::Return(_) | Statement::Throw(_) | Statement::Continue)
        });
        if matches!(body.last(), Some(Statement::Break)) {
            body.pop();
        }
        cases.push(Case { labels, body, falls_through: !ends });
    }
    if let Some(last) = cases.last_mut() {
        last.falls_through = false;
    }
    out.push(Statement::Switch { subject, cases });
}

fn for_loop(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    if let Some(initialize) = node.child_by_field_name("initialize") {
        effect(lowering, initialize, out);
    }
    let test = node.child_by_field_name("condition").map(|condition| {
        let mut parts = Vec::new();
        sequence(lowering, condition, &mut parts);
        parts.pop().unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), condition))
    });
    let mut body = Vec::new();
    let mut cursor = node.walk();
    for child in node.children_by_field_name("body", &mut cursor) {
        body.append(&mut block(lowering, Some(child)));
    }
    if let Some(update) = node.child_by_field_name("update") {
        effect(lowering, update, &mut body);
    }
    out.push(Statement::Loop { binding: None, over: None, test, body });
}

fn foreach(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let body = node.child_by_field_name("body");
    let mut heads = children(node).filter(|child| Some(*child) != body && !child.is_error());
    let over = heads.next().map(|head| expression(lowering, head));
    let binding = heads.next().map(|head| {
        if head.kind() == "pair" {
            let parts = children(head).map(|part| expression(lowering, part)).collect();
            lowering.add(ExprKind::List(parts), head)
        } else {
            expression(lowering, head)
        }
    });
    let body = block(lowering, body);
    out.push(Statement::Loop { binding, over, test: None, body });
}

fn try_statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let body = block(lowering, node.child_by_field_name("body"));
    let (mut handlers, mut finally) = (Vec::new(), Vec::new());
    for child in children(node) {
        match child.kind() {
            "catch_clause" => {
                let mut types = Vec::new();
                for caught in child.child_by_field_name("type").into_iter().flat_map(children) {
                    let name = simple(lowering.text(caught));
                    types.push(lowering.symbol(name));
                }
                let name = child.child_by_field_name("name").map(|name| lowering.symbol_of(name));
                let body = block(lowering, child.child_by_field_name("body"));
                handlers.push(Handler { types, name, body, span: span(child) });
            }
            "finally_clause" => finally = block(lowering, child.child_by_field_name("body")),
            _ => {}
        }
    }
    out.push(Statement::Try { body, handlers, otherwise: Vec::new(), finally });
}

/// `a, b, c`: it nests to the right.
fn sequence(lowering: &mut Lowering<'_>, node: Node<'_>, parts: &mut Vec<ExprId>) {
    let mut next = Some(node);
    while let Some(node) = next.take() {
        if node.kind() != "sequence_expression" {
            parts.push(expression(lowering, node));
            continue;
        }
        for child in children(node) {
            if child.kind() == "sequence_expression" {
                next = Some(child);
            } else {
                parts.push(expression(lowering, child));
            }
        }
    }
}

/// What the parser could not place. Calls and functions that are cut off are put together again, the rest is taken one by one.
pub(super) fn damaged(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let parts: Vec<Node<'_>> = all(node).collect();
    lowering.deeper_statement(|lowering| pieces(lowering, &parts, out));
}

fn pieces(lowering: &mut Lowering<'_>, parts: &[Node<'_>], out: &mut Block) {
    let mut index = 0;
    while let Some(part) = parts.get(index) {
        index += 1;
        if part.kind() == "formal_parameters" {
            let name = parts.get(index.wrapping_sub(2)).filter(|name| name.kind() == "name");
            let name = name.map(|name| lowering.symbol_of(*name));
            let rest = &parts[index..];
            let id = lowering.function(*part, |lowering| {
                let (parameters, mut body) = parameters_of(lowering, Some(*part));
                lowering.deeper_statement(|lowering| pieces(lowering, rest, &mut body));
                FunctionParts { name, parameters, body, decorators: Vec::new(), is_async: false }
            });
            out.push(Statement::Function(id));
            return;
        }
        if !part.is_named() {
            continue;
        }
        let opens = parts.get(index).is_some_and(|next| next.kind() == "(");
        if opens && matches!(part.kind(), "name" | "qualified_name" | "member_access_expression") {
            let callee = expression(lowering, *part);
            let mut arguments = Vec::new();
            index += 1;
            while let Some(part) = parts.get(index).filter(|part| matches!(part.kind(), "argument" | ",")) {
                arguments.extend(argument(lowering, *part));
                index += 1;
            }
            let kind = ExprKind::Call(crate::ir::Call { callee, arguments, is_new: false });
            out.push(Statement::Expr(lowering.add(kind, *part)));
        } else if part.kind() != "name" {
            statement(lowering, *part, out);
        }
    }
}
