//! What a program's text says by itself: the features that it has, the names in it that don't exist, and what rules find in it.
//! Damaged programs are read as far as they go.

use std::cmp::Reverse;
use std::sync::Arc;

use proofhouse_rules::Analyser;
use proofhouse_syntax::{FeatureRule, Grammar, Inventory, findings, parse};
use proofhouse_types::{Confidence, FeatureEvidence, Finding, Language};

use crate::prepared::Prepared;

/// Hits of rules that are listed, the worst of them. Their messages are short, so the figure bounds the report; and more than ten
/// of any severity already leave nothing of the score.
const FINDINGS_LISTED: usize = 50;

/// What programs for a task are held against; nothing for languages that are not read so.
#[derive(Default)]
pub(crate) struct Against {
    /// What programs can import.
    pub inventory: Option<Arc<Inventory>>,
    /// The rules.
    pub analyser: Option<Arc<Analyser>>,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Read {
    pub features: Vec<FeatureEvidence>,
    pub findings: Vec<Finding>,
}

pub(crate) fn read(prepared: &Prepared, code: &str) -> Read {
    let mut read = Read::default();
    if !prepared.features.is_empty() || prepared.against.inventory.is_some() {
        let parsed = parse(code, Language::Python);
        let found = |(name, rule): &(String, Result<FeatureRule, String>)| FeatureEvidence {
            name: name.clone(),
            found: rule.as_ref().is_ok_and(|rule| rule.is_in(&parsed, code)),
        };
        read.features = prepared.features.iter().map(found).collect();
        read.findings.extend(prepared.against.inventory.iter().flat_map(|there| findings(&parsed, code, there)));
    }
    read.findings.extend(prepared.against.analyser.iter().flat_map(|analyser| listed(checked(analyser, code))));
    read
}

/// What rules find in a program. Whoever is graded has no say in it: comments that ignore findings are not heard.
pub(crate) fn checked(analyser: &Analyser, code: &str) -> Vec<Finding> {
    let mut found = analyser.check(code, Grammar::Python);
    found.retain(|finding| finding.confidence >= Confidence::Medium);
    found
}

/// The worst of what was found, as a row lists it.
fn listed(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|finding| Reverse((finding.severity, finding.confidence)));
    found.truncate(FINDINGS_LISTED);
    found.sort_by(|one, other| (one.place, &one.rule).cmp(&(other.place, &other.rule)));
    // A row is a verdict, not a change of the program.
    found.into_iter().map(|finding| Finding { fix: None, ..finding }).collect()
}
