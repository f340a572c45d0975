//! The process that runs a model, from outside: it is started, told what to do, heard, and ended. Whatever becomes of it,
//! nothing of it is left behind: it ends with its standard input, and is killed when this end is dropped.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use proofhouse_types::FailureKind;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{debug, warn};

use super::wire::{Event, Load, Order};
use crate::clean::{cut, one_line};
use crate::message::{Framing, Message, Messages};
use crate::refusal::failure;

/// How long loading may take: 70 GB from a hard disk take six minutes, and a network's disk is slower.
const MOST_LOADING: Duration = Duration::from_secs(1800);
/// Events of one request that wait to be read; then the process waits. A reader that is polled at all is never that late.
const MOST_EVENTS: usize = 256;
/// Bytes of a line of the process's log.
const MOST_LINE_BYTES: u64 = 8 << 10;
/// All of its environment that it gets, for the libraries of a GPU. The rest may have keys in it, and is not a model's business.
const KEPT_VARIABLES: [&str; 2] = ["LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"];
/// Lines of its log that explain its end: an assertion of ggml is one or two.
const LAST_LINES: usize = 3;
/// How long the end of its log is waited for, when the process is gone: a grandchild could hold it open.
const END_OF_LOG: Duration = Duration::from_secs(1);
/// Bytes that are read from it at a time.
const READ_BYTES: usize = 64 << 10;

/// A running process with a loaded model.
pub(super) struct Process {
    shared: Arc<Shared>,
    next: AtomicU64,
    /// What loading took.
    pub(super) load_ms: u64,
    _end: DropGuard,
}

/// What the tasks around a process share.
struct Shared {
    /// Unbounded, as cancelling must not wait; the requests at a time bound it.
    orders: mpsc::UnboundedSender<Vec<u8>>,
    requests: Mutex<HashMap<u64, mpsc::Sender<Event>>>,
    /// Why the process is no more.
    death: OnceLock<String>,
}

/// One request to a process. Dropping it cancels what is left of it.
pub(super) struct Request {
    id: u64,
    shared: Arc<Shared>,
    events: mpsc::Receiver<Event>,
}

impl Process {
    /// Starts the process and waits until it has loaded its model, or says why not.
    pub(super) async fn start(worker: &[OsString], load: &Load) -> Result<Process, String> {
        let (program, arguments) = worker.split_first().ok_or("nothing says which program runs it")?;
        let kept = KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir("/")
            .env_clear()
            .envs(kept)
            // Threads that wait for others by spinning take the cores of those others: 3 tokens a second became 3,034.
            .env("OMP_WAIT_POLICY", "passive")
            // ggml would start a debugger for an assertion that failed.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`{}` can't be started: {error}", program.display()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else { unreachable!("all three were asked for") };
        let (orders, told) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared { orders, requests: Mutex::default(), death: OnceLock::new() });
        shared.tell(&Order::Load(load.clone()));
        let (ready, loaded) = oneshot::channel();
        let end = CancellationToken::new();
        let watch = watch(child, stdout, stderr, Arc::clone(&shared), ready);
        tokio::spawn(end.clone().run_until_cancelled_owned(async move { tokio::join!(watch, tell(stdin, told)) }));
        let end = end.drop_guard();
        match timeout(MOST_LOADING, loaded).await {
            Ok(Ok(load_ms)) => Ok(Process { shared, next: AtomicU64::new(0), load_ms, _end: end }),
            Ok(Err(_)) => Err(shared.death.get().cloned().unwrap_or_default()),
            Err(_) => Err(format!("it was not loaded within {MOST_LOADING:?}")),
        }
    }

    /// Why the process is no more; none while it lives.
    pub(super) fn death(&self) -> Option<&str> {
        self.shared.death.get().map(String::as_str)
    }

    /// Hands a request over.
    pub(super) fn ask(&self, order: impl FnOnce(u64) -> Order) -> Request {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, events) = mpsc::channel(MOST_EVENTS);
        self.shared.requests().insert(id, sender);
        self.shared.tell(&order(id));
        if self.death().is_some() {
            // It may have died before the request was on the list, which is empty from then on.
            self.shared.requests().clear();
        }
        Request { id, shared: Arc::clone(&self.shared), events }
    }
}

