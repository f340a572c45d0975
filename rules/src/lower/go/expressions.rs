//! Go: expressions.

use tree_sitter::Node;

use crate::ir::{Argument, Call, ExprId, ExprKind, Operator};
use crate::lower::literals::{inside, number_kind, operands, operator_of, sound, unescape};
use crate::lower::{Lowering, span};

/// Types whose conversions look like calls.
const BASIC_TYPES: [&str; 18] = [
    "bool",
    "byte",
    "float32",
    "float64",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "rune",
    "string",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
    "complex128",
];

/// Types of well-known packages that are maps by another name, by their last segments.
const MAP_TYPES: [&str; 6] = ["H", "Header", "M", "Map", "MapClaims", "Values"];

/// Lowers an expression, or anything that stands where one should.
pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut node = node;
    while node.kind() == "parenthesized_expression" {
        match sound(node).next() {
            Some(inner) => node = inner,
            None => break,
        }
    }
    lowering.deeper(node, |lowering| direct(lowering, node))
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "type_identifier" | "package_identifier" | "field_identifier" | "blank_identifier" => {
            lowering.name(lowering.text(node), node)
        }
        "interpreted_string_literal" => {
            let text = unescape(inside(lowering.text(node), '"'));
            lowering.add(ExprKind::Text(text), node)
        }
        "raw_string_literal" => lowering.string(inside(lowering.text(node), '`'), node),
        "rune_literal" => {
            let text = unescape(inside(lowering.text(node), '\''));
            lowering.add(ExprKind::Text(text), node)
        }
        "int_literal" => lowering.add(number_kind(lowering.text(node)), node),
        "float_literal" | "imaginary_literal" | "iota" => lowering.add(ExprKind::Number, node),
        "true" => lowering.add(ExprKind::Bool(true), node),
        "false" => lowering.add(ExprKind::Bool(false), node),
        "nil" => lowering.add(ExprKind::Null, node),
        "selector_expression" => {
            let of = part(lowering, node, "operand");
            let name = node.child_by_field_name("field").map_or("", |field| lowering.text(field));
            lowering.field(of, name, node)
        }
        "qualified_type" => {
            let of = part(lowering, node, "package");
            let name = node.child_by_field_name("name").map_or("", |name| lowering.text(name));
            lowering.field(of, name, node)
        }
        "generic_type" | "type_instantiation_expression" => part(lowering, node, "type"),
        "pointer_type" | "variadic_argument" | "literal_element" | "expression_list" => inner(lowering, node),
        "index_expression" => {
            let of = part(lowering, node, "operand");
            let index = part(lowering, node, "index");
            named_key(lowering, index);
            lowering.add(ExprKind::Index { of, index }, node)
        }
        "slice_expression" => slice(lowering, node),
        "type_assertion_expression" | "type_conversion_expression" => conversion(lowering, node),
        "call_expression" => call(lowering, node),
        "composite_literal" => composite(lowering, node),
        "literal_value" => literal(lowering, node, None),
        "func_literal" => {
            let id = lowering.function(node, |lowering| super::parts(lowering, node));
            lowering.add(ExprKind::Function(id), node)
        }
        "binary_expression" => binary(lowering, node),
        "unary_expression" => unary(lowering, node),
        "slice_type" | "array_type" | "map_type" | "channel_type" | "function_type" | "struct_type"
        | "interface_type" => match super::declared(lowering, Some(node)) {
            Some(name) => lowering.add(ExprKind::Name(name), node),
            None => opaque(lowering, node),
        },
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

/// The only child; of several, a list.
pub(super) fn inner(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut items: Vec<_> = sound(node).map(|child| expression(lowering, child)).collect();
    match items.len() {
        1 => items.remove(0),
        _ => lowering.add(ExprKind::List(items), node),
    }
}

pub(super) fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let items = sound(node).map(|child| expression(lowering, child)).collect();
    lowering.add(ExprKind::Opaque(items), node)
}

/// `of[a:b]`: an item of it that nobody knows, which has what it has.
fn slice(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut parts: Vec<_> = sound(node).map(|child| expression(lowering, child)).collect();
    if parts.is_empty() {
        return opaque(lowering, node);
    }
    let of = parts.remove(0);
    let index = lowering.add(ExprKind::Opaque(parts), node);
    lowering.add(ExprKind::Index { of, index }, node)
}

