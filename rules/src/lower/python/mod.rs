//! Python, with what is left of Python 2: `print` and `exec` statements, `except E, name`, `<>`.

mod damaged;
mod expressions;
mod patterns;
mod statements;
mod strings;
#[cfg(test)]
mod tests;
mod types;

use tree_sitter::Node;

use crate::ir::Statement;
use crate::lower::Lowering;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    statements::block(lowering, root)
}

/// The named children of a node, comments left out and what the parser could not read left in.
fn pieces<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let child = cursor.node();
            more = cursor.goto_next_sibling();
            if child.is_named() && (!child.is_extra() || child.is_error()) {
                return Some(child);
            }
        }
        None
    })
}
