//! `proofhouse run`: one program, its output handed through.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Result, anyhow};
use proofhouse::types::{Limits, Outcome};
use proofhouse::{Program, SandboxError, report_of_run};

use crate::arguments::Run;
use crate::exit::{self, Exit, UserError};
use crate::{guest, text};

pub fn run(arguments: &Run) -> Result<Exit> {
    let name = if is_stdin(&arguments.file) { "<stdin>".to_owned() } else { arguments.file.display().to_string() };
    let program = Program {
        name,
        source: read(&arguments.file)?,
        arguments: arguments.arguments.clone(),
        stdin: arguments.stdin.as_deref().map(read).transpose()?.unwrap_or_default(),
        grants: arguments.folders.clone(),
        ..Program::default()
    };
    let limits = arguments.limits.overrides().over(&Limits::default());
    let sandbox = guest::open(&arguments.cache, 1)?;
    let attempt = || -> Result<_, SandboxError> { sandbox.with_slot(|slot| slot.run(&program, &limits))? };
    // A machine that was busy once may not be so again.
    let run = match attempt() {
        Err(SandboxError::WallLimit { .. }) => attempt(),
        other => other,
    };
    let run = match run {
        Ok(run) => run,
        Err(fault @ (SandboxError::WallLimit { .. } | SandboxError::Wasmtime { .. } | SandboxError::Guest(_))) => {
            text::error(&anyhow!(fault).context("a fault of ours"));
            return Ok(Exit::Program(125));
        }
        Err(error) => return Err(error.into()),
    };
    let ran = &run.ran;
    if arguments.json {
        let printed = report_of_run(&run);
        text::line(&serde_json::to_string(&printed)?);
        return Ok(Exit::Program(exit::of_run(ran)));
    }
    std::io::stdout().write_all(&run.stdout)?;
    std::io::stderr().write_all(&run.stderr)?;
    match (&ran.exception, ran.outcome) {
        (_, Outcome::Passed | Outcome::Exited) => {}
        (Some(exception), Outcome::Raised | Outcome::WaitedForInput) => {
            text::error_text(exception.traceback.trim_end())
        }
        (_, outcome) => text::error_text(&format!("proofhouse: {outcome}: {}", ran.message)),
    }
    Ok(Exit::Program(exit::of_run(ran)))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The bytes of a file, or of standard input where it is `-`.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let result = if is_stdin(path) {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    result.map_err(|error| UserError(format!("reading `{}`: {error}", path.display())))?;
    Ok(bytes)
}
