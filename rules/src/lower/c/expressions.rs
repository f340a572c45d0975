//! C and C++: expressions.

use tree_sitter::Node;

use super::declarations::{braces, cast_type, dig, object, type_name};
use super::writers::written;
use crate::ir::{Argument, Call, ExprId, ExprKind, Operator};
use crate::lower::literals::{Piece, brace_format, inside, number_kind, operands, operator_of, sound, unescape};
use crate::lower::{FunctionParts, Lowering};

/// Lowers an expression, or anything that stands where one should.
pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut node = node;
    while matches!(node.kind(), "parenthesized_expression" | "condition_clause" | "extension_expression") {
        let mut inner = sound(node);
        match (inner.next(), inner.next()) {
            (Some(only), None) => node = only,
            _ => break,
        }
    }
    lowering.deeper(node, |lowering| direct(lowering, node))
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier"
        | "field_identifier"
        | "type_identifier"
        | "namespace_identifier"
        | "primitive_type"
        | "this"
        | "operator_name"
        | "destructor_name" => lowering.name(lowering.text(node), node),
        "sized_type_specifier"
        | "placeholder_type_specifier"
        | "template_type"
        | "type_descriptor"
        | "struct_specifier"
        | "union_specifier"
        | "class_specifier"
        | "enum_specifier" => match type_name(lowering, node) {
            Some(name) => lowering.add(ExprKind::Name(name), node),
            None => lowering.name("auto", node),
        },
        "template_function" | "template_method" => part(lowering, node, "name"),
        "dependent_name" => inner(lowering, node),
        "qualified_identifier" => qualified(lowering, node),
        "string_literal" => {
            let text = unescape(inside(lowering.text(node), '"'));
            lowering.add(ExprKind::Text(text), node)
        }
        "raw_string_literal" => {
            let content = sound(node).find(|child| child.kind() == "raw_string_content");
            let text = content.map_or("", |content| lowering.text(content));
            lowering.string(text, node)
        }
        "char_literal" => {
            let text = unescape(inside(lowering.text(node), '\''));
            lowering.add(ExprKind::Text(text), node)
        }
        "user_defined_literal" => inner(lowering, node),
        "concatenated_string" => concatenated(lowering, node),
        "number_literal" => lowering.add(number_kind(lowering.text(node)), node),
        "true" => lowering.add(ExprKind::Bool(true), node),
        "false" => lowering.add(ExprKind::Bool(false), node),
        "null" => lowering.add(ExprKind::Null, node),
        "field_expression" => field(lowering, node),
        "subscript_expression" => {
            let of = part(lowering, node, "argument");
            let index = node.child_by_field_name("index").or_else(|| node.child_by_field_name("indices"));
            let index = match index {
                Some(list) if list.kind() == "subscript_argument_list" => inner(lowering, list),
                Some(index) => expression(lowering, index),
                None => opaque(lowering, node),
            };
            lowering.add(ExprKind::Index { of, index }, node)
        }
        "call_expression" => call(lowering, node),
        "assignment_expression" => nested_assignment(lowering, node),
        // The value before or after: nothing that a rule tells apart.
        "update_expression" | "pointer_expression" => part(lowering, node, "argument"),
        "co_await_expression" => part(lowering, node, "argument"),
        "unary_expression" => unary(lowering, node),
        "binary_expression" => binary(lowering, node),
        "conditional_expression" => conditional(lowering, node),
        "cast_expression" => {
            let value = part(lowering, node, "value");
            let to = node.child_by_field_name("type").and_then(|of| cast_type(lowering, of));
            match to {
                Some(to) => lowering.add(ExprKind::Cast { to, value }, node),
                None => value,
            }
        }
        "sizeof_expression" | "alignof_expression" | "offsetof_expression" => {
            let name = lowering.name("sizeof", node);
            let argument = match node.child_by_field_name("value") {
                Some(value) => expression(lowering, value),
                None => part(lowering, node, "type"),
            };
            lowering.call(name, vec![argument], node)
        }
        "compound_literal_expression" => match (node.child_by_field_name("type"), node.child_by_field_name("value")) {
            (Some(of), Some(list)) if list.kind() == "initializer_list" => braces(lowering, list, of),
            _ => opaque(lowering, node),
        },
        "initializer_list" => list(lowering, node),
        "structured_binding_declarator" => {
            let names = arguments(lowering, node);
            lowering.add(ExprKind::List(names), node)
        }
        "new_expression" => create(lowering, node),
        "delete_expression" => {
            let callee = lowering.name("delete", node);
            let arguments = sound(node).map(|value| expression(lowering, value)).collect();
            lowering.call(callee, arguments, node)
        }
        "lambda_expression" => lambda(lowering, node),
        _ => opaque(lowering, node),
    }
}

