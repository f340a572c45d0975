//! Words: texts, variables and what commands print, put together.

use std::borrow::Cow;

use tree_sitter::Node;

use crate::ir::{Block, ExprId, ExprKind, Operator, Span};
use crate::lower::bash::{expression, statement};
use crate::lower::{Lowering, named};

/// Lowers a word, or anything that stands where a word can.
pub(super) fn word(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    lowering.deeper(node, |lowering| word_here(lowering, node, body))
}

fn word_here(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    if let Some(text) = constant(lowering, node) {
        return lowering.string(&text, node);
    }
    match node.kind() {
        "simple_expansion" | "variable_name" | "special_variable_name" | "subscript" => variable(lowering, node, body),
        "expansion" => expansion(lowering, node, body),
        "command_substitution" | "process_substitution" => substitution(lowering, node, body),
        "string" | "concatenation" | "heredoc_body" | "translated_string" => pieces(lowering, node, body),
        "array" => {
            let items = named(node).map(|item| word(lowering, item, body)).collect();
            lowering.add(ExprKind::List(items), node)
        }
        "arithmetic_expansion"
        | "binary_expression"
        | "postfix_expression"
        | "parenthesized_expression"
        | "ternary_expression"
        | "unary_expression" => numbers(lowering, node),
        "command" | "pipeline" | "list" | "redirected_statement" | "negated_command" | "test_command" => {
            expression(lowering, node, body)
        }
        _ => {
            let parts = named(node).map(|child| word(lowering, child, body)).collect();
            lowering.add(ExprKind::Opaque(parts), node)
        }
    }
}

/// A word without anything that is only known when it runs.
pub(super) fn constant<'t>(lowering: &Lowering<'t>, node: Node<'_>) -> Option<Cow<'t, str>> {
    let text = lowering.text(node);
    match node.kind() {
        "word" | "extglob_pattern" | "regex" => Some(without_escapes(text)),
        "number" if named(node).next().is_none() => Some(Cow::Borrowed(text)),
        "heredoc_content" | "string_content" => Some(Cow::Borrowed(text)),
        "raw_string" => Some(Cow::Borrowed(text.trim_start_matches('\'').trim_end_matches('\''))),
        "ansi_c_string" => {
            let inner = text.strip_prefix("$'").unwrap_or(text);
            Some(without_escapes(inner.strip_suffix('\'').unwrap_or(inner)))
        }
        "string" if named(node).all(|child| child.kind() == "string_content") => {
            let inner = text.strip_prefix('"').unwrap_or(text);
            Some(without_escapes(inner.strip_suffix('"').unwrap_or(inner)))
        }
        "heredoc_body" if is_quoted(lowering, node) => Some(Cow::Borrowed(text)),
        // A brace or another mark of its own makes it more than its parts.
        "concatenation" if !text.contains(['{', '$', '`']) => {
            let mut whole = String::new();
            for child in named(node) {
                whole.push_str(&constant(lowering, child)?);
            }
            Some(Cow::Owned(whole))
        }
        _ => None,
    }
}

/// Whether nothing is put into a heredoc: its mark has quotes.
fn is_quoted(lowering: &Lowering<'_>, body: Node<'_>) -> bool {
    let mark = body.parent().and_then(|parent| named(parent).find(|child| child.kind() == "heredoc_start"));
    mark.is_some_and(|mark| lowering.text(mark).contains(['\'', '"', '\\']))
}

fn without_escapes(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            plain.extend(letters.next().filter(|next| *next != '\n'));
        } else {
            plain.push(letter);
        }
    }
    Cow::Owned(plain)
}

/// A variable, read or written: `$x` whether the text has the `$` or not.
pub(super) fn variable(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    match node.kind() {
        "simple_expansion" => match named(node).next() {
            Some(name) => variable(lowering, name, body),
            None => lowering.add(ExprKind::Opaque(Vec::new()), node),
        },
        "subscript" => {
            let Some(name) = node.child_by_field_name("name") else {
                return lowering.add(ExprKind::Opaque(Vec::new()), node);
            };
            let of = variable(lowering, name, body);
            let Some(index) = node.child_by_field_name("index") else { return of };
            // All items together are the list.
            if matches!(lowering.text(index), "@" | "*") {
                return of;
            }
            let index = word(lowering, index, body);
            lowering.add(ExprKind::Index { of, index }, node)
        }
        _ => {
            let name = format!("${}", lowering.text(node));
            match name.as_str() {
                // The process's number says no more than it looks like.
                "$$" => lowering.string(&name, node),
                "$?" | "$#" | "$!" => lowering.add(ExprKind::Number, node),
                _ => lowering.name(&name, node),
            }
        }
    }
}

