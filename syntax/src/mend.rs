//! Mending a program that was cut off: without its end, much of what stands before has no structure in its tree.
//!
//! Only for looking at what is there. A mended program is never run, and never counts as one that parses.

use tree_sitter::{Node, Tree};

use crate::tree::python_tree;

/// A mended text and its tree.
#[derive(Debug)]
pub(crate) struct Mended {
    pub(crate) text: String,
    pub(crate) tree: Tree,
}

/// Closes the strings and brackets that are open at the end, and where that is not enough the header of a statement. None where
/// the tree gains no structure by it.
pub(crate) fn mend(tree: &Tree, text: &str) -> Option<Mended> {
    let mut least = damage(tree);
    let mut best = None;
    let closed = close(tree.root_node(), text);
    let header = format!("{closed}:");
    for text in [closed, header] {
        if least == 0 {
            break;
        }
        let tree = python_tree(&text);
        let left = damage(&tree);
        if left < least {
            (least, best) = (left, Some(Mended { text, tree }));
        }
    }
    best
}

/// How many bytes stand where the grammar has no place for them.
fn damage(tree: &Tree) -> usize {
    let mut bytes = 0;
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() {
            bytes += node.byte_range().len();
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return bytes;
            }
        }
    }
}

/// The text with whatever its strings and brackets need to end. The tree's leaves are its tokens, damaged or not.
fn close(root: Node<'_>, text: &str) -> String {
    let mut open = Vec::new();
    let mut cursor = root.walk();
    'walk: loop {
        let node = cursor.node();
        if cursor.goto_first_child() {
            continue;
        }
        match node.kind() {
            _ if node.is_missing() => {}
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            "string_start" => open.push(text[node.byte_range()].trim_start_matches(|c: char| c.is_alphabetic())),
            // In damaged text a bracket may have been read out of a string: it closes nothing.
            ")" | "]" | "}" | "string_end" if open.last() == Some(&&text[node.byte_range()]) => drop(open.pop()),
            _ => {}
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    let mut closed = text.trim_end_matches('\\').to_owned();
    for closer in open.into_iter().rev() {
        // A quote before the three that end a string would be taken for one of them.
        if closer.len() == 3 && closed.ends_with(&closer[..1]) {
            closed.push(' ');
        }
        closed.push_str(closer);
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let mended = mend(&python_tree(text), text);
        assert_eq!(mended.as_ref().map(|mended| mended.text.as_str()), expected, "{text:?}");
    }

    #[test]
    fn open_strings_and_brackets_are_closed() {
        let class = "class A:\n    def f(self):\n        ";
        let closed = [
            ("print(f\"{a}: {b[0", "]}\")"),
            ("x = [g('it", "')]"),
            ("self.run('''\n  SELECT a\n  FR", "''')"),
            ("f(a, {1: (2, 3), 4", "})"),
            ("print(f\"[{a}]", "\")"),
            ("x = \"\"\"a = \"b\"", " \"\"\""),
        ];
        for (text, closers) in closed {
            check(&format!("{class}{text}"), Some(&format!("{class}{text}{closers}")));
        }
    }

    #[test]
    fn open_headers_are_closed() {
        check("with open(f'{a", Some("with open(f'{a}'):"));
    }

    #[test]
    fn what_has_its_structure_is_left_alone() {
        check("x = 1\n", None);
        check("", None);
        check("x = = 1\ny = 2\n", None);
    }
}
