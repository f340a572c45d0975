//! The line before the workers: who is let in, who is next, and the threads of work that serve it.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tracing::{error, info, warn};

use crate::config::Config;
use crate::dispatcher::{Client, NotDone};
use crate::metrics::{Levels, Metrics};
use crate::pool::{Lost, Parcel, Worker, WorkerCommand};
use crate::queue::{Estimates, FairQueue, Ticket};
use crate::spans::JobSpans;
use crate::worker::{Answer, Hello};

/// After a worker could not be started, the first pause before the next; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// KiB of the jobs that wait or run at a time: a queue that is bounded by their number alone could hold some 30 GiB.
const MOST_KIB: usize = 1 << 20;

/// What waits in line.
pub(crate) struct Lined {
    parcel: Parcel,
    reply: oneshot::Sender<Result<Answer, String>>,
    since: Instant,
    spans: JobSpans,
    /// Its share of the memory that jobs may have, from when it joins the line.
    room: Option<OwnedSemaphorePermit>,
}

impl Lined {
    pub(crate) fn new(parcel: Parcel, reply: oneshot::Sender<Result<Answer, String>>) -> Lined {
        Lined { parcel, reply, since: Instant::now(), spans: JobSpans::waiting(), room: None }
    }

    fn task(&self) -> Option<&[u8; 32]> {
        self.parcel.task.as_ref().map(|task| &task.key.0)
    }
}

/// The line, and the workers that serve it.
pub(crate) struct Line {
    state: Mutex<State>,
    /// Wakes a worker when there is something to do.
    wake: Notify,
    ready: AtomicUsize,
    length: usize,
    /// KiB for the jobs that wait or run.
    room: Arc<Semaphore>,
    job_wall: Duration,
    metrics: Metrics,
}

#[derive(Default)]
struct State {
    queue: FairQueue<Lined>,
    estimates: Estimates,
    /// For each worker, when its job began and how long that is expected to take.
    running: Vec<Option<(Instant, Duration)>>,
    hello: Option<Hello>,
    is_closed: bool,
}

/// A place in line; given up when it is dropped.
pub(crate) struct Place {
    line: Arc<Line>,
    ticket: Ticket,
}

