//! Bash. A command is a call of its name, each word an argument; a pipeline is the call `pipe` of its commands. Variables keep
//! their `$`, positional parameters too: inside a function they are its parameters, outside they are given what the call
//! `argument` returns, at the beginning.

mod commands;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use tree_sitter::Node;

use crate::ir::{Assign, Block, Call, Case, ExprId, ExprKind, Operator, Parameter, Span, Statement};
use crate::lower::{FunctionParts, Lowering, named, span};
use crate::symbols::Symbol;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let inner = block(lowering, named(root));
    let mut body = given(lowering);
    body.extend(inner);
    body
}

/// The positional parameters that a script reads outside functions are its arguments.
fn given(lowering: &mut Lowering<'_>) -> Block {
    let mut is_outside = vec![true; lowering.program.exprs.len()];
    for function in &lowering.program.functions {
        is_outside[function.first as usize..function.last as usize].fill(false);
    }
    let mut places: BTreeMap<Symbol, Span> = BTreeMap::new();
    for (expr, _) in lowering.program.exprs.iter().zip(is_outside).filter(|(_, is_outside)| *is_outside) {
        if let ExprKind::Name(name) = expr.kind
            && is_positional(lowering.program.name(name))
        {
            places.entry(name).or_insert(expr.span);
        }
    }
    let mut assign = |(name, span): (Symbol, Span)| {
        let callee = lowering.symbol("argument");
        let callee = lowering.add_at(ExprKind::Name(callee), span);
        let call = Call { callee, arguments: Vec::new(), is_new: false };
        let value = lowering.add_at(ExprKind::Call(call), span);
        let target = lowering.add_at(ExprKind::Name(name), span);
        Statement::Assign(Assign { target, value: Some(value), operator: None, declared: None, span })
    };
    places.into_iter().map(&mut assign).collect()
}

/// `$1`, `$@`; `$0` is the script.
fn is_positional(name: &str) -> bool {
    let name = name.trim_start_matches('$');
    matches!(name, "@" | "*") || (name != "0" && name.parse::<u8>().is_ok())
}

fn block<'n>(lowering: &mut Lowering<'_>, nodes: impl Iterator<Item = Node<'n>>) -> Block {
    let mut body = Vec::new();
    for node in nodes {
        statement(lowering, node, &mut body);
    }
    body
}

fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    lowering.deeper_statement(|lowering| statement_here(lowering, node, body));
}

fn statement_here(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    match node.kind() {
        "variable_assignment" => assignment(lowering, node, body),
        "variable_assignments" => named(node).for_each(|child| assignment(lowering, child, body)),
        "declaration_command" => {
            for child in named(node) {
                match child.kind() {
                    "variable_assignment" => assignment(lowering, child, body),
                    "variable_name" | "word" => {}
                    _ => {
                        let value = words::word(lowering, child, body);
                        body.push(Statement::Expr(value));
                    }
                }
            }
        }
        "unset_command" => {
            let callee = lowering.name("unset", node);
            let arguments = named(node).map(|child| words::word(lowering, child, body)).collect();
            let call = lowering.call(callee, arguments, node);
            body.push(Statement::Expr(call));
        }
        "function_definition" => function(lowering, node, body),
        "if_statement" => branches(lowering, node, body),
        "case_statement" => cases(lowering, node, body),
        "for_statement" | "c_style_for_statement" | "while_statement" => loops(lowering, node, body),
        "compound_statement" | "subshell" | "do_group" | "else_clause" => {
            let inner = block(lowering, named(node));
            body.push(Statement::Block(inner));
        }
        "list" => list(lowering, node, body),
        "command" => commands::statement(lowering, node, body),
        "redirected_statement" => redirected(lowering, node, body),
        "ERROR" => named(node).for_each(|child| statement(lowering, child, body)),
        "comment" | "heredoc_body" | "heredoc_start" | "heredoc_end" => {}
        _ => {
            let value = expression(lowering, node, body);
            body.push(Statement::Expr(value));
        }
    }
}

