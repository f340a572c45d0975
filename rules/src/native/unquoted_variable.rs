//! Variables outside quotes where a shell splits them at blanks and takes `*` in them for names of files.

use proofhouse_syntax::Grammar;
use tree_sitter::Node;

use crate::ir::{ExprKind, Program, Statement};
use crate::lower::{named, span};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Commands for which a wrong file is a lost file, or somebody else's.
const DESTRUCTIVE: &str = "rm mv cp chmod chown chgrp rsync dd shred rmdir ln scp tar truncate install unlink";
/// Commands for which it is mostly a failure.
const HARMLESS: &str = "cd mkdir touch cat source grep ls pushd find tee";

/// Finds them in the words of commands, in tests, and in what loops go over.
pub(crate) fn find(source: &Source<'_>) -> Vec<Hit> {
    if source.grammar != Grammar::Bash {
        return Vec::new();
    }
    let mut search = Search { source, constant: constants(source.program), hits: Vec::new() };
    let mut cursor = source.tree.walk();
    loop {
        search.node(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return search.hits;
            }
        }
    }
}

struct Search<'a> {
    source: &'a Source<'a>,
    /// Variables that only ever hold plain words.
    constant: Vec<String>,
    hits: Vec<Hit>,
}

/// Names of variables whose every value is a constant that no shell splits.
fn constants(program: &Program) -> Vec<String> {
    let mut plain: Vec<(String, bool)> = Vec::new();
    let mut visit = |statement: &Statement| {
        let Statement::Assign(assign) = statement else { return };
        let ExprKind::Name(name) = program.kind(assign.target) else { return };
        let is_plain = assign.operator.is_none()
            && assign.value.is_some_and(|value| match program.kind(value) {
                ExprKind::Text(text) => !text.is_empty() && !text.contains([' ', '\t', '\n', '*', '?', '[', '~']),
                ExprKind::Number | ExprKind::Integer(_) => true,
                _ => false,
            });
        let name = program.name(*name);
        match plain.iter_mut().find(|(other, _)| other == name) {
            Some((_, all)) => *all &= is_plain,
            None => plain.push((name.to_owned(), is_plain)),
        }
    };
    let mut blocks: Vec<&Vec<Statement>> = vec![&program.body];
    blocks.extend(program.functions.iter().map(|function| &function.body));
    while let Some(block) = blocks.pop() {
        for statement in block {
            visit(statement);
            match statement {
                Statement::If { then, otherwise, .. } => blocks.extend([then, otherwise]),
                Statement::Loop { body, .. } | Statement::Block(body) => blocks.push(body),
                Statement::Switch { cases, .. } => blocks.extend(cases.iter().map(|case| &case.body)),
                _ => {}
            }
        }
    }
    plain.into_iter().filter(|(_, all)| *all).map(|(name, _)| name).collect()
}

impl Search<'_> {
    fn text(&self, node: Node<'_>) -> &str {
        self.source.text.get(node.byte_range()).unwrap_or_default()
    }

    fn node(&mut self, node: Node<'_>) {
        match node.kind() {
            "command" => self.command(node),
            "for_statement" => {
                let mut cursor = node.walk();
                let values: Vec<_> = node.children_by_field_name("value", &mut cursor).collect();
                values.into_iter().for_each(|value| self.word(value, "for", Level::Low));
            }
            "test_command" if !self.text(node).starts_with("[[") && !self.text(node).starts_with("((") => {
                self.test(node)
            }
            _ => {}
        }
    }

    fn command(&mut self, node: Node<'_>) {
        let words: Vec<_> = named(node).filter(|child| !child.kind().ends_with("redirect")).collect();
        let at = words.iter().position(|word| {
            let text = self.text(*word);
            !matches!(text, "sudo" | "doas" | "nohup" | "time" | "command" | "xargs")
                && word.kind() != "variable_assignment"
        });
        let Some((name, arguments)) = at.and_then(|at| words[at..].split_first()) else { return };
        let name = self.text(*name).rsplit('/').next().unwrap_or_default().to_owned();
        let confidence = if DESTRUCTIVE.split(' ').any(|other| other == name) {
            Level::Medium
        } else if HARMLESS.split(' ').any(|other| other == name) {
            Level::Low
        } else {
            return;
        };
        arguments.iter().for_each(|argument| self.word(*argument, &name, confidence));
    }

    fn test(&mut self, node: Node<'_>) {
        for inner in named(node) {
            let parts: Vec<_> = match inner.kind() {
                "binary_expression" | "unary_expression" => named(inner).collect(),
                _ => vec![inner],
            };
            parts.into_iter().for_each(|part| self.word(part, "[", Level::Low));
        }
    }

    fn word(&mut self, node: Node<'_>, command: &str, confidence: Level) {
        let found = match node.kind() {
            "concatenation" => named(node).find(|part| self.is_split(*part)),
            _ => Some(node).filter(|node| self.is_split(*node)),
        };
        if let Some(part) = found {
            let place = span(part);
            let shown = self.text(part).trim_start().to_owned();
            let start = place.end - u32::try_from(shown.len()).unwrap_or_default();
            let shown = shown.lines().next().unwrap_or_default().chars().take(60).collect();
            self.hits.push(Hit {
                span: crate::ir::Span { start, end: place.end },
                name: command.to_owned(),
                value: shown,
                confidence,
            });
        }
    }

    /// Whether a shell splits what the node stands for.
    fn is_split(&self, node: Node<'_>) -> bool {
        let text = self.text(node).trim_start();
        match node.kind() {
            // `$(...)` of numbers and names is as common as it is harmless.
            "command_substitution" => {
                !["date", "id ", "nproc", "whoami", "hostname", "pgrep", "pidof", "wc ", "uname", "seq ", "arch"]
                    .iter()
                    .any(|command| text.trim_start_matches(['$', '(', '`', ' ']).starts_with(command))
            }
            "simple_expansion" | "expansion" => {
                let name = text.trim_start_matches(['$', '{']);
                let name = &name[..name
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(name.len())];
                // `$?`, `$#` and `$$` are numbers, `${#x}` is one.
                if name.is_empty() {
                    return matches!(text, "$@" | "$*");
                }
                let lower = name.to_ascii_lowercase();
                // Options are kept in one variable to be split.
                let is_meant = lower.split('_').any(|part| {
                    ["opt", "arg", "flag", "param", "cmd", "uid", "gid", "pid"]
                        .iter()
                        .any(|word| part.starts_with(word))
                }) || ["opts", "args", "flags"].iter().any(|word| lower.ends_with(word));
                let is_replaced = node
                    .child_by_field_name("operator")
                    .is_some_and(|operator| self.text(operator) == "+" || self.text(operator) == ":+");
                let held = format!("${name}");
                !is_meant
                    && !is_replaced
                    && !self.constant.contains(&held)
                    && !matches!(name, "0" | "UID" | "EUID" | "PPID" | "RANDOM" | "LINENO")
            }
            _ => false,
        }
    }
}
