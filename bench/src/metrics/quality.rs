//! How good a model's code is: what passes, and what its text says.

use std::collections::{BTreeMap, HashMap};

use proofhouse::{agreement, flips, pass_at_k, pass_hat_k};
use proofhouse_types::{Category, Outcome, PassAtK, Report, Severity, TaskId};

use crate::metrics::{Measured, TaskRows};
use crate::row::SampleRow;
use crate::statistics::{Tally, geometric_mean, rate, share};
use crate::summary::{Estimate, Quality};

/// The values of k that are told: small ones as repeats of a run are, and those of Chen et al. 2021.
const KS: [u32; 6] = [1, 2, 3, 5, 10, 100];

/// All severities, the worst first.
const SEVERITIES: [Severity; 3] = [Severity::High, Severity::Medium, Severity::Low];

/// The category of tasks that have none.
const NO_CATEGORY: &str = "none";

/// pass@k or pass^k of tasks, each given as its number of samples and how many of them passed.
type Estimator = fn(&[(usize, usize)], u32) -> Option<PassAtK>;

/// How good the code of one model is. `least_fuel` is what the thriftiest passing sample of any model used on a task.
pub(crate) fn quality(measured: &Measured<'_>, least_fuel: &HashMap<TaskId, u64>) -> Quality {
    let graded: Vec<&TaskRows<'_>> = measured.tasks.iter().filter(|task| task.counts().0 > 0).collect();
    let counts: Vec<(usize, usize)> = graded.iter().map(|task| task.counts()).collect();
    let outcomes: Vec<Vec<Option<Outcome>>> =
        graded.iter().map(|task| verdicts(task).map(|(_, report)| report.outcome).collect()).collect();
    let ks = |least: u32, estimator: Estimator| {
        let ks = KS.into_iter().filter(|k| *k >= least);
        ks.filter_map(|k| Some((k, over_tasks(&counts, k, estimator)?))).collect()
    };
    let by_severity = |severity: Severity| Some((severity.to_string(), findings_per_100(&graded, &[severity])?));
    Quality {
        pass_at_k: ks(1, pass_at_k),
        pass_hat_k: ks(2, pass_hat_k),
        by_category: by(&graded, |task| task.facts.category.as_deref().unwrap_or(NO_CATEGORY)),
        by_language: by(&graded, |task| &task.facts.language),
        syntax: mean(&graded, |_, _, report| report.parts.syntax.map(|parses| one(f64::from(u8::from(parses))))),
        features: mean(&graded, |_, _, report| {
            report.parts.features.as_ref().map(|features| one(features.found as f64 / features.of as f64))
        }),
        score: mean(&graded, |_, _, report| report.score.map(|score| one(score / 100.0)))
            .map(|share| share.times(100.0)),
        findings_per_100: findings_per_100(&graded, &SEVERITIES),
        findings_by_severity: SEVERITIES.into_iter().filter_map(by_severity).collect(),
        hallucinated_per_100: rate(&tallies(&graded, hallucinated).0).map(|rate| rate.times(100.0)),
        efficiency: mean(&graded, efficiency),
        fuel_ratio: geometric_mean(
            &tallies(&graded, |task, row, report| {
                let least = *least_fuel.get(task.id())?;
                (row.is_accepted() && report.fuel.0 > 0).then(|| one((report.fuel.0 as f64 / least as f64).ln()))
            })
            .0,
        ),
        agreement: agreement(&outcomes),
        flips: flips(&counts),
    }
}

/// What one sample adds.
fn one(got: f64) -> Tally {
    Tally { got, of: 1.0 }
}

/// What the thriftiest passing sample of any model used, task by task.
pub(crate) fn least_fuel(models: &[Measured<'_>]) -> HashMap<TaskId, u64> {
    let mut least: HashMap<TaskId, u64> = HashMap::new();
    for row in models.iter().flat_map(Measured::rows).filter(|row| row.is_accepted()) {
        let fuel = row.verdict().map_or(0, |report| report.fuel.0);
        // Results of others have none.
        if fuel > 0 {
            least.entry(row.task_id.clone()).and_modify(|least| *least = fuel.min(*least)).or_insert(fuel);
        }
    }
    least
}

fn verdicts<'t>(task: &'t TaskRows<'_>) -> impl Iterator<Item = (&'t SampleRow, &'t Report)> {
    task.rows.iter().filter_map(|row| Some((*row, row.verdict()?)))
}

