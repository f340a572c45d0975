//! `case ... in` of Ruby: what a pattern compares, and what it gives names to.

use tree_sitter::Node;

use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Operator, Statement};
use crate::lower::ruby::expressions::expression;
use crate::lower::ruby::operators::test;
use crate::lower::ruby::statements::block;
use crate::lower::ruby::{Scope, children};
use crate::lower::{Lowering, span};

/// `case x in ...`.
pub(super) fn case_match(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>, out: &mut Block) {
    let subject = match node.child_by_field_name("value") {
        Some(value) => expression(lowering, scope, value),
        None => lowering.add(ExprKind::Opaque(Vec::new()), node),
    };
    let mut cases = Vec::new();
    for clause in children(node) {
        let mut body = Vec::new();
        let mut labels = Vec::new();
        match clause.kind() {
            "in_clause" => {
                if let Some(pattern) = clause.child_by_field_name("pattern") {
                    labels.push(label(lowering, scope, pattern));
                    bind(lowering, pattern, subject, &mut body);
                }
                if let Some(guard) = clause.child_by_field_name("guard").and_then(|guard| children(guard).next()) {
                    // A guard makes the clause one that nobody knows to be taken.
                    let holds = test(lowering, scope, guard);
                    labels = vec![lowering.add(ExprKind::Opaque(vec![holds]), guard)];
                }
                body.append(&mut block(lowering, scope, clause.child_by_field_name("body")));
            }
            "else" => body = block(lowering, scope, Some(clause)),
            _ => continue,
        }
        cases.push(Case { labels, body, falls_through: false });
    }
    out.push(Statement::Switch { subject, cases });
}

/// `x in pattern` and `x => pattern` as values.
pub(super) fn matches(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, node: Node<'_>) -> ExprId {
    let left = node.child_by_field_name("value").map(|value| expression(lowering, scope, value));
    let right = node.child_by_field_name("pattern").map(|pattern| label(lowering, scope, pattern));
    match (left, right) {
        (Some(left), Some(right)) => lowering.add(ExprKind::Binary { operator: Operator::Equal, left, right }, node),
        _ => lowering.add(ExprKind::Opaque(Vec::new()), node),
    }
}

/// A pattern that is a value; any other is not known.
fn label(lowering: &mut Lowering<'_>, scope: Scope<'_, '_>, pattern: Node<'_>) -> ExprId {
    match pattern.kind() {
        "string" | "integer" | "simple_symbol" | "true" | "false" | "nil" | "regex" | "constant" => {
            expression(lowering, scope, pattern)
        }
        _ => lowering.add(ExprKind::Opaque(Vec::new()), pattern),
    }
}

/// Assigns the subject to every name of a pattern.
fn bind(lowering: &mut Lowering<'_>, pattern: Node<'_>, subject: ExprId, out: &mut Block) {
    let mut waiting = vec![pattern];
    while let Some(node) = waiting.pop() {
        let name = match node.kind() {
            "identifier" => Some(node),
            // `{name:}` names what it finds.
            "keyword_pattern" if node.child_by_field_name("value").is_none() => node.child_by_field_name("key"),
            "expression_reference_pattern" | "variable_reference_pattern" => continue,
            _ => None,
        };
        match name {
            Some(name) => {
                let text = lowering.text(name);
                let target = lowering.name(text, name);
                let value = Some(lowering.add(ExprKind::Opaque(vec![subject]), name));
                let assign = Assign { target, value, operator: None, declared: None, span: span(name) };
                out.push(Statement::Assign(assign));
            }
            None => waiting.extend(children(node)),
        }
    }
}
