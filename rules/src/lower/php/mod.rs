//! PHP, inside HTML or alone. Variables keep their `$`, names lose their namespace.

mod calls;
mod declarations;
mod expressions;
mod operators;
mod statements;
mod strings;
#[cfg(test)]
mod tests;

use tree_sitter::Node;

pub(crate) use statements::module;

/// The named children without comments. Other than [`crate::lower::named`], what the parser skipped as damaged is among them.
fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    all(node).filter(|child| child.is_named())
}

/// The children, tokens too, without comments and HTML.
fn all<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let child = cursor.node();
            more = cursor.goto_next_sibling();
            if !child.is_extra() || child.is_error() {
                return Some(child);
            }
        }
        None
    })
}

/// A name without its namespace.
fn simple(name: &str) -> &str {
    name.rsplit('\\').next().unwrap_or(name).trim()
}
