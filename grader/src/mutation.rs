//! Whether a suite's tests notice small faults: each reference is run with one edit after the other, as mutation testing does.

use std::collections::BTreeMap;

use proofhouse_syntax::{Mutant, mutants};
use proofhouse_types::{Check, Fuel, LimitOverrides, Report, Submission, Task, TaskId};

use crate::error::Error;
use crate::grader::Grader;
use crate::suite::{Suite, Survivor};
use crate::verify::Breach;

/// The least share of a task's mutants, and of a whole suite's, that its tests must kill. Four fifths and more are taken for
/// thorough in the field; those of one short program are few, and a handful of them may be equivalent to it.
const TASK_SHARE: f64 = 0.75;
const SUITE_SHARE: f64 = 0.90;

/// How much more fuel than the reference a mutant may use in a test, and what it may use in any case.
const PATIENCE: u64 = 20;
const LEAST: u64 = 100_000_000;

/// How breaches name the file in which survivors are explained.
const SURVIVORS: &str = "survivors.toml";
/// What a breach is of that no task has alone.
const WHOLE: &str = "the suite";

/// Mutants, and how many of them some test fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Killed {
    /// Mutants that at least one test fails.
    pub killed: usize,
    /// Mutants that could be run, those equivalent to the reference among them.
    pub of: usize,
}

impl Killed {
    /// The share that is killed; 1 where there are none.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 1.0 } else { self.killed as f64 / self.of as f64 }
    }
}

/// What running the mutants of a suite's references found.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Mutation {
    /// Over the whole suite.
    #[serde(flatten)]
    pub whole: Killed,
    /// By task.
    pub tasks: BTreeMap<TaskId, Killed>,
    /// Survivors that no `survivors.toml` explains, explanations of what does not survive, and shares that are too small.
    #[serde(skip)]
    pub breaches: Vec<Breach>,
    /// Mutants that a fault of ours left unmeasured; each is among the breaches.
    #[serde(skip)]
    pub faults: usize,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// No test failed so far.
    Survives,
    /// Some test failed.
    Killed,
    /// It could not be run: for want of packages, or by a fault of ours.
    Unmeasured,
}

impl Fate {
    fn of(report: &Report) -> Fate {
        match (report.score, &report.fault, report.passed) {
            (None, _, _) | (_, Some(_), _) => Fate::Unmeasured,
            (Some(_), None, true) => Fate::Survives,
            (Some(_), None, false) => Fate::Killed,
        }
    }
}

/// One mutant of one task's reference.
struct Trial {
    task: usize,
    mutant: Mutant,
    submission: Submission,
    fate: Fate,
}

impl Grader {
    /// Runs the mutants of every reference. `progress` gets the number done and the number in all.
    ///
    /// Tests of efficiency, which take longest, run on what the other tests let live.
    ///
    /// # Errors
    /// Where no slot can be had at all.
    pub fn mutate(
        &self,
        suite: &Suite,
        jobs: usize,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Mutation, Error> {
        let whole = self.patient(suite, jobs)?;
        let quick: Vec<Task> = whole.iter().map(without_efficiency).collect();
        let mut trials = trials(suite);
        let mut mutation = Mutation::default();
        let all: Vec<usize> = (0..trials.len()).collect();
        let (mut done, total) = (0, all.len());
        self.run(&quick, &all, &mut trials, jobs, &mut mutation, || {
            done += 1;
            progress(done, total);
        })?;
        let has_more =
            |trial: &Trial| trial.fate == Fate::Survives && whole[trial.task].tests != quick[trial.task].tests;
        let left: Vec<usize> = all.into_iter().filter(|position| has_more(&trials[*position])).collect();
        self.run(&whole, &left, &mut trials, jobs, &mut mutation, || ())?;
        for (position, task) in suite.tasks.iter().enumerate() {
            let of_task: Vec<&Trial> = trials.iter().filter(|trial| trial.task == position).collect();
            let explained = suite.natives.get(&task.id).map_or(&[][..], |files| &files.survivors);
            mutation.count(task, &of_task, explained);
        }
        if mutation.whole.share() < SUITE_SHARE && mutation.tasks.len() > 1 {
            let message = too_few(mutation.whole, SUITE_SHARE);
            mutation.breach(&TaskId(suite.name.clone()), WHOLE, message);
        }
        Ok(mutation)
    }

    /// Runs some of the mutants with these tasks.
    fn run(
        &self,
        tasks: &[Task],
        due: &[usize],
        trials: &mut [Trial],
        jobs: usize,
        mutation: &mut Mutation,
        mut done: impl FnMut(),
    ) -> Result<(), Error> {
        let one = |position: &usize| (&tasks[trials[*position].task], &trials[*position].submission);
        let work: Vec<(&Task, &Submission)> = due.iter().map(one).collect();
        let mut fates = Vec::with_capacity(work.len());
        self.grade_all(&work, jobs, |position, timed| {
            done();
            fates.push((due[position], Fate::of(&timed.report), timed.report.fault));
        })?;
        for (position, fate, fault) in fates {
            let trial = &mut trials[position];
            trial.fate = fate;
            if let Some(fault) = fault {
                mutation.faults += 1;
                mutation.breach(&tasks[trial.task].id, &told(&trial.mutant), format!("fault: {fault}"));
            }
        }
        Ok(())
    }

    /// The tasks, each with as much fuel for a mutant as its reference's tests and some need, so that one that never ends is
    /// stopped early. A task whose reference does not pass so keeps its own: making its tests ready takes more than they do.
    fn patient(&self, suite: &Suite, jobs: usize) -> Result<Vec<Task>, Error> {
        let needed = |reports: &[Option<Report>]| -> Vec<Option<u64>> {
            let most = |report: &Report| report.tests.iter().map(|test| test.fuel.0.max(test.judge_fuel.0)).max();
            reports.iter().map(|report| report.as_ref().filter(|report| report.passed).and_then(most)).collect()
        };
        let reports = self.references(&suite.tasks, jobs)?;
        let patient = |(task, needed): (&Task, Option<u64>)| {
            let Some(needed) = needed else { return task.clone() };
            let fuel = Fuel(needed.saturating_mul(PATIENCE).saturating_add(LEAST).min(self.limits(task).fuel.0));
            Task { limits: LimitOverrides { fuel: Some(fuel), ..task.limits.clone() }, ..task.clone() }
        };
        let tried: Vec<Task> = suite.tasks.iter().zip(needed(&reports)).map(patient).collect();
        let passes = needed(&self.references(&tried, jobs)?);
        let kept = tried.into_iter().zip(&suite.tasks).zip(passes);
        Ok(kept.map(|((patient, task), passes)| if passes.is_some() { patient } else { task.clone() }).collect())
    }

    /// What each task's own reference comes to; none where it has none.
    fn references(&self, tasks: &[Task], jobs: usize) -> Result<Vec<Option<Report>>, Error> {
        let reference = |(position, task): (usize, &Task)| {
            Some((position, Submission::program(&task.id.0, task.reference.as_deref()?)))
        };
        let references: Vec<(usize, Submission)> = tasks.iter().enumerate().filter_map(reference).collect();
        let work: Vec<(&Task, &Submission)> =
            references.iter().map(|(position, reference)| (&tasks[*position], reference)).collect();
        let mut reports: Vec<Option<Report>> = vec![None; tasks.len()];
        self.grade_all(&work, jobs, |done, timed| reports[references[done].0] = Some(timed.report))?;
        Ok(reports)
    }
}

impl Mutation {
    fn breach(&mut self, task_id: &TaskId, solution: &str, message: String) {
        self.breaches.push(Breach { task_id: task_id.clone(), solution: solution.to_owned(), message });
    }

