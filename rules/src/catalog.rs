//! The rules: the catalog that the build packed, and users' own files.

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use proofhouse_syntax::Grammar;

use crate::condition::broken_expressions;
use crate::schema::{Rule, Tables};
use crate::table::Table;

/// A language's part of the catalog, as the build packed it.
pub(crate) struct Packed {
    language: &'static str,
    /// Tables and rules without what only people read.
    rules: &'static [u8],
    /// Rules with everything.
    pages: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The folder of rules that concern every language.
const ANY: &str = "any";

/// The rules of all languages; each language's are arranged when its first text comes.
pub(crate) struct Catalog {
    tables: [OnceLock<Table>; Grammar::ALL.len()],
    own: Vec<Rule>,
}

/// A file of rules that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The file.
    pub path: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

impl std::error::Error for RuleError {}

impl Catalog {
    pub(crate) fn new(own: Vec<Rule>) -> Self {
        Catalog { tables: std::array::from_fn(|_| OnceLock::new()), own }
    }

    /// The rules of a grammar's language.
    pub(crate) fn table(&self, grammar: Grammar) -> &Table {
        let place = Grammar::ALL.iter().position(|&one| one == grammar).expect("the list has every grammar");
        self.tables[place].get_or_init(|| self.arrange(folder(grammar)))
    }

    fn arrange(&self, language: &str) -> Table {
        let mut tables = Tables::default();
        let mut rules: Vec<Rule> = Vec::new();
        for packed in CATALOG.iter().filter(|packed| packed.language == language || packed.language == ANY) {
            let (own_tables, own_rules): (Tables, Vec<Rule>) =
                postcard::from_bytes(packed.rules).expect("the build packed it in the same form");
            if packed.language == language {
                tables = own_tables;
            }
            rules.extend(own_rules);
        }
        let concerns = |rule: &&Rule| {
            let of = rule.id.split_once('/').map_or("", |(of, _)| of);
            of == language || of == ANY
        };
        rules.extend(self.own.iter().filter(concerns).cloned());
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        Table::new(tables, rules)
    }

    /// Every rule with its page's text, by id.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let mut rules: Vec<Rule> = CATALOG
            .iter()
            .flat_map(|packed| {
                postcard::from_bytes::<Vec<Rule>>(packed.pages).expect("the build packed it in the same form")
            })
            .chain(self.own.iter().cloned())
            .collect();
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        rules
    }
}

/// The folder of the catalog that serves a grammar.
pub(crate) fn folder(grammar: Grammar) -> &'static str {
    match grammar {
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => "javascript",
        Grammar::C | Grammar::Cpp => "c",
        Grammar::Bash
        | Grammar::CSharp
        | Grammar::Go
        | Grammar::Java
        | Grammar::Php
        | Grammar::Python
        | Grammar::Ruby
        | Grammar::Rust
        | Grammar::Sql => grammar.name(),
    }
}

/// Reads users' files, each with one rule. What is wrong with one leaves the others in use.
pub(crate) fn read(files: &[(String, String)]) -> (Vec<Rule>, Vec<RuleError>) {
    let mut rules: Vec<Rule> = Vec::new();
    let mut errors = Vec::new();
    let builtin: HashSet<String> = Catalog::new(Vec::new()).rules().into_iter().map(|rule| rule.id).collect();
    for (path, text) in files {
        let error = |line, message: String| RuleError { path: path.clone(), line, message };
        let rule: Rule = match toml::from_str(text) {
            Ok(rule) => rule,
            Err(wrong) => {
                let line = wrong.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                errors.push(error(line, wrong.message().to_owned()));
                continue;
            }
        };
        let of = rule.id.split_once('/').map_or("", |(of, _)| of);
        let known = of == ANY || Grammar::ALL.iter().any(|&grammar| folder(grammar) == of);
        let problem = if !known {
            Some(format!("the id is `{}`; expected a language, a slash and a name, such as `python/my-rule`", rule.id))
        } else if rules.iter().any(|other| other.id == rule.id) || builtin.contains(&rule.id) {
            Some(format!("there is another rule `{}`", rule.id))
        } else {
            rule.problem().or_else(|| broken_expressions(&rule).into_iter().next()).or_else(|| broken_query(&rule, of))
        };
        match problem {
            Some(problem) => errors.push(error(None, problem)),
            None => rules.push(rule),
        }
    }
    (rules, errors)
}

fn broken_query(rule: &Rule, of: &str) -> Option<String> {
    let query = rule.query.as_ref()?;
    let grammar = Grammar::ALL.into_iter().find(|&grammar| folder(grammar) == of);
    let Some(grammar) = grammar else { return Some("a query needs a language of its own, not `any`".to_owned()) };
    tree_sitter::Query::new(&grammar.language(), query).err().map(|error| error.to_string())
}
