//! Go: statements.

use tree_sitter::Node;

use super::expressions::{expression, inner, operator, part};
use super::writers::written;
use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Operator, Statement};
use crate::lower::literals::{operator_of, sound};
use crate::lower::{Lowering, named, span};

/// Calls after which nothing runs.
const ENDINGS: [&str; 8] =
    ["os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln", "runtime.Goexit"];

/// A switch without a subject of at most this many cases becomes branches, which the analysis reads more sharply; more would
/// nest too deep.
const MOST_BRANCHES: usize = 20;

/// Calls and fields that give maps whose keys come from a request.
const REQUEST_MAPS: [&str; 8] =
    ["Form", "Header", "MultipartForm", "PostForm", "Query", "QueryParams", "Trailer", "Value"];

/// The statements of a block, which may be a list of them too.
pub(super) fn block(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    for child in named(node) {
        if child.kind() == "statement_list" {
            block(lowering, child, out);
        } else {
            statement(lowering, child, out);
        }
    }
}

fn body(lowering: &mut Lowering<'_>, node: Node<'_>) -> Block {
    let mut statements = Vec::new();
    block(lowering, node, &mut statements);
    statements
}

/// One statement; some become several.
pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    lowering.deeper_statement(|lowering| {
        direct(lowering, node, out);
        if matches!(node.kind(), "expression_statement" | "short_var_declaration" | "assignment_statement") {
            written(lowering, node, out);
        }
    });
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    match node.kind() {
        "package_clause" | "empty_statement" | "goto_statement" | "fallthrough_statement" | "label_name" => {}
        "import_declaration" => super::imports(lowering, node, out),
        "function_declaration" | "method_declaration" => super::function(lowering, node, out),
        "type_declaration" => super::types(lowering, node, &mut super::Classes::new(), out),
        "const_declaration" | "var_declaration" | "var_spec_list" | "labeled_statement" | "statement_list"
        | "ERROR" => {
            block(lowering, node, out);
        }
        "const_spec" | "var_spec" => variables(lowering, node, out),
        "short_var_declaration" | "assignment_statement" | "receive_statement" => assignment(lowering, node, out),
        "inc_statement" | "dec_statement" => {
            let target = inner(lowering, node);
            let value = lowering.add(ExprKind::Integer(1), node);
            let sign = if node.kind() == "inc_statement" { Operator::Add } else { Operator::Subtract };
            assign(node, target, Some(value), Some(sign), out);
        }
        "send_statement" => {
            let target = part(lowering, node, "channel");
            let value = part(lowering, node, "value");
            assign(node, target, Some(value), Some(Operator::Other), out);
        }
        "expression_statement" | "defer_statement" | "go_statement" => {
            for child in sound(node) {
                expression_statement(lowering, child, node.kind() == "expression_statement", out);
            }
        }
        "call_expression" => expression_statement(lowering, node, true, out),
        "return_statement" => {
            let value = sound(node).next().map(|list| inner(lowering, list));
            out.push(Statement::Return(value));
        }
        "break_statement" => out.push(Statement::Break),
        "continue_statement" => out.push(Statement::Continue),
        "block" => {
            let statements = body(lowering, node);
            out.push(Statement::Block(statements));
        }
        "if_statement" => with_initializer(lowering, node, out, branch),
        "for_statement" => loops(lowering, node, out),
        "expression_switch_statement" => with_initializer(lowering, node, out, switch),
        "type_switch_statement" => with_initializer(lowering, node, out, type_switch),
        "select_statement" => select(lowering, node, out),
        _ => {
            let value = expression(lowering, node);
            out.push(Statement::Expr(value));
        }
    }
}

fn assign(node: Node<'_>, target: ExprId, value: Option<ExprId>, operator: Option<Operator>, out: &mut Block) {
    out.push(Statement::Assign(Assign { target, value, operator, declared: None, span: span(node) }));
}

/// `panic(x)` throws; what ends the process is called, and then nothing follows.
fn expression_statement(lowering: &mut Lowering<'_>, node: Node<'_>, is_now: bool, out: &mut Block) {
    let callee = node.child_by_field_name("function").map_or("", |function| lowering.text(function));
    if is_now && callee == "panic" {
        let value = node.child_by_field_name("arguments").map(|arguments| inner(lowering, arguments));
        out.push(Statement::Throw(value));
        return;
    }
    let value = expression(lowering, node);
    out.push(Statement::Expr(value));
    if is_now && ENDINGS.contains(&callee) {
        out.push(Statement::Throw(None));
    }
}

