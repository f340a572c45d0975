//! Features: what a task asks a program's text to have, found in its tree, damaged or not.
//!
//! A feature says nothing about whether a program works. Comments and, but for what is asked of them, strings don't count.

#[cfg(test)]
mod cases;
mod code;
mod database;
mod predicates;
mod program;
mod surroundings;

use proofhouse_types::{Feature, Language};
use tree_sitter::{Node, Query, QueryCursor, QueryError, QueryErrorKind, StreamingIterator};

pub use predicates::{Of, PREDICATES, Predicate};
use program::Program;

use crate::tree::Parsed;

/// How many beginnings of matches are followed at once. A program that starts one at every node would otherwise take time in
/// proportion to the square of its length; the queries of a task need some dozens.
const MATCHES_FOLLOWED: u32 = 1000;

/// A feature's rule made ready: compiled once, it reads any number of programs, from any thread.
#[derive(Debug)]
pub struct FeatureRule(Rule);

#[derive(Debug)]
enum Rule {
    Predicate(&'static Predicate, Vec<String>),
    Query(Query),
}

/// What is wrong with a feature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// It has no rule.
    #[error("expected a `predicate` or a `query`")]
    NoRule,
    /// It has two rules.
    #[error("expected either a `predicate` or a `query`, not both")]
    TwoRules,
    /// No predicate has this name.
    #[error("unknown predicate `{name}`, expected one of `{}`", known.join("`, `"))]
    UnknownPredicate {
        /// The name.
        name: String,
        /// Every predicate's name, in the order of the alphabet.
        known: Vec<&'static str>,
    },
    /// The predicate asks about something, and the feature does not say what.
    #[error("predicate `{predicate}` needs `of`: {of}")]
    OfMissing {
        /// The predicate.
        predicate: &'static str,
        /// What `of` must list.
        of: &'static str,
    },
    /// `of` is there for nothing.
    #[error("{} takes no `of`", predicate.map_or_else(|| "a query".to_owned(), |name| format!("predicate `{name}`")))]
    OfUnused {
        /// The predicate; none for a query.
        predicate: Option<&'static str>,
    },
    /// `of` has an empty text, which would be found anywhere.
    #[error("`of` has an empty text")]
    OfEmpty,
    /// The query does not compile.
    #[error("query, line {line}, column {column}: {problem}")]
    Query {
        /// The line within the query, from 1.
        line: usize,
        /// The byte within the line, from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The query has a predicate that nothing here evaluates.
    #[error("query: `#{operator}` is not among `#eq?`, `#match?`, `#any-of?` and their like")]
    QueryPredicate {
        /// Its name.
        operator: String,
    },
    /// The language has no features.
    #[error("features of SQL are not in this version")]
    Sql,
}

impl FeatureRule {
    /// Makes a feature's rule ready. Fails where it is no rule for programs of that language.
    pub fn compile(feature: &Feature, language: Language) -> Result<FeatureRule, FeatureError> {
        match language {
            Language::Python => {}
            Language::Sql => return Err(FeatureError::Sql),
        }
        if feature.of.iter().any(|text| text.trim().is_empty()) {
            return Err(FeatureError::OfEmpty);
        }
        let rule = match (&feature.predicate, &feature.query) {
            (None, None) => return Err(FeatureError::NoRule),
            (Some(_), Some(_)) => return Err(FeatureError::TwoRules),
            (Some(name), None) => Rule::Predicate(predicate(name, &feature.of)?, feature.of.clone()),
            (None, Some(_)) if !feature.of.is_empty() => return Err(FeatureError::OfUnused { predicate: None }),
            (None, Some(text)) => Rule::Query(query(text)?),
        };
        Ok(FeatureRule(rule))
    }

    /// Whether a program has the feature. The text must be the one that was parsed. What a program that was cut off has so far
    /// counts.
    pub fn is_in(&self, parsed: &Parsed, text: &str) -> bool {
        match parsed.mended(text) {
            Some(mended) => self.is_under(mended.tree.root_node(), &mended.text),
            None => self.is_under(parsed.tree().root_node(), text),
        }
    }

