//! How far repeated samples of a task agree: whether what passes once passes every time.

use std::collections::HashMap;
use std::hash::Hash;

use proofhouse_types::PassAtK;

use crate::interval::wilson;

/// pass^k over tasks, each given as its number of samples and how many of them passed: the chance that all of k samples
/// of a task pass.
///
/// The unbiased estimator C(c, k) / C(n, k) of Yao et al. 2024, "τ-bench: A Benchmark for Tool-Agent-User Interaction in
/// Real-World Domains", meaned over tasks, with the 95 % Wilson score interval over tasks, which is as conservative as
/// that of [`pass_at_k`](crate::pass_at_k). `None` where that is none.
#[must_use]
pub fn pass_hat_k(per_task: &[(usize, usize)], k: u32) -> Option<PassAtK> {
    let draws = usize::try_from(k).ok()?;
    if draws == 0 || per_task.is_empty() || per_task.iter().any(|&(samples, _)| samples < draws) {
        return None;
    }
    let sum: f64 = per_task.iter().map(|&(samples, passed)| all_pass(samples, passed, draws)).sum();
    let value = sum / per_task.len() as f64;
    let (low, high) = wilson(value, per_task.len() as f64);
    Some(PassAtK { value, low, high })
}

/// C(c, k) / C(n, k), draw by draw.
fn all_pass(samples: usize, passed: usize, draws: usize) -> f64 {
    (0..draws).map(|drawn| passed.saturating_sub(drawn) as f64 / (samples - drawn) as f64).product()
}

/// The share of the pairs of a task's samples that came to the same, meaned over the tasks with two samples or more; none
/// where there are no such tasks.
#[must_use]
pub fn agreement<T: Eq + Hash>(per_task: &[Vec<T>]) -> Option<f64> {
    let shares: Vec<f64> =
        per_task.iter().filter(|samples| samples.len() > 1).map(|samples| agreeing(samples)).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

fn agreeing<T: Eq + Hash>(samples: &[T]) -> f64 {
    let mut counts: HashMap<&T, usize> = HashMap::new();
    for sample in samples {
        *counts.entry(sample).or_default() += 1;
    }
    let pairs = |count: usize| count * (count - 1) / 2;
    counts.into_values().map(pairs).sum::<usize>() as f64 / pairs(samples.len()) as f64
}

/// How many tasks, each given as its number of samples and how many of them passed, passed once and failed once.
#[must_use]
pub fn flips(per_task: &[(usize, usize)]) -> usize {
    per_task.iter().filter(|&&(samples, passed)| 0 < passed && passed < samples).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_task_is_estimated_exactly() {
        let cases = [
            (4, 2, 1, 0.5),
            (4, 2, 2, 1.0 / 6.0),
            (4, 2, 3, 0.0),
            (5, 3, 3, 0.1),
            (5, 5, 5, 1.0),
            (5, 4, 5, 0.0),
            (1, 1, 1, 1.0),
            (10, 9, 5, 0.5),
            (100_000, 99_990, 100, 0.990_045),
        ];
        for (samples, passed, k, expected) in cases {
            let value = pass_hat_k(&[(samples, passed)], k).unwrap().value;
            assert!((value - expected).abs() < 1e-6, "{samples} {passed} {k}: {value}");
        }
    }

    #[test]
    fn with_one_draw_it_is_pass_at_1() {
        let per_task = [(5, 2), (3, 3), (8, 0), (1, 1)];
        let (hat, at) = (pass_hat_k(&per_task, 1).unwrap(), crate::pass_at_k(&per_task, 1).unwrap());
        for (hat, at) in [(hat.value, at.value), (hat.low, at.low), (hat.high, at.high)] {
            assert!((hat - at).abs() < 1e-12, "{hat} {at}");
        }
    }

    #[test]
    fn undefined_estimates_are_none() {
        let cases: [(&[(usize, usize)], u32); 4] = [(&[], 1), (&[(5, 5)], 0), (&[(5, 5)], 6), (&[(10, 1), (9, 1)], 10)];
        for (per_task, k) in cases {
            assert_eq!(pass_hat_k(per_task, k), None, "{per_task:?} {k}");
        }
    }

    #[test]
    fn agreement_is_the_share_of_like_pairs_meaned_over_tasks() {
        let check = |per_task: &[&str], expected: Option<f64>| {
            let per_task: Vec<Vec<char>> = per_task.iter().map(|samples| samples.chars().collect()).collect();
            assert_eq!(agreement(&per_task), expected, "{per_task:?}");
        };
        check(&[], None);
        check(&["p", "", "f"], None);
        check(&["pp"], Some(1.0));
        check(&["pf"], Some(0.0));
        check(&["ppff"], Some(1.0 / 3.0));
        check(&["ffr"], Some(1.0 / 3.0));
        check(&["pp", "pf", "r"], Some(0.5));
    }

    #[test]
    fn flips_are_tasks_with_both() {
        assert_eq!(flips(&[]), 0);
        assert_eq!(flips(&[(1, 1), (1, 0), (0, 0), (5, 5), (5, 0)]), 0);
        assert_eq!(flips(&[(5, 1), (5, 4), (2, 1), (2, 2)]), 3);
    }
}
