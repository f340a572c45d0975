//! How safe a program's text is, by what rules found in it.

use proofhouse_types::{Category, Confidence, Evidence, Finding, SecurityPart, Severity, SyntaxEvidence};

/// What a finding costs, by its severity. Nobody has measured how bad one is against another, so these are our own judgement: a
/// hole that gives away the machine or the data makes a program unfit by itself, two or three that an attacker has to work for do,
/// and hardening that is missing weighs as much only where nearly all of it is.
fn cost(severity: Severity) -> f64 {
    match severity {
        Severity::High => 1.0,
        Severity::Medium => 0.4,
        Severity::Low => 0.1,
    }
}

/// The part of a report; none where no rules were tried. Findings of low confidence count for nothing, nor do those of
/// robustness, integrity and names. What does not parse has not been seen to be safe.
pub(crate) fn security(evidence: &Evidence) -> Option<SecurityPart> {
    if !evidence.is_checked {
        return None;
    }
    let count = |severity| evidence.findings.iter().filter(|found| counts(found) && found.severity == severity).count();
    let (high, medium, low) = (count(Severity::High), count(Severity::Medium), count(Severity::Low));
    let lost = |number: usize, severity| number as f64 * cost(severity);
    let lost = lost(high, Severity::High) + lost(medium, Severity::Medium) + lost(low, Severity::Low);
    let share = match evidence.syntax {
        // Rounded, so that ten of 0.1 are a whole.
        SyntaxEvidence::Valid => (100.0 * (1.0 - lost)).round().max(0.0) / 100.0,
        SyntaxEvidence::Invalid | SyntaxEvidence::Absent => 0.0,
    };
    Some(SecurityPart { high, medium, low, share })
}

/// The findings that cost points, the worst first: by severity, then by confidence, then by place.
pub(crate) fn worst(evidence: &Evidence) -> Vec<&Finding> {
    let mut found: Vec<&Finding> = evidence.findings.iter().filter(|finding| counts(finding)).collect();
    found.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.severity, finding.confidence);
        key(other).cmp(&key(one)).then(one.place.cmp(&other.place))
    });
    found
}

fn counts(finding: &Finding) -> bool {
    finding.category == Category::Security && finding.confidence >= Confidence::Medium
}

#[cfg(test)]
pub(crate) mod tests {
    use proofhouse_types::Place;

    use super::*;

    pub(crate) fn finding(severity: Severity, line: usize) -> Finding {
        Finding {
            rule: format!("python/{severity}"),
            category: Category::Security,
            severity,
            confidence: Confidence::High,
            cwe: Vec::new(),
            place: Place { line, ..Place::default() },
            message: "It is wrong".to_owned(),
            flow: Vec::new(),
            damaged: false,
            fingerprint: String::new(),
            fix: None,
        }
    }

    fn checked(findings: Vec<Finding>) -> Evidence {
        Evidence { findings, is_checked: true, ..Evidence::default() }
    }

    #[test]
    fn each_finding_costs_by_its_severity_down_to_nothing() {
        use Severity::{High, Low, Medium};
        let cases: [(&[Severity], f64); 8] = [
            (&[], 1.0),
            (&[Low], 0.9),
            (&[Medium], 0.6),
            (&[High], 0.0),
            (&[Medium, Low, Low], 0.4),
            (&[Medium, Medium], 0.2),
            (&[Medium, Medium, Medium], 0.0),
            (&[Low; 10], 0.0),
        ];
        for (severities, share) in cases {
            let evidence = checked(severities.iter().map(|severity| finding(*severity, 1)).collect());
            assert_eq!(security(&evidence).unwrap().share, share, "{severities:?}");
        }
    }

    #[test]
    fn only_security_of_some_confidence_counts() {
        let found = |category, confidence| Finding { category, confidence, ..finding(Severity::High, 1) };
        let part = |finding| security(&checked(vec![finding])).unwrap();
        assert_eq!(part(found(Category::Security, Confidence::Medium)).high, 1);
        for (category, confidence) in [
            (Category::Security, Confidence::Low),
            (Category::Robustness, Confidence::High),
            (Category::Integrity, Confidence::High),
            (Category::Names, Confidence::High),
        ] {
            assert_eq!(part(found(category, confidence)), SecurityPart { share: 1.0, ..SecurityPart::default() });
        }
    }

    #[test]
    fn what_does_not_parse_earns_nothing_and_what_was_not_read_has_no_part() {
        for syntax in [SyntaxEvidence::Invalid, SyntaxEvidence::Absent] {
            assert_eq!(security(&Evidence { syntax, ..checked(Vec::new()) }).unwrap().share, 0.0);
        }
        assert_eq!(security(&Evidence::default()), None);
    }

    #[test]
    fn the_worst_comes_first() {
        let medium = Finding { confidence: Confidence::Medium, ..finding(Severity::High, 1) };
        let evidence =
            checked(vec![finding(Severity::Low, 1), medium, finding(Severity::High, 9), finding(Severity::High, 3)]);
        let lines: Vec<_> = worst(&evidence).iter().map(|finding| (finding.severity, finding.place.line)).collect();
        assert_eq!(lines, [(Severity::High, 3), (Severity::High, 9), (Severity::High, 1), (Severity::Low, 1)]);
    }
}