/// The expression in a field; where it is missing, nothing is known.
pub(super) fn part(lowering: &mut Lowering<'_>, node: Node<'_>, field: &str) -> ExprId {
    match node.child_by_field_name(field) {
        Some(child) => expression(lowering, child),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    }
}

fn inner(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match sound(node).next() {
        Some(child) => expression(lowering, child),
        None => opaque(lowering, node),
    }
}

pub(super) fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let items = sound(node).map(|child| expression(lowering, child)).collect();
    lowering.add(ExprKind::Opaque(items), node)
}

pub(super) fn positional(value: ExprId) -> Argument {
    Argument { name: None, value, is_spread: false }
}

pub(super) fn arguments(lowering: &mut Lowering<'_>, list: Node<'_>) -> Vec<ExprId> {
    sound(list).map(|argument| expression(lowering, argument)).collect()
}

/// `a::b::c`. The standard library's namespace is left out, so that names are the same with `using namespace std`.
fn qualified(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut node = node;
    let mut made: Option<ExprId> = None;
    loop {
        let segment = match node.kind() {
            "qualified_identifier" => node.child_by_field_name("scope"),
            "template_function" | "template_method" | "template_type" => node.child_by_field_name("name"),
            _ => Some(node),
        };
        if let Some(segment) = segment {
            let segment = segment.child_by_field_name("name").unwrap_or(segment);
            let text = lowering.text(segment);
            if text != "std" || node.kind() != "qualified_identifier" {
                made = Some(match made {
                    Some(of) => lowering.field(of, text, node),
                    None => lowering.name(text, node),
                });
            }
        }
        match node.child_by_field_name("name").filter(|_| node.kind() == "qualified_identifier") {
            Some(name) => node = name,
            None => break,
        }
    }
    made.unwrap_or_else(|| lowering.name("", node))
}

fn field(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let of = part(lowering, node, "argument");
    let mut name = node.child_by_field_name("field");
    while let Some(inner) = name.and_then(|name| name.child_by_field_name("name")) {
        name = Some(inner);
    }
    let name = name.map_or("", |name| lowering.text(name));
    lowering.field(of, name, node)
}

/// Adjacent literals. A macro between them is one too: those for formats are known, of others the text is not.
fn concatenated(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut whole = String::new();
    for part in sound(node) {
        let text = lowering.text(part);
        match part.kind() {
            "identifier" => whole.push_str(conversion(text)),
            "raw_string_literal" => {
                let content = sound(part).find(|child| child.kind() == "raw_string_content");
                whole.push_str(content.map_or("", |content| lowering.text(content)));
            }
            _ => whole.push_str(&unescape(inside(text, '"'))),
        }
    }
    lowering.add(ExprKind::Text(whole.into()), node)
}

