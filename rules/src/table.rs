//! The rules of one language, arranged so that the analysis finds those that concern a call, a name or an assignment at once.

use std::collections::{HashMap, HashSet};

use crate::condition::{Expression, Test};
use crate::path::{PathId, Paths, Pattern};
use crate::prefilter::Prefilter;
use crate::schema::{Condition, Guard, Is, Level, Native, Rule, Sanitizer, Source, Tables, Which};

/// A rule by its place in [`Table::rules`].
pub(crate) type RuleNumber = u16;

/// Classes of harm that data was made safe for, a bit each.
pub(crate) type Classes = u64;

/// All rules of one language.
pub(crate) struct Table {
    pub(crate) rules: Vec<Rule>,
    /// For each rule, the bit of its class.
    pub(crate) classes: Vec<Classes>,
    pub(crate) prefilter: Prefilter,
    pub(crate) calls: Lookup<OnCall>,
    pub(crate) assigned: Lookup<OnAssign>,
    pub(crate) read: Lookup<OnRead>,
    pub(crate) settings: HashMap<Box<str>, Vec<Matched>>,
    pub(crate) named: Vec<(Expression, Matched)>,
    pub(crate) compares: Vec<(Expression, Matched)>,
    pub(crate) strings: Vec<(Expression, Option<Expression>, RuleNumber)>,
    pub(crate) natives: Vec<(Native, RuleNumber)>,
    pub(crate) queries: Vec<(String, RuleNumber)>,
    pub(crate) sources: Vec<Origin>,
    pub(crate) annotations: HashMap<Box<str>, u16>,
    pub(crate) decorators: Lookup<OnDecorator>,
    pub(crate) sinks: Vec<Sink>,
    pub(crate) tests: Vec<Tests>,
    pub(crate) sanitizers: Vec<Cleared>,
    pub(crate) guards: Vec<Cleared>,
    pub(crate) safe_types: HashSet<Box<str>>,
    pub(crate) plain_types: HashSet<Box<str>>,
    pub(crate) plain_names: HashSet<Box<str>>,
    pub(crate) requests: Vec<Pattern>,
}

/// What a call may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnCall {
    Sink(u16),
    Wrong(Matched),
    Sanitizer(u16),
    Guard(u16),
    Source(u16),
}

/// What an assignment to a path may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnAssign {
    Sink(u16),
    Wrong(Matched),
}

/// What reading a path may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnRead {
    Source(u16),
    Sanitizer(u16),
    Wrong(Matched),
}

/// What a decorator makes of its function.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnDecorator {
    /// Its parameters come from outside.
    Source(u16),
    /// What it returns goes outside.
    Sink(u16),
}

/// A pattern that matched, and its conditions in [`Table::tests`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matched {
    pub(crate) rule: RuleNumber,
    pub(crate) tests: u16,
}

/// The conditions of one pattern.
#[derive(Default)]
pub(crate) struct Tests {
    pub(crate) when: Vec<Test>,
    pub(crate) unless: Vec<Test>,
    /// Of a setting: only in calls of these.
    pub(crate) within: Vec<Pattern>,
}

/// A sink of a rule.
pub(crate) struct Sink {
    pub(crate) rule: RuleNumber,
    pub(crate) tests: u16,
    pub(crate) sink: crate::schema::Sink,
}

/// A source.
pub(crate) struct Origin {
    pub(crate) what: String,
    pub(crate) confidence: Level,
    /// What its data is safe for: a rule's own source concerns that rule alone.
    pub(crate) safe: Classes,
    /// The text that it counts in.
    pub(crate) file: Option<Expression>,
}

/// A sanitizer or a guard.
pub(crate) struct Cleared {
    pub(crate) clears: Classes,
    pub(crate) tests: u16,
    /// Of a guard, the argument that is safe when it holds.
    pub(crate) argument: Option<Which>,
    /// Of a guard, whether it compares with the program's own values, and does not look at the form alone.
    pub(crate) compares: bool,
}

/// Patterns by the last name of their paths.
pub(crate) struct Lookup<T> {
    by_name: HashMap<Box<str>, Vec<(Pattern, T)>>,
}

impl<T: Copy> Lookup<T> {
    fn new() -> Self {
        Lookup { by_name: HashMap::new() }
    }

    fn add(&mut self, pattern: &str, what: T) {
        let pattern = Pattern::new(pattern);
        self.by_name.entry(pattern.last_name().into()).or_default().push((pattern, what));
    }

