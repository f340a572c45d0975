//! Two models over the tasks that both were measured on: whether one is better.

use std::collections::HashMap;

use proofhouse_types::TaskId;

use crate::metrics::Measured;
use crate::statistics::{detectable, difference, holm, mcnemar, sign_flip};
use crate::summary::Pair;
use crate::words::{p_value, points};

/// Below it a difference is called shown.
const LEVEL: f64 = 0.05;

/// Each two models that have a task in common, the better one first, in the order of the models.
pub(crate) fn pairs(models: &[Measured<'_>]) -> Vec<Pair> {
    let found: Vec<Compared> = models
        .iter()
        .enumerate()
        .flat_map(|(index, one)| models[index + 1..].iter().filter_map(move |other| Compared::of(one, other)))
        .collect();
    let p_values: Vec<f64> = found.iter().map(|compared| compared.p_value).collect();
    let count = found.len();
    found
        .into_iter()
        .zip(holm(&p_values))
        .filter_map(|(compared, p_corrected)| compared.pair(p_corrected, count))
        .collect()
}

/// Two models before p-values are corrected.
struct Compared {
    better: String,
    other: String,
    /// The shares of samples that passed, one pair a task.
    rates: Vec<(f64, f64)>,
    repeats: f64,
    wins: usize,
    losses: usize,
    p_value: f64,
    test: &'static str,
}

impl Compared {
    fn of(one: &Measured<'_>, other: &Measured<'_>) -> Option<Compared> {
        let rate_of: HashMap<&TaskId, (f64, usize)> =
            other.tasks.iter().filter_map(|task| Some((task.id(), (task.rate()?, task.counts().0)))).collect();
        let mut samples = 0;
        let mut rates: Vec<(f64, f64)> = Vec::new();
        for task in &one.tasks {
            if let (Some(rate), Some((other_rate, other_samples))) = (task.rate(), rate_of.get(task.id())) {
                rates.push((rate, *other_rate));
                samples += task.counts().0 + other_samples;
            }
        }
        if rates.is_empty() {
            return None;
        }
        let sum: f64 = rates.iter().map(|(one, other)| one - other).sum();
        let (better, worse) = if sum < 0.0 {
            rates = rates.into_iter().map(|(one, other)| (other, one)).collect();
            (other, one)
        } else {
            (one, other)
        };
        let wins = rates.iter().filter(|(one, other)| one > other).count();
        let losses = rates.iter().filter(|(one, other)| one < other).count();
        // With one sample of each a task, flipping signs is McNemar's test, and the field knows it by that name.
        let (test, p_value) = if samples == 2 * rates.len() {
            ("McNemar, exact", mcnemar(wins, losses))
        } else {
            let differences: Vec<f64> = rates.iter().map(|(one, other)| one - other).collect();
            ("sign-flip permutation over tasks", sign_flip(&differences))
        };
        Some(Compared {
            better: better.name.clone(),
            other: worse.name.clone(),
            repeats: samples as f64 / (2 * rates.len()) as f64,
            rates,
            wins,
            losses,
            p_value,
            test,
        })
    }

    fn pair(self, p_corrected: f64, pairs: usize) -> Option<Pair> {
        let difference = difference(&self.rates, self.repeats)?;
        let detectable = detectable(&self.rates, self.repeats, pairs);
        let is_shown = p_corrected < LEVEL;
        let corrected = if pairs > 1 { format!(", corrected for {pairs} pairs") } else { String::new() };
        let p = p_value(p_corrected);
        let verdict = if is_shown {
            let (value, low, high) = (points(difference.value), points(difference.low), points(difference.high));
            format!(
                "{} is better than {} by {value} points (95 %: {low} to {high}, {p}{corrected})",
                self.better, self.other
            )
        } else {
            let tasks = self.rates.len();
            let missed = if detectable < 1.0 {
                format!("a difference below about {} points could have been missed", points(detectable))
            } else {
                "too few to show any".to_owned()
            };
            format!("no difference shown ({p}{corrected}, {tasks} tasks; {missed})")
        };
        Some(Pair {
            better: self.better,
            other: self.other,
            difference,
            wins: self.wins,
            losses: self.losses,
            p_value: self.p_value,
            p_corrected,
            test: self.test.to_owned(),
            verdict,
            is_shown,
            detectable,
        })
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Outcome;

    use crate::example::{config, row, run};
    use crate::read::Run;
    use crate::row::SampleRow;
    use crate::summarise::{SummaryOptions, summarise};
    use crate::summary::Pair;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|task| format!("t{task}")).collect()
    }

    /// A run of models, each with how many of its samples of each task pass.
    fn of_rates(tasks: usize, repeats: usize, models: &[(&str, &dyn Fn(usize) -> usize)]) -> Run {
        let names = names(tasks);
        let tasks: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
        let models_named: Vec<&str> = models.iter().map(|(name, _)| *name).collect();
        let mut rows: Vec<SampleRow> = Vec::new();
        for (name, passing) in models {
            for (index, (task, _)) in tasks.iter().enumerate() {
                rows.extend((0..repeats).map(|sample| {
                    row(name, task, sample, if sample < passing(index) { Outcome::Passed } else { Outcome::Failed })
                }));
            }
        }
        run("r", config(&models_named, &tasks, repeats as u32), rows)
    }

    /// Without the last bits.
    fn rounded(p_value: f64) -> f64 {
        (1e9 * p_value).round() / 1e9
    }

    fn pairs(runs: &[Run]) -> Vec<Pair> {
        summarise(runs, &SummaryOptions::default()).pairs
    }

    #[test]
    fn single_samples_are_held_against_each_other_by_mcnemar() {
        // Of 21 tasks both solve 1, only the second 7, only the first 1: the example of Fagerland and others.
        let run =
            of_rates(21, 1, &[("a", &|task| usize::from(task < 2)), ("b", &|task| usize::from(task != 1 && task < 9))]);
        let pairs = pairs(&[run]);
        let [pair] = &pairs[..] else { panic!("{pairs:?}") };
        assert_eq!((pair.better.as_str(), pair.other.as_str(), pair.wins, pair.losses), ("b", "a", 7, 1));
        assert_eq!((pair.test.as_str(), rounded(pair.p_value)), ("McNemar, exact", 18.0 / 256.0));
        assert!((pair.difference.low - 0.026).abs() < 5e-4 && (pair.difference.high - 0.507).abs() < 5e-4);
        let said =
            "no difference shown (p = 0.070, 21 tasks; a difference below about 34 points could have been missed)";
        assert_eq!((pair.verdict.as_str(), pair.is_shown), (said, false));
    }

    #[test]
    fn repeated_samples_are_held_against_each_other_by_flipping_signs() {
        let run = of_rates(12, 3, &[("a", &|task| task % 2), ("b", &|task| 1 + task % 3)]);
        let pairs = pairs(&[run]);
        assert_eq!(pairs[0].test, "sign-flip permutation over tasks");
        assert_eq!((pairs[0].better.as_str(), pairs[0].wins, pairs[0].losses), ("b", 10, 0));
        // Ten tasks differ, all in one direction.
        assert_eq!(pairs[0].p_value, 2.0 / 1024.0);
        let said = "b is better than a by 50 points (95 %: 25 to 67, p = 0.0020)";
        assert_eq!((pairs[0].verdict.as_str(), pairs[0].is_shown), (said, true));
    }

    #[test]
    fn many_pairs_are_corrected_for_each_other() {
        let run = of_rates(
            40,
            1,
            &[("a", &|_| 1), ("b", &|task| usize::from(task >= 7)), ("c", &|task| usize::from(task >= 3))],
        );
        let pairs = pairs(&[run]);
        let values: Vec<(&str, &str, f64, f64)> = pairs
            .iter()
            .map(|pair| (pair.better.as_str(), pair.other.as_str(), rounded(pair.p_value), rounded(pair.p_corrected)))
            .collect();
        assert_eq!(values, [("a", "c", 0.25, 0.25), ("a", "b", 0.015625, 0.046875), ("c", "b", 0.125, 0.25)]);
        assert!(
            pairs[1].is_shown && pairs[1].verdict.ends_with("p = 0.047, corrected for 3 pairs)"),
            "{}",
            pairs[1].verdict
        );
    }

    #[test]
    fn only_tasks_that_both_have_are_compared() {
        let one = of_rates(10, 1, &[("a", &|_| 1)]);
        let mut other = of_rates(12, 1, &[("b", &|_| 0)]);
        other.rows.retain(|row| row.task_id.0 != "t0");
        let pairs_found = pairs(&[one.clone(), other.clone()]);
        assert_eq!((pairs_found[0].difference.count, pairs_found[0].wins), (9, 9));
        other.rows.clear();
        assert_eq!(pairs(&[one, other]), []);
    }

    #[test]
    fn the_better_one_is_so_on_the_tasks_that_both_have() {
        // All in all the first solves more, but not of the tasks that the second has.
        let one = of_rates(10, 1, &[("a", &|task| usize::from(task != 9))]);
        let mut other = of_rates(10, 1, &[("b", &|task| usize::from(task == 9))]);
        other.rows.retain(|row| ["t8", "t9"].contains(&row.task_id.0.as_str()));
        let tie = pairs(&[one.clone(), other.clone()]);
        assert_eq!((tie[0].better.as_str(), tie[0].difference.value), ("a", 0.0));
        other.rows.retain(|row| row.task_id.0 == "t9");
        // Its whole rate is higher now, whatever the other's is on other tasks.
        let mut worse = one;
        worse.rows.retain(|row| row.task_id.0 != "t0");
        other.rows.push(row("b", "t0", 0, Outcome::Failed));
        let found = pairs(&[worse, other]);
        assert_eq!((found[0].better.as_str(), found[0].other.as_str(), found[0].difference.value), ("b", "a", 1.0));
        assert_eq!((found[0].wins, found[0].losses), (1, 0));
    }

    #[test]
    fn few_tasks_are_said_to_be_too_few() {
        let run = of_rates(4, 1, &[("a", &|_| 1), ("b", &|_| 0)]);
        assert_eq!(pairs(&[run])[0].verdict, "no difference shown (p = 0.13, 4 tasks; too few to show any)");
    }
}
