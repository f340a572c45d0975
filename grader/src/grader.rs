//! Grades submissions: finds the program, runs it, and lets the scorers judge what happened.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use proofhouse_rules::Analyser;
use proofhouse_runtime::{Pair, Sandbox};
use proofhouse_scorers::score;
use proofhouse_syntax::{EXTRACTOR_VERSION, Extracted, Inventory, Source, extract};
use proofhouse_types::{
    Check, Evidence, Extraction, Isolation, IsolationMode, Language, LimitOverrides, Limits, Outcome, Parts, Report,
    Submission, SubmissionText, Task, TestReport, Versions,
};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::evidence::{gather, unmeasured, without_program};
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
    inventories: [OnceLock<Option<Arc<Inventory>>>; 2],
    analyser: OnceLock<Arc<Analyser>>,
    settings: Settings,
}

/// The slots of one worker.
struct Slots<'w, 's> {
    base: &'w mut Pair<'s>,
    packages: Option<&'w mut Pair<'s>>,
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

    /// What programs for a task can import; none for languages without imports, and where the cache lost its list.
    fn inventory(&self, task: &Task) -> Option<Arc<Inventory>> {
        let (number, sandbox) = match (&self.packages, task.packages.is_empty()) {
            (Some(packages), false) => (1, packages),
            (_, _) => (0, &self.sandbox),
        };
        let read = || sandbox.inventory().ok().map(|text| Arc::new(Inventory::parse(&text)));
        match task.language {
            Language::Python => self.inventories[number].get_or_init(read).clone(),
            Language::Sql => None,
        }
    }

    /// What programs for a task are held against without being run.
    fn against(&self, task: &Task) -> Against {
        // What tests import and name is the subject's, which no inventory has.
        let is_tests = task.tests.iter().any(|test| matches!(test.check, Check::Generated(_)));
        let inventory = if is_tests { None } else { self.inventory(task) };
        let analyser = || self.analyser.get_or_init(|| Arc::new(Analyser::new())).clone();
        match task.language {
            Language::Python => Against { inventory, analyser: Some(analyser()) },
            Language::Sql => Against { inventory, analyser: None },
        }
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
        match find_program(task, submission) {
            Ok((code, _)) => digest(&code),
            Err(lost) => digest(lost.text),
        }
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
        Ok(self.sandbox.with_pairs(self.packages.as_ref(), |base, packages| {
            batch.grade(task, submission, &mut Slots { base, packages })
        })?)
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
                    scope.spawn(move || {
                        self.sandbox.with_pairs(self.packages.as_ref(), |base, packages| {
                            batch.work(&sender, &mut Slots { base, packages });
                        })
                    })
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
        let found = find_program(task, submission);
        let (code, method) = match &found {
            Ok((code, method)) => (code.as_str(), *method),
            Err(lost) => (lost.text, "none"),
        };
        let code_sha256 = digest(code);
        let pair = match (task.packages.is_empty(), slots.packages.as_deref_mut()) {
            (true, _) => Some(&mut *slots.base),
            (false, packages) => packages,
        };
        let evidence = match (&found, pair) {
            (_, None) => Arc::new(Ok(unmeasured(task))),
            (Ok(_), Some(pair)) => {
                self.judged.get((address(task), code_sha256.clone()), || self.judge(task, code, pair))
            }
            (Err(lost), Some(pair)) => Arc::new(self.prepared(task, pair).as_ref().as_ref().map_or_else(
                |fault| Err(fault.clone()),
                |prepared| Ok(without_program(prepared, lost.outcome, reason(lost.outcome), &lost.code)),
            )),
        };
        let extraction = Extraction { method: method.to_owned(), version: EXTRACTOR_VERSION };
        report(task, submission, code_sha256, extraction, &evidence)
    }

    /// The task made ready. A failure of ours is tried once more, in new slots.
    fn prepared(&self, task: &Task, pair: &mut Pair<'_>) -> Arc<Result<Prepared, String>> {
        let limits = self.grader.limits(task);
        self.prepared.get(address(task), || {
            let isolating = self.grader.settings.isolating;
            let mut prepare = || Prepared::of(task, pair, &limits, isolating, self.grader.against(task));
            prepare().or_else(|_| prepare()).map_err(|error| format!("preparing the task: {}", explained(&error)))
        })
    }

