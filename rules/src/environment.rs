//! The values of variables, with a journal: a branch is taken back by undoing what it changed, so that its cost is that of its
//! changes and not that of all variables.

use std::collections::HashMap;

use crate::symbols::{Symbol, Symbols};
use crate::value::Value;

/// A variable, or a field of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

/// What a branch changed.
pub(crate) type Changes = Vec<(Slot, Option<Value>)>;

/// The values of variables.
pub(crate) struct Environment {
    values: Vec<Option<Value>>,
    journal: Vec<(Slot, Option<Value>)>,
    /// `a.b` has a slot of its own; the first slots are those of names.
    fields: HashMap<(Slot, Symbol), Slot>,
    /// What each slot past the names is a field of, and its name.
    owners: Vec<(Slot, Symbol)>,
    names: usize,
}

/// A moment to return to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(usize);

impl Environment {
    pub(crate) fn new(names: usize) -> Self {
        Environment {
            values: vec![None; names],
            journal: Vec::new(),
            fields: HashMap::new(),
            owners: Vec::new(),
            names,
        }
    }

    pub(crate) fn slot(name: Symbol) -> Slot {
        Slot(name.0)
    }

    /// The slot of a field. Symbols that the program itself does not have are never asked for.
    pub(crate) fn field(&mut self, of: Slot, name: Symbol) -> Slot {
        if let Some(&slot) = self.fields.get(&(of, name)) {
            return slot;
        }
        let slot = Slot(u32::try_from(self.values.len()).expect("fewer slots than bytes of the text"));
        self.values.push(None);
        self.owners.push((of, name));
        self.fields.insert((of, name), slot);
        slot
    }

    /// What a slot is a field of, and its name there; none of a variable.
    pub(crate) fn owner(&self, slot: Slot) -> Option<(Slot, Symbol)> {
        (slot.0 as usize).checked_sub(self.names).map(|number| self.owners[number])
    }

    /// Whether a slot is a field of another, at any depth.
    pub(crate) fn belongs_to(&self, mut slot: Slot, owner: Slot) -> bool {
        while let Some(number) = (slot.0 as usize).checked_sub(self.names) {
            slot = self.owners[number].0;
            if slot == owner {
                return true;
            }
        }
        false
    }

    /// Whether a name by itself is a field of the object: Ruby's `@x`.
    pub(crate) fn is_sigil(&self, slot: Slot, symbols: &Symbols) -> bool {
        let number = slot.0 as usize;
        number < self.names && symbols.text(Symbol(slot.0)).starts_with('@')
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Value> {
        self.values[slot.0 as usize].as_ref()
    }

    pub(crate) fn set(&mut self, slot: Slot, value: Value) {
        self.put(slot, Some(value));
    }

    fn put(&mut self, slot: Slot, value: Option<Value>) {
        let old = std::mem::replace(&mut self.values[slot.0 as usize], value);
        self.journal.push((slot, old));
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Takes back everything since the mark, and says what the values were, in the order of the slots.
    pub(crate) fn take(&mut self, mark: Mark) -> Changes {
        let mut changes = Changes::new();
        let mut undone: Vec<(Slot, Option<Value>)> = self.journal.drain(mark.0..).collect();
        while let Some((slot, old)) = undone.pop() {
            let value = std::mem::replace(&mut self.values[slot.0 as usize], old);
            changes.push((slot, value));
        }
        // The first entry of a slot is its last value: the journal was undone from its end.
        changes.sort_by_key(|(slot, _)| *slot);
        changes.dedup_by_key(|(slot, _)| *slot);
        changes
    }

    /// What changed since the mark, without taking it back.
    pub(crate) fn changes(&self, mark: Mark) -> Changes {
        let mut slots: Vec<Slot> = self.journal[mark.0..].iter().map(|(slot, _)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        slots.into_iter().map(|slot| (slot, self.values[slot.0 as usize].clone())).collect()
    }

    pub(crate) fn apply(&mut self, changes: Changes) {
        for (slot, value) in changes {
            self.put(slot, value);
        }
    }

    /// The state after ways of which each may have been taken, each given by what it changed from here.
    pub(crate) fn join(&mut self, ways: &[Changes]) {
        let mut slots: Vec<Slot> = ways.iter().flatten().map(|(slot, _)| *slot).collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let before = self.values[slot.0 as usize].clone();
            let after = ways.iter().map(|way| match way.binary_search_by_key(&slot, |(slot, _)| *slot) {
                Ok(at) => way[at].1.clone(),
                Err(_) => before.clone(),
            });
            let after: Vec<Option<Value>> = after.collect();
            let is_field = slot.0 as usize >= self.names;
            let is_sometimes_unset = after.iter().any(Option::is_none);
            // A variable that one way never set has the other's value, or fails.
            let joined = after.into_iter().flatten().reduce(|one, other| one.join(&other));
            // A field that one way never set is what the object it belongs to says, unless worse.
            let keeps = !is_field || !is_sometimes_unset || joined.as_ref().is_some_and(|value| value.taint.is_some());
            self.put(slot, joined.filter(|_| keeps));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Shape;

    fn integer(environment: &Environment, slot: Slot) -> Option<i64> {
        environment.get(slot).and_then(Value::constant_integer)
    }

    #[test]
    fn a_branch_is_taken_back_and_joined() {
        let mut environment = Environment::new(2);
        let (x, y) = (Environment::slot(Symbol(0)), Environment::slot(Symbol(1)));
        let number = |number| Value::of(Shape::Integer(number));
        environment.set(x, number(1));
        let mark = environment.mark();
        environment.set(x, number(2));
        environment.set(x, number(3));
        environment.set(y, number(4));
        let then = environment.take(mark);
        assert_eq!((integer(&environment, x), integer(&environment, y)), (Some(1), None));
        environment.join(&[then.clone(), Changes::new()]);
        assert_eq!((integer(&environment, x), integer(&environment, y)), (None, Some(4)));
        environment.apply(then);
        assert_eq!(integer(&environment, x), Some(3));
    }

    #[test]
    fn fields_belong_to_what_they_are_fields_of() {
        let mut environment = Environment::new(2);
        let x = Environment::slot(Symbol(0));
        let field = environment.field(x, Symbol(1));
        let inner = environment.field(field, Symbol(0));
        assert_eq!(environment.field(x, Symbol(1)), field);
        assert!(environment.belongs_to(inner, x) && environment.belongs_to(field, x));
        assert!(!environment.belongs_to(x, x) && !environment.belongs_to(inner, Environment::slot(Symbol(1))));
    }
}
