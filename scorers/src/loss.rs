//! What would raise a score: the points that each part lost, and how to win them.

use proofhouse_types::{Evidence, Loss, Outcome, Parts, SyntaxEvidence, TestEvidence, TestsPart};

use crate::score::{Part, Weighed, round};
use crate::security::worst;

/// Tests that an entry names: three tell what is wrong, and the report has them all.
const NAMED: usize = 3;

/// One entry a part that has weight and is not full, the largest loss first; of equal ones in the order of the parts.
pub(crate) fn losses(evidence: &Evidence, parts: &Parts, weighed: &[Weighed]) -> Vec<Loss> {
    let total: f64 = weighed.iter().map(|part| part.weight).sum();
    let lost = weighed.iter().filter(|part| part.weight > 0.0 && part.share < 1.0);
    let mut losses: Vec<Loss> = lost
        .map(|part| Loss {
            part: name(part.part).to_owned(),
            points: round(100.0 * part.weight * (1.0 - part.share) / total),
            to_win: to_win(part.part, evidence, parts),
        })
        .collect();
    losses.sort_by(|a, b| b.points.total_cmp(&a.points));
    losses
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Syntax => "syntax",
        Part::Features => "features",
        Part::Tests => "tests",
        Part::Efficiency => "efficiency",
        Part::Security => "security",
    }
}

fn to_win(part: Part, evidence: &Evidence, parts: &Parts) -> String {
    match part {
        Part::Syntax => parses(evidence).to_owned(),
        Part::Features => parts.features.as_ref().map_or_else(String::new, |features| named(&features.missing, 0)),
        // Efficiency has a part only where it is weighed apart from the tests.
        Part::Tests => tests(evidence, parts.tests, |test| parts.efficiency.is_none() || !test.is_efficiency),
        Part::Efficiency => tests(evidence, parts.efficiency, |test| test.is_efficiency),
        Part::Security => secure(evidence),
    }
}

/// The worst finding, and how many more there are.
fn secure(evidence: &Evidence) -> String {
    match (evidence.syntax, worst(evidence).as_slice()) {
        (SyntaxEvidence::Invalid | SyntaxEvidence::Absent, _) | (SyntaxEvidence::Valid, []) => {
            parses(evidence).to_owned()
        }
        (SyntaxEvidence::Valid, [worst, others @ ..]) => {
            let first = format!("line {}: {} ({})", worst.place.line, worst.message, worst.rule);
            named(&[first], others.len())
        }
    }
}

fn parses(evidence: &Evidence) -> &'static str {
    let cut_off = evidence.load.as_ref().is_some_and(|load| load.outcome == Outcome::Truncated);
    match evidence.syntax {
        _ if cut_off => "a program that is not cut off",
        SyntaxEvidence::Absent => "a reply with a program",
        SyntaxEvidence::Valid | SyntaxEvidence::Invalid => "a program that parses",
    }
}

fn tests(evidence: &Evidence, part: Option<TestsPart>, belongs: impl Fn(&TestEvidence) -> bool) -> String {
    match (&evidence.load, evidence.syntax) {
        (Some(load), SyntaxEvidence::Valid) => return format!("a program that can be loaded ({})", load.outcome),
        (Some(_), SyntaxEvidence::Invalid | SyntaxEvidence::Absent) => return parses(evidence).to_owned(),
        (None, _) => {}
    }
    let not_passed = evidence.tests.iter().filter(|test| belongs(test) && test.outcome != Outcome::Passed);
    let names: Vec<String> = not_passed.take(NAMED).map(|test| format!("{} ({})", test.name, test.outcome)).collect();
    let lost = part.map_or(0, |part| part.of - part.passed);
    named(&names, lost.saturating_sub(names.len()))
}

