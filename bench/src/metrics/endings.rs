//! How replies ended: whole, truncated or failed, and what was found in them.

use std::collections::BTreeMap;

use proofhouse_types::Finish;

use crate::metrics::Measured;
use crate::row::SampleRow;
use crate::statistics::{Tally, share};
use crate::summary::{Endings, Estimate};

/// How the replies of one model ended, over all of its rows.
pub(crate) fn endings(measured: &Measured<'_>) -> Endings {
    let mut endings = Endings {
        // Of a reply whose end nobody tells, nobody knows.
        truncated: share_of(
            measured,
            |row| is_whole(row) && row.generation.finish != Finish::Unknown,
            |row| row.generation.finish == Finish::Length,
        ),
        failed: share_of(measured, |_| measured.config.imported.is_none(), |row| !is_whole(row)),
        ..Endings::default()
    };
    let mut counted = 0_u64;
    for row in measured.rows() {
        let generation = &row.generation;
        if let Some(failure) = &generation.failure {
            *endings.failures.entry(failure.kind).or_default() += 1;
        }
        for retry in &generation.retries {
            *endings.retries.entry(retry.kind).or_default() += 1;
        }
        if let Some(report) = &row.report {
            count(&mut endings.extraction, &report.extraction.method);
            count(&mut endings.outcomes, row.ending());
        }
        for doubt in &generation.doubts {
            count(&mut endings.doubts, doubt);
        }
        endings.kept += usize::from(generation.kept);
        let usage = generation.usage;
        // What a server claims has no bound.
        endings.prompt_tokens = endings.prompt_tokens.saturating_add(usage.prompt_tokens.unwrap_or(0));
        endings.completion_tokens = endings.completion_tokens.saturating_add(usage.completion_tokens.unwrap_or(0));
        if let Some(tokens) = usage.reasoning_tokens {
            endings.reasoning_tokens = Some(endings.reasoning_tokens.unwrap_or(0).saturating_add(tokens));
        }
        counted += u64::from(usage.completion_tokens.is_some());
    }
    endings.completion_tokens_mean = (counted > 0).then(|| endings.completion_tokens as f64 / counted as f64);
    endings
}

fn count(counts: &mut BTreeMap<String, usize>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else {
        counts.insert(name.to_owned(), 1);
    }
}

fn is_whole(row: &SampleRow) -> bool {
    row.generation.failure.is_none()
}

/// The share of some rows among others, with its interval over tasks.
pub(super) fn share_of(
    measured: &Measured<'_>,
    among: impl Fn(&SampleRow) -> bool,
    counts: impl Fn(&SampleRow) -> bool,
) -> Option<Estimate> {
    let mut samples = 0;
    let tallies: Vec<Tally> = measured
        .tasks
        .iter()
        .map(|task| {
            let rows: Vec<&&SampleRow> = task.rows.iter().filter(|row| among(row)).collect();
            samples += rows.len();
            Tally { got: rows.iter().filter(|row| counts(row)).count() as f64, of: rows.len() as f64 }
        })
        .collect();
    share(&tallies, samples)
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, GenerationFailure, Outcome, Usage};

    use super::*;
    use crate::example::{config, failed, faulted, row, run};
    use crate::summarise::{SummaryOptions, summarise};

    fn of_rows(rows: Vec<SampleRow>) -> Endings {
        let tasks = [("a", "x"), ("b", "x"), ("c", "x"), ("d", "x")];
        summarise(&[run("r", config(&["m"], &tasks, 1), rows)], &SummaryOptions::default()).models.remove(0).endings
    }

    #[test]
    fn replies_are_counted_by_how_they_ended() {
        let mut truncated = row("m", "a", 0, Outcome::Truncated);
        truncated.generation.finish = Finish::Length;
        truncated.generation.usage = Usage {
            prompt_tokens: Some(5),
            completion_tokens: Some(512),
            reasoning_tokens: Some(400),
            ..Usage::default()
        };
        let mut retried = row("m", "b", 0, Outcome::Passed);
        let busy = GenerationFailure { kind: FailureKind::RateLimited, message: "busy".to_owned() };
        retried.generation.retries = vec![busy.clone(), busy];
        retried.generation.doubts = vec!["usage_missing".to_owned()];
        retried.generation.kept = true;
        let rows = vec![
            truncated,
            retried,
            failed(row("m", "c", 0, Outcome::Passed), FailureKind::Disconnected),
            faulted(row("m", "d", 0, Outcome::Passed)),
        ];
        let endings = of_rows(rows);
        assert_eq!(endings.truncated.unwrap().value, 1.0 / 3.0);
        assert_eq!(endings.failed.unwrap().value, 0.25);
        assert_eq!(endings.failures, BTreeMap::from([(FailureKind::Disconnected, 1)]));
        assert_eq!(endings.retries, BTreeMap::from([(FailureKind::RateLimited, 2)]));
        assert_eq!(endings.doubts, BTreeMap::from([("usage_missing".to_owned(), 1)]));
        let names = |counts: &BTreeMap<String, usize>| -> Vec<String> {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect()
        };
        assert_eq!(names(&endings.outcomes), ["fault 1", "passed 1", "truncated 1"]);
        assert_eq!(names(&endings.extraction), ["fence 3"]);
        assert_eq!(
            (endings.kept, endings.prompt_tokens, endings.completion_tokens, endings.reasoning_tokens),
            (1, 5, 512, Some(400))
        );
        assert_eq!(endings.completion_tokens_mean, Some(512.0));
    }

    #[test]
    fn replies_whose_end_nobody_tells_are_not_called_whole() {
        let mut unknown = row("m", "a", 0, Outcome::Passed);
        unknown.generation.finish = Finish::Unknown;
        assert_eq!(of_rows(vec![unknown.clone()]).truncated, None);
        let mut truncated = row("m", "b", 0, Outcome::Truncated);
        truncated.generation.finish = Finish::Length;
        assert_eq!(of_rows(vec![unknown, truncated]).truncated.unwrap().value, 1.0);
    }
}
