//! Tells of batches as they go on: their reports in order, and how far they are.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{try_unfold, unfold};
use proofhouse_types::{BatchState, BatchStatus};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::debug;

use crate::dispatcher::Client;
use crate::store::{BatchId, Store, StoreError};

/// The shortest time between two looks at a batch: four a second are a smooth bar, and little for the database.
const SHORTEST: Duration = Duration::from_millis(250);

/// The longest: another server may be the one that writes.
const LONGEST: Duration = Duration::from_secs(1);

/// Whether to wait for reports that are not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Only what is there.
    No,
    /// Until the batch has ended.
    ToTheEnd,
}

struct Watched {
    store: Store,
    client: Client,
    id: BatchId,
    written: watch::Receiver<u64>,
}

impl Watched {
    fn new(store: Store, client: Client, id: BatchId) -> Watched {
        let written = store.written();
        Watched { store, client, id, written }
    }

    async fn status(&self) -> Result<Option<BatchStatus>, StoreError> {
        self.store.batch(&self.client.name, &self.id).await
    }

    /// Waits until something may have changed.
    async fn change(&mut self) {
        sleep(SHORTEST).await;
        let _ = timeout(LONGEST - SHORTEST, self.written.changed()).await;
        self.written.mark_unchanged();
    }
}

/// The reports of a batch as lines, in the order of its submissions, each once.
pub(crate) fn results(
    store: Store,
    client: Client,
    id: BatchId,
    follow: Follow,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let start = Some((Watched::new(store, client, id), 0));
    try_unfold(start, move |state| async move {
        let Some((mut watched, mut next)) = state else { return Ok(None) };
        loop {
            // The state before the reports: what was there when a batch ended is in a page that is read after.
            let read = async { Ok((watched.status().await?, watched.store.reports(&watched.id, next).await?)) };
            let (status, page) = match (read.await, follow) {
                (Ok(read), _) => read,
                (Err(error), Follow::No) => return Err(error),
                (Err(error), Follow::ToTheEnd) => {
                    debug!(%error, "whoever follows a batch waits for the database");
                    sleep(LONGEST).await;
                    continue;
                }
            };
            let waits = follow == Follow::ToTheEnd && status.is_some_and(|status| status.state == BatchState::Running);
            let mut lines = String::new();
            let mut is_last = page.is_last;
            for (position, json) in page.reports {
                if waits && position != next {
                    is_last = true;
                    break;
                }
                lines.push_str(&json);
                lines.push('\n');
                next = position + 1;
            }
            match (lines.is_empty(), is_last && !waits) {
                (true, true) => return Ok(None),
                (false, true) => return Ok(Some((Bytes::from(lines), None))),
                (false, false) => return Ok(Some((Bytes::from(lines), Some((watched, next))))),
                (true, false) => watched.change().await,
            }
        }
    })
}

/// How far a batch is, whenever that changes, until it has ended.
pub(crate) fn progress(store: Store, client: Client, id: BatchId) -> impl Stream<Item = Result<Event, Infallible>> {
    let start = Some((Watched::new(store, client, id), None::<BatchStatus>));
    unfold(start, |state| async move {
        let (mut watched, last) = state?;
        loop {
            match watched.status().await {
                Ok(None) => return None,
                Ok(Some(status)) if Some(&status) != last.as_ref() => {
                    let event = Event::default().event("progress");
                    let event = event.json_data(&status).expect("texts and numbers serialise");
                    let goes_on = status.state == BatchState::Running;
                    return Some((Ok(event), goes_on.then_some((watched, Some(status)))));
                }
                Ok(Some(_)) => {}
                Err(error) => debug!(%error, "whoever follows a batch waits for the database"),
            }
            watched.change().await;
        }
    })
}
