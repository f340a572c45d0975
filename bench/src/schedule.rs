//! What is asked in which order, and when. The same for every model: it depends on the suite, the number of repeats, the seed and
//! the rate alone.

use std::time::Duration;

use proofhouse_types::SampleId;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One request of a model's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which of the tasks, from 0.
    pub task: usize,
    /// Which of its samples, from 0.
    pub repeat: u32,
}

impl Place {
    /// By what the sample is told from others of its task.
    pub(crate) fn sample_id(self) -> SampleId {
        SampleId(self.repeat.to_string())
    }
}

/// All places of a model. The whole suite comes before any task's next sample, so that what changes with time, such as a warm
/// processor, does not meet some tasks alone, and a server meets no prompt twice in a row.
pub(crate) fn places(tasks: usize, repeats: u32) -> impl Iterator<Item = Place> {
    (0..repeats).flat_map(move |repeat| (0..tasks).map(move |task| Place { task, repeat }))
}

/// When requests of an open loop are sent, from its start: Poisson arrivals of so many a second on average.
pub(crate) fn arrivals(rate: f64, seed: u64) -> impl Iterator<Item = Duration> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut at = 0.0;
    std::iter::repeat_with(move || {
        // The exponential distribution by its inverse; the number is below 1, so the logarithm is finite.
        at -= (1.0 - random.random::<f64>()).ln() / rate;
        Duration::try_from_secs_f64(at).unwrap_or(Duration::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_gone_over_once_a_repeat() {
        let order: Vec<(usize, u32)> = places(3, 2).map(|place| (place.task, place.repeat)).collect();
        assert_eq!(order, [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]);
    }

    #[test]
    fn arrivals_are_those_of_a_poisson_process_and_the_same_every_time() {
        const COUNT: usize = 20_000;
        let times: Vec<f64> = arrivals(4.0, 7).take(COUNT).map(|at| at.as_secs_f64()).collect();
        assert!(arrivals(4.0, 7).zip(&times).all(|(at, time)| at.as_secs_f64() == *time));
        assert_ne!(arrivals(4.0, 8).next().unwrap().as_secs_f64(), times[0]);
        let gaps: Vec<f64> = std::iter::once(times[0]).chain(times.windows(2).map(|two| two[1] - two[0])).collect();
        assert!(gaps.iter().all(|gap| *gap >= 0.0));
        let mean = gaps.iter().sum::<f64>() / COUNT as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / COUNT as f64;
        // Of an exponential distribution the deviation is the mean; bounds are four standard errors wide.
        assert!((mean - 0.25).abs() < 0.0075, "{mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.03, "{variance}");
    }
}
