//! `proofhouse serve`: the HTTP service, from its settings. Serves nothing itself.

mod arguments;
mod layers;
mod new_key;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use proofhouse_service::{Config, WorkerCommand};

pub use arguments::Serve;

use crate::exit::{Ending, Exit, UserError};
use crate::{guest, text};

/// The database in the state folder.
const DATABASE: &str = "serve.db";

pub fn serve(arguments: &Serve) -> Result<Exit> {
    if let Some(name) = &arguments.new_key {
        new_key::print(name)?;
        return Ok(Exit::Ending(Ending::AllGood));
    }
    let mut config = layers::read(arguments, std::env::vars_os().filter_map(texts))?;
    // Where there is a database, a user without a home folder is fine.
    let state = config.database.is_none().then(state_folder).transpose()?;
    if let Some(state) = &state {
        config.database = Some(format!("sqlite:{}", state.join(DATABASE).display()));
    }
    if arguments.print_config {
        text::line(config.to_toml().trim_end());
        return Ok(Exit::Ending(Ending::AllGood));
    }
    if let Some(state) = &state {
        make_private(state)?;
    }
    start(config, arguments)
}

fn start(config: Config, arguments: &Serve) -> Result<Exit> {
    guest::make_for_workers(&arguments.cache, config.worker.packages)?;
    let program = std::env::current_exe().context("finding this program")?;
    let cache = std::path::absolute(guest::cache(&arguments.cache)?.folder())?;
    let mut worker = vec!["worker".into(), "--cache".into(), cache.into_os_string()];
    worker.extend(["--tasks".into(), config.worker.tasks.to_string().into()]);
    if config.worker.packages {
        worker.push("--packages".into());
    }
    let command = WorkerCommand { program, arguments: worker };
    proofhouse_service::serve(config, command).map_err(of_service)?;
    Ok(Exit::Ending(Ending::AllGood))
}

/// What users can mend is theirs: an address that is taken, a suite that can't be read.
fn of_service(error: proofhouse_service::ServeError) -> anyhow::Error {
    match error {
        proofhouse_service::ServeError::Listen { .. } | proofhouse_service::ServeError::Config(_) => {
            UserError(format!("{:#}", anyhow::Error::from(error))).into()
        }
        other => other.into(),
    }
}

/// Variables that are no UTF-8 are none of ours.
fn texts((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

fn state_folder() -> Result<PathBuf> {
    let user = etcetera::choose_base_strategy().context("finding the user's state folder")?;
    let folder = user.state_dir().unwrap_or_else(|| user.data_dir());
    Ok(folder.join("proofhouse"))
}

/// Makes a folder that nobody else reads: submissions and reports are kept there.
fn make_private(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("making `{}`", folder.display()))
}
