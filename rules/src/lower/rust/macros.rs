//! Rust: macros. Their tokens are parsed once more as what they look like: a tuple, an array or a block.

use tree_sitter::{Node, Parser};

use super::expressions::{self, positional};
use super::statements;
use crate::ir::{Argument, Block, Call, ExprId, ExprKind, Span, Statement};
use crate::lower::literals::{Piece, brace_format, sound};
use crate::lower::{Lowering, named};

/// Macros after which nothing runs.
const ENDINGS: [&str; 6] = ["panic", "todo", "unimplemented", "unreachable", "bail", "ensure_never"];

/// Macros that print by a format: the first literal among their arguments.
const PRINTING: [&str; 22] = [
    "anyhow",
    "bail",
    "debug",
    "eprint",
    "eprintln",
    "error",
    "event",
    "format",
    "format_args",
    "info",
    "panic",
    "print",
    "println",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "warn",
    "write",
    "writeln",
    "log",
    "concat",
];

/// The last segment of a macro's path.
fn name_of<'t>(lowering: &Lowering<'t>, node: Node<'_>) -> &'t str {
    let path = node.child_by_field_name("macro").map_or("", |path| lowering.text(path));
    path.rsplit("::").next().unwrap_or_default().trim()
}

fn tokens(node: Node<'_>) -> Option<Node<'_>> {
    sound(node).find(|child| child.kind() == "token_tree")
}

/// A macro as a statement, where that is more than its value: says whether it was.
pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, out: &mut Block) -> bool {
    let name = name_of(lowering, node);
    if ENDINGS.contains(&name) {
        let value = expression(lowering, node);
        out.push(Statement::Throw(Some(value)));
        return true;
    }
    let Some(tokens) = tokens(node).filter(|tokens| lowering.text(*tokens).starts_with('{')) else { return false };
    if matches!(name, "vec" | "json" | "format" | "println") {
        return false;
    }
    let mut body = Vec::new();
    parsed_again(lowering, tokens, |lowering, root| {
        for child in named(root) {
            statements::statement(lowering, child, &mut body);
        }
    });
    out.extend(body);
    true
}

/// A macro as a value.
pub(super) fn expression(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let Some(tokens) = tokens(node) else { return expressions::opaque(lowering, node) };
    let name = name_of(lowering, node);
    if name == "json" {
        return json(lowering, tokens, node);
    }
    let arguments = arguments(lowering, tokens);
    if name == "vec" {
        let items = arguments.into_iter().map(|argument| argument.value).collect();
        return lowering.add(ExprKind::List(items), node);
    }
    let callee = expressions::part(lowering, node, "macro");
    if !PRINTING.contains(&name) {
        return lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node);
    }
    let (mut before, format) = formatted(lowering, node, arguments);
    match name {
        "format" | "format_args" | "concat" => return format,
        _ => before.push(positional(format)),
    }
    let target = before.first().map(|argument| argument.value);
    let call = lowering.add(ExprKind::Call(Call { callee, arguments: before, is_new: false }), node);
    match target {
        // Writing to a text appends to it.
        Some(target)
            if matches!(name, "write" | "writeln")
                && matches!(lowering.program.kind(target), ExprKind::Name(_) | ExprKind::Field { .. }) =>
        {
            let value = lowering.add(ExprKind::Format(vec![target, format]), node);
            let assign = lowering.add(ExprKind::Assign { target, value }, node);
            lowering.add(ExprKind::Opaque(vec![call, assign]), node)
        }
        _ => call,
    }
}

/// A call of what the tokens look like: for attributes.
pub(super) fn call(lowering: &mut Lowering<'_>, node: Node<'_>, callee: ExprId, tokens: Node<'_>) -> ExprId {
    let arguments = arguments(lowering, tokens);
    lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
}

/// Parses the text of a node alone; places are those of the whole text.
fn parsed_again<'a>(lowering: &mut Lowering<'a>, tokens: Node<'_>, lower: impl FnOnce(&mut Lowering<'a>, Node<'_>)) {
    let mut parser = Parser::new();
    let is_ready =
        parser.set_language(&tokens.language()).is_ok() && parser.set_included_ranges(&[tokens.range()]).is_ok();
    if let Some(tree) = is_ready.then(|| parser.parse(lowering.text, None)).flatten() {
        lower(lowering, tree.root_node());
    }
}

fn arguments(lowering: &mut Lowering<'_>, tokens: Node<'_>) -> Vec<Argument> {
    let mut found = Vec::new();
    lowering.deeper_statement(|lowering| {
        parsed_again(lowering, tokens, |lowering, root| {
            // Without a semicolon behind it, it stands in an error.
            let mut list = root;
            while matches!(list.kind(), "source_file" | "ERROR" | "expression_statement")
                && let Some(inner) = named(list).next()
            {
                list = inner;
            }
            match list.kind() {
                "tuple_expression" | "array_expression" | "parenthesized_expression" | "block" => {
                    found.extend(sound(list).map(|child| argument(lowering, child)));
                }
                "unit_expression" => {}
                _ => found.push(argument(lowering, list)),
            }
        });
    });
    found
}

