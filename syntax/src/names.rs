//! Names in a program: which it defines for all to see, and which it needs from elsewhere.
//!
//! An approximation without scopes of its own making: a name that is bound anywhere counts as the program's own.

use std::collections::BTreeSet;

use tree_sitter::{Node, TreeCursor};

use crate::tree::Parsed;

/// The names of one program.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    /// Bound at the top level.
    pub(crate) defined: BTreeSet<String>,
    /// Bound inside functions and classes.
    local: BTreeSet<String>,
    used: BTreeSet<String>,
    /// Whether a function or class is defined at the top level.
    pub(crate) has_definition: bool,
}

/// What an identifier does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Uses,
    Binds,
    /// Attributes and keyword arguments, which are no names of the program.
    Neither,
}

impl Names {
    /// Collects the names of a whole program.
    pub(crate) fn of(parsed: &Parsed, text: &str) -> Self {
        Self::under(parsed.tree().root_node(), text)
    }

    /// Collects the names of one statement.
    pub(crate) fn under(node: Node<'_>, text: &str) -> Self {
        let mut names = Self::default();
        let mut cursor = node.walk();
        let mut above: Vec<(Node<'_>, Role)> = Vec::new();
        let mut scopes = 0;
        loop {
            let node = cursor.node();
            let role = above.last().map_or(Role::Uses, |(parent, role)| child_role(*parent, *role, &cursor));
            if node.kind() == "identifier" {
                names.add(&text[node.byte_range()], role, scopes - usize::from(names_its_scope(&cursor, &above)));
            }
            if is_scope(node) {
                names.has_definition |=
                    scopes == 0 && matches!(node.kind(), "function_definition" | "class_definition");
                scopes += 1;
            }
            if cursor.goto_first_child() {
                above.push((node, role));
                continue;
            }
            scopes -= usize::from(is_scope(node));
            while !cursor.goto_next_sibling() {
                if above.pop().is_none() || !cursor.goto_parent() {
                    return names;
                }
                scopes -= usize::from(is_scope(cursor.node()));
            }
        }
    }

    /// The names that are used here and bound nowhere here.
    pub(crate) fn needed(&self) -> impl Iterator<Item = &String> {
        self.used.iter().filter(|name| !self.defined.contains(*name) && !self.local.contains(*name))
    }

    fn add(&mut self, name: &str, role: Role, scopes: usize) {
        match role {
            Role::Uses => self.used.insert(name.to_owned()),
            Role::Binds if scopes == 0 => self.defined.insert(name.to_owned()),
            Role::Binds => self.local.insert(name.to_owned()),
            Role::Neither => false,
        };
    }
}

pub(crate) fn is_scope(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "function_definition"
            | "class_definition"
            | "lambda"
            | "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression"
    )
}

/// Whether the identifier is the name of the function or class that it is in, and so bound outside.
fn names_its_scope(cursor: &TreeCursor<'_>, above: &[(Node<'_>, Role)]) -> bool {
    cursor.field_name() == Some("name") && above.last().is_some_and(|(parent, _)| is_scope(*parent))
}

pub(crate) fn child_role(parent: Node<'_>, role: Role, cursor: &TreeCursor<'_>) -> Role {
    match (parent.kind(), cursor.field_name()) {
        ("function_definition" | "class_definition", Some("name"))
        | ("function_definition" | "lambda", Some("parameters"))
        | (
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" | "type_alias_statement",
            Some("left"),
        )
        | ("as_pattern", Some("alias"))
        | ("named_expression", Some("name"))
        | ("import_statement" | "import_from_statement" | "future_import_statement", Some("name"))
        | ("aliased_import", Some("alias"))
        | ("case_clause", None) => Role::Binds,
        ("import_from_statement", Some("module_name"))
        | ("aliased_import", Some("name"))
        | ("attribute", Some("attribute"))
        | ("keyword_argument", Some("name")) => Role::Neither,
        ("dotted_name", _) if cursor.node().start_byte() != parent.start_byte() => Role::Neither,
        ("default_parameter" | "typed_default_parameter", Some("value"))
        | ("typed_parameter" | "typed_default_parameter", Some("type"))
        | ("attribute", Some("object"))
        | ("subscript" | "class_pattern", _) => Role::Uses,
        _ => role,
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Language;

    use super::*;
    use crate::tree::parse;

    fn check(text: &str, defined: &[&str], needed: &[&str]) {
        let names = Names::of(&parse(text, Language::Python), text);
        assert_eq!(names.defined.iter().collect::<Vec<_>>(), defined, "{text:?}");
        assert_eq!(names.needed().collect::<Vec<_>>(), needed, "{text:?}");
    }

    #[test]
    fn names_are_defined_or_needed() {
        check("def f(a, b=c, *d, e: g = 1) -> h:\n    i = a + j.k(l=m)\n", &["f"], &["c", "g", "h", "j", "m"]);
        check("A, (B, *C) = 1, d\nE: int = 3\nF += 1\n", &["A", "B", "C", "E", "F"], &["d", "int"]);
        check("import a.b, c as d\nfrom e.f import g, h as i\n", &["a", "d", "g", "i"], &[]);
        check("for i, j in k:\n    with l as m:\n        n = i\n", &["i", "j", "m", "n"], &["k", "l"]);
        check("try:\n    import a\nexcept B as e:\n    a = None\n", &["a", "e"], &["B"]);
        check("a.b = c\nd[e] = 1\n", &[], &["a", "c", "d", "e"]);
        check("class A(B):\n    c = 1\n    def d(self):\n        return [x for x in self.y]\n", &["A"], &["B"]);
        check("@a\ndef f(): pass\nif (n := g()): pass\n", &["f", "n"], &["a", "g"]);
        check("f = lambda x: x + y\n", &["f"], &["y"]);
        check("", &[], &[]);
    }
}