    fn is_under(&self, root: Node<'_>, text: &str) -> bool {
        match &self.0 {
            Rule::Predicate(predicate, of) => predicate.holds(&Program::new(root, text), of),
            Rule::Query(query) => {
                let mut cursor = QueryCursor::new();
                cursor.set_match_limit(MATCHES_FOLLOWED);
                cursor.matches(query, root, text.as_bytes()).next().is_some()
            }
        }
    }
}

fn predicate(name: &str, of: &[String]) -> Result<&'static Predicate, FeatureError> {
    let Some(predicate) = PREDICATES.iter().find(|predicate| predicate.name == name) else {
        let known = PREDICATES.iter().map(|predicate| predicate.name).collect();
        return Err(FeatureError::UnknownPredicate { name: name.to_owned(), known });
    };
    match predicate.of {
        Of::Nothing if !of.is_empty() => Err(FeatureError::OfUnused { predicate: Some(predicate.name) }),
        Of::Needed(what) if of.is_empty() => Err(FeatureError::OfMissing { predicate: predicate.name, of: what }),
        Of::Nothing | Of::Needed(_) | Of::Optional(_) => Ok(predicate),
    }
}

fn query(text: &str) -> Result<Query, FeatureError> {
    let query = Query::new(&tree_sitter_python::LANGUAGE.into(), text).map_err(|error| FeatureError::Query {
        line: error.row + 1,
        column: error.column + 1,
        problem: query_problem(&error),
    })?;
    for pattern in 0..query.pattern_count() {
        if let Some(predicate) = query.general_predicates(pattern).first() {
            return Err(FeatureError::QueryPredicate { operator: predicate.operator.to_string() });
        }
    }
    match query.pattern_count() {
        0 => Err(FeatureError::Query { line: 1, column: 1, problem: "no pattern".to_owned() }),
        _ => Ok(query),
    }
}

