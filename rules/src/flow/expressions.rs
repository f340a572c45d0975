//! Expressions: what a value is made of.

use std::rc::Rc;

use crate::flow::Analysis;
use crate::flow::statements::truth;
use crate::ir::{ExprId, ExprKind, Operator};
use crate::value::{Entries, FOLLOWED, Items, Part, Shape, Value, join_taint};

impl Analysis<'_> {
    /// What is known of an expression's value.
    pub(super) fn expr(&mut self, id: ExprId) -> Value {
        self.work = self.work.saturating_sub(1);
        let program = self.program;
        let span = program.span(id);
        match program.kind(id) {
            ExprKind::Text(text) => Value::text(text),
            ExprKind::Integer(number) => Value::of(Shape::Integer(*number)),
            ExprKind::Number => Value::of(Shape::Number),
            ExprKind::Bool(value) => Value::of(Shape::Bool(*value)),
            ExprKind::Null => Value::of(Shape::Null),
            ExprKind::Name(name) => self.name(*name, span),
            ExprKind::Field { of, name } => self.field(id, *of, *name, span),
            ExprKind::Index { of, index } => {
                let of = self.expr(*of);
                let index = self.expr(*index);
                self.item(&of, &index, span)
            }
            ExprKind::Call(call) => self.call(id, call, span),
            ExprKind::Format(parts) => {
                let parts: Vec<_> = parts.iter().flat_map(|&part| self.expr(part).parts()).collect();
                Value::from_parts(parts)
            }
            ExprKind::Sum(parts) => {
                let values: Vec<Value> = parts.iter().map(|&part| self.expr(part)).collect();
                sum(values)
            }
            ExprKind::Binary { operator, left, right } => self.operate(*operator, *left, *right),
            ExprKind::Not(value) => {
                let value = self.expr(*value);
                truth(&value).map_or_else(|| Value::of(Shape::Number), |value| Value::of(Shape::Bool(!value)))
            }
            ExprKind::Negative(value) => match self.expr(*value).shape {
                Shape::Integer(number) => Value::of(Shape::Integer(number.wrapping_neg())),
                _ => Value::of(Shape::Number),
            },
            ExprKind::Choice { test, yes, no } => self.choice(*test, *yes, *no),
            ExprKind::List(items) => self.list(items),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Function(function) => self.lambda(*function),
            ExprKind::Assign { target, value } => {
                let name = self.target_name(*target);
                let outer = std::mem::replace(&mut self.target, name);
                let result = self.expr(*value);
                self.target = outer;
                self.assign(*target, result.clone(), Some(*value), span);
                result
            }
            ExprKind::Cast { to, value } => {
                let value = self.expr(*value);
                let name = program.name(*to);
                if self.table.safe_types.contains(name) {
                    return super::statements::safe(value);
                }
                match value.shape {
                    Shape::Unknown => Value { path: self.paths.dotted(name), ..value },
                    _ => value,
                }
            }
            ExprKind::Each { binding, over, test, value } => self.each(*binding, *over, *test, *value),
            ExprKind::Opaque(parts) => {
                let taint = parts.iter().fold(None, |taint, &part| {
                    let value = self.expr(part);
                    join_taint(taint.as_ref(), value.taint.as_ref())
                });
                Value::tainted(taint)
            }
        }
    }

    pub(super) fn operate(&mut self, operator: Operator, left: ExprId, right: ExprId) -> Value {
        match operator {
            Operator::And | Operator::Or | Operator::Coalesce => self.either(operator, left, right),
            Operator::Equal | Operator::NotEqual => {
                let (one, other) = (self.expr(left), self.expr(right));
                self.compared(left, right, &one, &other);
                super::folding::compare(operator, &one, &other)
            }
            Operator::Add => {
                let (one, other) = (self.expr(left), self.expr(right));
                match (&one.shape, &other.shape) {
                    (Shape::List(list), Shape::List(more)) => {
                        let all = more.items.iter().chain(&more.others).cloned();
                        let list = all.fold((**list).clone(), |list, item| super::targets::pushed(&list, item));
                        Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: one.path }
                    }
                    _ => sum(vec![one, other]),
                }
            }
            Operator::Remainder => {
                let one = self.expr(left);
                let is_text = matches!(one.shape, Shape::Text(_) | Shape::Parts(_));
                let other = self.expr(right);
                if is_text { self.percent(&one, &other) } else { super::folding::arithmetic(operator, &one, &other) }
            }
            Operator::ShiftLeft => {
                let (one, other) = (self.expr(left), self.expr(right));
                if let (Shape::Integer(_), Shape::Integer(_)) = (&one.shape, &other.shape) {
                    return super::folding::arithmetic(operator, &one, &other);
                }
                // `stream << data`, `list << item`: the left side holds it from now on.
                let result = match &one.shape {
                    Shape::List(list) => {
                        let list = super::targets::pushed(list, other.clone());
                        Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: one.path }
                    }
                    _ => {
                        let path = one.path;
                        Value { path, ..sum(vec![one, other]) }
                    }
                };
                if self.slot(left).is_some() {
                    self.put(left, result.clone());
                }
                result
            }
            Operator::Divide => {
                let (one, other) = (self.expr(left), self.expr(right));
                let is_path = one.path.and_then(|path| self.paths.last_name(path)).is_some_and(is_path_maker);
                if is_path || matches!(other.shape, Shape::Text(_) | Shape::Parts(_)) {
                    let parts = one.parts().into_iter().chain([Part::Text("/".into())]).chain(other.parts()).collect();
                    return Value { path: one.path, ..Value::from_parts(parts) };
                }
                super::folding::arithmetic(operator, &one, &other)
            }
            Operator::Subtract
            | Operator::Multiply
            | Operator::Less
            | Operator::LessEqual
            | Operator::Greater
            | Operator::GreaterEqual
            | Operator::In
            | Operator::NotIn
            | Operator::BitAnd
            | Operator::BitOr
            | Operator::Match => {
                let (one, other) = (self.expr(left), self.expr(right));
                super::folding::arithmetic(operator, &one, &other)
            }
            Operator::Other => {
                let (one, other) = (self.expr(left), self.expr(right));
                Value::tainted(join_taint(one.taint.as_ref(), other.taint.as_ref()))
            }
        }
    }

    /// `a and b`, `a or b`, `a ?? b`.
    fn either(&mut self, operator: Operator, left: ExprId, right: ExprId) -> Value {
        let one = self.expr(left);
        match (operator, truth(&one)) {
            (Operator::And, Some(true)) | (Operator::Or, Some(false)) => return self.expr(right),
            (Operator::And, Some(false)) | (Operator::Or, Some(true)) => return one,
            _ => {}
        }
        let mark = self.environment.mark();
        match operator {
            Operator::And => self.refine(left, true),
            Operator::Or => self.refine(left, false),
            _ => {}
        }
        let other = self.expr(right);
        let changes = self.environment.take(mark);
        self.environment.join(&[changes, Vec::new()]);
        one.join(&other)
    }

    fn choice(&mut self, test: ExprId, yes: ExprId, no: ExprId) -> Value {
        let value = self.expr(test);
        match truth(&value) {
            Some(true) => return self.expr(yes),
            Some(false) => return self.expr(no),
            None => {}
        }
        let mut ways = Vec::with_capacity(2);
        let mut values = Vec::with_capacity(2);
        for (holds, id) in [(true, yes), (false, no)] {
            let mark = self.environment.mark();
            self.refine(test, holds);
            values.push(self.expr(id));
            ways.push(self.environment.take(mark));
        }
        self.environment.join(&ways);
        values[0].join(&values[1])
    }

    fn list(&mut self, items: &[ExprId]) -> Value {
        let mut list = Items::default();
        for &item in items {
            let value = self.expr(item);
            if list.items.len() < FOLLOWED {
                list.items.push(value);
            } else {
                list = super::targets::pushed(&list, value);
            }
        }
        Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: None }
    }

    fn map(&mut self, entries: &[(Option<ExprId>, ExprId)]) -> Value {
        let mut map = Entries::default();
        for &(key, id) in entries {
            let key_value = key.map(|key| self.expr(key));
            let text = key_value.as_ref().and_then(Value::constant_text).cloned();
            let name = text.as_ref().and_then(|text| self.program.symbols.find(text));
            let outer = self.target;
            self.target = name.or(outer);
            let value = self.expr(id);
            self.target = outer;
            match text {
                Some(text) => {
                    if let Some(name) = name {
                        let span = self.program.span(id);
                        self.setting(name, &value, Some(id), span, None);
                        self.named_value(name, &value, Some(id), span);
                    }
                    map.set(&text, value);
                }
                None => match &value.shape {
                    // `{...other}`
                    Shape::Map(spread) if key.is_none() && spread.others.is_none() => {
                        spread.entries.iter().for_each(|(key, value)| map.set(key, value.clone()));
                    }
                    _ => map.add_other(value),
                },
            }
        }
        Value { taint: map.taint(), shape: Shape::Map(Rc::new(map)), path: None }
    }

    fn each(&mut self, binding: ExprId, over: ExprId, test: Option<ExprId>, value: ExprId) -> Value {
        let over_value = self.expr(over);
        let mark = self.environment.mark();
        let item = self.item_of(&over_value);
        self.put(binding, item);
        if let Some(test) = test {
            self.expr(test);
            self.refine(test, true);
        }
        let value = self.expr(value);
        self.environment.take(mark);
        let taint = value.taint.clone();
        Value { shape: Shape::List(Rc::new(Items { items: Vec::new(), others: Some(value) })), taint, path: None }
    }
}

