//! Whether intervals hold the truth as often as they say, and p-values are as rare as they say: by simulation, with
//! fixed seeds.
//!
//! A simulated model solves each task with a chance of its own, drawn from a beta distribution. What intervals are
//! about is the mean of that distribution: tasks are drawn from all tasks that could have been asked.

use statrs::distribution::ContinuousCDF;

use super::draws::Draws;
use super::quantile::normal;
use super::*;
use crate::summary::Estimate;

/// Simulations of one case: a coverage of 0.95 is then found within 0.015, nearly always.
const SIMULATIONS: usize = 2000;

impl Draws {
    /// Evenly between 0 and 1.
    fn even(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.even()).ln()).sqrt() * (std::f64::consts::TAU * self.even()).cos()
    }

    /// By Marsaglia and Tsang 2000.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let root = self.even().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * root;
        }
        let third = shape - 1.0 / 3.0;
        loop {
            let normal = self.normal();
            let cube = (1.0 + normal / (9.0 * third).sqrt()).powi(3);
            if cube > 0.0 && (1.0 - self.even()).ln() < normal * normal / 2.0 + third * (1.0 - cube + cube.ln()) {
                return third * cube;
            }
        }
    }

    fn beta(&mut self, (one, other): (f64, f64)) -> f64 {
        let (one, other) = (self.gamma(one), self.gamma(other));
        if one + other > 0.0 { one / (one + other) } else { 0.5 }
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        let (end, mut product, mut count) = ((-mean).exp(), self.even(), 0.0);
        while product > end {
            product *= self.even();
            count += 1.0;
        }
        count
    }

    /// The share of so many samples that pass.
    fn passing(&mut self, chance: f64, samples: usize) -> f64 {
        (0..samples).filter(|_| self.even() < chance).count() as f64 / samples as f64
    }
}

/// How often intervals hold the truth.
fn coverage(simulations: usize, truth: f64, mut simulate: impl FnMut(&mut Draws) -> Option<Estimate>) -> f64 {
    let mut draws = Draws::seeded(1);
    let intervals: Vec<Estimate> = (0..simulations).filter_map(|_| simulate(&mut draws)).collect();
    assert!(intervals.len() > simulations / 2, "too few simulations have an interval");
    intervals.iter().filter(|interval| interval.low <= truth && truth <= interval.high).count() as f64
        / intervals.len() as f64
}

fn share_of(draws: &mut Draws, shape: (f64, f64), tasks: usize, repeats: usize) -> Option<Estimate> {
    let task = |_| {
        let chance = draws.beta(shape);
        Tally { got: draws.passing(chance, repeats), of: 1.0 }
    };
    let tallies: Vec<Tally> = (0..tasks).map(task).collect();
    share(&tallies, tasks * repeats)
}

#[test]
fn the_interval_of_a_share_covers_at_its_rate() {
    let shapes = [(0.5, 0.5), (2.0, 2.0), (0.2, 0.2), (8.0, 2.0), (4.5, 0.5), (0.5, 4.5)];
    for (tasks, repeats) in [(36, 1), (36, 3), (36, 10), (164, 1), (164, 3)] {
        for shape in shapes {
            let truth = shape.0 / (shape.0 + shape.1);
            let covered = coverage(SIMULATIONS, truth, |draws| share_of(draws, shape, tasks, repeats));
            assert!((0.93..=0.97).contains(&covered), "{tasks} tasks, {repeats} samples, {shape:?}: {covered}");
        }
    }
    // Of a dozen tasks single steps are coarse: never far below, sometimes above.
    for repeats in [1, 3, 10] {
        for shape in shapes {
            let truth = shape.0 / (shape.0 + shape.1);
            let covered = coverage(SIMULATIONS, truth, |draws| share_of(draws, shape, 12, repeats));
            assert!((0.925..=0.985).contains(&covered), "12 tasks, {repeats} samples, {shape:?}: {covered}");
        }
    }
}

#[test]
fn wilson_over_tasks_alone_would_be_too_wide_for_repeated_samples() {
    let covered = coverage(SIMULATIONS, 0.5, |draws| {
        let tallies = share_of(draws, (2.0, 2.0), 36, 10)?;
        let (low, high) = proofhouse::wilson(tallies.value, 36.0);
        Some(Estimate { low, high, ..tallies })
    });
    assert!(covered > 0.985, "{covered}");
}

#[test]
fn the_interval_of_a_difference_covers_at_its_rate() {
    // How tasks are spread, and how often the second model's chance on a task is another than the first one's.
    let worlds = [((0.5, 0.5), 0.3), ((2.0, 2.0), 0.3), ((4.5, 0.5), 0.2), ((0.2, 0.2), 0.05), ((0.5, 0.5), 1.0)];
    for (tasks, repeats) in [(36, 1), (36, 3), (100, 1), (100, 3)] {
        for (shape, other) in worlds {
            let covered = coverage(SIMULATIONS, 0.0, |draws| {
                let rates: Vec<(f64, f64)> = (0..tasks).map(|_| two_models(draws, shape, other, repeats)).collect();
                difference(&rates, repeats as f64)
            });
            let world = format!("{tasks} tasks, {repeats} samples, {shape:?}, {other}: {covered}");
            assert!((0.93..=0.98).contains(&covered), "{world}");
        }
    }
}

