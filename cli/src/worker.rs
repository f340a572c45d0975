//! `proofhouse worker`: what `serve` starts, one for each core. Nobody types it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use proofhouse_service::worker::{Options, WorkerError, run};

use crate::arguments::Worker;
use crate::exit::{Ending, Exit};

pub fn worker(arguments: &Worker) -> Result<Exit> {
    let Worker { cache, tasks, packages } = arguments;
    match run(&Options { cache: cache.clone(), tasks: *tasks, packages: *packages }) {
        Err(WorkerError::MadeReady) => Err(again()?.into()),
        ended => Ok(ended.map(|()| Exit::Ending(Ending::AllGood))?),
    }
}

/// Becomes the same command anew, with the same socket; comes back only with why not.
fn again() -> Result<std::io::Error> {
    let program = std::env::current_exe().context("finding this program")?;
    Ok(Command::new(program).args(std::env::args_os().skip(1)).exec())
}
