//! pass@k: the chance that at least one of k samples of a task passes.

use proofhouse_types::PassAtK;

use crate::interval::wilson;

/// pass@k over tasks, each given as its number of samples and how many of them passed.
///
/// The unbiased estimator of Chen et al. 2021, "Evaluating Large Language Models Trained on Code", meaned over tasks, with
/// the 95 % Wilson score interval over tasks. A task's own estimate may lie between 0 and 1; the interval is conservative
/// for such values, since values in [0, 1] with mean p have at most the variance p(1 - p) that it assumes.
///
/// `None` for k = 0, for no tasks, and where a task has fewer than k samples: the estimator isn't defined there.
/// A task whose samples were all faults was not measured, and is for the caller to leave out.
#[must_use]
pub fn pass_at_k(per_task: &[(usize, usize)], k: u32) -> Option<PassAtK> {
    let draws = usize::try_from(k).ok()?;
    if draws == 0 || per_task.is_empty() || per_task.iter().any(|&(samples, _)| samples < draws) {
        return None;
    }
    let sum: f64 = per_task.iter().map(|&(samples, passed)| estimate(samples, passed, draws)).sum();
    // The mean of values that are all 1 must not come out above 1.
    let value = (sum / per_task.len() as f64).min(1.0);
    let (low, high) = wilson(value, per_task.len() as f64);
    Some(PassAtK { value, low, high })
}

/// 1 - C(n - c, k) / C(n, k), as the product that the paper gives because the binomials overflow.
fn estimate(samples: usize, passed: usize, draws: usize) -> f64 {
    let failed = samples.saturating_sub(passed);
    if failed < draws {
        return 1.0;
    }
    let none_passes: f64 = (failed + 1..=samples).map(|i| 1.0 - draws as f64 / i as f64).product();
    1.0 - none_passes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_task_is_estimated_exactly() {
        let cases = [
            (5, 2, 3, 0.9),
            (5, 0, 3, 0.0),
            (5, 5, 3, 1.0),
            (5, 3, 3, 1.0),
            (1, 1, 1, 1.0),
            (1, 0, 1, 0.0),
            (10, 3, 1, 0.3),
            (10, 1, 10, 1.0),
            (4, 1, 2, 0.5),
            (200, 1, 100, 0.5),
            (200, 2, 100, 0.751_256_281_407_035_2),
        ];
        for (samples, passed, k, expected) in cases {
            let value = pass_at_k(&[(samples, passed)], k).unwrap().value;
            assert!((value - expected).abs() < 1e-12, "{samples} {passed} {k}: {value}");
        }
    }

    #[test]
    fn many_samples_do_not_overflow() {
        let value = pass_at_k(&[(100_000, 10)], 100).unwrap().value;
        assert!((value - 0.009_955).abs() < 1e-5, "{value}");
    }

    #[test]
    fn tasks_are_meaned_and_the_interval_is_over_tasks() {
        let PassAtK { value, low, high } = pass_at_k(&[(1, 1), (1, 1), (1, 1), (1, 0)], 1).unwrap();
        assert_eq!(value, 0.75);
        assert!((low - 0.300_641_842).abs() < 1e-8 && (high - 0.954_412_739).abs() < 1e-8, "{low} {high}");
    }

    #[test]
    fn undefined_estimates_are_none() {
        let cases: [(&[(usize, usize)], u32); 4] = [(&[], 1), (&[(5, 5)], 0), (&[(5, 5)], 6), (&[(10, 1), (9, 1)], 10)];
        for (per_task, k) in cases {
            assert_eq!(pass_at_k(per_task, k), None, "{per_task:?} {k}");
        }
    }

    #[test]
    fn a_task_counts_once_however_many_samples_it_has() {
        assert_eq!(pass_at_k(&[(1, 0), (100, 100)], 1).unwrap().value, 0.5);
    }
}
