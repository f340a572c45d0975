//! Whether the conditions of a pattern hold.

use std::collections::HashMap;

use crate::condition::Test;
use crate::flow::Analysis;
use crate::flow::calls::Called;
use crate::ir::{Call, ExprId, ExprKind, FunctionId, Span};
use crate::path::PathId;
use crate::schema::{Is, Level, Which};
use crate::symbols::Symbol;
use crate::value::{Part, Shape, Value};

impl Analysis<'_> {
    /// Whether the conditions on a call hold.
    pub(super) fn called_holds(&mut self, tests: u16, called: &Called) -> bool {
        let tests = &self.table.tests[usize::from(tests)];
        tests.when.iter().all(|test| self.holds(test, Some(called), None, None))
            && !tests.unless.iter().any(|test| self.holds(test, Some(called), None, None))
    }

    /// Whether the conditions on the value of a setting or an assignment hold.
    pub(super) fn value_holds(&mut self, tests: u16, value: &Value, from: Option<ExprId>) -> bool {
        let tests = &self.table.tests[usize::from(tests)];
        tests.when.iter().all(|test| self.holds(test, None, Some(value), from))
            && !tests.unless.iter().any(|test| self.holds(test, None, Some(value), from))
    }

    /// Whether the conditions on a guard's call hold.
    pub(super) fn call_holds(&mut self, tests: u16, call: &Call, path: PathId) -> bool {
        if tests == 0 {
            return true;
        }
        let receiver = match self.program.kind(call.callee) {
            ExprKind::Field { of, .. } => Some((*of, self.expr(*of))),
            _ => None,
        };
        let arguments = call.arguments.iter().map(|argument| super::calls::Given {
            name: argument.name,
            value: self.expr(argument.value),
            expr: argument.value,
            is_spread: argument.is_spread,
        });
        let arguments = arguments.collect();
        let span = Span::default();
        let called = Called { span, callee: span, path, receiver, arguments, is_new: call.is_new, is_ignored: false };
        self.called_holds(tests, &called)
    }

    /// Where the first argument stands that the conditions speak of.
    pub(super) fn tested_argument(&self, tests: u16, called: &Called) -> Option<Span> {
        let tests = &self.table.tests[usize::from(tests)];
        let given = tests.when.iter().find_map(|test| self.argument_given(called, &test.argument))?;
        Some(self.program.span(given.expr))
    }

    fn holds(&mut self, test: &Test, called: Option<&Called>, value: Option<&Value>, from: Option<ExprId>) -> bool {
        let holds = match (called, value) {
            (Some(called), _) if !test.argument.is_empty() => self.some_argument_holds(test, called),
            (_, value) => self.argument_holds(test, value, from),
        };
        holds && self.place_holds(test, called)
    }

    /// Whether the argument is as the test says: of `*` any of them, else the first of its names that is there.
    fn some_argument_holds(&self, test: &Test, called: &Called) -> bool {
        let is_any = |which: &&Which| matches!(which, Which::Named(name) if name.ends_with('*') && name != "**");
        if let Some(Which::Named(name)) = test.argument.iter().find(is_any) {
            let from = name.strip_suffix('*').and_then(|from| from.parse().ok()).unwrap_or(0);
            let mut given = called.arguments.iter().skip(from);
            return given.any(|given| self.argument_holds(test, Some(&given.value), Some(given.expr)));
        }
        let argument = self.argument(called, &test.argument);
        // `**options` may hold what seems to be missing.
        if argument.is_none() && called.arguments.iter().any(|given| given.is_spread) {
            return false;
        }
        let expr = match &test.argument[..] {
            [Which::Named(name)] if name == "receiver" => called.receiver.as_ref().map(|(of, _)| *of),
            which => self.argument_given(called, which).map(|given| given.expr),
        };
        self.argument_holds(test, argument, expr)
    }

    /// The conditions on the argument itself.
    fn argument_holds(&self, test: &Test, argument: Option<&Value>, expr: Option<ExprId>) -> bool {
        let text = argument.and_then(text_of);
        test.is.is_none_or(|is| is_so(is, argument))
            && test.is_not.is_none_or(|is| !is_so(is, argument))
            && (test.equals.is_empty()
                || text.as_ref().is_some_and(|text| test.equals.iter().any(|one| one.eq_ignore_ascii_case(text))))
            && test
                .matches
                .as_ref()
                .is_none_or(|expression| text.as_ref().is_some_and(|text| expression.is_match(text)))
            && test
                .below
                .is_none_or(|below| argument.and_then(Value::constant_integer).is_some_and(|number| number < below))
            && (test.path.is_empty()
                || argument
                    .and_then(|value| value.path)
                    .is_some_and(|path| test.path.iter().any(|pattern| pattern.matches(&self.paths, path))))
            && test.named.as_ref().is_none_or(|expression| {
                expr.is_some_and(|expr| self.names_in(expr, &mut |name| expression.is_match(name)))
            })
            && (test.has.is_empty() || argument.is_some_and(|value| test.has.iter().any(|key| has(value, key))))
            && (test.lacks.is_empty()
                || argument.is_some_and(|value| is_known(value) && !test.lacks.iter().any(|key| has(value, key))))
    }

    /// The conditions on where it stands.
    fn place_holds(&mut self, test: &Test, called: Option<&Called>) -> bool {
        let function = self.function();
        if let Some(expression) = &test.target {
            let target = self.target.map(|name| self.program.name(name));
            // A lambda has no name: the function around it says what it is for.
            let named = self.frames.iter().rev().filter_map(|frame| frame.function);
            let named =
                named.filter_map(|id| self.program.function(id).name).next().map(|name| self.program.name(name));
            if ![target, named].into_iter().flatten().any(|name| expression.is_match(name)) {
                return false;
            }
        }
        if let Some(expression) = &test.inside {
            let functions = self.frames.iter().filter_map(|frame| frame.function);
            let mut names = functions.filter_map(|id| self.program.function(id).name);
            if !names.any(|name| expression.is_match(self.program.name(name))) {
                return false;
            }
        }
        if let Some(expression) = &test.receiver {
            let path = called.map(|called| called.path).or(self.within.last().copied());
            let receiver = path.and_then(|path| self.paths.parent(path));
            if !receiver.is_some_and(|path| expression.is_match(&self.paths.print(path))) {
                return false;
            }
        }
        if !test.near.is_empty() && !self.stands_near(&test.near, function) {
            return false;
        }
        if !test.without.is_empty() && self.stands_near(&test.without, function) {
            return false;
        }
        let is_async = function.is_some_and(|id| self.program.function(id).is_async);
        let count = called.map(|called| called.arguments.len());
        test.in_async.is_none_or(|wanted| wanted == is_async)
            && test.ignored.is_none_or(|wanted| called.is_some_and(|called| called.is_ignored == wanted))
            && test.count.is_none_or(|wanted| count == Some(usize::from(wanted)))
            && test.file.as_ref().is_none_or(|expression| self.file_has(expression))
            && test.file_lacks.as_ref().is_none_or(|expression| !self.file_has(expression))
    }

    /// Whether one of the calls stands in the function, by its last name.
    fn stands_near(&mut self, names: &[String], function: Option<FunctionId>) -> bool {
        if self.calls_by_function.is_none() {
            self.calls_by_function = Some(calls_by_function(self.program));
        }
        let calls = self.calls_by_function.as_ref().and_then(|calls| calls.get(&function));
        calls
            .is_some_and(|calls| calls.iter().any(|name| names.iter().any(|wanted| wanted == self.program.name(*name))))
    }

    /// Whether a name inside an expression is so.
    pub(super) fn names_in(&self, id: ExprId, is_so: &mut dyn FnMut(&str) -> bool) -> bool {
        let program = self.program;
        match program.kind(id) {
            ExprKind::Name(name) => is_so(program.name(*name)),
            ExprKind::Field { of, name } => is_so(program.name(*name)) || self.names_in(*of, is_so),
            ExprKind::Index { of, index } => self.names_in(*index, is_so) || self.names_in(*of, is_so),
            ExprKind::Text(text) => text.len() <= 64 && is_so(text),
            ExprKind::Call(call) => {
                self.names_in(call.callee, is_so)
                    || call.arguments.iter().any(|argument| self.names_in(argument.value, is_so))
            }
            ExprKind::Format(parts) | ExprKind::Sum(parts) | ExprKind::List(parts) | ExprKind::Opaque(parts) => {
                parts.iter().any(|&part| self.names_in(part, is_so))
            }
            ExprKind::Binary { left, right, .. } => self.names_in(*left, is_so) || self.names_in(*right, is_so),
            ExprKind::Choice { yes, no, .. } => self.names_in(*yes, is_so) || self.names_in(*no, is_so),
            ExprKind::Not(value) | ExprKind::Negative(value) | ExprKind::Cast { value, .. } => {
                self.names_in(*value, is_so)
            }
            ExprKind::Map(entries) => entries
                .iter()
                .any(|(key, value)| key.is_some_and(|key| self.names_in(key, is_so)) || self.names_in(*value, is_so)),
            ExprKind::Assign { target, value } => self.names_in(*target, is_so) || self.names_in(*value, is_so),
            ExprKind::Each { over, value, .. } => self.names_in(*over, is_so) || self.names_in(*value, is_so),
            ExprKind::Integer(_) | ExprKind::Number | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Function(_) => {
                false
            }
        }
    }

    /// Asks the rules about `left == right`.
    pub(super) fn compared(&mut self, left: ExprId, right: ExprId, one: &Value, other: &Value) {
        let table = self.table;
        for (expression, matched) in &table.compares {
            if !self.alive.has(matched.rule) {
                continue;
            }
            for (named, value, from) in [(left, other, right), (right, one, left)] {
                let Some(name) = self.last_name_of(named) else { continue };
                if expression.is_match(self.program.name(name)) && self.value_holds(matched.tests, value, Some(from)) {
                    let (one, other) = (self.program.span(left), self.program.span(right));
                    let rule = &table.rules[usize::from(matched.rule)];
                    let name = self.program.name(name).to_owned();
                    self.hit(super::Hit {
                        rule: matched.rule,
                        span: Span { start: one.start.min(other.start), end: one.end.max(other.end) },
                        confidence: rule.confidence,
                        lesser: false,
                        step: None,
                        sink: name.clone(),
                        name,
                        value: super::targets::shown(value),
                        fix: None,
                    });
                    break;
                }
            }
        }
    }

    /// The name that a value is known by: a variable, a field, a constant key, a called method's receiver.
    fn last_name_of(&self, id: ExprId) -> Option<Symbol> {
        match self.program.kind(id) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => Some(*name),
            ExprKind::Index { index, of } => match self.program.kind(*index) {
                ExprKind::Text(text) => self.program.symbols.find(text).or_else(|| self.last_name_of(*of)),
                _ => self.last_name_of(*of),
            },
            ExprKind::Call(call) => {
                let argument = call.arguments.first().map(|argument| self.program.kind(argument.value));
                match argument {
                    Some(ExprKind::Text(text)) => {
                        self.program.symbols.find(text).or_else(|| self.last_name_of(call.callee))
                    }
                    _ => self.last_name_of(call.callee),
                }
            }
            _ => None,
        }
    }
}

