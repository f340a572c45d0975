//! The score of one submission: its parts, weighed by the task's rubric.

use proofhouse_types::{
    Blame, Correctness, Evidence, FeaturesPart, Fuel, Loss, Outcome, Parts, Rubric, SyntaxEvidence, TestsPart,
};

use crate::loss::losses;
use crate::security::security;

/// How one submission did.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// What the score is made of.
    pub parts: Parts,
    /// 0 to 100, rounded to four decimals.
    pub score: f64,
    /// What would raise the score: one entry a part that is not full, the largest loss first.
    pub losses: Vec<Loss>,
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
/// Parts that the task lacks are left out and the weights of the others are scaled to 100. Where the weights of all that
/// is left are 0, nothing says how parts weigh, and the score is 100 for a pass and 0 otherwise. Features count by their
/// share, whether the program runs or not, and are no matter for a pass. Tests of efficiency are a part of their own
/// where the rubric weighs them, and tests like any other where it does not. A program that could not be loaded has
/// passed none of the task's tests. A test that was skipped or could not be judged has not passed.
#[must_use]
pub fn score(evidence: &Evidence, rubric: &Rubric) -> Scored {
    let parts = parts(evidence, rubric);
    let weighed = weigh(&parts, rubric);
    let total: f64 = weighed.iter().map(|part| part.weight).sum();
    let earned: f64 = weighed.iter().map(|part| part.weight * part.share).sum();
    let (outcome, blame) = first_not_passed(evidence);
    let passed = outcome == Outcome::Passed;
    let unweighed = if passed { 100.0 } else { 0.0 };
    let score = round(if total > 0.0 { 100.0 * earned / total } else { unweighed });
    let losses = losses(evidence, &parts, &weighed);
    let fuel = evidence
        .tests
        .iter()
        .fold(evidence.load_fuel.0, |sum, test| sum.saturating_add(test.fuel.0).saturating_add(test.judge_fuel.0));
    Scored { parts, score, losses, outcome, blame, passed, fuel: Fuel(fuel) }
}

/// A part of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Syntax,
    Features,
    Tests,
    Efficiency,
    Security,
}

/// What a part weighs, and the share of it that was earned, 0 to 1.
pub(crate) struct Weighed {
    pub(crate) part: Part,
    pub(crate) weight: f64,
    pub(crate) share: f64,
}

fn parts(evidence: &Evidence, rubric: &Rubric) -> Parts {
    let apart = rubric.efficiency > 0.0;
    let efficiency_total = if apart { evidence.efficiency_total } else { 0 };
    let tests = |is_efficiency: bool, of: usize| {
        let passed = evidence.tests.iter().filter(|test| test.outcome == Outcome::Passed);
        let passed = passed.filter(|test| (apart && test.is_efficiency) == is_efficiency).count();
        (of > 0).then_some(TestsPart { passed, of })
    };
    Parts {
        syntax: Some(parses(evidence.syntax)),
        features: features(evidence),
        tests: tests(false, evidence.tests_total.saturating_sub(efficiency_total)),
        efficiency: tests(true, efficiency_total),
        security: security(evidence),
    }
}

fn parses(syntax: SyntaxEvidence) -> bool {
    match syntax {
        SyntaxEvidence::Valid => true,
        SyntaxEvidence::Invalid | SyntaxEvidence::Absent => false,
    }
}