/// A statement as a value: what it prints, or whether it went well. What can't be one goes to `pending`, which is run before.
fn expression(lowering: &mut Lowering<'_>, node: Node<'_>, pending: &mut Block) -> ExprId {
    lowering.deeper(node, |lowering| expression_here(lowering, node, pending))
}

fn expression_here(lowering: &mut Lowering<'_>, node: Node<'_>, pending: &mut Block) -> ExprId {
    match node.kind() {
        "command" => commands::call(lowering, node, Vec::new(), pending),
        "pipeline" => {
            let mut parts = Vec::new();
            for child in named(node) {
                parts.push(expression(lowering, child, pending));
            }
            let callee = lowering.name("pipe", node);
            lowering.call(callee, parts, node)
        }
        "negated_command" => {
            let parts: Vec<_> = named(node).map(|child| expression(lowering, child, pending)).collect();
            match parts.last() {
                Some(&last) => lowering.add(ExprKind::Not(last), node),
                None => lowering.add(ExprKind::Opaque(parts), node),
            }
        }
        "list" => {
            let (operands, operators) = spine(lowering, node);
            let mut operands = operands.into_iter();
            let Some(first) = operands.next() else { return lowering.add(ExprKind::Opaque(Vec::new()), node) };
            let mut value = expression(lowering, first, pending);
            for (operand, operator) in operands.zip(operators) {
                let right = expression(lowering, operand, pending);
                value = lowering.add(ExprKind::Binary { operator, left: value, right }, node);
            }
            value
        }
        "redirected_statement" => {
            let Some(inner) = node.child_by_field_name("body") else {
                return words::word(lowering, node, pending);
            };
            let inputs = commands::redirects(lowering, node, pending);
            match inner.kind() {
                "command" => commands::call(lowering, inner, inputs, pending),
                _ => expression(lowering, inner, pending),
            }
        }
        "test_command" => words::test(lowering, node, pending),
        "command_substitution" | "process_substitution" => words::word(lowering, node, pending),
        "if_statement"
        | "case_statement"
        | "for_statement"
        | "c_style_for_statement"
        | "while_statement"
        | "compound_statement"
        | "subshell"
        | "function_definition"
        | "variable_assignment"
        | "variable_assignments"
        | "declaration_command"
        | "unset_command"
        | "ERROR" => {
            statement(lowering, node, pending);
            lowering.add(ExprKind::Opaque(Vec::new()), node)
        }
        _ => words::word(lowering, node, pending),
    }
}

/// The commands of `a && b || c`, and what is between them. Such chains nest to the left, and may be long.
fn spine<'n>(lowering: &Lowering<'_>, node: Node<'n>) -> (Vec<Node<'n>>, Vec<Operator>) {
    let mut operands = Vec::new();
    let mut operators = Vec::new();
    let mut here = node;
    while here.kind() == "list" {
        let parts: Vec<_> = named(here).collect();
        let mut cursor = here.walk();
        let is_and = here.children(&mut cursor).any(|child| lowering.text(child) == "&&");
        let [left, right] = parts[..] else {
            operands.extend(parts.into_iter().rev());
            break;
        };
        operands.push(right);
        operators.push(if is_and { Operator::And } else { Operator::Or });
        here = left;
        if here.kind() != "list" {
            operands.push(here);
        }
    }
    operands.reverse();
    operators.reverse();
    (operands, operators)
}

