//! Whether a request that failed is sent again, and when.

use std::time::Duration;

use proofhouse_types::FailureKind;

use crate::http::Refused;
use crate::options::Retries;

/// What is waited before the next attempt, after `made` of them; none where there is none. Whether something of a reply came
/// is the caller's to know. `random` is between 0 and 1: clients that failed together shall not come back together.
pub(crate) fn wait(retries: &Retries, made: u32, refused: &Refused, random: f64) -> Option<Duration> {
    if made > retries.most || !is_passing(refused.failure.kind) {
        return None;
    }
    let doubled = retries.first_wait.saturating_mul(1u32.checked_shl(made.saturating_sub(1)).unwrap_or(u32::MAX));
    let backoff = doubled.min(retries.longest_wait).mul_f64(0.5 + random);
    Some(refused.retry_after.map_or(backoff, |asked| asked.max(backoff)).min(retries.longest_wait))
}

/// Whether the same request may well succeed a little later.
fn is_passing(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Unreachable | FailureKind::RateLimited | FailureKind::ServerError => true,
        FailureKind::FirstTokenTimeout
        | FailureKind::IdleTimeout
        | FailureKind::TotalTimeout
        | FailureKind::Unauthorized
        | FailureKind::UnknownModel
        | FailureKind::ContextOverflow
        | FailureKind::Rejected
        | FailureKind::Unsupported
        | FailureKind::Disconnected
        | FailureKind::Malformed
        | FailureKind::MissingEnd
        | FailureKind::TooLong
        | FailureKind::Cancelled
        | FailureKind::WorkerDied => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::failure;

    fn check(kind: FailureKind, made: u32, retry_after_ms: Option<u64>, random: f64, expected_ms: Option<u64>) {
        let retries =
            Retries { most: 3, first_wait: Duration::from_millis(100), longest_wait: Duration::from_millis(1000) };
        let refused = Refused { failure: failure(kind, ""), retry_after: retry_after_ms.map(Duration::from_millis) };
        let expected = expected_ms.map(Duration::from_millis);
        assert_eq!(wait(&retries, made, &refused, random), expected, "{kind:?} {made} {retry_after_ms:?}");
    }

    #[test]
    fn waits_double_up_to_a_bound_and_heed_the_server() {
        check(FailureKind::ServerError, 1, None, 0.5, Some(100));
        check(FailureKind::ServerError, 1, None, 0.0, Some(50));
        check(FailureKind::RateLimited, 2, None, 0.5, Some(200));
        check(FailureKind::Unreachable, 3, None, 1.0, Some(600));
        check(FailureKind::Unreachable, 4, None, 0.5, None);
        check(FailureKind::RateLimited, 1, Some(700), 0.5, Some(700));
        check(FailureKind::RateLimited, 1, Some(60_000), 0.5, Some(1000));
        check(FailureKind::RateLimited, 3, Some(1), 0.5, Some(400));
        check(FailureKind::Rejected, 1, None, 0.5, None);
        check(FailureKind::Disconnected, 1, None, 0.5, None);
    }
}