fn variables(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let declared = super::declared(lowering, node.child_by_field_name("type"));
    let mut cursor = node.walk();
    let names: Vec<_> = node.children_by_field_name("name", &mut cursor).filter(Node::is_named).collect();
    let mut targets: Vec<_> = names.iter().map(|name| expression(lowering, *name)).collect();
    let mut values: Vec<Node<'_>> = node.child_by_field_name("value").into_iter().flat_map(sound).collect();
    if values.len() == targets.len() || values.is_empty() {
        let mut values = values.drain(..);
        for target in targets {
            let value = values.next().map(|value| expression(lowering, value));
            out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(node) }));
        }
        return;
    }
    let value = node.child_by_field_name("value").map(|value| inner(lowering, value));
    let target = if targets.len() == 1 { targets.remove(0) } else { lowering.add(ExprKind::List(targets), node) };
    out.push(Statement::Assign(Assign { target, value, operator: None, declared, span: span(node) }));
}

fn assignment(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let value = node.child_by_field_name("right").map(|right| match right.kind() {
        "expression_list" => inner(lowering, right),
        _ => expression(lowering, right),
    });
    let Some(left) = node.child_by_field_name("left") else {
        out.extend(value.map(Statement::Expr));
        return;
    };
    let target = inner(lowering, left);
    let sign = operator_of(node).trim_end_matches('=');
    assign(node, target, value, (!sign.is_empty()).then(|| operator(sign)), out);
    if let Some(error) = error_of(lowering, target, value) {
        let value = lowering.add(ExprKind::Number, node);
        assign(node, error, Some(value), None, out);
    }
}

/// The last target of `value, err := package.function()`: by custom an error or a flag, which holds nothing of what went in.
fn error_of(lowering: &Lowering<'_>, target: ExprId, value: Option<ExprId>) -> Option<ExprId> {
    let ExprKind::List(targets) = lowering.program.kind(target) else { return None };
    let ExprKind::Call(call) = lowering.program.kind(value?) else { return None };
    let ExprKind::Field { name, .. } = lowering.program.kind(call.callee) else { return None };
    let last = targets.last().copied().filter(|_| targets.len() > 1)?;
    let is_blank = matches!(lowering.program.kind(last), ExprKind::Name(name) if lowering.program.name(*name) == "_");
    (!is_blank && !lowering.program.name(*name).starts_with("Split")).then_some(last)
}

/// A statement with `init;` in its head is a block of both.
fn with_initializer(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    out: &mut Block,
    lower: impl FnOnce(&mut Lowering<'_>, Node<'_>, &mut Block),
) {
    let Some(initializer) = node.child_by_field_name("initializer") else {
        return lower(lowering, node, out);
    };
    let mut both = Vec::new();
    statement(lowering, initializer, &mut both);
    lower(lowering, node, &mut both);
    out.push(Statement::Block(both));
}

/// A condition. An item that is one, as in `if allowed[name]`, is the question whether the map has it; so is what
/// `_, ok := m[k]; ok` asks.
fn test(lowering: &mut Lowering<'_>, node: Node<'_>, asked: Option<(Node<'_>, Node<'_>)>) -> ExprId {
    let node = match node.kind() {
        "parenthesized_expression" => sound(node).next().unwrap_or(node),
        _ => node,
    };
    lowering.deeper(node, |lowering| match (node.kind(), asked) {
        ("index_expression", _) => member(lowering, node),
        ("call_expression", _) => match contained(lowering, node) {
            Some((text, part)) => {
                let left = expression(lowering, part);
                let right = expression(lowering, text);
                lowering.add(ExprKind::Binary { operator: Operator::In, left, right }, node)
            }
            None => expression(lowering, node),
        },
        ("identifier", Some((name, item))) if lowering.text(name) == lowering.text(node) => member(lowering, item),
        ("unary_expression", _) if operator_of(node) == "!" => {
            let Some(operand) = node.child_by_field_name("operand") else { return expression(lowering, node) };
            let inner = test(lowering, operand, asked);
            lowering.add(ExprKind::Not(inner), node)
        }
        ("binary_expression", _) if matches!(operator_of(node), "&&" | "||") => {
            let sign = operator(operator_of(node));
            let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
            else {
                return expression(lowering, node);
            };
            let left = test(lowering, left, asked);
            let right = test(lowering, right, asked);
            lowering.add(ExprKind::Binary { operator: sign, left, right }, node)
        }
        _ => expression(lowering, node),
    })
}