impl Request {
    /// The next event; none where the process died.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Why there are no more events.
    pub(super) fn death(&self) -> String {
        self.shared.death.get().cloned().unwrap_or_default()
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.shared.requests().remove(&self.id);
        self.shared.tell(&Order::Cancel { id: self.id });
    }
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, HashMap<u64, mpsc::Sender<Event>>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, order: &Order) {
        let mut line = serde_json::to_vec(order).expect("orders are plain data");
        line.push(b'\n');
        // A process that is gone hears nothing, and its requests know it.
        let _ = self.orders.send(line);
    }
}

/// Writes orders down as they come. Ends with the process.
async fn tell(mut stdin: ChildStdin, mut orders: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(line) = orders.recv().await {
        if stdin.write_all(&line).await.is_err() {
            return;
        }
    }
}

/// Hears a process until it ends, and then says why.
async fn watch(
    mut child: Child,
    stdout: ChildStdout,
    stderr: ChildStderr,
    shared: Arc<Shared>,
    ready: oneshot::Sender<u64>,
) {
    let log = tokio::spawn(keep_last_lines(stderr));
    let mut ready = Some(ready);
    let said = hear(stdout, &shared, &mut ready).await;
    // One that is not heard any more is none. What ended of itself keeps its status.
    let _ = child.start_kill();
    let status = child.wait().await;
    let last = last_lines(log).await;
    let why = said.unwrap_or_else(|| status.map_or_else(|error| error.to_string(), |status| status.to_string()));
    let death = if last.is_empty() { why } else { format!("{why}: {last}") };
    let _ = shared.death.set(cut(&one_line(&death)));
    // From here on it can be asked why.
    drop(ready);
    shared.requests().clear();
}

/// Hands events on until the end of the stream; why it was left before.
async fn hear(mut stdout: ChildStdout, shared: &Shared, ready: &mut Option<oneshot::Sender<u64>>) -> Option<String> {
    let (mut messages, mut bytes) = (Messages::new(Framing::Lines), vec![0; READ_BYTES]);
    loop {
        let read = match stdout.read(&mut bytes).await {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) => return Some(error.to_string()),
        };
        let mut events = Vec::new();
        let mut parse = |message: &Message| {
            let event = serde_json::from_str::<Event>(&message.data);
            events.push(event.map_err(|error| failure(FailureKind::Malformed, &error.to_string()))?);
            Ok(())
        };
        let parsed = messages.take(&bytes[..read], &mut parse);
        for event in events {
            match event {
                Event::Refused { message } => return Some(message),
                Event::Ready { load_ms, unlocked } => {
                    for lock in unlocked {
                        warn!(lock, "the process of a model keeps a right");
                    }
                    // Nobody waits for it any more: the end of this task is near.
                    let _ = ready.take().map(|ready| ready.send(load_ms));
                }
                event @ (Event::Piece { .. } | Event::Done { .. } | Event::Failed { .. } | Event::Tokens { .. }) => {
                    let request = event.id().and_then(|id| shared.requests().get(&id).cloned());
                    if let Some(request) = request {
                        // One that was dropped hears no more.
                        let _ = request.send(event).await;
                    }
                }
            }
        }
        if let Err(garbled) = parsed {
            return Some(format!("it said what can't be read: {}", garbled.message));
        }
    }
}

/// Reads the log of a process to its end.
async fn keep_last_lines(stderr: ChildStderr) -> VecDeque<String> {
    let (mut stderr, mut line, mut last) = (BufReader::new(stderr), Vec::new(), VecDeque::new());
    while let Ok(1..) = (&mut stderr).take(MOST_LINE_BYTES).read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        debug!(line = %text, "the process of a model wrote to its log");
        if !text.is_empty() {
            last.push_back(text);
        }
        if last.len() > LAST_LINES {
            last.pop_front();
        }
        line.clear();
    }
    last
}

async fn last_lines(log: JoinHandle<VecDeque<String>>) -> String {
    let lines = timeout(END_OF_LOG, log).await.ok().and_then(Result::ok).unwrap_or_default();
    Vec::from(lines).join("; ")
}
