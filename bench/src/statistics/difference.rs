//! How far two models are apart over the same tasks, and how far apart they would have to be to be told apart.

use statrs::distribution::ContinuousCDF;

use super::quantile::normal;
use super::{Tally, share};
use crate::summary::Estimate;

/// The mean of the first less that of the second over pairs of rates, one pair a task, with its 95 % interval.
///
/// With one sample a task it is method 10 of Newcombe 1998, "Improved confidence intervals for the difference between
/// binomial proportions based on paired data". With more it is the same construction (MOVER: Zou and Donner 2008) from
/// the two intervals of [`share`], with the correlation of the rates, whose correction for continuity shrinks
/// with `repeats`, the samples of a task.
pub(crate) fn difference(rates: &[(f64, f64)], repeats: f64) -> Option<Estimate> {
    let tasks = rates.len();
    let side = |rate: fn(&(f64, f64)) -> f64| {
        let tallies: Vec<Tally> = rates.iter().map(|pair| Tally { got: rate(pair), of: 1.0 }).collect();
        share(&tallies, (repeats * tasks as f64).round() as usize)
    };
    let (one, other) = (side(|pair| pair.0)?, side(|pair| pair.1)?);
    let correlation = correlation(rates, one.value, other.value, repeats);
    let apart = |a: f64, b: f64| (a * a - 2.0 * correlation * a * b + b * b).max(0.0).sqrt();
    let value = one.value - other.value;
    let low = value - apart(one.value - one.low, other.high - other.value);
    let high = value + apart(one.high - one.value, other.value - other.low);
    Some(Estimate { value, low: low.max(-1.0), high: high.min(1.0), count: tasks })
}

/// How rates go together. A positive one is made smaller, as Newcombe does by half a task.
fn correlation(rates: &[(f64, f64)], one: f64, other: f64, repeats: f64) -> f64 {
    let tasks = rates.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| rates.iter().map(of).sum::<f64>() / tasks;
    let together = mean(&|pair| (pair.0 - one) * (pair.1 - other));
    let spread = (mean(&|pair| (pair.0 - one).powi(2)) * mean(&|pair| (pair.1 - other).powi(2))).sqrt();
    if spread < 1e-12 {
        return 0.0;
    }
    let together = if together > 0.0 { (together - 0.5 / (tasks * repeats)).max(0.0) } else { together };
    (together / spread).clamp(-1.0, 1.0)
}

/// The smallest difference that tasks like these show four times of five at a level of 0.05, which is shared among so
/// many pairs of models: (z of the level + z of the power) standard errors (Miller 2024, "Adding Error Bars to
/// Evals"). 1 where no difference would be shown.
pub(crate) fn detectable(rates: &[(f64, f64)], repeats: f64, pairs: usize) -> f64 {
    let tasks = rates.len() as f64;
    let level = 0.05 / pairs.max(1) as f64;
    let mean = rates.iter().map(|pair| pair.0 - pair.1).sum::<f64>() / tasks;
    let square = rates.iter().map(|pair| (pair.0 - pair.1 - mean).powi(2)).sum::<f64>() / (tasks - 1.0).max(1.0);
    let normal = normal();
    let likely = (normal.inverse_cdf(1.0 - level / 2.0) + normal.inverse_cdf(0.8)) * (square / tasks).sqrt();
    // So many tasks at least must differ, all in one direction, before flipping their signs is rare enough.
    let fewest = (2.0 / level).log2().floor() + 1.0;
    if fewest > tasks { 1.0 } else { likely.max(fewest / (tasks * repeats)).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs by how many of them both, only the first, only the second, and neither solved.
    fn table(both: usize, first: usize, second: usize, neither: usize) -> Vec<(f64, f64)> {
        [((1.0, 1.0), both), ((1.0, 0.0), first), ((0.0, 1.0), second), ((0.0, 0.0), neither)]
            .into_iter()
            .flat_map(|(pair, count)| vec![pair; count])
            .collect()
    }

    #[test]
    fn single_samples_have_newcombes_interval() {
        // Newcombe 1998 (Stat. Med. 17:2635), method 10 for 20, 12, 2, 16; Fagerland, Lydersen and Laake 2014 (Stat.
        // Med. 33:2850) for Bentur's 1, 1, 7, 12.
        let cases = [((20, 12, 2, 16), 0.2, 0.0562, 0.3292), ((1, 1, 7, 12), -0.2857, -0.507, -0.026)];
        for ((both, first, second, neither), value, low, high) in cases {
            let got = difference(&table(both, first, second, neither), 1.0).unwrap();
            assert!((got.value - value).abs() < 5e-5, "{got:?}");
            assert!((got.low - low).abs() < 5e-4 && (got.high - high).abs() < 5e-4, "{got:?}");
        }
    }

    #[test]
    fn a_difference_turns_with_its_sides() {
        let rates = [(1.0, 0.5), (0.5, 0.5), (0.0, 0.25), (0.75, 0.0), (1.0, 1.0)];
        let turned: Vec<(f64, f64)> = rates.iter().map(|(one, other)| (*other, *one)).collect();
        let (there, back) = (difference(&rates, 4.0).unwrap(), difference(&turned, 4.0).unwrap());
        for (there, back) in [(there.value, back.value), (there.low, back.high), (there.high, back.low)] {
            assert!((there + back).abs() < 1e-12);
        }
        assert_eq!(difference(&[], 1.0), None);
    }

    #[test]
    fn models_that_agree_everywhere_are_not_known_to_be_equal() {
        let got = difference(&table(20, 0, 0, 16), 1.0).unwrap();
        assert_eq!(got.value, 0.0);
        assert!(got.low < -0.01 && got.high > 0.01, "{got:?}");
    }

    #[test]
    fn what_can_be_shown_follows_from_how_tasks_differ() {
        // 1.96 + 0.8416 standard errors.
        let rates = table(40, 15, 15, 30);
        let error = (30.0_f64 / 99.0 / 100.0).sqrt();
        assert!((detectable(&rates, 1.0, 1) - 2.8016 * error).abs() < 1e-4);
        assert!(detectable(&rates, 1.0, 10) > detectable(&rates, 1.0, 1));
        // Six tasks for one are the least that McNemar's test shows: 2 / 2^6 is below 0.05, 2 / 2^5 is not.
        assert_eq!(detectable(&table(30, 0, 0, 6), 1.0, 1), 6.0 / 36.0);
        assert_eq!(detectable(&table(2, 1, 1, 1), 1.0, 1), 1.0);
    }
}