/// Names in a row, then how many more there are.
fn named(names: &[String], more: usize) -> String {
    let names = names.join(", ");
    match (names.is_empty(), more) {
        (_, 0) => names,
        (true, _) => format!("{more} that did not run"),
        (false, _) => format!("{names} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{Correctness, FeatureEvidence, Rubric, Severity};

    use super::*;
    use crate::score;
    use crate::security::tests::finding;
    use Outcome::{Failed, NoCode, OutOfFuel, Passed, Raised, SyntaxError, Truncated, WaitedForInput};

    fn test(name: &str, outcome: Outcome) -> TestEvidence {
        TestEvidence { name: name.to_owned(), outcome, ..TestEvidence::default() }
    }

    fn ran(tests: &[(&str, Outcome)]) -> Evidence {
        let tests: Vec<_> = tests.iter().map(|&(name, outcome)| test(name, outcome)).collect();
        Evidence { tests_total: tests.len(), tests, ..Evidence::default() }
    }

    fn not_loaded(syntax: SyntaxEvidence, outcome: Outcome) -> Evidence {
        Evidence { syntax, load: Some(test("", outcome)), tests_total: 7, ..Evidence::default() }
    }

    fn with_features(features: &[(&str, bool)], evidence: Evidence) -> Evidence {
        let features = features.iter().map(|&(name, found)| FeatureEvidence { name: name.to_owned(), found }).collect();
        Evidence { features, ..evidence }
    }

    fn check(evidence: &Evidence, rubric: Rubric, expected: &[(&str, f64, &str)]) {
        let scored = score(evidence, &rubric);
        let losses: Vec<_> =
            scored.losses.iter().map(|loss| (loss.part.as_str(), loss.points, loss.to_win.as_str())).collect();
        assert_eq!(losses, expected);
    }

    #[test]
    fn a_full_score_lost_nothing() {
        check(&with_features(&[("recursion", true)], ran(&[("a", Passed)])), Rubric::default(), &[]);
    }

    #[test]
    fn tests_that_fail_are_named_up_to_a_bound() {
        let all = Rubric { correctness: Correctness::All, ..Rubric::default() };
        let three = [("a", Failed), ("b", Passed), ("c", Raised), ("d", OutOfFuel)];
        let five = [("a", Failed), ("b", Raised), ("c", Failed), ("d", Failed), ("e", Failed)];
        check(&ran(&three), Rubric::default(), &[("tests", 50.0, "a (failed), c (raised), d (out_of_fuel)")]);
        check(&ran(&three), all, &[("tests", 66.6667, "a (failed), c (raised), d (out_of_fuel)")]);
        check(&ran(&five), Rubric::default(), &[("tests", 66.6667, "a (failed), b (raised), c (failed) and 2 more")]);
        let partly = Evidence { tests_total: 4, ..ran(&[("a", Passed), ("b", Passed)]) };
        check(&partly, Rubric::default(), &[("tests", 33.3333, "2 that did not run")]);
    }

    #[test]
    fn the_largest_loss_comes_first() {
        let features = [("one function", true), ("a docstring", false), ("type hints", false)];
        check(
            &with_features(&features, ran(&[("a", Failed), ("b", Passed)])),
            Rubric::default(),
            &[("features", 26.6667, "a docstring, type hints"), ("tests", 20.0, "a (failed)")],
        );
        check(
            &with_features(&features[1..], ran(&[("a", Failed)])),
            Rubric::default(),
            &[("features", 40.0, "a docstring, type hints"), ("tests", 40.0, "a (failed)")],
        );
    }

    #[test]
    fn what_kept_a_program_from_loading_is_what_to_mend() {
        use SyntaxEvidence::{Absent, Invalid, Valid};
        let of = |syntax, outcome, to_win: &str| {
            let both = [("tests", 66.6667, to_win), ("syntax", 33.3333, to_win)];
            check(&not_loaded(syntax, outcome), Rubric::default(), if syntax == Valid { &both[..1] } else { &both });
        };
        of(Invalid, SyntaxError, "a program that parses");
        of(Invalid, Truncated, "a program that is not cut off");
        of(Absent, NoCode, "a reply with a program");
        of(Valid, WaitedForInput, "a program that can be loaded (waited_for_input)");
    }

    #[test]
    fn efficiency_is_named_in_the_part_that_it_counts_in() {
        let mut evidence = ran(&[("a", Failed), ("fast", Failed)]);
        evidence.tests[1].is_efficiency = true;
        evidence.efficiency_total = 1;
        check(&evidence, Rubric::default(), &[("tests", 66.6667, "a (failed), fast (failed)")]);
        let apart = Rubric { efficiency: 40.0, ..Rubric::default() };
        check(&evidence, apart, &[("tests", 40.0, "a (failed)"), ("efficiency", 40.0, "fast (failed)")]);
    }

    #[test]
    fn the_worst_hole_is_named() {
        let findings = vec![finding(Severity::Low, 2), finding(Severity::Medium, 7)];
        let evidence = Evidence { findings, is_checked: true, ..ran(&[("a", Passed)]) };
        check(&evidence, Rubric::default(), &[]);
        let weighed = Rubric { security: 40.0, ..Rubric::default() };
        check(&evidence, weighed, &[("security", 20.0, "line 7: It is wrong (python/medium) and 1 more")]);
        let cut_off = Evidence { is_checked: true, ..not_loaded(SyntaxEvidence::Absent, Truncated) };
        let alone = Rubric { security: 40.0, syntax: 0.0, tests: 0.0, ..Rubric::default() };
        check(&cut_off, alone, &[("security", 100.0, "a program that is not cut off")]);
    }

    #[test]
    fn parts_without_weight_lose_nothing() {
        let evidence = with_features(&[("a docstring", false)], ran(&[("a", Failed)]));
        check(&evidence, Rubric { features: 0.0, ..Rubric::default() }, &[("tests", 66.6667, "a (failed)")]);
        check(&evidence, Rubric { syntax: 0.0, features: 0.0, tests: 0.0, ..Rubric::default() }, &[]);
    }
}
