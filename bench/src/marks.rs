//! What the samples of a task tell together: who passed how often, where samples disagree, and where models do.

use proofhouse_types::Outcome;

use crate::summary::{Mark, TaskRow};

impl Mark {
    /// Whether it is a verdict on a program: not where the request failed, our own host did, or something was missing to run it.
    pub(crate) fn is_judged(&self) -> bool {
        // The other words are no outcomes.
        serde_json::from_value::<Outcome>(self.outcome.as_str().into()).is_ok_and(|outcome| outcome != Outcome::Skipped)
    }
}

/// How many samples have a verdict, and how many of these passed.
fn counts(marks: &[Mark]) -> (usize, usize) {
    let judged: Vec<&Mark> = marks.iter().filter(|mark| mark.is_judged()).collect();
    (judged.len(), judged.iter().filter(|mark| mark.passed).count())
}

/// Whether samples of one model pass and fail the same task.
pub(crate) fn is_flip(marks: &[Mark]) -> bool {
    let (judged, passed) = counts(marks);
    0 < passed && passed < judged
}

impl TaskRow {
    /// Whether models pass it at another rate.
    pub(crate) fn is_different(&self) -> bool {
        let rates: Vec<(usize, usize)> =
            self.samples.iter().map(|marks| counts(marks)).filter(|(judged, _)| *judged > 0).collect();
        rates.windows(2).any(|pair| pair[0].1 * pair[1].0 != pair[1].1 * pair[0].0)
    }

    /// What each model's samples came to, such as `2/3` passed of those that were judged; a dash where none was.
    pub(crate) fn rates(&self) -> Vec<String> {
        let rate = |marks: &Vec<Mark>| match counts(marks) {
            (0, _) => "–".to_owned(),
            (judged, passed) => format!("{passed}/{judged}"),
        };
        self.samples.iter().map(rate).collect()
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::TaskId;

    use super::*;

    fn marks(outcomes: &[&str]) -> Vec<Mark> {
        let mark = |(number, outcome): (usize, &&str)| Mark {
            sample_id: number.to_string(),
            passed: *outcome == "passed",
            outcome: (*outcome).to_owned(),
        };
        outcomes.iter().enumerate().map(mark).collect()
    }

    #[test]
    fn a_flip_needs_a_pass_and_a_failure_that_were_judged() {
        for (outcomes, expected) in [
            (&["passed", "failed"][..], true),
            (&["passed", "truncated"], true),
            (&["passed", "passed"], false),
            (&["failed", "raised"], false),
            (&["passed", "disconnected"], false),
            (&["passed", "fault"], false),
            (&["passed", "skipped"], false),
            (&[], false),
        ] {
            assert_eq!(is_flip(&marks(outcomes)), expected, "{outcomes:?}");
        }
    }

    #[test]
    fn models_differ_where_their_rates_do() {
        for (samples, different, rates) in [
            (&[&["passed", "failed"][..], &["failed", "passed", "unreachable"]][..], false, &["1/2", "1/2"][..]),
            (&[&["passed"], &["failed"]], true, &["1/1", "0/1"]),
            (&[&["passed"], &["unreachable"]], false, &["1/1", "–"]),
            (&[&["passed", "passed"], &[], &["passed", "failed"]], true, &["2/2", "–", "1/2"]),
            (&[], false, &[]),
        ] {
            let samples: Vec<Vec<Mark>> = samples.iter().map(|outcomes| marks(outcomes)).collect();
            let task = TaskRow { id: TaskId("a".to_owned()), category: None, language: "python".to_owned(), samples };
            assert_eq!(
                (task.is_different(), task.rates()),
                (different, rates.iter().map(ToString::to_string).collect()),
                "{task:?}"
            );
        }
    }
}
