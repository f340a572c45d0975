//! Reading: what a name, a field or an item holds, and what rules say to its mention.

use std::rc::Rc;

use crate::environment::Environment;
use crate::flow::expressions::{character, list_item};
use crate::flow::{Analysis, Hit, Note};
use crate::ir::{ExprId, Span};
use crate::path::{PathId, Segment};
use crate::schema::Level;
use crate::symbols::Symbol;
use crate::table::{Matched, OnRead};
use crate::value::{Shape, Taint, Value, join_taint};

impl Analysis<'_> {
    pub(super) fn name(&mut self, name: Symbol, span: Span) -> Value {
        if let Some(value) = self.environment.get(Environment::slot(name)) {
            let mut value = value.clone();
            let path = match value.path {
                Some(path) => path,
                None => self.name_path(name),
            };
            value.path = Some(path);
            // What was imported is read wherever it is mentioned; a variable's value was read before it was kept.
            return if self.imported.get(&name) == Some(&path) { self.read(value, path, span) } else { value };
        }
        if let Some(value) = self.field_of_receiver(name) {
            return value;
        }
        let path = self.name_path(name);
        if let Some(&function) = self.functions.get(&name) {
            return Value { shape: Shape::Function(function), taint: None, path: Some(path) };
        }
        let value = Value { path: Some(path), ..Value::default() };
        let value = self.read(value, path, span);
        if value.taint.is_some() || self.classes.contains_key(&name) || is_constant_name(self.program.name(name)) {
            return value;
        }
        let taint = self.unknown(span, Note::Unknown);
        Value { taint: Some(taint), ..value }
    }

    /// A field that a method's body calls by its bare name.
    fn field_of_receiver(&mut self, name: Symbol) -> Option<Value> {
        self.frames.last()?.class?;
        for number in 0..self.receivers.len() {
            let slot = self.environment.field(Environment::slot(self.receivers[number]), name);
            if let Some(value) = self.environment.get(slot) {
                return Some(value.clone());
            }
        }
        None
    }

    pub(super) fn field(&mut self, id: ExprId, of: ExprId, name: Symbol, span: Span) -> Value {
        let of_value = self.expr(of);
        let path = self.paths.child(of_value.path, Segment::Name(name));
        let slot = self.slot(id);
        if let Some(value) = slot.and_then(|slot| self.environment.get(slot)) {
            let mut value = value.clone();
            // What it was made by says more than where it is kept.
            value.path = value.path.or(Some(path));
            return value;
        }
        let mut value = match &of_value.shape {
            Shape::Map(map) => match map.get(self.program.name(name)) {
                Some(value) => value.clone(),
                None => map.others.clone().unwrap_or_else(|| Value::tainted(of_value.taint.clone())),
            },
            _ => Value::tainted(of_value.taint.clone()),
        };
        if matches!(self.program.name(name), "length" | "Length" | "Count" | "size") {
            value = Value::of(Shape::Number);
        }
        // Upper case, or a part of a module: no data of anybody's.
        if value.taint.as_ref().is_some_and(|taint| taint.level() == Level::Low)
            && is_constant_name(self.program.name(name))
        {
            value.taint = None;
        }
        value.path = value.path.or(Some(path));
        let value = self.read(value, path, span);
        // A field of an object that is no data may still hold some.
        let is_silent =
            value.taint.is_none() && matches!((&value.shape, &of_value.shape), (Shape::Unknown, Shape::Unknown));
        if is_silent && !is_constant_name(self.program.name(name)) && !is_type_name(self.program.name(name)) {
            let taint = self.unknown(span, Note::Unknown);
            return Value { taint: Some(taint), ..value };
        }
        value
    }

    pub(super) fn item(&mut self, of: &Value, index: &Value, span: Span) -> Value {
        let path = self.paths.child(of.path, Segment::Item);
        let mut value = match (&of.shape, &index.shape) {
            (Shape::Map(map), Shape::Text(key)) => match (map.get(key), &map.others) {
                (Some(value), _) => value.clone(),
                (None, Some(others)) => others.clone(),
                (None, None) => Value::tainted(of.taint.clone()),
            },
            (Shape::List(list), Shape::Integer(number)) => list_item(list, *number).unwrap_or_else(|| of.any_item()),
            (Shape::Text(text), Shape::Integer(number)) => character(text, *number),
            _ => of.any_item(),
        };
        value.path = value.path.or(Some(path));
        self.read(value, path, span)
    }

    /// An entry that is taken out of a value by its key.
    pub(super) fn entry_of(&mut self, of: &Value, key: &Rc<str>, span: Span) -> Value {
        let mut value = match &of.shape {
            Shape::Map(map) => map.get(key).cloned().or_else(|| map.others.clone()).unwrap_or_default(),
            _ => Value::tainted(of.taint.clone()),
        };
        if let Some(name) = self.program.symbols.find(key) {
            let path = self.paths.child(of.path, Segment::Name(name));
            value.path = value.path.or(Some(path));
            return self.read(value, path, span);
        }
        value
    }

    /// Asks what reading a path means: a source, or something that is wrong to mention.
    pub(super) fn read(&mut self, mut value: Value, path: PathId, span: Span) -> Value {
        let table = self.table;
        let found = match self.read.get(&path) {
            Some(found) => Rc::clone(found),
            None => {
                let found: Rc<[OnRead]> = table.read.find(&self.paths, path).collect();
                self.read.insert(path, Rc::clone(&found));
                found
            }
        };
        for what in found.iter() {
            match what {
                OnRead::Source(number) => {
                    let source = &table.sources[usize::from(*number)];
                    let is_known = value.taint.as_ref().is_some_and(|taint| taint.level() >= source.confidence);
                    if !(is_known && source.safe.count_zeros() > 32)
                        && let Some(taint) = self.data_of(*number, span)
                    {
                        value.taint = join_taint(value.taint.as_ref(), Some(&taint));
                    }
                }
                OnRead::Sanitizer(number) => value = value.cleared(table.sanitizers[usize::from(*number)].clears),
                OnRead::Wrong(matched) => {
                    if self.alive.has(matched.rule) && self.value_holds(matched.tests, &value, None) {
                        self.wrong_to_mention(*matched, path, span);
                    }
                }
            }
        }
        value
    }

    /// The data of a source; none in a text that it does not count in.
    pub(super) fn data_of(&mut self, number: u16, span: Span) -> Option<Rc<Taint>> {
        let source = &self.table.sources[usize::from(number)];
        if !source.file.as_ref().is_none_or(|file| self.file_has(file)) {
            return None;
        }
        let step = self.step(span, Note::Source(source.what.as_str().into()), None);
        Some(Rc::new(Taint::safe_for(source.confidence, step, source.safe)))
    }

    fn wrong_to_mention(&mut self, matched: Matched, path: PathId, span: Span) {
        let rule = &self.table.rules[usize::from(matched.rule)];
        let name = self.paths.print(path);
        self.hit(Hit {
            rule: matched.rule,
            span,
            confidence: rule.confidence,
            lesser: false,
            step: None,
            sink: name.clone(),
            name,
            value: String::new(),
            fix: Some(span),
        });
    }
}

/// Names that programs give to classes.
fn is_type_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
}

/// Names that programs give to constants.
pub(super) fn is_constant_name(name: &str) -> bool {
    name.len() > 1
        && name.chars().any(|letter| letter.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}
