//! What a program's text says by itself: the features that it has, and the names in it that don't exist. Damaged programs are
//! read as far as they go.

use proofhouse_syntax::{FeatureRule, findings, parse};
use proofhouse_types::{FeatureEvidence, Finding, Language};

use crate::prepared::Prepared;

/// What was read.
#[derive(Default)]
pub(crate) struct Read {
    pub features: Vec<FeatureEvidence>,
    pub findings: Vec<Finding>,
}

pub(crate) fn read(prepared: &Prepared, code: &str) -> Read {
    if prepared.features.is_empty() && prepared.inventory.is_none() {
        return Read::default();
    }
    let parsed = parse(code, Language::Python);
    let found = |(name, rule): &(String, Result<FeatureRule, String>)| FeatureEvidence {
        name: name.clone(),
        found: rule.as_ref().is_ok_and(|rule| rule.is_in(&parsed, code)),
    };
    Read {
        features: prepared.features.iter().map(found).collect(),
        findings: prepared.inventory.as_ref().map_or_else(Vec::new, |inventory| findings(&parsed, code, inventory)),
    }
}
