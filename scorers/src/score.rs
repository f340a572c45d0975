//! The score of one submission: its parts, weighed by the task's rubric.

use proofhouse_types::{Blame, Evidence, Fuel, Outcome, Parts, Rubric, SyntaxEvidence, TestsPart};

/// How one submission did.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// What the score is made of.
    pub parts: Parts,
    /// 0 to 100, rounded to four decimals.
    pub score: f64,
    /// `passed`, or the first thing that did not pass: the loading, then the tests in their order.
    pub outcome: Outcome,
    /// Whose doing the outcome is; none for a pass.
    pub blame: Option<Blame>,
    /// Whether the program loaded and every test passed.
    pub passed: bool,
    /// Fuel of loading the program and of all its tests, in both guests.
    pub fuel: Fuel,
}

/// Scores one submission from what is known about it.
///
/// Parts that the task lacks are left out and the weights of the others are scaled to 100. Where the weights of all that is
/// left are 0, nothing says how parts weigh, and the score is 100 for a pass and 0 otherwise.
/// A program that could not be loaded has passed none of the task's tests. A test that was skipped or could not be judged
/// has not passed.
#[must_use]
pub fn score(evidence: &Evidence, rubric: &Rubric) -> Scored {
    let parts = Parts { syntax: Some(parses(evidence.syntax)), tests: tests_part(evidence) };
    let (outcome, blame) = first_not_passed(evidence);
    let passed = outcome == Outcome::Passed;
    let score = round(weigh(&parts, rubric).unwrap_or(if passed { 100.0 } else { 0.0 }));
    let fuel = evidence
        .tests
        .iter()
        .fold(evidence.load_fuel.0, |sum, test| sum.saturating_add(test.fuel.0).saturating_add(test.judge_fuel.0));
    Scored { parts, score, outcome, blame, passed, fuel: Fuel(fuel) }
}

fn parses(syntax: SyntaxEvidence) -> bool {
    match syntax {
        SyntaxEvidence::Valid => true,
        SyntaxEvidence::Invalid | SyntaxEvidence::Absent => false,
    }
}

fn tests_part(evidence: &Evidence) -> Option<TestsPart> {
    let passed = evidence.tests.iter().filter(|test| test.outcome == Outcome::Passed).count();
    (evidence.tests_total > 0).then_some(TestsPart { passed, of: evidence.tests_total })
}

fn first_not_passed(evidence: &Evidence) -> (Outcome, Option<Blame>) {
    let not_passed = evidence.load.iter().chain(&evidence.tests).find(|test| test.outcome != Outcome::Passed);
    match not_passed {
        Some(test) => (test.outcome, test.blame),
        // A test that left no evidence has not been seen to pass.
        None if evidence.tests.len() < evidence.tests_total => (Outcome::Skipped, None),
        None => (Outcome::Passed, None),
    }
}

/// The weighed mean of the parts, 0 to 100; none where nothing has weight.
fn weigh(parts: &Parts, rubric: &Rubric) -> Option<f64> {
    let syntax = parts.syntax.map(|parses| (rubric.syntax, if parses { 1.0 } else { 0.0 }));
    let tests = parts.tests.map(|tests| (rubric.tests, tests.passed as f64 / tests.of as f64));
    let weighed = || [syntax, tests].into_iter().flatten();
    let total: f64 = weighed().map(|(weight, _)| weight).sum();
    let earned: f64 = weighed().map(|(weight, share)| weight * share).sum();
    (total > 0.0).then(|| 100.0 * earned / total)
}