/// `${x:-default}` and the like.
fn expansion(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| lowering.text(operator));
    let parts: Vec<_> = named(node).collect();
    let is_variable = |node: &Node<'_>| {
        matches!(node.kind(), "variable_name" | "special_variable_name" | "subscript" | "simple_expansion")
    };
    let Some(first) = parts.iter().copied().find(is_variable) else {
        return lowering.add(ExprKind::Opaque(Vec::new()), node);
    };
    let value = variable(lowering, first, body);
    let rest: Vec<_> = parts.into_iter().filter(|part| part.id() != first.id()).collect();
    match operator {
        "" if rest.is_empty() => value,
        ":-" | "-" | ":=" | "=" => {
            let right = match rest.first() {
                Some(default) => word(lowering, *default, body),
                None => lowering.string("", node),
            };
            lowering.add(ExprKind::Binary { operator: Operator::Coalesce, left: value, right }, node)
        }
        ":?" | "?" => value,
        // Another text where there is a value: nothing of the value itself.
        ":+" | "+" => match rest.first() {
            Some(other) => word(lowering, *other, body),
            None => lowering.string("", node),
        },
        // A length.
        "#" if rest.is_empty() => lowering.add(ExprKind::Number, node),
        _ => {
            let mut values = vec![value];
            values.extend(rest.into_iter().map(|part| word(lowering, part, body)));
            lowering.add(ExprKind::Opaque(values), node)
        }
    }
}

/// What commands print: of a single one the call itself.
fn substitution(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    let commands: Vec<_> = named(node).collect();
    if let [command] = commands[..] {
        return expression(lowering, command, body);
    }
    let mut values = Vec::new();
    for command in commands {
        match command.kind() {
            "command" | "pipeline" => values.push(expression(lowering, command, body)),
            _ => statement(lowering, command, body),
        }
    }
    lowering.add(ExprKind::Opaque(values), node)
}

/// A text with holes: what is between them is text, also where the grammar has no node for it.
fn pieces(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    let is_string = node.kind() == "string";
    let is_heredoc = node.kind() == "heredoc_body";
    let between = |lowering: &mut Lowering<'_>, start: usize, end: usize, parts: &mut Vec<ExprId>| match is_heredoc {
        true => heredoc_gap(lowering, start, end, node, parts),
        false => gap(lowering, start, end, parts),
    };
    let mut parts = Vec::new();
    let mut at = node.start_byte() + usize::from(is_string);
    let is_closed = is_string && lowering.text(node).len() > 1 && lowering.text(node).ends_with('"');
    let end = node.end_byte() - usize::from(is_closed);
    for child in named(node) {
        if matches!(child.kind(), "string_content" | "heredoc_content") {
            continue;
        }
        // The grammar counts blanks in front of a hole to it.
        let child_text = lowering.text(child);
        let start = child.start_byte() + child_text.len() - child_text.trim_start().len();
        between(lowering, at, start, &mut parts);
        at = child.end_byte();
        let part = word(lowering, child, body);
        match lowering.program.kind(part) {
            ExprKind::Format(inner) if matches!(child.kind(), "string" | "concatenation") => {
                let inner = inner.clone();
                parts.extend(inner);
            }
            _ => parts.push(part),
        }
    }
    between(lowering, at, end, &mut parts);
    match parts[..] {
        [part] => part,
        _ => lowering.add(ExprKind::Format(parts), node),
    }
}

/// The text of a heredoc. The grammar does not see `'$1'` in it.
fn heredoc_gap(lowering: &mut Lowering<'_>, start: usize, end: usize, node: Node<'_>, parts: &mut Vec<ExprId>) {
    // What stands behind a name in braces is short.
    const LONGEST: usize = 200;
    let Some(text) = lowering.text.get(start..end) else { return };
    let mut done = 0;
    while let Some(dollar) = text[done..].find('$') {
        let dollar = done + dollar;
        let is_escaped = text[..dollar].ends_with('\\');
        let behind = text[dollar + 1..].strip_prefix('{').unwrap_or(&text[dollar + 1..]);
        let length =
            behind.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(behind.len());
        if is_escaped || length == 0 {
            gap(lowering, start + done, start + dollar + 1, parts);
            done = dollar + 1;
            continue;
        }
        gap(lowering, start + done, start + dollar, parts);
        let name = format!("${}", &behind[..length]);
        parts.push(lowering.name(&name, node));
        let is_braced = text[dollar + 1..].starts_with('{');
        let behind_name = dollar + 1 + usize::from(is_braced) + length;
        let close =
            text.bytes().skip(behind_name).take(LONGEST).position(|byte| byte == b'}').map_or(0, |close| close + 1);
        done = behind_name + if is_braced { close } else { 0 };
    }
    gap(lowering, start + done, end, parts);
}

