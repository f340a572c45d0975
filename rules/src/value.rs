//! What is known of a value: constant or not, what it is made of, and which untrusted data reached it.

use std::rc::Rc;

use crate::ir::FunctionId;
use crate::path::PathId;
use crate::schema::Level;
use crate::table::Classes;

/// What is known of a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Value {
    pub(crate) shape: Shape,
    /// None where no untrusted data reached it.
    pub(crate) taint: Option<Rc<Taint>>,
    /// How it was reached or made.
    pub(crate) path: Option<PathId>,
}

/// What a value looks like.
#[derive(Debug, Clone, Default)]
pub(crate) enum Shape {
    #[default]
    Unknown,
    /// Some constant, nobody knows which: what is left after branches joined.
    Constant,
    Text(Rc<str>),
    Integer(i64),
    /// Some number.
    Number,
    Bool(bool),
    Null,
    /// A text that is built from pieces.
    Parts(Rc<[Part]>),
    List(Rc<Items>),
    Map(Rc<Entries>),
    Function(FunctionId),
}

/// A piece of a text.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(Rc<str>),
    /// What is only known when it runs; without taint it does no harm.
    Hole(Option<Rc<Taint>>),
}

/// The items of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items {
    pub(crate) items: Vec<Value>,
    /// Set where there may be others, at unknown places.
    pub(crate) others: Option<Value>,
}

/// The entries of a map with constant keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<(Rc<str>, Value)>,
    /// Set where there may be others, under unknown keys.
    pub(crate) others: Option<Value>,
}

/// How many pieces, items and entries are followed; a longer one is known by its taint alone. The figure bounds the work on
/// generated tables.
pub(crate) const FOLLOWED: usize = 64;

/// How untrusted data reached a value: for each level of confidence, what the data is safe for, and the last step of its way.
/// Data of a level that is absent is safe for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taint {
    safe: [Classes; 3],
    step: [StepId; 3],
}

/// A step of data on its way, in the analysis' list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StepId(pub(crate) u32);

const LEVELS: [Level; 3] = [Level::Low, Level::Medium, Level::High];

impl Taint {
    pub(crate) fn new(level: Level, step: StepId) -> Self {
        Self::safe_for(level, step, 0)
    }

    /// Data that can do no harm to some classes.
    pub(crate) fn safe_for(level: Level, step: StepId, classes: Classes) -> Self {
        let mut taint = Taint { safe: [Classes::MAX; 3], step: [step; 3] };
        taint.safe[level as usize] = classes;
        taint
    }

    /// The surest data that is not safe for a class, and its last step.
    pub(crate) fn worst(&self, class: Classes) -> Option<(Level, StepId)> {
        let level = LEVELS.into_iter().rev().find(|&level| self.safe[level as usize] & class != class)?;
        Some((level, self.step[level as usize]))
    }

    /// Whether some of it can harm more than a few classes.
    pub(crate) fn is_broad(&self) -> bool {
        self.safe.iter().any(|safe| safe.count_zeros() > Classes::BITS / 2)
    }

    /// The surest level, whatever it is safe for.
    pub(crate) fn level(&self) -> Level {
        let level = LEVELS.into_iter().rev().find(|&level| self.safe[level as usize] != Classes::MAX);
        level.unwrap_or(Level::Low)
    }

    pub(crate) fn join(&self, other: &Taint) -> Taint {
        let mut joined = *self;
        for level in LEVELS.map(|level| level as usize) {
            if self.safe[level] == Classes::MAX {
                joined.step[level] = other.step[level];
            }
            joined.safe[level] = self.safe[level] & other.safe[level];
        }
        joined
    }

    /// Safe for more; none where nothing is left.
    pub(crate) fn cleared(&self, classes: Classes) -> Option<Taint> {
        let mut cleared = *self;
        cleared.safe.iter_mut().for_each(|safe| *safe |= classes);
        cleared.safe.iter().any(|&safe| safe != Classes::MAX).then_some(cleared)
    }

    /// The same data one step further.
    pub(crate) fn stepped(&self, mut step: impl FnMut(StepId) -> StepId) -> Taint {
        let mut stepped = *self;
        for level in 0..LEVELS.len() {
            if self.safe[level] != Classes::MAX {
                stepped.step[level] = step(self.step[level]);
            }
        }
        stepped
    }
}

