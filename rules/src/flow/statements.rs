//! Statements: branches, loops, and what they leave behind.

use crate::environment::{Changes, Environment};
use crate::flow::{Analysis, Note, Pending};
use crate::ir::{Block, Case, ExprId, Handler, Statement};
use crate::path::Segment;
use crate::value::{Shape, Value};

/// Loops within loops that are run twice; further in, once.
const LOOPS_RUN_TWICE: usize = 2;

/// Whether what follows a statement is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    On,
    Ended,
}

impl Analysis<'_> {
    pub(super) fn block(&mut self, block: &Block) -> Reached {
        for (number, statement) in block.iter().enumerate() {
            if self.statement(statement) == Reached::Ended {
                // Functions are known before the block runs in most languages.
                block[number + 1..].iter().for_each(|statement| self.declare(statement));
                return Reached::Ended;
            }
        }
        Reached::On
    }

    /// Runs the text outside functions. A `return` ends nothing there: it stands in a fragment of a function.
    pub(super) fn top(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    /// Declares what a statement declares, without running it.
    fn declare(&mut self, statement: &Statement) {
        match statement {
            Statement::Function(id) => self.frame().pending.push(Pending::Function(*id)),
            Statement::Class(id) => self.frame().pending.push(Pending::Class(*id)),
            Statement::Expr(_)
            | Statement::Assign(_)
            | Statement::If { .. }
            | Statement::Switch { .. }
            | Statement::Loop { .. }
            | Statement::Return(_)
            | Statement::Throw(_)
            | Statement::Break
            | Statement::Continue
            | Statement::Try { .. }
            | Statement::Block(_)
            | Statement::Import { .. } => {}
        }
    }

    fn statement(&mut self, statement: &Statement) -> Reached {
        match statement {
            Statement::Expr(id) => {
                self.thrown_away(*id);
                if self.never_returns(*id) { Reached::Ended } else { Reached::On }
            }
            Statement::Assign(assign) => {
                self.assign_statement(assign);
                Reached::On
            }
            Statement::If { test, then, otherwise } => self.branch(*test, then, otherwise),
            Statement::Switch { subject, cases } => self.switch(*subject, cases),
            Statement::Loop { binding, over, test, body, .. } => self.repeat(*binding, *over, *test, body),
            Statement::Return(value) => {
                if let Some(value) = value {
                    self.return_value(*value);
                }
                Reached::Ended
            }
            Statement::Throw(value) => {
                if let Some(value) = value {
                    self.expr(*value);
                }
                Reached::Ended
            }
            Statement::Break | Statement::Continue => {
                if let Some((mark, _)) = self.breaks.last() {
                    let changes = self.environment.changes(*mark);
                    self.breaks.last_mut().expect("it was just there").1.push(changes);
                }
                Reached::Ended
            }
            Statement::Try { body, handlers, otherwise, finally } => self.attempt(body, handlers, otherwise, finally),
            Statement::Block(block) => self.block(block),
            Statement::Function(id) => {
                if let Some(name) = self.program.function(*id).name {
                    let path = self.name_path(name);
                    let value = Value { shape: Shape::Function(*id), taint: None, path: Some(path) };
                    self.environment.set(Environment::slot(name), value);
                }
                self.frame().pending.push(Pending::Function(*id));
                Reached::On
            }
            Statement::Class(id) => {
                self.frame().pending.push(Pending::Class(*id));
                Reached::On
            }
            Statement::Import { local, path, .. } => {
                let path = self.paths.dotted(self.program.name(*path));
                let value = Value { path, ..Value::default() };
                self.imported.extend(path.map(|path| (*local, path)));
                self.environment.set(Environment::slot(*local), value);
                Reached::On
            }
        }
    }

    /// The ways on that are open, joined.
    fn join(&mut self, ways: &[Changes]) -> Reached {
        if ways.is_empty() {
            return Reached::Ended;
        }
        self.environment.join(ways);
        Reached::On
    }

    fn branch(&mut self, test: ExprId, then: &Block, otherwise: &Block) -> Reached {
        let value = self.expr(test);
        match truth(&value) {
            Some(true) => return self.block(then),
            Some(false) => {
                self.declare_all(then);
                return self.block(otherwise);
            }
            None => {}
        }
        let mut ways = Vec::with_capacity(2);
        for (holds, block) in [(true, then), (false, otherwise)] {
            let mark = self.environment.mark();
            self.refine(test, holds);
            let reached = self.block(block);
            let changes = self.environment.take(mark);
            if reached == Reached::On {
                ways.push(changes);
            }
        }
        self.join(&ways)
    }

    fn declare_all(&mut self, block: &Block) {
        block.iter().for_each(|statement| self.declare(statement));
    }

    fn switch(&mut self, subject: ExprId, cases: &[Case]) -> Reached {
        let value = self.expr(subject);
        let mark = self.environment.mark();
        self.breaks.push((mark, Vec::new()));
        let mut ways = Vec::new();
        let chosen = self.chosen_case(&value, cases);
        let has_default = cases.iter().any(|case| case.labels.is_empty());
        for (number, case) in cases.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != number) {
                continue;
            }
            case.labels.iter().for_each(|&label| self.refine_equal(subject, label));
            let mut reached = self.block(&case.body);
            let mut next = number;
            while reached == Reached::On && cases[next].falls_through && next + 1 < cases.len() && self.has_work() {
                next += 1;
                reached = self.block(&cases[next].body);
            }
            let changes = self.environment.take(mark);
            if reached == Reached::On {
                ways.push(changes);
            }
        }
        if chosen.is_none() && !has_default {
            ways.push(Changes::new());
        }
        let (_, breaks) = self.breaks.pop().expect("it was pushed above");
        ways.extend(breaks);
        self.join(&ways)
    }

    /// The case that a constant subject takes; none where nobody knows.
    fn chosen_case(&mut self, subject: &Value, cases: &[Case]) -> Option<usize> {
        if !subject.is_constant() || matches!(subject.shape, Shape::Constant) {
            return None;
        }
        for (number, case) in cases.iter().enumerate() {
            for &label in &case.labels {
                let label = self.expr(label);
                match equal(subject, &label) {
                    Some(true) => return Some(number),
                    Some(false) => {}
                    None => return None,
                }
            }
        }
        cases.iter().position(|case| case.labels.is_empty())
    }

    fn repeat(&mut self, binding: Option<ExprId>, over: Option<ExprId>, test: Option<ExprId>, body: &Block) -> Reached {
        let over = over.map(|over| (self.expr(over), self.program.span(over)));
        let passes = if self.loops < LOOPS_RUN_TWICE && self.has_work() { 2 } else { 1 };
        self.loops += 1;
        for _ in 0..passes {
            let mark = self.environment.mark();
            self.breaks.push((mark, Vec::new()));
            if let Some(test) = test {
                self.expr(test);
                self.refine(test, true);
            }
            if let (Some(binding), Some((over, span))) = (binding, &over) {
                let item = self.item_of(over);
                self.bind(binding, item, *span);
            }
            let reached = self.block(body);
            let (_, mut ways) = self.breaks.pop().expect("it was pushed above");
            let changes = self.environment.take(mark);
            if reached == Reached::On {
                ways.push(changes);
            }
            ways.push(Changes::new());
            self.environment.join(&ways);
        }
        self.loops -= 1;
        Reached::On
    }

    /// What a loop over a value gets.
    pub(super) fn item_of(&mut self, over: &Value) -> Value {
        let mut item = match &over.shape {
            // The keys; most programs that loop over a map take both.
            Shape::Map(map) if map.others.is_none() && over.taint.is_none() => Value::of(Shape::Constant),
            Shape::Map(_) => Value::tainted(over.taint.clone()),
            _ => over.any_item(),
        };
        if item.path.is_none() {
            item.path = over.path.map(|path| self.paths.child(Some(path), Segment::Item));
        }
        item
    }

    fn attempt(&mut self, body: &Block, handlers: &[Handler], otherwise: &Block, finally: &Block) -> Reached {
        let mark = self.environment.mark();
        let reached = self.block(body);
        let done = self.environment.take(mark);
        let mut ways = Vec::new();
        for handler in handlers {
            let mark = self.environment.mark();
            // It may fail anywhere in the body.
            self.environment.join(&[done.clone(), Changes::new()]);
            if let Some(name) = handler.name {
                let path = self.name_path(name);
                self.environment.set(Environment::slot(name), Value { path: Some(path), ..Value::default() });
            }
            let reached = self.block(&handler.body);
            let changes = self.environment.take(mark);
            if reached == Reached::On {
                ways.push(changes);
            }
        }
        self.environment.apply(done);
        if reached == Reached::On {
            let reached = self.block(otherwise);
            let changes = self.environment.take(mark);
            if reached == Reached::On {
                ways.push(changes);
            }
        } else {
            self.environment.take(mark);
        }
        let reached = self.join(&ways);
        match self.block(finally) {
            Reached::Ended => Reached::Ended,
            Reached::On => reached,
        }
    }

    fn return_value(&mut self, id: ExprId) {
        let target = self.function().and_then(|function| self.program.function(function).name);
        let outer = std::mem::replace(&mut self.target, target);
        let value = self.expr(id);
        self.target = outer;
        for sink in self.frame().returns_to.clone() {
            self.returned_to_sink(sink, id, &value);
        }
        let frame = self.frame();
        frame.returned = Some(frame.returned.as_ref().map_or_else(|| value.clone(), |old| old.join(&value)));
    }

    fn assign_statement(&mut self, assign: &crate::ir::Assign) {
        let value = match assign.value {
            Some(value) => {
                let name = self.target_name(assign.target);
                let outer = std::mem::replace(&mut self.target, name);
                let value = self.assigned_value(assign, value);
                self.target = outer;
                value
            }
            None => {
                // A declaration: nothing is known but the type.
                let path = assign.declared.and_then(|declared| self.paths.dotted(self.program.name(declared)));
                let slot = self.slot(assign.target);
                if let Some(slot) = slot {
                    self.environment.set(slot, Value { path, shape: Shape::Null, taint: None });
                }
                return;
            }
        };
        self.assign(assign.target, value, assign.value, assign.span);
    }

    fn assigned_value(&mut self, assign: &crate::ir::Assign, value: ExprId) -> Value {
        let mut result = match assign.operator {
            Some(operator) => self.operate(operator, assign.target, value),
            None => self.expr(value),
        };
        if let Some(declared) = assign.declared {
            let name = self.program.name(declared);
            if self.table.safe_types.contains(name) {
                result = safe(result);
            } else if matches!(result.shape, Shape::Unknown | Shape::Null) && !is_vague(name) {
                result.path = self.paths.dotted(name).or(result.path);
            }
        }
        result
    }

    /// Keeps a value under a name, a field or an entry, and asks the rules about it.
    pub(super) fn assign(&mut self, target: ExprId, value: Value, from: Option<ExprId>, span: crate::ir::Span) {
        self.assigned(target, &value, from, span);
        self.bind(target, value, span);
    }

    /// Keeps a value without asking.
    pub(super) fn bind(&mut self, target: ExprId, value: Value, span: crate::ir::Span) {
        let note = self.target_name(target).map(Note::Kept);
        let value = match &note {
            Some(note) => {
                let span = if self.program.span(target).end > span.end { self.program.span(target) } else { span };
                self.stepped(value, span, note)
            }
            None => value,
        };
        self.put(target, value);
    }
}