fn features(evidence: &Evidence) -> Option<FeaturesPart> {
    let of = evidence.features.len();
    let missing = evidence.features.iter().filter(|feature| !feature.found);
    let missing: Vec<String> = missing.map(|feature| feature.name.clone()).collect();
    (of > 0).then(|| FeaturesPart { found: of - missing.len(), of, missing })
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

/// The parts that the task has, in the order of reports.
fn weigh(parts: &Parts, rubric: &Rubric) -> Vec<Weighed> {
    let share = |tests: TestsPart| tests.passed as f64 / tests.of as f64;
    let tests = |tests: TestsPart| match rubric.correctness {
        Correctness::Share => share(tests),
        Correctness::All => f64::from(tests.passed == tests.of),
    };
    let shares = [
        (Part::Syntax, rubric.syntax, parts.syntax.map(f64::from)),
        (Part::Features, rubric.features, parts.features.as_ref().map(|part| part.found as f64 / part.of as f64)),
        (Part::Tests, rubric.tests, parts.tests.map(tests)),
        (Part::Efficiency, rubric.efficiency, parts.efficiency.map(share)),
        (Part::Security, rubric.security, parts.security.map(|part| part.share)),
    ];
    shares.into_iter().filter_map(|(part, weight, share)| Some(Weighed { part, weight, share: share? })).collect()
}

/// Four decimals tell apart 1 test in 10,000, and make rows equal whatever the order of the additions.
pub(crate) fn round(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FeatureEvidence, TestEvidence};

    use super::*;
    use Outcome::{Failed, NotJudged, OutOfFuel, Passed, Raised, Skipped, WaitedForInput};

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

    /// With features of which the first are found.
    fn with_features(found: usize, of: usize, evidence: Evidence) -> Evidence {
        let features = (0..of).map(|i| FeatureEvidence { name: format!("feature {i}"), found: i < found }).collect();
        Evidence { features, ..evidence }
    }

    /// With one more test, of efficiency.
    fn with_efficiency(outcome: Outcome, mut evidence: Evidence) -> Evidence {
        evidence.tests.push(TestEvidence { is_efficiency: true, ..test(outcome) });
        Evidence { tests_total: evidence.tests_total + 1, efficiency_total: evidence.efficiency_total + 1, ..evidence }
    }

    fn rubric(syntax: f64, features: f64, tests: f64) -> Rubric {
        Rubric { syntax, features, tests, efficiency: 0.0, security: 0.0, correctness: Correctness::Share }
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
    fn features_count_whether_the_program_runs_or_not() {
        use SyntaxEvidence::{Absent, Invalid, Valid};
        let default = Rubric::default();
        let cases = [
            ("all", with_features(10, 10, ran(&[Passed; 7])), default, 100.0, Passed),
            ("never loads", with_features(10, 10, not_loaded(Valid, WaitedForInput, 7)), default, 60.0, WaitedForInput),
            (
                "does not parse",
                with_features(7, 10, not_loaded(Invalid, Outcome::SyntaxError, 7)),
                default,
                28.0,
                Outcome::SyntaxError,
            ),
            (
                "cut off",
                with_features(5, 10, not_loaded(Invalid, Outcome::Truncated, 7)),
                default,
                20.0,
                Outcome::Truncated,
            ),
            ("no code", with_features(0, 10, not_loaded(Absent, Outcome::NoCode, 7)), default, 0.0, Outcome::NoCode),
            ("one is missing", with_features(2, 3, ran(&[Passed])), default, 86.6667, Passed),
            ("no tests", with_features(1, 2, ran(&[])), default, 66.6667, Passed),
            ("of no weight", with_features(0, 2, ran(&[Passed])), rubric(20.0, 0.0, 40.0), 100.0, Passed),
        ];
        for (name, evidence, rubric, expected, outcome) in cases {
            let scored = score(&evidence, &rubric);
            assert_eq!((scored.score, scored.outcome), (expected, outcome), "{name}");
            assert_eq!(scored.passed, outcome == Passed, "{name}");
        }
    }

    #[test]
    fn tests_count_by_their_share_or_not_at_all() {
        let all = Rubric { correctness: Correctness::All, ..Rubric::default() };
        let apart = Rubric { efficiency: 20.0, ..all };
        let cases = [
            ("all pass", ran(&[Passed, Passed]), all, 100.0),
            ("one of three fails", ran(&[Passed, Failed, Passed]), all, 33.3333),
            ("does not load", not_loaded(SyntaxEvidence::Valid, Raised, 2), all, 33.3333),
            ("too slow", with_efficiency(Failed, ran(&[Passed])), all, 33.3333),
            ("too slow, weighed apart", with_efficiency(Failed, ran(&[Passed])), apart, 75.0),
        ];
        for (name, evidence, rubric, expected) in cases {
            assert_eq!(score(&evidence, &rubric).score, expected, "{name}");
        }
    }

    #[test]
    fn efficiency_is_a_part_where_the_rubric_weighs_it() {
        let slow = with_efficiency(Failed, ran(&[Passed, Passed]));
        let among = score(&slow, &Rubric::default());
        assert_eq!(among.parts.tests, Some(TestsPart { passed: 2, of: 3 }));
        assert_eq!((among.parts.efficiency, among.score), (None, 77.7778));
        let weighed = Rubric { efficiency: 40.0, ..Rubric::default() };
        let apart = score(&slow, &weighed);
        assert_eq!(apart.parts.tests, Some(TestsPart { passed: 2, of: 2 }));
        assert_eq!((apart.parts.efficiency, apart.score), (Some(TestsPart { passed: 0, of: 1 }), 60.0));
        assert!(!apart.passed);
        let not_loaded = Evidence { efficiency_total: 1, ..not_loaded(SyntaxEvidence::Valid, Raised, 3) };
        let not_loaded = score(&not_loaded, &weighed);
        assert_eq!(not_loaded.parts.tests, Some(TestsPart { passed: 0, of: 2 }));
        assert_eq!((not_loaded.parts.efficiency, not_loaded.score), (Some(TestsPart { passed: 0, of: 1 }), 20.0));
        let alone = score(&with_efficiency(Passed, ran(&[])), &weighed);
        assert_eq!((alone.parts.tests, alone.score), (None, 100.0));
    }

    #[test]
    fn parts_that_the_task_lacks_are_absent() {
        assert_eq!(score(&ran(&[]), &Rubric::default()).parts, Parts { syntax: Some(true), ..Parts::default() });
        let of_three = score(&not_loaded(SyntaxEvidence::Valid, Raised, 3), &Rubric::default());
        let tests = Some(TestsPart { passed: 0, of: 3 });
        assert_eq!(of_three.parts, Parts { syntax: Some(true), tests, ..Parts::default() });
    }

    #[test]
    fn features_that_are_missing_are_named() {
        let parts = score(&with_features(1, 3, ran(&[Passed])), &Rubric::default()).parts;
        let missing = vec!["feature 1".to_owned(), "feature 2".to_owned()];
        assert_eq!(parts.features, Some(FeaturesPart { found: 1, of: 3, missing }));
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
