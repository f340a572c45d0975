//! The bootstrap over tasks, for what has no bound: findings per program, multiples of fuel.

use statrs::distribution::ContinuousCDF;

use super::draws::Draws;
use super::quantile::{normal, quantile, student};
use super::tally::{Tally, ratio};
use crate::summary::Estimate;

/// Resamples. The outermost quantiles that are asked for, those of ten tasks, still have some twenty of them beyond.
const RESAMPLES: usize = 2000;

/// The upper end for something that was not met at all: with as many on average as this over all tasks, nothing would
/// be met one time in forty (the exact Poisson interval: -ln 0.025).
const NOT_MET: f64 = 3.688_879_454_113_936;

/// How much there is of something for each of what it is out of, with its 95 % interval; none of fewer than two tasks,
/// which don't tell how tasks differ.
pub(crate) fn rate(tallies: &[Tally]) -> Option<Estimate> {
    let estimate = resampled(tallies)?;
    let high = if estimate.value == 0.0 { NOT_MET / estimate.count as f64 } else { estimate.high };
    Some(Estimate { high, ..estimate })
}

/// The geometric mean of what the tallies have the logarithms of, with its 95 % interval; none of fewer than two tasks.
pub(crate) fn geometric_mean(tallies: &[Tally]) -> Option<Estimate> {
    let Estimate { value, low, high, count } = resampled(tallies)?;
    Some(Estimate { value: value.exp(), low: low.exp(), high: high.exp(), count })
}

/// The ratio of sums with the bias-corrected and accelerated interval (Efron 1987), whose quantiles are those of
/// Student's t (the expansion of Hesterberg 2015): without it, intervals of a few dozen tasks are too narrow.
fn resampled(tallies: &[Tally]) -> Option<Estimate> {
    let tallies: Vec<Tally> = tallies.iter().copied().filter(|tally| tally.of > 0.0).collect();
    let value = ratio(&tallies)?;
    let count = tallies.len();
    if count < 2 {
        return None;
    }
    let ratios = resamples(&tallies);
    let normal = normal();
    let below = ratios.iter().filter(|ratio| **ratio < value - 1e-12).count();
    let equal = ratios.iter().filter(|ratio| (**ratio - value).abs() <= 1e-12).count();
    let bias = (below as f64 + equal as f64 / 2.0) / ratios.len() as f64;
    // A resample at least is on each side, so that the shift stays finite.
    let least = 1.0 / ratios.len() as f64;
    let shift = normal.inverse_cdf(bias.clamp(least, 1.0 - least));
    let acceleration = acceleration(&tallies, value);
    let wide = student(count - 1) * (count as f64 / (count - 1) as f64).sqrt();
    let end = |z: f64| {
        let share = normal.cdf(shift + (shift + z) / (1.0 - acceleration * (shift + z)));
        quantile(&ratios, share)
    };
    Some(Estimate { value, low: end(-wide).min(value), high: end(wide).max(value), count })
}

/// The ratios of resamples, sorted.
fn resamples(tallies: &[Tally]) -> Vec<f64> {
    let mut draws = Draws::new();
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (mut got, mut of) = (0.0, 0.0);
            for _ in tallies {
                let drawn = tallies[draws.below(tallies.len())];
                got += drawn.got;
                of += drawn.of;
            }
            got / of
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios
}

/// How fast the standard error changes with the value: a sixth of the skewness of what single tasks do to it.
fn acceleration(tallies: &[Tally], value: f64) -> f64 {
    let moment = |power: i32| -> f64 { tallies.iter().map(|tally| (tally.got - value * tally.of).powi(power)).sum() };
    let square = moment(2);
    if square > 0.0 { moment(3) / (6.0 * square.powf(1.5)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(values: &[f64]) -> Vec<Tally> {
        values.iter().map(|value| Tally { got: *value, of: 1.0 }).collect()
    }

    #[test]
    fn the_spread_of_resamples_is_the_published_one() {
        // Efron and Tibshirani 1993, table 2.1 and 2.2: the mouse data, whose means have standard errors of 23.36 and
        // 13.33 for as many resamples as one likes. 2,000 of them come within some 2 % of that.
        let treated = [94.0, 197.0, 16.0, 38.0, 99.0, 141.0, 23.0];
        let control = [52.0, 104.0, 146.0, 10.0, 50.0, 31.0, 40.0, 27.0, 46.0];
        for (values, mean, error) in [(&treated[..], 86.86, 23.36), (&control[..], 56.22, 13.33)] {
            let tallies = single(values);
            let ratios = resamples(&tallies);
            let centre = ratios.iter().sum::<f64>() / ratios.len() as f64;
            let square = ratios.iter().map(|ratio| (ratio - centre).powi(2)).sum::<f64>() / ratios.len() as f64;
            assert!((ratio(&tallies).unwrap() - mean).abs() < 5e-3);
            assert!((square.sqrt() / error - 1.0).abs() < 0.04, "{}", square.sqrt());
        }
    }

    #[test]
    fn resamples_of_three_tasks_have_their_exact_chances() {
        // Of 27 equally likely resamples of 0, 0 and 3: 8 have none of the 3, 12 one, 6 two, and 1 all.
        let ratios = resamples(&single(&[0.0, 0.0, 3.0]));
        for (value, of_27) in [(0.0, 8.0), (1.0, 12.0), (2.0, 6.0), (3.0, 1.0)] {
            let share = ratios.iter().filter(|ratio| **ratio == value).count() as f64 / RESAMPLES as f64;
            assert!((share - of_27 / 27.0).abs() < 0.04, "{value}: {share}");
        }
    }

    #[test]
    fn a_skewed_rate_has_more_room_above() {
        let got = rate(&single(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 5.0, 0.0, 0.0, 2.0, 0.0, 1.0])).unwrap();
        assert_eq!((got.value, got.count), (0.75, 12));
        assert!(0.0 < got.low && got.high - got.value > 1.5 * (got.value - got.low), "{got:?}");
    }

    #[test]
    fn what_was_never_met_may_still_be_there() {
        let got = rate(&single(&[0.0; 36])).unwrap();
        assert_eq!((got.value, got.low), (0.0, 0.0));
        // Three in a hundred is the rule of three; two-sided it is 3.69.
        assert!((got.high - 0.10247).abs() < 1e-5, "{got:?}");
    }

    #[test]
    fn one_task_says_nothing_of_tasks() {
        assert_eq!(rate(&single(&[2.0])), None);
        assert_eq!(rate(&[Tally { got: 2.0, of: 1.0 }, Tally::default()]), None);
        assert_eq!(geometric_mean(&[]), None);
    }

    #[test]
    fn a_geometric_mean_is_one_where_all_are() {
        let got = geometric_mean(&single(&[0.0, 0.0, 0.0])).unwrap();
        assert_eq!((got.value, got.low, got.high), (1.0, 1.0, 1.0));
        let doubled = geometric_mean(&single(&[2f64.ln(), 8f64.ln()])).unwrap();
        assert!((doubled.value - 4.0).abs() < 1e-12 && doubled.low >= 2.0 - 1e-9 && doubled.high <= 8.0 + 1e-9);
    }
}
