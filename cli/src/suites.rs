//! Suites as the command line names them: from a path, or the one that is part of this program; whole, or a variant of their tasks.

use std::path::Path;

use anyhow::{Context, Result};
use proofhouse::{Suite, suite};
use rust_embed::Embed;

use crate::exit::UserError;

/// The practical suite as far as it takes to ask for it and to grade what comes: its wrong solutions stay behind.
#[derive(Embed)]
#[folder = "../fixtures/suites/practical"]
#[include = "suite.toml"]
#[include = "**/task.toml"]
#[include = "**/reference.py"]
#[include = "**/reference.sql"]
struct Practical;

/// Reads a suite from its path.
pub fn read(path: &Path, variant: Option<&str>) -> Result<Suite> {
    varied(suite::read(path)?, variant)
}

/// The suite that comes with this program.
pub fn practical(variant: Option<&str>) -> Result<Suite> {
    let folder = tempfile::tempdir().context("making a folder for the practical suite")?;
    for name in Practical::iter() {
        let path = folder.path().join(name.as_ref());
        let file = Practical::get(&name).context("a file that is listed is there")?;
        path.parent().map_or(Ok(()), std::fs::create_dir_all).context("unpacking the practical suite")?;
        std::fs::write(path, file.data).context("unpacking the practical suite")?;
    }
    read(folder.path(), variant)
}

fn varied(suite: Suite, variant: Option<&str>) -> Result<Suite> {
    let Some(name) = variant else { return Ok(suite) };
    let known = || match suite.variants().into_iter().collect::<Vec<_>>() {
        names if names.is_empty() => "its tasks have none".to_owned(),
        names => format!("its tasks have `{}`", names.join("`, `")),
    };
    let missing = || UserError(format!("no task of `{}` has a variant `{name}`: {}", suite.name, known()));
    Ok(suite.variant(name).ok_or_else(missing)?)
}
