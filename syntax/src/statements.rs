//! Tells statements that do something from prose that happens to parse: `Sure`, `Note: this`, `Answer (short)`.

use std::ops::Range;

use tree_sitter::Node;

use crate::tree::Parsed;

/// What a top-level statement is worth as a sign of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It binds, calls, imports or controls something.
    Code,
    /// A comment or a string: fine within code, no sign of it.
    Neutral,
    /// It may as well be prose.
    Prose,
}

/// The weight of one statement.
pub(crate) fn weight(node: Node<'_>) -> Weight {
    match node.kind() {
        "comment" => Weight::Neutral,
        "ERROR" => Weight::Prose,
        "expression_statement" => match (node.named_child(0), node.named_child_count()) {
            (Some(only), 1) => expression_weight(only),
            _ => Weight::Prose,
        },
        _ => Weight::Code,
    }
}

fn expression_weight(node: Node<'_>) -> Weight {
    let glued = |first: &str, second: &str| {
        let end = node.child_by_field_name(first).map(|node| node.end_byte());
        end.is_some() && end == node.child_by_field_name(second).map(|node| node.start_byte())
    };
    match node.kind() {
        "string" | "concatenated_string" => Weight::Neutral,
        "augmented_assignment" | "await" | "yield" | "named_expression" | "list_comprehension" => Weight::Code,
        "assignment" if node.child_by_field_name("right").is_some() => Weight::Code,
        "call" if glued("function", "arguments") => Weight::Code,
        _ => Weight::Prose,
    }
}

/// Whether anything in a text is code.
pub(crate) fn has_code(parsed: &Parsed) -> bool {
    let root = parsed.tree().root_node();
    root.named_children(&mut root.walk()).any(|node| weight(node) == Weight::Code)
}

/// The place of the code within a text that parses: without the prose before and behind it. None where there is no code.
pub(crate) fn code_range(parsed: &Parsed, text: &str) -> Option<Range<usize>> {
    let root = parsed.tree().root_node();
    let statements =
        root.named_children(&mut root.walk()).map(|node| (weight(node), node.byte_range())).collect::<Vec<_>>();
    if !statements.iter().any(|(weight, _)| *weight == Weight::Code) {
        return None;
    }
    let prose = |entry: &&(Weight, Range<usize>)| entry.0 == Weight::Prose;
    let before = statements.iter().take_while(prose).count();
    let behind = statements.iter().rev().take_while(prose).count();
    let start = if before == 0 { 0 } else { statements[before].1.start };
    let end = if behind == 0 { text.len() } else { statements[statements.len() - behind].1.start };
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Language;

    use super::*;
    use crate::tree::parse;

    fn check(text: &str, expected: Option<&str>) {
        let range = code_range(&parse(text, Language::Python), text);
        assert_eq!(range.map(|range| &text[range]), expected, "{text:?}");
    }

    #[test]
    fn prose_that_parses_is_no_code() {
        check("Sure\n", None);
        check("Note: this\nAnswer (short)\n[DONE]\n", None);
        check("'only a string'\n# and a comment\n", None);
        check("x = 1\n", Some("x = 1\n"));
        check("print(1)\n", Some("print(1)\n"));
        check("# a\nimport b\n", Some("# a\nimport b\n"));
        check("Sure\n\nx = 1\ny\nz = 2\n\nDone\n", Some("x = 1\ny\nz = 2\n\n"));
    }
}
