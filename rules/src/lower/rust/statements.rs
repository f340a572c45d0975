//! Rust: statements, and expressions that are run for a goal: their value is returned, given to a variable, or not used.

use tree_sitter::Node;

use super::expressions::{expression, operator, part};
use super::{macros, patterns};
use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Operator, Span, Statement};
use crate::lower::literals::{operator_of, sound};
use crate::lower::{Lowering, named, span};
use crate::symbols::Symbol;

/// What becomes of an expression's value.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    Nothing,
    Return,
    Give { target: ExprId, declared: Option<Symbol>, span: Span },
}

/// Methods that fill what they are handed.
const READING: [&str; 8] =
    ["read", "read_exact", "read_line", "read_to_end", "read_to_string", "read_until", "recv", "recv_from"];

/// Functions that do not return.
const ENDINGS: [&str; 4] = ["process::exit", "std::process::exit", "process::abort", "std::process::abort"];

/// The statements of a block; its last expression is its value.
pub(super) fn block(lowering: &mut Lowering<'_>, node: Node<'_>, goal: Goal, out: &mut Block) {
    let mut attributes = Vec::new();
    let mut list = named(node).filter(|child| child.kind() != "label").peekable();
    while let Some(child) = list.next() {
        if child.kind() == "attribute_item" {
            attributes.extend(sound(child).next());
            continue;
        }
        let own = std::mem::take(&mut attributes);
        let is_last = list.peek().is_none();
        lowering.deeper_statement(|lowering| match tail(lowering, child).filter(|_| is_last) {
            Some(value) => run(lowering, value, goal, out),
            None => super::item(lowering, child, &own, out),
        });
    }
}

/// The expression that a block's last child is, if it has a value.
fn tail<'t>(lowering: &Lowering<'_>, node: Node<'t>) -> Option<Node<'t>> {
    match node.kind() {
        "expression_statement" if !lowering.text(node).ends_with(';') => sound(node).next(),
        "macro_invocation" => Some(node),
        "expression_statement" | "let_declaration" | "empty_statement" | "ERROR" => None,
        kind if kind.ends_with("_item") || kind.ends_with("_declaration") || kind.ends_with("_definition") => None,
        _ => Some(node),
    }
}

/// One statement; some become several.
pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "expression_statement" => {
            for child in sound(node) {
                run(lowering, child, Goal::Nothing, out);
            }
        }
        "let_declaration" => variable(lowering, node, out),
        _ => run(lowering, node, Goal::Nothing, out),
    }
}

fn variable(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let declared = super::declared(lowering, node.child_by_field_name("type"));
    let target = node.child_by_field_name("pattern").and_then(|pattern| patterns::target(lowering, pattern));
    let value = node.child_by_field_name("value");
    if let Some(otherwise) = node.child_by_field_name("alternative") {
        let test = lowering.add(ExprKind::Opaque(Vec::new()), node);
        let mut then = Vec::new();
        block(lowering, otherwise, Goal::Nothing, &mut then);
        out.push(Statement::If { test, then, otherwise: Vec::new() });
    }
    match (target, value) {
        (Some(target), Some(value)) => {
            run(lowering, value, Goal::Give { target, declared, span: span(node) }, out);
        }
        (Some(target), None) => {
            out.push(Statement::Assign(Assign { target, value: None, operator: None, declared, span: span(node) }));
        }
        (None, Some(value)) => run(lowering, value, Goal::Nothing, out),
        (None, None) => {}
    }
}

fn give(value: ExprId, goal: Goal, out: &mut Block) {
    out.push(match goal {
        Goal::Nothing => Statement::Expr(value),
        Goal::Return => Statement::Return(Some(value)),
        Goal::Give { target, declared, span } => {
            Statement::Assign(Assign { target, value: Some(value), operator: None, declared, span })
        }
    });
}

