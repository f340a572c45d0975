//! The prompt as code: the function that is to be completed, and what stands before it.

use proofhouse_types::Language;
use tree_sitter::Node;

use crate::fences::{self, Tag};
use crate::names::Names;
use crate::search::Search;
use crate::tree::{Parsed, Problem};

/// A prompt that ends in the function to be written.
#[derive(Debug)]
pub(crate) struct Stub {
    /// The prompt's code, to its last character.
    pub(crate) text: String,
    /// The name of the function or class.
    pub(crate) name: String,
    /// Where the top-level statement with it starts.
    pub(crate) statement: usize,
    /// Where its own definition starts.
    pub(crate) definition: usize,
    /// The indentation of its body.
    pub(crate) body_indentation: String,
    /// The top-level statements before it.
    preamble: Vec<Statement>,
}

/// One statement of the preamble.
#[derive(Debug)]
struct Statement {
    text: String,
    names: Names,
}

impl Stub {
    /// Reads a prompt, or the last fenced block of it that defines the entry point. Without an entry point, the last function
    /// counts if it has no body yet.
    pub(crate) fn of(search: &mut Search, prompt: &str, entry_point: Option<&str>) -> Option<Self> {
        if prompt.trim().is_empty() {
            return None;
        }
        if let Some(stub) = search.read(prompt).and_then(|parsed| Self::read(&parsed, prompt, entry_point)) {
            return Some(stub);
        }
        let blocks = fences::blocks(prompt, Language::Python);
        blocks.into_iter().rev().filter(|block| block.tag != Tag::Other).find_map(|block| {
            search.read(&block.content).and_then(|parsed| Self::read(&parsed, &block.content, entry_point))
        })
    }

    fn read(parsed: &Parsed, text: &str, entry_point: Option<&str>) -> Option<Self> {
        if parsed.errors().iter().any(|error| error.problem != Problem::EmptyBlock) {
            return None;
        }
        let (statement, definition) = find(parsed, text, entry_point)?;
        let name = text[definition.child_by_field_name("name")?.byte_range()].to_owned();
        let root = parsed.tree().root_node();
        let preamble = root
            .named_children(&mut root.walk())
            .take_while(|node| node.start_byte() < statement.start_byte())
            .filter(|node| !node.is_extra() && !is_placeholder(*node))
            .map(|node| Statement { text: text[node.byte_range()].to_owned(), names: Names::under(node, text) })
            .collect();
        let body = definition.child_by_field_name("body").and_then(|body| body.named_child(0));
        let body_indentation =
            body.filter(|body| body.start_position().row > definition.start_position().row).map_or_else(
                || format!("{}    ", line_indentation(text, definition)),
                |body| line_indentation(text, body).to_owned(),
            );
        let (statement, definition) = (statement.start_byte(), definition.start_byte());
        Some(Self { text: text.to_owned(), name, statement, definition, body_indentation, preamble })
    }

    /// Puts in front of a program what the prompt defines before the entry point, as far as the program does not define it itself.
    pub(crate) fn with_preamble(&self, code: String, parsed: &Parsed) -> String {
        let names = Names::of(parsed, &code);
        if !names.defined.contains(&self.name) {
            return code;
        }
        let missing = self
            .preamble
            .iter()
            .filter(|statement| {
                let defined = &statement.names.defined;
                if defined.is_empty() { !code.contains(&statement.text) } else { !defined.is_subset(&names.defined) }
            })
            .collect::<Vec<_>>();
        if missing.is_empty() {
            return code;
        }
        let preamble = if missing.len() == self.preamble.len() {
            self.text[..self.statement].to_owned()
        } else {
            missing.iter().map(|statement| format!("{}\n\n\n", statement.text)).collect()
        };
        // Python wants imports from `__future__` before anything else.
        let root = parsed.tree().root_node();
        let imports =
            root.named_children(&mut root.walk()).filter(|node| node.kind() == "future_import_statement").last();
        let (future, rest) = code.split_at(imports.map_or(0, |node| node.end_byte()));
        let gap = if future.is_empty() || future.ends_with('\n') { "" } else { "\n" };
        format!("{future}{gap}{preamble}{}", if future.is_empty() { rest } else { rest.trim_start_matches('\n') })
    }
}

/// Whether a prompt is, as a whole, Python that ends in a function or class to be written, and no prose about one.
#[must_use]
pub fn is_stub(prompt: &str, entry_point: Option<&str>) -> bool {
    Search::new(Language::Python).read(prompt).is_some_and(|parsed| Stub::read(&parsed, prompt, entry_point).is_some())
}

/// The entry point's definition, the last of that name, and the top-level statement that it is in.
fn find<'t>(parsed: &'t Parsed, text: &str, entry_point: Option<&str>) -> Option<(Node<'t>, Node<'t>)> {
    let root = parsed.tree().root_node();
    let statements = root.named_children(&mut root.walk()).filter(|node| !node.is_extra()).collect::<Vec<_>>();
    let Some(name) = entry_point else {
        let last = *statements.last()?;
        let definition = undecorated(last);
        let body = definition.child_by_field_name("body")?;
        let unwritten = body.named_children(&mut body.walk()).all(|node| node.is_extra() || is_placeholder(node));
        return (definition.kind() == "function_definition" && unwritten).then_some((last, definition));
    };
    let is_named = |node: &Node<'_>| {
        matches!(node.kind(), "function_definition" | "class_definition")
            && node.child_by_field_name("name").is_some_and(|node| &text[node.byte_range()] == name)
    };
    statements.into_iter().rev().find_map(|statement| {
        let definition = undecorated(statement);
        if is_named(&definition) {
            return Some((statement, definition));
        }
        let body = definition.child_by_field_name("body").filter(|_| definition.kind() == "class_definition")?;
        let methods = body.named_children(&mut body.walk()).map(undecorated).collect::<Vec<_>>();
        methods.into_iter().rev().find(is_named).map(|method| (statement, method))
    })
}

/// What decorators stand before, or the node itself.
pub(crate) fn undecorated(node: Node<'_>) -> Node<'_> {
    node.child_by_field_name("definition").unwrap_or(node)
}

/// A docstring, `...` or `pass`: what stands in for a body that is not written yet.
fn is_placeholder(node: Node<'_>) -> bool {
    match node.kind() {
        "pass_statement" => true,
        "expression_statement" => {
            node.named_child(0).is_some_and(|child| matches!(child.kind(), "string" | "ellipsis"))
        }
        _ => false,
    }
}

fn line_indentation<'a>(text: &'a str, node: Node<'_>) -> &'a str {
    let line = &text[node.start_byte() - node.start_position().column..node.start_byte()];
    crate::lines::indentation(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_a_stub_if_it_is_code_that_ends_in_the_entry_point() {
        let cases = [
            ("from typing import List\n\n\ndef f(x: List[int]) -> int:\n    \"\"\"Adds up.\"\"\"\n", Some("f"), true),
            ("def f(x):\n", None, true),
            ("class Account:\n    \"\"\"Holds money.\"\"\"\n", Some("Account"), true),
            ("def f(x):\n", Some("g"), false),
            ("Write a function f.\n", Some("f"), false),
            ("\"\"\"\nWrite a function f.\nassert f(1) == 2\n\"\"\"\n", Some("f"), false),
            ("Complete this:\n\n    def f(x):\n", Some("f"), false),
            ("", None, false),
        ];
        for (prompt, entry_point, expected) in cases {
            assert_eq!(is_stub(prompt, entry_point), expected, "{prompt}");
        }
    }
}
