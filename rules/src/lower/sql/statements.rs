//! Statements of SQL, each a call of its verb.

use crate::ir::{Argument, Assign, Call, ExprId, ExprKind, Statement};
use crate::lower::sql::Parser;
use crate::lower::sql::tokens::Kind;

/// Words that begin a statement where they begin a line, `;` or not.
const VERBS: &str = "declare set exec execute begin end if else elsif elseif while loop return print raiserror insert update delete create alter \
    drop grant revoke truncate merge go perform raise prepare deallocate fetch open close call delimiter commit rollback";

impl Parser<'_, '_, '_, '_> {
    pub(super) fn statement(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        if self.skip_mark(b';') {
            return;
        }
        match self.word().to_owned().as_str() {
            "create" | "alter" => self.definition(body),
            "update" => self.update(body),
            "delete" => self.delete(body),
            "insert" | "replace" => self.insert(body),
            "grant" | "deny" => self.grant(body),
            "exec" | "execute" | "call" | "perform" => self.execute(body),
            "prepare" => self.prepare(body),
            "set" => {
                self.at += 1;
                while self.skip_word("local session global") {}
                self.assignments(body);
            }
            "declare" => {
                self.at += 1;
                self.assignments(body);
            }
            "return" => {
                self.at += 1;
                let value = self.expression();
                body.push(Statement::Return(value));
            }
            "end" => {
                self.at += 1;
                self.skip_word("if loop case while");
            }
            "begin" | "then" | "else" | "loop" | "go" | "do" | "as" | "is" | "try" | "catch" | "language" => {
                self.at += 1;
            }
            "if" | "elsif" | "elseif" | "while" | "when" => {
                self.at += 1;
                let call = self.rest("test", first);
                body.push(call);
            }
            "" => match self.peek().map(|token| token.kind) {
                Some(Kind::Name) => self.assignments(body),
                Some(_) => self.at += 1,
                None => {}
            },
            verb => match self.begins_assignment() {
                true => self.assignments(body),
                false => {
                    self.at += 1;
                    let verb = verb.to_owned();
                    let call = self.rest(&verb, first);
                    body.push(call);
                }
            },
        }
    }

    /// Whether a statement ends before the token that comes.
    pub(super) fn ends(&self, first: usize) -> bool {
        let Some(token) = self.peek() else { return true };
        match token.kind {
            Kind::Mark(b';') | Kind::Dollar => true,
            Kind::Word if self.at > first && token.leads => {
                let verb = self.tokens[first].lower.as_ref();
                let before = self.tokens[self.at - 1].lower.as_ref();
                let goes_on = match &*token.lower {
                    "set" => matches!(verb, "update" | "alter" | "merge" | "insert" | "replace" | "create"),
                    "update" | "delete" | "insert" => {
                        matches!(before, "on" | "do" | "for" | "or" | "before" | "after" | "then" | "instead")
                            || verb == "grant"
                    }
                    "with" | "if" => false,
                    _ => false,
                };
                !goes_on && VERBS.split_ascii_whitespace().any(|word| word == &*token.lower)
            }
            Kind::Word => matches!(&*token.lower, "then" | "loop" | "begin") && self.at > first,
            _ => false,
        }
    }

    /// A call of the verb, with every expression of the statement.
    fn rest(&mut self, verb: &str, first: usize) -> Statement {
        let mut values = Vec::new();
        self.values(first, "", &mut values);
        self.call(verb, values.into_iter().map(|value| (None, value)).collect(), first)
    }

    /// The expressions up to one of some words, or the statement's end.
    pub(super) fn values(&mut self, first: usize, until: &str, values: &mut Vec<ExprId>) {
        while !self.ends(first) && !self.is_word(until) {
            let before = self.at;
            values.extend(self.expression());
            if self.at == before {
                self.at += 1;
            }
        }
    }

    fn call(&mut self, verb: &str, arguments: Vec<(Option<&str>, ExprId)>, first: usize) -> Statement {
        let symbol = self.lowering.symbol(verb);
        let place = self.tokens.get(first).map_or_else(|| self.span_from(first), |token| token.span);
        let callee = self.lowering.add_at(ExprKind::Name(symbol), place);
        let arguments = arguments
            .into_iter()
            .map(|(name, value)| {
                let name = name.map(|name| self.lowering.symbol(name));
                Argument { name, value, is_spread: false }
            })
            .collect();
        Statement::Expr(self.add(ExprKind::Call(Call { callee, arguments, is_new: false }), first))
    }

    /// The text of the tokens from one on, up to some words or the statement's end, with a blank between.
    pub(super) fn raw(&mut self, first: usize, until: &str) -> ExprId {
        let start = self.at;
        let mut text = String::new();
        while !self.ends(first) && !self.is_word(until) {
            let token = self.tokens[self.at].clone();
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(token.text);
            self.at += 1;
        }
        self.text(&text, start.min(self.tokens.len().saturating_sub(1)))
    }

