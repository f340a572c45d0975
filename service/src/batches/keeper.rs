//! Forgets what is old, now and then.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::store::{Forgotten, Store};

/// Between two looks. Days are what is kept, so minutes don't matter; an upload that was left goes an hour later.
const LOOK: Duration = Duration::from_secs(600);

/// Between two steps, so that reports and uploads get their turns.
const STEP: Duration = Duration::from_millis(20);

pub(super) async fn keep(store: Store, retention_days: u32, stop: CancellationToken) {
    loop {
        let pause = match store.forget(retention_days).await {
            Ok(Forgotten::Some) => STEP,
            Ok(Forgotten::All) => LOOK,
            Err(error) => {
                warn!(%error, "what is old can't be forgotten yet");
                LOOK
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}