impl Place {
    /// Whether there was still something to give up.
    pub(crate) fn leave(&self) -> bool {
        self.line.state().queue.remove(self.ticket).is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

impl State {
    /// How long what comes now is expected to wait.
    fn expected_wait(&self) -> Duration {
        let left = |running: &Option<(Instant, Duration)>| match running {
            // What has gone on for longer than expected is expected to go on for as long again.
            Some((since, expected)) => expected.checked_sub(since.elapsed()).unwrap_or_else(|| since.elapsed()),
            None => Duration::ZERO,
        };
        if self.queue.len() == 0 && self.running.iter().any(Option::is_none) {
            return Duration::ZERO;
        }
        let running: Duration = self.running.iter().map(left).sum();
        (self.queue.expected() + running) / (self.running.len().max(1) as u32)
    }
}

impl Line {
    pub(crate) fn start(config: &Config, workers: usize, command: WorkerCommand, metrics: Metrics) -> Arc<Line> {
        let state = State { running: vec![None; workers], ..State::default() };
        let line = Arc::new(Line {
            state: Mutex::new(state),
            wake: Notify::new(),
            ready: AtomicUsize::new(0),
            length: config.queue.length,
            room: Arc::new(Semaphore::new(MOST_KIB)),
            job_wall: Duration::from_secs(config.worker.job_wall.0),
            metrics,
        });
        let tasks = NonZeroUsize::new(config.worker.tasks).unwrap_or(NonZeroUsize::MIN);
        for number in 0..workers {
            tokio::spawn(line.clone().serve(number, command.clone(), tasks));
        }
        line
    }

    /// Joins the line, unless it is too long.
    pub(crate) fn join(self: &Arc<Line>, client: &Client, mut lined: Lined, admit: Duration) -> Result<Place, NotDone> {
        let mut state = self.state();
        if state.is_closed {
            return Err(NotDone::Closing);
        }
        let wait = state.expected_wait();
        if wait > admit || state.queue.len() >= self.length {
            return Err(NotDone::Overloaded { retry_after: wait.saturating_sub(admit) });
        }
        let kib = u32::try_from(lined.parcel.frame.len() / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(room) = self.room.clone().try_acquire_many_owned(kib) else {
            return Err(NotDone::Overloaded { retry_after: wait });
        };
        lined.room = Some(room);
        let cost = state.estimates.of(lined.task());
        let ticket = state.queue.push(client, cost, lined);
        drop(state);
        self.wake.notify_one();
        Ok(Place { line: self.clone(), ticket })
    }

    pub(crate) fn expected_wait(&self) -> Duration {
        self.state().expected_wait()
    }

    pub(crate) fn hello(&self) -> Option<Hello> {
        self.state().hello.clone()
    }

    pub(crate) fn ready_workers(&self) -> usize {
        self.ready.load(Ordering::Relaxed)
    }

    /// How it stands with the queue and the workers.
    pub(crate) fn levels(&self) -> Levels {
        let state = self.state();
        Levels {
            queue_depth: state.queue.len() as u64,
            queue_oldest_age: state.queue.oldest().map_or(Duration::ZERO, |lined| lined.since.elapsed()),
            workers_ready: self.ready_workers() as u64,
            workers_busy: state.running.iter().flatten().count() as u64,
            ..Levels::default()
        }
    }

    pub(crate) fn close(&self) {
        self.state().is_closed = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One worker's life: a process, the jobs that it does, and the process after it.
    async fn serve(self: Arc<Line>, number: usize, command: WorkerCommand, tasks: NonZeroUsize) {
        let mut pause = FIRST_PAUSE;
        // A job whose first worker died.
        let mut again: Option<Lined> = None;
        loop {
            let worker = match Worker::start(&command, tasks).await {
                Ok(worker) => worker,
                Err(lost) => {
                    error!(worker = number, reason = %lost, "a worker can't be started");
                    self.metrics.worker_lost(lost.reason());
                    if let Some(lined) = again.take() {
                        let _ = lined.reply.send(Err(lost.to_string()));
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
            };
            pause = FIRST_PAUSE;
            self.greet(number, &worker);
            self.ready.fetch_add(1, Ordering::Relaxed);
            let (lost, unfinished) = self.work(number, worker, again.take()).await;
            self.ready.fetch_sub(1, Ordering::Relaxed);
            warn!(worker = number, reason = %lost, "a worker is lost");
            self.metrics.worker_lost(lost.reason());
            again = unfinished;
        }
    }

    fn greet(&self, number: usize, worker: &Worker) {
        let mut state = self.state();
        if state.hello.is_none() {
            for missing in &worker.hello.unlocked {
                warn!(missing, "this kernel does not lock workers as it should");
            }
            state.hello = Some(worker.hello.clone());
        }
        info!(worker = number, packages = worker.hello.packages, "a worker is ready");
    }

    /// Has one job after the other done until the worker is lost: why, and the job that deserves another try.
    async fn work(&self, number: usize, mut worker: Worker, again: Option<Lined>) -> (Lost, Option<Lined>) {
        if let Some(mut lined) = again.filter(|lined| !lined.reply.is_closed()) {
            match self.have_done(number, &mut worker, &mut lined).await {
                Ok(answer) => drop(lined.reply.send(Ok(answer))),
                Err(lost) => {
                    drop(lined.reply.send(Err(format!("{lost}, and so did the one after it"))));
                    return (lost, None);
                }
            }
        }
        loop {
            let mut lined = tokio::select! {
                lined = self.next() => lined,
                () = worker.gone() => return (Lost::Died("between two jobs".to_owned()), None),
            };
            self.metrics.waited(lined.since.elapsed());
            match self.have_done(number, &mut worker, &mut lined).await {
                // Whoever asked may have gone.
                Ok(answer) => drop(lined.reply.send(Ok(answer))),
                Err(lost) => return (lost, Some(lined)),
            }
        }
    }

    async fn have_done(&self, number: usize, worker: &mut Worker, lined: &mut Lined) -> Result<Answer, Lost> {
        lined.spans.working(number);
        let started = Instant::now();
        {
            let mut state = self.state();
            let expected = state.estimates.of(lined.task());
            state.running[number] = Some((started, expected));
        }
        let answer = worker.ask(&lined.parcel, self.job_wall).await;
        let mut state = self.state();
        state.running[number] = None;
        state.estimates.learn(lined.task(), started.elapsed());
        answer
    }

    /// What is next, as soon as there is something that anybody still waits for.
    async fn next(&self) -> Lined {
        loop {
            let (lined, more) = {
                let mut state = self.state();
                (state.queue.pop(), state.queue.len() > 0)
            };
            match lined {
                Some(lined) if lined.reply.is_closed() => {}
                Some(lined) => {
                    if more {
                        self.wake.notify_one();
                    }
                    return lined;
                }
                None => self.wake.notified().await,
            }
        }
    }
}
