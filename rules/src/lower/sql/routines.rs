//! Definitions: procedures and functions, users and their rights.

use crate::ir::{ExprId, Parameter, Statement};
use crate::lower::FunctionParts;
use crate::lower::sql::Parser;
use crate::lower::sql::tokens::Kind;

/// How deep routines may nest; packages have two levels.
const DEEPEST: usize = 8;

impl Parser<'_, '_, '_, '_> {
    /// `GRANT a ON b TO c`, with a `password` where one is set.
    pub(super) fn grant(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        let verb = self.word().to_owned();
        self.at += 1;
        let what = self.raw(first, "on to");
        let mut arguments: Vec<(Option<String>, ExprId)> = vec![(None, what)];
        while !self.ends(first) {
            if self.is_word("on to") {
                let name = self.word().to_owned();
                self.at += 1;
                let value = self.raw(first, "on to with identified");
                arguments.push((Some(name), value));
            } else if self.is_word("with") {
                let value = self.raw(first, "identified");
                arguments.push((Some("with".to_owned()), value));
            } else {
                self.password(first, &mut arguments);
            }
        }
        self.push(body, &verb, arguments, first);
    }

    /// Up to a password that is set, and behind it: `IDENTIFIED BY 'x'`, `PASSWORD 'x'`, `PASSWORD = 'x'`.
    fn password(&mut self, first: usize, arguments: &mut Vec<(Option<String>, ExprId)>) {
        while !self.ends(first) {
            let is_named = self.is_word("password by");
            self.at += 1;
            if is_named {
                self.skip_word("password");
                self.skip_mark(b'=');
                if self.peek().is_some_and(|token| token.kind == Kind::Text) {
                    let value = self.expression();
                    arguments.extend(value.map(|value| (Some("password".to_owned()), value)));
                    return;
                }
            }
        }
    }

    /// `CREATE` and `ALTER` of anything.
    pub(super) fn definition(&mut self, body: &mut Vec<Statement>) {
        let first = self.at;
        let verb = self.word().to_owned();
        self.at += 1;
        let mut ahead = 0;
        // `OR REPLACE`, `DEFINER = 'root'@'%'`.
        while ahead < 10
            && !matches!(
                self.word_at(ahead),
                "procedure" | "proc" | "function" | "trigger" | "user" | "role" | "login" | "table"
            )
        {
            if self.peek_at(ahead).is_none_or(|token| matches!(token.kind, Kind::Mark(b';' | b'('))) {
                break;
            }
            ahead += 1;
        }
        match self.word_at(ahead) {
            "procedure" | "proc" | "function" | "trigger" if self.depth < DEEPEST => {
                self.at += ahead;
                self.depth += 1;
                self.routine(body, first);
                self.depth -= 1;
            }
            "user" | "role" | "login" => {
                self.at += ahead + 1;
                let start = self.at;
                let name = self.peek().map(|token| token.text.to_owned()).unwrap_or_default();
                let name = self.text(&name, start);
                let mut arguments = vec![(None, name)];
                self.password(first, &mut arguments);
                self.push(body, &format!("{verb}_user"), arguments, first);
            }
            _ => {
                let what = self.raw(first, "");
                self.push(body, &verb, vec![(None, what)], first);
            }
        }
    }