    /// Counts what became of one task's mutants, and holds the survivors against what is said of them.
    fn count(&mut self, task: &Task, trials: &[&Trial], explained: &[Survivor]) {
        let is_of =
            |survivor: &Survivor, mutant: &Mutant| survivor.line == mutant.line && survivor.change == mutant.change;
        for trial in trials.iter().filter(|trial| trial.fate == Fate::Survives) {
            if !explained.iter().any(|survivor| is_of(survivor, &trial.mutant)) {
                let message = format!("no test fails, and `{SURVIVORS}` does not say why");
                self.breach(&task.id, &told(&trial.mutant), message);
            }
        }
        for (position, survivor) in explained.iter().enumerate() {
            let mutant = trials.iter().find(|trial| is_of(survivor, &trial.mutant));
            let is_second = explained[..position]
                .iter()
                .any(|first| first.line == survivor.line && first.change == survivor.change);
            let message = match mutant.map(|trial| trial.fate) {
                _ if is_second => "it is there twice",
                None => "the reference has no such mutant",
                Some(Fate::Killed) => "a test fails: it is no survivor",
                Some(Fate::Survives | Fate::Unmeasured) => continue,
            };
            self.breach(
                &task.id,
                &format!("{SURVIVORS}, line {}: {}", survivor.line, survivor.change),
                message.to_owned(),
            );
        }
        let count = |fate| trials.iter().filter(|trial| trial.fate == fate).count();
        let killed = Killed { killed: count(Fate::Killed), of: count(Fate::Killed) + count(Fate::Survives) };
        if killed.share() < TASK_SHARE {
            self.breach(&task.id, "mutants", too_few(killed, TASK_SHARE));
        }
        self.whole.killed += killed.killed;
        self.whole.of += killed.of;
        self.tasks.insert(task.id.clone(), killed);
    }
}

fn too_few(killed: Killed, least: f64) -> String {
    let Killed { killed: number, of } = killed;
    format!(
        "{number} of {of} mutants are killed, {:.1} %: expected {:.0} % or more",
        killed.share() * 100.0,
        least * 100.0
    )
}

fn told(mutant: &Mutant) -> String {
    format!("line {}: {}", mutant.line, mutant.change)
}

fn trials(suite: &Suite) -> Vec<Trial> {
    let of_task = |(position, task): (usize, &Task)| {
        let mutants = task.reference.as_deref().map_or_else(Vec::new, |reference| mutants(reference, task.language));
        let id = task.id.0.clone();
        mutants.into_iter().map(move |mutant| {
            let submission = Submission::program(&id, &mutant.code);
            Trial { task: position, mutant, submission, fate: Fate::Survives }
        })
    };
    suite.tasks.iter().enumerate().flat_map(of_task).collect()
}

/// A task without its tests of efficiency, unless it has no others.
fn without_efficiency(task: &Task) -> Task {
    let mut quick = task.clone();
    quick.tests.retain(|test| !matches!(test.check, Check::Efficiency(_)));
    if quick.tests.is_empty() { task.clone() } else { quick }
}
