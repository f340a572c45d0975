//! Quantiles: of samples, and of the distributions that intervals come from.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::summary::Spread;

/// How values are spread; none of no values.
pub(crate) fn spread(mut values: Vec<f64>) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let max = *values.last()?;
    let count = values.len();
    // Rounding must not carry the mean of equal values past them.
    let mean = (values.iter().sum::<f64>() / count as f64).clamp(values[0], max);
    let at = |share| quantile(&values, share);
    Some(Spread { count, mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max })
}

/// The quantile of sorted values, linear between closest ranks (type 7 of Hyndman and Fan 1996, as in numpy and R).
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = share.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = sorted[rank.floor() as usize];
    let above = sorted[rank.ceil() as usize];
    below + (above - below) * rank.fract()
}

/// The standard normal distribution.
pub(super) fn normal() -> Normal {
    Normal::new(0.0, 1.0).expect("a standard deviation of 1 is one")
}

/// The two-sided 95 % quantile of Student's t distribution.
pub(super) fn student(freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64).expect("degrees of freedom above 0").inverse_cdf(0.975)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linear_between_closest_ranks() {
        // numpy.percentile([15, 20, 35, 40, 50], …), whose default is the same.
        let values = [15.0, 20.0, 35.0, 40.0, 50.0];
        for (share, expected) in
            [(0.0, 15.0), (0.05, 16.0), (0.3, 23.0), (0.4, 29.0), (0.5, 35.0), (0.95, 48.0), (1.0, 50.0)]
        {
            let got = quantile(&values, share);
            assert!((got - expected).abs() < 1e-12, "{share}: {got}");
        }
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
    }

    #[test]
    fn a_spread_needs_no_order_and_some_value() {
        let got = spread((1..=100).rev().map(f64::from).collect()).unwrap();
        assert_eq!((got.count, got.mean, got.p50, got.max), (100, 50.5, 50.5, 100.0));
        for (got, expected) in [(got.p90, 90.1), (got.p95, 95.05), (got.p99, 99.01)] {
            assert!((got - expected).abs() < 1e-9, "{got}");
        }
        assert_eq!(spread(Vec::new()), None);
        let equal = spread(vec![0.1; 3]).unwrap();
        assert_eq!((equal.mean, equal.p99, equal.max), (0.1, 0.1, 0.1));
    }

    #[test]
    fn students_quantiles_are_those_of_its_tables() {
        for (freedom, expected) in [(1, 12.706), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)] {
            assert!((student(freedom) - expected).abs() < 5e-4, "{freedom}");
        }
    }
}
