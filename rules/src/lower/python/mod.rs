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
use crate::lower::named as pieces;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    statements::block(lowering, root)
}