    fn begins_assignment(&self) -> bool {
        // `v_sql text := ...`, `v_sql := ...`.
        (1..6)
            .map_while(|ahead| self.peek_at(ahead))
            .take_while(|token| !matches!(token.kind, Kind::Mark(b';') | Kind::Text))
            .any(|token| token.kind == Kind::Assign)
    }

    /// `a = 1, b := 2`, each with a type perhaps.
    fn assignments(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        while !self.ends(first) {
            let start = self.at;
            if !matches!(self.peek().map(|token| token.kind), Some(Kind::Word | Kind::Name)) {
                self.at += 1;
                continue;
            }
            let target = self.simple_name();
            // A type: words, and brackets with a length.
            loop {
                match self.peek().map(|token| token.kind) {
                    Some(Kind::Mark(b'(')) => {
                        self.at += 1;
                        self.past_bracket();
                    }
                    Some(Kind::Mark(b'%' | b'.' | b'[' | b']')) => self.at += 1,
                    Some(Kind::Word) if !self.ends(first) && !self.is_word("default to") => self.at += 1,
                    Some(Kind::Name) => self.at += 1,
                    _ => break,
                }
            }
            let is_assigned = self.peek().is_some_and(|token| matches!(token.kind, Kind::Assign | Kind::Mark(b'=')))
                || self.is_word("default to");
            let value = if is_assigned {
                self.at += 1;
                self.expression()
            } else {
                None
            };
            let span = self.span_from(start);
            body.push(Statement::Assign(Assign { target, value, operator: None, declared: None, span }));
            while !self.ends(first) && !self.skip_mark(b',') {
                self.at += 1;
            }
        }
    }

    pub(super) fn push(
        &mut self,
        body: &mut Vec<Statement>,
        verb: &str,
        arguments: Vec<(Option<String>, ExprId)>,
        first: usize,
    ) {
        let arguments = arguments.iter().map(|(name, value)| (name.as_deref(), *value)).collect();
        let call = self.call(verb, arguments, first);
        body.push(call);
    }

    /// `EXEC p 1`, `EXEC(@sql)`, `EXECUTE 'SELECT ' || x`, `EXECUTE IMMEDIATE x USING y`, `CALL p(1)`.
    fn execute(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        let verb = self.word().to_owned();
        self.at += 1;
        self.skip_word("immediate");
        // `EXEC @result = p 1`.
        if self.peek_at(1).is_some_and(|token| token.kind == Kind::Mark(b'=')) {
            self.at += 2;
        }
        let is_text = matches!(self.peek().map(|token| token.kind), Some(Kind::Text | Kind::Mark(b'(')));
        let is_joined = matches!(self.peek_at(1).map(|token| token.kind), Some(Kind::Join | Kind::Mark(b'+')));
        let is_function = self.is_call_of_text();
        let ends = self.peek_at(1).is_none_or(|token| matches!(token.kind, Kind::Mark(b';') | Kind::Dollar))
            || matches!(self.word_at(1), "using" | "into");
        let runs_text = is_text
            || is_joined
            || is_function
            || (verb == "execute" && ends && self.peek().is_some_and(|token| token.kind == Kind::Word));
        if verb == "call" || verb == "perform" || !runs_text {
            let mut name = self.word().to_owned();
            if name.is_empty() {
                name = self.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
            }
            self.at += 1;
            while self.skip_mark(b'.') {
                while self.skip_mark(b'.') {}
                name = self.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
                self.at += 1;
            }
            let call = self.rest(&name, first);
            body.push(call);
            return;
        }
        let value = self.expression();
        let mut arguments: Vec<(Option<String>, ExprId)> = value.map(|value| (None, value)).into_iter().collect();
        if self.skip_word("into") {
            self.at += 1;
        }
        if self.skip_word("using") {
            let mut values = Vec::new();
            self.values(first, "", &mut values);
            arguments.extend(values.into_iter().map(|value| (Some("using".to_owned()), value)));
        } else {
            let mut others = Vec::new();
            self.values(first, "", &mut others);
        }
        self.push(body, "exec", arguments, first);
    }

    /// Whether what is run is what a function makes: `EXECUTE format('...', x)`.
    fn is_call_of_text(&self) -> bool {
        matches!(self.word(), "format" | "concat" | "replace")
            && self.peek_at(1).is_some_and(|token| token.kind == Kind::Mark(b'('))
    }

    /// `PREPARE s FROM @sql`.
    fn prepare(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        self.at += 2;
        if self.skip_word("from") {
            let value = self.expression();
            self.push(body, "prepare", value.map(|value| (None, value)).into_iter().collect(), first);
        } else {
            let call = self.rest("prepare_known", first);
            body.push(call);
        }
    }
}