/// `PRId64` and its like.
fn conversion(name: &str) -> &'static str {
    match name.strip_prefix("PRI").and_then(|rest| rest.chars().next()) {
        Some('x' | 'X') => "lx",
        Some('u') => "lu",
        Some(_) => "ld",
        None => "",
    }
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let (Some(function), Some(list)) = (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return opaque(lowering, node);
    };
    let values = arguments(lowering, list);
    if matches!(function.kind(), "primitive_type" | "sized_type_specifier") {
        return object(lowering, node, function, values);
    }
    if let Some(made) = templated(lowering, node, function, &values) {
        return made;
    }
    // What only changes the form of a text is the text: its parts stay known.
    if function.kind() == "field_expression"
        && values.is_empty()
        && let Some(name) = function.child_by_field_name("field")
        && matches!(lowering.text(name), "c_str" | "str" | "data" | "toStdString" | "get")
    {
        return part(lowering, function, "argument");
    }
    let callee = expression(lowering, function);
    if values.len() == 1
        && let ExprKind::Name(name) = lowering.program.kind(callee)
        && matches!(lowering.program.name(*name), "string" | "string_view" | "wstring" | "move" | "forward")
    {
        return values[0];
    }
    if let Some(made) = braced(lowering, node, callee, &values) {
        return made;
    }
    written(lowering, node, callee, list, values)
}

/// `std::format("{}", x)`
fn braced(lowering: &mut Lowering<'_>, node: Node<'_>, callee: ExprId, values: &[ExprId]) -> Option<ExprId> {
    let (ExprKind::Name(name) | ExprKind::Field { name, .. }) = lowering.program.kind(callee) else { return None };
    let ExprKind::Text(format) = lowering.program.kind(*values.first()?) else { return None };
    if lowering.program.name(*name) != "format" {
        return None;
    }
    let format = format.clone();
    let mut next = 1;
    let mut parts = Vec::new();
    for piece in brace_format(&format) {
        let at = match piece {
            Piece::Text(text) => {
                parts.push(lowering.add(ExprKind::Text(text.into()), node));
                continue;
            }
            Piece::At(at) => at + 1,
            Piece::Next | Piece::Named(_) => {
                next += 1;
                next - 1
            }
        };
        parts.extend(values.get(at));
    }
    Some(lowering.add(ExprKind::Format(parts), node))
}

/// `static_cast<T>(x)`, `make_unique<T>(x)`.
fn templated(lowering: &mut Lowering<'_>, node: Node<'_>, function: Node<'_>, values: &[ExprId]) -> Option<ExprId> {
    let mut function = function;
    while function.kind() == "qualified_identifier" {
        function = function.child_by_field_name("name")?;
    }
    if function.kind() != "template_function" {
        return None;
    }
    let of = function.child_by_field_name("arguments").and_then(|list| sound(list).next())?;
    match function.child_by_field_name("name").map_or("", |name| lowering.text(name)) {
        "static_cast" | "reinterpret_cast" | "const_cast" | "dynamic_cast" | "bit_cast" | "lexical_cast" => {
            let value = *values.first()?;
            let to = cast_type(lowering, of)?;
            Some(lowering.add(ExprKind::Cast { to, value }, node))
        }
        "make_unique" | "make_shared" => {
            let callee = expression(lowering, of);
            let arguments = values.iter().copied().map(positional).collect();
            Some(lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node))
        }
        _ => None,
    }
}

/// The right side of an assignment.
pub(super) fn assigned(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    part(lowering, node, "right")
}

fn nested_assignment(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let target = part(lowering, node, "left");
    let mut value = assigned(lowering, node);
    let sign = operator_of(node).trim_end_matches("_eq").trim_end_matches('=');
    value = match sign {
        "" => value,
        "+" => lowering.add(ExprKind::Sum(vec![target, value]), node),
        _ => lowering.add(ExprKind::Binary { operator: operator(sign), left: target, right: value }, node),
    };
    lowering.add(ExprKind::Assign { target, value }, node)
}

fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let value = part(lowering, node, "argument");
    match operator_of(node) {
        "!" | "not" => lowering.add(ExprKind::Not(value), node),
        "-" => match lowering.program.kind(value) {
            ExprKind::Integer(number) => {
                let negative = number.wrapping_neg();
                lowering.add(ExprKind::Integer(negative), node)
            }
            _ => lowering.add(ExprKind::Negative(value), node),
        },
        "+" => value,
        _ => lowering.add(ExprKind::Opaque(vec![value]), node),
    }
}

fn binary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let sign = operator_of(node);
    if sign == "+" {
        let parts = operands(node).into_iter().map(|operand| expression(lowering, operand)).collect();
        return lowering.add(ExprKind::Sum(parts), node);
    }
    let left = part(lowering, node, "left");
    let right = part(lowering, node, "right");
    lowering.add(ExprKind::Binary { operator: operator(sign), left, right }, node)
}

/// The operator of a binary expression, or of an assignment without its `=`.
pub(super) fn operator(sign: &str) -> Operator {
    match sign {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "==" => Operator::Equal,
        "!=" | "not_eq" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" | "and" => Operator::And,
        "||" | "or" => Operator::Or,
        "<<" => Operator::ShiftLeft,
        "&" | "bitand" => Operator::BitAnd,
        "|" | "bitor" => Operator::BitOr,
        _ => Operator::Other,
    }
}

fn conditional(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let test = part(lowering, node, "condition");
    let no = part(lowering, node, "alternative");
    match node.child_by_field_name("consequence") {
        Some(yes) => {
            let yes = expression(lowering, yes);
            lowering.add(ExprKind::Choice { test, yes, no }, node)
        }
        // `a ?: b`
        None => lowering.add(ExprKind::Binary { operator: Operator::Coalesce, left: test, right: no }, node),
    }
}

/// One value of a list in braces, with the field that it is for.
pub(super) fn entry(lowering: &mut Lowering<'_>, node: Node<'_>) -> Argument {
    if node.kind() != "initializer_pair" {
        return positional(expression(lowering, node));
    }
    let value = part(lowering, node, "value");
    let field = node.child_by_field_name("designator").map(|field| sound(field).next().unwrap_or(field));
    let name = field.filter(|field| field.kind() == "field_identifier").map(|field| lowering.symbol_of(field));
    Argument { name, value, is_spread: false }
}

fn list(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let entries: Vec<_> = sound(node).map(|child| entry(lowering, child)).collect();
    if entries.iter().all(|entry| entry.name.is_none()) {
        let items = entries.into_iter().map(|entry| entry.value).collect();
        return lowering.add(ExprKind::List(items), node);
    }
    let mut made = Vec::with_capacity(entries.len());
    for Argument { name, value, .. } in entries {
        let key = name.map(|name| {
            let text = lowering.program.name(name).into();
            lowering.add(ExprKind::Text(text), node)
        });
        made.push((key, value));
    }
    lowering.add(ExprKind::Map(made), node)
}

/// `new T(...)`; an array is a call of `new_array` with its length.
fn create(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    if let Some(length) = node.child_by_field_name("declarator") {
        let callee = lowering.name("new_array", node);
        let length = part(lowering, length, "length");
        let of = part(lowering, node, "type");
        return lowering.call(callee, vec![length, of], node);
    }
    let callee = part(lowering, node, "type");
    let list = node.child_by_field_name("arguments");
    let arguments = list.into_iter().flat_map(sound).map(|argument| entry(lowering, argument)).collect();
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
}

fn lambda(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let id = lowering.function(node, |lowering| {
        let list = node.child_by_field_name("declarator").and_then(|declarator| dig(declarator).parameters);
        let parameters = list.map(|list| super::parameters(lowering, list)).unwrap_or_default();
        let mut body = Vec::new();
        if let Some(block) = node.child_by_field_name("body") {
            super::statements::block(lowering, block, &mut body);
        }
        FunctionParts { name: None, parameters, body, decorators: Vec::new(), is_async: false }
    });
    lowering.add(ExprKind::Function(id), node)
}