/// Runs an expression for a goal.
pub(super) fn run(lowering: &mut Lowering<'_>, node: Node<'_>, goal: Goal, out: &mut Block) {
    lowering.deeper_statement(|lowering| direct(lowering, node, goal, out));
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>, goal: Goal, out: &mut Block) {
    match node.kind() {
        "block" => {
            let mut body = Vec::new();
            block(lowering, node, goal, &mut body);
            out.push(Statement::Block(body));
        }
        "unsafe_block" | "try_block" | "const_block" => {
            for child in sound(node) {
                run(lowering, child, goal, out);
            }
        }
        "if_expression" => branch(lowering, node, goal, out),
        "match_expression" => matched(lowering, node, goal, out),
        "loop_expression" | "while_expression" => {
            let mut body = Vec::new();
            let condition = node.child_by_field_name("condition");
            let test = condition.map(|condition| test(lowering, condition, &mut body));
            loops(lowering, node, (None, None, test), body, out);
        }
        "for_expression" => iteration(lowering, node, out),
        "return_expression" => match sound(node).next() {
            Some(value) => run(lowering, value, Goal::Return, out),
            None => out.push(Statement::Return(None)),
        },
        "break_expression" => out.push(Statement::Break),
        "continue_expression" => out.push(Statement::Continue),
        "assignment_expression" => {
            let target = part(lowering, node, "left");
            let goal = Goal::Give { target, declared: None, span: span(node) };
            if let Some(right) = node.child_by_field_name("right") {
                run(lowering, right, goal, out);
            }
        }
        "compound_assignment_expr" => {
            let target = part(lowering, node, "left");
            let value = part(lowering, node, "right");
            let sign = operator(operator_of(node).trim_end_matches('='));
            assign(node, target, value, Some(sign), out);
        }
        "macro_invocation" if macros::statement(lowering, node, out) => {}
        "call_expression" if append(lowering, node, out) => {}
        _ => {
            let value = expression(lowering, node);
            give(value, goal, out);
            read_into(lowering, node, out);
            let callee = node.child_by_field_name("function").map_or("", |function| lowering.text(function));
            if ENDINGS.contains(&callee) {
                out.push(Statement::Throw(None));
            }
        }
    }
}

fn assign(node: Node<'_>, target: ExprId, value: ExprId, operator: Option<Operator>, out: &mut Block) {
    let assign = Assign { target, value: Some(value), operator, declared: None, span: span(node) };
    out.push(Statement::Assign(assign));
}

/// `input.read_line(&mut line)` fills the line.
fn read_into(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut node = node;
    while matches!(node.kind(), "try_expression" | "await_expression" | "call_expression" | "field_expression") {
        let of = node.child_by_field_name("function").filter(|of| of.kind() == "field_expression");
        let name = of.and_then(|of| of.child_by_field_name("field")).map_or("", |name| lowering.text(name));
        let argument = node.child_by_field_name("arguments").and_then(|list| sound(list).next());
        let filled = argument.filter(|argument| argument.kind() == "reference_expression");
        if READING.contains(&name)
            && let Some(filled) = filled.and_then(|filled| filled.child_by_field_name("value"))
            && matches!(filled.kind(), "identifier" | "field_expression" | "index_expression")
        {
            let target = expression(lowering, filled);
            let value = expression(lowering, node);
            assign(node, target, value, None, out);
            return;
        }
        let inner = of.or_else(|| node.child_by_field_name("value")).or_else(|| sound(node).next());
        match inner {
            Some(inner) => node = inner,
            None => return,
        }
    }
}

/// `text.push_str(more)`: says whether it is one.
fn append(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) -> bool {
    let Some(function) = node.child_by_field_name("function").filter(|of| of.kind() == "field_expression") else {
        return false;
    };
    if function.child_by_field_name("field").is_none_or(|name| lowering.text(name) != "push_str") {
        return false;
    }
    let Some(more) = node.child_by_field_name("arguments").and_then(|list| sound(list).next()) else { return false };
    let target = part(lowering, function, "value");
    let value = expression(lowering, more);
    assign(node, target, value, Some(Operator::Add), out);
    true
}

