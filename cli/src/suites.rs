//! Suites as the command line names them: whole, or a variant of their tasks.

use std::path::Path;

use anyhow::Result;
use proofhouse::{Suite, suite};

use crate::exit::UserError;

/// Reads a suite from its path.
pub fn read(path: &Path, variant: Option<&str>) -> Result<Suite> {
    varied(suite::read(path)?, variant)
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
