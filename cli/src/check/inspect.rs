//! Checks texts, several at a time, and keeps of each what is to be reported.

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use proofhouse::types::{Confidence, Finding, Severity};
use proofhouse::{Analyser, Checked, Grammar, Ignored, check};

use super::baseline::Baseline;
use super::fix;
use super::replace::replace;
use super::revision::{Before, Revision};
use super::source::{Encoding, LARGEST, Source, is_binary};
use super::targets::{From, Target};

/// Stack of a thread that checks. Parsers and the analysis bound their depth for the 2 MiB that threads have; this leaves room.
const STACK: usize = 8 << 20;

/// Times that a text is fixed anew where changes touched each other.
const ROUNDS: usize = 10;

/// What is reported, and what is done about it.
pub struct Inspection<'a> {
    pub analyser: &'a Analyser,
    pub severity: Severity,
    pub confidence: Confidence,
    pub baseline: Option<&'a Baseline>,
    pub revision: Option<&'a Revision>,
    pub fixes: bool,
}

/// What came of a target.
pub enum Outcome {
    Checked(Box<FileReport>),
    /// Skipped, and counted by this reason; named where nobody would expect it.
    Skipped {
        reason: &'static str,
        note: Option<String>,
    },
    /// As it was at the revision.
    Unchanged,
    /// Not to be read, or not to be changed.
    Failed(String),
    /// The analysis itself broke.
    Fault(String),
}

/// What was found in a text.
#[derive(Default)]
pub struct FileReport {
    pub name: String,
    pub path: Option<PathBuf>,
    /// The text; empty where nothing was found.
    pub text: String,
    pub findings: Vec<Finding>,
    pub ignored: Vec<Ignored>,
    /// Fingerprints and rules of all findings at or above the thresholds, those of the baseline too.
    pub known: Vec<(String, String)>,
    pub in_baseline: usize,
    pub fixed: usize,
    /// What is to be said of how it was read.
    pub notes: Vec<String>,
}

/// Checks every target, on as many threads as asked; the outcomes come in the targets' order.
pub fn inspect_all(targets: &[Target], jobs: usize, inspection: &Inspection<'_>) -> io::Result<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(targets.len()));
    let work = || {
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(target) = targets.get(position) else { return };
            let outcome = guarded(|| inspect(target, inspection).unwrap_or_else(|outcome| outcome));
            done.lock().unwrap_or_else(PoisonError::into_inner).push((position, outcome));
        }
    };
    std::thread::scope(|scope| -> io::Result<()> {
        for _ in 0..jobs.clamp(1, targets.len().max(1)) {
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)?;
        }
        Ok(())
    })?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(position, _)| *position);
    Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
}

/// An analysis that panics is a fault of ours in one file; the others are checked all the same.
fn guarded(inspect: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(inspect)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Outcome::Fault(format!("a fault of ours: {}", text.unwrap_or("it panicked")))
    })
}

/// Checks a target; both results are outcomes, the second one early.
fn inspect(target: &Target, inspection: &Inspection<'_>) -> Result<Outcome, Outcome> {
    let before = match inspection.revision {
        None => None,
        Some(revision) => {
            let path = target.path().ok_or_else(|| Outcome::Failed("--diff is for files".to_owned()))?;
            match revision.before(path).map_err(Outcome::Failed)? {
                Before::Same => return Ok(Outcome::Unchanged),
                Before::Nothing => None,
                Before::Bytes(bytes) => Some(Source::of(bytes)),
            }
        }
    };
    let mut source = Source::of(read(&target.from)?);
    let shebang =
        || Grammar::of_shebang(&source.text).or_else(|| source.text.starts_with("<?php").then_some(Grammar::Php));
    let grammar = target.grammar.or_else(shebang).ok_or_else(|| {
        Outcome::Failed("its first line does not tell its language; say it with --language".to_owned())
    })?;
    let mut report =
        FileReport { name: target.name.clone(), path: target.path().map(Path::to_owned), ..FileReport::default() };
    match source.encoding {
        Encoding::Utf8 | Encoding::MarkedUtf8 | Encoding::Utf16 => {}
        Encoding::Unknown => report.notes.push("it is not UTF-8: what is not was read as U+FFFD".to_owned()),
    }
    let key = inspection.baseline.map(|baseline| (baseline, baseline.key(target.path())));
    let check = Checking {
        inspection,
        grammar,
        known: key,
        before: before.map(|before| inspection.above(&before.text, grammar).0).map(fingerprints),
    };
    check.fill(&mut report, &source.text);
    if inspection.fixes {
        fix_all(target, &mut source, &check, &mut report)?;
    }
    if !report.findings.is_empty() || !report.ignored.is_empty() {
        report.text = source.text;
    }
    Ok(Outcome::Checked(Box::new(report)))
}