fn conversion(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let value = part(lowering, node, "operand");
    // A call of a function with type arguments looks the same.
    if let Some(of) = node.child_by_field_name("type").filter(|of| of.kind() == "generic_type") {
        let callee = expression(lowering, of);
        return lowering.call(callee, vec![value], node);
    }
    match super::declared(lowering, node.child_by_field_name("type")) {
        Some(to) => lowering.add(ExprKind::Cast { to, value }, node),
        None => value,
    }
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = node.child_by_field_name("function") else { return opaque(lowering, node) };
    let mut arguments = Vec::new();
    for child in node.child_by_field_name("arguments").into_iter().flat_map(sound) {
        let is_spread = child.kind() == "variadic_argument";
        arguments.push(Argument { name: None, value: expression(lowering, child), is_spread });
    }
    let name = lowering.text(function);
    if arguments.len() == 1 && matches!(function.kind(), "identifier" | "selector_expression") {
        let value = arguments[0].value;
        if BASIC_TYPES.contains(&name) || matches!(name, "os.FileMode" | "fs.FileMode" | "time.Duration") {
            let to = lowering.symbol(name);
            return lowering.add(ExprKind::Cast { to, value }, node);
        }
        if name == "new" {
            return lowering.add(ExprKind::Call(Call { callee: value, arguments: Vec::new(), is_new: true }), node);
        }
    }
    let callee = expression(lowering, function);
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

fn composite(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.child_by_field_name("body") {
        Some(body) => lowering.deeper(node, |lowering| literal(lowering, body, node.child_by_field_name("type"))),
        None => opaque(lowering, node),
    }
}

/// `{...}` of a type: a list, a map or an object. Inside a list or map the type may be left out; then it comes from outside.
fn literal(lowering: &mut Lowering<'_>, body: Node<'_>, of: Option<Node<'_>>) -> ExprId {
    let of = stripped(of);
    let entries: Vec<Node<'_>> = sound(body).collect();
    match of.map(|of| of.kind()) {
        Some("slice_type" | "array_type" | "implicit_length_array_type") => {
            list(lowering, body, &entries, of.and_then(|of| of.child_by_field_name("element")))
        }
        Some("map_type") => map(lowering, body, &entries, of.and_then(|of| of.child_by_field_name("value"))),
        Some(_) => {
            let last = of.map_or("", |of| lowering.text(of)).rsplit('.').next().unwrap_or_default();
            if MAP_TYPES.contains(&last) || entries.iter().any(has_computed_key) {
                map(lowering, body, &entries, None)
            } else if last == "D" || last == "A" {
                list(lowering, body, &entries, None)
            } else {
                object(lowering, body, &entries, of)
            }
        }
        None if entries.iter().any(|entry| entry.kind() == "keyed_element") => map(lowering, body, &entries, None),
        None => list(lowering, body, &entries, None),
    }
}

fn stripped(of: Option<Node<'_>>) -> Option<Node<'_>> {
    let mut of = of?;
    loop {
        of = match of.kind() {
            "pointer_type" | "parenthesized_type" => sound(of).next()?,
            "generic_type" => of.child_by_field_name("type")?,
            _ => return Some(of),
        };
    }
}

/// Whether an entry's key is no field's name.
fn has_computed_key(entry: &Node<'_>) -> bool {
    let key = entry.child_by_field_name("key").and_then(|key| sound(key).next());
    key.is_some_and(|key| key.kind() != "identifier")
}

/// The value of an entry: a nested literal without a type is one of `of`.
fn value(lowering: &mut Lowering<'_>, entry: Node<'_>, of: Option<Node<'_>>) -> ExprId {
    let value = if entry.kind() == "keyed_element" { entry.child_by_field_name("value") } else { Some(entry) };
    let Some(value) = value else { return opaque(lowering, entry) };
    let value = if value.kind() == "literal_element" { sound(value).next().unwrap_or(value) } else { value };
    if value.kind() == "literal_value" {
        return lowering.deeper(value, |lowering| literal(lowering, value, of));
    }
    expression(lowering, value)
}

fn list(lowering: &mut Lowering<'_>, node: Node<'_>, entries: &[Node<'_>], of: Option<Node<'_>>) -> ExprId {
    let items = entries.iter().map(|entry| value(lowering, *entry, of)).collect();
    lowering.add(ExprKind::List(items), node)
}

fn map(lowering: &mut Lowering<'_>, node: Node<'_>, entries: &[Node<'_>], of: Option<Node<'_>>) -> ExprId {
    let mut made = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = entry.child_by_field_name("key").map(|key| {
            // Without a type a bare word is a field's name.
            match sound(key).next() {
                Some(word) if word.kind() == "identifier" && of.is_none() => lowering.string(lowering.text(word), word),
                _ => expression(lowering, key),
            }
        });
        key.iter().for_each(|key| named_key(lowering, *key));
        let value = value(lowering, *entry, of);
        made.push((key, value));
    }
    lowering.add(ExprKind::Map(made), node)
}

/// A key that is a text is the name of its entry.
fn named_key(lowering: &mut Lowering<'_>, key: ExprId) {
    if let ExprKind::Text(text) = lowering.program.kind(key) {
        let text = text.clone();
        lowering.symbol(&text);
    }
}

fn object(lowering: &mut Lowering<'_>, body: Node<'_>, entries: &[Node<'_>], of: Option<Node<'_>>) -> ExprId {
    // `struct{}{}` is nothing.
    if entries.is_empty() && of.is_some_and(|of| of.kind() == "struct_type") {
        return lowering.add(ExprKind::Null, body);
    }
    let callee = match of {
        Some(of) => expression(lowering, of),
        None => lowering.name("struct", body),
    };
    let mut arguments = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.child_by_field_name("key").map(|key| lowering.symbol_of(key));
        arguments.push(Argument { name, value: value(lowering, *entry, None), is_spread: false });
    }
    let mut place = span(body);
    place.start = of.map_or(place.start, |of| span(of).start);
    lowering.add_at(ExprKind::Call(Call { callee, arguments, is_new: true }), place)
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
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" => Operator::And,
        "||" => Operator::Or,
        "<<" => Operator::ShiftLeft,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        _ => Operator::Other,
    }
}

fn unary(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let value = part(lowering, node, "operand");
    match operator_of(node) {
        "!" => lowering.add(ExprKind::Not(value), node),
        "-" => lowering.add(ExprKind::Negative(value), node),
        "^" => lowering.add(ExprKind::Opaque(vec![value]), node),
        // Addresses, dereferences and receiving from a channel: the value itself.
        _ => value,
    }
}
