//! A desk: one thread's place to work at for as long as it likes, with slots of its own and the tasks that it has made
//! ready. What a service's worker is; a batch that is known from the start is [`Grader::grade_all`]'s.

use std::num::NonZeroUsize;

use lru::LruCache;
use proofhouse_runtime::{Error as SandboxError, Program, Run};
use proofhouse_syntax::Grammar;
use proofhouse_types::{Limits, Report, Submission, Task};
use sha2::{Digest, Sha256};

use crate::check::{Checked, check};
use crate::error::Error;
use crate::evidence::unmeasured;
use crate::found::Found;
use crate::grader::{Grader, Slots, explained};
use crate::prepared::Prepared;

/// Tells tasks apart by everything that they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaskKey(pub [u8; 32]);

impl TaskKey {
    /// The key of a task, and the JSON that it is the SHA-256 of.
    #[must_use]
    pub fn of(task: &Task) -> (TaskKey, Vec<u8>) {
        let json = serde_json::to_vec(task).expect("plain data with texts as keys serialises");
        (TaskKey(Sha256::digest(&json).into()), json)
    }
}

/// Grades, runs and checks on one thread, one after the other.
pub struct Desk<'d, 'w, 's> {
    grader: &'d Grader,
    slots: &'d mut Slots<'w, 's>,
    tasks: LruCache<TaskKey, Known>,
}

/// A task, made ready when its first submission came.
struct Known {
    task: Task,
    prepared: Option<Prepared>,
}

impl Grader {
    /// Gives a job a desk on a thread of its own. The desk keeps as many tasks as asked, those that were used last.
    ///
    /// # Errors
    /// Where no slot can be had.
    pub fn at_desk<T: Send>(
        &self,
        tasks: NonZeroUsize,
        job: impl FnOnce(&mut Desk<'_, '_, '_>) -> T + Send,
    ) -> Result<T, Error> {
        self.with_slots(|slots| job(&mut Desk { grader: self, slots, tasks: LruCache::new(tasks) }))
    }
}

impl Desk<'_, '_, '_> {
    /// Makes a task known. Its key is taken at its word: see [`TaskKey::of`].
    pub fn know(&mut self, key: TaskKey, task: Task) {
        self.tasks.put(key, Known { task, prepared: None });
    }

    /// Grades a submission for a task that is known; nothing where it is not, or is no more.
    pub fn grade(&mut self, key: &TaskKey, submission: &Submission) -> Option<Report> {
        let Known { task, prepared } = self.tasks.get_mut(key)?;
        let found = Found::of(task, submission);
        let Some(pair) = self.slots.of(task) else {
            return Some(found.report(task, submission, &Ok(unmeasured(task))));
        };
        let made_ready = match prepared.take() {
            Some(ready) => Ok(ready),
            None => self.grader.prepare(task, pair),
        };
        let evidence = made_ready.and_then(|ready| {
            // Kept only where it could be made: what failed on our side may not fail again.
            let ready = prepared.insert(ready);
            match &found.program {
                Ok((code, _)) => self.grader.judge(task, ready, code, pair),
                Err(lost) => Ok(lost.evidence(ready)),
            }
        });
        Some(found.report(task, submission, &evidence))
    }

    /// The program that was found in a submission, as far as it goes: empty where there is none. Nothing where the task is not
    /// known, or is no more.
    pub fn program(&mut self, key: &TaskKey, submission: &Submission) -> Option<String> {
        let Known { task, .. } = self.tasks.get(key)?;
        Some(Found::of(task, submission).into_code())
    }

    /// Runs a whole program. One that our host failed at is tried once more.
    ///
    /// # Errors
    /// What our host failed at twice, and its causes, in one line.
    pub fn run(&mut self, program: &Program, limits: &Limits) -> Result<Run, String> {
        let mut run = || -> Result<Run, SandboxError> { self.slots.base.run(program, limits) };
        run().or_else(|_| run()).map_err(|error| explained(&error))
    }

    /// What rules find in a text, after the comments in it that ignore findings had their say.
    pub fn check(&self, text: &str, grammar: Grammar) -> Checked {
        check(self.grader.analyser(), text, grammar)
    }
}