pub(crate) fn join_taint(one: Option<&Rc<Taint>>, other: Option<&Rc<Taint>>) -> Option<Rc<Taint>> {
    match (one, other) {
        (Some(one), Some(other)) if one == other => Some(Rc::clone(one)),
        (Some(one), Some(other)) => Some(Rc::new(one.join(other))),
        (Some(one), None) | (None, Some(one)) => Some(Rc::clone(one)),
        (None, None) => None,
    }
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Value { shape: Shape::Text(text.into()), ..Value::default() }
    }

    pub(crate) fn of(shape: Shape) -> Self {
        Value { shape, ..Value::default() }
    }

    pub(crate) fn tainted(taint: Option<Rc<Taint>>) -> Self {
        Value { taint, ..Value::default() }
    }

    /// Whether it is known when the program is read.
    pub(crate) fn is_constant(&self) -> bool {
        match &self.shape {
            Shape::Constant | Shape::Text(_) | Shape::Integer(_) | Shape::Bool(_) | Shape::Null => true,
            Shape::Parts(parts) => parts.iter().all(|part| matches!(part, Part::Text(_))),
            Shape::List(list) => list.others.is_none() && list.items.iter().all(Value::is_constant),
            Shape::Map(map) => map.others.is_none() && map.entries.iter().all(|(_, value)| value.is_constant()),
            Shape::Unknown | Shape::Number | Shape::Function(_) => false,
        }
    }

    pub(crate) fn constant_text(&self) -> Option<&Rc<str>> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            Shape::Unknown
            | Shape::Constant
            | Shape::Integer(_)
            | Shape::Number
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Parts(_)
            | Shape::List(_)
            | Shape::Map(_)
            | Shape::Function(_) => None,
        }
    }

    pub(crate) fn constant_integer(&self) -> Option<i64> {
        if let Shape::Integer(number) = self.shape { Some(number) } else { None }
    }

    /// The value after branches of which each may have been taken.
    pub(crate) fn join(&self, other: &Value) -> Value {
        let taint = join_taint(self.taint.as_ref(), other.taint.as_ref());
        let path = if self.path == other.path { self.path } else { self.path.or(other.path) };
        Value { shape: self.join_shape(other), taint, path }
    }

    fn join_shape(&self, other: &Value) -> Shape {
        match (&self.shape, &other.shape) {
            (Shape::Text(one), Shape::Text(other)) if one == other => Shape::Text(Rc::clone(one)),
            (Shape::Integer(one), Shape::Integer(other)) if one == other => Shape::Integer(*one),
            (Shape::Integer(_) | Shape::Number, Shape::Integer(_) | Shape::Number) => Shape::Number,
            (Shape::Bool(one), Shape::Bool(other)) if one == other => Shape::Bool(*one),
            (Shape::Function(one), Shape::Function(other)) if one == other => Shape::Function(*one),
            // Nothing yet, or what fails at once: the other one counts.
            (Shape::Null, shape) | (shape, Shape::Null) => shape.clone(),
            (Shape::List(one), Shape::List(other)) => Shape::List(Rc::new(one.join(other))),
            (Shape::Map(one), Shape::Map(other)) => Shape::Map(Rc::new(one.join(other))),
            (Shape::Parts(one), Shape::Parts(other)) => {
                // A sink looks at pieces: the worse text stands for both.
                Shape::Parts(if weight(one) >= weight(other) { Rc::clone(one) } else { Rc::clone(other) })
            }
            (Shape::Parts(parts), _) if self.taint.is_some() && other.taint.is_none() => Shape::Parts(Rc::clone(parts)),
            (_, Shape::Parts(parts)) if other.taint.is_some() && self.taint.is_none() => Shape::Parts(Rc::clone(parts)),
            _ if self.is_constant() && other.is_constant() => Shape::Constant,
            _ => Shape::Unknown,
        }
    }

    /// The pieces of the value as a text.
    pub(crate) fn parts(&self) -> Vec<Part> {
        match &self.shape {
            Shape::Text(text) => vec![Part::Text(Rc::clone(text))],
            Shape::Integer(number) => vec![Part::Text(number.to_string().into())],
            Shape::Bool(value) => vec![Part::Text(value.to_string().into())],
            Shape::Parts(parts) => parts.to_vec(),
            Shape::Unknown
            | Shape::Constant
            | Shape::Number
            | Shape::Null
            | Shape::List(_)
            | Shape::Map(_)
            | Shape::Function(_) => vec![Part::Hole(self.taint.clone())],
        }
    }

    /// A text built from pieces; adjacent constants become one.
    pub(crate) fn from_parts(parts: Vec<Part>) -> Value {
        let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
        let mut run = String::new();
        let mut taint = None;
        for part in parts {
            match part {
                Part::Text(text) => run.push_str(&text),
                Part::Hole(hole) => {
                    if !run.is_empty() {
                        kept.push(Part::Text(std::mem::take(&mut run).into()));
                    }
                    taint = join_taint(taint.as_ref(), hole.as_ref());
                    kept.push(Part::Hole(hole));
                }
            }
        }
        if kept.is_empty() {
            return Value::text(&run);
        }
        if !run.is_empty() {
            kept.push(Part::Text(run.into()));
        }
        if kept.len() > FOLLOWED {
            return Value::tainted(taint);
        }
        Value { shape: Shape::Parts(kept.into()), taint, path: None }
    }

    /// Safe for more.
    pub(crate) fn cleared(&self, classes: Classes) -> Value {
        let clear = |taint: &Option<Rc<Taint>>| taint.as_ref().and_then(|taint| taint.cleared(classes)).map(Rc::new);
        let shape = match &self.shape {
            Shape::Parts(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(text) => Part::Text(Rc::clone(text)),
                    Part::Hole(taint) => Part::Hole(clear(taint)),
                });
                Shape::Parts(parts.collect())
            }
            shape => shape.clone(),
        };
        Value { shape, taint: clear(&self.taint), path: self.path }
    }

    /// An item that is not known by its place: any of them.
    pub(crate) fn any_item(&self) -> Value {
        match &self.shape {
            Shape::List(list) => any_of(list.items.iter().chain(&list.others)),
            Shape::Map(map) => any_of(map.entries.iter().map(|(_, value)| value).chain(&map.others)),
            Shape::Text(_) | Shape::Constant => Value::of(Shape::Constant),
            Shape::Unknown
            | Shape::Integer(_)
            | Shape::Number
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Parts(_)
            | Shape::Function(_) => Value::tainted(self.taint.clone()),
        }
    }
}