/// A constant as the text that it would be.
fn text_of(value: &Value) -> Option<String> {
    match &value.shape {
        Shape::Text(text) => Some(text.to_string()),
        Shape::Integer(number) => Some(number.to_string()),
        Shape::Bool(value) => Some(value.to_string()),
        // The constant beginning of a text tells what it is: a scheme, a prefix.
        Shape::Parts(parts) => match parts.first() {
            Some(Part::Text(text)) => Some(text.to_string()),
            Some(Part::Hole(_)) | None => None,
        },
        _ => None,
    }
}

fn is_so(is: Is, value: Option<&Value>) -> bool {
    let Some(value) = value else { return is == Is::Missing };
    match is {
        Is::True => {
            matches!(value.shape, Shape::Bool(true)) || matches!(value.shape, Shape::Integer(number) if number != 0)
        }
        Is::False => matches!(value.shape, Shape::Bool(false) | Shape::Integer(0)),
        Is::Null => matches!(value.shape, Shape::Null),
        Is::Missing => false,
        Is::Present => true,
        Is::Constant => value.is_constant(),
        Is::Text => value.constant_text().is_some(),
        Is::Empty => match &value.shape {
            Shape::Text(text) => text.is_empty(),
            Shape::List(list) => list.items.is_empty() && list.others.is_none(),
            Shape::Map(map) => map.entries.is_empty() && map.others.is_none(),
            _ => false,
        },
        Is::Dynamic => !value.is_constant() && !matches!(value.shape, Shape::Function(_)),
        Is::Tainted => value.taint.as_ref().is_some_and(|taint| taint.level() >= Level::Medium),
        Is::Collection => matches!(value.shape, Shape::List(_) | Shape::Map(_)),
        Is::CatastrophicWholePattern => {
            value.constant_text().is_some_and(|text| crate::redos::is_catastrophic(&format!("(?:{text})$")))
        }
        Is::CatastrophicPattern => value.constant_text().is_some_and(|text| crate::redos::is_catastrophic(text)),
        Is::Function => matches!(value.shape, Shape::Function(_)),
    }
}

