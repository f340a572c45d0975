//! One attempt: a request is sent, its stream is read, and both are held to their times.

use proofhouse_types::{FailureKind, GenerationFailure};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::backend::{Backend, Call};
use crate::http::{Http, Refused};
use crate::message::Messages;
use crate::options::Deadlines;
use crate::refusal::failure;
use crate::reply::Reply;

/// Bytes of a stream at most, its wrapping among them: 500 bytes a token are usual, and a reply has a million tokens at most.
const MOST_STREAM_BYTES: usize = 512 << 20;

/// Sends a request and reads the stream to its end.
pub(crate) async fn attempt(
    http: &Http,
    backend: &dyn Backend,
    call: &Call,
    deadlines: &Deadlines,
    reply: &mut Reply<'_>,
) -> Result<(), Refused> {
    let (until, late) = deadline(deadlines, reply);
    let sending = timeout_at(until, http.post(call.path, &call.body));
    let response = sending.await.map_err(|_| late.failure(deadlines))??;
    Ok(read(backend, call, deadlines, response, reply).await?)
}

async fn read(
    backend: &dyn Backend,
    call: &Call,
    deadlines: &Deadlines,
    mut response: Response,
    reply: &mut Reply<'_>,
) -> Result<(), GenerationFailure> {
    let mut messages = Messages::new(call.framing);
    let mut bytes = 0;
    while !reply.ended {
        let (until, late) = deadline(deadlines, reply);
        let chunk = timeout_at(until, response.chunk()).await.map_err(|_| late.failure(deadlines))?;
        let Some(chunk) = chunk.map_err(|error| Http::broken(FailureKind::Disconnected, error))? else {
            return end(backend, messages, reply);
        };
        bytes += chunk.len();
        if bytes > MOST_STREAM_BYTES {
            return Err(failure(FailureKind::TooLong, &format!("the stream has more than {MOST_STREAM_BYTES} bytes")));
        }
        reply.arrive();
        messages.take(&chunk, &mut |message| match reply.ended {
            true => Ok(()),
            false => backend.read(message, reply),
        })?;
    }
    // What comes behind the end mark is nothing.
    Ok(())
}

/// The connection ended before an end mark came.
fn end(backend: &dyn Backend, messages: Messages, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
    if let Some(message) = messages.finish()? {
        let cut = |_| failure(FailureKind::MissingEnd, "the stream ends within a message");
        backend.read(&message, reply).map_err(cut)?;
    }
    match reply.ended {
        true => Ok(()),
        false => Err(failure(FailureKind::MissingEnd, "the stream ends without its end mark")),
    }
}

/// What did not come in time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Late {
    /// The first piece.
    First,
    /// The next one.
    Next,
    /// The end.
    End,
}

impl Late {
    /// The failure that it is.
    pub(crate) fn failure(self, deadlines: &Deadlines) -> GenerationFailure {
        let (kind, message) = match self {
            Late::First => (FailureKind::FirstTokenTimeout, format!("no token within {:?}", deadlines.first_token)),
            Late::Next => (FailureKind::IdleTimeout, format!("the reply stood still for {:?}", deadlines.idle)),
            Late::End => (FailureKind::TotalTimeout, format!("the reply has no end after {:?}", deadlines.total)),
        };
        failure(kind, &message)
    }
}

/// Until when the next chunk has to come, and what is late when it doesn't.
pub(crate) fn deadline(deadlines: &Deadlines, reply: &Reply<'_>) -> (Instant, Late) {
    let sent = Instant::from_std(reply.sent());
    let next = match reply.last_piece() {
        None => (sent + deadlines.first_token, Late::First),
        Some(last) => (Instant::from_std(last) + deadlines.idle, Late::Next),
    };
    let total = (sent + deadlines.total, Late::End);
    if total.0 < next.0 { total } else { next }
}
