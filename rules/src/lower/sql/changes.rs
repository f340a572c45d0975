//! Statements that change rows: a call with an argument for each column, and for each clause.

use crate::ir::{ExprId, ExprKind, Statement};
use crate::lower::sql::Parser;
use crate::lower::sql::tokens::Kind;

impl Parser<'_, '_, '_, '_> {
    /// `UPDATE t SET a = 1 WHERE b`: an argument for each column, and `where`, `join` and `limit`.
    pub(super) fn update(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        self.at += 1;
        let table = self.raw(first, "set");
        let mut arguments: Vec<(Option<String>, ExprId)> = vec![(None, table)];
        self.skip_word("set");
        while !self.ends(first) && !self.is_word("where from returning limit order output") {
            let column = self.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
            let is_set = self.peek_at(1).is_some_and(|token| token.kind == Kind::Mark(b'='));
            if is_set {
                self.at += 2;
                arguments.extend(self.expression().map(|value| (Some(column), value)));
            } else {
                self.at += 1;
            }
        }
        self.clauses(first, &mut arguments);
        self.push(body, "update", arguments, first);
    }

    pub(super) fn delete(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        self.at += 1;
        self.skip_word("from");
        let table = self.raw(first, "where using limit returning order output join inner left from");
        let mut arguments = vec![(None, table)];
        self.clauses(first, &mut arguments);
        self.push(body, "delete", arguments, first);
    }

    /// What follows the columns of a change: a condition, other tables, a limit.
    fn clauses(&mut self, first: usize, arguments: &mut Vec<(Option<String>, ExprId)>) {
        const CLAUSES: &str = "where using join inner left limit from";
        while !self.ends(first) {
            if !self.is_word(CLAUSES) {
                let before = self.at;
                self.expression();
                self.at += usize::from(self.at == before);
                continue;
            }
            let start = self.at;
            let clause = self.word().to_owned();
            self.at += 1;
            let mut values = Vec::new();
            self.values(first, CLAUSES, &mut values);
            let value = match values[..] {
                [value] => value,
                _ => self.add(ExprKind::Opaque(values), start),
            };
            arguments.push((Some(clause), value));
        }
    }

    /// `INSERT INTO t (a, b) VALUES (1, 2)`: an argument for each column.
    pub(super) fn insert(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        self.at += 1;
        while self.skip_word("or ignore replace into low_priority") {}
        let start = self.at;
        let table = self.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
        self.at += 1;
        while self.skip_mark(b'.') {
            self.at += 1;
        }
        let table = self.text(&table, start);
        let mut arguments: Vec<(Option<String>, ExprId)> = vec![(None, table)];
        let mut columns = Vec::new();
        if self.skip_mark(b'(') {
            while !self.ends(first) && !self.skip_mark(b')') {
                if matches!(self.peek().map(|token| token.kind), Some(Kind::Word | Kind::Name)) {
                    columns.push(self.tokens[self.at].text.to_ascii_lowercase());
                }
                self.at += 1;
            }
        }
        if self.skip_word("values") && self.skip_mark(b'(') {
            let mut columns = columns.into_iter();
            while !self.ends(first) && !self.skip_mark(b')') {
                let before = self.at;
                let column = columns.next();
                arguments.extend(self.expression().map(|value| (column, value)));
                while !self.ends(first) && !self.is_mark(b')') && !self.skip_mark(b',') {
                    self.at += 1;
                }
                self.at += usize::from(self.at == before);
            }
        }
        let mut values = Vec::new();
        self.values(first, "", &mut values);
        arguments.extend(values.into_iter().map(|value| (None, value)));
        self.push(body, "insert", arguments, first);
    }
}
