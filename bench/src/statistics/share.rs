//! A share, such as that of samples that pass, and its interval over tasks.

use proofhouse::wilson;
use statrs::distribution::ContinuousCDF;

use super::quantile::{normal, student};
use super::tally::{Tally, ratio};
use crate::summary::Estimate;

/// The share that tallies of tasks come to together, each of which got no more than it is out of, with the 95 % Wilson
/// score interval for the effective number of samples (Korn and Graubard 1998; Dean and Pagano 2015).
///
/// Samples of one task tend to come out alike, so a share over tasks varies less than that of as many samples as there
/// are tasks, and more than that of all `samples`. How much it varies, tasks tell: the effective number is that of
/// single samples whose share would vary as much. It is corrected for being told by so few tasks (by Student's t), and
/// is the number of tasks where each has one sample, or where all samples come to the same and tell nothing.
pub(crate) fn share(tallies: &[Tally], samples: usize) -> Option<Estimate> {
    let value = ratio(tallies)?.clamp(0.0, 1.0);
    let tasks = tallies.iter().filter(|tally| tally.of > 0.0).count();
    let (low, high) = wilson(value, effective(tallies, value, tasks, samples as f64));
    Some(Estimate { value, low, high, count: tasks })
}

fn effective(tallies: &[Tally], value: f64, tasks: usize, samples: f64) -> f64 {
    let of: f64 = tallies.iter().map(|tally| tally.of).sum();
    let squares: f64 = tallies.iter().map(|tally| tally.of * tally.of).sum();
    let scatter: f64 = tallies.iter().map(|tally| (tally.got - value * tally.of).powi(2)).sum();
    // Tasks that weigh more than others leave fewer that count.
    let least = of * of / squares;
    let told = value * (1.0 - value) * of * of / scatter;
    // Nothing by nothing is not a number.
    if told.is_nan() || told <= least * (1.0 + 1e-9) || tasks < 2 {
        return least;
    }
    let correction = normal().inverse_cdf(0.975) / student(tasks - 1);
    (told.min(samples) * correction * correction).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_rates(rates: &[f64], samples: usize) -> Estimate {
        let tallies: Vec<Tally> = rates.iter().map(|rate| Tally { got: *rate, of: 1.0 }).collect();
        share(&tallies, samples).unwrap()
    }

    #[test]
    fn one_sample_a_task_has_wilsons_own_interval() {
        // Newcombe 1998, table I: 15 of 148 and 81 of 263.
        for (passed, of, low, high) in [(15, 148, 0.0624, 0.1605), (81, 263, 0.2553, 0.3662)] {
            let rates: Vec<f64> = (0..of).map(|task| if task < passed { 1.0 } else { 0.0 }).collect();
            let got = of_rates(&rates, of);
            assert!((got.low - low).abs() < 5e-5 && (got.high - high).abs() < 5e-5, "{got:?}");
            assert_eq!(got.count, of);
        }
    }

    #[test]
    fn samples_that_repeat_their_task_add_nothing() {
        let rates = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        assert_eq!(of_rates(&rates, 8), of_rates(&rates, 80));
        assert_eq!(of_rates(&[1.0; 12], 12), of_rates(&[1.0; 12], 36));
    }

    #[test]
    fn samples_that_differ_within_their_task_narrow_the_interval() {
        let width = |estimate: Estimate| estimate.high - estimate.low;
        let (alike, apart) = ([1.0, 0.0, 1.0, 0.0, 1.0, 0.0], [0.6, 0.4, 0.6, 0.4, 0.6, 0.4]);
        assert!(width(of_rates(&apart, 30)) < width(of_rates(&alike, 30)));
        // Tasks that are all alike inside vary least, whatever their rates' last bits are.
        let (third, half) = (of_rates(&[1.0 / 3.0; 6], 30), of_rates(&[0.5; 6], 30));
        assert!(width(half) <= width(of_rates(&apart, 30)) && width(third) < width(half));
        // Never narrower than that of as many tasks with one sample each.
        let independent: Vec<f64> = (0..30).map(|sample| f64::from(sample % 2)).collect();
        assert!(width(half) > width(of_rates(&independent, 30)));
    }

    #[test]
    fn tasks_weigh_by_what_they_are_out_of() {
        let tallies = [Tally { got: 1.0, of: 3.0 }, Tally { got: 1.0, of: 1.0 }, Tally::default()];
        let got = share(&tallies, 4).unwrap();
        assert_eq!((got.value, got.count), (0.5, 2));
        assert!(got.low < 0.5 && 0.5 < got.high);
        assert_eq!(share(&[], 0), None);
        assert_eq!(share(&[Tally::default()], 0), None);
    }
}
