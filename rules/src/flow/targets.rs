//! Assignment: where a value is kept, and what rules say to it.

use std::rc::Rc;

use crate::environment::Slot;
use crate::flow::{Analysis, Hit};
use crate::ir::{ExprId, ExprKind, Span};
use crate::path::{PathId, Segment};
use crate::schema::Which;
use crate::symbols::Symbol;
use crate::table::{Matched, OnAssign};
use crate::value::{Entries, FOLLOWED, Items, Shape, Value, join_taint};

impl Analysis<'_> {
    /// The name that a value gets from what it is assigned to: a variable, the last field, a constant key.
    pub(super) fn target_name(&self, target: ExprId) -> Option<Symbol> {
        match self.program.kind(target) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => Some(*name),
            ExprKind::Index { of, index } => match self.program.kind(*index) {
                ExprKind::Text(text) => self.program.symbols.find(text).or_else(|| self.target_name(*of)),
                _ => self.target_name(*of),
            },
            ExprKind::List(items) => items.first().and_then(|&first| self.target_name(first)),
            _ => None,
        }
    }

    /// The path of what is assigned to, without reading it.
    fn target_path(&mut self, target: ExprId) -> Option<PathId> {
        match self.program.kind(target) {
            ExprKind::Name(name) => {
                let known = self.environment.get(crate::environment::Environment::slot(*name));
                match known.and_then(|value| value.path) {
                    // What a module or an object of a class is called: its own path counts below it.
                    Some(path) => Some(path),
                    None => Some(self.name_path(*name)),
                }
            }
            ExprKind::Field { of, name } => {
                let slot = self.slot(*of);
                let of = match slot.and_then(|slot| self.environment.get(slot)).and_then(|value| value.path) {
                    Some(path) => Some(path),
                    None => self.target_path(*of),
                };
                Some(self.paths.child(of, Segment::Name(*name)))
            }
            ExprKind::Index { of, .. } => {
                let of = self.target_path(*of);
                Some(self.paths.child(of, Segment::Item))
            }
            ExprKind::Call(call) => {
                let of = self.target_path(call.callee);
                Some(self.paths.child(of, Segment::Call))
            }
            _ => None,
        }
    }

    /// Asks the rules about an assignment.
    pub(super) fn assigned(&mut self, target: ExprId, value: &Value, from: Option<ExprId>, span: Span) {
        let path = match self.program.kind(target) {
            // A variable is known by its name, whatever it held before.
            ExprKind::Name(name) => Some(self.name_path(*name)),
            ExprKind::List(_) | ExprKind::Map(_) => None,
            ExprKind::Index { of, .. } => {
                let of = *of;
                let of_path = self.expr(of).path.or_else(|| self.target_path(of));
                Some(self.paths.child(of_path, Segment::Item))
            }
            _ => self.target_path(target),
        };
        if let Some(path) = path {
            let found: Vec<OnAssign> = self.table.assigned.find(&self.paths, path).collect();
            for what in found {
                match what {
                    OnAssign::Sink(sink) => self.assigned_to_sink(sink, target, value, path, span),
                    OnAssign::Wrong(matched) => self.wrong_value(matched, value, from, span, path),
                }
            }
        }
        if let Some(name) = self.target_name(target) {
            if let ExprKind::Field { .. } | ExprKind::Index { .. } = self.program.kind(target) {
                self.setting(name, value, from, span, path);
            }
            self.named_value(name, value, from, span);
        }
    }

    fn assigned_to_sink(&mut self, sink: u16, target: ExprId, value: &Value, path: PathId, span: Span) {
        let table = self.table;
        let outer = self.target;
        self.target = self.target_name(target).or(outer);
        let holds = self.value_holds(table.sinks[usize::from(sink)].tests, value, None);
        self.target = outer;
        if !holds {
            return;
        }
        let key =
            matches!(table.sinks[usize::from(sink)].sink.arguments.first(), Some(Which::Named(name)) if name == "key");
        if key {
            let ExprKind::Index { index, .. } = self.program.kind(target) else { return };
            let key = self.expr(*index);
            self.reached(sink, &key, span, Some(path));
        } else {
            self.reached(sink, value, span, Some(path));
        }
    }

    /// An option by its name: a keyword, an entry, a field that is assigned to.
    pub(super) fn setting(
        &mut self,
        name: Symbol,
        value: &Value,
        from: Option<ExprId>,
        span: Span,
        path: Option<PathId>,
    ) {
        let Some(matched) = self.table.settings.get(self.program.name(name)) else { return };
        for &matched in matched {
            let table = self.table;
            let within = &table.tests[usize::from(matched.tests)].within;
            let inside = |path: &PathId| within.iter().any(|pattern| pattern.matches(&self.paths, *path));
            let owner = path.and_then(|path| self.paths.parent(path));
            if !within.is_empty() && !self.within.iter().any(inside) && !owner.iter().any(inside) {
                continue;
            }
            if self.alive.has(matched.rule) && self.value_holds(matched.tests, value, from) {
                let name = self.program.name(name).to_owned();
                self.hit_value(matched, value, from, span, name);
            }
        }
    }

    /// A value that gets a name, by rules over names.
    pub(super) fn named_value(&mut self, name: Symbol, value: &Value, from: Option<ExprId>, span: Span) {
        let table = self.table;
        for (number, (expression, matched)) in table.named.iter().enumerate() {
            if !self.alive.has(matched.rule) {
                continue;
            }
            let key = (name, u16::try_from(number).expect("a catalog has fewer than 65,536 patterns"));
            let text = self.program.name(name);
            let matches = *self.named.entry(key).or_insert_with(|| expression.is_match(text));
            if matches && self.value_holds(matched.tests, value, from) {
                let name = text.to_owned();
                self.hit_value(*matched, value, from, span, name);
            }
        }
    }

    fn wrong_value(&mut self, matched: Matched, value: &Value, from: Option<ExprId>, span: Span, path: PathId) {
        if self.alive.has(matched.rule) && self.value_holds(matched.tests, value, from) {
            let name = self.paths.print(path);
            self.hit_value(matched, value, from, span, name);
        }
    }

    fn hit_value(&mut self, matched: Matched, value: &Value, from: Option<ExprId>, span: Span, name: String) {
        let rule = &self.table.rules[usize::from(matched.rule)];
        self.hit(Hit {
            rule: matched.rule,
            span,
            confidence: rule.confidence,
            lesser: false,
            step: None,
            sink: name.clone(),
            name,
            value: shown(value),
            fix: from.map(|from| self.program.span(from)),
        });
    }

    /// Puts a value where it is assigned to.
    pub(super) fn put(&mut self, target: ExprId, value: Value) {
        let program = self.program;
        match program.kind(target) {
            ExprKind::Name(_) | ExprKind::Field { .. } => match self.slot(target) {
                Some(slot) => {
                    if let ExprKind::Field { of, name } = program.kind(target)
                        && let Some(holder) = self.slot(*of)
                        && matches!(self.environment.get(holder), Some(Value { shape: Shape::Map(_), .. }))
                    {
                        self.put_entry_of(holder, &Value::text(program.name(*name)), value.clone());
                    }
                    self.environment.set(slot, value);
                }
                None => self.put_inside(target, &value),
            },
            ExprKind::Index { of, index } => {
                let key = self.expr(*index);
                self.put_entry(*of, &key, value);
            }
            ExprKind::List(targets) => {
                for (number, &target) in targets.iter().enumerate() {
                    let item = self.taken_apart(&value, number, targets.len());
                    self.bind(target, item, program.span(target));
                }
            }
            ExprKind::Map(entries) => {
                for (key, target) in entries {
                    let key = key.and_then(|key| self.expr(key).constant_text().cloned());
                    let item = match key {
                        Some(key) => self.entry_of(&value, &key, program.span(*target)),
                        None => Value::tainted(value.taint.clone()),
                    };
                    self.bind(*target, item, program.span(*target));
                }
            }
            // A default inside a pattern, `*rest`, a type around a name.
            ExprKind::Assign { target, .. } | ExprKind::Cast { value: target, .. } => self.put(*target, value),
            ExprKind::Opaque(targets) => targets.iter().for_each(|&target| self.put(target, value.clone())),
            _ => {}
        }
    }

    /// A field of something that is no variable: what holds it is reached by the data.
    fn put_inside(&mut self, target: ExprId, value: &Value) {
        if let ExprKind::Field { of, .. } = self.program.kind(target) {
            self.taint_holder(*of, value);
        }
    }

    /// A variable that now holds data somewhere inside.
    pub(super) fn taint_holder(&mut self, holder: ExprId, value: &Value) {
        if value.taint.is_none() {
            return;
        }
        if let Some(slot) = self.slot(holder) {
            let mut old = self.environment.get(slot).cloned().unwrap_or_default();
            old.taint = join_taint(old.taint.as_ref(), value.taint.as_ref());
            self.environment.set(slot, old);
        }
    }

    /// One part of a value that is taken apart.
    fn taken_apart(&mut self, value: &Value, number: usize, of: usize) -> Value {
        match &value.shape {
            Shape::List(list) if list.others.is_none() && list.items.len() == of => list.items[number].clone(),
            _ if number == 0 || of == 0 => {
                let mut first = value.any_item();
                first.path = value.path;
                first
            }
            // `value, err := f()`: the error is no data of the caller's.
            _ => Value::tainted(value.taint.clone()),
        }
    }

    /// `holder[key] = value`.
    fn put_entry(&mut self, holder: ExprId, key: &Value, value: Value) {
        let Some(slot) = self.slot(holder) else {
            self.taint_holder(holder, &value);
            return;
        };
        self.put_entry_of(slot, key, value);
    }

    pub(super) fn put_entry_of(&mut self, slot: Slot, key: &Value, value: Value) {
        let mut old = self.environment.get(slot).cloned().unwrap_or_default();
        old.taint = join_taint(old.taint.as_ref(), value.taint.as_ref());
        match (&mut old.shape, &key.shape) {
            (Shape::Map(map), Shape::Text(key)) => {
                let map = Rc::make_mut(map);
                map.set(key, value);
                old.taint = map.taint();
            }
            (Shape::Map(map), _) => Rc::make_mut(map).add_other(value),
            (Shape::List(list), Shape::Integer(number)) => {
                let list = Rc::make_mut(list);
                match usize::try_from(*number).ok().filter(|&number| number < list.items.len()) {
                    Some(number) => {
                        list.items[number] = value;
                        old.taint = list.taint();
                    }
                    // The next place: `command[2] = x` of an array that is filled one by one.
                    None if list.others.is_none()
                        && usize::try_from(*number) == Ok(list.items.len())
                        && list.items.len() < FOLLOWED =>
                    {
                        list.items.push(value);
                    }
                    None => {
                        list.others =
                            Some(list.others.as_ref().map_or_else(|| value.clone(), |others| others.join(&value)))
                    }
                }
            }
            (Shape::Unknown | Shape::Null, Shape::Text(key)) => {
                let others = Value { shape: Shape::Unknown, taint: None, path: None };
                let mut map = Entries { entries: Vec::new(), others: Some(others) };
                map.set(key, value);
                old.shape = Shape::Map(Rc::new(map));
            }
            // Under a key that is not known, it may be any item.
            (Shape::List(list), _) => {
                let list = Rc::make_mut(list);
                list.others = Some(list.others.as_ref().map_or_else(|| value.clone(), |others| others.join(&value)));
            }
            (Shape::Constant, _) => old.shape = Shape::Unknown,
            _ => {}
        }
        self.environment.set(slot, old);
    }
}

/// A constant as messages show it.
pub(super) fn shown(value: &Value) -> String {
    match &value.shape {
        Shape::Text(text) => text.chars().take(40).collect(),
        Shape::Integer(number) => number.to_string(),
        Shape::Bool(value) => value.to_string(),
        Shape::Null => "null".to_owned(),
        _ => String::new(),
    }
}

/// A list with one item more.
pub(super) fn pushed(list: &Items, value: Value) -> Items {
    let mut list = list.clone();
    if list.others.is_none() && list.items.len() < FOLLOWED {
        list.items.push(value);
    } else {
        list.others = Some(list.others.as_ref().map_or_else(|| value.clone(), |others| others.join(&value)));
    }
    list
}
