//! What Python assigns to, and the patterns of its `match`.

use tree_sitter::Node;

use super::expressions::{expression, opaque};
use super::statements::{block, declare};
use crate::ir::{Case, ExprId, ExprKind, Statement};
use crate::lower::{Lowering, named};

/// What an assignment, a loop or a `with` gives values to.
pub(super) fn target(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    expression(lowering, node)
}

/// One `case`.
pub(super) fn case(lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) -> Case {
    let patterns: Vec<_> = named(node).filter(|child| child.kind() == "case_pattern").collect();
    let mut matched = Matched { labels: Vec::new(), takes_all: false, body: Vec::new() };
    match patterns.as_slice() {
        [only] => matched.pattern(lowering, *only, subject),
        _ => matched.sequence(lowering, node, &patterns, subject),
    }
    let Matched { mut labels, takes_all, mut body } = matched;
    let inner = node.child_by_field_name("consequence").map(|body| block(lowering, body)).unwrap_or_default();
    let guard = node.child_by_field_name("guard");
    match guard.and_then(|guard| named(guard).next()) {
        Some(guard) => {
            let test = super::expressions::test(lowering, guard);
            body.push(Statement::If { test, then: inner, otherwise: Vec::new() });
        }
        None => body.extend(inner),
    }
    if labels.is_empty() && (guard.is_some() || !takes_all) {
        labels.push(lowering.add(ExprKind::Opaque(Vec::new()), node));
    }
    Case { labels, body, falls_through: false }
}

/// What a pattern says: the values it is for, and the names that it binds.
struct Matched {
    labels: Vec<ExprId>,
    /// Whether it holds for every value.
    takes_all: bool,
    body: Vec<Statement>,
}

impl Matched {
    fn pattern(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) {
        lowering.deeper_statement(|lowering| self.shallow(lowering, node, subject));
    }

    fn shallow(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) {
        match node.kind() {
            "case_pattern" => match named(node).next() {
                Some(inner) => self.pattern(lowering, inner, subject),
                // `_` is no node.
                None => self.takes_all = true,
            },
            "dotted_name" | "identifier" => {
                let text = lowering.text(node);
                if text.contains('.') {
                    self.label(lowering, node);
                } else {
                    self.takes_all = true;
                    self.bind(lowering, node, subject);
                }
            }
            "as_pattern" => {
                let children: Vec<_> = named(node).collect();
                if let Some((name, inner)) = children.split_last() {
                    for inner in inner {
                        self.pattern(lowering, *inner, subject);
                    }
                    self.bind(lowering, *name, subject);
                }
            }
            "union_pattern" => {
                for side in named(node) {
                    self.pattern(lowering, side, subject);
                }
            }
            "list_pattern" | "tuple_pattern" => {
                let items: Vec<_> = named(node).collect();
                self.sequence(lowering, node, &items, subject);
            }
            "dict_pattern" => self.mapping(lowering, node, subject),
            "class_pattern" => self.class(lowering, node, subject),
            "keyword_pattern" => {
                let mut children = named(node);
                if let (Some(name), Some(value)) = (children.next(), children.next()) {
                    let text = lowering.text(name);
                    let field = lowering.field(subject, text, name);
                    self.inner(lowering, value, field);
                }
            }
            "splat_pattern" => {
                if let Some(name) = named(node).next() {
                    self.bind(lowering, name, subject);
                }
            }
            _ => self.label(lowering, node),
        }
    }

    fn label(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>) {
        let mut label = expression(lowering, node);
        // The sign is a sibling, no parent.
        if lowering.text.get(..node.start_byte()).is_some_and(|before| before.ends_with('-')) {
            label = lowering.add(ExprKind::Negative(label), node);
        }
        self.labels.push(label);
    }

    fn bind(&mut self, lowering: &mut Lowering<'_>, name: Node<'_>, value: ExprId) {
        let target = target(lowering, name);
        self.body.push(declare(target, Some(value), name));
    }

    /// A pattern for a part of the subject, whose values are no labels of the whole.
    fn inner(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>, part: ExprId) {
        let mut inner = Self { labels: Vec::new(), takes_all: false, body: Vec::new() };
        inner.pattern(lowering, node, part);
        self.body.append(&mut inner.body);
    }

    fn sequence(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>, items: &[Node<'_>], subject: ExprId) {
        for (position, item) in items.iter().enumerate() {
            let index = lowering.add(ExprKind::Integer(i64::try_from(position).unwrap_or(i64::MAX)), *item);
            let part = lowering.add(ExprKind::Index { of: subject, index }, *item);
            self.inner(lowering, *item, part);
        }
        let label = lowering.add(ExprKind::Opaque(Vec::new()), node);
        self.labels.push(label);
    }

    fn mapping(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) {
        let mut key = None;
        for child in named(node) {
            match (child.kind(), key.take()) {
                ("splat_pattern", _) => self.pattern(lowering, child, subject),
                (_, None) => key = Some(expression(lowering, child)),
                (_, Some(index)) => {
                    let part = lowering.add(ExprKind::Index { of: subject, index }, child);
                    self.inner(lowering, child, part);
                }
            }
        }
        let label = lowering.add(ExprKind::Opaque(Vec::new()), node);
        self.labels.push(label);
    }

    /// `str(x)` binds the subject itself, `Point(x, y)` what is in it.
    fn class(&mut self, lowering: &mut Lowering<'_>, node: Node<'_>, subject: ExprId) {
        for child in named(node).skip(1) {
            let part = lowering.add(ExprKind::Opaque(vec![subject]), child);
            match named(child).next() {
                Some(keyword) if keyword.kind() == "keyword_pattern" => self.inner(lowering, keyword, subject),
                _ => self.inner(lowering, child, part),
            }
        }
        let label = opaque_label(lowering, node);
        self.labels.push(label);
    }
}

fn opaque_label(lowering: &mut Lowering<'_>, node: Node<'_>) -> ExprId {
    match named(node).next() {
        Some(class) => {
            let class = expression(lowering, class);
            lowering.add(ExprKind::Opaque(vec![class]), node)
        }
        None => opaque(lowering, node),
    }
}
