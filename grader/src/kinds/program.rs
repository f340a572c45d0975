//! Tests that run the whole program: with input and compared output, or step by step over one workspace.
//!
//! Nothing of the expectations is in the program's guest. What it does there is compared here.

use std::collections::BTreeMap;
use std::sync::Arc;

use proofhouse_runtime::{Error, Program, Run};
use proofhouse_types::{Blame, CliCheck, CliStep, IoCase, IoCheck, Outcome, TestEvidence};
use regex::Regex;

use super::call::member;
use super::compare::difference;
use super::{Check, Runs, cut};
use crate::prepared::{Test, described};

/// The file's name that programs see as `sys.argv[0]`.
const PROGRAM: &str = "solution.py";
/// Characters of output that a message quotes.
const QUOTED: usize = 200;

/// The files in a working directory.
pub(crate) type Workspace = BTreeMap<String, Vec<u8>>;

/// A step with its patterns made ready.
pub(crate) struct Step {
    position: usize,
    stdout: Vec<Regex>,
    stdout_not: Vec<Regex>,
    stderr: Vec<Regex>,
}

/// One test for each case.
pub(super) fn cases(name: &str, check: &IoCheck) -> Vec<Test> {
    let check = Arc::new(check.clone());
    let one = |(case, there): (usize, &IoCase)| {
        Test::member(name, &member(there.name.as_ref(), case), Ok(Check::Io { check: check.clone(), case }))
    };
    check.cases.iter().enumerate().map(one).collect()
}

/// One test for each step.
pub(super) fn steps(name: &str, check: &CliCheck) -> Vec<Test> {
    let check = Arc::new(check.clone());
    let one = |(position, there): (usize, &CliStep)| {
        let ready = Step::new(position, there).map(|step| Check::Step { check: check.clone(), step });
        Test::member(name, &member(there.name.as_ref(), position), ready)
    };
    check.steps.iter().enumerate().map(one).collect()
}

impl Step {
    fn new(position: usize, step: &CliStep) -> Result<Step, String> {
        let compiled = |patterns: &[String]| {
            let one = |pattern: &String| Regex::new(pattern).map_err(|error| error.to_string());
            patterns.iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        Ok(Step {
            position,
            stdout: compiled(&step.stdout)?,
            stdout_not: compiled(&step.stdout_not)?,
            stderr: compiled(&step.stderr)?,
        })
    }
}

/// Runs one case of input and output.
pub(super) fn io(runs: &mut Runs<'_, '_>, check: &IoCheck, case: usize) -> Result<TestEvidence, Error> {
    let case = &check.cases[case];
    let files = text_files(&check.files);
    let run = runs.pair.run(&program(runs.code, &case.args, &case.stdin, files), runs.limits)?;
    if !matches!((run.ran.outcome, run.ran.exit_code), (Outcome::Passed, _) | (Outcome::Exited, Some(0))) {
        return Ok(verdict(&run, Some((run.ran.outcome, described(&run.ran)))));
    }
    let complaint = match &check.checker {
        Some(checker) => checked(runs, checker, case, &run)?,
        None => difference(&String::from_utf8_lossy(&run.stdout), &case.expected, check.compare, check.tolerance),
    };
    Ok(verdict(&run, complaint.map(|message| (Outcome::Failed, message))))
}

/// What the task's checker says against the output, if anything.
fn checked(runs: &mut Runs<'_, '_>, checker: &str, case: &IoCase, run: &Run) -> Result<Option<String>, Error> {
    let files = [("input", case.stdin.as_bytes()), ("expected", case.expected.as_bytes()), ("output", &run.stdout)];
    let files = files.into_iter().map(|(name, content)| (name.to_owned(), content.to_vec())).collect();
    let said = runs.pair.run_checker(&program(checker, &[], "", files), runs.limits)?;
    let printed = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).trim().to_owned();
    Ok(match (said.ran.outcome, said.ran.exit_code) {
        (Outcome::Passed, _) | (Outcome::Exited, Some(0)) => None,
        (Outcome::Exited, _) if printed.is_empty() => Some("the checker refuses it".to_owned()),
        (Outcome::Exited, _) => Some(cut(&printed, QUOTED)),
        // Output that a checker can't read is a wrong answer. Whether it reads right ones, `verify` tells by the reference.
        (_, _) => Some(format!("the checker can't read it: {}", described(&said.ran))),
    })
}

