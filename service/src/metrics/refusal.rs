//! The words for requests that are turned away.

use crate::error::ApiError;

/// Why a request was refused though there was nothing wrong with what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No key, or none that is known.
    Key,
    /// The key's rate, or its number of requests at a time.
    Rate,
    /// A body above the bound.
    TooLarge,
    /// A body that did not come.
    TooSlow,
    /// The queue is too long.
    Overloaded,
    /// The server is shutting down.
    Closing,
}

impl Refusal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Refusal::Key => "key",
            Refusal::Rate => "rate",
            Refusal::TooLarge => "too_large",
            Refusal::TooSlow => "too_slow",
            Refusal::Overloaded => "overloaded",
            Refusal::Closing => "closing",
        }
    }

    /// The refusal that an error is; most errors are none.
    pub(crate) fn of(error: &ApiError) -> Option<Refusal> {
        match error {
            ApiError::Unauthorized => Some(Refusal::Key),
            ApiError::TooMany { .. } => Some(Refusal::Rate),
            ApiError::TooLarge { .. } => Some(Refusal::TooLarge),
            ApiError::TooSlow => Some(Refusal::TooSlow),
            ApiError::Overloaded { .. } => Some(Refusal::Overloaded),
            ApiError::Closing => Some(Refusal::Closing),
            ApiError::Invalid { .. }
            | ApiError::Unreadable(_)
            | ApiError::NotFound { .. }
            | ApiError::NoRoute
            | ApiError::Method
            | ApiError::Forbidden(_)
            | ApiError::MediaType(_)
            | ApiError::NotReady(_)
            | ApiError::Database
            | ApiError::Fault(_) => None,
        }
    }
}
