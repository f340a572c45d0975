//! A key's rate and its requests at a time.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// When a request that was one too many at a time may come again: such requests end within seconds.
const AFTER_CONCURRENT: Duration = Duration::from_secs(1);

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// How much one key may ask.
#[derive(Default)]
pub(crate) struct Allowance {
    rate: Option<(NonZeroU32, Limiter)>,
    concurrent: Option<(u32, Arc<Semaphore>)>,
}

/// A request that may go on.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// One of the key's requests at a time, until it is dropped.
    pub place: Option<OwnedSemaphorePermit>,
    /// What is left of the key's rate.
    pub left: Option<Left>,
}

/// What is left of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// Requests a second, in the long run and at once.
    pub per_second: u32,
    /// Requests that may come at once now.
    pub requests: u32,
}

/// A request that may not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TurnedAway {
    /// Which bound was reached.
    pub message: String,
    /// When to come again.
    pub retry_after: Duration,
    /// What is left of the key's rate.
    pub left: Option<Left>,
}

impl Allowance {
    /// So many requests a second, and so many at a time; without a bound where there is no figure.
    pub(crate) fn of(per_second: Option<NonZeroU32>, concurrent: Option<NonZeroU32>) -> Allowance {
        let limiter = |rate| {
            // The burst is one second's requests: whoever sends them evenly and whoever sends them at once get the same.
            RateLimiter::direct(Quota::per_second(rate)).with_middleware()
        };
        let places = |most: NonZeroU32| (most.get(), Arc::new(Semaphore::new(most.get() as usize)));
        Allowance { rate: per_second.map(|rate| (rate, limiter(rate))), concurrent: concurrent.map(places) }
    }

    /// Counts one request.
    ///
    /// # Errors
    /// Where it is one too many; such a one counts for the rate, unless it is the rate that it is too many for.
    pub(crate) fn admit(&self) -> Result<Admitted, TurnedAway> {
        let mut left = None;
        if let Some((rate, limiter)) = &self.rate {
            let per_second = rate.get();
            match limiter.check() {
                Ok(state) => left = Some(Left { per_second, requests: state.remaining_burst_capacity() }),
                Err(not_until) => {
                    return Err(TurnedAway {
                        message: format!("more than the key's {per_second} requests a second"),
                        retry_after: not_until.wait_time_from(DefaultClock::default().now()),
                        left: Some(Left { per_second, requests: 0 }),
                    });
                }
            }
        }
        let place = match &self.concurrent {
            None => None,
            Some((most, places)) => match Arc::clone(places).try_acquire_owned() {
                Ok(place) => Some(place),
                Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => {
                    return Err(TurnedAway {
                        message: format!("more than the key's {most} requests at a time"),
                        retry_after: AFTER_CONCURRENT,
                        left,
                    });
                }
            },
        };
        Ok(Admitted { place, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_exact_at_its_bound() {
        let allowance = Allowance::of(NonZeroU32::new(3), None);
        let left: Vec<u32> = (0..3).map(|_| allowance.admit().unwrap().left.unwrap().requests).collect();
        assert_eq!(left, [2, 1, 0]);
        let away = allowance.admit().unwrap_err();
        assert_eq!(away.message, "more than the key's 3 requests a second");
        assert!(away.retry_after <= Duration::from_millis(334), "{away:?}");
    }

    #[test]
    fn places_are_given_back() {
        let allowance = Allowance::of(None, NonZeroU32::new(2));
        let first = allowance.admit().unwrap();
        let _second = allowance.admit().unwrap();
        assert_eq!(allowance.admit().unwrap_err().message, "more than the key's 2 requests at a time");
        drop(first);
        assert_eq!(allowance.admit().unwrap().left, None);
    }

    #[test]
    fn without_figures_there_are_no_bounds() {
        let allowance = Allowance::default();
        assert!((0..10_000).all(|_| allowance.admit().is_ok()));
    }
}
