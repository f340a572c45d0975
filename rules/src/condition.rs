//! The conditions of a rule's patterns, with their regular expressions compiled when they are first needed.

use std::sync::OnceLock;

use regex::Regex;

use crate::path::Pattern;
use crate::schema::{Condition, Is, Which};

/// A regular expression of a rule.
pub(crate) struct Expression {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Expression {
    pub(crate) fn new(source: &str) -> Self {
        Expression { source: source.to_owned(), compiled: OnceLock::new() }
    }

    /// The compiled expression; none where it is not one, which the catalog's tests and the reading of users' rules refuse.
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.source).ok()).as_ref()
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }
}

/// A condition, ready to be tried.
pub(crate) struct Test {
    pub(crate) argument: Vec<Which>,
    pub(crate) is: Option<Is>,
    pub(crate) is_not: Option<Is>,
    pub(crate) equals: Vec<String>,
    pub(crate) matches: Option<Expression>,
    pub(crate) below: Option<i64>,
    pub(crate) path: Vec<Pattern>,
    pub(crate) named: Option<Expression>,
    pub(crate) has: Vec<String>,
    pub(crate) lacks: Vec<String>,
    pub(crate) target: Option<Expression>,
    pub(crate) near: Vec<String>,
    pub(crate) without: Vec<String>,
    pub(crate) in_async: Option<bool>,
    pub(crate) ignored: Option<bool>,
    pub(crate) file: Option<Expression>,
    pub(crate) file_lacks: Option<Expression>,
    pub(crate) receiver: Option<Expression>,
    pub(crate) inside: Option<Expression>,
    pub(crate) count: Option<u8>,
}

impl Test {
    pub(crate) fn new(from: &Condition) -> Self {
        let expression = |source: &Option<String>| source.as_deref().map(Expression::new);
        Test {
            argument: from.argument.clone(),
            is: from.is,
            is_not: from.is_not,
            equals: from.equals.clone(),
            matches: expression(&from.matches),
            below: from.below,
            path: from.path.iter().map(|path| Pattern::new(path)).collect(),
            named: expression(&from.named),
            has: from.has.clone(),
            lacks: from.lacks.clone(),
            target: expression(&from.target),
            near: from.near.clone(),
            without: from.without.clone(),
            in_async: from.in_async,
            ignored: from.ignored,
            file: expression(&from.file),
            file_lacks: expression(&from.file_lacks),
            receiver: expression(&from.receiver),
            inside: expression(&from.inside),
            count: from.count,
        }
    }
}

/// The regular expressions of a rule that are none, each with what is wrong.
pub(crate) fn broken_expressions(rule: &crate::schema::Rule) -> Vec<String> {
    let conditions = rule.sinks.iter().flat_map(|sink| sink.when.iter().chain(&sink.unless));
    let conditions = conditions.chain(rule.calls.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let conditions =
        conditions.chain(rule.settings.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let conditions = conditions.chain(rule.uses.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let conditions =
        conditions.chain(rule.assigns.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let conditions =
        conditions.chain(rule.compares.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let conditions = conditions.chain(rule.sanitizers.iter().flat_map(|sanitizer| &sanitizer.when));
    let conditions = conditions.chain(rule.guards.iter().flat_map(|guard| &guard.when));
    let sources = conditions.flat_map(|condition| {
        let Condition { matches, named, target, file, file_lacks, receiver, inside, .. } = condition;
        [matches, named, target, file, file_lacks, receiver, inside].into_iter().flatten()
    });
    let sources = sources.chain(rule.assigns.iter().filter_map(|pattern| pattern.name.as_ref()));
    let sources = sources.chain(rule.compares.iter().map(|pattern| &pattern.name));
    let sources = sources.chain(
        rule.strings.iter().flat_map(|pattern| [Some(&pattern.pattern), pattern.unless.as_ref()].into_iter().flatten()),
    );
    sources.filter_map(|source| Regex::new(source).err()).map(|error| error.to_string()).collect()
}
