//! How long jobs are expected to take, learnt from those that were done. Decides who waits and who is refused, never a verdict.

use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;

/// Tasks whose time is remembered.
const TASKS: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not zero");
/// What a new measurement counts against all before it: after ten, two thirds of the old are forgotten.
const SHARE_OF_NEW: f64 = 0.1;
/// What a job takes before any was measured: a program of HumanEval with its task to be made ready.
const FIRST: Duration = Duration::from_millis(2);

/// Mean times, by task and of all.
pub(crate) struct Estimates {
    tasks: LruCache<[u8; 32], Duration>,
    all: Duration,
}

impl Default for Estimates {
    fn default() -> Self {
        Estimates { tasks: LruCache::new(TASKS), all: FIRST }
    }
}

impl Estimates {
    /// What a job is expected to take: what those of its task took, or all.
    pub(crate) fn of(&mut self, task: Option<&[u8; 32]>) -> Duration {
        task.and_then(|task| self.tasks.get(task)).copied().unwrap_or(self.all)
    }

    /// Learns from a job that was done.
    pub(crate) fn learn(&mut self, task: Option<&[u8; 32]>, took: Duration) {
        self.all = mixed(self.all, took);
        if let Some(task) = task {
            let mean = self.tasks.get(task).map_or(took, |mean| mixed(*mean, took));
            self.tasks.put(*task, mean);
        }
    }
}

fn mixed(mean: Duration, new: Duration) -> Duration {
    mean.mul_f64(1.0 - SHARE_OF_NEW) + new.mul_f64(SHARE_OF_NEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_expected_to_take_what_it_took() {
        let mut estimates = Estimates::default();
        assert_eq!(estimates.of(None), FIRST);
        estimates.learn(Some(&[1; 32]), Duration::from_millis(200));
        assert_eq!(estimates.of(Some(&[1; 32])), Duration::from_millis(200));
        assert!(estimates.of(Some(&[2; 32])) < Duration::from_millis(30));
        for _ in 0..100 {
            estimates.learn(Some(&[1; 32]), Duration::from_millis(10));
        }
        assert!(estimates.of(Some(&[1; 32])) < Duration::from_millis(11));
    }
}
