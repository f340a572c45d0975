//! Ctrl-C in a run: the first one ends the asking, the second gives up what is under way, the third ends the process.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::text;

/// The exit code of a process that ended by Ctrl-C, as shells have it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Hears signals until the process ends. A request to terminate gives up at once.
pub fn hear(stop: CancellationToken, give_up: CancellationToken) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("hearing signals")?;
    let (interrupts, terminates) = {
        // Streams of signals belong to a runtime.
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    let (interrupts, terminates) = (interrupts.context("hearing Ctrl-C")?, terminates.context("hearing SIGTERM")?);
    std::thread::spawn(move || runtime.block_on(obey(interrupts, terminates, stop, give_up)));
    Ok(())
}

async fn obey(mut interrupts: Signal, mut terminates: Signal, stop: CancellationToken, give_up: CancellationToken) {
    loop {
        tokio::select! {
            Some(()) = interrupts.recv() => {
                if give_up.is_cancelled() {
                    std::process::exit(INTERRUPTED);
                } else if stop.is_cancelled() {
                    give_up.cancel();
                } else {
                    stop.cancel();
                    text::error_text("stopping: requests under way are waited for, Ctrl-C again gives them up");
                }
            }
            Some(()) = terminates.recv() => {
                stop.cancel();
                give_up.cancel();
            }
            else => return,
        }
    }
}
