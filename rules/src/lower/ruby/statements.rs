//! Statements of Ruby.

use tree_sitter::Node;

use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Handler, Statement};
use crate::lower::ruby::calls::{arguments, call, is_last_call, is_throw};
use crate::lower::ruby::declarations::{block_binding, class_like, method, parameters, returned};
use crate::lower::ruby::expressions::{expression, label, target};
use crate::lower::ruby::operators::{assignment_operator, sign, test};
use crate::lower::ruby::patterns::case_match;
use crate::lower::ruby::{Scope, all, children, dotted};
use crate::lower::{FunctionParts, Lowering, span};

/// How many branches of one `if` nest. What reads the program goes down one level for each; longer ones become a `switch`.
const BRANCHES: usize = 60;

/// Lowers a whole file.
pub(super) fn module(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, root: Node<'_>) -> Block {
    let mut out = Vec::new();
    if root.is_error() {
        damaged(lowering, scope, root, &mut out);
    } else {
        statements(lowering, scope, root, &mut out);
    }
    out
}

/// The statements below a node; with `rescue` or `ensure` among them, they are a `try`.
pub(super) fn statements(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let (mut body, mut handlers) = (Vec::new(), Vec::new());
    let (mut otherwise, mut finally, mut is_try) = (Vec::new(), Vec::new(), false);
    for child in children(node) {
        match child.kind() {
            "rescue" => handlers.push(rescue(lowering, scope, child)),
            "else" => otherwise = block(lowering, scope, Some(child)),
            "ensure" => {
                is_try = true;
                finally = block(lowering, scope, Some(child));
            }
            _ => statement(lowering, scope, child, &mut body),
        }
    }
    if is_try || !handlers.is_empty() {
        out.push(Statement::Try { body, handlers, otherwise, finally });
    } else {
        out.append(&mut body);
        out.append(&mut otherwise);
    }
}

/// The statements of a block, or the one that stands in its place.
pub(super) fn block(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Option<Node<'_>>) -> Block {
    let mut out = Vec::new();
    let Some(node) = node else {
        return out;
    };
    if matches!(
        node.kind(),
        "then" | "else" | "do" | "ensure" | "body_statement" | "block_body" | "parenthesized_statements" | "begin"
    ) {
        lowering.deeper_statement(|lowering| statements(lowering, scope, node, &mut out));
    } else {
        statement(lowering, scope, node, &mut out);
    }
    out
}

pub(super) fn statement(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    lowering.deeper_statement(|lowering| statement_here(lowering, scope, node, out));
}

fn statement_here(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "empty_statement" | "uninterpreted" | "alias" | "undef" | "comment" | "hash_key_symbol" => {}
        "assignment" => assign(lowering, scope, node, out),
        "operator_assignment" => {
            if let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) {
                let target = target(lowering, scope, left);
                let value = Some(expression(lowering, scope, right));
                let operator = Some(assignment_operator(node));
                out.push(Statement::Assign(Assign { target, value, operator, declared: None, span: span(node) }));
            }
        }
        "if" | "unless" => conditional(lowering, scope, node, out),
        "if_modifier" | "unless_modifier" => {
            let holds = condition(lowering, scope, node);
            let then = block(lowering, scope, node.child_by_field_name("body"));
            out.push(Statement::If { test: holds, then, otherwise: Vec::new() });
        }
        "case" => case(lowering, scope, node, out),
        "case_match" => case_match(lowering, scope, node, out),
        "while" | "until" | "while_modifier" | "until_modifier" => {
            let test = Some(condition(lowering, scope, node));
            let body = block(lowering, scope.looping(), node.child_by_field_name("body"));
            out.push(Statement::Loop { binding: None, over: None, test, body });
        }
        "for" => {
            let binding = node.child_by_field_name("pattern").map(|pattern| target(lowering, scope, pattern));
            let over = node.child_by_field_name("value").and_then(|value| children(value).next());
            let over = over.map(|over| expression(lowering, scope, over));
            let body = block(lowering, scope.looping(), node.child_by_field_name("body"));
            out.push(Statement::Loop { binding, over, test: None, body });
        }
        "begin" | "parenthesized_statements" | "begin_block" | "end_block" | "then" | "do" | "body_statement" => {
            statements(lowering, scope, node, out);
        }
        "rescue_modifier" => {
            let body = block(lowering, scope, node.child_by_field_name("body"));
            let handler = block(lowering, scope, node.child_by_field_name("handler"));
            let handlers = vec![Handler { types: Vec::new(), name: None, body: handler, span: span(node) }];
            out.push(Statement::Try { body, handlers, otherwise: Vec::new(), finally: Vec::new() });
        }
        "return" => {
            let value = jumped(lowering, scope, node);
            out.push(Statement::Return(value));
        }
        "next" if scope.in_loop => out.push(Statement::Continue),
        "break" if scope.in_loop => out.push(Statement::Break),
        "next" | "break" => {
            let value = jumped(lowering, scope, node);
            out.push(Statement::Return(value));
        }
        "method" | "singleton_method" => {
            let id = method(lowering, scope, node);
            out.push(Statement::Function(id));
        }
        "class" | "module" => class_like(lowering, scope, node, out),
        "singleton_class" => {
            out.append(&mut block(lowering, scope, node.child_by_field_name("body")));
        }
        "binary" if matches!(sign(node), "and" | "or" | "&&" | "||") => short_circuit(lowering, scope, node, out),
        "call" | "identifier" => called(lowering, scope, node, out),
        "ERROR" => damaged(lowering, scope, node, out),
        _ => out.push(Statement::Expr(expression(lowering, scope, node))),
    }
}