/// A condition. What its `let`s bind goes to the start of the branch that they hold in.
pub(super) fn test(lowering: &mut Lowering<'_>, node: Node<'_>, then: &mut Block) -> ExprId {
    match node.kind() {
        "let_condition" => {
            let value = part(lowering, node, "value");
            let pattern = node.child_by_field_name("pattern");
            if let Some(target) = pattern.and_then(|pattern| patterns::target(lowering, pattern)) {
                assign(node, target, value, None, then);
            }
            lowering.add(ExprKind::Opaque(vec![value]), node)
        }
        "let_chain" => {
            let mut made = None;
            for child in sound(node) {
                let right = test(lowering, child, then);
                made = Some(match made {
                    Some(left) => lowering.add(ExprKind::Binary { operator: Operator::And, left, right }, node),
                    None => right,
                });
            }
            made.unwrap_or_else(|| lowering.add(ExprKind::Opaque(Vec::new()), node))
        }
        _ => expression(lowering, node),
    }
}

fn branch(lowering: &mut Lowering<'_>, node: Node<'_>, goal: Goal, out: &mut Block) {
    let mut then = Vec::new();
    let test = match node.child_by_field_name("condition") {
        Some(condition) => test(lowering, condition, &mut then),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    if let Some(body) = node.child_by_field_name("consequence") {
        block(lowering, body, goal, &mut then);
    }
    let mut otherwise = Vec::new();
    for next in node.child_by_field_name("alternative").into_iter().flat_map(sound) {
        match next.kind() {
            "block" => block(lowering, next, goal, &mut otherwise),
            _ => run(lowering, next, goal, &mut otherwise),
        }
    }
    out.push(Statement::If { test, then, otherwise });
}

fn matched(lowering: &mut Lowering<'_>, node: Node<'_>, goal: Goal, out: &mut Block) {
    let subject = part(lowering, node, "value");
    let mut cases = Vec::new();
    for arm in node.child_by_field_name("body").into_iter().flat_map(sound) {
        let Some(pattern) = arm.child_by_field_name("pattern") else { continue };
        let labels = patterns::labels(lowering, pattern);
        let mut body = Vec::new();
        if let Some(target) = patterns::target(lowering, pattern) {
            assign(pattern, target, subject, None, &mut body);
        }
        match arm.child_by_field_name("value") {
            Some(value) if value.kind() == "block" => block(lowering, value, goal, &mut body),
            Some(value) => run(lowering, value, goal, &mut body),
            None => {}
        }
        cases.push(Case { labels, body, falls_through: false });
    }
    out.push(Statement::Switch { subject, cases });
}

type Head = (Option<ExprId>, Option<ExprId>, Option<ExprId>);

fn loops(lowering: &mut Lowering<'_>, node: Node<'_>, head: Head, mut body: Block, out: &mut Block) {
    if let Some(inner) = node.child_by_field_name("body") {
        block(lowering, inner, Goal::Nothing, &mut body);
    }
    let (binding, over, test) = head;
    out.push(Statement::Loop { binding, over, test, body });
}

/// `for x in xs`. What a range gives is a number; of `enumerate` the first is one.
fn iteration(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut body = Vec::new();
    let pattern = node.child_by_field_name("pattern");
    let value = node.child_by_field_name("value");
    let binding = pattern.and_then(|pattern| patterns::target(lowering, pattern));
    if value.is_some_and(|value| value.kind() == "range_expression") {
        if let Some(target) = binding {
            let number = lowering.add(ExprKind::Number, node);
            assign(node, target, number, None, &mut body);
        }
        return loops(lowering, node, (None, None, None), body, out);
    }
    let over = value.map(|value| expression(lowering, value));
    if let (Some(binding), Some(over)) = (binding, over)
        && let Some((items, index, item)) = enumerated(lowering, binding, over)
    {
        let number = lowering.add(ExprKind::Number, node);
        assign(node, index, number, None, &mut body);
        return loops(lowering, node, (Some(item), Some(items), None), body, out);
    }
    loops(lowering, node, (binding, over, None), body, out);
}

/// What `(index, item)` in `items.enumerate()` stand for.
fn enumerated(lowering: &Lowering<'_>, binding: ExprId, over: ExprId) -> Option<(ExprId, ExprId, ExprId)> {
    let ExprKind::List(pair) = lowering.program.kind(binding) else { return None };
    let ExprKind::Call(call) = lowering.program.kind(over) else { return None };
    let ExprKind::Field { of, name } = lowering.program.kind(call.callee) else { return None };
    match (lowering.program.name(*name), pair.as_slice()) {
        ("enumerate", [index, item]) => Some((*of, *index, *item)),
        _ => None,
    }
}
