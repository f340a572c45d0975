//! C and C++: memory that is used, or freed again, after it was freed, within one function.
//!
//! Follows variables and fields by their names, and copies of pointers one step. Addresses and dereferences are not in the
//! lowered form: the text before a name tells them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Assign, Block, Case, ExprId, ExprKind, Program, Span, Statement};
use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::symbols::Symbol;

const FREEING: [&str; 9] =
    ["free", "delete", "cfree", "kfree", "vfree", "g_free", "OPENSSL_free", "CRYPTO_free", "xfree"];

/// Functions after which, by custom, nothing runs.
const ENDING: [&str; 8] = ["usage", "die", "fatal", "err", "errx", "panic", "bail", "g_error"];

/// How many loops deep a body is run twice: each level doubles the work.
const DEEPEST_TWICE: usize = 3;

/// How many freed values are remembered on one way; generated code has more, and is not followed.
const REMEMBERED: usize = 64;

/// What holds on one way through a function.
#[derive(Clone, Default, PartialEq)]
struct State {
    /// What was freed, and whether it surely was.
    freed: BTreeMap<String, Level>,
    /// Pointers that are copies of others.
    copies: BTreeMap<String, String>,
    /// Whether the end is not reached.
    is_over: bool,
}

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let mut search = Search {
        text: source.text,
        program: source.program,
        hits: BTreeMap::new(),
        breaks: Vec::new(),
        continues: Vec::new(),
        locals: BTreeSet::new(),
    };
    search.block(&source.program.body, &mut State::default());
    for function in &source.program.functions {
        search.locals = function.parameters.iter().map(|parameter| parameter.name).collect();
        search.block(&function.body, &mut State::default());
    }
    search.hits.into_values().collect()
}

struct Search<'a> {
    text: &'a str,
    program: &'a Program,
    hits: BTreeMap<Span, Hit>,
    /// What holds at the `break`s of the loops and switches around.
    breaks: Vec<State>,
    /// What holds at the `continue`s of the loops around.
    continues: Vec<State>,
    /// Parameters and variables of the function. A call may change any other.
    locals: BTreeSet<Symbol>,
}