/// The condition of a node; that of `unless` and `until` turned around.
fn condition(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let Some(condition) = node.child_by_field_name("condition") else {
        return lowering.add(ExprKind::Opaque(Vec::new()), node);
    };
    let holds = test(lowering, scope, condition);
    if node.kind().starts_with("un") { lowering.add(ExprKind::Not(holds), condition) } else { holds }
}

/// What `return a, b` takes along.
fn jumped(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> Option<ExprId> {
    let list = children(node).next()?;
    let values = arguments(lowering, scope, Some(list));
    match values.as_slice() {
        [] => None,
        [only] if only.name.is_none() && !only.is_spread => Some(only.value),
        _ => {
            let values = values.into_iter().map(|argument| argument.value).collect();
            Some(lowering.add(ExprKind::List(values), list))
        }
    }
}

/// A call that stands for what it does: a declaration, an end, a loop, or any other.
fn called(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    if node.kind() == "call" {
        // `private def m`.
        let list = node.child_by_field_name("arguments");
        let is_method = |child: &Node<'_>| matches!(child.kind(), "method" | "singleton_method");
        if node.child_by_field_name("receiver").is_none()
            && list.is_some_and(|list| children(list).any(|it| is_method(&it)))
        {
            for child in list.into_iter().flat_map(children) {
                statement(lowering, scope, child, out);
            }
            return;
        }
        if each(lowering, scope, node, out) {
            return;
        }
    }
    if is_throw(lowering, node) {
        let list = node.child_by_field_name("arguments");
        let value = if list.is_some() { Some(call(lowering, scope, node)) } else { None };
        out.push(Statement::Throw(value));
        return;
    }
    let mut value = expression(lowering, scope, node);
    if scope.in_class && matches!(lowering.program.kind(value), ExprKind::Name(_)) {
        value = lowering.call(value, Vec::new(), node);
    }
    out.push(Statement::Expr(value));
    if is_last_call(lowering, node) {
        out.push(Statement::Throw(None));
    }
}

/// `xs.each do |x|` and `loop do` are loops.
fn each(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) -> bool {
    let (Some(method), Some(inner)) = (node.child_by_field_name("method"), node.child_by_field_name("block")) else {
        return false;
    };
    let receiver = node.child_by_field_name("receiver");
    let is_loop = match receiver {
        Some(_) => matches!(
            lowering.text(method),
            "each"
                | "each_with_index"
                | "each_pair"
                | "each_value"
                | "each_key"
                | "each_line"
                | "each_slice"
                | "each_char"
                | "each_entry"
                | "reverse_each"
                | "find_each"
                | "times"
                | "upto"
                | "downto"
                | "step"
        ),
        None => lowering.text(method) == "loop",
    };
    if !is_loop {
        return false;
    }
    let over = receiver.map(|receiver| expression(lowering, scope, receiver));
    let binding = over.map(|_| block_binding(lowering, scope, inner));
    let body = block(lowering, scope.looping(), inner.child_by_field_name("body"));
    out.push(Statement::Loop { binding, over, test: None, body });
    true
}

/// `x = y`. What `if`, `case` and `begin` end with is assigned in their branches.
fn assign(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        return;
    };
    if matches!(right.kind(), "if" | "unless" | "case" | "case_match" | "begin") {
        let mut inner = Vec::new();
        statement(lowering, scope, right, &mut inner);
        assign_last(lowering, scope, left, node, &mut inner);
        out.append(&mut inner);
        return;
    }
    let target = target(lowering, scope, left);
    let value = Some(expression(lowering, scope, right));
    out.push(Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) }));
}

