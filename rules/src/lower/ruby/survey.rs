//! What must be known of a Ruby text before it is lowered: where the bodies of heredocs are, and which bare words are calls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use tree_sitter::Node;

pub(super) struct Survey<'t> {
    /// The body of a heredoc, by where its beginning stands.
    heredocs: BTreeMap<usize, Node<'t>>,
    /// Methods of the text whose names no variable has.
    methods: BTreeSet<&'t str>,
}

impl<'t> Survey<'t> {
    pub(super) fn of(text: &'t str, root: Node<'t>) -> Self {
        let mut heredocs = BTreeMap::new();
        let mut begun = VecDeque::new();
        let mut methods = Vec::new();
        let mut variables = Vec::new();
        let mut cursor = root.walk();
        let mut parents: Vec<&str> = Vec::new();
        'walk: loop {
            let node = cursor.node();
            match node.kind() {
                "heredoc_beginning" => begun.push_back(node.start_byte()),
                "heredoc_body" => {
                    if let Some(start) = begun.pop_front() {
                        heredocs.insert(start, node);
                    }
                }
                "method" | "singleton_method" => {
                    if let Some(name) = node.child_by_field_name("name") {
                        methods.push(name.byte_range());
                    }
                }
                "assignment" | "operator_assignment" => {
                    variables.extend(node.child_by_field_name("left").map(|left| left.byte_range()));
                }
                "identifier" if parents.last().is_some_and(|parent| binds(parent)) => {
                    variables.push(node.byte_range());
                }
                _ => {}
            }
            if cursor.goto_first_child() {
                parents.push(node.kind());
                continue;
            }
            while !cursor.goto_next_sibling() {
                parents.pop();
                if !cursor.goto_parent() {
                    break 'walk;
                }
            }
        }
        let names = |ranges: Vec<Range<usize>>| -> BTreeSet<&'t str> {
            ranges.into_iter().map(|range| text.get(range).unwrap_or_default()).collect()
        };
        let mut methods = names(methods);
        for variable in names(variables) {
            methods.remove(variable);
        }
        Self { heredocs, methods }
    }

    pub(super) fn heredoc(&self, beginning: Node<'_>) -> Option<Node<'t>> {
        self.heredocs.get(&beginning.start_byte()).copied()
    }

    /// Whether a bare word calls a method of this text.
    pub(super) fn is_call(&self, name: &str) -> bool {
        self.methods.contains(name)
    }
}

/// Whether a bare word below a node of this kind is a variable that is given a value there.
fn binds(parent: &str) -> bool {
    parent.ends_with("_parameter")
        || parent.ends_with("parameters")
        || parent.ends_with("_pattern")
        || matches!(
            parent,
            "left_assignment_list" | "destructured_left_assignment" | "rest_assignment" | "exception_variable" | "for"
        )
}
