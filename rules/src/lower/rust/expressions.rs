//! Rust: expressions.

use tree_sitter::Node;

use super::macros;
use super::statements::{self, Goal};
use crate::ir::{Argument, Call, ExprId, ExprKind, Operator};
use crate::lower::literals::{inside, number_kind, operands, operator_of, sound, unescape};
use crate::lower::{FunctionParts, Lowering, span};

/// Methods that give the value itself in another form; where they take anything, it is a message or what an error becomes.
const TRANSPARENT: [&str; 36] = [
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_mut_str",
    "as_os_str",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "borrow_mut",
    "by_ref",
    "clone",
    "cloned",
    "collect",
    "context",
    "copied",
    "expect",
    "into",
    "into_bytes",
    "into_inner",
    "into_iter",
    "into_owned",
    "into_string",
    "iter",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "to_owned",
    "to_str",
    "to_string",
    "to_string_lossy",
    "to_vec",
    "unwrap",
    "with_context",
];

/// Functions and variants that give their only argument in a wrapper.
const WRAPPING: [&str; 13] = [
    "Some",
    "Ok",
    "Box::new",
    "Arc::new",
    "Rc::new",
    "Mutex::new",
    "RefCell::new",
    "Cow::Borrowed",
    "Cow::Owned",
    "Cow::from",
    "String::from",
    "black_box",
    "Box::from",
];

/// How many words a command is put together of; the figure bounds the copying.
const MOST_WORDS: usize = 30;

/// Lowers an expression, or anything that stands where one should.
pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut node = node;
    while matches!(
        node.kind(),
        "parenthesized_expression" | "try_expression" | "await_expression" | "reference_expression" | "attribute_item"
    ) {
        match sound(node).find(|child| child.kind() != "mutable_specifier") {
            Some(inner) => node = inner,
            None => break,
        }
    }
    lowering.deeper(node, |lowering| direct(lowering, node))
}

