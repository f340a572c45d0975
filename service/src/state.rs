//! What every handler has at hand. Cheap to clone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proofhouse::Suite;
use proofhouse_types::TaskId;

use crate::config::Config;
use crate::dispatcher::{Dispatcher, Patience, ReadyTask};
use crate::metrics::Metrics;
use crate::pool::MOST_START;
use crate::store::Store;

/// What every handler has at hand.
#[derive(Clone)]
pub(crate) struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The way to the workers.
    pub dispatcher: Dispatcher,
    /// The suites that requests may name.
    pub suites: Arc<Suites>,
    /// What outlives the server.
    pub store: Store,
    /// What is counted.
    pub metrics: Metrics,
}

/// Suites by the names that requests have for them.
#[derive(Debug, Default)]
pub(crate) struct Suites(pub BTreeMap<String, ServedSuite>);

/// A suite whose tasks are ready to be sent to workers.
#[derive(Debug)]
pub(crate) struct ServedSuite {
    /// Hex SHA-256 of what decides its verdicts.
    pub digest: String,
    /// Its tasks, in its order.
    pub tasks: Vec<Arc<ReadyTask>>,
    by_id: BTreeMap<TaskId, usize>,
}

impl ServedSuite {
    pub(crate) fn of(suite: Suite) -> ServedSuite {
        let digest = suite.digest;
        let tasks: Vec<Arc<ReadyTask>> = suite.tasks.into_iter().map(|task| Arc::new(ReadyTask::of(task))).collect();
        let by_id = tasks.iter().enumerate().map(|(position, ready)| (ready.task.id.clone(), position)).collect();
        ServedSuite { digest, tasks, by_id }
    }

    /// The task of this id.
    pub(crate) fn task(&self, id: &TaskId) -> Option<&Arc<ReadyTask>> {
        self.by_id.get(id).map(|position| &self.tasks[*position])
    }
}

impl AppState {
    /// How long a request of `/v1` may wait: refused at once above the setting, and once taken, done, unless no worker can be had.
    pub(crate) fn patience(&self) -> Patience {
        let admit = Duration::from_millis(self.config.queue.max_wait_ms);
        Patience { admit, hold: admit.saturating_add(MOST_START) }
    }
}
