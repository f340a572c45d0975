//! `proofhouse verify`: whether a suite keeps its own promises.

use anyhow::Result;
use proofhouse::{Grader, Settings, suite};
use serde_json::json;

use crate::arguments::{Format, Verify};
use crate::exit::{Ending, Exit};
use crate::{guest, text};

pub fn verify(arguments: &Verify) -> Result<Exit> {
    let suite = suite::read(&arguments.suite)?;
    text::problems(&suite.problems);
    let jobs = guest::jobs(arguments.jobs);
    let settings = Settings { limits: arguments.limits.overrides(), isolating: arguments.isolation.into() };
    let grader = guest::grader(&arguments.cache, jobs, &suite, settings)?;
    let bar = guest::bar(0, "verifying [{bar:30}] {pos}/{len}, {per_sec}, {eta} left");
    let verification = grader.verify(&suite, jobs as usize, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    match arguments.format {
        Format::Json => text::line(&serde_json::to_string(&json!({
            "tasks": verification.tasks,
            "passed": verification.tasks_that_hold(),
            "failed": verification.breaches,
            "skipped": verification.skipped,
            "shared": verification.shared,
            "versions": Grader::versions(),
        }))?),
        Format::Text => {
            let report = text::breaches(&verification);
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
