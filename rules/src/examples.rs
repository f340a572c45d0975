//! Every rule's own examples, as tests.

use std::collections::BTreeSet;

use proofhouse_syntax::Grammar;
use proofhouse_types::{Confidence, Finding};

use crate::Analyser;
use crate::catalog::folder;
use crate::condition::broken_expressions;
use crate::rewrite::{renamed, wrapped};
use crate::schema::{Example, Level, Rule};

/// Whether a rule fires on an example as users see it.
fn fires(analyser: &Analyser, rule: &Rule, example: &Example, code: &str) -> Option<Finding> {
    let least = match example.confidence.unwrap_or(Level::Medium) {
        Level::Low => Confidence::Low,
        Level::Medium => Confidence::Medium,
        Level::High => Confidence::High,
    };
    let grammars = grammars(rule, example);
    let code = &crate::secrets::samples::expand(code);
    let findings = grammars.into_iter().flat_map(|grammar| analyser.check(code, grammar));
    let mut hits = findings.filter(|finding| finding.rule == rule.id && finding.confidence >= least);
    hits.find(|finding| example.line.is_none_or(|line| finding.place.line == line))
}

/// The grammar that an example is read with: C++ and TSX where it looks so.
fn grammars(rule: &Rule, example: &Example) -> Vec<Grammar> {
    let code = &example.code;
    let of = rule.id.split_once('/').map_or("", |(of, _)| of);
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    match of {
        "any" => vec![Grammar::Python],
        "javascript"
            if has(&[
                ": string",
                ": any",
                ": number",
                "interface ",
                ": Request",
                "as string",
                ": {",
                "@Body",
                "@Query",
            ]) =>
        {
            vec![Grammar::TypeScript]
        }
        "c" if has(&["std::", "class ", "new ", "delete ", "cout", "::"]) => vec![Grammar::Cpp],
        _ => Grammar::ALL.into_iter().find(|&grammar| folder(grammar) == of).into_iter().collect(),
    }
}

/// The rules that `PROOFHOUSE_RULES` names by a part of their ids; all without it.
fn chosen(analyser: &Analyser) -> Vec<Rule> {
    let wanted = std::env::var("PROOFHOUSE_RULES").unwrap_or_default();
    analyser.rules().into_iter().filter(|rule| rule.id.contains(&wanted)).collect()
}

#[test]
fn every_example_holds() {
    let analyser = Analyser::new();
    let mut wrong = Vec::new();
    for rule in chosen(&analyser) {
        let cases = [
            (&rule.bad, true, "bad"),
            (&rule.good, false, "good"),
            (&rule.missed, false, "missed"),
            (&rule.noisy, true, "noisy"),
        ];
        for (examples, expected, kind) in cases {
            for (number, example) in examples.iter().enumerate() {
                if fires(&analyser, &rule, example, &example.code).is_some() != expected {
                    wrong.push(format!("{} {kind} {number}:\n{}", rule.id, example.code));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_is_whole() {
    for rule in Analyser::new().rules() {
        assert_eq!(rule.problem(), None, "{}", rule.id);
        assert_eq!(broken_expressions(&rule), Vec::<String>::new(), "{}", rule.id);
        assert!(rule.bad.len() >= 3 && rule.good.len() >= 3, "{} needs three examples of each kind", rule.id);
        assert!(!rule.cwe.is_empty() || rule.category != crate::schema::Category::Security, "{} needs a CWE", rule.id);
        for text in [&rule.title, &rule.why, &rule.remedy, &rule.message] {
            assert!(!text.trim().is_empty(), "{} lacks prose", rule.id);
        }
    }
}

/// Names that mean something to the rules of a language: those in its patterns, and those that stand for no data.
fn meaningful(analyser: &Analyser, rule: &Rule) -> BTreeSet<String> {
    let language = rule.id.split_once('/').map_or("", |(language, _)| language);
    analyser.names(language)
}

/// Whether a rule looks at the names of variables, so that other names are other programs.
fn is_about_names(rule: &Rule) -> bool {
    let conditions = rule.sinks.iter().flat_map(|sink| sink.when.iter().chain(&sink.unless));
    let conditions = conditions.chain(rule.calls.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let conditions =
        conditions.chain(rule.settings.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    let mut conditions =
        conditions.chain(rule.uses.iter().flat_map(|pattern| pattern.when.iter().chain(&pattern.unless)));
    conditions.any(|condition| {
        condition.target.is_some()
            || condition.named.is_some()
            || condition.inside.is_some()
            || condition.receiver.is_some()
    }) || !rule.assigns.is_empty()
        || !rule.compares.is_empty()
        || rule.native.is_some()
}

#[test]
fn every_example_holds_however_it_is_written() {
    let analyser = Analyser::new();
    let mut wrong = Vec::new();
    for rule in chosen(&analyser) {
        let kept = meaningful(&analyser, &rule);
        let cases = [(&rule.bad, true, "bad"), (&rule.good, false, "good")];
        for (examples, expected, kind) in cases {
            for (number, example) in examples.iter().enumerate() {
                let grammar = grammars(&rule, example)[0];
                // A line number is that of the lines as they were.
                let anywhere = Example { line: None, ..example.clone() };
                let mut forms = vec![wrapped(&example.code, grammar)];
                if !is_about_names(&rule) {
                    forms.push(renamed(&example.code, grammar, &kept));
                }
                for form in forms {
                    if fires(&analyser, &rule, &anywhere, &form).is_some() != expected {
                        wrong.push(format!("{} {kind} {number}:\n{form}", rule.id));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}
