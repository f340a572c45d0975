//! Quality against latency: one point a model.

use plotters::element::{Circle, EmptyElement, PathElement, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Plot;
use super::axis::Axis;
use super::canvas::{draw, letters, line};
use crate::page::amounts::{percent, short};
use crate::page::series::colour;
use crate::summary::{Estimate, ModelSummary};

/// One model.
struct Point<'a> {
    name: &'a str,
    place: usize,
    seconds: f64,
    quality: Estimate,
}

pub(super) fn scatter<'a>(models: &'a [ModelSummary]) -> Option<Plot> {
    let point = |(place, model): (usize, &'a ModelSummary)| {
        let seconds = model.speed.as_ref()?.e2el_ms?.p50 / 1000.0;
        let quality = *model.quality.pass_at_k.get(&1)?;
        let sound = seconds.is_finite() && quality.value.is_finite();
        sound.then_some(Point { name: &model.name, place, seconds, quality })
    };
    let points: Vec<Point<'_>> = models.iter().enumerate().filter_map(point).collect();
    let x = Axis::around("end-to-end latency, median (E2EL p50), s", points.iter().map(|point| point.seconds))?;
    let y = Axis::percent("pass@1, %");
    let svg = draw(400, &x, &y, |chart| {
        for point in &points {
            let colour = colour(point.place);
            let at = point.seconds;
            let Estimate { value, low, high, count: _ } = point.quality;
            if low.is_finite() && high.is_finite() {
                chart.draw_series([PathElement::new([(at, 100.0 * low), (at, 100.0 * high)], line(colour, 2))])?;
            }
            let number = letters(20).pos(Pos::new(HPos::Left, VPos::Bottom)).color(&colour);
            let mark = EmptyElement::at((at, 100.0 * value))
                + Circle::new((0, 0), 6, colour.filled())
                + Text::new((point.place + 1).to_string(), (9, -3), number);
            chart.draw_series([mark])?;
        }
        Ok(())
    });
    let words = points
        .iter()
        .map(|point| format!("{}: {} % after {} s", point.name, percent(point.quality.value), short(point.seconds)));
    Some(Plot {
        title: "Quality against latency",
        words: words.collect::<Vec<_>>().join("; "),
        svg,
        class: "scatter",
        caption: "Up and to the left is better. The lines are 95 % intervals of pass@1.".to_owned(),
    })
}
