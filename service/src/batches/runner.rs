//! Has the submissions of batches scored: a few at a time, each batch in its turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use proofhouse::faulted;
use proofhouse_types::{Report, Submission, Task};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::keeper::keep;
use super::rotation::Rotation;
use super::writer::{BUFFERED_ROWS, write};
use crate::dispatcher::{Client, NotDone, ReadyTask};
use crate::store::{Rest, ScoredRow, Seat, Store, StoreError};

/// How often the database is asked for batches that another server has accepted.
const LOOK: Duration = Duration::from_secs(2);

/// How often a server that may not run batches asks whether it may, and one that may whether it still may.
const SEAT: Duration = Duration::from_secs(5);

/// Between two tries while the database is away.
const PAUSE: Duration = Duration::from_secs(1);

/// Between two tries of a submission that the line before the workers had no place for.
const LEAST_WAIT: Duration = Duration::from_millis(50);

/// How many times what is in flight a batch may start in its turn: few enough that a small batch does not wait long behind large
/// ones, and enough that asking for them costs little.
const TURN: usize = 4;

/// Bytes of tasks, as JSON, that are kept ready: HumanEval and MBPP with the inputs of EvalPlus have some 60 MB.
const TASK_BYTES: usize = 64 << 20;

/// What the running of batches is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSettings {
    /// Submissions in flight. Twice the workers: one in each, and the next at hand.
    pub in_flight: usize,
    /// Days that what has ended is kept.
    pub retention_days: u32,
}

/// Batches that are being run.
pub(crate) struct Batches {
    stop: CancellationToken,
    running: [JoinHandle<()>; 3],
}

impl Batches {
    /// Runs the database's batches from now on, with what scores a submission: `Dispatcher::score` without an end to its patience.
    pub(crate) fn start<F, S>(store: Store, settings: BatchSettings, score: S) -> Batches
    where
        F: Future<Output = Result<Report, NotDone>> + Send + 'static,
        S: Fn(Client, Arc<ReadyTask>, Submission) -> F + Clone + Send + Sync + 'static,
    {
        let stop = CancellationToken::new();
        let (sender, receiver) = mpsc::channel(BUFFERED_ROWS);
        let runner = Runner {
            store: store.clone(),
            stop: stop.clone(),
            in_flight: settings.in_flight.max(1),
            permits: Arc::new(Semaphore::new(settings.in_flight.max(1))),
            sender,
            score,
            rotation: Rotation::default(),
            tasks: Tasks::default(),
        };
        let running = [
            tokio::spawn(runner.run()),
            tokio::spawn(write(store.clone(), receiver, stop.clone())),
            tokio::spawn(keep(store, settings.retention_days, stop.clone())),
        ];
        Batches { stop, running }
    }

    /// Starts nothing more, waits for what runs, and writes it down. What it has no time for is scored after the next start.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for task in self.running {
            if let Err(error) = task.await {
                warn!(%error, "batches did not end well");
            }
        }
    }
}

struct Runner<S> {
    store: Store,
    stop: CancellationToken,
    in_flight: usize,
    permits: Arc<Semaphore>,
    sender: mpsc::Sender<ScoredRow>,
    score: S,
    rotation: Rotation,
    tasks: Tasks,
}

/// Why a round has ended.
enum Ended {
    Stopped,
    SeatLost,
    Database(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Ended {
        Ended::Database(error)
    }
}

impl<F, S> Runner<S>
where
    F: Future<Output = Result<Report, NotDone>> + Send + 'static,
    S: Fn(Client, Arc<ReadyTask>, Submission) -> F + Clone + Send + Sync + 'static,
{
    async fn run(mut self) {
        let mut is_elsewhere = false;
        while !self.stop.is_cancelled() {
            let pause = match self.store.take_seat().await {
                Ok(Some(seat)) => {
                    is_elsewhere = false;
                    match self.rounds(seat).await {
                        Ended::Stopped => break,
                        Ended::SeatLost => warn!("the database was away; running its batches must be allowed anew"),
                        Ended::Database(error) => warn!(%error, "batches can't go on yet"),
                    }
                    PAUSE
                }
                Ok(None) => {
                    if !std::mem::replace(&mut is_elsewhere, true) {
                        warn!(
                            "another server runs the batches of this database; this one takes over when that one ends"
                        );
                    }
                    SEAT
                }
                Err(error) => {
                    warn!(%error, "batches can't be run yet");
                    PAUSE
                }
            };
            // What is under way ends before another server, or this one, looks for what is left.
            self.drain().await;
            self.rotation = Rotation::default();
            self.pause(pause).await;
        }
        self.drain().await;
    }

    /// One turn after the other, for as long as this server may.
    async fn rounds(&mut self, mut seat: Seat) -> Ended {
        info!("running batches");
        let mut asked = Instant::now();
        let mut looked: Option<Instant> = None;
        let mut has_turn = false;
        loop {
            if asked.elapsed() > SEAT {
                if !seat.is_held().await {
                    return Ended::SeatLost;
                }
                asked = Instant::now();
            }
            if !has_turn && looked.is_some() {
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    // A batch was accepted, or another server may have accepted one.
                    _ = timeout(LOOK, self.store.accepted()) => looked = None,
                }
            }
            if self.stop.is_cancelled() {
                return Ended::Stopped;
            }
            if looked.is_none_or(|looked| looked.elapsed() > LOOK) {
                match self.store.running().await {
                    Ok(running) => self.rotation.set(running),
                    Err(error) => return error.into(),
                }
                looked = Some(Instant::now());
            }
            has_turn = match self.turn().await {
                Ok(has_turn) => has_turn,
                Err(ended) => return ended,
            };
        }
    }

