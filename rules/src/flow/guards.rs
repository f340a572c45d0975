//! What a test says of the values in it: after `if name in ALLOWED`, `name` is one of the program's own.

use crate::environment::{Environment, Slot};
use crate::flow::Analysis;
use crate::ir::{Call, ExprId, ExprKind, Operator, Statement};
use crate::schema::{Level, Which};
use crate::symbols::Symbol;
use crate::table::{Classes, OnCall};
use crate::value::{Shape, StepId, Taint, Value};

impl Analysis<'_> {
    /// Applies what is known where a test held, or did not.
    pub(super) fn refine(&mut self, test: ExprId, holds: bool) {
        let program = self.program;
        match program.kind(test) {
            ExprKind::Not(inner) => self.refine(*inner, !holds),
            ExprKind::Binary { operator, left, right } => match (operator, holds) {
                (Operator::And, true) | (Operator::Or, false) => {
                    self.refine(*left, holds);
                    self.refine(*right, holds);
                }
                (Operator::And, false) | (Operator::Or, true) => {
                    let mark = self.environment.mark();
                    self.refine(*left, holds);
                    let one = self.environment.take(mark);
                    self.refine(*right, holds);
                    let other = self.environment.take(mark);
                    self.environment.join(&[one, other]);
                }
                (Operator::Equal, true) | (Operator::NotEqual, false) => {
                    for side in [*left, *right] {
                        if let ExprKind::Call(call) = program.kind(side) {
                            self.refine_guards(call);
                        }
                    }
                    self.refine_equal(*left, *right);
                    self.refine_equal(*right, *left);
                    // `text.indexOf(x) == -1` and its like: a test of a call against a number.
                    self.refine_index(*left, *right, false);
                }
                (Operator::Equal, false) | (Operator::NotEqual, true) => {
                    self.refine_truth_of_comparison(*left, *right);
                    self.refine_index(*left, *right, true);
                }
                (Operator::In, true) | (Operator::NotIn, false) => self.refine_member(*left, *right),
                (Operator::In, false) | (Operator::NotIn, true) => self.refine_absent(*left, *right),
                (Operator::Greater | Operator::GreaterEqual, true) | (Operator::Less | Operator::LessEqual, false) => {
                    self.refine_index(*left, *right, true);
                }
                _ => {}
            },
            ExprKind::Call(call) => self.refine_call(call, holds),
            ExprKind::Assign { value, .. } => self.refine(*value, holds),
            _ => {}
        }
    }

    /// A variable equals a constant.
    pub(super) fn refine_equal(&mut self, subject: ExprId, constant: ExprId) {
        let value = self.expr(constant);
        if value.is_constant() && self.names_in(subject, &mut is_host_name) {
            let host = self.expr(subject);
            self.host_is_allowed(&host);
        }
        let Some(slot) = self.slot(subject) else { return };
        if value.is_constant() {
            if let Shape::Bool(holds) = value.shape {
                self.refine(subject, holds);
            }
            let path = self.environment.get(slot).and_then(|old| old.path);
            self.environment.set(slot, Value { path, ..value });
        } else if let (Shape::Bool(_) | Shape::Number, ExprKind::Call(call)) =
            (&value.shape, self.program.kind(subject))
        {
            self.refine_call(call, true);
        }
    }

    /// `check(x) == false` does not hold, and its like.
    fn refine_truth_of_comparison(&mut self, left: ExprId, right: ExprId) {
        if let (ExprKind::Call(_), ExprKind::Bool(value)) = (self.program.kind(left), self.program.kind(right)) {
            self.refine(left, !value);
        }
        if let (ExprKind::Call(_), ExprKind::Null) = (self.program.kind(left), self.program.kind(right)) {
            self.refine(left, true);
        }
    }

    /// `ALLOWED.indexOf(x) !== -1`, `ALLOWED.indexOf(x) >= 0`.
    fn refine_index(&mut self, left: ExprId, right: ExprId, found: bool) {
        let ExprKind::Call(call) = self.program.kind(left) else { return };
        let is_index = match self.program.kind(call.callee) {
            ExprKind::Field { name, .. } => matches!(self.program.name(*name), "indexOf" | "IndexOf" | "index"),
            _ => false,
        };
        let number = self.expr(right).constant_integer();
        if is_index && found && number.is_some_and(|number| number <= 0) {
            self.refine_call(call, true);
        }
    }

    /// A variable is in a collection of constants.
    fn refine_member(&mut self, item: ExprId, collection: ExprId) {
        let collection = self.expr(collection);
        if !is_fixed(&collection) {
            return;
        }
        self.is_one_of(item);
    }

    /// A value is one of the program's own.
    fn is_one_of(&mut self, item: ExprId) {
        let is_host = self.names_in(item, &mut is_host_name);
        let value = self.expr(item);
        if is_host || value.path.and_then(|path| self.paths.last_name(path)).is_some_and(is_host_name) {
            self.host_is_allowed(&value);
        }
        if let Some(slot) = self.slot(item) {
            self.make_constant(slot);
        }
    }

    /// The host of an address is one of the program's own: so is the address that it was taken from.
    fn host_is_allowed(&mut self, host: &Value) {
        let Some(taint) = host.taint.clone() else { return };
        let classes = self.class_bit("ssrf") | self.class_bit("redirect");
        let origin = self.origin(&taint);
        for number in 0..self.program.symbols.count() {
            self.work = self.work.saturating_sub(1);
            let slot = Environment::slot(Symbol(u32::try_from(number).expect("symbols are counted in 32 bits")));
            let is_same = self
                .environment
                .get(slot)
                .and_then(|value| value.taint.as_ref())
                .is_some_and(|taint| self.origin(taint) == origin);
            if is_same {
                self.clear(slot, classes);
            }
        }
    }

    /// The step that data came from.
    fn origin(&self, taint: &Taint) -> Option<StepId> {
        let (_, mut step) = taint.worst(Classes::MAX)?;
        while let Some(before) = self.steps[step.0 as usize].before {
            step = before;
        }
        Some(step)
    }

    /// A constant is not in a variable: what cannot harm without it is safe.
    fn refine_absent(&mut self, item: ExprId, holder: ExprId) {
        let item = self.expr(item);
        if item.constant_text().is_some_and(|text| matches!(&**text, ".." | "../" | "/.." | "..\\"))
            && let Some(slot) = self.slot(holder)
        {
            let path = self.class_bit("path");
            self.clear(slot, path);
        }
    }

    fn class_bit(&self, class: &str) -> Classes {
        let rules = self.table.rules.iter().zip(&self.table.classes);
        rules.filter(|(rule, _)| rule.class.as_deref() == Some(class)).fold(0, |bits, (_, bit)| bits | bit)
    }

    fn make_constant(&mut self, slot: Slot) {
        let path = self.environment.get(slot).and_then(|old| old.path);
        self.environment.set(slot, Value { shape: Shape::Constant, taint: None, path });
    }

    /// A test held after which a value harms nothing. What equals one of the program's own (`in_array($x, $allowed)`) is a
    /// constant. What only has a form (`re.fullmatch("[0-9a-f]+", x)`) is one if it was one before: a key that was read from a
    /// file does not come to stand in the code by that.
    fn harmless(&mut self, slot: Slot, subject: ExprId, compares: bool) {
        if compares || self.expr(subject).is_constant() {
            return self.make_constant(slot);
        }
        let path = self.environment.get(slot).and_then(|old| old.path);
        self.environment.set(slot, Value { shape: Shape::Number, taint: None, path });
    }

    fn clear(&mut self, slot: Slot, classes: Classes) {
        if let Some(old) = self.environment.get(slot) {
            let cleared = old.cleared(classes);
            self.environment.set(slot, cleared);
        }
    }

    fn refine_call(&mut self, call: &Call, holds: bool) {
        let program = self.program;
        if holds && let ExprKind::Field { of, name } = program.kind(call.callee) {
            let name = program.name(*name);
            let is_member = matches!(
                name,
                "includes"
                    | "contains"
                    | "Contains"
                    | "has"
                    | "indexOf"
                    | "IndexOf"
                    | "include?"
                    | "key?"
                    | "containsKey"
                    | "ContainsKey"
                    | "member?"
                    | "contains_key"
                    | "hasOwnProperty"
                    | "hasKey"
                    | "__contains__"
            );
            if is_member && let Some(argument) = call.arguments.first() {
                let collection = self.expr(*of);
                if is_fixed(&collection) {
                    self.is_one_of(argument.value);
                }
            }
        }
        if !holds
            && let ExprKind::Field { of, name } = program.kind(call.callee)
            && matches!(program.name(*name), "includes" | "contains" | "Contains" | "include?" | "indexOf")
            && let Some(argument) = call.arguments.first()
        {
            // `!name.includes("..")`
            self.refine_absent(argument.value, *of);
        }
        if holds {
            self.refine_guards(call);
            self.refine_own(call);
        }
    }

    /// A test that the program's own function makes: `isValid(x)`, whose body is one `return` of a test.
    fn refine_own(&mut self, call: &Call) {
        let program = self.program;
        let (ExprKind::Name(name), [argument]) = (program.kind(call.callee), call.arguments.as_slice()) else { return };
        let known = self.environment.get(Environment::slot(*name)).map(|value| value.shape.clone());
        let function = match known {
            Some(Shape::Function(function)) => Some(function),
            _ => self.functions.get(name).copied(),
        };
        let Some(function) = function.map(|function| program.function(function)) else { return };
        let ([Statement::Return(Some(test))], [parameter]) = (function.body.as_slice(), function.parameters.as_slice())
        else {
            return;
        };
        let Some(slot) = self.slot(argument.value) else { return };
        let value = self.expr(argument.value);
        let mark = self.environment.mark();
        let inner = Environment::slot(parameter.name);
        self.environment.set(inner, value);
        if !self.calls(*test, *name) {
            self.refine(*test, true);
        }
        let refined = self.environment.get(inner).cloned();
        self.environment.take(mark);
        if let Some(refined) = refined {
            self.environment.set(slot, refined);
        }
    }

    /// Whether a test calls a function by its name: a function that calls itself is not followed.
    fn calls(&self, test: ExprId, name: Symbol) -> bool {
        let name = self.program.name(name);
        self.names_in(test, &mut |other| other == name)
    }

    /// Applies the guards that a call is, where it holds.
    fn refine_guards(&mut self, call: &Call) {
        let program = self.program;
        let Some(path) = self.callee_path(call) else { return };
        let is_bare = matches!(program.kind(call.callee), ExprKind::Name(_));
        let guards: Vec<u16> = self
            .table
            .calls
            .find_as(&self.paths, path, is_bare)
            .filter_map(|what| if let OnCall::Guard(guard) = what { Some(guard) } else { None })
            .collect();
        for guard in guards {
            let guard = &self.table.guards[usize::from(guard)];
            if !self.call_holds(guard.tests, call, path) {
                continue;
            }
            let subject = match &guard.argument {
                Some(Which::Position(position)) => {
                    call.arguments.get(usize::from(*position)).map(|argument| argument.value)
                }
                Some(Which::Named(_)) | None => match program.kind(call.callee) {
                    ExprKind::Field { of, .. } => Some(*of),
                    _ => None,
                },
            };
            let Some(subject) = subject else { continue };
            if let Some((slot, subject)) = self.tested(subject) {
                let (clears, compares) = (guard.clears, guard.compares);
                if clears == Classes::MAX {
                    self.harmless(slot, subject, compares);
                } else {
                    let cleared = self.expr(subject).cleared(clears);
                    self.environment.set(slot, cleared);
                }
            }
        }
    }
}

