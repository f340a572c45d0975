//! Comments that leave findings out: `proofhouse: ignore[rule, rule] reason`, on the finding's line or alone above it.
//!
//! Such a comment is a claim, and claims are checked: one without a reason, one that leaves nothing out, and one that names no
//! rule are findings themselves.

mod comments;

use std::collections::HashMap;
use std::sync::LazyLock;

use proofhouse_syntax::Grammar;
use proofhouse_types::{Category, Confidence, Finding, Severity};

use crate::fingerprint;
use crate::schema::Rule;
use comments::{Comment, comments};

/// Findings after the comments of their text had their say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// What is left, and what is wrong with the comments; by place, then by rule.
    pub findings: Vec<Finding>,
    /// What comments leave out.
    pub ignored: Vec<Ignored>,
}

/// A finding that a comment leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// Why, in the comment's words; empty where it has none.
    pub reason: String,
}

const NO_REASON: &str = "ignore/no-reason";
const UNUSED: &str = "ignore/unused";
const UNKNOWN_RULE: &str = "ignore/unknown-rule";

/// The rules about the comments themselves, by id. No rule file has them: they are about findings, not about code.
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let text = include_str!("rules.toml");
        let mut read: HashMap<String, Vec<Rule>> = toml::from_str(text).expect("the rules of this folder are right");
        read.remove("rules").unwrap_or_default()
    });
    &RULES
}

/// Takes out what comments ignore, and adds what is wrong with the comments. The findings come in the order of the text, with
/// all confidences: what is not found at all makes a comment unused. `is_known` tells whether an id, or a name without its
/// language, is that of a rule.
pub fn apply(text: &str, grammar: Grammar, findings: Vec<Finding>, is_known: impl Fn(&str) -> bool) -> Applied {
    let comments = comments(text, grammar);
    if comments.is_empty() {
        return Applied { findings, ignored: Vec::new() };
    }
    let mut covering: HashMap<usize, Vec<usize>> = HashMap::new();
    for (position, comment) in comments.iter().enumerate() {
        covering.entry(comment.covers).or_default().push(position);
    }
    let mut used: Vec<Vec<bool>> = comments.iter().map(|comment| vec![false; comment.rules.len()]).collect();
    let mut applied = Applied::default();
    for finding in findings {
        match ignoring(&finding, &comments, &covering) {
            Some((position, rule)) => {
                used[position][rule] = true;
                applied.ignored.push(Ignored { finding, reason: comments[position].reason.clone() });
            }
            None => applied.findings.push(finding),
        }
    }
    let mut wrong = Vec::new();
    for (comment, used) in comments.iter().zip(used) {
        wrong.extend(problems(comment, &used, &is_known).into_iter().map(|finding| (finding, comment)));
    }
    fingerprint::fill(wrong.iter_mut().map(|(finding, comment)| (finding, comment.text)));
    applied.findings.extend(wrong.into_iter().map(|(finding, _)| finding));
    applied.findings.sort_by(|one, other| (one.place, &one.rule).cmp(&(other.place, &other.rule)));
    applied
}

/// The comment that ignores a finding, and which of its rules. A comment behind code covers what starts on its line, and what
/// ends there: formatters put it behind either when they wrap a statement.
fn ignoring(
    finding: &Finding,
    comments: &[Comment<'_>],
    covering: &HashMap<usize, Vec<usize>>,
) -> Option<(usize, usize)> {
    let on = |line: usize| covering.get(&line).into_iter().flatten().copied();
    let at_end = on(finding.place.end_line).filter(|position| !comments[*position].is_alone);
    on(finding.place.line).chain(at_end).find_map(|position| {
        let rules = &comments[position].rules;
        rules.iter().position(|rule| is_named(&finding.rule, rule)).map(|rule| (position, rule))
    })
}

/// Whether a name is a rule's id, or its part after the language.
fn is_named(id: &str, name: &str) -> bool {
    id == name || id.split_once('/').is_some_and(|(_, short)| short == name)
}

fn problems(comment: &Comment<'_>, used: &[bool], is_known: &impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    if comment.rules.is_empty() {
        found.push(finding(
            UNKNOWN_RULE,
            comment,
            "This comment names no rule: write `ignore[rule] reason`".to_owned(),
        ));
    }
    if comment.reason.is_empty() && !comment.rules.is_empty() {
        found.push(finding(NO_REASON, comment, "This comment does not say why the finding is ignored".to_owned()));
    }
    for (rule, used) in comment.rules.iter().zip(used) {
        if *used {
            continue;
        }
        found.push(if is_known(rule) {
            finding(UNUSED, comment, format!("`{rule}` finds nothing here that this comment could ignore"))
        } else {
            finding(UNKNOWN_RULE, comment, format!("No rule is called `{rule}`"))
        });
    }
    found
}

fn finding(rule: &str, comment: &Comment<'_>, message: String) -> Finding {
    Finding {
        rule: rule.to_owned(),
        category: Category::Robustness,
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Vec::new(),
        place: comment.place,
        message,
        flow: Vec::new(),
        damaged: false,
        fingerprint: String::new(),
        fix: None,
    }
}

#[cfg(test)]
mod tests;
