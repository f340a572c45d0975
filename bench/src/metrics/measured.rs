//! The rows of one model, by task: what metrics are taken of.

use proofhouse_types::TaskId;

use crate::config::{ModelRun, RunConfig, TaskFacts};
use crate::row::SampleRow;

/// One model of one run, with its rows.
pub(crate) struct Measured<'r> {
    /// Its name in the report.
    pub name: String,
    /// Which of the runs it is from.
    pub run: usize,
    /// The run.
    pub config: &'r RunConfig,
    /// The model, as the run has it.
    pub model: &'r ModelRun,
    /// Its rows by task, in the suite's order; no task is without rows.
    pub tasks: Vec<TaskRows<'r>>,
}

/// The rows of one model on one task.
pub(crate) struct TaskRows<'r> {
    /// The task.
    pub facts: TaskFacts,
    /// Its samples, in the order of their numbers.
    pub rows: Vec<&'r SampleRow>,
}

impl<'r> Measured<'r> {
    /// All rows, task by task.
    pub fn rows(&self) -> impl Iterator<Item = &'r SampleRow> + '_ {
        self.tasks.iter().flat_map(|task| task.rows.iter().copied())
    }

    /// The rows that requests of this run gave: not those that were kept from before.
    pub fn sent(&self) -> impl Iterator<Item = &'r SampleRow> + '_ {
        self.rows().filter(|row| !row.generation.kept)
    }
}

impl TaskRows<'_> {
    /// The task's name.
    pub fn id(&self) -> &TaskId {
        &self.facts.id
    }

    /// How many of its samples have a verdict, and how many of them passed.
    pub fn counts(&self) -> (usize, usize) {
        let graded = self.rows.iter().filter(|row| row.verdict().is_some()).count();
        (graded, self.rows.iter().filter(|row| row.is_accepted()).count())
    }

    /// The share of its samples that passed; none where none has a verdict.
    pub fn rate(&self) -> Option<f64> {
        let (graded, passed) = self.counts();
        (graded > 0).then(|| passed as f64 / graded as f64)
    }
}