impl Analysis<'_> {
    /// The variable that a test speaks of: of `os.path.abspath(full)` and `name.strip()` the one inside.
    fn tested(&mut self, mut subject: ExprId) -> Option<(Slot, ExprId)> {
        loop {
            if let Some(slot) = self.slot(subject) {
                return Some((slot, subject));
            }
            let program = self.program;
            // `os.path.commonpath([root, full])`: the one that the data reached.
            if let ExprKind::List(items) = program.kind(subject) {
                let level = |item: &ExprId, analysis: &mut Self| analysis.expr(*item).taint.map(|taint| taint.level());
                let levels: Vec<_> = items.iter().map(|item| level(item, self)).collect();
                let worst = levels.iter().max().copied().flatten()?;
                let at = levels.iter().position(|&level| level == Some(worst))?;
                subject = items[at];
                continue;
            }
            let ExprKind::Call(call) = program.kind(subject) else { return None };
            subject = match (call.arguments.first(), program.kind(call.callee)) {
                (Some(argument), _) => argument.value,
                (None, ExprKind::Field { of, .. }) => *of,
                (None, _) => return None,
            };
        }
    }

    /// Makes what a check was given safe: a check that fails does not return.
    pub(super) fn checked(&mut self, subject: ExprId, classes: Classes) {
        if let Some(slot) = self.slot(subject) {
            self.clear(slot, classes);
        }
    }
}

/// A collection that holds nothing but what the program says.
fn is_fixed(collection: &Value) -> bool {
    match &collection.shape {
        Shape::List(list) => list.taint().is_none(),
        Shape::Map(map) => map.taint().is_none(),
        Shape::Constant => true,
        // A constant of another file, by its name.
        Shape::Unknown => {
            collection.taint.as_ref().is_none_or(|taint| taint.level() == Level::Low) && collection.path.is_some()
        }
        _ => false,
    }
}

/// Names that say that a value is the host of an address.
fn is_host_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["host", "netloc", "domain", "origin"].iter().any(|word| name.contains(word))
}
