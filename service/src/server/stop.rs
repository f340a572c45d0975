//! How a server is told to stop: gently, and then at once.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Tells all parts of a server to stop. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    gently: CancellationToken,
    at_once: CancellationToken,
}

impl Stop {
    /// Listens to SIGTERM and SIGINT: the first asks for a gentle end, the second for one at once.
    ///
    /// # Errors
    /// Where signals can't be listened to.
    pub(crate) fn on_signals() -> io::Result<Stop> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = Stop::default();
        let told = stop.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => told.ask(),
                    _ = interrupt.recv() => told.ask(),
                }
            }
        });
        Ok(stop)
    }

    /// Asks for a gentle end; asked for again, for one at once.
    pub(crate) fn ask(&self) {
        if self.gently.is_cancelled() {
            self.at_once.cancel();
        }
        self.gently.cancel();
    }

    /// Waits until the end is asked for.
    pub(crate) async fn asked(&self) {
        self.gently.cancelled().await;
    }

    /// Waits until it must be at once.
    pub(crate) async fn at_once(&self) {
        self.at_once.cancelled().await;
    }
}