impl Inspection<'_> {
    /// What is found at or above the thresholds.
    fn above(&self, text: &str, grammar: Grammar) -> (Vec<Finding>, Vec<Ignored>) {
        let is_above = |finding: &Finding| finding.severity >= self.severity && finding.confidence >= self.confidence;
        let Checked { mut findings, mut ignored } = check(self.analyser, text, grammar);
        findings.retain(is_above);
        ignored.retain(|ignored| is_above(&ignored.finding));
        (findings, ignored)
    }
}

/// How a file is checked, however often.
struct Checking<'a> {
    inspection: &'a Inspection<'a>,
    grammar: Grammar,
    /// The baseline, and by what it calls the file.
    known: Option<(&'a Baseline, String)>,
    /// What was found in the file as it was.
    before: Option<HashSet<String>>,
}

impl Checking<'_> {
    fn fill(&self, report: &mut FileReport, text: &str) {
        let (mut findings, ignored) = self.inspection.above(text, self.grammar);
        if let Some(before) = &self.before {
            findings.retain(|finding| !before.contains(&finding.fingerprint));
        }
        report.known = findings.iter().map(|finding| (finding.fingerprint.clone(), finding.rule.clone())).collect();
        let all = findings.len();
        if let Some((baseline, key)) = &self.known {
            findings.retain(|finding| !baseline.has(key, &finding.fingerprint));
        }
        report.in_baseline = all - findings.len();
        (report.findings, report.ignored) = (findings, ignored);
    }
}

fn fingerprints(findings: Vec<Finding>) -> HashSet<String> {
    findings.into_iter().map(|finding| finding.fingerprint).collect()
}

/// Mends what can be mended, and writes the file once.
fn fix_all(target: &Target, source: &mut Source, check: &Checking<'_>, report: &mut FileReport) -> Result<(), Outcome> {
    if !report.findings.iter().any(|finding| finding.fix.is_some()) {
        return Ok(());
    }
    let path = target.path().ok_or_else(|| Outcome::Failed("--fix is for files".to_owned()))?;
    let mut text = source.text.clone();
    let Some(_) = source.bytes_of(&text) else {
        report.notes.push("it is not UTF-8, so it was not fixed".to_owned());
        return Ok(());
    };
    for _ in 0..ROUNDS {
        let fixed = fix::apply(&text, &report.findings);
        report.fixed += fixed.made;
        text = fixed.text;
        check.fill(report, &text);
        if fixed.made == 0 || fixed.left == 0 {
            break;
        }
    }
    let bytes = source.bytes_of(&text).unwrap_or_default();
    replace(path, &bytes).map_err(|error| Outcome::Failed(format!("writing it: {error}")))?;
    source.text = text;
    Ok(())
}

/// The bytes of a target. What is too large or no text is an error where the file was named.
fn read(from: &From) -> Result<Vec<u8>, Outcome> {
    let failed = |error: io::Error| Outcome::Failed(format!("reading it: {error}"));
    let mut bytes = Vec::new();
    match from {
        From::Stdin => io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes),
        From::Named(path) | From::Found(path) => {
            std::fs::File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes)
        }
    }
    .map_err(failed)?;
    let is_found = matches!(from, From::Found(_));
    if bytes.len() as u64 > LARGEST {
        let why = "it is larger than 16 MiB";
        return Err(match is_found {
            true => Outcome::Skipped { reason: "over 16 MiB", note: Some(format!("skipped: {why}")) },
            false => Outcome::Failed(why.to_owned()),
        });
    }
    if is_found && is_binary(&bytes) {
        return Err(Outcome::Skipped { reason: "binary", note: None });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault_of_ours() {
        let outcome = guarded(|| panic!("index {} is out of bounds", 7));
        assert!(matches!(outcome, Outcome::Fault(said) if said == "a fault of ours: index 7 is out of bounds"));
    }
}
