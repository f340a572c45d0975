//! Worker processes: the only place where submitted code is read, parsed and run. Each is the same binary, started with a
//! hidden command, that gives up every right it does not need before its first job.

#[doc(hidden)]
pub mod frames;
#[doc(hidden)]
pub mod lockdown;
mod process;

pub(crate) use frames::{
    Answer, Hello, Job, MOST_FRAME_BYTES, ProgramFrame, RunFrame, checked_length, frame, limits_json, parse,
};
#[doc(hidden)]
pub use process::behind_locks;
pub use process::{Options, WorkerError, run};