/// The text and the part of `strings.Contains(text, part)`.
fn contained<'t>(lowering: &Lowering<'_>, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let function = node.child_by_field_name("function")?;
    let mut arguments = sound(node.child_by_field_name("arguments")?);
    let is_one = matches!(lowering.text(function), "strings.Contains" | "bytes.Contains" | "strings.ContainsAny");
    is_one.then(|| Some((arguments.next()?, arguments.next()?)))?
}

fn member(lowering: &mut Lowering<'_>, item: Node<'_>) -> ExprId {
    let left = part(lowering, item, "index");
    let right = part(lowering, item, "operand");
    lowering.add(ExprKind::Binary { operator: Operator::In, left, right }, item)
}

/// The name and the item of `_, ok := m[k]`.
fn asked<'t>(initializer: Option<Node<'t>>) -> Option<(Node<'t>, Node<'t>)> {
    let initializer = initializer?;
    let name = sound(initializer.child_by_field_name("left")?).nth(1)?;
    let item = sound(initializer.child_by_field_name("right")?).next()?;
    (item.kind() == "index_expression").then_some((name, item))
}

fn branch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let test = match node.child_by_field_name("condition") {
        Some(condition) => test(lowering, condition, asked(node.child_by_field_name("initializer"))),
        None => part(lowering, node, "condition"),
    };
    let then = node.child_by_field_name("consequence").map(|then| body(lowering, then)).unwrap_or_default();
    let mut otherwise = Vec::new();
    match node.child_by_field_name("alternative") {
        Some(next) if next.kind() == "block" => block(lowering, next, &mut otherwise),
        Some(next) => statement(lowering, next, &mut otherwise),
        None => {}
    }
    if let Some(condition) = node.child_by_field_name("condition") {
        written(lowering, condition, out);
    }
    out.push(Statement::If { test, then, otherwise });
}

fn loops(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut statements = Vec::new();
    let (mut binding, mut over, mut test, mut update) = (None, None, None, None);
    for child in sound(node) {
        match child.kind() {
            "block" => block(lowering, child, &mut statements),
            "for_clause" => {
                if let Some(initializer) = child.child_by_field_name("initializer") {
                    statement(lowering, initializer, out);
                }
                test = child.child_by_field_name("condition").map(|condition| expression(lowering, condition));
                update = child.child_by_field_name("update");
            }
            "range_clause" => {
                let iterated = part(lowering, child, "right");
                over = Some(iterated);
                binding = child
                    .child_by_field_name("left")
                    .and_then(|left| range_binding(lowering, left, iterated, &mut statements));
            }
            _ => test = Some(expression(lowering, child)),
        }
    }
    if let Some(update) = update {
        statement(lowering, update, &mut statements);
    }
    out.push(Statement::Loop { binding, over, test, body: statements });
}

/// What a range loop gives each item to. Its first variable is an index or a map's key: of a request's map that is data too.
fn range_binding(lowering: &mut Lowering<'_>, left: Node<'_>, over: ExprId, body: &mut Block) -> Option<ExprId> {
    let mut names = sound(left);
    if let Some(key) = names.next().filter(|key| lowering.text(*key) != "_") {
        let target = expression(lowering, key);
        let from = if is_request_map(lowering, over) { vec![over] } else { Vec::new() };
        let value = lowering.add(ExprKind::Opaque(from), key);
        assign(key, target, Some(value), None, body);
    }
    names.next().map(|item| expression(lowering, item))
}

fn is_request_map(lowering: &Lowering<'_>, over: ExprId) -> bool {
    let mut over = over;
    if let ExprKind::Call(call) = lowering.program.kind(over) {
        over = call.callee;
    }
    matches!(lowering.program.kind(over), ExprKind::Field { name, .. } if REQUEST_MAPS.contains(&lowering.program.name(*name)))
}

