//! Commands, with what runs another command seen through: `sudo rm` is a call of `rm`.

use tree_sitter::Node;

use crate::ir::{Argument, Block, Call, ExprId, ExprKind, Statement};
use crate::lower::bash::{statement as lower_statement, words};
use crate::lower::{Lowering, named};

/// Lowers a command where it stands alone.
pub(super) fn statement(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) {
    let call = call(lowering, node, Vec::new(), body);
    let lowered = match callee(lowering, call) {
        Some("exit") => Statement::Throw(Some(call)),
        Some("return") => Statement::Return(None),
        Some("break") => Statement::Break,
        Some("continue") => Statement::Continue,
        Some(_) | None => Statement::Expr(call),
    };
    body.push(lowered);
}

fn callee<'l>(lowering: &'l Lowering<'_>, call: ExprId) -> Option<&'l str> {
    let ExprKind::Call(call) = lowering.program.kind(call) else { return None };
    let ExprKind::Name(name) = lowering.program.kind(call.callee) else { return None };
    Some(lowering.program.name(*name))
}

/// Lowers a command to a call; `inputs` are texts that it reads.
pub(super) fn call(lowering: &mut Lowering<'_>, node: Node<'_>, inputs: Vec<ExprId>, body: &mut Block) -> ExprId {
    let mut command: Vec<Node<'_>> = Vec::new();
    let mut inputs = inputs;
    for child in named(node) {
        match child.kind() {
            // `A=1 command`: for the command alone, but nearly always the same afterwards.
            "variable_assignment" | "subshell" => lower_statement(lowering, child, body),
            "command_name" => command.extend(named(child).next()),
            "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                inputs.extend(redirect(lowering, child, body));
            }
            _ => command.push(child),
        }
    }
    let wrapped = unwrapped(lowering, &command);
    let Some((name, arguments)) = command[wrapped..].split_first() else {
        return lowering.add(ExprKind::Opaque(inputs), node);
    };
    let known = words::constant(lowering, *name);
    let mut values = Vec::new();
    let callee = match &known {
        Some(name_text) => {
            let simple = name_text.rsplit('/').next().unwrap_or(name_text);
            let simple = if simple == "." { "source" } else { simple };
            lowering.name(simple, *name)
        }
        None => {
            // Whatever runs: as if it said `command $x`.
            let callee = lowering.name("command", *name);
            values.push(words::word(lowering, *name, body));
            callee
        }
    };
    values.extend(arguments.iter().map(|argument| words::word(lowering, *argument, body)));
    let mut arguments: Vec<_> =
        values.into_iter().map(|value| Argument { name: None, value, is_spread: false }).collect();
    let stdin = lowering.symbol("stdin");
    arguments.extend(inputs.into_iter().map(|value| Argument { name: Some(stdin), value, is_spread: false }));
    let call = lowering.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node);
    match known.as_deref() {
        Some("read" | "mapfile" | "readarray") => reads(lowering, call, &command[wrapped + 1..], node),
        Some(_) | None => call,
    }
}

/// How many words come before the command that is really run.
fn unwrapped(lowering: &Lowering<'_>, command: &[Node<'_>]) -> usize {
    let mut at = 0;
    while let Some(node) = command.get(at) {
        let text = lowering.text(*node);
        // The options that take a word.
        let options = match text {
            "sudo" | "doas" => "-u -g -h -p -C -r -t -U --user --group",
            "nohup" | "time" | "command" | "builtin" | "exec" | "setsid" => "-a",
            "nice" => "-n",
            "env" => "-u -C",
            "timeout" => "-s -k",
            _ => return at,
        };
        let mut next = at + 1;
        while let Some(option) = command.get(next) {
            let word = lowering.text(*option);
            // `command -v x` asks, and runs nothing.
            if text == "command" && matches!(word, "-v" | "-V") {
                return at;
            }
            let is_assigned = text == "env" && word.contains('=');
            if !word.starts_with('-') && !is_assigned {
                break;
            }
            next += if options.split(' ').any(|other| other == word) { 2 } else { 1 };
        }
        // A duration comes first.
        next += usize::from(text == "timeout");
        if next >= command.len() {
            return at;
        }
        at = next;
    }
    at
}

/// `read a b`: the variables are given what the call reads.
fn reads(lowering: &mut Lowering<'_>, call: ExprId, words: &[Node<'_>], node: Node<'_>) -> ExprId {
    let mut names = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = lowering.text(*word);
        if text.starts_with('-') {
            // `-p prompt`, `-rsp prompt`, `-n 1`.
            if text.ends_with(['p', 'd', 'n', 'N', 't', 'u', 'i']) {
                words.next();
            }
        } else if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            let name = format!("${text}");
            names.push(lowering.name(&name, *word));
        }
    }
    // What is read stands in the script: `read -r x <<EOF`.
    let given = match lowering.program.kind(call) {
        ExprKind::Call(call) => {
            call.arguments.iter().find(|argument| argument.name.is_some()).map(|argument| argument.value)
        }
        _ => None,
    };
    let target = match names[..] {
        [] => lowering.name("$REPLY", node),
        [name] => name,
        _ => lowering.add(ExprKind::List(names), node),
    };
    lowering.add(ExprKind::Assign { target, value: given.unwrap_or(call) }, node)
}

/// Lowers the redirects of a statement; gives the texts that it reads.
pub(super) fn redirects(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> Vec<ExprId> {
    let mut inputs = Vec::new();
    for child in named(node).filter(|child| child.kind().ends_with("_redirect")) {
        inputs.extend(redirect(lowering, child, body));
    }
    inputs
}

/// A redirect: a file that is read or written is a call of its own, before the command; a text is an input.
fn redirect(lowering: &mut Lowering<'_>, node: Node<'_>, body: &mut Block) -> Option<ExprId> {
    match node.kind() {
        "herestring_redirect" => named(node).last().map(|word| words::word(lowering, word, body)),
        "heredoc_redirect" => {
            let mut input = None;
            for child in named(node) {
                match child.kind() {
                    "heredoc_body" => input = Some(words::word(lowering, child, body)),
                    "file_redirect" => {
                        redirect(lowering, child, body);
                    }
                    _ => {}
                }
            }
            input
        }
        _ => {
            let file = node.child_by_field_name("destination")?;
            // `2>&1` names no file, nor does the sink.
            if file.kind() == "number" || lowering.text(file) == "/dev/null" {
                return None;
            }
            let operator = lowering.text(node).trim_start_matches(|letter: char| letter.is_ascii_digit());
            let name = if operator.starts_with('<') { "redirect_in" } else { "redirect_out" };
            let value = words::word(lowering, file, body);
            let callee = lowering.name(name, node);
            let call = lowering.call(callee, vec![value], node);
            body.push(Statement::Expr(call));
            None
        }
    }
}