/// `a && b` is a branch: `b` may be `exit`.
fn list(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    // Longer chains are no conditions, and would nest as deep.
    const LONGEST: usize = 40;
    let (mut operands, mut operators) = spine(lowering, node);
    if operands.len() > LONGEST || operands.len() != operators.len() + 1 {
        operands.into_iter().for_each(|operand| statement(lowering, operand, body));
        return;
    }
    // Commands in a row that stop at the first failure: in the order that they run in.
    while operators.len() > 1 && operators.iter().all(|operator| *operator == Operator::And) {
        statement(lowering, operands.remove(0), body);
        operators.remove(0);
    }
    let (Some(last), Some(operator)) = (operands.pop(), operators.pop()) else { return };
    let mut operands = operands.into_iter();
    let Some(first) = operands.next() else { return };
    let mut test = expression(lowering, first, body);
    for (operand, operator) in operands.zip(operators) {
        let right = expression(lowering, operand, body);
        test = lowering.add(ExprKind::Binary { operator, left: test, right }, node);
    }
    if operator == Operator::Or {
        test = lowering.add(ExprKind::Not(test), node);
    }
    let mut then = Vec::new();
    statement(lowering, last, &mut then);
    body.push(Statement::If { test, then, otherwise: Vec::new() });
}

fn assignment(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let Some(name) = node.child_by_field_name("name") else { return };
    let target = words::variable(lowering, name, body);
    let value = node.child_by_field_name("value");
    let value = match value {
        Some(value) => words::word(lowering, value, body),
        None => lowering.string("", node),
    };
    let mut cursor = node.walk();
    let appends = node.children(&mut cursor).any(|child| child.kind() == "+=");
    let operator = appends.then_some(Operator::Add);
    body.push(Statement::Assign(Assign { target, value: Some(value), operator, declared: None, span: span(node) }));
}

fn redirected(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let inputs = commands::redirects(lowering, node, body);
    let Some(inner) = node.child_by_field_name("body") else { return };
    match inner.kind() {
        "command" => {
            let call = commands::call(lowering, inner, inputs, body);
            body.push(Statement::Expr(call));
        }
        _ => statement(lowering, inner, body),
    }
    // `cat <<EOF | sh`: what follows the mark is a part of the heredoc for the grammar.
    for redirect in named(node).filter(|child| child.kind() == "heredoc_redirect") {
        for child in named(redirect) {
            if matches!(child.kind(), "pipeline" | "command" | "list") {
                statement(lowering, child, body);
            }
        }
    }
}

fn function(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let name = node.child_by_field_name("name").map(|name| lowering.symbol_of(name));
    let id = lowering.function(node, |lowering| {
        let first = lowering.program.exprs.len();
        let inner = match node.child_by_field_name("body") {
            Some(body) if matches!(body.kind(), "compound_statement" | "subshell") => block(lowering, named(body)),
            Some(body) => block(lowering, std::iter::once(body)),
            None => Vec::new(),
        };
        let parameters = positional(lowering, first);
        FunctionParts { name, parameters, body: inner, decorators: Vec::new(), is_async: false }
    });
    body.push(Statement::Function(id));
}

/// The positional parameters that the expressions from `first` on read: `$1` to the highest, then `$@`.
fn positional(lowering: &mut Lowering<'_>, first: usize) -> Vec<Parameter> {
    // A function that reads more has a loop.
    const MOST: u32 = 20;
    let mut highest = 0;
    let mut all = None;
    for expr in &lowering.program.exprs[first..] {
        let ExprKind::Name(symbol) = expr.kind else { continue };
        match lowering.program.name(symbol) {
            "$@" | "$*" => all = Some(symbol),
            name => {
                let number = name.strip_prefix('$').and_then(|digits| digits.parse::<u32>().ok());
                highest = highest.max(number.filter(|number| *number <= MOST).unwrap_or(0));
            }
        }
    }
    let mut names: Vec<_> = (1..=highest).map(|number| lowering.symbol(&format!("${number}"))).collect();
    names.extend(all);
    let parameter = |name| Parameter { name, declared: None, default: None, decorators: Vec::new(), pattern: None };
    names.into_iter().map(parameter).collect()
}