/// The problem in one line: tree-sitter's messages repeat the query's line and point into it.
fn query_problem(error: &QueryError) -> String {
    let name = error.message.trim_matches('"');
    match error.kind {
        QueryErrorKind::NodeType => format!("no node is called `{name}`"),
        QueryErrorKind::Field => format!("no field is called `{name}`"),
        QueryErrorKind::Capture => format!("no capture is called `{name}`"),
        QueryErrorKind::Predicate => error.message.replace('\n', ", "),
        QueryErrorKind::Structure => "no tree looks like this".to_owned(),
        QueryErrorKind::Syntax => "invalid syntax".to_owned(),
        QueryErrorKind::Language => error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::parse;

    fn feature(predicate: Option<&str>, of: &[&str], query: Option<&str>) -> Feature {
        Feature {
            name: "a".to_owned(),
            predicate: predicate.map(str::to_owned),
            of: of.iter().map(|text| (*text).to_owned()).collect(),
            query: query.map(str::to_owned),
        }
    }

    fn check_error(feature: &Feature, expected: &str) {
        let error = FeatureRule::compile(feature, Language::Python).expect_err(expected);
        let message = error.to_string();
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn features_that_are_no_rule_are_refused() {
        check_error(&feature(None, &[], None), "expected a `predicate` or a `query`");
        check_error(&feature(Some("lambda"), &[], Some("(lambda)")), "expected either a `predicate` or a `query`");
        check_error(
            &feature(Some("main_gard"), &[], None),
            "unknown predicate `main_gard`, expected one of `asserts`, `",
        );
        check_error(&feature(Some("imports"), &[], None), "predicate `imports` needs `of`: modules");
        check_error(&feature(Some("main_guard"), &["a"], None), "predicate `main_guard` takes no `of`");
        check_error(&feature(Some("imports"), &["a", " "], None), "`of` has an empty text");
        check_error(&feature(None, &["a"], Some("(lambda)")), "a query takes no `of`");
        let sql = FeatureRule::compile(&feature(Some("main_guard"), &[], None), Language::Sql);
        assert_eq!(sql.expect_err("there is no such thing"), FeatureError::Sql);
    }

    #[test]
    fn queries_that_do_not_compile_are_refused_with_their_place() {
        let check = |query, expected| check_error(&feature(None, &[], Some(query)), expected);
        check("(module)\n(lamda)", "query, line 2, column 2: no node is called `lamda`");
        check("(call functoin: (_))", "query, line 1, column 7: no field is called `functoin`");
        check("(call", "query, line 1, column 6: invalid syntax");
        check("(call) @a (#eq? @b \"x\")", "query, line 1, column 18: no capture is called `b`");
        check("(lambda (class_definition))", "query, line 1, column 9: no tree looks like this");
        check("((identifier) @a (#match? @a \"(\"))", "query, line 1, column 1: ");
        check("((identifier) @a (#contains? @a \"x\"))", "query: `#contains?` is not among");
        check("; nothing", "query, line 1, column 1: no pattern");
    }

    fn check_query(query: &str, text: &str, expected: bool) {
        let rule =
            FeatureRule::compile(&feature(None, &[], Some(query)), Language::Python).expect("the query compiles");
        assert_eq!(rule.is_in(&parse(text, Language::Python), text), expected, "{query} {text:?}");
    }

    #[test]
    fn queries_match_with_their_predicates() {
        check_query("(lambda)", "f = lambda: 1\n", true);
        check_query("(lambda)", "# lambda: 1\n'lambda: 1'\n", false);
        check_query("((identifier) @a (#eq? @a \"b\"))", "a = b\n", true);
        check_query("((identifier) @a (#eq? @a \"b\"))", "a = c\n", false);
        check_query("((identifier) @a (#match? @a \"^do_\"))", "é = do_it()\n", true);
        check_query("((identifier) @a (#match? @a \"^do_\"))", "undo_it()\n", false);
        check_query("((identifier) @a (#any-of? @a \"b\" \"c\"))", "c\n", true);
        check_query("((identifier) @a (#any-of? @a \"b\" \"c\"))", "bc\n", false);
        check_query("(assignment left: (_) @a right: (_) @b (#eq? @a @b))", "x = y\nz = z\n", true);
    }

    #[test]
    fn queries_see_what_a_program_has_that_was_cut_off() {
        let text = "class A:\n    def f(self):\n        try:\n            g()\n        except B:\n            h()\n        print(f'{x";
        check_query("(class_definition body: (block (function_definition)))", text, true);
        check_query("(try_statement (except_clause))", text, true);
        check_query("(interpolation)", text, true);
        check_query("(while_statement)", text, false);
    }

    #[test]
    fn what_a_program_has_so_far_stays_wherever_it_is_cut_off() {
        let text = r#"
import sqlite3
class A(B):
    """A's "tasks"."""
    def f(self, a: str):
        try:
            self.c.execute("""UPDATE t SET a = '[x]' WHERE b = ?""", (a,))
            self.c.commit()
        except sqlite3.Error as error:
            print(f"[{error}]: {a['b']}")
        with open(f"{a}/b") as file, self.g([b for b in file]):
            raise C({"d": (a, 'e')})
if __name__ == "__main__":
    A().f(input("f(" + sys.argv[1]))
"#;
        let optional = PREDICATES.iter().filter(|predicate| !matches!(predicate.of, Of::Needed(_)));
        let mut rules = optional.map(|predicate| feature(Some(predicate.name), &[], None)).collect::<Vec<_>>();
        rules.push(feature(None, &[], Some("(class_definition body: (block (function_definition)))")));
        let rules = rules
            .iter()
            .map(|rule| FeatureRule::compile(rule, Language::Python).expect("it is a rule"))
            .collect::<Vec<_>>();
        let mut before = vec![false; rules.len()];
        for end in 0..=text.len() {
            let text = &text[..end];
            let parsed = parse(text, Language::Python);
            let found = rules.iter().map(|rule| rule.is_in(&parsed, text)).collect::<Vec<_>>();
            for (rule, (before, now)) in rules.iter().zip(before.iter().zip(&found)) {
                assert!(before <= now, "{rule:?} {text:?}");
            }
            before = found;
        }
    }

    #[test]
    fn rules_are_used_from_several_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<FeatureRule>();
    }

    #[test]
    fn a_query_over_a_long_program_ends() {
        let text = "x\n".repeat(20_000);
        check_query("(module (expression_statement) (class_definition))", &text, false);
    }
}