fn direct(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match node.kind() {
        "identifier" | "self" | "super" | "crate" | "type_identifier" | "primitive_type" | "field_identifier"
        | "metavariable" => lowering.name(lowering.text(node), node),
        "scoped_identifier" | "scoped_type_identifier" => {
            let name = node.child_by_field_name("name").map_or("", |name| lowering.text(name));
            match node.child_by_field_name("path") {
                Some(path) => {
                    let of = expression(lowering, path);
                    lowering.field(of, name, node)
                }
                None => lowering.name(name, node),
            }
        }
        "generic_function" => part(lowering, node, "function"),
        "generic_type" | "generic_type_with_turbofish" | "reference_type" => part(lowering, node, "type"),
        "bracketed_type" | "qualified_type" => match sound(node).next() {
            Some(inner) => expression(lowering, inner),
            None => opaque(lowering, node),
        },
        "string_literal" => {
            let text = unescape(inside(lowering.text(node), '"'));
            lowering.add(ExprKind::Text(text), node)
        }
        "raw_string_literal" => {
            let content = sound(node).next().map_or("", |content| lowering.text(content));
            lowering.string(content, node)
        }
        "char_literal" => {
            let text = unescape(inside(lowering.text(node), '\''));
            lowering.add(ExprKind::Text(text), node)
        }
        "integer_literal" | "negative_literal" => lowering.add(number_kind(lowering.text(node)), node),
        "float_literal" => lowering.add(ExprKind::Number, node),
        "boolean_literal" => lowering.add(ExprKind::Bool(lowering.text(node) == "true"), node),
        "unit_expression" => lowering.add(ExprKind::Null, node),
        "field_expression" => {
            let of = part(lowering, node, "value");
            let name = node.child_by_field_name("field").map_or("", |field| lowering.text(field));
            lowering.field(of, name, node)
        }
        "index_expression" => {
            let mut inner = sound(node);
            match (inner.next(), inner.next()) {
                (Some(of), Some(index)) => {
                    let of = expression(lowering, of);
                    let index = expression(lowering, index);
                    lowering.add(ExprKind::Index { of, index }, node)
                }
                _ => opaque(lowering, node),
            }
        }
        "call_expression" => call(lowering, node),
        "macro_invocation" => macros::expression(lowering, node),
        "struct_expression" => structure(lowering, node),
        "array_expression" | "tuple_expression" => {
            let items = sound(node).filter(|child| child.kind() != "attribute_item");
            let items = items.map(|item| expression(lowering, item)).collect();
            lowering.add(ExprKind::List(items), node)
        }
        "closure_expression" => {
            let id = lowering.function(node, |lowering| super::parts(lowering, node));
            lowering.add(ExprKind::Function(id), node)
        }
        "async_block" => function_of(lowering, node, true),
        "assignment_expression" => {
            let target = part(lowering, node, "left");
            let value = part(lowering, node, "right");
            lowering.add(ExprKind::Assign { target, value }, node)
        }
        "binary_expression" => binary(lowering, node),
        "unary_expression" => unary(lowering, node),
        "type_cast_expression" => {
            let value = part(lowering, node, "value");
            match super::declared(lowering, node.child_by_field_name("type")) {
                Some(to) => lowering.add(ExprKind::Cast { to, value }, node),
                None => value,
            }
        }
        "if_expression" => choice(lowering, node),
        "let_condition" | "let_chain" => statements::test(lowering, node, &mut Vec::new()),
        "match_expression" => choices(lowering, node),
        "block" | "unsafe_block" | "try_block" | "const_block" | "loop_expression" | "while_expression"
        | "for_expression" => match only_value(node) {
            Some(value) => expression(lowering, value),
            None => called(lowering, node),
        },
        "return_expression" | "break_expression" => opaque(lowering, node),
        "line_comment" | "block_comment" | "label" | "lifetime" => lowering.add(ExprKind::Opaque(Vec::new()), node),
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

pub(super) fn opaque(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let items = sound(node).map(|child| expression(lowering, child)).collect();
    lowering.add(ExprKind::Opaque(items), node)
}

pub(super) fn positional(value: ExprId) -> Argument {
    Argument { name: None, value, is_spread: false }
}

fn call(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(function) = node.child_by_field_name("function") else { return opaque(lowering, node) };
    let list = node.child_by_field_name("arguments");
    let mut values = list.into_iter().flat_map(sound).filter(|argument| argument.kind() != "attribute_item");
    let of = function.child_by_field_name("type_arguments").and_then(|list| sound(list).next());
    let function = match function.kind() {
        "generic_function" => function.child_by_field_name("function").unwrap_or(function),
        _ => function,
    };
    if function.kind() == "field_expression" {
        let name = function.child_by_field_name("field").map_or("", |field| lowering.text(field));
        if TRANSPARENT.contains(&name) {
            return part(lowering, function, "value");
        }
        // `parse::<T>()` gives a `T`.
        if name == "parse"
            && let Some(to) = super::declared(lowering, of)
        {
            let value = part(lowering, function, "value");
            return lowering.add(ExprKind::Cast { to, value }, node);
        }
        if matches!(name, "unwrap_or" | "or") {
            let left = part(lowering, function, "value");
            let right = match values.next() {
                Some(value) => expression(lowering, value),
                None => opaque(lowering, node),
            };
            return lowering.add(ExprKind::Binary { operator: Operator::Coalesce, left, right }, node);
        }
    } else if WRAPPING.iter().any(|known| ends_with_path(lowering.text(function), known))
        && let Some(value) = values.next()
    {
        return expression(lowering, value);
    }
    let callee = expression(lowering, function);
    let arguments = values.map(|value| positional(expression(lowering, value))).collect();
    match command(lowering, callee, arguments) {
        Ok(call) => lowering.add(ExprKind::Call(call), node),
        Err(arguments) => lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node),
    }
}

/// `Command::new("sh").arg("-c").arg(x)` is one call with all its words, so that a shell's script is seen as one. Gives the
/// arguments back where it is none.
fn command(lowering: &Lowering<'_>, callee: ExprId, arguments: Vec<Argument>) -> Result<Call, Vec<Argument>> {
    let ExprKind::Field { of, name } = lowering.program.kind(callee) else { return Err(arguments) };
    let ExprKind::Call(made) = lowering.program.kind(*of) else { return Err(arguments) };
    let ExprKind::Field { of: class, name: new } = lowering.program.kind(made.callee) else { return Err(arguments) };
    let (ExprKind::Name(class) | ExprKind::Field { name: class, .. }) = lowering.program.kind(*class) else {
        return Err(arguments);
    };
    let is_command = lowering.program.name(*class) == "Command" && lowering.program.name(*new) == "new";
    if !is_command || !matches!(lowering.program.name(*name), "arg" | "args") || made.arguments.len() > MOST_WORDS {
        return Err(arguments);
    }
    let all = made.arguments.iter().map(|argument| positional(argument.value));
    let more = arguments.into_iter().map(|argument| positional(argument.value));
    Ok(Call { callee: made.callee, arguments: all.chain(more).collect(), is_new: false })
}

fn ends_with_path(text: &str, known: &str) -> bool {
    text.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with("::"))
}

