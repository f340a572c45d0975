//! C#. Bare methods and statements without a class are lowered like the rest: the grammar takes them as local functions.

mod declarations;
mod expressions;
mod objects;
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
    let mut body = Vec::new();
    if root.is_error() {
        statements::damaged(lowering, root, &mut body);
    } else {
        statements::children(lowering, root, &mut body);
    }
    body
}