    /// Everything that the path matches, in the order of the rules.
    pub(crate) fn find<'s>(&'s self, paths: &'s Paths<'_>, path: PathId) -> impl Iterator<Item = T> + 's {
        self.find_as(paths, path, false)
    }

    /// As [`Self::find`], for a function that the text calls by its bare name.
    pub(crate) fn find_as<'s>(
        &'s self,
        paths: &'s Paths<'_>,
        path: PathId,
        is_bare: bool,
    ) -> impl Iterator<Item = T> + 's {
        let candidates = paths.last_name(path).and_then(|name| self.by_name.get(name));
        let nameless = self.by_name.get("");
        let matches = move |(pattern, _): &&(Pattern, T)| pattern.matches_as(paths, path, is_bare);
        candidates.into_iter().chain(nameless).flatten().filter(matches).map(|(_, what)| *what)
    }
}

impl Table {
    /// Arranges the rules of a language.
    pub(crate) fn new(tables: Tables, rules: Vec<Rule>) -> Self {
        let mut table = Table {
            classes: Vec::new(),
            prefilter: Prefilter::new(&rules),
            calls: Lookup::new(),
            assigned: Lookup::new(),
            read: Lookup::new(),
            settings: HashMap::new(),
            named: Vec::new(),
            compares: Vec::new(),
            strings: Vec::new(),
            natives: Vec::new(),
            queries: Vec::new(),
            sources: Vec::new(),
            annotations: HashMap::new(),
            decorators: Lookup::new(),
            sinks: Vec::new(),
            // Most patterns have no conditions, and share these.
            tests: vec![Tests::default()],
            sanitizers: Vec::new(),
            guards: Vec::new(),
            safe_types: boxed(tables.safe_types),
            plain_types: boxed(tables.plain_types),
            plain_names: boxed(tables.plain_names),
            requests: tables.requests.iter().map(|path| Pattern::new(path)).collect(),
            rules: Vec::new(),
        };
        let mut bits = Bits::default();
        table.add_flow(&mut bits, Classes::MAX, tables.sources, tables.sanitizers, tables.guards);
        for rule in rules {
            let number = index(table.rules.len());
            table.classes.push(rule.class.as_deref().map_or(0, |class| bits.of(class)));
            table.add_rule(number, &rule);
            let class = *table.classes.last().expect("it was just pushed");
            table.add_flow(&mut bits, class, rule.sources.clone(), rule.sanitizers.clone(), rule.guards.clone());
            table.rules.push(rule);
        }
        table
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> std::collections::BTreeSet<String> {
        let calls = self.calls.by_name.values().flatten().flat_map(|(pattern, _)| pattern.names());
        let assigned = self.assigned.by_name.values().flatten().flat_map(|(pattern, _)| pattern.names());
        let read = self.read.by_name.values().flatten().flat_map(|(pattern, _)| pattern.names());
        let plain = self.plain_names.iter().map(|name| &**name);
        calls.chain(assigned).chain(read).chain(plain).map(str::to_owned).collect()
    }

    fn add_rule(&mut self, rule: RuleNumber, from: &Rule) {
        for sink in &from.sinks {
            let tests = self.add_tests(&sink.when, &sink.unless, &[]);
            let number = index(self.sinks.len());
            self.sinks.push(Sink { rule, tests, sink: sink.clone() });
            sink.call.iter().for_each(|path| self.calls.add(path, OnCall::Sink(number)));
            sink.assign.iter().for_each(|path| self.assigned.add(path, OnAssign::Sink(number)));
            sink.returns_of.iter().for_each(|path| self.decorators.add(path, OnDecorator::Sink(number)));
        }
        for pattern in &from.calls {
            let matched = Matched { rule, tests: self.add_tests(&pattern.when, &pattern.unless, &[]) };
            pattern.call.iter().for_each(|path| self.calls.add(path, OnCall::Wrong(matched)));
        }
        for pattern in &from.settings {
            let matched = Matched { rule, tests: self.add_tests(&pattern.when, &pattern.unless, &pattern.within) };
            for name in &pattern.name {
                self.settings.entry(name.as_str().into()).or_default().push(matched);
            }
        }
        for pattern in &from.uses {
            let matched = Matched { rule, tests: self.add_tests(&pattern.when, &pattern.unless, &[]) };
            pattern.path.iter().for_each(|path| self.read.add(path, OnRead::Wrong(matched)));
        }
        for pattern in &from.assigns {
            let matched = Matched { rule, tests: self.add_tests(&pattern.when, &pattern.unless, &[]) };
            pattern.path.iter().for_each(|path| self.assigned.add(path, OnAssign::Wrong(matched)));
            if let Some(name) = &pattern.name {
                self.named.push((Expression::new(name), matched));
            }
        }
        for pattern in &from.compares {
            let matched = Matched { rule, tests: self.add_tests(&pattern.when, &pattern.unless, &[]) };
            self.compares.push((Expression::new(&pattern.name), matched));
        }
        for pattern in &from.strings {
            let unless = pattern.unless.as_deref().map(Expression::new);
            self.strings.push((Expression::new(&pattern.pattern), unless, rule));
        }
        self.natives.extend(from.native.map(|native| (native, rule)));
        self.queries.extend(from.query.clone().map(|query| (query, rule)));
    }

    /// Adds what follows data. What a rule says of it concerns the rule's own class alone.
    fn add_flow(
        &mut self,
        bits: &mut Bits,
        scope: Classes,
        sources: Vec<Source>,
        sanitizers: Vec<Sanitizer>,
        guards: Vec<Guard>,
    ) {
        for source in sources {
            let number = index(self.sources.len());
            source.path.iter().for_each(|path| self.read.add(path, OnRead::Source(number)));
            source.call.iter().for_each(|path| self.calls.add(path, OnCall::Source(number)));
            source.decorator.iter().for_each(|path| self.decorators.add(path, OnDecorator::Source(number)));
            for annotation in &source.annotation {
                self.annotations.entry(annotation.as_str().into()).or_insert(number);
            }
            let file = source.file.as_deref().map(Expression::new);
            let safe = !scope | bits.all(&source.safe_for);
            self.sources.push(Origin { what: source.what, confidence: source.confidence, safe, file });
        }
        for sanitizer in sanitizers {
            let number = index(self.sanitizers.len());
            sanitizer.call.iter().for_each(|path| self.calls.add(path, OnCall::Sanitizer(number)));
            sanitizer.path.iter().for_each(|path| self.read.add(path, OnRead::Sanitizer(number)));
            let tests = self.add_tests(&sanitizer.when, &[], &[]);
            let clears = bits.all(&sanitizer.clears) & scope;
            self.sanitizers.push(Cleared { clears, tests, argument: None, compares: false });
        }
        for guard in guards {
            let number = index(self.guards.len());
            guard.call.iter().for_each(|path| self.calls.add(path, OnCall::Guard(number)));
            let tests = self.add_tests(&guard.when, &[], &[]);
            let clears = bits.all(&guard.clears) & scope;
            let is_own = |test: &Condition| test.is == Some(Is::Constant) || test.is_not == Some(Is::Tainted);
            let compares = guard.when.iter().any(is_own);
            self.guards.push(Cleared { clears, tests, argument: Some(guard.argument), compares });
        }
    }

    fn add_tests(&mut self, when: &[Condition], unless: &[Condition], within: &[String]) -> u16 {
        if when.is_empty() && unless.is_empty() && within.is_empty() {
            return 0;
        }
        let number = index(self.tests.len());
        let compiled = |conditions: &[Condition]| conditions.iter().map(Test::new).collect();
        let within = within.iter().map(|path| Pattern::new(path)).collect();
        self.tests.push(Tests { when: compiled(when), unless: compiled(unless), within });
        number
    }
}

/// The bits that classes have got so far.
#[derive(Default)]
struct Bits(HashMap<String, Classes>);

impl Bits {
    fn of(&mut self, class: &str) -> Classes {
        let next = self.0.len();
        // More classes than bits, from users' rules: the last bit is shared, so that one class's sanitizer clears another.
        *self.0.entry(class.to_owned()).or_insert(1 << next.min(63))
    }

    fn all(&mut self, classes: &[String]) -> Classes {
        classes.iter().fold(0, |bits, class| if class == "*" { Classes::MAX } else { bits | self.of(class) })
    }
}

fn index(length: usize) -> u16 {
    u16::try_from(length).expect("a catalog has fewer than 65,536 patterns")
}

fn boxed(names: Vec<String>) -> HashSet<Box<str>> {
    names.into_iter().map(String::into_boxed_str).collect()
}
