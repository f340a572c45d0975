//! Writes reports down, many in one transaction, and keeps them while the database is away.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::store::{ScoredRow, Store};

/// How long a report waits for others: a transaction costs a flush of the disk, a millisecond to ten, and nobody sees a batch
/// move more often than some times a second.
const WINDOW: Duration = Duration::from_millis(50);

/// Reports of one transaction.
const MOST_ROWS: usize = 200;

/// Reports that wait for the database, besides those of the transaction: beyond it, nothing new is started. They are some KiB each.
pub(super) const BUFFERED_ROWS: usize = 1000;

/// Between two tries while the database is away.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Writes until nobody sends any more, or until it is to end and the database is away: what is lost then is scored again.
pub(super) async fn write(store: Store, mut scored: mpsc::Receiver<ScoredRow>, stop: CancellationToken) {
    let mut rows = Vec::new();
    while let Some(first) = scored.recv().await {
        rows.push(first);
        let end = Instant::now() + WINDOW;
        while rows.len() < MOST_ROWS {
            match timeout_at(end, scored.recv()).await {
                Ok(Some(row)) => rows.push(row),
                Ok(None) | Err(_) => break,
            }
        }
        if !write_all(&store, &rows, &stop).await {
            return;
        }
        rows.clear();
    }
}

/// Whether they are written at last.
async fn write_all(store: &Store, rows: &[ScoredRow], stop: &CancellationToken) -> bool {
    let mut pause = FIRST_PAUSE;
    loop {
        match store.write_reports(rows).await {
            Ok(written) => {
                for batch in written.done {
                    info!(%batch, "a batch is done");
                }
                return true;
            }
            Err(error) if stop.is_cancelled() => {
                warn!(%error, rows = rows.len(), "reports are not written; they will be made again");
                return false;
            }
            Err(error) => warn!(%error, rows = rows.len(), "reports can't be written yet"),
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
