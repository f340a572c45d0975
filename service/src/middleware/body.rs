//! The bounds of a request's body: its bytes, and how slowly they may come.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::error::ApiError;

/// Bytes a second that a body must come with, after a grace of one pause. The slowest mobile networks still in use bring a
/// dozen times as much; at one byte a second, a body of 8 MiB would take three months.
const LEAST_BYTES_PER_SECOND: u64 = 1 << 10;

/// Why a body is not read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Broken {
    #[error("the body is larger than {most} bytes")]
    TooLarge { most: u64 },
    #[error("the body did not come in time")]
    TooSlow,
}

/// What a failure to read a body is to its sender.
pub(crate) fn body_error(error: &axum::Error) -> ApiError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref() {
            Some(Broken::TooLarge { most }) => return ApiError::TooLarge { most: *most },
            Some(Broken::TooSlow) => return ApiError::TooSlow,
            None => cause = error.source(),
        }
    }
    ApiError::Unreadable("the body broke off".to_owned())
}

/// Refuses a body by its head alone.
///
/// # Errors
/// Where it says that it is too large, or compressed.
pub(super) fn check_head(headers: &HeaderMap, most: u64) -> Result<(), ApiError> {
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    if encodings.iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ApiError::MediaType("expected a body without `Content-Encoding`".to_owned()));
    }
    // hyper has refused lengths that are no numbers.
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > most => Err(ApiError::TooLarge { most }),
        Some(_) | None => Ok(()),
    }
}

/// A body that ends with an error where it is too large or comes too slowly. Only the time counts in which it was waited for.
pub(super) struct Paced {
    body: Body,
    most: u64,
    most_pause: Duration,
    received: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Paced {
    pub(super) fn new(body: Body, most: u64, most_pause: Duration) -> Paced {
        Paced { body, most, most_pause, received: 0, waited: Duration::ZERO, waiting: None }
    }

    /// How long the next bytes may take.
    fn allowed(&self) -> Duration {
        let in_all = self.most_pause + Duration::from_secs_f64(self.received as f64 / LEAST_BYTES_PER_SECOND as f64);
        self.most_pause.min(in_all.saturating_sub(self.waited))
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            let allowed = self.allowed();
            let (_, late) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(allowed))));
            ready!(late.as_mut().poll(context));
            return Poll::Ready(Some(Err(axum::Error::new(Broken::TooSlow))));
        };
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
        self.received += bytes as u64;
        if self.received > self.most {
            return Poll::Ready(Some(Err(axum::Error::new(Broken::TooLarge { most: self.most }))));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