/// An estimate over the tasks that have k samples, where most have: a request that failed leaves its task with fewer.
fn over_tasks(counts: &[(usize, usize)], k: u32, estimator: Estimator) -> Option<Estimate> {
    let values: Vec<(usize, f64)> =
        counts.iter().filter_map(|count| Some((count.0, estimator(&[*count], k)?.value))).collect();
    if 2 * values.len() <= counts.len() {
        return None;
    }
    let tallies: Vec<Tally> = values.iter().map(|(_, value)| Tally { got: *value, of: 1.0 }).collect();
    share(&tallies, values.iter().map(|(samples, _)| samples).sum())
}

/// pass@1 by what a task is among.
fn by<'t>(graded: &[&'t TaskRows<'_>], name: impl Fn(&'t TaskRows<'_>) -> &'t str) -> BTreeMap<String, Estimate> {
    let mut groups: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for task in graded {
        groups.entry(name(task)).or_default().push(task.counts());
    }
    let pass_at_1 = |(name, counts): (&str, Vec<_>)| Some((name.to_owned(), over_tasks(&counts, 1, pass_at_k)?));
    groups.into_iter().filter_map(pass_at_1).collect()
}

/// What each task's samples add, and how many samples add something.
fn tallies(
    graded: &[&TaskRows<'_>],
    add: impl Fn(&TaskRows<'_>, &SampleRow, &Report) -> Option<Tally>,
) -> (Vec<Tally>, usize) {
    let mut samples = 0;
    let of_task = |task: &&TaskRows<'_>| {
        verdicts(task).filter_map(|(row, report)| add(task, row, report)).fold(Tally::default(), |sum, tally| {
            samples += 1;
            Tally { got: sum.got + tally.got, of: sum.of + tally.of }
        })
    };
    (graded.iter().map(of_task).collect(), samples)
}

/// The mean of something between 0 and 1.
fn mean(
    graded: &[&TaskRows<'_>],
    add: impl Fn(&TaskRows<'_>, &SampleRow, &Report) -> Option<Tally>,
) -> Option<Estimate> {
    let (tallies, samples) = tallies(graded, add);
    share(&tallies, samples)
}

/// Security findings of some severities, in programs that rules were tried on.
fn findings_per_100(graded: &[&TaskRows<'_>], severities: &[Severity]) -> Option<Estimate> {
    let found = |_: &TaskRows<'_>, row: &SampleRow, report: &Report| {
        let part = report.parts.security.filter(|_| !row.code.is_empty())?;
        let of = |severity: &Severity| match severity {
            Severity::High => part.high,
            Severity::Medium => part.medium,
            Severity::Low => part.low,
        };
        Some(one(severities.iter().map(of).sum::<usize>() as f64))
    };
    rate(&tallies(graded, found).0).map(|rate| rate.times(100.0))
}

/// Names that don't exist, in programs whose names were looked up: those in Python that this program graded.
fn hallucinated(task: &TaskRows<'_>, row: &SampleRow, report: &Report) -> Option<Tally> {
    if row.code.is_empty() || report.parts.syntax.is_none() || task.facts.language != "python" {
        return None;
    }
    Some(one(names_that_do_not_exist(report) as f64))
}

/// How many names nothing defines.
pub(crate) fn names_that_do_not_exist(report: &Report) -> usize {
    report.findings.iter().filter(|finding| finding.category == Category::Names).count()
}

/// The tests of efficiency that pass, which is by the growth that was measured.
fn efficiency(task: &TaskRows<'_>, _: &SampleRow, report: &Report) -> Option<Tally> {
    let of = task.facts.efficiency_tests;
    let passes = report.tests.iter().filter(|test| test.growth.is_some() && test.outcome == Outcome::Passed).count();
    (of > 0).then_some(Tally { got: passes.min(of) as f64, of: of as f64 })
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{
        Confidence, FailureKind, Finding, Fuel, Growth, GrowthFit, IsolationMode, Parts, Place, SecurityPart,
        TestReport,
    };

    use super::*;
    use crate::config::TaskFacts;
    use crate::example::{config, failed, faulted, row, run};
    use crate::summarise::{SummaryOptions, summarise};
    use crate::summary::Summary;

    const TASKS: [(&str, &str); 3] = [("a", "lists"), ("b", "lists"), ("c", "text")];

    fn summary(models: &[&str], rows: Vec<SampleRow>, repeats: u32) -> Summary {
        summarise(&[run("r", config(models, &TASKS, repeats), rows)], &SummaryOptions::default())
    }

    fn of_rows(rows: Vec<SampleRow>) -> Quality {
        summary(&["m"], rows, 3).models.remove(0).quality
    }

    /// One row for each letter: `p` passed, `f` failed, `x` a failed request, `!` a fault of ours, `s` skipped.
    fn rows(tasks: [&str; 3]) -> Vec<SampleRow> {
        let mut rows = Vec::new();
        for ((task, _), samples) in TASKS.iter().zip(tasks) {
            for (index, sample) in samples.chars().enumerate() {
                let passed = row("m", task, index, Outcome::Passed);
                rows.push(match sample {
                    'p' => passed,
                    'f' => row("m", task, index, Outcome::Failed),
                    'x' => failed(passed, FailureKind::IdleTimeout),
                    '!' => faulted(passed),
                    _ => {
                        let mut skipped = row("m", task, index, Outcome::Skipped);
                        skipped.report.as_mut().unwrap().score = None;
                        skipped
                    }
                });
            }
        }
        rows
    }

    fn values(estimates: &BTreeMap<u32, Estimate>) -> Vec<(u32, f64, usize)> {
        estimates.iter().map(|(k, estimate)| (*k, estimate.value, estimate.count)).collect()
    }

    #[test]
    fn pass_rates_are_means_over_tasks() {
        let quality = of_rows(rows(["ppp", "pff", "fff"]));
        let third = 1.0 / 3.0;
        let close = |got: Vec<(u32, f64, usize)>, expected: &[(u32, f64, usize)]| {
            assert_eq!(got.len(), expected.len(), "{got:?}");
            for (got, expected) in got.iter().zip(expected) {
                assert!(got.0 == expected.0 && (got.1 - expected.1).abs() < 1e-12 && got.2 == expected.2, "{got:?}");
            }
        };
        close(values(&quality.pass_at_k), &[(1, 4.0 / 9.0, 3), (2, 5.0 / 9.0, 3), (3, 2.0 / 3.0, 3)]);
        close(values(&quality.pass_hat_k), &[(2, third, 3), (3, third, 3)]);
        assert_eq!(quality.by_category["lists"].value, 2.0 / 3.0);
        assert_eq!(quality.by_category["text"].value, 0.0);
        assert_eq!(quality.by_language["python"].count, 3);
        assert_eq!((quality.agreement, quality.flips), (Some((1.0 + third + 1.0) / 3.0), 1));
    }

    #[test]
    fn what_has_no_verdict_is_in_no_score() {
        let quality = of_rows(rows(["p!", "px", "s"]));
        assert_eq!(values(&quality.pass_at_k), [(1, 1.0, 2)]);
        assert_eq!((quality.score.unwrap().value, quality.score.unwrap().count), (100.0, 2));
        let none = of_rows(rows(["!", "x", "s"]));
        assert_eq!((none.pass_at_k.len(), none.score, none.syntax), (0, None, None));
    }

    #[test]
    fn k_is_told_where_most_tasks_have_as_many_samples() {
        assert_eq!(values(&of_rows(rows(["ppp", "ppp", "pfx"])).pass_at_k).last().unwrap().2, 2);
        assert_eq!(of_rows(rows(["ppp", "pf", "pfx"])).pass_at_k.keys().max(), Some(&2));
    }

    fn finding(category: Category, severity: Severity) -> Finding {
        Finding {
            rule: "python/own".to_owned(),
            category,
            severity,
            confidence: Confidence::High,
            cwe: Vec::new(),
            place: Place::default(),
            message: "It is wrong".to_owned(),
            flow: Vec::new(),
            damaged: false,
            fingerprint: String::new(),
            fix: None,
        }
    }

    #[test]
    fn findings_are_counted_for_programs_alone() {
        let mut rows = rows(["pp", "pp", "f"]);
        let report = |row: &mut SampleRow| row.report.take().unwrap();
        let first = report(&mut rows[0]);
        rows[0].report = Some(Report {
            parts: Parts { security: Some(SecurityPart { high: 1, medium: 2, low: 0, share: 0.0 }), ..first.parts },
            findings: vec![
                finding(Category::Names, Severity::High),
                finding(Category::Security, Severity::High),
                finding(Category::Robustness, Severity::High),
            ],
            ..first
        });
        // A reply without a program has neither findings nor none.
        rows[4].code = String::new();
        let quality = of_rows(rows);
        assert_eq!(quality.findings_per_100.unwrap().value, 75.0);
        assert_eq!(quality.findings_per_100.unwrap().count, 2);
        let by_severity: Vec<(&str, f64)> =
            quality.findings_by_severity.iter().map(|(name, estimate)| (name.as_str(), estimate.value)).collect();
        assert_eq!(by_severity, [("high", 25.0), ("low", 0.0), ("medium", 50.0)]);
        // None of low severity in two tasks: 3.69 in as many are not excluded.
        assert!((quality.findings_by_severity["low"].high - 184.4).abs() < 0.1);
        assert_eq!(quality.hallucinated_per_100.unwrap().value, 25.0);
    }

    #[test]
    fn shares_are_over_samples() {
        let mut rows = rows(["pf", "p", "f"]);
        rows[3].report.as_mut().unwrap().parts.syntax = Some(false);
        rows[1].report.as_mut().unwrap().parts.features = None;
        let quality = of_rows(rows);
        assert_eq!(quality.syntax.unwrap().value, 0.75);
        assert_eq!(quality.features.unwrap().value, 2.0 / 3.0);
        assert!((quality.score.unwrap().value - 60.0).abs() < 1e-9);
        assert!(quality.score.unwrap().high <= 100.0);
    }

    fn efficiency_test(outcome: Outcome, growth: Option<GrowthFit>) -> TestReport {
        TestReport {
            name: "grows".to_owned(),
            outcome,
            message: String::new(),
            blame: None,
            fuel: Fuel(1),
            judge_fuel: Fuel(0),
            calls: 0,
            vouched: None,
            growth,
            isolation: IsolationMode::Shared,
        }
    }

    #[test]
    fn efficiency_is_over_tests_of_efficiency() {
        let growth = GrowthFit { class: Growth::Linear, confidence: 1.0, points: Vec::new() };
        let mut rows = rows(["pf", "p", ""]);
        rows[0].report.as_mut().unwrap().tests =
            vec![efficiency_test(Outcome::Passed, Some(growth)), efficiency_test(Outcome::Passed, None)];
        let mut config = config(&["m"], &TASKS, 2);
        config.tasks[0] = TaskFacts { efficiency_tests: 2, ..config.tasks[0].clone() };
        let summary = summarise(&[run("r", config, rows)], &SummaryOptions::default());
        let efficiency = summary.models[0].quality.efficiency.unwrap();
        assert_eq!((efficiency.value, efficiency.count), (0.25, 1));
    }

    #[test]
    fn fuel_is_held_against_the_thriftiest_sample_of_any_model() {
        let with_fuel = |model: &str, task: &str, outcome, fuel| {
            let mut row = row(model, task, 0, outcome);
            row.report.as_mut().unwrap().fuel = Fuel(fuel);
            row
        };
        let rows = vec![
            with_fuel("m", "a", Outcome::Passed, 200),
            with_fuel("m", "b", Outcome::Passed, 800),
            with_fuel("m", "c", Outcome::Failed, 1),
            with_fuel("n", "a", Outcome::Passed, 100),
            with_fuel("n", "b", Outcome::Passed, 100),
            with_fuel("n", "c", Outcome::Passed, 100),
        ];
        let summary = summary(&["m", "n"], rows, 1);
        let ratio =
            |name: &str| summary.models.iter().find(|model| model.name == name).unwrap().quality.fuel_ratio.unwrap();
        assert!((ratio("m").value - 4.0).abs() < 1e-12, "the geometric mean of 2 and 8");
        assert_eq!((ratio("n").value, ratio("n").count), (1.0, 3));
    }
}