/// Any of some values.
fn any_of<'v>(values: impl Iterator<Item = &'v Value>) -> Value {
    values.cloned().reduce(|one, other| one.join(&other)).unwrap_or_default()
}

/// How much a text says to a sink: unclean holes first, then its length.
fn weight(parts: &[Part]) -> (usize, usize) {
    let unclean = parts.iter().filter(|part| matches!(part, Part::Hole(Some(_)))).count();
    (unclean, parts.len())
}

impl Items {
    /// The whole list's taint.
    pub(crate) fn taint(&self) -> Option<Rc<Taint>> {
        let values = self.items.iter().chain(&self.others);
        values.fold(None, |taint, value| join_taint(taint.as_ref(), value.taint.as_ref()))
    }

    fn join(&self, other: &Items) -> Items {
        if self.items.len() == other.items.len() {
            let items = self.items.iter().zip(&other.items).map(|(one, other)| one.join(other)).collect();
            return Items { items, others: join_others(&self.others, &other.others) };
        }
        let all = self.items.iter().chain(&self.others).chain(&other.items).chain(&other.others);
        Items { items: Vec::new(), others: all.cloned().reduce(|one, other| one.join(&other)) }
    }
}

impl Entries {
    /// The whole map's taint.
    pub(crate) fn taint(&self) -> Option<Rc<Taint>> {
        let values = self.entries.iter().map(|(_, value)| value).chain(&self.others);
        values.fold(None, |taint, value| join_taint(taint.as_ref(), value.taint.as_ref()))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, key: &Rc<str>, value: Value) {
        if let Some((_, old)) = self.entries.iter_mut().find(|(name, _)| name == key) {
            *old = value;
        } else if self.entries.len() < FOLLOWED {
            self.entries.push((Rc::clone(key), value));
        } else {
            self.add_other(value);
        }
    }

    pub(crate) fn add_other(&mut self, value: Value) {
        self.others = Some(self.others.as_ref().map_or_else(|| value.clone(), |old| old.join(&value)));
    }

    fn join(&self, other: &Entries) -> Entries {
        let mut joined = self.clone();
        joined.others = join_others(&self.others, &other.others);
        for (key, value) in &other.entries {
            let value = joined.get(key).map_or_else(|| value.clone(), |old| old.join(value));
            joined.set(key, value);
        }
        joined
    }
}

fn join_others(one: &Option<Value>, other: &Option<Value>) -> Option<Value> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.join(other)),
        (one, other) => one.clone().or_else(|| other.clone()),
    }
}
