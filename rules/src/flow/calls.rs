//! Calls: which function it is, what it gets, what rules say to it, and what comes back.

use std::rc::Rc;

use crate::flow::{Analysis, Hit, Note};
use crate::ir::{Call, ClassId, ExprId, ExprKind, FunctionId, Span};
use crate::path::{PathId, Segment};
use crate::schema::Level;
use crate::symbols::Symbol;
use crate::table::{Classes, Matched, OnCall};
use crate::value::{Entries, Shape, Value, join_taint};

/// A call whose arguments are known.
pub(super) struct Called {
    pub(super) span: Span,
    /// Where the function's name stands, or the whole callee.
    pub(super) callee: Span,
    pub(super) path: PathId,
    pub(super) receiver: Option<(ExprId, Value)>,
    pub(super) arguments: Vec<Given>,
    pub(super) is_new: bool,
    pub(super) is_ignored: bool,
}

/// One argument of a call.
pub(super) struct Given {
    pub(super) name: Option<Symbol>,
    pub(super) value: Value,
    pub(super) expr: ExprId,
    pub(super) is_spread: bool,
}

impl Analysis<'_> {
    /// An expression whose value nobody uses.
    pub(super) fn thrown_away(&mut self, id: ExprId) {
        match self.program.kind(id) {
            ExprKind::Call(call) => drop(self.called(call, self.program.span(id), true)),
            _ => drop(self.expr(id)),
        }
    }

    /// Whether a statement's call ends the program or the request.
    pub(super) fn never_returns(&self, id: ExprId) -> bool {
        let ExprKind::Call(call) = self.program.kind(id) else { return false };
        let name = match self.program.kind(call.callee) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => self.program.name(*name),
            _ => return false,
        };
        matches!(name, "exit" | "_exit" | "abort" | "die" | "panic" | "halt" | "quit" | "Fatal" | "Fatalf" | "Fatalln")
    }

    /// The path of what is called.
    pub(super) fn callee_path(&mut self, call: &Call) -> Option<PathId> {
        let value = match self.program.kind(call.callee) {
            ExprKind::Field { of, name } => {
                let of = self.expr(*of).path;
                return Some(self.paths.child(of, Segment::Name(*name)));
            }
            _ => self.expr(call.callee),
        };
        value.path
    }

    pub(super) fn call(&mut self, _id: ExprId, call: &Call, span: Span) -> Value {
        self.called(call, span, false)
    }

    fn called(&mut self, call: &Call, span: Span, is_ignored: bool) -> Value {
        let program = self.program;
        let (receiver, callee, path) = match program.kind(call.callee) {
            ExprKind::Field { of, name } => {
                let value = self.expr(*of);
                let path = self.paths.child(value.path, Segment::Name(*name));
                let callee = if value.path.is_some() && self.slot(call.callee).is_none() {
                    Value { path: Some(path), ..Value::default() }
                } else {
                    self.stored(call.callee).unwrap_or(Value { path: Some(path), ..Value::default() })
                };
                let callee = self.read(callee, path, program.span(call.callee));
                (Some((*of, value)), callee, path)
            }
            _ => {
                let callee = self.expr(call.callee);
                let path = callee.path.unwrap_or_else(|| self.anonymous());
                (None, callee, path)
            }
        };
        let mut called = Called {
            span,
            callee: self.name_span(call.callee),
            path,
            receiver,
            arguments: Vec::with_capacity(call.arguments.len()),
            is_new: call.is_new,
            is_ignored,
        };
        self.within.push(path);
        for argument in &call.arguments {
            let outer = self.target;
            self.target = argument.name.or(outer);
            let value = self.expr(argument.value);
            self.target = outer;
            if let Some(name) = argument.name {
                let span = program.span(argument.value);
                self.setting(name, &value, Some(argument.value), span, None);
                self.named_value(name, &value, Some(argument.value), span);
            }
            called.arguments.push(Given {
                name: argument.name,
                value,
                expr: argument.value,
                is_spread: argument.is_spread,
            });
        }
        self.within.pop();
        let from_rules = self.ask_rules(&called, call);
        let function = self.function_called(&callee, &called);
        let callbacks = self.run_callbacks(&called);
        self.result(&called, function, from_rules, callbacks)
    }

    /// The value of a field that was stored before.
    fn stored(&mut self, id: ExprId) -> Option<Value> {
        let slot = self.slot(id)?;
        self.environment.get(slot).cloned()
    }

    /// The path of a function without a name.
    fn anonymous(&mut self) -> PathId {
        self.paths.child(None, Segment::Call)
    }

    fn name_span(&self, callee: ExprId) -> Span {
        let span = self.program.span(callee);
        match self.program.kind(callee) {
            ExprKind::Field { name, .. } => {
                let length = u32::try_from(self.program.name(*name).len()).unwrap_or(0);
                Span { start: span.end.saturating_sub(length).max(span.start), end: span.end }
            }
            _ => span,
        }
    }

    /// Asks every rule that concerns the call. Returns what they know of its result.
    fn ask_rules(&mut self, called: &Called, call: &Call) -> FromRules {
        let mut from_rules = FromRules::default();
        let table = self.table;
        let is_bare = matches!(self.program.kind(call.callee), ExprKind::Name(_));
        for what in table.calls.find_as(&self.paths, called.path, is_bare).collect::<Vec<_>>() {
            match what {
                OnCall::Sink(sink) => {
                    from_rules.is_sink |= self.call_sink(sink, called, call);
                    // A page that was looked at where it was made is not looked at again where it is returned.
                    let rule = usize::from(table.sinks[usize::from(sink)].rule);
                    if table.rules[rule].class.as_deref() == Some("html") {
                        from_rules.clears |= table.classes[rule];
                    }
                }
                OnCall::Wrong(matched) => self.wrong_call(matched, called, call),
                OnCall::Sanitizer(number) => {
                    let sanitizer = &table.sanitizers[usize::from(number)];
                    if self.called_holds(sanitizer.tests, called) {
                        from_rules.clears |= sanitizer.clears;
                        self.only_to_be_cleaned(called, sanitizer.clears);
                        if called.is_ignored
                            && let Some(given) = called.arguments.first()
                        {
                            self.checked(given.expr, sanitizer.clears);
                        }
                    }
                }
                OnCall::Source(number) => from_rules.sources.push(number),
                OnCall::Guard(_) => {}
            }
        }
        from_rules
    }

    /// Takes back what was found of an object that is made for nothing but to be cleaned: `new File(name).getName()`.
    fn only_to_be_cleaned(&mut self, called: &Called, clears: Classes) {
        let Some((of, _)) = called.receiver else { return };
        if clears == Classes::MAX || !matches!(self.program.kind(of), ExprKind::Call(call) if call.is_new) {
            return;
        }
        let (span, classes) = (self.program.span(of), &self.table.classes);
        self.hits.retain(|(at, rule), _| *at != span || classes[usize::from(*rule)] & clears == 0);
    }

    fn wrong_call(&mut self, matched: Matched, called: &Called, _call: &Call) {
        if !self.alive.has(matched.rule) || !self.called_holds(matched.tests, called) {
            return;
        }
        let rule = &self.table.rules[usize::from(matched.rule)];
        let name = self.paths.print(called.path);
        let value =
            called.arguments.iter().map(|given| super::targets::shown(&given.value)).find(|shown| !shown.is_empty());
        // A condition on an argument says where a fix of its value goes.
        let argument = self.tested_argument(matched.tests, called);
        let fix = match rule.fix.as_ref() {
            Some(fix) if fix.callee.is_some() => Some(called.callee),
            Some(fix) if fix.value.is_some() => argument,
            Some(_) => Some(called.span),
            None => None,
        };
        self.hit(Hit {
            rule: matched.rule,
            span: called.span,
            confidence: rule.confidence,
            lesser: false,
            step: None,
            sink: name.clone(),
            name,
            value: value.unwrap_or_default(),
            fix,
        });
    }

    /// The function of this file that is called, if it is one.
    fn function_called(&mut self, callee: &Value, called: &Called) -> Option<FunctionId> {
        if let Shape::Function(function) = callee.shape {
            return Some(function);
        }
        let name = match self.paths.segment(called.path) {
            Segment::Name(name) if (name.0 as usize) < self.program.symbols.count() => name,
            _ => return None,
        };
        let class = match &called.receiver {
            None => self.frames.last().and_then(|frame| frame.class)?,
            Some((of, value)) => self.class_of(*of, value)?,
        };
        self.method(class, name)
    }

    /// The class of this file that a value is an object of.
    fn class_of(&self, of: ExprId, value: &Value) -> Option<ClassId> {
        if let ExprKind::Name(name) = self.program.kind(of)
            && self.receivers.contains(name)
        {
            return self.frames.last().and_then(|frame| frame.class);
        }
        let name = self.paths.last_name(value.path?)?;
        let name = self.program.symbols.find(name)?;
        self.classes.get(&name).copied()
    }

    /// A method of a class or of those of the file that it comes from.
    fn method(&self, class: ClassId, name: Symbol) -> Option<FunctionId> {
        let mut class = Some(class);
        // A class may name itself as its base.
        for _ in 0..8 {
            let current = class?;
            if let Some(&method) = self.methods.get(&(current, name)) {
                let is_declared = self.program.function(method).body.is_empty();
                return if is_declared { self.implementation(current, name) } else { Some(method) };
            }
            class = self.program.class(current).bases.iter().find_map(|base| self.classes.get(base).copied());
        }
        None
    }

    /// What stands for a method that is declared without a body: that of the only class of the file that comes from its own. Of
    /// several nobody knows which.
    fn implementation(&self, declared: ClassId, name: Symbol) -> Option<FunctionId> {
        let base = self.program.class(declared).name?;
        let mut found = self.methods.iter().filter(|((class, method), function)| {
            *method == name
                && self.program.class(*class).bases.contains(&base)
                && !self.program.function(**function).body.is_empty()
        });
        let (_, &method) = found.next()?;
        found.next().is_none().then_some(method)
    }

    /// Runs the functions among the arguments. Returns what they return, joined.
    fn run_callbacks(&mut self, called: &Called) -> Option<Value> {
        let functions: Vec<FunctionId> = called
            .arguments
            .iter()
            .filter_map(|given| match (&given.value.shape, self.program.kind(given.expr)) {
                (Shape::Function(function), ExprKind::Function(_)) => Some(*function),
                _ => None,
            })
            .collect();
        let mut returned: Option<Value> = None;
        if functions.is_empty() {
            return None;
        }
        // What a database or the network sends back is not what it was asked with.
        let asks = self.table.calls.find(&self.paths, called.path).any(|what| matches!(what, OnCall::Sink(_)));
        let worked_on =
            called.receiver.as_ref().filter(|_| !asks).map(|(_, value)| self.item_of(value)).unwrap_or_default();
        for function in functions {
            let value = self.run_callback(function, called.path, &worked_on);
            returned = match (returned, value) {
                (Some(one), Some(other)) => Some(one.join(&other)),
                (one, other) => one.or(other),
            };
        }
        returned
    }

    fn result(
        &mut self,
        called: &Called,
        function: Option<FunctionId>,
        from_rules: FromRules,
        callbacks: Option<Value>,
    ) -> Value {
        let made = if called.is_new { called.path } else { self.paths.child(Some(called.path), Segment::Call) };
        let mut source = None;
        for number in from_rules.sources {
            let taint = self.data_of(number, called.span);
            source = join_taint(source.as_ref(), taint.as_ref());
        }
        if source.as_ref().is_some_and(|taint| taint.is_broad()) {
            return Value { taint: source, path: Some(made), shape: Shape::Unknown };
        }
        if from_rules.clears == Classes::MAX {
            let is_constant =
                called.receiver.is_none() && called.arguments.iter().all(|given| given.value.is_constant());
            if is_constant && let Some(value) = self.library(called, None).filter(Value::is_constant) {
                return value;
            }
            return Value { shape: Shape::Number, taint: None, path: Some(made) };
        }
        let passed = || -> Vec<_> {
            called.arguments.iter().map(|given| (given.name, given.value.clone(), given.expr)).collect()
        };
        if from_rules.clears == 0
            && source.is_none()
            && let Some(object) = self.construct(called, &passed())
        {
            return object;
        }
        if let Some(function) = function.filter(|_| !called.is_new)
            && let Some(value) = self.follow(function, called.receiver.as_ref(), &passed())
        {
            let value = Value { path: value.path.or(Some(made)), ..value };
            // What the file's own function does counts, unless its name says that it cleans: `page.render()` may be anything.
            let clears = if self.says_it_cleans(called) { from_rules.clears } else { 0 };
            return if clears == 0 { value } else { value.cleared(clears) };
        }
        let mut value = match self.library(called, callbacks.as_ref()) {
            Some(value) => value,
            None => self.unknown_result(called, from_rules.is_sink, callbacks),
        };
        if from_rules.clears != 0 {
            value = value.cleared(from_rules.clears);
        }
        value.taint = join_taint(value.taint.as_ref(), source.as_ref());
        value.path = value.path.or(Some(made));
        let read = value.path.unwrap_or(made);
        self.read(value, read, called.span)
    }

    /// What comes back from a function that nobody knows: what went in, or else anything.
    fn unknown_result(&mut self, called: &Called, is_sink: bool, callbacks: Option<Value>) -> Value {
        let given = called.arguments.iter().map(|given| &given.value);
        let given = given.filter(|value| !matches!(value.shape, Shape::Function(_)));
        let taint = given
            .chain(called.receiver.as_ref().map(|(_, value)| value))
            .fold(None, |taint, value| join_taint(taint.as_ref(), value.taint.as_ref()));
        let taint = join_taint(taint.as_ref(), callbacks.as_ref().and_then(|value| value.taint.as_ref()));
        let taint = if self.wraps_request(called) {
            let request = self.source(called.span, "a request", Level::Medium);
            join_taint(taint.as_ref(), Some(&request))
        } else {
            taint
        };
        let is_object =
            called.is_new && called.arguments.iter().any(|given| matches!(given.value.shape, Shape::Map(_)));
        match taint {
            // An object that keeps what it was given is no text.
            Some(taint) if !is_sink && is_object => {
                let entries = Entries { entries: Vec::new(), others: Some(Value::tainted(Some(Rc::clone(&taint)))) };
                Value { shape: Shape::Map(Rc::new(entries)), taint: Some(taint), path: None }
            }
            Some(taint) if !is_sink => Value::tainted(Some(taint)),
            _ => {
                let taint = self.unknown(called.span, Note::Returned);
                Value::tainted(Some(taint))
            }
        }
    }
}

impl Analysis<'_> {
    fn says_it_cleans(&self, called: &Called) -> bool {
        const WORDS: [&str; 13] = [
            "escap", "sanit", "clean", "quot", "encod", "safe", "valid", "strip", "filter", "secur", "pur", "allow",
            "html",
        ];
        let name = self.paths.last_name(called.path).unwrap_or_default().to_ascii_lowercase();
        WORDS.iter().any(|word| name.contains(word))
    }

    /// Whether a call makes an object of a whole request. A function's name says too little: `current_user(request)`.
    fn wraps_request(&self, called: &Called) -> bool {
        let is_class = || {
            let name = self.paths.last_name(called.path);
            name.is_some_and(|name| name.starts_with(char::is_uppercase))
        };
        let is_request = |value: &Value| {
            value.path.is_some_and(|path| self.table.requests.iter().any(|pattern| pattern.matches(&self.paths, path)))
        };
        (called.is_new || is_class()) && called.arguments.first().is_some_and(|given| is_request(&given.value))
    }
}

/// What rules know of a call's result.
#[derive(Default)]
struct FromRules {
    clears: Classes,
    sources: Vec<u16>,
    /// The call hands its data to something else: what comes back is not what went in.
    is_sink: bool,
}
