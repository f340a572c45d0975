//! `proofhouse setup`: makes the guest ready ahead of time.

use std::time::Instant;

use anyhow::Result;
use proofhouse::Sandbox;

use crate::arguments::{LanguageName, Setup};
use crate::exit::{Ending, Exit};
use crate::{guest, text};

pub fn setup(arguments: &Setup) -> Result<Exit> {
    let started = Instant::now();
    match arguments.language {
        LanguageName::Python => guest::open(&arguments.cache, 1)?,
    };
    let cache = guest::cache(&arguments.cache)?;
    if arguments.packages {
        guest::bring_packages(&arguments.cache)?;
    }
    text::line(&format!(
        "{} is ready{} in {} ({:.1} s)",
        Sandbox::guest_version(),
        if arguments.packages { " with its packages" } else { "" },
        cache.folder().display(),
        started.elapsed().as_secs_f64()
    ));
    Ok(Exit::Ending(Ending::AllGood))
}
