//! Opens the sandbox from the user's cache, with a progress bar where it has to be made first.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proofhouse::{Cache, Sandbox, SandboxOptions};

use crate::arguments::CacheFlags;

/// Steps of a bar whose length is a share.
const SHARES: u64 = 1000;

pub fn cache(flags: &CacheFlags) -> Result<Cache> {
    let folder = match &flags.folder {
        Some(folder) => folder.clone(),
        None => {
            let user = etcetera::choose_base_strategy().context("finding the user's cache folder")?;
            user.cache_dir().join("proofhouse")
        }
    };
    Ok(Cache::new(folder))
}

pub fn open(flags: &CacheFlags, slots: u32) -> Result<Sandbox> {
    let bar = bar(SHARES, "{msg} [{bar:30}] {percent} %, {elapsed}");
    let options = SandboxOptions { slots, ..SandboxOptions::default() };
    let sandbox = Sandbox::open(&cache(flags)?, options, &mut |progress| {
        bar.set_message(format!("making the sandbox's Python, once: {}", progress.step));
        bar.set_position((progress.done * SHARES as f64) as u64);
    });
    bar.finish_and_clear();
    sandbox.context("opening the sandbox")
}

/// A bar on standard error, silent where that is no terminal.
pub fn bar(len: u64, template: &str) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(len), target).with_style(style)
}

/// One worker for each core, unless told otherwise.
pub fn jobs(wanted: Option<std::num::NonZeroU16>) -> u32 {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from) as u32;
    wanted.map_or_else(cores, |jobs| u32::from(jobs.get()))
}