impl Search<'_> {
    fn block(&mut self, block: &Block, state: &mut State) {
        for statement in block {
            if state.is_over {
                return;
            }
            self.statement(statement, state);
        }
    }

    fn statement(&mut self, statement: &Statement, state: &mut State) {
        match statement {
            Statement::Expr(id) => self.expr(*id, state),
            Statement::Assign(assign) => self.assign(assign, state),
            Statement::If { test, then, otherwise } => {
                self.test(*test, state);
                let mut other = state.clone();
                self.block(then, state);
                self.block(otherwise, &mut other);
                state.join(other);
            }
            Statement::Switch { subject, cases } => {
                self.test(*subject, state);
                *state = self.switch(cases, state);
            }
            Statement::Loop { binding, over, test, body, .. } => {
                let heads: Vec<ExprId> = over.iter().chain(test).copied().collect();
                self.repeated(*binding, &heads, body, state);
            }
            Statement::Return(value) => {
                value.iter().for_each(|id| self.used(*id, state));
                state.is_over = true;
            }
            Statement::Throw(value) => {
                value.iter().for_each(|id| self.expr(*id, state));
                state.is_over = true;
            }
            Statement::Break => leave(&mut self.breaks, state),
            Statement::Continue => leave(&mut self.continues, state),
            Statement::Try { body, handlers, otherwise, finally } => {
                let mut caught = state.clone();
                self.block(body, state);
                for handler in handlers {
                    let mut way = caught.clone();
                    self.block(&handler.body, &mut way);
                    way.is_over = true;
                    caught.join(way);
                }
                self.block(otherwise, state);
                self.block(finally, state);
            }
            Statement::Block(block) => self.block(block, state),
            Statement::Function(_) | Statement::Class(_) | Statement::Import { .. } => {}
        }
    }

    fn switch(&mut self, cases: &[Case], start: &State) -> State {
        self.breaks.push(State::over());
        let has_default = cases.iter().any(|case| case.labels.is_empty());
        let mut end = if has_default { State::over() } else { start.clone() };
        let mut falling = State::over();
        for case in cases {
            let mut way = start.clone();
            way.join(std::mem::replace(&mut falling, State::over()));
            self.block(&case.body, &mut way);
            if case.falls_through { falling = way } else { end.join(way) }
        }
        end.join(falling);
        end.join(self.breaks.pop().unwrap_or_else(State::over));
        end
    }

    fn repeated(&mut self, binding: Option<ExprId>, heads: &[ExprId], body: &Block, state: &mut State) {
        // Without a test only a `break` leaves it.
        let mut end = if heads.is_empty() { State::over() } else { state.clone() };
        // The second time tells what the first left behind.
        let times = if self.continues.len() < DEEPEST_TWICE { 2 } else { 1 };
        for _ in 0..times {
            heads.iter().for_each(|id| self.test(*id, state));
            if let Some(key) = binding.and_then(|binding| self.key(binding)) {
                state.forget(&key);
            }
            self.breaks.push(State::over());
            self.continues.push(State::over());
            self.block(body, state);
            state.join(self.continues.pop().unwrap_or_else(State::over));
            end.join(self.breaks.pop().unwrap_or_else(State::over));
            if state.is_over {
                break;
            }
        }
        if !heads.is_empty() {
            end.join(state.clone());
        }
        *state = end;
    }

    fn assign(&mut self, assign: &Assign, state: &mut State) {
        if let Some(value) = assign.value {
            self.expr(value, state);
        }
        if let (Some(_), ExprKind::Name(name)) = (assign.declared, self.program.kind(assign.target)) {
            self.locals.insert(*name);
        }
        self.give(assign.target, assign.value, assign.operator.is_some(), state);
    }

    /// A variable or field gets another value; writing through it is a use.
    fn give(&mut self, target: ExprId, value: Option<ExprId>, is_changed: bool, state: &mut State) {
        let Some(key) = self.key(target) else { return self.expr(target, state) };
        if is_changed {
            return self.used(target, state);
        }
        if let Some(pointer) = key.strip_prefix('*') {
            self.report(target, pointer, state);
        }
        if let ExprKind::Field { of, .. } = self.program.kind(target) {
            self.used(*of, state);
        }
        state.forget(&key);
        let copied = value.and_then(|value| self.key(value));
        if let Some(copied) = copied.filter(|copied| *copied != key) {
            if let Some(level) = state.freed.get(&copied).copied() {
                state.freed.insert(key.clone(), level);
            }
            if state.copies.len() < REMEMBERED {
                state.copies.insert(key, copied);
            }
        }
    }

    /// A value that is only looked at: comparing a pointer is no use of the memory.
    fn test(&mut self, id: ExprId, state: &mut State) {
        match self.program.kind(id) {
            ExprKind::Name(_) | ExprKind::Field { .. } if self.prefix(id) != Some(b'*') => {
                if let ExprKind::Field { of, .. } = self.program.kind(id) {
                    self.used(*of, state);
                }
            }
            ExprKind::Not(inner) => self.test(*inner, state),
            ExprKind::Binary { left, right, .. } => {
                self.test(*left, state);
                self.test(*right, state);
            }
            _ => self.expr(id, state),
        }
    }

    /// An expression whose value is not handed on.
    fn expr(&mut self, id: ExprId, state: &mut State) {
        let program = self.program;
        match program.kind(id) {
            ExprKind::Name(_) => {
                if self.prefix(id) == Some(b'*') {
                    self.used(id, state);
                }
            }
            ExprKind::Field { of, .. } => self.used(*of, state),
            ExprKind::Index { of, index } => {
                self.used(*of, state);
                self.expr(*index, state);
            }
            ExprKind::Call(call) => self.call(id, call, state),
            ExprKind::Not(_) | ExprKind::Binary { .. } => match program.kind(id) {
                ExprKind::Binary { left, right, .. } => {
                    self.test(*left, state);
                    self.test(*right, state);
                }
                _ => self.test(id, state),
            },
            // What a call writes to its arguments: a copy of what is there, not of the pointer.
            ExprKind::Opaque(parts) if matches!(parts.as_slice(), [call, _] if matches!(program.kind(*call), ExprKind::Call(_))) =>
            {
                self.expr(parts[0], state);
            }
            ExprKind::Sum(parts) | ExprKind::Format(parts) | ExprKind::List(parts) | ExprKind::Opaque(parts) => {
                parts.iter().for_each(|part| self.expr(*part, state));
            }
            ExprKind::Negative(value) | ExprKind::Cast { value, .. } => self.expr(*value, state),
            ExprKind::Choice { test, yes, no } => {
                self.test(*test, state);
                self.expr(*yes, state);
                self.expr(*no, state);
            }
            ExprKind::Map(entries) => entries.iter().for_each(|(_, value)| self.expr(*value, state)),
            ExprKind::Assign { target, value } => {
                self.expr(*value, state);
                self.give(*target, Some(*value), false, state);
            }
            ExprKind::Each { over, value, .. } => {
                self.expr(*over, state);
                self.expr(*value, state);
            }
            ExprKind::Text(_)
            | ExprKind::Integer(_)
            | ExprKind::Number
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Function(_) => {}
        }
    }

    fn call(&mut self, id: ExprId, call: &crate::ir::Call, state: &mut State) {
        let name = match self.program.kind(call.callee) {
            ExprKind::Name(name) => self.program.name(*name),
            ExprKind::Field { of, .. } => {
                self.used(*of, state);
                ""
            }
            _ => "",
        };
        if name == "sizeof" {
            return;
        }
        if ENDING.contains(&name) || call.arguments.first().is_some_and(|argument| self.is_exit_code(argument.value)) {
            state.is_over = true;
        }
        if FREEING.contains(&name) {
            // `free(*place)`: the place is still there, and may hold another pointer soon.
            let freed =
                call.arguments.first().map(|argument| argument.value).filter(|value| self.prefix(*value) != Some(b'*'));
            if let Some(key) = freed.and_then(|value| self.key(value)) {
                self.report(id, &key, state);
                state.free(&key);
            }
            return;
        }
        for argument in &call.arguments {
            let value = self.uncast(argument.value);
            if self.prefix(value) == Some(b'&') {
                // Whoever gets the address may put something else there.
                if let Some(key) = self.key(value) {
                    state.forget(&key);
                }
                continue;
            }
            self.used(value, state);
            // Whoever gets a pointer may put something else into the fields behind it.
            if let Some(key) = self.key(value) {
                let below = format!("{key}.");
                state.freed.retain(|freed, _| !freed.starts_with(&below));
            }
        }
        let is_local = |freed: &String| {
            let root = freed.trim_start_matches('*').split('.').next().unwrap_or_default();
            self.program.symbols.find(root).is_some_and(|root| self.locals.contains(&root))
        };
        state.freed.retain(|freed, _| is_local(freed));
    }

    fn is_exit_code(&self, id: ExprId) -> bool {
        let name = if let ExprKind::Name(name) = self.program.kind(id) { self.program.name(*name) } else { "" };
        matches!(name, "EXIT_FAILURE" | "EXIT_SUCCESS" | "EX_USAGE")
    }

    /// A value that is handed on or looked into.
    fn used(&mut self, id: ExprId, state: &mut State) {
        let id = self.uncast(id);
        if let Some(key) = self.key(id) {
            self.report(id, &key, state);
            if let Some(pointer) = key.strip_prefix('*') {
                self.report(id, pointer, state);
            }
        }
        if !matches!(self.program.kind(id), ExprKind::Name(_)) {
            self.expr(id, state);
        }
    }

    fn uncast(&self, id: ExprId) -> ExprId {
        let mut id = id;
        while let ExprKind::Cast { value, .. } = self.program.kind(id) {
            id = *value;
        }
        id
    }

    fn report(&mut self, id: ExprId, key: &str, state: &State) {
        // A field of what was freed is gone with it.
        let mut at = key;
        loop {
            if let Some(&confidence) = state.freed.get(at) {
                let span = self.program.span(id);
                let hit = Hit { span, name: key.to_owned(), value: String::new(), confidence };
                self.hits.entry(span).or_insert(hit);
                return;
            }
            match at.rfind('.') {
                Some(dot) => at = &at[..dot],
                None => return,
            }
        }
    }

    /// A variable, or a field of one, as text; what it points to has a star.
    fn key(&self, id: ExprId) -> Option<String> {
        let mut fields = Vec::new();
        let mut id = self.uncast(id);
        let star = if self.prefix(id) == Some(b'*') { "*" } else { "" };
        loop {
            match self.program.kind(id) {
                ExprKind::Field { of, name } => {
                    fields.push(self.program.name(*name));
                    id = *of;
                }
                ExprKind::Name(name) => {
                    fields.push(self.program.name(*name));
                    break;
                }
                _ => return None,
            }
        }
        fields.reverse();
        Some(format!("{star}{}", fields.join(".")))
    }

    /// The sign before an expression, past brackets.
    fn prefix(&self, id: ExprId) -> Option<u8> {
        let start = self.program.span(id).start as usize;
        let before = self.text.get(..start)?.trim_end_matches(|letter: char| letter.is_whitespace() || letter == '(');
        let sign = before.bytes().last().filter(|sign| matches!(sign, b'*' | b'&'))?;
        // `a * b`, `a && b` and `char *p` are something else.
        let rest = before[..before.len() - 1].trim_end();
        let is_cast = rest.ends_with("*)");
        let ahead = rest.bytes().last();
        let is_operand = !is_cast
            && ahead.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b')' | b']' | b'&'));
        let is_word = ["return", "else", "do"].iter().any(|word| before[..before.len() - 1].trim_end().ends_with(word));
        (!is_operand || is_word).then_some(sign)
    }
}