fn gap(lowering: &mut Lowering<'_>, start: usize, end: usize, parts: &mut Vec<ExprId>) {
    if let Some(text) = lowering.text.get(start..end).filter(|text| !text.is_empty()) {
        let offset = |byte: usize| u32::try_from(byte).expect("a text of 4 GiB is refused before");
        let place = Span { start: offset(start), end: offset(end) };
        let text = without_escapes(text);
        parts.push(lowering.add_at(ExprKind::Text(text.into()), place));
    }
}

/// Arithmetic: its value comes from its variables. It may nest as deep as it likes.
fn numbers(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    let mut names = Vec::new();
    let mut cursor = node.walk();
    'all: loop {
        let here = cursor.node();
        let is_name = matches!(here.kind(), "variable_name" | "special_variable_name");
        if is_name {
            let name = format!("${}", lowering.text(here));
            names.push(lowering.name(&name, here));
        }
        if !is_name && cursor.goto_first_child() {
            continue;
        }
        while cursor.node().id() != node.id() {
            if cursor.goto_next_sibling() {
                continue 'all;
            }
            cursor.goto_parent();
        }
        break;
    }
    let kind = if names.is_empty() { ExprKind::Number } else { ExprKind::Opaque(names) };
    lowering.add(kind, node)
}

/// The pattern of a case, as a text; one that stands for more than itself is not known.
pub(super) fn pattern(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    let text = lowering.text(node);
    match text.contains(['*', '?', '[']) && !text.starts_with(['"', '\'']) {
        true => lowering.add(ExprKind::Opaque(Vec::new()), node),
        false => word(lowering, node, body),
    }
}

/// `[ ... ]`, `[[ ... ]]` and `(( ... ))`.
pub(super) fn test(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    if lowering.text(node).starts_with("((") {
        return numbers(lowering, node);
    }
    let parts: Vec<_> = named(node).collect();
    if let [part] = parts[..] {
        return condition(lowering, part, body);
    }
    let parts = parts.into_iter().map(|part| condition(lowering, part, body)).collect();
    lowering.add(ExprKind::Opaque(parts), node)
}

fn condition(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    lowering.deeper(node, |lowering| condition_here(lowering, node, body))
}

fn condition_here(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    match node.kind() {
        "unary_expression" => {
            let operator = node.child_by_field_name("operator").map_or("", |operator| lowering.text(operator));
            let Some(operand) = named(node).filter(|child| child.kind() != "test_operator").last() else {
                return lowering.add(ExprKind::Opaque(Vec::new()), node);
            };
            let operand = condition(lowering, operand, body);
            match operator {
                "!" => lowering.add(ExprKind::Not(operand), node),
                "" => operand,
                _ => {
                    let callee = lowering.name(operator, node);
                    lowering.call(callee, vec![operand], node)
                }
            }
        }
        "binary_expression" => comparison(lowering, node, body),
        "parenthesized_expression" => match named(node).next() {
            Some(inner) => condition(lowering, inner, body),
            None => lowering.add(ExprKind::Opaque(Vec::new()), node),
        },
        _ => word(lowering, node, body),
    }
}

fn comparison(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> ExprId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        let parts = named(node).map(|part| condition(lowering, part, body)).collect();
        return lowering.add(ExprKind::Opaque(parts), node);
    };
    let operator = match node.child_by_field_name("operator").map_or("", |operator| lowering.text(operator)) {
        "=" | "==" | "-eq" => Operator::Equal,
        "!=" | "-ne" => Operator::NotEqual,
        "=~" => Operator::Match,
        "-lt" | "<" => Operator::Less,
        "-le" | "<=" => Operator::LessEqual,
        "-gt" | ">" => Operator::Greater,
        "-ge" | ">=" => Operator::GreaterEqual,
        "&&" | "-a" => Operator::And,
        "||" | "-o" => Operator::Or,
        _ => Operator::Other,
    };
    let left = condition(lowering, left, body);
    // A call, so that rules can say what a match makes safe.
    if operator == Operator::Match {
        let text = lowering.text(right).trim_matches(['"', '\'']);
        let right = lowering.string(text, right);
        let callee = lowering.name("=~", node);
        return lowering.call(callee, vec![left, right], node);
    }
    let right = match right.kind() {
        "extglob_pattern" => pattern(lowering, right, body),
        _ => condition(lowering, right, body),
    };
    lowering.add(ExprKind::Binary { operator, left, right }, node)
}
