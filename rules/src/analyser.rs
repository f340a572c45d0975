//! The whole way from a text to its findings.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proofhouse_syntax::Grammar;
use proofhouse_types::Finding;

use crate::catalog::{self, Catalog, RuleError};
use crate::flow::{self, Hit};
use crate::ir::{ExprKind, Span};
use crate::lower::lower;
use crate::native;
use crate::report::findings;
use crate::schema::Rule;
use crate::secrets::Literals;

/// Texts beyond this are not read: offsets are kept in 32 bits, and no source file is as long.
const LONGEST: usize = u32::MAX as usize / 4;

/// Finds what is wrong with programs by their text. Can be shared between threads; a language's rules are loaded with its first
/// text.
pub struct Analyser {
    catalog: Catalog,
    ids: OnceLock<BTreeSet<String>>,
}

impl Default for Analyser {
    fn default() -> Self {
        Self::new()
    }
}

impl Analyser {
    /// With the built-in rules.
    pub fn new() -> Self {
        Analyser { catalog: Catalog::new(Vec::new()), ids: OnceLock::new() }
    }

    /// With users' rules besides: path and text of each file. A file that can't be used is an error; the others are in use.
    pub fn with_rules(files: &[(String, String)]) -> (Self, Vec<RuleError>) {
        let (rules, errors) = catalog::read(files);
        (Analyser { catalog: Catalog::new(rules), ids: OnceLock::new() }, errors)
    }

    /// Every finding of a text, sure or not, in the order of the text. A text of more than 1 GiB has none.
    ///
    /// The same text gives the same findings. Takes time in proportion to the text; texts that no rule's words stand in are not
    /// even parsed.
    pub fn check(&self, text: &str, grammar: Grammar) -> Vec<Finding> {
        let table = self.catalog.table(grammar);
        let alive = table.prefilter.alive(text);
        if !alive.any() || text.len() > LONGEST {
            return Vec::new();
        }
        let tree = grammar.tree(text);
        let program = lower(text, &tree, grammar);
        let mut found = flow::analyse(text, &program, table, &alive);
        let reads_literals = table.natives.iter().any(|(native, rule)| native.reads_literals() && alive.has(*rule));
        let literals = if reads_literals { Literals::of(text, &tree, grammar) } else { Literals::default() };
        let source = native::Source { text, grammar, tree: &tree, program: &program, literals: &literals };
        for &(native, rule) in table.natives.iter().filter(|(_, rule)| alive.has(*rule)) {
            found.hits.extend(native::run(native, &source).into_iter().map(|hit| Hit {
                rule,
                span: hit.span,
                confidence: hit.confidence.min(table.rules[usize::from(rule)].confidence),
                lesser: false,
                step: None,
                sink: hit.name.clone(),
                name: hit.name,
                value: hit.value,
                fix: None,
            }));
        }
        let plain = |rule, span: Span| Hit {
            rule,
            span,
            confidence: table.rules[usize::from(rule)].confidence,
            lesser: false,
            step: None,
            sink: String::new(),
            name: String::new(),
            value: String::new(),
            fix: None,
        };
        for (expression, unless, rule) in table.strings.iter().filter(|(_, _, rule)| alive.has(*rule)) {
            for expr in &program.exprs {
                let ExprKind::Text(text) = &expr.kind else { continue };
                if expression.is_match(text) && !unless.as_ref().is_some_and(|unless| unless.is_match(text)) {
                    found.hits.push(plain(*rule, expr.span));
                }
            }
        }
        for (query, rule) in table.queries.iter().filter(|(_, rule)| alive.has(*rule)) {
            found
                .hits
                .extend(crate::query::matches(query, grammar, &tree, text).into_iter().map(|span| plain(*rule, span)));
        }
        findings(text, &program, table, &found)
    }

    /// The names in the patterns of a language's rules, and those of parameters that stand for no data.
    #[cfg(test)]
    pub(crate) fn names(&self, language: &str) -> BTreeSet<String> {
        let grammar = Grammar::ALL.into_iter().find(|&grammar| catalog::folder(grammar) == language);
        let table = self.catalog.table(grammar.unwrap_or(Grammar::Python));
        table.names()
    }

    /// Whether a rule has this id, or this name behind its language.
    pub fn knows(&self, name: &str) -> bool {
        let ids = self.ids.get_or_init(|| self.rules().into_iter().map(|rule| rule.id).collect());
        ids.contains(name) || ids.iter().any(|id| id.split_once('/').is_some_and(|(_, short)| short == name))
    }

    /// Every rule, by its id.
    pub fn rules(&self) -> Vec<Rule> {
        self.catalog.rules()
    }
}
