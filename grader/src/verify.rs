//! Whether a suite keeps its own promises: references and other right solutions pass, wrong ones fail as they say.

use std::collections::{BTreeMap, BTreeSet};

use proofhouse_types::{Outcome, Report, Submission, Task, TaskId};
use serde::Serialize;

use crate::error::Error;
use crate::grader::Grader;
use crate::suite::Suite;

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
    fails: BTreeSet<&'a str>,
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
        let mut breaches = BTreeMap::new();
        let (mut done, mut faults) = (0, 0);
        self.grade_all(&work, jobs, |position, timed| {
            done += 1;
            progress(done, work.len());
            faults += usize::from(timed.report.fault.is_some());
            let claim = &claims[position];
            if let Some(message) = breach(&timed.report, &claim.fails) {
                let (task_id, solution) = (claim.task.id.clone(), claim.solution.clone());
                breaches.insert(position, Breach { task_id, solution, message });
            }
        })?;
        for task in suite.tasks.iter().filter(|task| task.reference.is_none()) {
            let (task_id, solution) = (task.id.clone(), "reference".to_owned());
            let message = "the task has none".to_owned();
            breaches.insert(work.len() + breaches.len(), Breach { task_id, solution, message });
        }
        let breaches = breaches.into_values().collect();
        Ok(Verification { tasks: suite.tasks.len(), solutions: work.len(), breaches, faults })
    }
}

fn claims(suite: &Suite) -> Vec<Claim<'_>> {
    let mut claims = Vec::new();
    for task in &suite.tasks {
        if let Some(reference) = &task.reference {
            claims.push(Claim::of(task, "reference".to_owned(), reference, &[]));
        }
        let Some(files) = suite.natives.get(&task.id) else { continue };
        for right in &files.right {
            claims.push(Claim::of(task, file_name(&right.file), &right.program, &[]));
        }
        for wrong in &files.wrong {
            claims.push(Claim::of(task, file_name(&wrong.file), &wrong.program, &wrong.fails));
        }
    }
    claims
}

impl<'a> Claim<'a> {
    fn of(task: &'a Task, solution: String, program: &str, fails: &'a [String]) -> Claim<'a> {
        let submission = Submission::program(&task.id.0, program);
        Claim { task, solution, submission, fails: fails.iter().map(String::as_str).collect() }
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How a report differs from what was claimed: failing exactly these tests, none for a right solution.
fn breach(report: &Report, fails: &BTreeSet<&str>) -> Option<String> {
    if let Some(fault) = &report.fault {
        return Some(format!("fault: {fault}"));
    }
    if report.tests.is_empty() && !report.passed {
        let outcome = report.outcome.map_or_else(String::new, |outcome| outcome.to_string());
        return Some(format!("{outcome}: {}", report.message));
    }
    let not_passed = report.tests.iter().filter(|test| test.outcome != Outcome::Passed);
    let unexpected = not_passed.filter(|test| !fails.contains(test.name.as_str()));
    let mut reasons: Vec<String> =
        unexpected.map(|test| format!("`{}` {}: {}", test.name, test.outcome, test.message)).collect();
    let passed = report.tests.iter().filter(|test| test.outcome == Outcome::Passed);
    let survived = passed.filter(|test| fails.contains(test.name.as_str()));
    reasons.extend(survived.map(|test| format!("`{}` passed, and should not", test.name)));
    (!reasons.is_empty()).then(|| reasons.join("\n"))
}