/// Whether a map has a key, or a list a text.
fn has(value: &Value, key: &str) -> bool {
    match &value.shape {
        Shape::Map(map) => map.get(key).is_some(),
        Shape::List(list) => {
            list.items.iter().any(|item| item.constant_text().is_some_and(|text| text.eq_ignore_ascii_case(key)))
        }
        _ => false,
    }
}

/// Whether all keys or items of a collection are known.
fn is_known(value: &Value) -> bool {
    match &value.shape {
        Shape::Map(map) => map.others.is_none(),
        Shape::List(list) => list.others.is_none(),
        _ => false,
    }
}

/// The last names of all calls, by the innermost function around them.
fn calls_by_function(program: &crate::ir::Program) -> HashMap<Option<FunctionId>, Vec<Symbol>> {
    let mut inside: Vec<Option<FunctionId>> = vec![None; program.exprs.len()];
    // Inner functions come before outer ones in the list, and are not overwritten.
    for (number, function) in program.functions.iter().enumerate() {
        let id = FunctionId(u32::try_from(number).expect("functions are counted in 32 bits"));
        let range = function.first as usize..(function.last as usize).min(inside.len());
        inside[range].iter_mut().filter(|owner| owner.is_none()).for_each(|owner| *owner = Some(id));
    }
    let mut calls: HashMap<Option<FunctionId>, Vec<Symbol>> = HashMap::new();
    for (expr, owner) in program.exprs.iter().zip(inside) {
        let ExprKind::Call(call) = &expr.kind else { continue };
        if let ExprKind::Name(name) | ExprKind::Field { name, .. } = program.kind(call.callee) {
            calls.entry(owner).or_default().push(*name);
        }
    }
    calls
}
