//! Java's `switch`, old and new, as a statement and as a value.

use tree_sitter::Node;

use super::Java;
use super::expressions::bound_names;
use crate::ir::{Assign, Case, ExprId, ExprKind, Operator, Statement};
use crate::lower::{named, span};
use crate::symbols::Symbol;

/// What stands before an arm's body.
#[derive(Default)]
struct Labels {
    labels: Vec<ExprId>,
    is_default: bool,
    /// What patterns bind, for the start of the body.
    bindings: Vec<Statement>,
}

impl Java<'_, '_> {
    pub(super) fn switch_statement(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let subject = self.part(node, "condition");
        let cases = self.cases(node, subject, self.yields, false);
        into.push(Statement::Switch { subject, cases });
    }

    /// A switch inside an expression: a choice if each arm is a value, else a switch before the statement that assigns one.
    pub(super) fn switch_value(&mut self, node: Node<'_>) -> ExprId {
        if let Some(choice) = self.switch_choice(node) {
            return choice;
        }
        let subject = self.part(node, "condition");
        let name = self.symbol(&format!("switch@{}", node.start_byte()));
        let cases = self.cases(node, subject, Some(name), true);
        self.before.push(Statement::Switch { subject, cases });
        self.add(ExprKind::Name(name), node)
    }

    fn switch_choice(&mut self, node: Node<'_>) -> Option<ExprId> {
        let body = node.child_by_field_name("body")?;
        let mut arms = Vec::new();
        for rule in named(body) {
            let parts: Vec<_> = named(rule).collect();
            let [label, value] = parts.as_slice() else { return None };
            if rule.kind() != "switch_rule" || value.kind() != "expression_statement" {
                return None;
            }
            if named(*label).any(|part| matches!(part.kind(), "pattern" | "guard")) {
                return None;
            }
            arms.push((*label, named(*value).next()?));
        }
        let default = arms.iter().position(|(label, _)| named(*label).next().is_none());
        // A switch without `default` names all there is, so its last arm needs no test.
        let (_, last) = arms.remove(default.unwrap_or(arms.len().checked_sub(1)?));
        let subject = self.part(node, "condition");
        let mut choice = self.expression(last);
        for (label, value) in arms.into_iter().rev() {
            let mut test = None;
            for one in named(label) {
                let right = self.expression(one);
                let equal = self.add(ExprKind::Binary { operator: Operator::Equal, left: subject, right }, one);
                test = Some(match test {
                    None => equal,
                    Some(left) => self.add(ExprKind::Binary { operator: Operator::Or, left, right: equal }, label),
                });
            }
            let test = test?;
            let yes = self.expression(value);
            choice = self.add(ExprKind::Choice { test, yes, no: choice }, node);
        }
        Some(choice)
    }

    fn cases(&mut self, node: Node<'_>, subject: ExprId, yields: Option<Symbol>, is_value: bool) -> Vec<Case> {
        let Some(block) = node.child_by_field_name("body") else { return Vec::new() };
        let outer = std::mem::replace(&mut self.yields, yields);
        let mut cases: Vec<Case> = Vec::new();
        for arm in named(block) {
            let mut labels = Labels::default();
            let mut body = Vec::new();
            let is_rule = arm.kind() == "switch_rule";
            for part in named(arm) {
                match part.kind() {
                    "switch_label" => self.switch_label(part, subject, &mut labels),
                    "expression_statement" if is_rule && is_value => self.yielded(part, &mut body),
                    "block" if is_rule => self.statements_in(part, &mut body),
                    _ => self.statement(part, &mut body),
                }
            }
            let falls_through = !is_rule && !leaves(&body);
            drop_break(&mut body);
            labels.bindings.append(&mut body);
            let labels_of_arm = if labels.is_default { Vec::new() } else { labels.labels };
            cases.push(Case { labels: labels_of_arm, body: labels.bindings, falls_through });
        }
        if let Some(last) = cases.last_mut() {
            last.falls_through = false;
        }
        self.yields = outer;
        cases
    }

    fn switch_label(&mut self, node: Node<'_>, subject: ExprId, into: &mut Labels) {
        let mut parts = named(node).peekable();
        into.is_default |= parts.peek().is_none();
        for part in parts {
            match part.kind() {
                "pattern" => {
                    for pattern in named(part) {
                        self.pattern_bindings(pattern, subject, &mut into.bindings);
                        into.labels.push(self.add(ExprKind::Opaque(Vec::new()), pattern));
                    }
                }
                "guard" => {
                    let guard = self.opaque(part);
                    into.labels.push(guard);
                }
                // In `case null, default` the grammar reads a name.
                _ if self.text(part) == "default" => into.is_default = true,
                _ => into.labels.push(self.expression(part)),
            }
        }
    }

    fn pattern_bindings(&mut self, pattern: Node<'_>, subject: ExprId, into: &mut Vec<Statement>) {
        let declared = match pattern.kind() {
            "type_pattern" => named(pattern).next().and_then(|class| self.type_name(class)),
            _ => None,
        };
        let mut names = Vec::new();
        bound_names(pattern, &mut names);
        for name in names {
            let target = self.name_of(name);
            let value = match declared {
                Some(_) => subject,
                None => self.add(ExprKind::Opaque(vec![subject]), name),
            };
            into.push(Statement::Assign(Assign {
                target,
                value: Some(value),
                operator: None,
                declared,
                span: span(pattern),
            }));
        }
    }

    /// `yield value`, or an arm that is a value: what the switch stands for becomes that value.
    pub(super) fn yielded(&mut self, node: Node<'_>, into: &mut Vec<Statement>) {
        let Some(value) = named(node).next() else { return };
        let value = self.expression(value);
        into.append(&mut self.before);
        match self.yields {
            Some(name) => {
                let target = self.add(ExprKind::Name(name), node);
                into.push(Statement::Assign(Assign {
                    target,
                    value: Some(value),
                    operator: None,
                    declared: None,
                    span: span(node),
                }));
                into.push(Statement::Break);
            }
            None => into.push(Statement::Expr(value)),
        }
    }
}

/// Whether control never reaches the end of a block.
fn leaves(block: &[Statement]) -> bool {
    match block.last() {
        Some(Statement::Return(_) | Statement::Throw(_) | Statement::Break | Statement::Continue) => true,
        Some(Statement::Block(inner)) => leaves(inner),
        Some(Statement::If { then, otherwise, .. }) => leaves(then) && leaves(otherwise),
        _ => false,
    }
}

/// Drops the `break` that ends a case: that a case does not fall through says the same.
fn drop_break(block: &mut Vec<Statement>) {
    match block.last_mut() {
        Some(Statement::Break) => {
            block.pop();
        }
        Some(Statement::Block(inner)) => drop_break(inner),
        _ => {}
    }
}
