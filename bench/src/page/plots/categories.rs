//! pass@1 of each model in each category: bars with their intervals.

use std::collections::BTreeSet;

use plotters::element::{PathElement, Rectangle};
use plotters::style::Color;

use super::Plot;
use super::axis::Axis;
use super::canvas::{draw, line};
use crate::page::amounts::percent;
use crate::page::series::colour;
use crate::summary::{Estimate, ModelSummary};

/// Letters of a category's name that have room.
const NAME: usize = 20;

/// The share of its slot that a category's bars take; the rest parts them from the next.
const FILLED: f64 = 0.8;

/// How much of their colour bars have: intervals must be seen on them.
const PALE: f64 = 0.4;

pub(super) fn categories(models: &[ModelSummary]) -> Option<Plot> {
    let names: BTreeSet<&str> =
        models.iter().flat_map(|model| model.quality.by_category.keys()).map(String::as_str).collect();
    if names.is_empty() {
        return None;
    }
    let x = Axis::percent("pass@1, %");
    let y = Axis::slots("category", names.iter().map(|name| shortened(name)).collect());
    // A bar of eleven units has room for its interval; axis and title take the rest.
    let height = 90 + names.len() as u32 * (10 + 11 * models.len() as u32);
    let svg = draw(height, &x, &y, |chart| {
        for (slot, name) in names.iter().enumerate() {
            for (place, model) in models.iter().enumerate() {
                let Some(estimate) = sound(model.quality.by_category.get(*name)) else { continue };
                let bar = FILLED / models.len() as f64;
                let top = slot as f64 + (1.0 - FILLED) / 2.0 + place as f64 * bar;
                let at = |value: f64, down: f64| (100.0 * value, top + down * bar);
                let body = [at(0.0, 0.05), at(estimate.value, 0.95)];
                chart.draw_series([Rectangle::new(body, colour(place).mix(PALE).filled())])?;
                let interval = [at(estimate.low, 0.5), at(estimate.high, 0.5)];
                chart.draw_series([PathElement::new(interval, line(colour(place), 2))])?;
            }
        }
        Ok(())
    });
    let words = names.iter().flat_map(|name| {
        models.iter().filter_map(move |model| {
            let estimate = sound(model.quality.by_category.get(*name))?;
            Some(format!("{name}, {}: {} %", model.name, percent(estimate.value)))
        })
    });
    Some(Plot {
        title: "Categories",
        words: words.collect::<Vec<_>>().join("; "),
        svg,
        class: "categories",
        caption: "Within a category, models in the order of the leaderboard. The lines are 95 % intervals: few tasks give long ones."
            .to_owned(),
    })
}

fn sound(estimate: Option<&Estimate>) -> Option<Estimate> {
    estimate
        .copied()
        .filter(|Estimate { value, low, high, count: _ }| [value, low, high].iter().all(|end| end.is_finite()))
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME { name.to_owned() } else { name.chars().take(NAME - 1).chain(['…']).collect() }
}
