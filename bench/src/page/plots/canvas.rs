//! What all plots are drawn on: a frame with two axes, ticks and titles.

use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Color, DrawingAreaErrorKind, IntoDrawingArea, IntoFont, SVGBackend,
    ShapeStyle, TextStyle,
};

use super::axis::Axis;
use crate::page::series::{GRID, INK};

/// An SVG document, or why there is none.
pub(super) type Drawn = Result<String, String>;

/// The plane between two axes.
pub(super) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// What drawing may fail at; nothing is known that does, in memory.
pub(super) type Error = DrawingAreaErrorKind<std::io::Error>;

/// A plot's width in units of its own; the page scales it.
const WIDTH: u32 = 640;

/// Room for the numbers of an axis and its title.
const SIDE: u32 = 56;

/// Room for names of some twenty letters.
const NAMES: u32 = 170;

/// Draws a plot.
pub(super) fn draw(
    height: u32,
    x: &Axis,
    y: &Axis,
    paint: impl FnOnce(&mut Chart<'_, '_>) -> Result<(), Error>,
) -> Drawn {
    let mut svg = String::new();
    drawn(&mut svg, height, x, y, paint).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn drawn(
    svg: &mut String,
    height: u32,
    x: &Axis,
    y: &Axis,
    paint: impl FnOnce(&mut Chart<'_, '_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let area = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .x_label_area_size(SIDE)
        .y_label_area_size(if y.has_lines() { SIDE } else { NAMES })
        .build_cartesian_2d(x.clone(), y.clone())?;
    let mut mesh = chart.configure_mesh();
    if !y.has_lines() {
        mesh.disable_y_mesh();
    }
    mesh.x_desc(&x.title)
        .y_desc(&y.title)
        .label_style(letters(15))
        .axis_desc_style(letters(16))
        .axis_style(INK)
        .bold_line_style(GRID)
        .draw()?;
    paint(&mut chart)?;
    drop(chart);
    area.present()
}

/// The letters of plots.
pub(super) fn letters<'a>(size: u32) -> TextStyle<'a> {
    ("sans-serif", size).into_font().color(&INK)
}

/// A line of a width.
pub(super) fn line(colour: impl Color, width: u32) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: width }
}
