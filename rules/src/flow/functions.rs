//! Functions: each is run once with what its parameters may be, and followed from the calls that the same file makes.

use crate::environment::{Changes, Environment};
use crate::flow::{Analysis, Frame, Note, Pending};
use crate::ir::{ClassId, ExprId, ExprKind, Function, FunctionId, Parameter};
use crate::path::PathId;
use crate::schema::Level;
use crate::table::OnDecorator;
use crate::value::{Shape, Value};

/// How many calls deep functions of the file are followed.
const FOLLOWED_DEEP: usize = 3;

/// A function with more expressions is not followed: it is run once by itself. Helpers are far smaller.
const FOLLOWED_LONG: u32 = 600;

/// What a function gets where it is run by itself.
enum Given<'v> {
    /// Nobody calls it here: whoever does may give anything.
    Anything,
    /// It was handed to a call as a callback: what that call works on.
    Callback { worked_on: &'v Value, to_all: bool },
}

/// An argument of a call that is followed: its keyword, its value, and where it stands.
pub(super) type Passed = (Option<crate::symbols::Symbol>, Value, ExprId);

/// What a followed call did.
pub(super) struct Followed {
    pub(super) returned: Value,
    pub(super) changes: Changes,
}

impl Analysis<'_> {
    /// Runs what was declared in the current frame.
    pub(super) fn run_pending(&mut self) {
        let pending = std::mem::take(&mut self.frame().pending);
        for what in pending {
            match what {
                Pending::Function(function) => {
                    let mark = self.environment.mark();
                    self.run_function(function, &Given::Anything, Vec::new());
                    self.environment.take(mark);
                }
                Pending::Class(class) => self.run_class(class),
            }
        }
    }

    /// Runs a class: its fields, its constructors, then its other methods with what those left in the fields.
    fn run_class(&mut self, class: ClassId) {
        let program = self.program;
        let definition = program.class(class);
        let mark = self.environment.mark();
        self.frames.push(Frame { class: Some(class), ..Frame::default() });
        definition.decorators.iter().for_each(|&decorator| drop(self.expr(decorator)));
        self.block(&definition.body);
        let pending = std::mem::take(&mut self.frame().pending);
        let (constructors, others): (Vec<_>, Vec<_>) = pending.into_iter().partition(|what| self.is_constructor(*what));
        let mut fields: Vec<Changes> = Vec::new();
        for what in constructors {
            let Pending::Function(function) = what else { continue };
            let mark = self.environment.mark();
            self.run_function(function, &Given::Anything, Vec::new());
            let changes = self.environment.take(mark);
            fields.push(self.of_receiver(changes));
        }
        self.environment.join(&fields);
        for what in others {
            self.frame().pending.push(what);
        }
        self.run_pending();
        self.frames.pop();
        self.environment.take(mark);
    }

    fn is_constructor(&self, what: Pending) -> bool {
        let Pending::Function(function) = what else { return false };
        let function = self.program.function(function);
        let Some(name) = function.name.map(|name| self.program.name(name)) else { return false };
        let class = function.class.and_then(|class| self.program.class(class).name);
        matches!(name, "__init__" | "constructor" | "__construct" | "initialize" | "new")
            || class.is_some_and(|class| self.program.name(class) == name)
    }

    /// The changes that concern fields of the object: `self.x`, `this.x`, `@x`, and fields by their bare names.
    pub(super) fn of_receiver(&self, changes: Changes) -> Changes {
        let owners: Vec<_> = self.receivers.iter().map(|&name| Environment::slot(name)).collect();
        let is_field = |slot: &crate::environment::Slot| {
            owners.iter().any(|&owner| self.environment.belongs_to(*slot, owner))
                || self.environment.is_sigil(*slot, &self.program.symbols)
        };
        changes.into_iter().filter(|(slot, _)| is_field(slot)).collect()
    }

    fn run_function(&mut self, id: FunctionId, given: &Given<'_>, mut returns_to: Vec<u16>) -> Option<Value> {
        let program = self.program;
        let function = program.function(id);
        let mut source = None;
        for &decorator in &function.decorators {
            let value = self.expr(decorator);
            let path = match program.kind(decorator) {
                ExprKind::Call(call) => self.callee_path(call),
                _ => value.path,
            };
            let Some(path) = path else { continue };
            for what in self.table.decorators.find(&self.paths, path).collect::<Vec<_>>() {
                match what {
                    OnDecorator::Source(number) => source = source.or(Some(number)),
                    OnDecorator::Sink(number) => returns_to.push(number),
                }
            }
        }
        self.frames.push(Frame {
            function: Some(id),
            class: function.class.or(self.class()),
            returns_to,
            ..Frame::default()
        });
        let breaks = std::mem::take(&mut self.breaks);
        for (number, parameter) in function.parameters.iter().enumerate() {
            let nothing = Value::default();
            let given = match given {
                // The other parameters of most callbacks are places and counts.
                Given::Callback { to_all: false, .. } if number > 0 => {
                    &Given::Callback { worked_on: &nothing, to_all: true }
                }
                given => given,
            };
            let value = self.parameter(function, parameter, given, source);
            self.give(parameter, value);
        }
        self.block(&function.body);
        self.run_pending();
        self.breaks = breaks;
        self.frames.pop().and_then(|frame| frame.returned)
    }

    fn class(&self) -> Option<ClassId> {
        self.frames.last().and_then(|frame| frame.class)
    }

    /// What a parameter may be where nobody says.
    fn parameter(
        &mut self,
        function: &Function,
        parameter: &Parameter,
        given: &Given<'_>,
        source: Option<u16>,
    ) -> Value {
        let program = self.program;
        let table = self.table;
        let name = program.name(parameter.name);
        let span = self.parameter_span(function, parameter);
        let declared = parameter.declared.map(|declared| program.name(declared));
        if let Some(default) = parameter.default {
            let value = self.expr(default);
            self.named_value(parameter.name, &value, Some(default), program.span(default));
        }
        let mut annotated = None;
        for &decorator in &parameter.decorators {
            let path = match program.kind(decorator) {
                ExprKind::Call(call) => self.callee_path(call),
                _ => self.expr(decorator).path,
            };
            let found = path.and_then(|path| self.paths.last_name(path)).and_then(|name| table.annotations.get(name));
            annotated = annotated.or(found.copied());
        }
        if declared.is_some_and(|declared| table.safe_types.contains(declared)) || self.is_enumeration(parameter) {
            return Value::of(Shape::Number);
        }
        let path = match declared.and_then(|declared| self.paths.dotted(declared)) {
            Some(path) => path,
            None => self.name_path(parameter.name),
        };
        let value = Value { path: Some(path), ..Value::default() };
        let is_plain =
            table.plain_names.contains(name) || declared.is_some_and(|declared| table.plain_types.contains(declared));
        if let (Some(number), false) = (annotated.or(source), is_plain) {
            let taint = self.data_of(number, span);
            return Value { taint, ..value };
        }
        let value = self.read(value, path, span);
        if value.taint.is_some() || is_plain || self.receivers.contains(&parameter.name) {
            return value;
        }
        let taint = match given {
            Given::Anything => Some(self.source(span, &format!("the parameter `{name}`"), Level::Medium)),
            Given::Callback { worked_on, .. } => worked_on.taint.clone(),
        };
        Value { taint, ..value }
    }

    /// Whether a parameter's type is an enumeration of the file, whose values the program itself names.
    fn is_enumeration(&self, parameter: &Parameter) -> bool {
        let class = parameter.declared.and_then(|declared| self.classes.get(&declared));
        class.is_some_and(|&class| {
            let bases = &self.program.class(class).bases;
            bases
                .iter()
                .any(|&base| matches!(self.program.name(base), "Enum" | "IntEnum" | "StrEnum" | "Flag" | "IntFlag"))
        })
    }

    /// Where a parameter stands: its default or pattern, or else the function.
    fn parameter_span(&self, function: &Function, parameter: &Parameter) -> crate::ir::Span {
        let name = self.program.name(parameter.name);
        let head = function.span.of(self.text);
        let found = word_in(head, name).unwrap_or(0);
        let start = function.span.start + u32::try_from(found).unwrap_or(0);
        crate::ir::Span { start, end: start + u32::try_from(name.len()).unwrap_or(0) }
    }

    /// Gives a parameter its value.
    fn give(&mut self, parameter: &Parameter, value: Value) {
        if let Some(pattern) = parameter.pattern {
            self.put(pattern, value.clone());
        }
        self.environment.set(Environment::slot(parameter.name), value);
    }

    /// A function as a value. Its body is run where it stands, unless a call that gets it does so.
    pub(super) fn lambda(&mut self, id: FunctionId) -> Value {
        if self.within.is_empty() {
            self.frame().pending.push(Pending::Function(id));
        }
        Value::of(Shape::Function(id))
    }

    /// Runs functions that were handed to a call.
    pub(super) fn run_callback(&mut self, id: FunctionId, call: PathId, worked_on: &Value) -> Option<Value> {
        let mut returns_to = Vec::new();
        let mut source = None;
        for what in self.table.decorators.find(&self.paths, call).collect::<Vec<_>>() {
            match what {
                OnDecorator::Source(number) => source = Some(number),
                OnDecorator::Sink(number) => returns_to.push(number),
            }
        }
        let within = std::mem::take(&mut self.within);
        let mark = self.environment.mark();
        let returned = match source {
            Some(number) => {
                let span = self.program.function(id).span;
                let worked_on = Value::tainted(self.data_of(number, span));
                self.run_function(id, &Given::Callback { worked_on: &worked_on, to_all: true }, returns_to)
            }
            None => {
                let name = self.paths.last_name(call);
                let to_all = name.is_some_and(|name| {
                    matches!(name, "reduce" | "reduceRight" | "inject" | "fold" | "each" | "Aggregate")
                });
                self.run_function(id, &Given::Callback { worked_on, to_all }, returns_to)
            }
        };
        // What a callback leaves in variables around it may be there afterwards.
        let changes = self.environment.take(mark);
        self.environment.join(&[changes, Changes::new()]);
        self.within = within;
        returned
    }

    /// Follows a call of a function of this file and takes back what it changed; none where it is not followed.
    pub(super) fn followed(
        &mut self,
        id: FunctionId,
        receiver: Option<&(ExprId, Value)>,
        arguments: &[Passed],
    ) -> Option<Followed> {
        let program = self.program;
        let function = program.function(id);
        let depth = self.frames.iter().filter(|frame| frame.is_followed).count();
        let is_recursive = self.frames.iter().any(|frame| frame.function == Some(id));
        if depth >= FOLLOWED_DEEP || is_recursive || function.last - function.first > FOLLOWED_LONG || !self.has_work()
        {
            return None;
        }
        let mark = self.environment.mark();
        let breaks = std::mem::take(&mut self.breaks);
        let within = std::mem::take(&mut self.within);
        let target = self.target.take();
        let mut parameters = function.parameters.as_slice();
        let mut values = Vec::with_capacity(parameters.len());
        if let Some(first) = parameters.first()
            && self.receivers.contains(&first.name)
        {
            values.push((first, receiver.map(|(_, value)| value.clone()).unwrap_or_default()));
            parameters = &parameters[1..];
        }
        let mut positional = arguments.iter().filter(|(name, _, _)| name.is_none());
        for parameter in parameters {
            let named = arguments.iter().find(|(name, _, _)| *name == Some(parameter.name));
            let value = match named.or_else(|| positional.next()) {
                Some((_, value, from)) => {
                    let safe =
                        parameter.declared.is_some_and(|name| self.table.safe_types.contains(program.name(name)));
                    let value = if safe { super::statements::safe(value.clone()) } else { value.clone() };
                    self.stepped(value, program.span(*from), &Note::Handed(parameter.name))
                }
                None => parameter.default.map_or_else(Value::default, |default| self.expr(default)),
            };
            values.push((parameter, value));
        }
        if let Some((of, object)) = receiver {
            self.enter_object(id, *of, object);
        }
        for (parameter, value) in values {
            self.give(parameter, value);
        }
        let entered = self.environment.mark();
        let class = function.class.or(self.class());
        self.frames.push(Frame { function: Some(id), class, is_followed: true, ..Frame::default() });
        self.block(&function.body);
        let frame = self.frames.pop().expect("it was pushed above");
        let changes = self.environment.changes(entered);
        self.environment.take(mark);
        self.breaks = breaks;
        self.within = within;
        self.target = target;
        let returned = frame.returned.unwrap_or_else(|| Value::of(Shape::Null));
        Some(Followed { returned, changes })
    }
}

/// Where a word first stands in a text.
fn word_in(text: &str, word: &str) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    let part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !(part(after) || part(before) && part(word.chars().next()))
    })
}
