//! What a program binds, reads and imports, and in which scopes. Filled by the walk over its tree; nothing here judges.

use std::collections::{HashMap, HashSet};

use super::guards::Regions;

/// Scopes that are climbed to find a name. CPython refuses indentation deeper than 100; a program beyond it gets no findings.
const SCOPES_CLIMBED: usize = 100;

/// The module's own scope.
pub(super) const MODULE: usize = 0;

/// What was found in one program.
#[derive(Debug)]
pub(super) struct Program<'a> {
    scopes: Vec<Scope>,
    /// Each name that is bound anywhere.
    names: HashMap<&'a str, Name<'a>>,
    /// Which scopes bind which names, the module's own left out.
    local: HashSet<(usize, &'a str)>,
    /// In the order of the text.
    pub(super) reads: Vec<Read<'a>>,
    /// In the order of the text.
    pub(super) imports: Vec<Import<'a>>,
    pub(super) regions: Regions,
    /// Whether names may come from elsewhere: `from x import *`, `exec`, `globals()`.
    pub(super) has_unseen_names: bool,
    /// Whether modules may: `sys.modules`.
    pub(super) has_unseen_modules: bool,
}

#[derive(Debug)]
struct Scope {
    parent: usize,
    kind: ScopeKind,
    /// The nearest scope around it, or itself, that is no comprehension: there `:=` binds.
    host: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// The module, a function or a lambda: seen from all scopes within.
    Function,
    /// Seen from itself and its comprehensions.
    Class,
    Comprehension,
}

/// What a name stands for, wherever it is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// Bound by `global`, whose assignment stands elsewhere.
    Declared,
    /// This module.
    Module(&'a str),
    /// What a module has under a name, which may be a module too.
    Member(&'a str, &'a str),
    /// Anything else, or several things.
    Other,
}

#[derive(Debug)]
struct Name<'a> {
    meaning: Meaning<'a>,
    in_module: bool,
}

/// One name that is read, with the attributes that are read from it.
#[derive(Debug)]
pub(super) struct Read<'a> {
    /// As it stands in the text: `name`, or `name.attribute.attribute`.
    pub(super) chain: &'a str,
    pub(super) line: usize,
    pub(super) scope: usize,
    pub(super) region: usize,
    /// Whether the last attribute is assigned or deleted.
    pub(super) is_changed: bool,
    /// Whether it is in a damaged statement.
    pub(super) is_damaged: bool,
}

/// One module that is imported, or one member of it.
#[derive(Debug)]
pub(super) struct Import<'a> {
    pub(super) module: &'a str,
    pub(super) member: Option<&'a str>,
    /// The name that it binds.
    pub(super) binds: Option<&'a str>,
    pub(super) line: usize,
    pub(super) region: usize,
    /// Whether it is in a damaged statement.
    pub(super) is_damaged: bool,
}

impl<'a> Program<'a> {
    pub(super) fn new() -> Self {
        Self {
            scopes: vec![Scope { parent: MODULE, kind: ScopeKind::Function, host: MODULE }],
            names: HashMap::new(),
            local: HashSet::new(),
            reads: Vec::new(),
            imports: Vec::new(),
            regions: Regions::new(),
            has_unseen_names: false,
            has_unseen_modules: false,
        }
    }

    pub(super) fn add_scope(&mut self, parent: usize, kind: ScopeKind) -> usize {
        let number = self.scopes.len();
        let host = if kind == ScopeKind::Comprehension { self.host(parent) } else { number };
        self.scopes.push(Scope { parent, kind, host });
        number
    }

    pub(super) fn host(&self, scope: usize) -> usize {
        self.scopes[scope].host
    }

    pub(super) fn bind(&mut self, scope: usize, name: &'a str, meaning: Meaning<'a>) {
        let known = self.names.entry(name).or_insert(Name { meaning, in_module: false });
        match (known.meaning, meaning) {
            (_, Meaning::Declared) => {}
            (Meaning::Declared, _) => known.meaning = meaning,
            (before, now) if before != now => known.meaning = Meaning::Other,
            _ => {}
        }
        if scope == MODULE {
            known.in_module = true;
        } else {
            self.local.insert((scope, name));
        }
    }

    /// Forgets what a name stands for: it may be something else.
    pub(super) fn doubt(&mut self, name: &'a str) {
        if let Some(known) = self.names.get_mut(name) {
            known.meaning = Meaning::Other;
        }
    }

    /// What a name stands for, wherever it is bound at all.
    pub(super) fn meaning(&self, name: &str) -> Meaning<'a> {
        self.names.get(name).map_or(Meaning::Other, |known| known.meaning)
    }

    /// Whether a name may be bound where it is read.
    pub(super) fn is_bound(&self, name: &str, scope: usize) -> bool {
        match self.names.get(name) {
            None => false,
            Some(known) => known.in_module || self.is_local(name, scope),
        }
    }

    fn is_local(&self, name: &str, from: usize) -> bool {
        let mut scope = from;
        let mut sees_class = true;
        for _ in 0..SCOPES_CLIMBED {
            let kind = self.scopes[scope].kind;
            if (sees_class || kind != ScopeKind::Class) && self.local.contains(&(scope, name)) {
                return true;
            }
            if scope == MODULE {
                return false;
            }
            sees_class &= kind == ScopeKind::Comprehension;
            scope = self.scopes[scope].parent;
        }
        true
    }

    /// How many names are bound.
    pub(super) fn name_count(&self) -> usize {
        self.names.len()
    }

    /// The names that are bound anywhere, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.keys().copied()
    }
}