fn assign_last(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, left: Node<'_>, node: Node<'_>, body: &mut Block) {
    match body.last_mut() {
        Some(Statement::If { then, otherwise, .. }) => {
            assign_last(lowering, scope, left, node, then);
            assign_last(lowering, scope, left, node, otherwise);
        }
        Some(Statement::Switch { cases, .. }) => {
            for case in cases {
                assign_last(lowering, scope, left, node, &mut case.body);
            }
        }
        Some(Statement::Try { body, handlers, otherwise, .. }) => {
            let body = if otherwise.is_empty() { body } else { otherwise };
            assign_last(lowering, scope, left, node, body);
            for handler in handlers {
                assign_last(lowering, scope, left, node, &mut handler.body);
            }
        }
        Some(Statement::Expr(value)) => {
            let value = Some(*value);
            body.pop();
            let target = target(lowering, scope, left);
            body.push(Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) }));
        }
        Some(Statement::Return(_) | Statement::Throw(_) | Statement::Break | Statement::Continue) => {}
        Some(_) | None => {
            let target = target(lowering, scope, left);
            let value = Some(lowering.add(ExprKind::Null, node));
            body.push(Statement::Assign(Assign { target, value, operator: None, declared: None, span: span(node) }));
        }
    }
}

/// `redirect_to x and return`.
fn short_circuit(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        return;
    };
    let holds = if left.kind() == "assignment" {
        statement(lowering, scope, left, out);
        match left.child_by_field_name("left") {
            Some(left) => target(lowering, scope, left),
            None => return,
        }
    } else {
        test(lowering, scope, left)
    };
    let mut then = Vec::new();
    statement(lowering, scope, right, &mut then);
    out.push(if matches!(sign(node), "or" | "||") {
        Statement::If { test: holds, then: Vec::new(), otherwise: then }
    } else {
        Statement::If { test: holds, then, otherwise: Vec::new() }
    });
}

fn conditional(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let mut branches = Vec::new();
    let mut last = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next.take() {
        if node.kind() == "else" {
            last = block(lowering, scope, Some(node));
            break;
        }
        let holds = condition(lowering, scope, node);
        branches.push((holds, block(lowering, scope, node.child_by_field_name("consequence"))));
        next = node.child_by_field_name("alternative");
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

fn case(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let subject = match node.child_by_field_name("value") {
        Some(value) => expression(lowering, scope, value),
        None => lowering.add(ExprKind::Bool(true), node),
    };
    let mut cases = Vec::new();
    for arm in children(node) {
        let mut labels = Vec::new();
        let body = match arm.kind() {
            "when" => {
                for pattern in children(arm).filter(|child| child.kind() == "pattern") {
                    labels.push(label(lowering, scope, pattern));
                }
                block(lowering, scope, arm.child_by_field_name("body"))
            }
            "else" => block(lowering, scope, Some(arm)),
            _ => continue,
        };
        cases.push(Case { labels, body, falls_through: false });
    }
    out.push(Statement::Switch { subject, cases });
}

fn rescue(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> Handler {
    let mut types = Vec::new();
    for caught in node.child_by_field_name("exceptions").into_iter().flat_map(children) {
        let name = dotted(lowering.text(caught));
        types.push(lowering.symbol(name.rsplit('.').next().unwrap_or_default()));
    }
    let name = node.child_by_field_name("variable").and_then(|variable| children(variable).next());
    let name = name.map(|name| lowering.symbol_of(name));
    let body = block(lowering, scope, node.child_by_field_name("body"));
    Handler { types, name, body, span: span(node) }
}

/// What the parser could not place. Methods that are cut off are put together again, the rest is taken one by one.
fn damaged(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let parts: Vec<Node<'_>> = all(node).collect();
    lowering.deeper_statement(|lowering| pieces(lowering, scope, &parts, out));
}

fn pieces(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, parts: &[Node<'_>], out: &mut Block) {
    let mut index = 0;
    while let Some(part) = parts.get(index) {
        index += 1;
        let next = parts.get(index);
        match part.kind() {
            "def" => {
                let Some(name) = next.filter(|name| name.is_named()) else {
                    continue;
                };
                let list = parts.get(index + 1).copied().filter(|list| list.kind() == "method_parameters");
                let rest = parts.get(index + 1 + usize::from(list.is_some())..).unwrap_or_default();
                let id = lowering.function(*name, |lowering| {
                    let symbol = Some(lowering.symbol_of(*name));
                    let parameters = parameters(lowering, scope, list);
                    let mut body = Vec::new();
                    lowering.deeper_statement(|lowering| pieces(lowering, scope, rest, &mut body));
                    returned(&mut body);
                    FunctionParts { name: symbol, parameters, body, decorators: Vec::new(), is_async: false }
                });
                out.push(Statement::Function(id));
                return;
            }
            "identifier" | "constant" if next.is_some_and(|next| next.kind() == "argument_list") => {
                let callee = lowering.text(*part);
                let callee = lowering.name(callee, *part);
                let arguments = arguments(lowering, scope, next.copied());
                let call = crate::ir::Call { callee, arguments, is_new: false };
                out.push(Statement::Expr(lowering.add(ExprKind::Call(call), *part)));
                index += 1;
            }
            "identifier" if lowering.text(*part) == "end" => {}
            "string_content" | "superclass" | "heredoc_end" => {}
            _ if part.is_named() => statement(lowering, scope, *part, out),
            _ => {}
        }
    }
}
