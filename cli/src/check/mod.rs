//! `proofhouse check`: looks for security holes in source files. Runs no code.

mod arguments;
mod baseline;
mod excerpt;
mod fix;
mod github;
mod inspect;
mod lines;
mod output;
mod replace;
mod revision;
mod rules;
mod sarif;
mod source;
mod targets;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proofhouse::types::{CheckMessage, CheckReport, CheckSummary, Finding, FoundIn};

pub use arguments::Check;

use crate::exit::{Ending, Exit, UserError};
use crate::{guest, text};
use arguments::Format;
use baseline::Baseline;
use inspect::{FileReport, Inspection, Outcome, inspect_all};
use revision::Revision;
use targets::{Target, Targets, collect};

/// The version of what `--format json` prints.
const VERSION: u32 = 1;

/// What the command found, for whatever prints it.
#[derive(Default)]
struct Survey {
    /// Files with findings, or with findings that comments ignore; by path.
    files: Vec<FileReport>,
    summary: CheckSummary,
    errors: Vec<CheckMessage>,
    notes: Vec<CheckMessage>,
    /// Whether our own analysis broke somewhere.
    has_faults: bool,
}

pub fn check(arguments: &Check) -> Result<Exit> {
    let (analyser, bad_rules) = rules::open(arguments.rules.as_deref())?;
    if arguments.list_rules || arguments.explain.is_some() {
        print_errors(&bad_rules);
        match &arguments.explain {
            Some(name) => rules::explain(&analyser, name, arguments.language)?,
            None => rules::list(&analyser),
        }
        return Ok(Exit::Ending(if bad_rules.is_empty() { Ending::AllGood } else { Ending::BadInput }));
    }
    let here = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() { &here[..] } else { &arguments.paths };
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?;
    let to_write = arguments.write_baseline.as_deref().map(Baseline::new).transpose()?;
    let revision = arguments.diff.as_deref().map(|name| Revision::of(name, first(paths))).transpose()?;
    let Targets { targets, skipped, errors } = collect(paths, arguments.language);

    let inspection = Inspection {
        analyser: &analyser,
        severity: arguments.severity.into(),
        confidence: arguments.confidence.into(),
        baseline: baseline.as_ref(),
        revision: revision.as_ref(),
        fixes: arguments.fix,
    };
    let jobs = guest::jobs(arguments.jobs) as usize;
    let outcomes = inspect_all(&targets, jobs, &inspection).context("starting a thread")?;
    let mut survey = Survey { summary: CheckSummary { skipped, ..CheckSummary::default() }, ..Survey::default() };
    survey.errors.extend(errors);
    survey.errors.extend(bad_rules);
    for (target, outcome) in targets.iter().zip(outcomes) {
        survey.take(target, outcome);
    }
    if let Some(baseline) = to_write {
        survey.write(baseline)?;
    }
    survey.finish();

    for note in &survey.notes {
        text::error_text(&output::note(note));
    }
    print_errors(&survey.errors);
    let ending = survey.ending();
    let printed = match arguments.format {
        Format::Text => output::text(&survey),
        Format::Github => github::annotations(&survey),
        Format::Sarif => sarif::log(&survey, &proofhouse::rules(&analyser), ending),
        Format::Json => serde_json::to_string(&survey.report())?,
    };
    text::line(printed.trim_end());
    Ok(Exit::Ending(ending))
}

fn print_errors(errors: &[CheckMessage]) {
    for error in errors {
        text::error_text(&output::error(error));
    }
}

/// The first path that is a place.
fn first(paths: &[PathBuf]) -> &Path {
    paths.iter().find(|path| path.as_os_str() != "-").map_or(Path::new("."), PathBuf::as_path)
}

impl Survey {
    fn take(&mut self, target: &Target, outcome: Outcome) {
        let message = |message: String| CheckMessage { path: target.name.clone(), line: None, message };
        match outcome {
            Outcome::Checked(mut report) => {
                self.notes.extend(std::mem::take(&mut report.notes).into_iter().map(message));
                self.summary.checked += 1;
                self.summary.ignored += report.ignored.len();
                self.summary.in_baseline += report.in_baseline;
                self.summary.fixed += report.fixed;
                if !report.known.is_empty() || !report.ignored.is_empty() {
                    self.files.push(*report);
                }
            }
            Outcome::Skipped { reason, note } => {
                *self.summary.skipped.entry(reason.to_owned()).or_default() += 1;
                self.notes.extend(note.map(message));
            }
            Outcome::Unchanged => self.summary.unchanged += 1,
            Outcome::Failed(why) => self.errors.push(message(why)),
            Outcome::Fault(why) => {
                self.has_faults = true;
                self.errors.push(message(why));
            }
        }
    }

    /// Writes what was found to a baseline; it is known from then on.
    fn write(&mut self, mut baseline: Baseline) -> Result<(), UserError> {
        for file in &mut self.files {
            let key = baseline.key(file.path.as_deref());
            baseline.add(key, std::mem::take(&mut file.known).into_iter());
            self.summary.in_baseline += file.findings.len();
            file.findings.clear();
        }
        baseline.write()
    }

    fn finish(&mut self) {
        self.files.retain(|file| !file.findings.is_empty() || !file.ignored.is_empty());
        self.summary.findings = self.files.iter().map(|file| file.findings.len()).sum();
        self.summary.files = self.files.iter().filter(|file| !file.findings.is_empty()).count();
        self.errors.sort();
        self.notes.sort();
    }

    fn ending(&self) -> Ending {
        if self.has_faults {
            Ending::OurFault
        } else if !self.errors.is_empty() {
            Ending::BadInput
        } else if self.summary.findings > 0 {
            Ending::SomeFailed
        } else {
            Ending::AllGood
        }
    }

    fn report(&self) -> CheckReport {
        let found =
            |file: &FileReport, finding: &Finding| FoundIn { path: file.name.clone(), finding: finding.clone() };
        let findings = self.files.iter().flat_map(|file| file.findings.iter().map(move |finding| found(file, finding)));
        CheckReport {
            version: VERSION,
            findings: findings.collect(),
            summary: self.summary.clone(),
            errors: self.errors.clone(),
            notes: self.notes.clone(),
        }
    }
}
