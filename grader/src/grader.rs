//! Grades submissions: finds the program, runs it, and lets the scorers judge what happened.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use proofhouse_rules::Analyser;
use proofhouse_runtime::{Pair, Sandbox};
use proofhouse_syntax::{EXTRACTOR_VERSION, Inventory};
use proofhouse_types::{
    Check, Evidence, Extraction, Language, LimitOverrides, Limits, Report, Submission, Task, Versions,
};

use crate::error::Error;
use crate::evidence::{gather, unmeasured};
use crate::found::Found;
use crate::isolation::Isolating;
use crate::prepared::Prepared;
use crate::text::Against;

/// How a grader works.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Limits that stand above those of the tasks.
    pub limits: LimitOverrides,
    /// Where tests run.
    pub isolating: Isolating,
}

/// A report and the wall time that it took. Times never stand in a report.
#[derive(Debug, Clone)]
pub struct Timed {
    /// The report.
    pub report: Report,
    /// Wall time of this sample; next to nothing for a program that was judged before.
    pub wall: Duration,
}

/// Grades submissions in a sandbox. Share it between threads.
pub struct Grader {
    sandbox: Sandbox,
    /// The sandbox of tasks that need packages.
    packages: Option<Sandbox>,
    /// What can be imported in the one and in the other.
    inventories: [OnceLock<Arc<Inventory>>; 2],
    analyser: OnceLock<Arc<Analyser>>,
    settings: Settings,
}

/// The slots of one worker.
pub(crate) struct Slots<'w, 's> {
    pub base: &'w mut Pair<'s>,
    pub packages: Option<&'w mut Pair<'s>>,
}

impl<'s> Slots<'_, 's> {
    /// Those that a task runs in; none where it needs packages that are not there.
    pub(crate) fn of(&mut self, task: &Task) -> Option<&mut Pair<'s>> {
        match (task.packages.is_empty(), self.packages.as_deref_mut()) {
            (true, _) => Some(&mut *self.base),
            (false, packages) => packages,
        }
    }
}

/// What is kept while many submissions are graded: tasks made ready, and the verdict on each program.
/// A task is known by its address, which holds as long as the batch borrows it.
struct Batch<'a> {
    grader: &'a Grader,
    work: &'a [(&'a Task, &'a Submission)],
    next: AtomicUsize,
    prepared: Once<usize, Result<Prepared, String>>,
    judged: Once<(usize, String), Result<Evidence, String>>,
}

impl Grader {
    /// A grader over a sandbox. It keeps nothing between calls.
    pub fn new(sandbox: Sandbox, settings: Settings) -> Grader {
        Grader { sandbox, packages: None, inventories: Default::default(), analyser: OnceLock::new(), settings }
    }

