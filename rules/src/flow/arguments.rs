//! Which arguments of a call a pattern speaks of.

use crate::flow::Analysis;
use crate::flow::calls::{Called, Given};
use crate::schema::Which;
use crate::value::Value;

impl Analysis<'_> {
    /// The first of the named arguments that is there.
    pub(super) fn argument<'c>(&self, called: &'c Called, which: &[Which]) -> Option<&'c Value> {
        which.iter().find_map(|which| self.given(called, which).next())
    }

    /// The argument's place in the list, if it is one.
    pub(super) fn argument_given<'c>(&self, called: &'c Called, which: &[Which]) -> Option<&'c Given> {
        which.iter().find_map(|which| match which {
            Which::Position(position) => positional(called).nth(usize::from(*position)),
            Which::Named(name) => called.arguments.iter().find(|given| self.is_named(given, name)),
        })
    }

    /// All arguments that one of these names.
    pub(super) fn arguments<'c>(&self, called: &'c Called, which: &[Which]) -> Vec<&'c Value> {
        if which.is_empty() {
            return called.arguments.iter().map(|given| &given.value).collect();
        }
        which.iter().flat_map(|which| self.given(called, which).collect::<Vec<_>>()).collect()
    }

    fn given<'c>(&self, called: &'c Called, which: &Which) -> Box<dyn Iterator<Item = &'c Value> + 'c> {
        match which {
            Which::Position(position) => {
                // After `*arguments`, nobody knows the places.
                let position = usize::from(*position);
                let spread = called.arguments.iter().find(|given| given.is_spread && given.name.is_none());
                Box::new(positional(called).nth(position).or(spread).map(|given| &given.value).into_iter())
            }
            Which::Named(name) => match name.as_str() {
                "receiver" => Box::new(called.receiver.as_ref().map(|(_, value)| value).into_iter()),
                "*" => Box::new(called.arguments.iter().map(|given| &given.value)),
                "**" => Box::new(called.arguments.iter().filter(|given| given.is_spread).map(|given| &given.value)),
                _ => {
                    if let Some(from) = name.strip_suffix('*').and_then(|from| from.parse().ok()) {
                        return Box::new(positional(called).skip(from).map(|given| &given.value));
                    }
                    let found =
                        called.arguments.iter().find(|given| self.is_named(given, name)).map(|given| &given.value);
                    // An options object as the last argument, as JavaScript has it.
                    let found = found.or_else(|| {
                        called.arguments.iter().rev().find_map(|given| match &given.value.shape {
                            crate::value::Shape::Map(map) => map.get(name),
                            _ => None,
                        })
                    });
                    Box::new(found.into_iter())
                }
            },
        }
    }

    fn is_named(&self, given: &Given, name: &str) -> bool {
        given.name.is_some_and(|symbol| self.program.name(symbol) == name)
    }
}

fn positional(called: &Called) -> impl Iterator<Item = &Given> {
    called.arguments.iter().filter(|given| given.name.is_none())
}