/// Types that say nothing about a value's methods.
fn is_vague(name: &str) -> bool {
    matches!(
        name,
        "var"
            | "auto"
            | "let"
            | "const"
            | "any"
            | "Any"
            | "Object"
            | "object"
            | "dynamic"
            | "unknown"
            | "mixed"
            | "str"
            | "string"
            | "String"
    )
}

/// A number, a date: nothing that could carry an attack.
pub(super) fn safe(value: Value) -> Value {
    let shape = match value.shape {
        Shape::Integer(_) | Shape::Bool(_) | Shape::Null => value.shape,
        _ => Shape::Number,
    };
    Value { shape, taint: None, path: value.path }
}

/// Whether a value holds as a test.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match &value.shape {
        Shape::Bool(value) => Some(*value),
        Shape::Integer(number) => Some(*number != 0),
        _ => None,
    }
}

/// Whether two values are equal, where both are known.
pub(super) fn equal(one: &Value, other: &Value) -> Option<bool> {
    match (&one.shape, &other.shape) {
        (Shape::Text(one), Shape::Text(other)) => Some(one == other),
        (Shape::Integer(one), Shape::Integer(other)) => Some(one == other),
        (Shape::Bool(one), Shape::Bool(other)) => Some(one == other),
        _ => None,
    }
}