#[test]
fn the_interval_of_a_difference_that_is_there_covers_it() {
    // The second solves what the first does, but for a tenth of its chance.
    for (tasks, repeats) in [(36, 1), (36, 3), (100, 1)] {
        let covered = coverage(SIMULATIONS, 0.05, |draws| {
            let pair = |_| {
                let chance = draws.beta((0.5, 0.5));
                (draws.passing(chance, repeats), draws.passing(0.9 * chance, repeats))
            };
            let rates: Vec<(f64, f64)> = (0..tasks).map(pair).collect();
            difference(&rates, repeats as f64)
        });
        assert!((0.93..=0.97).contains(&covered), "{tasks} tasks, {repeats} samples: {covered}");
    }
}

fn two_models(draws: &mut Draws, shape: (f64, f64), other: f64, repeats: usize) -> (f64, f64) {
    let one = draws.beta(shape);
    let second = if draws.even() < other { draws.beta(shape) } else { one };
    (draws.passing(one, repeats), draws.passing(second, repeats))
}

#[test]
fn the_bootstrap_of_a_rate_covers_near_its_rate() {
    // Counts as findings are: many tasks with none, some with many. The fewer there are, the coarser the counts.
    for (tasks, shape, mean) in [(36, 1.0, 0.3), (36, 2.0, 2.0), (60, 0.5, 1.0)] {
        let covered = coverage(300, mean, |draws| {
            let task = |_| {
                let chance = draws.gamma(shape) * mean / shape;
                Tally { got: draws.poisson(chance), of: 1.0 }
            };
            let tallies: Vec<Tally> = (0..tasks).map(task).collect();
            rate(&tallies)
        });
        assert!((0.91..=0.98).contains(&covered), "{tasks} tasks, {shape}, {mean}: {covered}");
    }
}

/// Holds p-values of equal models to the rates that they state.
fn check_p_values(test: &str, simulations: usize, mut p_value: impl FnMut(&mut Draws) -> f64) {
    let mut draws = Draws::seeded(2);
    let p_values: Vec<f64> = (0..simulations).map(|_| p_value(&mut draws)).collect();
    for level in [0.01, 0.05, 0.2, 0.5] {
        let rejected = p_values.iter().filter(|p_value| **p_value <= level).count() as f64 / simulations as f64;
        let error = (level * (1.0_f64 - level) / simulations as f64).sqrt();
        assert!(rejected <= level + 3.0 * error, "{test} at {level}: {rejected}");
        // Exact tests take steps, so that they fall short of their level, but not by more than half of it.
        assert!(rejected >= 0.5 * level - 3.0 * error, "{test} at {level}: {rejected}");
    }
}

#[test]
fn equal_models_are_told_apart_as_rarely_as_the_level_says() {
    check_p_values("McNemar", 2000, |draws| {
        let (mut wins, mut losses) = (0, 0);
        for _ in 0..60 {
            let (one, other) = two_models(draws, (1.0, 1.0), 0.5, 1);
            wins += usize::from(one > other);
            losses += usize::from(other > one);
        }
        mcnemar(wins, losses)
    });
    // Few enough tasks to try all ways, and few enough ways to try them often.
    check_p_values("flipping signs", 1000, |draws| {
        let task = |_| two_models(draws, (1.0, 1.0), 0.5, 9);
        let differences: Vec<f64> = (0..12).map(task).map(|(one, other)| one - other).collect();
        sign_flip(&differences)
    });
}

#[test]
fn what_is_called_detectable_is_shown_four_times_of_five() {
    // The second model loses 0.12 on each task's chance: near what 200 such tasks can show.
    let (mut shown, mut stated) = (0, 0.0);
    let mut draws = Draws::seeded(3);
    for _ in 0..SIMULATIONS {
        let pair = |_| {
            let chance = 0.3 + 0.6 * draws.even();
            (draws.passing(chance, 1), draws.passing(chance - 0.12, 1))
        };
        let rates: Vec<(f64, f64)> = (0..200).map(pair).collect();
        let wins = rates.iter().filter(|(one, other)| one > other).count();
        let losses = rates.iter().filter(|(one, other)| other > one).count();
        shown += usize::from(mcnemar(wins, losses) <= 0.05);
        stated += detectable(&rates, 1.0, 1);
    }
    let (shown, stated) = (shown as f64 / SIMULATIONS as f64, stated / SIMULATIONS as f64);
    // Power at another difference than the stated one, by the same normal curve; McNemar's exactness costs a little of
    // it.
    let expected = normal().cdf(2.8016 * 0.12 / stated - 1.96);
    assert!((shown - expected).abs() < 0.06, "shown {shown}, expected {expected} from {stated}");
}