/// `T { a: 1, b, ..c }`
fn structure(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let callee = part(lowering, node, "name");
    let mut arguments = Vec::new();
    for field in node.child_by_field_name("body").into_iter().flat_map(sound) {
        match field.kind() {
            "shorthand_field_initializer" => {
                let Some(word) = sound(field).find(|child| child.kind() == "identifier") else { continue };
                let name = Some(lowering.symbol_of(word));
                arguments.push(Argument { name, value: expression(lowering, word), is_spread: false });
            }
            "field_initializer" => {
                let name = field.child_by_field_name("field").map(|name| lowering.symbol_of(name));
                arguments.push(Argument { name, value: part(lowering, field, "value"), is_spread: false });
            }
            "base_field_initializer" => {
                for base in sound(field) {
                    let value = expression(lowering, base);
                    arguments.push(Argument { name: None, value, is_spread: true });
                }
            }
            _ => arguments.push(positional(expression(lowering, field))),
        }
    }
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: true }), node)
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
    let Some(inner) = sound(node).next() else { return opaque(lowering, node) };
    let value = expression(lowering, inner);
    match lowering.text(node).chars().next() {
        Some('!') => lowering.add(ExprKind::Not(value), node),
        Some('-') => lowering.add(ExprKind::Negative(value), node),
        // A dereference is the value itself.
        _ => value,
    }
}

/// The value of a block that has nothing else.
fn only_value(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    while matches!(node.kind(), "unsafe_block" | "try_block" | "const_block" | "else_clause" | "block") {
        let mut inner = sound(node);
        node = inner.next()?;
        if inner.next().is_some() {
            return None;
        }
    }
    let is_statement = matches!(
        node.kind(),
        "expression_statement"
            | "let_declaration"
            | "empty_statement"
            | "loop_expression"
            | "while_expression"
            | "for_expression"
    ) || node.kind().ends_with("_item");
    (!is_statement).then_some(node)
}

/// A block as a value, with statements in it: a function that is called at once.
fn called(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let callee = function_of(lowering, node, false);
    lowering.call(callee, Vec::new(), node)
}

fn function_of(lowering: &mut Lowering<'_>, node: Node<'_>, is_async: bool) -> ExprId {
    let id = lowering.function(node, |lowering| {
        let mut body = Vec::new();
        match node.kind() {
            "async_block" => {
                for child in sound(node).filter(|child| child.kind() == "block") {
                    statements::block(lowering, child, Goal::Return, &mut body);
                }
            }
            "block" => statements::block(lowering, node, Goal::Return, &mut body),
            _ => statements::run(lowering, node, Goal::Return, &mut body),
        }
        FunctionParts { name: None, parameters: Vec::new(), body, decorators: Vec::new(), is_async }
    });
    lowering.add(ExprKind::Function(id), node)
}

/// `if` as a value.
fn choice(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let is_plain = node
        .child_by_field_name("condition")
        .is_some_and(|condition| !matches!(condition.kind(), "let_condition" | "let_chain"));
    let yes = node.child_by_field_name("consequence").and_then(only_value);
    let no = node.child_by_field_name("alternative").and_then(only_value);
    match (yes, no) {
        (Some(yes), Some(no)) if is_plain => {
            let test = part(lowering, node, "condition");
            let yes = expression(lowering, yes);
            let no = expression(lowering, no);
            lowering.add(ExprKind::Choice { test, yes, no }, node)
        }
        _ => called(lowering, node),
    }
}

/// `match` as a value: where every arm is an expression and binds nothing, choices.
fn choices(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let arms: Vec<_> = node.child_by_field_name("body").into_iter().flat_map(sound).collect();
    let mut plain = Vec::with_capacity(arms.len());
    for arm in &arms {
        let pattern = arm.child_by_field_name("pattern").and_then(|pattern| sound(pattern).next());
        let value = arm.child_by_field_name("value").and_then(only_value);
        let is_literal = pattern.is_none_or(|pattern| pattern.kind().ends_with("_literal"));
        match value {
            Some(value) if is_literal => plain.push((pattern, value)),
            _ => return called(lowering, node),
        }
    }
    let subject = part(lowering, node, "value");
    let mut made = None;
    for (pattern, value) in plain.into_iter().rev() {
        let value = expression(lowering, value);
        made = Some(match (pattern, made) {
            (Some(pattern), Some(no)) => {
                let right = expression(lowering, pattern);
                let test = lowering
                    .add_at(ExprKind::Binary { operator: Operator::Equal, left: subject, right }, span(pattern));
                lowering.add(ExprKind::Choice { test, yes: value, no }, node)
            }
            _ => value,
        });
    }
    made.unwrap_or(subject)
}