/// One argument; `name = value` has a name.
fn argument(lowering: &mut Lowering<'_>, node: Node<'_>) -> Argument {
    if node.kind() == "assignment_expression"
        && let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    {
        let name = Some(lowering.symbol_of(left));
        return Argument { name, value: expressions::expression(lowering, right), is_spread: false };
    }
    positional(expressions::expression(lowering, node))
}

/// The arguments before a format, and the text that it makes.
fn formatted(lowering: &mut Lowering<'_>, node: Node<'_>, arguments: Vec<Argument>) -> (Vec<Argument>, ExprId) {
    let text_of = |argument: &Argument| match lowering.program.kind(argument.value) {
        ExprKind::Text(text) if argument.name.is_none() => Some(text.contains('{')),
        _ => None,
    };
    // `target: "x"` may stand before the format of a log.
    let with_holes = arguments.iter().position(|argument| text_of(argument) == Some(true));
    let Some(at) = with_holes.or_else(|| arguments.iter().position(|argument| text_of(argument).is_some())) else {
        let values = arguments.iter().map(|argument| argument.value).collect();
        return (Vec::new(), lowering.add(ExprKind::Format(values), node));
    };
    let mut before = arguments;
    let mut rest = before.split_off(at);
    let format = rest.remove(0).value;
    let text = match lowering.program.kind(format) {
        ExprKind::Text(text) => text.clone(),
        _ => Box::default(),
    };
    let mut next = 0;
    let mut used = vec![false; rest.len()];
    let mut parts = Vec::new();
    for piece in brace_format(&text) {
        let at = match piece {
            Piece::Text(text) => {
                let place = lowering.program.span(format);
                parts.push(lowering.add_at(ExprKind::Text(text.into()), place));
                continue;
            }
            Piece::Next => {
                next += 1;
                Some(next - 1)
            }
            Piece::At(at) => Some(at),
            Piece::Named(name) => {
                let symbol = lowering.symbol(name);
                let at = rest.iter().position(|argument| argument.name == Some(symbol));
                if at.is_none() {
                    let place = lowering.program.span(format);
                    parts.push(lowering.add_at(ExprKind::Name(symbol), place));
                    continue;
                }
                at
            }
        };
        if let Some(argument) = at.and_then(|at| rest.get(at)) {
            parts.push(argument.value);
            used[at.unwrap_or_default()] = true;
        }
    }
    // What no hole takes, as in `concat!` and structured logs, is data all the same.
    parts.extend(rest.iter().zip(&used).filter(|(_, used)| !**used).map(|(argument, _)| argument.value));
    (before, lowering.add(ExprKind::Format(parts), node))
}

/// `json!({"key": value})`: its tokens are no Rust, but keys and values are.
fn json(lowering: &mut Lowering<'_>, tokens: Node<'_>, node: Node<'_>) -> ExprId {
    let mut inner = sound(tokens);
    match (inner.next(), inner.next()) {
        (Some(object), None) if object.kind() == "token_tree" => json_value(lowering, object),
        _ => {
            let arguments = arguments(lowering, tokens);
            let values = arguments.into_iter().map(|argument| argument.value).collect();
            lowering.add(ExprKind::Opaque(values), node)
        }
    }
}

fn json_value(lowering: &mut Lowering<'_>, tree: Node<'_>) -> ExprId {
    lowering.deeper(tree, |lowering| {
        let is_object = lowering.text(tree).starts_with('{');
        let mut entries = Vec::new();
        let mut items = Vec::new();
        for entry in split(lowering, tree) {
            let has_key = is_object && entry.len() > 2;
            let key = has_key.then(|| expressions::expression(lowering, entry[0]));
            if has_key {
                let text = crate::lower::literals::inside(lowering.text(entry[0]), '"');
                lowering.symbol(text);
            }
            let value = value_of(lowering, if has_key { &entry[2..] } else { &entry });
            match key {
                Some(_) => entries.push((key, value)),
                None => items.push(value),
            }
        }
        let kind = if is_object { ExprKind::Map(entries) } else { ExprKind::List(items) };
        lowering.add(kind, tree)
    })
}

/// The tokens between the commas of a tree.
fn split<'t>(lowering: &Lowering<'_>, tree: Node<'t>) -> Vec<Vec<Node<'t>>> {
    let mut entries = vec![Vec::new()];
    let mut cursor = tree.walk();
    let tokens: Vec<_> = tree.children(&mut cursor).filter(|token| !token.is_extra()).collect();
    for token in tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default() {
        match entries.last_mut() {
            Some(entry) if lowering.text(*token) != "," => entry.push(*token),
            _ => entries.push(Vec::new()),
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}

/// What a few tokens in a row say: a tree, or an expression of names, fields and calls.
fn value_of(lowering: &mut Lowering<'_>, tokens: &[Node<'_>]) -> ExprId {
    match tokens {
        [tree] if tree.kind() == "token_tree" => json_value(lowering, *tree),
        [token] => expressions::expression(lowering, *token),
        several => {
            let [first, ..] = several else { return lowering.add_at(ExprKind::Opaque(Vec::new()), Span::default()) };
            let values = several.iter().map(|token| expressions::expression(lowering, *token)).collect();
            lowering.add(ExprKind::Opaque(values), *first)
        }
    }
}
