//! Java's types and annotations: a type is its simple name, without package, generics and dimensions.

use tree_sitter::Node;

use super::Java;
use crate::ir::{Argument, Call, ExprId, ExprKind};
use crate::lower::named;
use crate::symbols::Symbol;

impl Java<'_, '_> {
    /// The simple name of a type; None for `var` and `void`.
    pub(super) fn type_name(&mut self, node: Node<'_>) -> Option<Symbol> {
        let name = simple_type(node)?;
        match self.text(name) {
            "var" | "void" => None,
            _ => Some(self.symbol_of(name)),
        }
    }

    /// The names of the types below a node, such as those after `implements`.
    pub(super) fn type_names(&mut self, node: Option<Node<'_>>, into: &mut Vec<Symbol>) {
        let Some(node) = node else { return };
        for child in named(node) {
            if child.kind() == "type_list" {
                for one in named(child) {
                    into.extend(self.type_name(one));
                }
            } else {
                into.extend(self.type_name(child));
            }
        }
    }

    /// A type where an expression stands: its whole path, as it is written.
    pub(super) fn type_path(&mut self, node: Node<'_>) -> ExprId {
        let mut names = Vec::new();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            match node.kind() {
                "generic_type" => pending.extend(named(node).next()),
                "array_type" => pending.extend(node.child_by_field_name("element")),
                "annotated_type" => pending.extend(named(node).last()),
                "scoped_type_identifier" => {
                    let start = pending.len();
                    pending.extend(named(node).filter(|child| !child.kind().ends_with("annotation")));
                    pending[start..].reverse();
                }
                _ => names.push(node),
            }
        }
        let mut names = names.into_iter();
        let Some(first) = names.next() else { return self.add(ExprKind::Opaque(Vec::new()), node) };
        let mut path = self.name_of(first);
        for name in names {
            let text = self.text(name);
            path = self.field(path, text, node);
        }
        path
    }

    /// The annotations among a declaration's modifiers.
    pub(super) fn annotations(&mut self, node: Node<'_>) -> Vec<ExprId> {
        let mut found = Vec::new();
        for child in named(node) {
            match child.kind() {
                "modifiers" => found.extend(self.annotations(child)),
                "annotation" | "marker_annotation" => found.push(self.annotation(child)),
                _ => {}
            }
        }
        found
    }

    pub(super) fn annotation(&mut self, node: Node<'_>) -> ExprId {
        self.nested(node, |java| {
            let callee = match node.child_by_field_name("name") {
                Some(name) => java.expression(name),
                None => java.add(ExprKind::Opaque(Vec::new()), node),
            };
            let Some(list) = node.child_by_field_name("arguments") else { return callee };
            let mut arguments = Vec::new();
            for child in named(list) {
                let pair = (child.kind() == "element_value_pair").then(|| child.child_by_field_name("value")).flatten();
                let name = pair.and_then(|_| child.child_by_field_name("key")).map(|key| java.symbol_of(key));
                let value = java.expression(pair.unwrap_or(child));
                arguments.push(Argument { name, value, is_spread: false });
            }
            java.add(ExprKind::Call(Call { callee, arguments, is_new: false }), node)
        })
    }
}

/// The node of a type's own name.
fn simple_type(mut node: Node<'_>) -> Option<Node<'_>> {
    loop {
        node = match node.kind() {
            "generic_type" => named(node).next()?,
            "array_type" => node.child_by_field_name("element")?,
            "annotated_type" | "scoped_type_identifier" | "catch_type" => named(node).last()?,
            _ => return Some(node),
        };
    }
}
