//! Grades replies on threads of their own, in the order in which they came.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use proofhouse::{Desk, Grader, TaskKey};
use proofhouse_types::Task;
use tokio_util::sync::CancellationToken;

use crate::came::{Came, telling};
use crate::prompts::submission;
use crate::row::SampleRow;

/// What all threads that grade share.
pub(crate) struct Grading<'a> {
    pub grader: &'a Grader,
    /// By position, with their keys.
    pub tasks: &'a [(TaskKey, &'a Task)],
    pub replies: Mutex<Receiver<SampleRow>>,
    /// Leaves the rest for another time.
    pub give_up: &'a CancellationToken,
}

impl Grading<'_> {
    /// Grades until there are no more replies.
    pub(crate) fn work(&self, came: &Sender<Came>) {
        let most = NonZeroUsize::new(self.tasks.len()).unwrap_or(NonZeroUsize::MIN);
        let at_desk = |desk: &mut Desk<'_, '_, '_>| {
            for (key, task) in self.tasks {
                desk.know(*key, (*task).clone());
            }
            while let Some(row) = self.next() {
                if came.send(Came::Graded(Box::new(self.grade(desk, row)))).is_err() {
                    return;
                }
            }
        };
        telling(came, || self.grader.at_desk(most, at_desk));
    }

    fn next(&self) -> Option<SampleRow> {
        let row = self.replies.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
        (!self.give_up.is_cancelled()).then_some(row)
    }

    /// The row with its verdict.
    fn grade(&self, desk: &mut Desk<'_, '_, '_>, row: SampleRow) -> SampleRow {
        let started = Instant::now();
        let submission = submission(&row);
        let key = self.tasks.iter().find(|(_, task)| task.id == row.task_id).map(|(key, _)| key);
        let (code, report) = match key {
            Some(key) => (desk.program(key, &submission), desk.grade(key, &submission)),
            None => (None, None),
        };
        let grading_ms = Some(started.elapsed().as_secs_f64() * 1000.0);
        SampleRow { code: code.unwrap_or_default(), report, grading_ms, ..row }
    }
}