    /// A procedure or function: the call `create_function` with what it says of itself, and the function.
    fn routine(&mut self, body: &mut Vec<Statement>, first: usize) {
        self.at += 1;
        let start = self.at;
        let name = self.peek().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
        self.at += 1;
        while self.skip_mark(b'.') {
            self.at += 1;
        }
        let parameters = self.parameters(first);
        // What is said before the body, and behind it.
        let head = self.at;
        while self.peek().is_some_and(|token| token.kind != Kind::Dollar && !matches!(token.kind, Kind::Mark(b';')))
            && !self.is_word("as is begin return")
        {
            self.at += 1;
        }
        let mut said = self.said(head, self.at);
        self.skip_word("as is");
        let quote = self.peek().filter(|token| token.kind == Kind::Dollar).map(|token| token.text.to_owned());
        let symbol = self.lowering.symbol(&name);
        let mut inner = Vec::new();
        // The builder of functions wants the body within its closure; the parser holds the builder. So it is read first.
        let first_expr = self.lowering.program.exprs.len();
        self.at += usize::from(quote.is_some());
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match (&quote, token.kind) {
                (Some(quote), Kind::Dollar) if *quote == token.text => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            let leads = token.leads;
            match self.word() {
                "begin" => depth += 1,
                "end" if quote.is_none() => {
                    let closes = !matches!(self.word_at(1), "if" | "loop" | "case" | "while");
                    depth = depth.saturating_sub(usize::from(closes));
                    self.at += if closes { 1 } else { 2 };
                    if closes && depth == 0 {
                        break;
                    }
                    continue;
                }
                "go" if leads => break,
                "create" if leads && quote.is_none() && depth == 0 => break,
                _ => {}
            }
            let before = self.at;
            self.statement(&mut inner);
            self.at += usize::from(self.at == before);
        }
        let tail = self.at;
        while quote.is_some()
            && self.peek().is_some_and(|token| token.kind != Kind::Mark(b';'))
            && !self.is_word("create")
        {
            self.at += 1;
        }
        said.push(' ');
        said.push_str(&self.said(tail, self.at));
        let about = self.about(&said, start);
        self.push(body, "create_function", about, first);
        let place = self.span_from(start);
        let id = self.lowering.function(self.root, |_| FunctionParts {
            name: Some(symbol),
            parameters,
            body: inner,
            decorators: Vec::new(),
            is_async: false,
        });
        if let Some(function) = self.lowering.program.functions.last_mut() {
            function.first = u32::try_from(first_expr).expect("a text of 4 GiB is refused before");
            function.span = place;
        }
        body.push(Statement::Function(id));
    }

    fn said(&self, from: usize, to: usize) -> String {
        let words = self.tokens.get(from..to).unwrap_or_default().iter();
        words.map(|token| token.text.to_ascii_lowercase()).collect::<Vec<_>>().join(" ")
    }

    fn about(&mut self, said: &str, start: usize) -> Vec<(Option<String>, ExprId)> {
        let name = self.tokens.get(start).map_or("", |token| token.text);
        let name = self.text(name, start);
        let mut about = vec![(None, name)];
        if said.contains("security definer") {
            let value = self.text("definer", start);
            about.push((Some("security".to_owned()), value));
        }
        if let Some(path) = said.split("search_path").nth(1) {
            let value = self.text(path.trim(), start);
            about.push((Some("search_path".to_owned()), value));
        }
        about
    }

    /// `(a INT, INOUT b TEXT)`, `@a INT, @b NVARCHAR(10) = 'x'`.
    fn parameters(&mut self, first: usize) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        let in_brackets = self.skip_mark(b'(');
        let mut is_first = true;
        let mut depth = 0;
        while let Some(token) = self.peek().cloned() {
            match token.kind {
                Kind::Mark(b')') if depth == 0 => {
                    self.at += usize::from(in_brackets);
                    break;
                }
                Kind::Mark(b'(') => depth += 1,
                Kind::Mark(b')') => depth -= 1,
                Kind::Mark(b',') if depth == 0 => is_first = true,
                Kind::Mark(b';') | Kind::Dollar => break,
                Kind::Word
                    if !in_brackets
                        && matches!(
                            &*token.lower,
                            "as" | "is" | "begin" | "returns" | "language" | "on" | "before" | "after" | "for"
                        ) =>
                {
                    break;
                }
                Kind::Word if is_first && matches!(&*token.lower, "in" | "out" | "inout" | "variadic") => {}
                Kind::Word | Kind::Name if is_first => {
                    is_first = false;
                    let name = self.lowering.symbol(&token.text.to_ascii_lowercase());
                    let declared =
                        self.peek_at(1).filter(|next| next.kind == Kind::Word).map(|next| next.lower.clone());
                    let declared = declared.map(|declared| self.lowering.symbol(&declared));
                    parameters.push(Parameter { name, declared, default: None, decorators: Vec::new(), pattern: None });
                }
                _ => {}
            }
            if self.at > first + 400 {
                break;
            }
            self.at += 1;
        }
        parameters
    }
}
