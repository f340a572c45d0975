//! Opens the sandbox from the user's cache, with a progress bar where it has to be made first.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proofhouse::{Cache, Grader, Profile, Sandbox, SandboxOptions, Settings, Suite, has_packages, install_packages};

use crate::arguments::CacheFlags;
use crate::text;

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
    open_profile(flags, slots, Profile::Base)
}

/// A grader for a suite: with the packages that its tasks need, if they are there.
pub fn grader(flags: &CacheFlags, slots: u32, suite: &Suite, settings: Settings) -> Result<Grader> {
    let grader = Grader::new(open(flags, slots)?, settings);
    if suite.tasks.iter().all(|task| task.packages.is_empty()) || !has_packages(&cache(flags)?) {
        return Ok(grader);
    }
    Ok(grader.with_packages(open_profile(flags, slots, Profile::Packages)?))
}

/// Brings the packages into the cache and makes the guest that has them.
pub fn bring_packages(flags: &CacheFlags) -> Result<()> {
    install_packages(&cache(flags)?)?;
    open_profile(flags, 1, Profile::Packages)?;
    Ok(())
}

/// Makes what workers open, where it is not there yet: they have no time for it, and nobody to tell how far it is.
pub fn make_for_workers(flags: &CacheFlags, packages: bool) -> Result<()> {
    let cache = cache(flags)?;
    let mut profiles = vec![Profile::Base];
    profiles.extend((packages && has_packages(&cache)).then_some(Profile::Packages));
    for profile in profiles {
        if !Sandbox::is_made(&cache, SandboxOptions { profile, ..SandboxOptions::default() })? {
            // Where there is no bar, such as in a service's log.
            text::error_text("making the sandbox's Python, once: this takes some time");
            open_profile(flags, 1, profile)?;
        }
    }
    Ok(())
}

fn open_profile(flags: &CacheFlags, slots: u32, profile: Profile) -> Result<Sandbox> {
    let bar = bar(SHARES, "{msg} [{bar:30}] {percent} %, {elapsed}");
    let options = SandboxOptions { slots, profile, ..SandboxOptions::default() };
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
