//! The server's side of workers: starts them, hands each one job at a time, ends those that take too long, and starts new
//! ones for those that died. Never reads what a job is about.

use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use lru::LruCache;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;
use tracing::debug;

use crate::dispatcher::ReadyTask;
use crate::worker::{Answer, Hello, Job, checked_length, frame, parse};

/// How long a worker may take to say that it is ready. With a cold disk it reads some 60 MiB first.
pub(crate) const MOST_START: Duration = Duration::from_secs(60);

/// Bytes of a line of a worker's stderr: one that was broken into may write without an end, and the server must not keep it.
const MOST_LINE_BYTES: u64 = 8 << 10;

/// How a worker process is started: the hidden command of the same program.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// A worker process that is ready.
pub(crate) struct Worker {
    child: Child,
    stream: UnixStream,
    received: BytesMut,
    known: LruCache<[u8; 32], ()>,
    /// What it said of itself.
    pub hello: Hello,
}

/// What is sent to a worker: a frame, and the task that it is about.
pub(crate) struct Parcel {
    /// The job.
    pub frame: Vec<u8>,
    /// The task that it is about, which the worker must know first.
    pub task: Option<Arc<ReadyTask>>,
}

/// Why a worker is no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// It did not answer in time, and was killed.
    #[error("the worker did not answer within {0:?}, and was ended")]
    Deadline(Duration),
    /// It died.
    #[error("the worker died: {0}")]
    Died(String),
    /// It said what no worker says.
    #[error("the worker said what can't be read: {0}")]
    Garbled(io::Error),
    /// It could not be started.
    #[error("a worker can't be started: {0}")]
    Start(io::Error),
}

impl Lost {
    /// The word that metrics have for it.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Lost::Deadline(_) => "deadline",
            Lost::Died(_) => "died",
            Lost::Garbled(_) => "garbled",
            Lost::Start(_) => "start",
        }
    }
}

/// What a process says outside its socket: why it can't start, or that it panicked. A panic's text may have pieces of what
/// was submitted in it.
async fn log_lines(stderr: ChildStderr) {
    let (mut stderr, mut line) = (BufReader::new(stderr), Vec::new());
    while let Ok(1..) = (&mut stderr).take(MOST_LINE_BYTES).read_until(b'\n', &mut line).await {
        debug!(line = %String::from_utf8_lossy(&line), "a worker wrote to stderr");
        line.clear();
    }
}

impl Worker {
    /// Starts a process and waits until it is ready. It has no environment, and no file but its socket and the log.
    pub(crate) async fn start(command: &WorkerCommand, tasks: NonZeroUsize) -> Result<Worker, Lost> {
        let (ours, theirs) = StdStream::pair().map_err(Lost::Start)?;
        ours.set_nonblocking(true).map_err(Lost::Start)?;
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Lost::Start)?;
        // Not the server's own: where that is a file, a worker that writes to it is killed, since it may grow none.
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log_lines(stderr));
        }
        let stream = UnixStream::from_std(ours).map_err(Lost::Start)?;
        let (received, known) = (BytesMut::new(), LruCache::new(tasks));
        let mut worker = Worker { child, stream, received, known, hello: Hello::default() };
        let said = match timeout(MOST_START, worker.receive()).await {
            Err(_) => Err(Lost::Deadline(MOST_START)),
            Ok(Err(error)) => Err(worker.lost(error).await),
            Ok(Ok(said)) => Ok(said),
        };
        match said? {
            Answer::Hello(hello) => worker.hello = hello,
            other => return Err(Lost::Garbled(io::Error::other(format!("{other:?} before its greeting")))),
        }
        Ok(worker)
    }

    /// Has one job done.
    pub(crate) async fn ask(&mut self, parcel: &Parcel, wall: Duration) -> Result<Answer, Lost> {
        match timeout(wall, self.exchange(parcel)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.lost(error).await),
            Err(_) => Err(Lost::Deadline(wall)),
        }
    }

    /// Ends when the process does, or when it speaks without being asked.
    pub(crate) async fn gone(&self) {
        while self.stream.readable().await.is_ok() {
            match self.stream.try_read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    async fn exchange(&mut self, parcel: &Parcel) -> io::Result<Answer> {
        if !self.received.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer that nobody asked for"));
        }
        if let Some(task) = parcel.task.as_ref().filter(|task| self.known.get(&task.key.0).is_none()) {
            self.make_known(task).await?;
        }
        self.stream.write_all(&parcel.frame).await?;
        let answer = self.receive().await?;
        let (Answer::UnknownTask, Some(task)) = (&answer, &parcel.task) else { return Ok(answer) };
        self.make_known(task).await?;
        self.stream.write_all(&parcel.frame).await?;
        self.receive().await
    }

    async fn make_known(&mut self, task: &ReadyTask) -> io::Result<()> {
        let job = Job::Know { key: task.key.0, task: task.json.to_vec() };
        self.stream.write_all(&frame(&job)?).await?;
        self.known.put(task.key.0, ());
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Answer> {
        let length = loop {
            if let Some(length) = self.received.first_chunk::<4>() {
                break checked_length(*length)?;
            }
            self.read_more().await?;
        };
        self.received.advance(4);
        while self.received.len() < length {
            self.read_more().await?;
        }
        parse(&self.received.split_to(length))
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// What became of a worker whose socket failed.
    async fn lost(&mut self, error: io::Error) -> Lost {
        if error.kind() == io::ErrorKind::InvalidData {
            return Lost::Garbled(error);
        }
        // Its socket closes a moment before it can be waited for.
        match timeout(Duration::from_secs(1), self.child.wait()).await {
            Ok(Ok(status)) => Lost::Died(status.to_string()),
            Ok(Err(_)) | Err(_) => Lost::Died(error.to_string()),
        }
    }
}