fn leave(ways: &mut [State], state: &mut State) {
    if let Some(way) = ways.last_mut() {
        way.join(state.clone());
    }
    state.is_over = true;
}

impl State {
    /// Of a way that nobody takes.
    fn over() -> Self {
        State { is_over: true, ..State::default() }
    }

    fn free(&mut self, key: &str) {
        let same: BTreeSet<String> = self
            .copies
            .iter()
            .flat_map(|(copy, of)| {
                let is_same = copy == key || of == key;
                is_same.then(|| [copy.clone(), of.clone()])
            })
            .flatten()
            .collect();
        for same in same {
            self.freed.entry(same).or_insert(Level::Medium);
        }
        self.freed.insert(key.to_owned(), Level::High);
        if self.freed.len() > REMEMBERED {
            self.freed.clear();
        }
    }

    fn forget(&mut self, key: &str) {
        let below = format!("{key}.");
        let pointed = format!("*{key}");
        self.freed.retain(|freed, _| freed != key && *freed != pointed && !freed.starts_with(&below));
        self.copies.retain(|copy, of| copy != key && of != key && !of.starts_with(&below));
    }

    /// After branches: what was freed on one way may be freed.
    fn join(&mut self, other: State) {
        if other.is_over {
            return;
        }
        if self.is_over {
            *self = other;
            return;
        }
        for (key, level) in &mut self.freed {
            if other.freed.get(key) != Some(&Level::High) {
                *level = Level::Medium;
            }
        }
        for key in other.freed.into_keys() {
            self.freed.entry(key).or_insert(Level::Medium);
        }
        self.copies.retain(|copy, of| other.copies.get(copy) == Some(of));
    }
}
