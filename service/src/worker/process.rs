//! A worker's side: opens the guest, gives up its rights, and answers one job after the other until its socket closes.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use proofhouse::types::{Limits, Submission, Task};
use proofhouse::{
    Cache, Desk, Grader, Grammar, Profile, Program, Ran, Run, Sandbox, SandboxOptions, Settings, TaskKey, has_packages,
};

use super::frames::{Answer, Hello, Job, ProgramFrame, RunFrame, read_frame, write_frame};
use super::lockdown;

/// What a worker is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the compiled interpreter is kept.
    pub cache: PathBuf,
    /// Tasks that it keeps ready.
    pub tasks: NonZeroUsize,
    /// Whether it opens the guest with packages too.
    pub packages: bool,
}

/// What a worker could not begin with, or lost on the way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The sandbox could not be opened.
    #[error("opening the sandbox")]
    Sandbox(#[from] proofhouse::SandboxError),
    /// No slot could be had.
    #[error("getting a slot")]
    Slot(#[from] proofhouse::Error),
    /// Standard input is not what the server gives its workers.
    #[error("standard input is no socket: workers are started by `proofhouse serve`")]
    NoSocket,
    /// The cache had no interpreter that could be used, and has one now. The threads that made it can't be locked, so that the
    /// worker must be started again.
    #[error("the interpreter was not ready, and is now: start again")]
    MadeReady,
    /// The socket to the server failed.
    #[error("talking to the server")]
    Socket(#[from] io::Error),
}

/// The worker process: works until the socket that it has as standard input ends. It is alone in its process, and has opened
/// nothing.
///
/// # Errors
/// Where the guest can't be opened, or the server says what is no job.
pub fn run(options: &Options) -> Result<(), WorkerError> {
    let (socket, left_open) = socket()?;
    behind_locks(options, |desk, mut hello| {
        hello.unlocked.extend(left_open);
        serve(desk, hello, socket)
    })??;
    Ok(())
}

/// Opens the guest, gives up every right, and then does the job. The order: what is opened; then, on the only thread, what other
/// threads inherit; then the thread that works; then what is taken from both.
///
/// # Errors
/// Where the guest can't be opened.
#[doc(hidden)]
pub fn behind_locks<T: Send>(
    options: &Options,
    job: impl FnOnce(&mut Desk<'_, '_, '_>, Hello) -> T + Send,
) -> Result<T, WorkerError> {
    let cache = Cache::new(&options.cache);
    let mut made = false;
    let mut open = |profile| {
        let options = SandboxOptions { slots: 1, profile, ..SandboxOptions::default() };
        Sandbox::open(&cache, options, &mut |_| made = true)
    };
    let mut grader = Grader::new(open(Profile::Base)?, Settings::default());
    let packages = options.packages && has_packages(&cache);
    if packages {
        grader = grader.with_packages(open(Profile::Packages)?);
    }
    if made {
        return Err(WorkerError::MadeReady);
    }
    let mut unlocked = lockdown::give_up_rights();
    let least_memory = grader.sandbox().least_memory()?.0;
    let most_stack = Sandbox::most_stack().0;
    let done = grader.at_desk(options.tasks, |desk| {
        unlocked.extend(lockdown::give_up_system_calls());
        job(desk, Hello { least_memory, most_stack, unlocked, packages })
    })?;
    Ok(done)
}

/// Standard input as the socket that it is, with reads that wait; and why files that the server left open may still be.
fn socket() -> Result<(File, Option<String>), WorkerError> {
    let left_open = lockdown::close_inherited().err().map(|error| format!("files left open by the server: {error}"));
    let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    if !stdin.metadata()?.file_type().is_socket() {
        return Err(WorkerError::NoSocket);
    }
    let socket = UnixStream::from(OwnedFd::from(stdin));
    socket.set_nonblocking(false)?;
    Ok((File::from(OwnedFd::from(socket)), left_open))
}

fn serve(desk: &mut Desk<'_, '_, '_>, hello: Hello, socket: impl Read + Write) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    write_frame(socket.get_mut(), &Answer::Hello(hello))?;
    while let Some(job) = read_frame::<Job>(&mut socket)? {
        if let Some(answer) = answer(desk, job) {
            write_frame(socket.get_mut(), &answer)?;
        }
    }
    Ok(())
}

fn answer(desk: &mut Desk<'_, '_, '_>, job: Job) -> Option<Answer> {
    let answered = match job {
        Job::Know { key, task } => {
            // Never an answer: one that nobody reads would be taken for the next job's. What can't be read stays unknown.
            if let Ok(task) = serde_json::from_slice::<Task>(&task) {
                desk.know(TaskKey(key), task);
            }
            return None;
        }
        Job::Score { key, submission } => score(desk, key, &submission),
        Job::Find { key, submission } => find(desk, key, &submission),
        Job::Run { program, limits } => run_program(desk, program, &limits),
        Job::Check { code, language } => check(desk, &code, &language),
    };
    Some(answered.unwrap_or_else(fault))
}

fn score(desk: &mut Desk<'_, '_, '_>, key: [u8; 32], submission: &[u8]) -> Result<Answer, serde_json::Error> {
    let submission: Submission = serde_json::from_slice(submission)?;
    let Some(report) = desk.grade(&TaskKey(key), &submission) else { return Ok(Answer::UnknownTask) };
    serde_json::to_vec(&report).map(Answer::Report)
}

fn find(desk: &mut Desk<'_, '_, '_>, key: [u8; 32], submission: &[u8]) -> Result<Answer, serde_json::Error> {
    let submission: Submission = serde_json::from_slice(submission)?;
    Ok(desk.program(&TaskKey(key), &submission).map_or(Answer::UnknownTask, Answer::Program))
}

fn run_program(desk: &mut Desk<'_, '_, '_>, frame: ProgramFrame, limits: &[u8]) -> Result<Answer, serde_json::Error> {
    let limits: Limits = serde_json::from_slice(limits)?;
    let ProgramFrame { name, source, arguments, stdin, files } = frame;
    let program = Program { name, source, arguments, stdin, files, grants: Vec::new() };
    Ok(match desk.run(&program, &limits) {
        Ok(run) => Answer::Run(Box::new(run_frame(run))),
        Err(fault) => Answer::Fault(fault),
    })
}

fn check(desk: &Desk<'_, '_, '_>, code: &str, language: &str) -> Result<Answer, serde_json::Error> {
    let Some(grammar) = Grammar::named(language) else {
        return Ok(Answer::Fault(format!("no grammar for `{language}`")));
    };
    let checked = desk.check(code, grammar);
    let findings = serde_json::to_vec(&checked.findings)?;
    Ok(Answer::Checked { findings, ignored: checked.ignored.len() as u64 })
}

fn run_frame(run: Run) -> RunFrame {
    let Run { ran, stdout, stderr, files, wanted_input: _ } = run;
    let Ran { outcome, message, exception, exit_code, fuel } = ran;
    let exception = exception.map(|exception| (exception.kind, exception.message, exception.traceback));
    RunFrame { outcome, message, exception, exit_code, fuel, stdout, stderr, files }
}

fn fault(error: serde_json::Error) -> Answer {
    Answer::Fault(format!("a frame can't be read: {error}"))
}
