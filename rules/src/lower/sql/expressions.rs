//! Expressions of SQL, as far as data flows through them.

use crate::ir::{Argument, Call, ExprId, ExprKind, Operator};
use crate::lower::sql::Parser;
use crate::lower::sql::tokens::Kind;

/// How deep brackets may nest; what is deeper is left out.
const DEEPEST: usize = 60;

/// Words that end an expression.
const ENDS: &str = "where from group order having limit union except intersect into values set using when then else end as on join \
    left right inner outer cross full returning and or begin loop if do for with go exec execute declare select insert update delete \
    offset fetch";

impl Parser<'_, '_, '_, '_> {
    /// The expression that comes; none if none does.
    pub(super) fn expression(&mut self) -> Option<ExprId> {
        self.expression_in(0)
    }

    fn expression_in(&mut self, depth: usize) -> Option<ExprId> {
        let first = self.at;
        let mut parts = vec![self.operand(depth)?];
        let mut others = Vec::new();
        let mut compared = None;
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Join | Kind::Mark(b'+') => {
                    self.at += 1;
                    parts.extend(self.operand(depth));
                }
                Kind::Mark(b'-' | b'*' | b'/' | b'%' | b'&' | b'^') => {
                    self.at += 1;
                    others.extend(self.operand(depth));
                }
                Kind::Mark(b'=') | Kind::Compare => {
                    let operator = if token.kind == Kind::Compare { Operator::Other } else { Operator::Equal };
                    self.at += 1;
                    let left = self.joined(std::mem::take(&mut parts), first);
                    compared = Some((operator, left));
                    match self.operand(depth) {
                        Some(right) => parts.push(right),
                        None => break,
                    }
                }
                // `x::text`.
                Kind::Mark(b':') => self.at += 2,
                _ => break,
            }
        }
        let mut value = self.joined(parts, first);
        if !others.is_empty() {
            others.push(value);
            value = self.add(ExprKind::Opaque(others), first);
        }
        if let Some((operator, left)) = compared {
            value = self.add(ExprKind::Binary { operator, left, right: value }, first);
        }
        Some(value)
    }

    fn joined(&mut self, mut parts: Vec<ExprId>, first: usize) -> ExprId {
        match parts.len() {
            0 => self.add(ExprKind::Opaque(Vec::new()), first),
            1 => parts.remove(0),
            _ => self.add(ExprKind::Sum(parts), first),
        }
    }

    fn operand(&mut self, depth: usize) -> Option<ExprId> {
        let first = self.at;
        let token = self.peek()?.clone();
        match token.kind {
            Kind::Text => {
                self.at += 1;
                Some(self.text(&token.text.replace("''", "'"), first))
            }
            Kind::Number => {
                self.at += 1;
                let kind = token.text.parse().map_or(ExprKind::Number, ExprKind::Integer);
                Some(self.add(kind, first))
            }
            Kind::Mark(b'(') => {
                self.at += 1;
                let mut parts = self.list(depth);
                Some(match parts.len() {
                    1 => parts.remove(0),
                    _ => self.add(ExprKind::Opaque(parts), first),
                })
            }
            Kind::Mark(b'-' | b'+') => {
                while self.is_mark(b'-') || self.is_mark(b'+') {
                    self.at += 1;
                }
                if depth >= DEEPEST { None } else { self.operand(depth + 1) }
            }
            Kind::Word if matches!(&*token.lower, "null" | "true" | "false") => {
                self.at += 1;
                let kind = match &*token.lower {
                    "null" => ExprKind::Null,
                    word => ExprKind::Bool(word == "true"),
                };
                Some(self.add(kind, first))
            }
            Kind::Word if ENDS.split(' ').any(|word| *word == *token.lower) && !self.is_call() => None,
            Kind::Word | Kind::Name => Some(self.named(depth)),
            _ => None,
        }
    }

    /// Whether the word is that of a call: `left('abc', 1)`.
    fn is_call(&self) -> bool {
        let follows = self.peek_at(1);
        let touches = follows.is_some_and(|next| self.peek().is_some_and(|token| token.span.end == next.span.start));
        touches && follows.is_some_and(|next| next.kind == Kind::Mark(b'('))
    }

    /// A name, with what it is qualified by, or a call of it.
    fn named(&mut self, depth: usize) -> ExprId {
        let first = self.at;
        // Server, database, schema, table, column.
        const LONGEST: usize = 5;
        let mut value = self.simple_name();
        let mut length = 1;
        while length < LONGEST
            && self.is_mark(b'.')
            && matches!(self.peek_at(1).map(|token| token.kind), Some(Kind::Word | Kind::Name))
        {
            length += 1;
            self.at += 1;
            let token = self.tokens[self.at].clone();
            self.at += 1;
            let name = if token.kind == Kind::Word { &token.lower } else { token.text };
            let name = self.lowering.symbol(name);
            value = self.add(ExprKind::Field { of: value, name }, first);
        }
        if !self.skip_mark(b'(') {
            return value;
        }
        let arguments = self.list(depth);
        let is_joining = matches!(self.lowering.program.kind(value), ExprKind::Name(name)
            if matches!(self.lowering.program.name(*name), "concat" | "concat_ws"));
        if is_joining {
            return self.add(ExprKind::Format(arguments), first);
        }
        let arguments = arguments.into_iter().map(|value| Argument { name: None, value, is_spread: false }).collect();
        self.add(ExprKind::Call(Call { callee: value, arguments, is_new: false }), first)
    }

    /// A name alone; a word's in lower case, as SQL reads it.
    pub(super) fn simple_name(&mut self) -> ExprId {
        let first = self.at;
        let Some(token) = self.peek().cloned() else { return self.add(ExprKind::Opaque(Vec::new()), first) };
        self.at += 1;
        match token.kind {
            Kind::Word => self.name(&token.lower, first),
            _ => self.name(&token.text.to_ascii_lowercase(), first),
        }
    }

    /// What is between brackets, the opening one already passed, up to behind the closing one.
    fn list(&mut self, depth: usize) -> Vec<ExprId> {
        let mut items = Vec::new();
        if depth >= DEEPEST {
            self.past_bracket();
            return items;
        }
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Mark(b')') => {
                    self.at += 1;
                    break;
                }
                Kind::Mark(b';') => break,
                _ => {}
            }
            let before = self.at;
            items.extend(self.expression_in(depth + 1));
            // Words such as `distinct` and `select` are passed over.
            if self.at == before {
                self.at += 1;
            }
        }
        items
    }

    /// Behind the bracket that closes the one that was passed.
    pub(super) fn past_bracket(&mut self) {
        let mut depth = 1;
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Mark(b'(') => depth += 1,
                Kind::Mark(b')') => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }
}
