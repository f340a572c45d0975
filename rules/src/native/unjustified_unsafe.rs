//! Rust: `unsafe` without a comment that says why it holds.

use tree_sitter::Node;

use crate::lower::span;
use crate::native::{Hit, Source};
use crate::schema::Level;

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut hits = Vec::new();
    let mut cursor = source.tree.walk();
    // The first lines of the statements around the current node.
    let mut statements: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0;
    loop {
        let node = cursor.node();
        let is_unsafe = node.kind() == "unsafe_block" || node.kind() == "impl_item" && has_word(node);
        if is_unsafe {
            let row = node.start_position().row;
            let first = statements.last().map_or(row, |(_, first)| *first);
            if !is_justified(&lines, first, row) {
                let mut place = span(node);
                let length = source.text.get(place.start as usize..).and_then(|text| text.find('{')).unwrap_or(0);
                place.end = place.start + u32::try_from(length).unwrap_or(0);
                let name = if node.kind() == "impl_item" { "unsafe impl" } else { "unsafe" };
                let name = name.to_owned();
                hits.push(Hit { span: place, name, value: String::new(), confidence: Level::High });
            }
        }
        if is_statement(node.kind()) {
            statements.push((depth, node.start_position().row));
        }
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        loop {
            while statements.last().is_some_and(|(of, _)| *of >= depth) {
                statements.pop();
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return hits;
            }
            depth -= 1;
        }
    }
}

fn is_statement(kind: &str) -> bool {
    matches!(kind, "let_declaration" | "expression_statement" | "const_item" | "static_item" | "match_arm")
}

/// Whether `unsafe` stands before an item's own words.
fn has_word(node: Node<'_>) -> bool {
    node.child(0).is_some_and(|first| first.kind() == "unsafe")
}

/// Whether the comment above a statement, or one between its start and the first line of the block, gives a reason.
fn is_justified(lines: &[&str], first: usize, row: usize) -> bool {
    let says = |line: &&str| line.to_ascii_lowercase().contains("safety");
    let above = lines[..first.min(lines.len())].iter().rev().map(|line| line.trim()).take_while(|line| {
        line.starts_with("//")
            || line.starts_with("/*")
            || line.starts_with('*')
            || line.starts_with("#[")
            || line.ends_with("*/")
    });
    let mut within = lines.iter().skip(first).take(row.saturating_sub(first) + 2);
    above.into_iter().any(|line| says(&line))
        || within.any(|line| line.contains("//") && says(line) || line.contains("/*") && says(line))
}
