//! What rules must not find: a test of the program's text, whatever the program does.

use std::cmp::Reverse;

use proofhouse_types::{Blame, Category, Finding, Outcome, SecurityCheck, TestEvidence};

use crate::prepared::Prepared;
use crate::text::checked;

/// The worst finding is the message. SQL is read by no rules, and has none.
pub(super) fn run(prepared: &Prepared, code: &str, check: SecurityCheck) -> TestEvidence {
    let found = prepared.against.analyser.iter().flat_map(|analyser| checked(analyser, code));
    let counts = |finding: &Finding| finding.category == Category::Security && finding.severity >= check.severity;
    let worst = found.filter(counts).min_by_key(|finding| (Reverse(finding.severity), finding.place));
    match worst {
        None => TestEvidence { outcome: Outcome::Passed, ..TestEvidence::default() },
        Some(Finding { rule, severity, place, message, .. }) => TestEvidence {
            outcome: Outcome::Failed,
            message: format!("line {}: {message} ({severity}, {rule})", place.line),
            blame: Some(Blame::Solution),
            ..TestEvidence::default()
        },
    }
}