    /// The same with a sandbox of [`Profile::Packages`](proofhouse_runtime::Profile), which tasks with `packages` run in.
    /// Without it, they are skipped.
    #[must_use]
    pub fn with_packages(self, packages: Sandbox) -> Grader {
        Grader { packages: Some(packages), ..self }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// What programs for a task can import; none for languages without imports.
    fn inventory(&self, task: &Task) -> Option<Arc<Inventory>> {
        let (number, sandbox) = match (&self.packages, task.packages.is_empty()) {
            (Some(packages), false) => (1, packages),
            (_, _) => (0, &self.sandbox),
        };
        let parsed = || Arc::new(Inventory::parse(sandbox.inventory()));
        match task.language {
            Language::Python => Some(self.inventories[number].get_or_init(parsed).clone()),
            Language::Sql => None,
        }
    }

    /// What programs for a task are held against without being run.
    fn against(&self, task: &Task) -> Against {
        // What tests import and name is the subject's, which no inventory has.
        let is_tests = task.tests.iter().any(|test| matches!(test.check, Check::Generated(_)));
        let inventory = if is_tests { None } else { self.inventory(task) };
        match task.language {
            Language::Python => Against { inventory, analyser: Some(self.analyser().clone()) },
            Language::Sql => Against { inventory, analyser: None },
        }
    }

    /// The rules that programs are held against.
    pub(crate) fn analyser(&self) -> &Arc<Analyser> {
        self.analyser.get_or_init(|| Arc::new(Analyser::new()))
    }

    /// Makes a task ready. A failure of ours is tried once more, in new slots.
    pub(crate) fn prepare(&self, task: &Task, pair: &mut Pair<'_>) -> Result<Prepared, String> {
        let limits = self.limits(task);
        let mut prepare = || Prepared::of(task, pair, &limits, self.settings.isolating, self.against(task));
        prepare().or_else(|_| prepare()).map_err(|error| format!("preparing the task: {}", explained(&error)))
    }

    /// Gathers the evidence on one program. A failure of ours is tried once more, in new slots.
    pub(crate) fn judge(
        &self,
        task: &Task,
        prepared: &Prepared,
        code: &str,
        pair: &mut Pair<'_>,
    ) -> Result<Evidence, String> {
        let limits = self.limits(task);
        let mut gather = || gather(task, prepared, code, &limits, pair);
        gather().or_else(|_| gather()).map_err(|error| explained(&error))
    }

    /// Runs a job on a thread of its own with the slots that grading needs.
    pub(crate) fn with_slots<T: Send>(&self, job: impl FnOnce(&mut Slots<'_, '_>) -> T + Send) -> Result<T, Error> {
        let packages = self.packages.as_ref();
        Ok(self.sandbox.with_pairs(packages, |base, packages| job(&mut Slots { base, packages }))?)
    }

    /// What verdicts depend on.
    pub fn versions() -> Versions {
        Versions {
            proofhouse: env!("CARGO_PKG_VERSION").to_owned(),
            guest: Sandbox::guest_version(),
            extractor: EXTRACTOR_VERSION,
        }
    }

    /// The limits that a task's submissions run under.
    pub fn limits(&self, task: &Task) -> Limits {
        self.settings.limits.over(&task.limits.over(&Limits::default()))
    }

    /// The digest of a submission's program, as its report will have it.
    pub fn code_sha256(task: &Task, submission: &Submission) -> String {
        Found::of(task, submission).code_sha256
    }

    /// The program that is found in a submission, as far as it goes, and how it was found. Empty where there is none.
    pub fn program(task: &Task, submission: &Submission) -> (String, Extraction) {
        let found = Found::of(task, submission);
        let extraction = found.extraction();
        (found.into_code(), extraction)
    }

    /// Grades one submission, on a thread made for it. For many, [`Grader::grade_all`] keeps its threads.
    ///
    /// # Errors
    /// Only where no slot can be had at all. What goes wrong on our side while grading is the report's `fault`.
    pub fn grade(&self, task: &Task, submission: &Submission) -> Result<Report, Error> {
        if task.id != submission.task_id {
            return Err(Error::WrongTask { task: task.id.to_string(), submission: submission.task_id.to_string() });
        }
        let work = [(task, submission)];
        let batch = Batch::new(self, &work);
        self.with_slots(|slots| batch.grade(task, submission, slots))
    }

    /// Grades many, on as many threads as asked, and hands each report on as it is made, with the position of its
    /// submission. Identical programs for one task run once.
    ///
    /// # Errors
    /// Where no slot can be had at all; the reports made before that were handed on.
    pub fn grade_all(
        &self,
        work: &[(&Task, &Submission)],
        jobs: usize,
        mut done: impl FnMut(usize, Timed),
    ) -> Result<(), Error> {
        let batch = Batch::new(self, work);
        let (sender, receiver) = channel::<(usize, Timed)>();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs.clamp(1, work.len().max(1)))
                .map(|_| {
                    let (sender, batch) = (sender.clone(), &batch);
                    scope.spawn(move || self.with_slots(|slots| batch.work(&sender, slots)))
                })
                .collect();
            drop(sender);
            for (position, timed) in receiver {
                done(position, timed);
            }
            for worker in workers {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            Ok(())
        })
    }
}

impl<'a> Batch<'a> {
    fn new(grader: &'a Grader, work: &'a [(&'a Task, &'a Submission)]) -> Batch<'a> {
        Batch { grader, work, next: AtomicUsize::new(0), prepared: Once::default(), judged: Once::default() }
    }

    fn work(&self, sender: &Sender<(usize, Timed)>, slots: &mut Slots<'_, '_>) {
        loop {
            let position = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((task, submission)) = self.work.get(position) else { return };
            let started = Instant::now();
            let report = self.grade(task, submission, slots);
            if sender.send((position, Timed { report, wall: started.elapsed() })).is_err() {
                return;
            }
        }
    }

    fn grade(&self, task: &Task, submission: &Submission, slots: &mut Slots<'_, '_>) -> Report {
        let found = Found::of(task, submission);
        let evidence = match (&found.program, slots.of(task)) {
            (_, None) => Arc::new(Ok(unmeasured(task))),
            (Ok((code, _)), Some(pair)) => self.judged.get((address(task), found.code_sha256.clone()), || {
                let prepared = self.prepared(task, pair);
                let prepared = prepared.as_ref().as_ref().map_err(Clone::clone)?;
                self.grader.judge(task, prepared, code, pair)
            }),
            (Err(lost), Some(pair)) => {
                let prepared = self.prepared(task, pair);
                Arc::new(prepared.as_ref().as_ref().map_err(Clone::clone).map(|prepared| lost.evidence(prepared)))
            }
        };
        found.report(task, submission, &evidence)
    }

    fn prepared(&self, task: &Task, pair: &mut Pair<'_>) -> Arc<Result<Prepared, String>> {
        self.prepared.get(address(task), || self.grader.prepare(task, pair))
    }
}

fn address(task: &Task) -> usize {
    std::ptr::from_ref(task).addr()
}

/// An error and its causes, in one line.
#[must_use]
pub fn explained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Values that are made once each, by whoever asks first; others wait for it.
struct Once<K, V>(Mutex<HashMap<K, Arc<OnceLock<Arc<V>>>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Once(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Once<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_init(|| Arc::new(make())).clone()
    }
}
