//! The tasks at which models differ, for a terminal.

use std::fmt::Write as _;

use crate::summary::{Summary, TaskRow};

/// The tasks that some models pass more often than others: one line each, with the models in the order of the summary.
#[must_use]
pub fn differences(summary: &Summary) -> String {
    let different: Vec<&TaskRow> = summary.tasks.iter().filter(|task| task.is_different()).collect();
    let mut out = format!("models differ at {} of {} tasks", different.len(), summary.tasks.len());
    if different.is_empty() {
        return out + "\n";
    }
    let width = different.iter().map(|task| task.id.0.chars().count()).max().unwrap_or(0);
    out.push_str("; passed of judged, models in the order above\n");
    for task in different {
        let _ = write!(out, "  {:width$}", task.id.0);
        for rate in task.rates() {
            let _ = write!(out, "  {rate:>5}");
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::fixture;

    #[test]
    fn tasks_at_which_models_differ_are_listed_with_their_rates() {
        let mut summary = fixture::summary(&[fixture::run()]);
        summary.tasks.truncate(2);
        let expected = "models differ at 2 of 2 tasks; passed of judged, models in the order above\n  \
                        algorithms/merge-intervals    2/2    2/2    0/2\n  \
                        classes/lru-cache             2/2    1/2    0/2\n";
        assert_eq!(differences(&summary), expected);
        for task in &mut summary.tasks {
            task.samples = vec![task.samples[0].clone(); 3];
        }
        assert_eq!(differences(&summary), "models differ at 0 of 2 tasks\n");
    }
}
