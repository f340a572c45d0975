//! Names, each kept once and known by a number.

use std::collections::HashMap;
use std::rc::Rc;

/// A name of one program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(pub(crate) u32);

/// The names of one program.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    texts: Vec<Rc<str>>,
    numbers: HashMap<Rc<str>, Symbol>,
}

impl Symbols {
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.numbers.get(text) {
            return symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).expect("a text of 4 GiB is refused before"));
        let text: Rc<str> = text.into();
        self.texts.push(Rc::clone(&text));
        self.numbers.insert(text, symbol);
        symbol
    }

    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }

    /// How many names there are: symbols count from 0.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }
}
