//! Runs submissions: while their client waits, or behind its back.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;

use super::accepted::Accepted;
use super::done::Done;
use super::foreign;
use super::queue_is_full;
use crate::config::QueueSettings;
use crate::dispatcher::{NotDone, Patience};
use crate::error::{ApiError, Foreign};
use crate::state::AppState;
use crate::store::{Store, StoreError};

/// Submissions that nobody waits for and that stand in the line before the workers at a time; the others wait for these, so that
/// they don't fill the line for those who wait.
const IN_LINE: usize = 64;

/// Before the line is tried again when it was full, and before a result is written again.
const PAUSE: Duration = Duration::from_millis(250);

/// The submissions, and room for more.
#[derive(Clone)]
pub(crate) struct Judge0 {
    pub(super) store: Store,
    room: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Judge0 {
    /// As many may wait as requests may.
    pub(crate) fn new(settings: &QueueSettings, store: Store) -> Judge0 {
        let room = settings.length.min(Semaphore::MAX_PERMITS);
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Judge0 { store, room: semaphore(room), line: semaphore(IN_LINE) }
    }

    /// Room for so many submissions, where there is.
    pub(super) fn room(&self, submissions: usize) -> Result<OwnedSemaphorePermit, Foreign> {
        let permits = u32::try_from(submissions).unwrap_or(u32::MAX);
        self.room.clone().try_acquire_many_owned(permits).map_err(|_| queue_is_full())
    }

    /// Takes a submission, and runs it later.
    pub(super) async fn take(
        &self,
        state: &AppState,
        token: &str,
        accepted: Accepted,
        room: OwnedSemaphorePermit,
    ) -> Result<(), Foreign> {
        self.store.put_judge0(token, &written(&accepted)).await.map_err(|error| foreign(&ApiError::from(error)))?;
        tokio::spawn(self.clone().run_later(state.clone(), token.to_owned(), accepted, Some(room)));
        Ok(())
    }

    async fn run_later(self, state: AppState, token: String, accepted: Accepted, _room: Option<OwnedSemaphorePermit>) {
        let _line = self.line.acquire().await.expect("it is never closed");
        let patience = Patience { admit: Duration::MAX, hold: Duration::MAX };
        let done = loop {
            match run(&state, &accepted, patience).await {
                Ok(done) => break done,
                Err(NotDone::Overloaded { .. }) => tokio::time::sleep(PAUSE).await,
                // It goes on when the server does.
                Err(NotDone::Closing | NotDone::Fault(_)) => return,
            }
        };
        while let Err(error) = self.store.finish_judge0(&token, &written(&done)).await {
            warn!(%error, "the result of a submission could not be written yet");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Runs a submission while its client waits, then keeps it.
    pub(super) async fn run_now(&self, state: &AppState, token: &str, accepted: &Accepted) -> Result<Done, Foreign> {
        let done = run(state, accepted, state.patience()).await.map_err(|error| foreign(&ApiError::from(error)))?;
        let kept = async {
            self.store.put_judge0(token, &written(accepted)).await?;
            self.store.finish_judge0(token, &written(&done)).await
        };
        kept.await.map_err(|error: StoreError| foreign(&ApiError::from(error)))?;
        Ok(done)
    }
}

/// Goes on with what a server that ended has left.
pub(crate) async fn resume(state: AppState, judge0: Judge0) {
    let unfinished = loop {
        match judge0.store.unfinished_judge0(u32::MAX).await {
            Ok(unfinished) => break unfinished,
            Err(error) => warn!(%error, "submissions that were left can't be read yet"),
        }
        tokio::time::sleep(PAUSE).await;
    };
    for submission in unfinished {
        match serde_json::from_str(&submission.request) {
            Ok(accepted) => {
                tokio::spawn(judge0.clone().run_later(state.clone(), submission.token, accepted, None));
            }
            Err(error) => warn!(%error, "a submission can't be read"),
        }
    }
}

/// Runs a submission. What our host failed at is a result here: clients know it as an internal error.
async fn run(state: &AppState, accepted: &Accepted, patience: Patience) -> Result<Done, NotDone> {
    let limits = accepted.limits(&state.config.ceilings);
    let (kept, within) = (accepted.clone(), limits.clone());
    // Archives take a while to unpack.
    let made = tokio::task::spawn_blocking(move || kept.program(&within)).await;
    let program = match made.map_err(|error| NotDone::Fault(error.to_string()))? {
        Ok(program) => program,
        Err(error) => return Ok(Done::fault(error.to_string())),
    };
    match state.dispatcher.run(&accepted.client(), program, &limits, patience).await {
        Ok(run) => Ok(Done::of(accepted, &run)),
        Err(NotDone::Fault(fault)) => Ok(Done::fault(format!("a fault of the service: {fault}"))),
        Err(other @ (NotDone::Overloaded { .. } | NotDone::Closing)) => Err(other),
    }
}

fn written(kept: &impl serde::Serialize) -> String {
    serde_json::to_string(kept).expect("texts and numbers serialise")
}
