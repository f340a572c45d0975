//! Java. Bare methods and statements without a class are lowered like the rest: the grammar takes them at the top.

mod declarations;
mod expressions;
pub(super) mod fields;
mod statements;
mod switches;
#[cfg(test)]
mod tests;
pub(super) mod text;
mod types;

use std::mem;
use std::ops::{Deref, DerefMut};

use tree_sitter::Node;

use crate::ir::{ExprId, FunctionId, Statement};
use crate::lower::{FunctionParts, Lowering};
use crate::symbols::Symbol;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let mut body = Vec::new();
    let mut java = Java::new(lowering);
    if root.is_error() {
        java.damaged_statement(root, &mut body);
    } else {
        java.statements_in(root, &mut body);
    }
    body
}

/// The named children of a node, damaged ones included.
pub(in crate::lower) fn children_with_errors<'n>(node: Node<'n>) -> Vec<Node<'n>> {
    let is_code = |child: &Node<'_>| !child.is_extra() || child.is_error();
    node.named_children(&mut node.walk()).filter(is_code).collect()
}

/// The lowering of one statement.
struct Java<'l, 't> {
    lowering: &'l mut Lowering<'t>,
    /// What stands inside the statement's expressions and goes before it: anonymous classes, and switches that give a value.
    before: Vec<Statement>,
    /// What `yield` assigns to.
    yields: Option<Symbol>,
}

impl<'t> Deref for Java<'_, 't> {
    type Target = Lowering<'t>;

    fn deref(&self) -> &Lowering<'t> {
        self.lowering
    }
}

impl DerefMut for Java<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.lowering
    }
}

impl<'l, 't> Java<'l, 't> {
    fn new(lowering: &'l mut Lowering<'t>) -> Self {
        Self { lowering, before: Vec::new(), yields: None }
    }

    /// [`Lowering::deeper`], with what goes before the statement kept.
    fn nested(&mut self, node: Node<'_>, lower: impl FnOnce(&mut Java<'_, 't>) -> ExprId) -> ExprId {
        let mut before = mem::take(&mut self.before);
        let yields = self.yields;
        let id = self.lowering.deeper(node, |lowering| {
            let mut java = Java { lowering, before: mem::take(&mut before), yields };
            let id = lower(&mut java);
            before = java.before;
            id
        });
        self.before = before;
        id
    }

    /// The node's text as a name that stands there.
    fn name_of(&mut self, node: Node<'_>) -> ExprId {
        let name = self.text(node);
        self.name(name, node)
    }

    fn add_function(&mut self, node: Node<'_>, lower: impl FnOnce(&mut Java<'_, 't>) -> FunctionParts) -> FunctionId {
        self.lowering.function(node, |lowering| lower(&mut Java::new(lowering)))
    }

    /// Lowers a statement or declaration; what its expressions need before it comes first.
    fn statement(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let yields = self.yields;
        self.lowering.deeper_statement(|lowering| {
            let mut java = Java { lowering, before: Vec::new(), yields };
            let mut own = Vec::new();
            java.statement_of_kind(node, &mut own);
            into.append(&mut java.before);
            into.append(&mut own);
        });
    }
}
