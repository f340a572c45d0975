//! JavaScript, TypeScript and TSX. The three grammars share their node kinds but for a few, which are all named here.

mod classes;
mod expressions;
mod functions;
mod handlers;
mod jsx;
mod literals;
mod modules;
mod operators;
mod patterns;
mod statements;
#[cfg(test)]
mod tests;
mod types;

use tree_sitter::Node;

use crate::ir::Statement;
use crate::lower::Lowering;
use crate::lower::named;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    statements::block(lowering, root)
}

/// The named child under a field's name.
fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// Whether one of the children is this keyword or sign.
fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    while more {
        if cursor.node().kind() == token {
            return true;
        }
        more = cursor.goto_next_sibling();
    }
    false
}