    /// Starts some submissions of the batch whose turn it is. Whether there was one.
    async fn turn(&mut self) -> Result<bool, Ended> {
        let Some((batch, client, from)) = self.rotation.turn() else { return Ok(false) };
        let rest = match self.store.is_running(&batch).await? {
            true => self.store.rest(&batch, from, TURN * self.in_flight).await?,
            false => Vec::new(),
        };
        if rest.is_empty() {
            self.rotation.pause(&batch);
            return Ok(true);
        }
        // Behind those who wait for an answer: see `TURNS`.
        let client = Client { name: format!("{client}/batch").into(), weight: 1 };
        for rest in rest {
            let (task, submission, fault) = self.ready(&rest).await?;
            let permit = tokio::select! {
                permit = self.permits.clone().acquire_owned() => permit.expect("nobody closes it"),
                () = self.stop.cancelled() => return Err(Ended::Stopped),
            };
            self.rotation.started(&batch, rest.position + 1);
            let (score, sender, batch, client) =
                (self.score.clone(), self.sender.clone(), batch.clone(), client.clone());
            tokio::spawn(async move {
                let report = match fault {
                    None => scored(&score, client, task, submission).await,
                    Some(fault) => Some(faulted(&task.task, &submission, fault)),
                };
                if let Some(report) = report {
                    // The writer ends early only when the server does.
                    let _ = sender.send(ScoredRow::of(batch, rest.position, &report)).await;
                }
                drop(permit);
            });
        }
        Ok(true)
    }

    /// What a row asks for; and, where it can't be read, the fault for its report.
    async fn ready(&mut self, rest: &Rest) -> Result<(Arc<ReadyTask>, Submission, Option<String>), StoreError> {
        let (submission, mut fault) = match rest.submission() {
            Ok(submission) => (submission, None),
            Err(error) => (Submission::program("", ""), Some(explained(&error))),
        };
        let task = match self.tasks.get(&self.store, &rest.task_key).await {
            Ok(Some(task)) => task,
            Ok(None) => {
                fault = Some("the database has lost the task".to_owned());
                Arc::new(ReadyTask::of(Task::new(&submission.task_id.0, "")))
            }
            Err(error @ StoreError::Row { .. }) => {
                fault = Some(explained(&error));
                Arc::new(ReadyTask::of(Task::new(&submission.task_id.0, "")))
            }
            Err(error) => return Err(error),
        };
        Ok((task, submission, fault))
    }

    /// Waits until nothing is under way.
    async fn drain(&self) {
        let all = u32::try_from(self.in_flight).expect("twice the workers");
        drop(self.permits.acquire_many(all).await);
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

/// A submission's report; nothing where the server ends.
async fn scored<F, S>(score: &S, client: Client, task: Arc<ReadyTask>, submission: Submission) -> Option<Report>
where
    F: Future<Output = Result<Report, NotDone>>,
    S: Fn(Client, Arc<ReadyTask>, Submission) -> F,
{
    loop {
        match score(client.clone(), task.clone(), submission.clone()).await {
            Ok(report) => return Some(report),
            Err(NotDone::Overloaded { retry_after }) => sleep(retry_after.max(LEAST_WAIT)).await,
            Err(NotDone::Closing) => return None,
            Err(NotDone::Fault(fault)) => return Some(faulted(&task.task, &submission, fault)),
        }
    }
}

fn explained(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Tasks that were read, up to a number of bytes: then all are forgotten, and those that are used are read again.
#[derive(Default)]
struct Tasks {
    by_key: HashMap<String, Arc<ReadyTask>>,
    bytes: usize,
}

impl Tasks {
    async fn get(&mut self, store: &Store, key: &str) -> Result<Option<Arc<ReadyTask>>, StoreError> {
        if let Some(task) = self.by_key.get(key) {
            return Ok(Some(task.clone()));
        }
        let Some(task) = store.task(key).await? else { return Ok(None) };
        if self.bytes + task.json.len() > TASK_BYTES {
            *self = Tasks::default();
        }
        self.bytes += task.json.len();
        self.by_key.insert(key.to_owned(), task.clone());
        Ok(Some(task))
    }
}
