//! A worker process as the server has it: the real command, talked to over its socket.

use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};

use proofhouse::TaskKey;
use proofhouse::types::{Finding, Limits, Report, Submission, Task};
use proofhouse_service::worker::frames::{Answer, Hello, Job, ProgramFrame, RunFrame, read_frame, write_frame};

/// A worker that said hello.
pub struct Worker {
    /// Its process.
    pub child: Child,
    /// What it said of itself.
    pub hello: Hello,
    socket: BufReader<UnixStream>,
}

impl Worker {
    /// Starts `proofhouse worker` on the cache that all tests share.
    #[must_use]
    pub fn start(flags: &[&str]) -> Worker {
        let mut command = crate::command();
        command.args(["worker", "--tasks", "64", "--cache"]).arg(crate::cache()).args(flags);
        Worker::of(command)
    }

    /// Starts a command that talks as workers do. It dies with the thread that calls this.
    #[must_use]
    pub fn of(mut command: Command) -> Worker {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let child = command.env_clear().stdin(Stdio::from(OwnedFd::from(theirs))).spawn().expect("it starts");
        // The command holds the other end too.
        drop(command);
        let mut socket = BufReader::new(ours);
        match read_frame(&mut socket).expect("a frame").expect("a worker that lives") {
            Answer::Hello(hello) => Worker { child, hello, socket },
            other => panic!("instead of hello: {other:?}"),
        }
    }

    /// The answer to a job; nothing where the worker died.
    pub fn ask(&mut self, job: &Job) -> Option<Answer> {
        write_frame(self.socket.get_mut(), job).ok()?;
        read_frame(&mut self.socket).ok()?
    }

    /// Makes a task known and grades a program for it.
    pub fn score(&mut self, task: &Task, submission: &Submission) -> Report {
        let (TaskKey(key), json) = TaskKey::of(task);
        write_frame(self.socket.get_mut(), &Job::Know { key, task: json }).expect("it listens");
        let submission = serde_json::to_vec(submission).expect("plain data");
        match self.ask(&Job::Score { key, submission }) {
            Some(Answer::Report(report)) => serde_json::from_slice(&report).expect("a report"),
            other => panic!("{}: {other:?}", task.id),
        }
    }

    /// Runs a program.
    pub fn run(&mut self, source: impl AsRef<[u8]>, limits: &Limits) -> RunFrame {
        let program =
            ProgramFrame { name: "main.py".to_owned(), source: source.as_ref().to_vec(), ..ProgramFrame::default() };
        let limits = serde_json::to_vec(limits).expect("plain data");
        match self.ask(&Job::Run { program, limits }) {
            Some(Answer::Run(run)) => *run,
            other => panic!("instead of a run: {other:?}"),
        }
    }

    /// Checks a text.
    pub fn check(&mut self, code: &str, language: &str) -> Vec<Finding> {
        match self.ask(&Job::Check { code: code.to_owned(), language: language.to_owned() }) {
            Some(Answer::Checked { findings, .. }) => serde_json::from_slice(&findings).expect("findings"),
            other => panic!("{code}: {other:?}"),
        }
    }

    /// Ends its socket, and waits for it to end of itself.
    pub fn end(self) -> ExitStatus {
        let Worker { mut child, hello: _, socket } = self;
        drop(socket);
        child.wait().expect("it ends")
    }
}
