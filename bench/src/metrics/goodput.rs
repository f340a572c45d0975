//! Goodput: requests that met their objectives, with code that passed.

use super::endings::share_of;
use crate::metrics::{Measured, Objectives};
use crate::row::SampleRow;
use crate::summary::{Goodput, Speed};

/// The goodput of one model, over the requests of this run; none where there were none. Failed requests count as not
/// good. What our own host failed at is left out.
pub(crate) fn goodput(measured: &Measured<'_>, speed: &Speed, objectives: &Objectives) -> Option<Goodput> {
    let counts =
        |row: &SampleRow| !row.generation.kept && (row.generation.failure.is_some() || row.verdict().is_some());
    let is_in_time = |row: &SampleRow| objectives.are_met(&row.generation);
    let is_good = |row: &SampleRow| is_in_time(row) && row.is_accepted();
    let good = measured.rows().filter(|row| counts(row) && is_good(row)).count();
    Some(Goodput {
        objectives: objectives.to_string(),
        requests_per_s: good as f64 / speed.span_s,
        share: share_of(measured, counts, is_good)?,
        in_time: share_of(measured, counts, is_in_time)?,
    })
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, Outcome};

    use crate::example::{config, failed, faulted, row, run, timed};
    use crate::metrics::Price;
    use crate::summarise::{SummaryOptions, summarise};
    use crate::summary::ModelSummary;

    /// Five samples: good, slow, wrong, failed, and kept from before; and one that our own host failed at.
    fn model(objectives: &str) -> ModelSummary {
        let tasks = [("a", "x"), ("b", "x"), ("c", "x"), ("d", "x"), ("e", "x"), ("f", "x")];
        let mut kept = timed(row("m", "e", 0, Outcome::Passed), 0, 1.0, 2.0);
        kept.generation.kept = true;
        let rows = vec![
            timed(row("m", "a", 0, Outcome::Passed), 0, 100.0, 1000.0),
            timed(row("m", "b", 0, Outcome::Passed), 1000, 900.0, 2000.0),
            timed(row("m", "c", 0, Outcome::Failed), 3000, 100.0, 1000.0),
            failed(timed(row("m", "d", 0, Outcome::Passed), 4000, 100.0, 1000.0), FailureKind::MissingEnd),
            kept,
            faulted(timed(row("m", "f", 0, Outcome::Passed), 5000, 100.0, 1000.0)),
        ];
        let options = SummaryOptions {
            objectives: Some(objectives.parse().unwrap()),
            price: Some(Price { gpu_hour: 3.6, gpus: 2.0 }),
        };
        summarise(&[run("r", config(&["m"], &tasks, 1), rows)], &options).models.remove(0)
    }

    #[test]
    fn goodput_is_of_requests_in_time_whose_code_passed() {
        let check = |objectives: &str, good: f64, in_time: f64| {
            let goodput = model(objectives).goodput.unwrap();
            assert_eq!((goodput.share.value, goodput.in_time.value), (good / 4.0, in_time / 4.0), "{objectives}");
            assert!((goodput.requests_per_s - good / 6.0).abs() < 1e-12, "{objectives}");
            assert_eq!(goodput.objectives, objectives);
        };
        check("ttft=500ms", 1.0, 2.0);
        check("ttft=1s,e2e=10s", 2.0, 3.0);
        check("ttft=1ms", 0.0, 0.0);
    }

    #[test]
    fn cost_is_that_of_the_time_by_what_came_of_it() {
        let cost = model("ttft=1s").cost.unwrap();
        // Two GPUs cost 0.002 a second. Four whole replies of 11 tokens came in 6 s, and two were accepted.
        assert!((cost.per_1k_output_tokens.unwrap() - 0.002 * 1000.0 / (44.0 / 6.0)).abs() < 1e-12);
        assert!((cost.per_accepted.unwrap() - 0.002 * 6.0 / 2.0).abs() < 1e-12);
    }

    #[test]
    fn without_times_there_is_neither_goodput_nor_cost() {
        let options = SummaryOptions {
            objectives: Some("ttft=1s".parse().unwrap()),
            price: Some(Price { gpu_hour: 1.0, gpus: 1.0 }),
        };
        let rows = vec![row("m", "a", 0, Outcome::Passed)];
        let summary = summarise(&[run("r", config(&["m"], &[("a", "x")], 1), rows)], &options);
        assert_eq!((&summary.models[0].goodput, &summary.models[0].cost), (&None, &None));
    }
}
