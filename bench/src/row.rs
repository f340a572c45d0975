//! One row of a run's `samples.jsonl`: one request to one model, what came back, and the verdict on it.

use proofhouse_types::{Generation, GenerationRequest, Outcome, Report, SampleId, TaskId};
use serde::{Deserialize, Serialize};

/// One sample of one model, with everything that was measured of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// The model, as the run names it.
    pub model: String,
    /// The task that it was asked to solve.
    pub task_id: TaskId,
    /// Which sample of the task it is: the number of the repeat.
    pub sample_id: SampleId,
    /// What was sent.
    pub request: GenerationRequest,
    /// What came back.
    pub generation: Generation,
    /// The program that was found in the reply, as far as it goes; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The verdict; absent where the request failed, which is no verdict on the model's code, and in a run that was
    /// stopped before the reply was graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// Milliseconds that grading took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading_ms: Option<f64>,
}

impl SampleRow {
    /// Whether the reply came whole and its code passed every test.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.verdict().is_some_and(|report| report.passed)
    }

    /// The verdict on the model's code; none where the request failed, where our own host failed, and where this
    /// machine lacks what the task needs. Such a sample is in no score.
    #[must_use]
    pub fn verdict(&self) -> Option<&Report> {
        let is_measured = |report: &&Report| {
            report.score.is_some() || report.outcome.is_some_and(|outcome| outcome != Outcome::Skipped)
        };
        self.report.as_ref().filter(is_measured)
    }

    /// What the sample came to, in a word: its outcome, how its request failed, `fault` where our own host did, or
    /// `ungraded` where the run was stopped before its verdict.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match (&self.generation.failure, &self.report) {
            (Some(failure), _) => failure.kind.name(),
            (None, Some(Report { outcome: Some(outcome), .. })) => outcome.name(),
            (None, Some(_)) => "fault",
            (None, None) => "ungraded",
        }
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::FailureKind;

    use super::*;
    use crate::example::{failed, faulted, row};

    #[test]
    fn a_sample_has_a_verdict_where_nothing_of_ours_came_between() {
        let passed = || row("m", "a", 0, Outcome::Passed);
        let mut skipped = row("m", "a", 0, Outcome::Skipped);
        skipped.report.as_mut().unwrap().score = None;
        let mut imported = row("m", "a", 0, Outcome::Failed);
        imported.report.as_mut().unwrap().score = None;
        let cases = [
            (passed(), true, true, "passed"),
            (row("m", "a", 0, Outcome::Skipped), true, false, "skipped"),
            (imported, true, false, "failed"),
            (skipped, false, false, "skipped"),
            (faulted(passed()), false, false, "fault"),
            (failed(passed(), FailureKind::TooLong), false, false, "too_long"),
            (SampleRow { report: None, ..passed() }, false, false, "ungraded"),
        ];
        for (row, has_verdict, is_accepted, ending) in cases {
            assert_eq!((row.verdict().is_some(), row.is_accepted(), row.ending()), (has_verdict, is_accepted, ending));
        }
    }
}
