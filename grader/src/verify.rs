//! Whether a suite keeps its own promises: references and other right solutions pass, wrong ones fail as they say.

use std::collections::{BTreeMap, BTreeSet};

use proofhouse_types::{IsolationMode, Outcome, Report, Submission, Task, TaskId, TestReport};
use serde::Serialize;

use crate::error::Error;
use crate::grader::Grader;
use crate::suite::{Suite, belongs};

/// How breaches name a task's reference.
const REFERENCE: &str = "reference";

/// A solution that did not do what the suite says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The task.
    pub task_id: TaskId,
    /// The solution: `reference`, or the file's name.
    pub solution: String,
    /// What it did instead.
    pub message: String,
}

/// What verifying a suite found.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Tasks in the suite.
    pub tasks: usize,
    /// Solutions that were checked.
    pub solutions: usize,
    /// Solutions that did not do what the suite says of them.
    pub breaches: Vec<Breach>,
    /// Solutions that a fault of ours left unmeasured; each is among the breaches.
    pub faults: usize,
    /// Solutions that were not run for want of something on this machine, such as packages.
    pub skipped: usize,
    /// Tasks whose tests can't be run apart from the program, and why.
    pub shared: BTreeMap<TaskId, String>,
}

impl Verification {
    /// Tasks without a breach.
    #[must_use]
    pub fn tasks_that_hold(&self) -> usize {
        self.tasks - self.breaches.iter().map(|breach| &breach.task_id).collect::<BTreeSet<_>>().len()
    }
}

/// A solution that stands beside its task, and the tests that it must fail.
struct Claim<'a> {
    task: &'a Task,
    solution: String,
    submission: Submission,
    fails: &'a [String],
    says: Option<&'a str>,
}

impl Grader {
    /// Runs every solution that stands beside the suite's tasks. `progress` gets the number done and the number in all.
    ///
    /// # Errors
    /// Where no slot can be had at all.
    pub fn verify(
        &self,
        suite: &Suite,
        jobs: usize,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Verification, Error> {
        let claims = claims(suite);
        let work: Vec<(&Task, &Submission)> = claims.iter().map(|claim| (claim.task, &claim.submission)).collect();
        let (mut breaches, mut shared) = (BTreeMap::new(), BTreeMap::new());
        let (mut done, mut faults, mut skipped) = (0, 0, 0);
        self.grade_all(&work, jobs, |position, timed| {
            done += 1;
            progress(done, work.len());
            faults += usize::from(timed.report.fault.is_some());
            if timed.report.fault.is_none() && timed.report.score.is_none() {
                skipped += 1;
                return;
            }
            let claim = &claims[position];
            if timed.report.isolation.mode == IsolationMode::Shared {
                shared.insert(claim.task.id.clone(), timed.report.isolation.why.clone());
            }
            if let Some(message) = breach(&timed.report, claim) {
                let (task_id, solution) = (claim.task.id.clone(), claim.solution.clone());
                breaches.insert(position, Breach { task_id, solution, message });
            }
        })?;
        for task in suite.tasks.iter().filter(|task| task.reference.is_none()) {
            let (task_id, solution) = (task.id.clone(), REFERENCE.to_owned());
            let message = "the task has none".to_owned();
            breaches.insert(work.len() + breaches.len(), Breach { task_id, solution, message });
        }
        let breaches = breaches.into_values().collect();
        Ok(Verification { tasks: suite.tasks.len(), solutions: work.len(), breaches, faults, skipped, shared })
    }
}

fn claims(suite: &Suite) -> Vec<Claim<'_>> {
    let mut claims = Vec::new();
    for task in &suite.tasks {
        if let Some(reference) = &task.reference {
            claims.push(Claim::of(task, REFERENCE.to_owned(), reference, &[], None));
        }
        let Some(files) = suite.natives.get(&task.id) else { continue };
        for right in &files.right {
            claims.push(Claim::of(task, file_name(&right.file), &right.program, &[], None));
        }
        for wrong in &files.wrong {
            claims.push(Claim::of(task, file_name(&wrong.file), &wrong.program, &wrong.fails, wrong.says.as_deref()));
        }
    }
    claims
}

impl<'a> Claim<'a> {
    fn of(task: &'a Task, solution: String, program: &str, fails: &'a [String], says: Option<&'a str>) -> Claim<'a> {
        let submission = Submission::program(&task.id.0, program);
        Claim { task, solution, submission, fails, says }
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How a report differs from what was claimed: failing exactly these tests, none for a right solution, and saying why.
fn breach(report: &Report, claim: &Claim<'_>) -> Option<String> {
    if let Some(fault) = &report.fault {
        return Some(format!("fault: {fault}"));
    }
    if report.tests.is_empty() && !report.passed {
        let outcome = report.outcome.map_or_else(String::new, |outcome| outcome.to_string());
        let said = format!("{outcome}: {}", report.message);
        // What does not load fails every test.
        let meant = !claim.fails.is_empty() && claim.says.is_some_and(|says| said.contains(says));
        return (!meant).then_some(said);
    }
    let is_claimed = |test: &TestReport| claim.fails.iter().any(|name| is_of(test, name));
    let (failed, passed): (Vec<_>, Vec<_>) = report.tests.iter().partition(|test| test.outcome != Outcome::Passed);
    let unexpected = failed.iter().filter(|test| !is_claimed(test));
    let mut reasons: Vec<String> =
        unexpected.map(|test| format!("`{}` {}: {}", test.name, test.outcome, test.message)).collect();
    for name in claim.fails {
        if failed.iter().any(|test| is_of(test, name)) {
            continue;
        }
        let there = passed.iter().any(|test| is_of(test, name));
        let said = if there { "passed, and should not" } else { "is not there" };
        reasons.push(format!("`{name}` {said}"));
    }
    let first = claim.fails.first().and_then(|name| failed.iter().find(|test| is_of(test, name)));
    let first = first.map(|test| format!("{}: {}", test.outcome, test.message));
    if let (Some(says), Some(said)) = (claim.says, first)
        && !said.contains(says)
    {
        reasons.push(format!("said `{said}`, which lacks `{says}`"));
    }
    if reasons.is_empty()
        && claim.fails.is_empty()
        && report.score.is_some_and(|score| score < 100.0)
        && claim.solution == REFERENCE
    {
        let lost: Vec<String> = report.losses.iter().map(|loss| format!("{}: {}", loss.part, loss.to_win)).collect();
        reasons.push(format!(
            "scores {}, and the reference must score full; {}",
            report.score.unwrap_or(0.0),
            lost.join("; ")
        ));
    }
    (!reasons.is_empty()).then(|| reasons.join("\n"))
}

/// Whether a test has this name, or is a member of the test that has it.
fn is_of(test: &TestReport, name: &str) -> bool {
    belongs(&test.name, name)
}
