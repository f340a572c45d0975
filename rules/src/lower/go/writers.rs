//! Go: functions that write to what they are handed, such as `json.Unmarshal(data, &value)`. After the statement that calls one
//! stands an assignment, so that the analysis follows the data.

use tree_sitter::Node;

use super::expressions::expression;
use crate::ir::{Assign, Block, ExprId, ExprKind, Statement};
use crate::lower::literals::{operator_of, sound};
use crate::lower::{Lowering, span};

/// Methods of web frameworks that fill a value from the request.
const BINDING: [&str; 20] = [
    "Bind",
    "BindJSON",
    "BindQuery",
    "BindUri",
    "BindHeader",
    "BindXML",
    "BindYAML",
    "BindWith",
    "MustBindWith",
    "ShouldBind",
    "ShouldBindJSON",
    "ShouldBindQuery",
    "ShouldBindUri",
    "ShouldBindHeader",
    "ShouldBindXML",
    "ShouldBindWith",
    "ShouldBindBodyWith",
    "BodyParser",
    "QueryParser",
    "ReadJSON",
];

/// Adds what the calls in a statement write: those that are its value, or compared in it.
pub(super) fn written(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let mut node = node;
    loop {
        node = match node.kind() {
            "expression_statement"
            | "expression_list"
            | "return_statement"
            | "parenthesized_expression"
            | "go_statement"
            | "defer_statement" => match sound(node).next() {
                Some(inner) => inner,
                None => return,
            },
            "short_var_declaration" | "assignment_statement" => match node.child_by_field_name("right") {
                Some(right) => right,
                None => return,
            },
            // `json.Unmarshal(data, &value) != nil`
            "binary_expression" if matches!(operator_of(node), "!=" | "==") => match node.child_by_field_name("left") {
                Some(left) => left,
                None => return,
            },
            _ => break,
        };
    }
    if node.kind() == "call_expression" {
        call(lowering, node, out);
    }
}

/// What a call is made of.
struct Parts<'t> {
    receiver: Option<Node<'t>>,
    arguments: Vec<Node<'t>>,
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) {
    let Some(function) = node.child_by_field_name("function") else { return };
    let name = function.child_by_field_name("field").unwrap_or(function);
    let receiver = function.child_by_field_name("operand");
    let arguments = node.child_by_field_name("arguments").into_iter().flat_map(sound).collect();
    let parts = Parts { receiver, arguments };
    let on = receiver.map_or("", |receiver| lowering.text(receiver));
    match (on, lowering.text(name)) {
        (_, "Unmarshal" | "UnmarshalStrict" | "UnmarshalExtJSON") => {
            let from = parts.argument(0);
            let to = parts.arguments.last().copied().filter(|_| parts.arguments.len() > 1);
            give(lowering, node, to, from, out);
        }
        (_, "Decode") if parts.arguments.len() == 1 => give(lowering, node, parts.argument(0), receiver, out),
        (_, name) if BINDING.contains(&name) => bind(lowering, node, &parts, out),
        ("io", "ReadFull" | "ReadAtLeast") => give(lowering, node, parts.argument(1), parts.argument(0), out),
        ("io", "Copy" | "CopyN" | "CopyBuffer") => {
            let to = parts.argument(0).filter(|to| to.kind() == "unary_expression");
            give(lowering, node, to, parts.argument(1), out);
        }
        ("binary", "Read") => give(lowering, node, parts.argument(2), parts.argument(0), out),
        ("fmt", "Sscan" | "Sscanln") => scan(lowering, node, &parts, 1, parts.argument(0), out),
        ("fmt", "Sscanf") => scan(lowering, node, &parts, 2, parts.argument(0), out),
        ("fmt", "Scan" | "Scanln") => scan(lowering, node, &parts, 0, Some(node), out),
        ("fmt", "Scanf" | "Fscan" | "Fscanln") => scan(lowering, node, &parts, 1, Some(node), out),
        ("fmt", "Fscanf") => scan(lowering, node, &parts, 2, Some(node), out),
        ("flag" | "pflag", "StringVar" | "StringVarP") => give(lowering, node, parts.argument(0), Some(node), out),
        ("", "copy") => give(lowering, node, parts.argument(0), parts.argument(1), out),
        (_, "Read") if parts.arguments.len() == 1 => give(lowering, node, parts.argument(0), receiver, out),
        (_, "ReadFrom") if parts.arguments.len() == 1 => give(lowering, node, receiver, parts.argument(0), out),
        _ => {}
    }
}

impl<'t> Parts<'t> {
    fn argument(&self, at: usize) -> Option<Node<'t>> {
        self.arguments.get(at).copied()
    }
}

/// What is written to: a variable, field or item, under `&` and slices.
fn place<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let mut node = node;
    loop {
        node = match node.kind() {
            "unary_expression" | "slice_expression" => node.child_by_field_name("operand")?,
            "parenthesized_expression" => sound(node).next()?,
            "identifier" | "selector_expression" | "index_expression" => return Some(node),
            _ => return None,
        };
    }
}

fn give(lowering: &mut Lowering<'_>, node: Node<'_>, to: Option<Node<'_>>, from: Option<Node<'_>>, out: &mut Block) {
    if let (Some(to), Some(from)) = (to.and_then(place), from) {
        let target = expression(lowering, to);
        let inner = expression(lowering, from);
        let value = lowering.add(ExprKind::Opaque(vec![inner]), node);
        assign(node, target, value, out);
    }
}

fn scan(
    lowering: &mut Lowering<'_>,
    node: Node<'_>,
    parts: &Parts<'_>,
    at: usize,
    from: Option<Node<'_>>,
    out: &mut Block,
) {
    for to in parts.arguments.iter().skip(at) {
        give(lowering, node, Some(*to), from, out);
    }
}

/// `context.BindJSON(&value)` gives what the request's body says.
fn bind(lowering: &mut Lowering<'_>, node: Node<'_>, parts: &Parts<'_>, out: &mut Block) {
    if let (Some(receiver), Some(to)) = (parts.receiver, parts.argument(0).and_then(place)) {
        let target = expression(lowering, to);
        let context = expression(lowering, receiver);
        let request = lowering.field(context, "Request", node);
        let body = lowering.field(request, "Body", node);
        let value = lowering.add(ExprKind::Opaque(vec![body]), node);
        assign(node, target, value, out);
    }
}

fn assign(node: Node<'_>, target: ExprId, value: ExprId, out: &mut Block) {
    let assign = Assign { target, value: Some(value), operator: None, declared: None, span: span(node) };
    out.push(Statement::Assign(assign));
}