/// Four decimals tell apart 1 test in 10,000, and make rows equal whatever the order of the additions.
fn round(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use proofhouse_types::TestEvidence;

    use super::*;
    use Outcome::{Failed, NotJudged, OutOfFuel, Passed, Raised, Skipped};

    fn test(outcome: Outcome) -> TestEvidence {
        let blame = (outcome != Passed).then_some(Blame::Solution);
        let fuel = (Fuel(7), Fuel(3));
        TestEvidence {
            name: outcome.to_string(),
            outcome,
            blame,
            fuel: fuel.0,
            judge_fuel: fuel.1,
            ..Default::default()
        }
    }

    fn ran(outcomes: &[Outcome]) -> Evidence {
        let tests: Vec<_> = outcomes.iter().map(|&outcome| test(outcome)).collect();
        Evidence { tests_total: tests.len(), tests, load_fuel: Fuel(5), ..Evidence::default() }
    }

    fn not_loaded(syntax: SyntaxEvidence, outcome: Outcome, tests_total: usize) -> Evidence {
        Evidence { syntax, load: Some(test(outcome)), tests_total, load_fuel: Fuel(5), ..Evidence::default() }
    }

    fn rubric(syntax: f64, features: f64, tests: f64) -> Rubric {
        Rubric { syntax, features, tests }
    }

    #[test]
    fn scores_are_the_weighed_parts() {
        use SyntaxEvidence::{Absent, Invalid, Valid};
        let default = Rubric::default();
        let cases = [
            ("all pass", ran(&[Passed, Passed]), default, 100.0, Passed),
            ("one of two", ran(&[Passed, Failed]), default, 66.6667, Failed),
            ("one of three", ran(&[Failed, Passed, Raised]), default, 55.5556, Failed),
            ("none of two", ran(&[OutOfFuel, Failed]), default, 33.3333, OutOfFuel),
            ("skipped", ran(&[Passed, Skipped]), default, 66.6667, Skipped),
            ("not judged", ran(&[NotJudged]), default, 33.3333, NotJudged),
            ("no tests", ran(&[]), default, 100.0, Passed),
            ("no tests, does not load", not_loaded(Valid, Raised, 0), default, 100.0, Raised),
            ("does not parse", not_loaded(Invalid, Outcome::SyntaxError, 4), default, 0.0, Outcome::SyntaxError),
            ("cut off", not_loaded(Invalid, Outcome::Truncated, 4), default, 0.0, Outcome::Truncated),
            ("no code", not_loaded(Absent, Outcome::NoCode, 4), default, 0.0, Outcome::NoCode),
            ("raises when loaded", not_loaded(Valid, Raised, 4), default, 33.3333, Raised),
            ("tests alone", ran(&[Passed, Failed]), rubric(0.0, 0.0, 1.0), 50.0, Failed),
            ("syntax alone", ran(&[Failed]), rubric(5.0, 0.0, 0.0), 100.0, Failed),
            ("tests heavy", ran(&[Passed, Failed, Failed, Failed]), rubric(10.0, 0.0, 90.0), 32.5, Failed),
            ("no weights, passed", ran(&[Passed]), rubric(0.0, 0.0, 0.0), 100.0, Passed),
            ("no weights, failed", ran(&[Passed, Failed]), rubric(0.0, 0.0, 0.0), 0.0, Failed),
            ("weight on an absent part", ran(&[Passed, Failed]), rubric(0.0, 100.0, 0.0), 0.0, Failed),
        ];
        for (name, evidence, rubric, expected, outcome) in cases {
            let scored = score(&evidence, &rubric);
            assert_eq!((scored.score, scored.outcome), (expected, outcome), "{name}");
            assert_eq!(scored.passed, outcome == Passed, "{name}");
            assert_eq!(scored.blame.is_none(), scored.passed, "{name}");
        }
    }

    #[test]
    fn parts_that_the_task_lacks_are_absent() {
        assert_eq!(score(&ran(&[]), &Rubric::default()).parts, Parts { syntax: Some(true), tests: None });
        let of_three = score(&not_loaded(SyntaxEvidence::Valid, Raised, 3), &Rubric::default());
        assert_eq!(of_three.parts, Parts { syntax: Some(true), tests: Some(TestsPart { passed: 0, of: 3 }) });
    }

    #[test]
    fn a_test_without_evidence_is_no_pass() {
        let evidence = Evidence { tests_total: 2, ..ran(&[Passed]) };
        let scored = score(&evidence, &Rubric::default());
        assert_eq!((scored.passed, scored.outcome, scored.blame), (false, Skipped, None));
    }

    #[test]
    fn fuel_is_that_of_loading_and_of_all_tests() {
        assert_eq!(score(&ran(&[Passed, Failed]), &Rubric::default()).fuel, Fuel(25));
        let mut evidence = ran(&[Passed]);
        evidence.load_fuel = Fuel(u64::MAX);
        assert_eq!(score(&evidence, &Rubric::default()).fuel, Fuel(u64::MAX));
    }
}