    /// Gathers the evidence on one program. A failure of ours is tried once more, in new slots.
    fn judge(&self, task: &Task, code: &str, pair: &mut Pair<'_>) -> Result<Evidence, String> {
        let prepared = self.prepared(task, pair);
        let prepared = prepared.as_ref().as_ref().map_err(Clone::clone)?;
        let limits = self.grader.limits(task);
        let mut gather = || gather(task, prepared, code, &limits, pair);
        gather().or_else(|_| gather()).map_err(|error| explained(&error))
    }
}

fn digest(code: &str) -> String {
    format!("{:x}", Sha256::digest(code))
}

fn address(task: &Task) -> usize {
    std::ptr::from_ref(task).addr()
}

/// An error and its causes, in one line.
fn explained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn reason(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Truncated => "the reply ends in the middle of its program",
        _ => "the reply has no program",
    }
}

/// A submission without a whole program.
struct Lost<'a> {
    outcome: Outcome,
    text: &'a str,
    /// The program as far as it goes.
    code: String,
}

/// The program and how it was found; or what the submission is instead.
fn find_program<'a>(task: &Task, submission: &'a Submission) -> Result<(String, &'static str), Lost<'a>> {
    match &submission.text {
        SubmissionText::Program(text) => Ok((text.clone(), "program")),
        SubmissionText::Reply(text) => {
            let source = Source {
                reply: text,
                prompt: &task.prompt,
                entry_point: task.entry_point.as_deref(),
                language: task.language,
                finish: submission.finish,
            };
            match extract(&source) {
                Extracted::Program { code, method } => Ok((code, method.name())),
                Extracted::Truncated { code } => Err(Lost { outcome: Outcome::Truncated, text, code }),
                Extracted::NoCode => Err(Lost { outcome: Outcome::NoCode, text, code: String::new() }),
            }
        }
    }
}

fn report(
    task: &Task,
    submission: &Submission,
    code_sha256: String,
    extraction: Extraction,
    evidence: &Result<Evidence, String>,
) -> Report {
    let empty = Report {
        task_id: task.id.clone(),
        sample_id: submission.sample_id.clone(),
        model: submission.model.clone(),
        code_sha256,
        passed: false,
        score: None,
        outcome: None,
        message: String::new(),
        blame: None,
        parts: Parts::default(),
        losses: Vec::new(),
        tests: Vec::new(),
        findings: Vec::new(),
        fuel: Default::default(),
        extraction,
        isolation: Isolation::default(),
        fault: None,
    };
    let evidence = match evidence {
        Ok(evidence) => evidence,
        Err(fault) => return Report { fault: Some(fault.clone()), ..empty },
    };
    let message = evidence.load.as_ref().map(|load| load.message.clone()).unwrap_or_default();
    if evidence.unmeasured {
        return Report { outcome: Some(Outcome::Skipped), message, ..empty };
    }
    let scored = score(evidence, &task.rubric);
    let tests = evidence.tests.iter().map(|test| TestReport {
        name: test.name.clone(),
        outcome: test.outcome,
        message: test.message.clone(),
        blame: test.blame,
        fuel: test.fuel,
        judge_fuel: test.judge_fuel,
        calls: test.calls,
        vouched: test.vouched.clone(),
        growth: test.growth.clone(),
        // A call is measured where the program is.
        isolation: if test.is_efficiency { IsolationMode::Shared } else { evidence.isolation.mode },
    });
    Report {
        passed: scored.passed,
        score: Some(scored.score),
        outcome: Some(scored.outcome),
        message,
        blame: scored.blame,
        parts: scored.parts,
        losses: scored.losses,
        findings: evidence.findings.clone(),
        tests: tests.collect(),
        fuel: scored.fuel,
        isolation: evidence.isolation.clone(),
        ..empty
    }
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