fn branches(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let test = condition(lowering, node, body);
    let inner: Vec<_> = bodies(node).collect();
    let otherwise_at =
        inner.iter().position(|child| matches!(child.kind(), "elif_clause" | "else_clause")).unwrap_or(inner.len());
    let then = block(lowering, inner[..otherwise_at].iter().copied());
    // From the last clause to the first: each one is what is otherwise done before it.
    let mut otherwise = Vec::new();
    for clause in inner[otherwise_at..].iter().rev() {
        match clause.kind() {
            "elif_clause" => {
                let mut outer = Vec::new();
                lowering.deeper_statement(|lowering| {
                    let parts: Vec<_> = named(*clause).collect();
                    if let Some((first, rest)) = parts.split_first() {
                        let test = expression(lowering, *first, &mut outer);
                        let then = block(lowering, rest.iter().copied());
                        outer.push(Statement::If { test, then, otherwise: std::mem::take(&mut otherwise) });
                    }
                });
                otherwise = outer;
            }
            _ => otherwise = block(lowering, named(*clause)),
        }
    }
    body.push(Statement::If { test, then, otherwise });
}

/// What a branch or loop tests: of several commands the last one.
fn condition(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    let mut cursor = node.walk();
    let mut tests: Vec<_> = node.children_by_field_name("condition", &mut cursor).filter(Node::is_named).collect();
    let last = tests.pop();
    for test in tests {
        statement(lowering, test, body);
    }
    match last {
        Some(test) => expression(lowering, test, body),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    }
}

/// The children that are neither conditions nor words of the language.
fn bodies<'n>(node: Node<'n>) -> impl Iterator<Item = Node<'n>> {
    let mut cursor = node.walk();
    let conditions: Vec<_> = node.children_by_field_name("condition", &mut cursor).map(|child| child.id()).collect();
    named(node).filter(move |child| !conditions.contains(&child.id()))
}

fn cases(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let subject = match node.child_by_field_name("value") {
        Some(value) => words::word(lowering, value, body),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    let mut found = Vec::new();
    for item in named(node).filter(|child| child.kind() == "case_item") {
        let mut cursor = item.walk();
        let values: Vec<_> = item.children_by_field_name("value", &mut cursor).collect();
        let is_default = values.iter().any(|value| lowering.text(*value) == "*");
        let labels = match is_default {
            true => Vec::new(),
            false => values.iter().map(|value| words::pattern(lowering, *value, body)).collect(),
        };
        let inner = named(item).filter(|child| !values.iter().any(|value| value.id() == child.id()));
        let case_body = block(lowering, inner);
        let falls_through = item.child_by_field_name("fallthrough").is_some();
        found.push(Case { labels, body: case_body, falls_through });
    }
    body.push(Statement::Switch { subject, cases: found });
}

fn loops(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let inner = node.child_by_field_name("body");
    let mut binding = None;
    let mut over = None;
    let mut test = None;
    let mut ending = Vec::new();
    match node.kind() {
        "for_statement" => {
            binding = node.child_by_field_name("variable").map(|name| words::variable(lowering, name, body));
            let mut cursor = node.walk();
            let values: Vec<_> = node.children_by_field_name("value", &mut cursor).collect();
            let mut items: Vec<_> = values.iter().map(|value| words::word(lowering, *value, body)).collect();
            over = match items.len() {
                // `for x` without a list goes over the arguments.
                0 => Some(lowering.name("$@", node)),
                1 => items.pop(),
                _ => Some(lowering.add(ExprKind::List(items), node)),
            };
        }
        "c_style_for_statement" => {
            if let Some(start) = node.child_by_field_name("initializer") {
                statement(lowering, start, body);
            }
            test = node.child_by_field_name("condition").map(|test| words::word(lowering, test, body));
            if let Some(update) = node.child_by_field_name("update") {
                statement(lowering, update, &mut ending);
            }
        }
        _ => test = Some(condition(lowering, node, body)),
    }
    let mut inner = inner.map_or_else(Vec::new, |inner| block(lowering, named(inner)));
    inner.append(&mut ending);
    body.push(Statement::Loop { binding, over, test, body: inner });
}
