//! How latencies are spread: for each model the share of replies that came within a time.

use plotters::series::LineSeries;

use super::Plot;
use super::axis::Axis;
use super::canvas::{draw, line};
use crate::page::amounts::{count, short};
use crate::page::rows::rows_of;
use crate::page::series::colour;
use crate::read::Run;
use crate::row::SampleRow;
use crate::summary::ModelSummary;

/// Points of a curve at most: more than a plot has units across tells nothing more.
const POINTS: usize = 400;

pub(super) fn first_token(models: &[ModelSummary], runs: &[Run]) -> Option<Plot> {
    spread("Time to first token", "TTFT, ms", models, runs, |row| row.generation.timing.ttft_ms)
}

pub(super) fn end_to_end(models: &[ModelSummary], runs: &[Run]) -> Option<Plot> {
    spread("End-to-end latency", "E2EL, s", models, runs, |row| row.generation.timing.e2el_ms.map(|ms| ms / 1000.0))
}

fn spread(
    title: &'static str,
    unit: &str,
    models: &[ModelSummary],
    runs: &[Run],
    value: fn(&SampleRow) -> Option<f64>,
) -> Option<Plot> {
    let curves: Vec<Vec<f64>> = models.iter().map(|model| sorted(model, runs, value)).collect();
    let x = Axis::around(unit, curves.iter().flatten().copied())?;
    let y = Axis::percent("replies within that time, %");
    let svg = draw(400, &x, &y, |chart| {
        for (place, values) in curves.iter().enumerate().filter(|(_, values)| !values.is_empty()) {
            let steps = steps(values).into_iter().map(|(value, share)| (value, 100.0 * share));
            chart.draw_series(LineSeries::new(steps, line(colour(place), 2)))?;
        }
        Ok(())
    });
    let middle = |values: &Vec<f64>| values.get(values.len() / 2).copied();
    let words = models.iter().zip(&curves).filter_map(|(model, values)| {
        Some(format!(
            "{}: half of {} replies within {}",
            model.name,
            count(values.len() as u64),
            short(middle(values)?)
        ))
    });
    Some(Plot {
        title,
        words: words.collect::<Vec<_>>().join("; "),
        svg,
        class: "spread",
        caption: "Further left is faster. Whole replies alone, without the warm-up and without those kept from before."
            .to_owned(),
    })
}

/// A model's values in ascending order: those of whole replies that were not kept from before.
fn sorted(model: &ModelSummary, runs: &[Run], value: fn(&SampleRow) -> Option<f64>) -> Vec<f64> {
    let whole = rows_of(model, runs).filter(|row| row.generation.failure.is_none() && !row.generation.kept);
    let mut values: Vec<f64> = whole.filter_map(value).filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The corners of the curve: at each value the share of the values up to it.
fn steps(values: &[f64]) -> Vec<(f64, f64)> {
    let stride = values.len().div_ceil(POINTS).max(1);
    let share = |rank: usize| rank as f64 / values.len() as f64;
    let mut corners = Vec::new();
    let mut below = 0.0;
    let ranks = (1..=values.len()).filter(|rank| rank % stride == 0 || *rank == 1 || *rank == values.len());
    for rank in ranks {
        let value = values[rank - 1];
        corners.extend([(value, below), (value, share(rank))]);
        below = share(rank);
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_rises_at_each_value_to_the_share_up_to_it() {
        assert_eq!(steps(&[1.0, 4.0]), [(1.0, 0.0), (1.0, 0.5), (4.0, 0.5), (4.0, 1.0)]);
        assert_eq!(steps(&[]), []);
    }

    #[test]
    fn a_long_curve_keeps_its_ends_and_stays_short() {
        let values: Vec<f64> = (0..10_000).map(f64::from).collect();
        let corners = steps(&values);
        assert!(corners.len() <= 2 * (POINTS + 2), "{}", corners.len());
        assert_eq!((corners[0], corners[corners.len() - 1]), ((0.0, 0.0), (9_999.0, 1.0)));
    }
}