fn switch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let subject = node.child_by_field_name("value").map(|value| expression(lowering, value));
    let mut cases = Vec::new();
    let mut leaves_early = false;
    for child in sound(node).filter(|child| matches!(child.kind(), "expression_case" | "default_case")) {
        let labels = child.child_by_field_name("value").into_iter().flat_map(sound);
        let labels: Vec<_> = labels.map(|label| expression(lowering, label)).collect();
        let value = child.child_by_field_name("value");
        let mut body = Vec::new();
        let mut falls_through = false;
        for part in sound(child).filter(|part| Some(*part) != value) {
            let list: Vec<_> = if part.kind() == "statement_list" { named(part).collect() } else { vec![part] };
            falls_through |= list.last().is_some_and(|last| last.kind() == "fallthrough_statement");
            for part in list {
                statement(lowering, part, &mut body);
            }
        }
        leaves_early |= falls_through || breaks(&body);
        cases.push(Case { labels, body, falls_through });
    }
    match subject {
        Some(subject) => out.push(Statement::Switch { subject, cases }),
        None if leaves_early || cases.len() > MOST_BRANCHES => {
            let subject = lowering.add(ExprKind::Bool(true), node);
            out.push(Statement::Switch { subject, cases });
        }
        None => branches(lowering, node, cases, out),
    }
}

/// Whether a `break` of the switch stands in its body: one in a loop belongs to that.
fn breaks(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Break => true,
        Statement::If { then, otherwise, .. } => breaks(then) || breaks(otherwise),
        Statement::Block(block) => breaks(block),
        Statement::Expr(_)
        | Statement::Assign(_)
        | Statement::Switch { .. }
        | Statement::Loop { .. }
        | Statement::Return(_)
        | Statement::Throw(_)
        | Statement::Continue
        | Statement::Try { .. }
        | Statement::Function(_)
        | Statement::Class(_)
        | Statement::Import { .. } => false,
    })
}

/// A switch without a subject: its labels are tests. `default` comes last wherever it stands.
fn branches(lowering: &mut Lowering<'_>, node: Node<'_>, cases: Vec<Case>, out: &mut Block) {
    let (defaults, tested): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.labels.is_empty());
    let mut otherwise: Block = defaults.into_iter().flat_map(|case| case.body).collect();
    for case in tested.into_iter().rev() {
        let mut labels = case.labels.into_iter();
        let Some(mut test) = labels.next() else { continue };
        for right in labels {
            test = lowering.add(ExprKind::Binary { operator: Operator::Or, left: test, right }, node);
        }
        otherwise = vec![Statement::If { test, then: case.body, otherwise }];
    }
    out.extend(otherwise);
}

/// The cases of a type switch are told apart by nothing that the analysis knows; each binds the value under its type.
fn type_switch(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let subject = part(lowering, node, "value");
    let alias = node.child_by_field_name("alias").and_then(|alias| sound(alias).next());
    let mut cases = Vec::new();
    for child in sound(node).filter(|child| matches!(child.kind(), "type_case" | "default_case")) {
        let mut cursor = child.walk();
        let types: Vec<_> = child.children_by_field_name("type", &mut cursor).filter(Node::is_named).collect();
        let mut body = Vec::new();
        if let Some(alias) = alias {
            let target = expression(lowering, alias);
            let to = if types.len() == 1 { super::declared(lowering, types.first().copied()) } else { None };
            let value = match to {
                Some(to) => lowering.add(ExprKind::Cast { to, value: subject }, child),
                None => subject,
            };
            assign(child, target, Some(value), None, &mut body);
        }
        let labels = types.iter().map(|of| lowering.add(ExprKind::Opaque(Vec::new()), *of)).collect();
        for part in sound(child).filter(|part| !types.contains(part)) {
            statement(lowering, part, &mut body);
        }
        cases.push(Case { labels, body, falls_through: false });
    }
    out.push(Statement::Switch { subject, cases });
}

fn select(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let subject = lowering.add(ExprKind::Opaque(Vec::new()), node);
    let mut cases = Vec::new();
    for child in sound(node) {
        if !matches!(child.kind(), "communication_case" | "default_case") {
            statement(lowering, child, out);
            continue;
        }
        let mut labels = Vec::new();
        if child.kind() == "communication_case" {
            labels.push(opaque_label(lowering, child));
        }
        let mut body = Vec::new();
        for part in sound(child) {
            statement(lowering, part, &mut body);
        }
        cases.push(Case { labels, body, falls_through: false });
    }
    out.push(Statement::Switch { subject, cases });
}

fn opaque_label(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    lowering.add(ExprKind::Opaque(Vec::new()), node)
}
