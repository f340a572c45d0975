//! Users' own tree-sitter queries, with their predicates.

use std::collections::BTreeSet;

use proofhouse_syntax::Grammar;
use tree_sitter::{Query, QueryCursor, StreamingIterator, Tree};

use crate::ir::Span;
use crate::lower::span;

/// How many matches of one query are kept: what has more is no finding but a census.
const MATCHES_KEPT: usize = 1000;

/// Where a query matches: its capture `@finding`, or else its first capture. A query that is none matches nowhere; reading
/// the rule refused it.
pub(crate) fn matches(query: &str, grammar: Grammar, tree: &Tree, text: &str) -> Vec<Span> {
    let Ok(query) = Query::new(&grammar.language(), query) else { return Vec::new() };
    let finding = query.capture_index_for_name("finding");
    let mut cursor = QueryCursor::new();
    let mut found = BTreeSet::new();
    let mut matches = cursor.matches(&query, tree.root_node(), text.as_bytes());
    while let Some(matched) = matches.next() {
        let capture =
            matched.captures().iter().find(|capture| Some(capture.index) == finding).or(matched.captures().first());
        found.extend(capture.map(|capture| span(capture.node)));
        if found.len() >= MATCHES_KEPT {
            break;
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proofhouse_syntax::Grammar;

    use crate::Analyser;

    const HEAD: &str =
        "id = 'python/no-print'\ntitle = 't'\ncwe = []\nseverity = 'low'\nmessage = 'm'\nwhy = 'w'\nremedy = 'r'\n";

    fn rule(query: &str) -> (String, String) {
        ("no-print.toml".to_owned(), format!("{HEAD}query = '''{query}'''\n"))
    }

    #[test]
    fn a_rule_of_ones_own_finds_what_its_query_and_its_predicates_match() {
        let query = r#"((call function: (identifier) @name) @finding (#eq? @name "print"))"#;
        let (analyser, errors) = Analyser::with_rules(&[rule(query)]);
        assert_eq!(errors, []);
        let found = analyser.check("log(1)\nx = print(2)\n", Grammar::Python);
        let places: Vec<_> =
            found.iter().map(|found| (found.rule.as_str(), found.place.line, found.place.column)).collect();
        assert_eq!(places, [("python/no-print", 2, 5)]);
    }

    #[test]
    fn a_query_that_is_none_is_refused() {
        let (_, errors) = Analyser::with_rules(&[rule("(no_such_node)")]);
        assert!(errors.len() == 1 && errors[0].message.contains("no_such_node"), "{errors:?}");
    }
}
