//! Types of TypeScript, by the simple name that rules know them by.

use tree_sitter::Node;

use super::{field, named};
use crate::lower::Lowering;
use crate::symbols::Symbol;

/// The name of a node's declared type.
pub(super) fn declared(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Symbol> {
    let name = type_name(lowering, field(node, "type")?)?;
    Some(lowering.symbol(&name))
}

/// The name of a type, and of an array the item's with `[]`. None where a name would say nothing.
pub(super) fn type_name(lowering: &Lowering<'_>, node: Node<'_>) -> Option<String> {
    let mut node = node;
    let mut arrays = 0;
    loop {
        match node.kind() {
            "type_annotation"
            | "readonly_type"
            | "parenthesized_type"
            | "optional_type"
            | "flow_maybe_type"
            | "opting_type_annotation"
            | "omitting_type_annotation" => node = named(node).next()?,
            "array_type" => {
                arrays += 1;
                node = named(node).next()?;
            }
            // `T | null`: what is left without the empty ones, if that is one type.
            "union_type" => {
                let mut left = named(node).filter(|part| !matches!(lowering.text(*part), "null" | "undefined"));
                node = match (left.next(), left.next()) {
                    (Some(only), None) => only,
                    _ => return None,
                };
            }
            "generic_type" => {
                let name = field(node, "name")?;
                let inner = field(node, "type_arguments").and_then(|list| named(list).next());
                match (lowering.text(name), inner) {
                    ("Promise" | "Readonly" | "Partial" | "Required" | "NonNullable" | "Awaited", Some(inner)) => {
                        node = inner;
                    }
                    ("Array" | "ReadonlyArray" | "Set", Some(inner)) => {
                        arrays += 1;
                        node = inner;
                    }
                    _ => node = name,
                }
            }
            "predefined_type" | "type_identifier" | "nested_type_identifier" | "identifier" => {
                let text = lowering.text(node);
                let says_nothing = matches!(text, "any" | "unknown" | "void" | "never" | "object");
                return (!says_nothing).then(|| format!("{text}{}", "[]".repeat(arrays)));
            }
            _ => return None,
        }
    }
}

/// The type that `as` and its like name, if it tells more than a basic type does: `as number` changes nothing at run time.
pub(super) fn cast_name(lowering: &mut Lowering<'_>, node: Node<'_>) -> Option<Symbol> {
    let name = type_name(lowering, node)?;
    let is_basic =
        matches!(name.trim_end_matches("[]"), "string" | "number" | "boolean" | "bigint" | "symbol" | "Date");
    (!is_basic && name != "const").then(|| lowering.symbol(&name))
}
