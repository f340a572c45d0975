//! The search for what can be edited in a program.
//!
//! Left alone is what no test should pin (docstrings, the words of errors and of f-strings), what does not run (annotations) and what
//! is not the program's own behaviour (imports, decorators, the part that runs as a script). Spared, too, are edits that are
//! seen at a glance to change nothing, or to raise a `TypeError` wherever they run.

use std::collections::HashSet;

use tree_sitter::Node;

use super::edits::{Action, Edit};
use super::operators;
use crate::names::{Role, child_role, is_scope};
use crate::tree::Parsed;

/// Finds every edit, in the order of the text. Iterative: a hostile text nests deeper than the stack.
pub(super) fn edits(parsed: &Parsed, text: &str) -> Vec<Edit> {
    let mut spots = Spots { text, edits: Vec::new(), bound: HashSet::new(), scopes: vec![0], words: None, tie: None };
    let mut cursor = parsed.tree().walk();
    let mut above: Vec<(Node<'_>, Role)> = Vec::new();
    'walk: loop {
        let node = cursor.node();
        let role = above.last().map_or(Role::Uses, |(parent, role)| child_role(*parent, *role, &cursor));
        if spots.enter(node, role) && cursor.goto_first_child() {
            above.push((node, role));
            if is_scope(node) {
                spots.scopes.push(node.id());
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
            above.pop();
            if is_scope(cursor.node()) {
                spots.scopes.pop();
            }
        }
    }
    spots.edits.sort_by_key(|edit| edit.range.start);
    spots.edits
}

struct Spots<'a> {
    text: &'a str,
    edits: Vec<Edit>,
    /// The names bound so far, each with the scope that binds it.
    bound: HashSet<(usize, &'a str)>,
    /// The scopes around the current node.
    scopes: Vec<usize>,
    /// The words of an `assert`.
    words: Option<usize>,
    /// Where a comparison starts in which a tie makes no difference.
    tie: Option<usize>,
}

impl<'a> Spots<'a> {
    /// Looks at one node; says whether its children are worth a look.
    fn enter(&mut self, node: Node<'_>, role: Role) -> bool {
        match node.kind() {
            "import_statement"
            | "import_from_statement"
            | "future_import_statement"
            | "decorator"
            | "type"
            | "type_parameter"
            | "type_alias_statement"
            | "type_conversion"
            | "format_specifier"
            | "dict_pattern" => return false,
            _ if self.words == Some(node.id()) => return false,
            "identifier" if role == Role::Binds => {
                let name = (self.scope(), self.at(node));
                self.bound.insert(name);
            }
            "expression_statement" => {
                let expression = node.named_child(0);
                if expression.is_some_and(|child| matches!(child.kind(), "string" | "concatenated_string")) {
                    return false;
                }
                if expression.is_some_and(|child| self.is_removable(child)) {
                    self.add(node, Action::Remove);
                }
            }
            "break_statement" | "delete_statement" => self.add(node, Action::Remove),
            "continue_statement" if !ends_round(node) => self.add(node, Action::Remove),
            "raise_statement" => {
                self.add(node, Action::Remove);
                return false;
            }
            "assert_statement" => {
                self.words = part(node, 1).map(|words| words.id());
                self.add(node, Action::Remove);
            }
            "return_statement" => {
                if part(node, 0).is_some_and(|value| !matches!(value.kind(), "none" | "true" | "false")) {
                    self.add(node, Action::ReturnNone);
                }
            }
            "if_statement" | "elif_clause" | "while_statement" => {
                let Some(condition) = node.child_by_field_name("condition") else {
                    return true;
                };
                if self.asks_for_script(condition) {
                    return false;
                }
                if self.ignores_tie(node, condition) {
                    self.tie = Some(condition.start_byte());
                }
                self.negate(condition);
            }
            "conditional_expression" => self.negate_part(node, 1),
            "if_clause" => self.negate_part(node, 0),
            _ => self.enter_expression(node),
        }
        true
    }

    fn enter_expression(&mut self, node: Node<'_>) {
        match node.kind() {
            "comparison_operator" => self.relate(node),
            "binary_operator" | "augmented_assignment" => self.calculate(node),
            "boolean_operator" => {
                if let Some(operator) = node.child_by_field_name("operator") {
                    self.replace(operator, operators::logical(operator.kind()));
                }
            }
            "not_operator" | "unary_operator" => {
                let operand = node.child_by_field_name("argument");
                if let Some((operator, operand)) = node.child(0).zip(operand)
                    && operator.kind() != "+"
                    && self.at(operand) != "0"
                {
                    self.edits.push(Edit::drop_before(operator, operand));
                }
            }
            "integer" => operators::integer(self.at(node)).iter().for_each(|other| self.replace(node, other)),
            "float" => operators::float(self.at(node)).iter().for_each(|other| self.replace(node, other)),
            "true" => self.replace(node, "False"),
            "false" => self.replace(node, "True"),
            "string" => self.fill_or_empty(node),
            _ => {}
        }
    }

    /// ROR.
    fn relate(&mut self, node: Node<'_>) {
        let in_tie = self.tie == Some(node.start_byte());
        for operator in node.children_by_field_name("operators", &mut node.walk()) {
            let others = operators::relational(operator.kind());
            let boundary = usize::from(in_tie && others.len() > 1);
            others[boundary..].iter().for_each(|other| self.replace(operator, other));
        }
    }

    /// AOR, of plain operators and of those that assign.
    fn calculate(&mut self, node: Node<'_>) {
        let side = |name| node.child_by_field_name(name);
        let (Some(left), Some(operator), Some(right)) = (side("left"), side("operator"), side("right")) else {
            return;
        };
        let assigns = node.kind() == "augmented_assignment";
        let sign = operator.kind().trim_end_matches(if assigns { "=" } else { "" });
        if is_sequence(left) || is_sequence(right) || operators::is_neutral(sign, self.at(right)) {
            return;
        }
        if let Some(other) = operators::arithmetic(sign) {
            self.replace(operator, &format!("{other}{}", if assigns { "=" } else { "" }));
        }
    }

    /// CRP of strings: the empty one becomes another, and every other one empty.
    fn fill_or_empty(&mut self, node: Node<'_>) {
        let last = node.child_count().saturating_sub(1);
        let (Some(start), Some(end)) = (node.child(0), node.child(last)) else {
            return;
        };
        let (start, end, middle) = (self.at(start), self.at(end), start.end_byte()..end.start_byte());
        if !start.contains(['f', 'F', 't', 'T']) {
            self.replace(node, &format!("{start}{}{end}", if middle.is_empty() { "mutant" } else { "" }));
        }
    }

    fn negate_part(&mut self, node: Node<'_>, index: usize) {
        if let Some(condition) = part(node, index) {
            self.negate(condition);
        }
    }

    /// Negates a condition, unless another edit does just that.
    fn negate(&mut self, condition: Node<'_>) {
        let mut inner = condition;
        while inner.kind() == "parenthesized_expression"
            && let Some(child) = part(inner, 0)
        {
            inner = child;
        }
        let has_opposite = match inner.kind() {
            "true" | "false" | "not_operator" => true,
            "comparison_operator" => {
                let operators = inner.children_by_field_name("operators", &mut inner.walk()).collect::<Vec<_>>();
                operators.len() == 1 && operators::relational(operators[0].kind()).len() == 1
            }
            _ => false,
        };
        if !has_opposite {
            self.add(condition, Action::Negate);
        }
    }

    /// SDL, statement deletion: whether the statement made of this expression does something, and whether the names that it
    /// binds were bound before. Without its only binding a name just fails.
    fn is_removable(&self, expression: Node<'_>) -> bool {
        let mut assignment = match expression.kind() {
            "augmented_assignment" | "call" | "await" | "yield" => return true,
            "assignment" => expression,
            _ => return false,
        };
        loop {
            if !assignment.child_by_field_name("left").is_some_and(|target| self.is_bound(target)) {
                return false;
            }
            match assignment.child_by_field_name("right") {
                Some(right) if right.kind() == "assignment" => assignment = right,
                right => return right.is_some(),
            }
        }
    }

    /// Whether all names of a target of an assignment were bound before.
    fn is_bound(&self, target: Node<'_>) -> bool {
        let mut targets = vec![target];
        while let Some(target) = targets.pop() {
            match target.kind() {
                "identifier" if !self.bound.contains(&(self.scope(), self.at(target))) => return false,
                "identifier" | "attribute" | "subscript" => {}
                _ => targets.extend(target.named_children(&mut target.walk())),
            }
        }
        true
    }

    /// Whether a condition is that of `if __name__ == "__main__"`.
    fn asks_for_script(&self, condition: Node<'_>) -> bool {
        condition.kind() == "comparison_operator"
            && condition.named_children(&mut condition.walk()).any(|child| self.at(child) == "__name__")
    }

    /// Whether this is `if a > b: b = a`, which does the same with `>=`.
    fn ignores_tie(&self, node: Node<'_>, condition: Node<'_>) -> bool {
        node.kind() == "if_statement"
            && node.child_by_field_name("alternative").is_none()
            && condition.kind() == "comparison_operator"
            && node.child_by_field_name("consequence").is_some_and(|block| self.levels(block, condition))
    }

    /// Whether a block does nothing but assign one side of a comparison to the other.
    fn levels(&self, block: Node<'_>, condition: Node<'_>) -> bool {
        let sides = condition.named_children(&mut condition.walk()).map(|side| self.at(side)).collect::<Vec<_>>();
        let statement = block.named_child(0).filter(|_| block.named_child_count() == 1);
        let assignment = statement.and_then(|statement| statement.named_child(0));
        let Some(assignment) = assignment.filter(|node| node.kind() == "assignment") else {
            return false;
        };
        let side = |name| assignment.child_by_field_name(name).map(|node| self.at(node));
        let (Some(left), Some(right)) = (side("left"), side("right")) else {
            return false;
        };
        sides == [left, right] || sides == [right, left]
    }

    fn scope(&self) -> usize {
        self.scopes.last().copied().unwrap_or(0)
    }

    fn at(&self, node: Node<'_>) -> &'a str {
        &self.text[node.byte_range()]
    }

    fn replace(&mut self, node: Node<'_>, other: &str) {
        self.add(node, Action::Replace(other.to_owned()));
    }

    fn add(&mut self, node: Node<'_>, action: Action) {
        self.edits.push(Edit::of(node, action));
    }
}

/// A named child that is no comment.
fn part<'t>(node: Node<'t>, index: usize) -> Option<Node<'t>> {
    node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).nth(index)
}

/// Whether arithmetic with this operand is that of sequences, which knows few operators.
fn is_sequence(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "string" | "concatenated_string" | "list" | "list_comprehension" | "tuple" | "expression_list"
    )
}

/// Whether a `continue` is the last thing in its loop, where it changes nothing.
fn ends_round(node: Node<'_>) -> bool {
    let mut inner = node;
    while let Some(outer) = inner.parent() {
        match outer.kind() {
            "block" => {
                let last = outer.named_children(&mut outer.walk()).filter(|child| !child.is_extra()).last();
                if last != Some(inner) {
                    return false;
                }
            }
            "if_statement" | "elif_clause" | "else_clause" => {}
            "for_statement" | "while_statement" => return inner.kind() == "block",
            _ => return false,
        }
        inner = outer;
    }
    false
}