/// A sum of numbers, texts or lists.
pub(super) fn sum(values: Vec<Value>) -> Value {
    let numbers: Option<Vec<i64>> = values.iter().map(Value::constant_integer).collect();
    if let Some(numbers) = numbers {
        return Value::of(Shape::Integer(numbers.iter().fold(0_i64, |sum, number| sum.wrapping_add(*number))));
    }
    let is_text = values.iter().any(|value| matches!(value.shape, Shape::Text(_) | Shape::Parts(_)));
    if is_text {
        return Value::from_parts(values.iter().flat_map(Value::parts).collect());
    }
    if values.iter().any(|value| matches!(value.shape, Shape::List(_))) {
        let mut list = Items::default();
        for value in values {
            match &value.shape {
                Shape::List(more) => {
                    let all = more.items.iter().chain(&more.others).cloned();
                    list = all.fold(list, |list, item| super::targets::pushed(&list, item));
                }
                _ => {
                    list.others =
                        Some(list.others.as_ref().map_or_else(|| value.any_item(), |others| others.join(&value)))
                }
            }
        }
        return Value { taint: list.taint(), shape: Shape::List(Rc::new(list)), path: None };
    }
    if values.iter().all(|value| matches!(value.shape, Shape::Integer(_) | Shape::Number)) {
        return Value::of(Shape::Number);
    }
    // Nobody knows whether it is text; if it is, these are its pieces.
    let mut value = Value::from_parts(values.iter().flat_map(Value::parts).collect());
    if value.taint.is_none() {
        value.shape = Shape::Constant;
    }
    value
}

/// An item by its place, from the end where it is negative.
pub(super) fn list_item(list: &Items, number: i64) -> Option<Value> {
    if list.others.is_some() {
        return None;
    }
    let length = i64::try_from(list.items.len()).ok()?;
    let place = if number < 0 { number + length } else { number };
    list.items.get(usize::try_from(place).ok()?).cloned()
}

/// A character of a text, as a text.
pub(super) fn character(text: &str, number: i64) -> Value {
    let number =
        if number < 0 { i64::try_from(text.chars().count()).map_or(-1, |count| count + number) } else { number };
    let found = usize::try_from(number).ok().and_then(|number| text.chars().nth(number));
    found.map_or_else(|| Value::of(Shape::Constant), |found| Value::text(found.encode_utf8(&mut [0; 4])))
}

/// Functions and fields that give a path of files, which `/` continues.
fn is_path_maker(name: &str) -> bool {
    matches!(
        name,
        "Path"
            | "PurePath"
            | "PosixPath"
            | "resolve"
            | "parent"
            | "absolute"
            | "joinpath"
            | "cwd"
            | "home"
            | "expanduser"
    )
}
