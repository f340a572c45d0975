//! `proofhouse verify`: whether a suite keeps its own promises.

use anyhow::Result;
use proofhouse::{Grader, Settings};
use serde_json::json;

use crate::arguments::{Format, Verify};
use crate::exit::{Ending, Exit};
use crate::{guest, suites, text};

pub fn verify(arguments: &Verify) -> Result<Exit> {
    let suite = suites::read(&arguments.suite, arguments.variant.as_deref())?;
    text::problems(&suite.problems);
    let jobs = guest::jobs(arguments.jobs);
    let settings = Settings { limits: arguments.limits.overrides(), isolating: arguments.isolation.into() };
    let grader = guest::grader(&arguments.cache, jobs, &suite, settings)?;
    let bar = guest::bar(0, "verifying [{bar:30}] {pos}/{len}, {per_sec}, {eta} left");
    let mut progress = |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let mut verification = grader.verify(&suite, jobs as usize, &mut progress)?;
    let mutation = if arguments.mutants { Some(grader.mutate(&suite, jobs as usize, &mut progress)?) } else { None };
    bar.finish_and_clear();
    if let Some(mutation) = &mutation {
        verification.breaches.extend(mutation.breaches.iter().cloned());
        verification.faults += mutation.faults;
    }
    match arguments.format {
        Format::Json => {
            let mut found = json!({
                "tasks": verification.tasks,
                "passed": verification.tasks_that_hold(),
                "failed": verification.breaches,
                "skipped": verification.skipped,
                "shared": verification.shared,
                "versions": Grader::versions(),
            });
            if let Some(mutation) = &mutation {
                found["mutants"] = serde_json::to_value(mutation)?;
            }
            text::line(&serde_json::to_string(&found)?);
        }
        Format::Text => {
            let report = text::breaches(&verification, mutation.as_ref());
            text::line(report.trim_end());
        }
    }
    Ok(Exit::Ending(if verification.faults > 0 {
        Ending::OurFault
    } else if !suite.problems.is_empty() || verification.skipped > 0 {
        Ending::BadInput
    } else if verification.breaches.is_empty() {
        Ending::AllGood
    } else {
        Ending::SomeFailed
    }))
}
