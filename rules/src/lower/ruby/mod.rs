//! Ruby. Every call is a call, with parentheses or without; a bare word that no method of the text is named after is a name.

mod calls;
mod declarations;
mod expressions;
mod operators;
mod patterns;
mod statements;
mod strings;
mod survey;
#[cfg(test)]
mod tests;

use tree_sitter::Node;

use crate::ir::Statement;
use crate::lower::Lowering;
use crate::lower::{all, named as children};
use survey::Survey;

/// Lowers a whole file.
pub(crate) fn module(lowering: &mut Lowering<'_>, root: Node<'_>) -> Vec<Statement> {
    let survey = Survey::of(lowering.text, root);
    statements::module(lowering, Scope { survey: &survey, in_loop: false, in_class: false }, root)
}

/// What is known where a node stands.
#[derive(Clone, Copy)]
struct Scope<'s, 't> {
    survey: &'s Survey<'t>,
    /// Whether `next` and `break` are of a loop; else they end a block.
    in_loop: bool,
    /// Whether it stands in a class and in none of its methods: a bare word there is a call.
    in_class: bool,
}

impl Scope<'_, '_> {
    fn looping(self) -> Self {
        Self { in_loop: true, ..self }
    }

    fn in_class(self) -> Self {
        Self { in_loop: false, in_class: true, ..self }
    }

    fn in_function(self) -> Self {
        Self { in_loop: false, in_class: false, ..self }
    }
}

/// `A::B` as a dotted path.
fn dotted(name: &str) -> String {
    name.trim_start_matches("::").replace("::", ".")
}
