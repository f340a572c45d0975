//! Holds a request for as long as its client waits: SandboxFusion's clients take no "later" for an answer.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::dispatcher::{NotDone, Patience};

/// What verl adds to the two timeouts that it sends, for its own HTTP timeout.
const CLIENTS_EXTRA: Duration = Duration::from_secs(10);

/// Left for the way back: an answer a moment too late is a lost sample, where a 504 in time is tried again.
const MARGIN: Duration = Duration::from_secs(2);

/// The longest timeout that is taken at its word; an hour is more than any run may have.
const LONGEST_SECONDS: f64 = 3600.0;

/// Between two tries to get into a queue that is full.
const PAUSE: Duration = Duration::from_millis(100);

/// When a request must have begun, and when it must be answered, from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hold {
    begin: Duration,
    answer: Duration,
}

impl Hold {
    /// For the timeouts that the request has. It must begin early enough that all of its time to run is left.
    pub(super) fn of(compile_seconds: f64, run_seconds: f64) -> Hold {
        let duration = |seconds: f64| Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_SECONDS));
        let begin = duration(compile_seconds) + CLIENTS_EXTRA - MARGIN;
        Hold { begin, answer: begin + duration(run_seconds) }
    }

    /// Asks until it is taken or the time is up.
    pub(super) async fn ask<T, F: Future<Output = Result<T, NotDone>>>(
        self,
        ask: impl Fn(Patience) -> F,
    ) -> Result<T, NotDone> {
        let start = Instant::now();
        let begin_by = start + self.begin;
        let asking = async {
            loop {
                let left = begin_by.saturating_duration_since(Instant::now());
                let answer = ask(Patience { admit: Duration::MAX, hold: left }).await;
                match answer {
                    Err(NotDone::Overloaded { .. }) if Instant::now() + PAUSE < begin_by => sleep(PAUSE).await,
                    answer => return answer,
                }
            }
        };
        let late = |_| Err(NotDone::Overloaded { retry_after: MARGIN });
        timeout_at(start + self.answer, asking).await.unwrap_or_else(late)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn the_answer_comes_before_the_client_gives_up() {
        let hold = Hold::of(10.0, 10.0);
        assert_eq!((hold.begin.as_secs(), hold.answer.as_secs()), (18, 28));
        let odd = Hold::of(f64::INFINITY, -1.0);
        assert_eq!((odd.begin.as_secs(), odd.answer.as_secs()), (3608, 3608));
    }

    #[tokio::test]
    async fn a_full_queue_is_tried_again_until_the_time_is_up() {
        let overloaded = || NotDone::Overloaded { retry_after: Duration::from_secs(9) };
        let tries = AtomicU32::new(0);
        let third = |_| {
            let number = tries.fetch_add(1, Ordering::Relaxed);
            std::future::ready(if number < 2 { Err(overloaded()) } else { Ok(number) })
        };
        assert_eq!(Hold::of(10.0, 10.0).ask(third).await, Ok(2));
        let short = Hold { begin: Duration::from_millis(150), answer: Duration::from_millis(300) };
        assert!(matches!(short.ask(|_| async { Err::<(), _>(overloaded()) }).await, Err(NotDone::Overloaded { .. })));
        assert!(matches!(
            short.ask(|_| std::future::pending::<Result<(), _>>()).await,
            Err(NotDone::Overloaded { .. })
        ));
    }
}