/// Runs one step over the workspace that the step before it left.
pub(super) fn step(runs: &mut Runs<'_, '_>, check: &Arc<CliCheck>, step: &Step) -> Result<TestEvidence, Error> {
    let wanted = &check.steps[step.position];
    let files = match runs.workspace.take() {
        Some((owner, workspace)) if Arc::ptr_eq(&owner, check) => workspace,
        Some(_) | None => text_files(&check.files),
    };
    let run = runs.pair.run(&program(runs.code, &wanted.args, &wanted.stdin, files), runs.limits)?;
    let complaint = step_complaint(wanted, step, &run).map(|(outcome, message)| {
        // A command that was given no input, asked for some and did not do what it should waited for it, whatever it made of
        // the end of the stream.
        let waited = run.wanted_input && wanted.stdin.is_empty();
        let ended = matches!(outcome, Outcome::Failed | Outcome::Raised | Outcome::Exited);
        (if waited && ended { Outcome::WaitedForInput } else { outcome }, message)
    });
    let seen = verdict(&run, complaint);
    runs.workspace = Some((check.clone(), run.files));
    Ok(seen)
}

/// The first thing that a step did not do as it should.
fn step_complaint(wanted: &CliStep, step: &Step, run: &Run) -> Option<(Outcome, String)> {
    let code = match (run.ran.outcome, run.ran.exit_code) {
        (Outcome::Passed, _) => 0,
        (Outcome::Exited, Some(code)) => code,
        (outcome, _) => return Some((outcome, described(&run.ran))),
    };
    let (stdout, stderr) = (text_of(&run.stdout), text_of(&run.stderr));
    let lacks = |patterns: &[Regex], stream: &str, text: &str| {
        let missing = patterns.iter().find(|pattern| !pattern.is_match(text))?;
        Some(format!("{stream} lacks /{missing}/: {}", cut(text.trim_end(), QUOTED)))
    };
    let has = || {
        let found = step.stdout_not.iter().find(|pattern| pattern.is_match(&stdout))?;
        Some(format!("stdout has /{found}/: {}", cut(stdout.trim_end(), QUOTED)))
    };
    let missing = || wanted.files.iter().find(|name| !run.files.contains_key(*name));
    let there = || wanted.files_not.iter().find(|name| run.files.contains_key(*name));
    let wrong_code = || {
        let said = if stderr.is_empty() { String::new() } else { format!(": {}", cut(stderr.trim_end(), QUOTED)) };
        (code != wanted.exit_code).then(|| format!("exit code {code}, expected {}{said}", wanted.exit_code))
    };
    let message = wrong_code()
        .or_else(|| lacks(&step.stdout, "stdout", &stdout))
        .or_else(has)
        .or_else(|| lacks(&step.stderr, "stderr", &stderr))
        .or_else(|| missing().map(|name| format!("file {name:?} is missing")))
        .or_else(|| there().map(|name| format!("file {name:?} is there")))?;
    Some((Outcome::Failed, message))
}

fn program(code: &str, arguments: &[String], stdin: &str, files: Workspace) -> Program {
    Program {
        name: PROGRAM.to_owned(),
        source: code.as_bytes().to_vec(),
        arguments: arguments.to_vec(),
        stdin: stdin.as_bytes().to_vec(),
        files,
        grants: Vec::new(),
    }
}

/// Output without the newline at its end, so that `$` stands where people mean it.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    text.strip_suffix('\r').unwrap_or(text).to_owned()
}

fn text_files(files: &BTreeMap<String, String>) -> Workspace {
    files.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect()
}

/// A run as a test.
fn verdict(run: &Run, complaint: Option<(Outcome, String)>) -> TestEvidence {
    let fuel = run.ran.fuel;
    match complaint {
        None => TestEvidence { outcome: Outcome::Passed, fuel, ..TestEvidence::default() },
        Some((outcome, message)) => {
            TestEvidence { outcome, message, blame: Some(Blame::Solution), fuel, ..TestEvidence::default() }
        }
    }
}
