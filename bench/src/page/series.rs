//! The sign by which the page's plots and tables tell a model: a number, a colour, and a way to draw lines.

use maud::{Markup, html};
use plotters::style::RGBColor;

/// The colours of models in plots, in the light theme; `--series-1` and on in the style sheet are their counterparts in both.
pub(super) const COLOURS: [RGBColor; 8] = [
    RGBColor(0x1f, 0x5c, 0x99),
    RGBColor(0xb8, 0x48, 0x0f),
    RGBColor(0x0b, 0x7a, 0x5b),
    RGBColor(0x7a, 0x3e, 0x9d),
    RGBColor(0x7a, 0x5d, 0x00),
    RGBColor(0xb0, 0x30, 0x6e),
    RGBColor(0x22, 0x6a, 0x82),
    RGBColor(0x5e, 0x52, 0x48),
];

/// Text and axes in plots, in the light theme; `--muted` in the style sheet.
pub(super) const INK: RGBColor = RGBColor(0x57, 0x60, 0x6b);

/// Lines behind the data, in the light theme; `--line` in the style sheet.
pub(super) const GRID: RGBColor = RGBColor(0xd5, 0xd9, 0xde);

/// The colour of a model by its place, from 0. With more models than colours the numbers alone tell them apart.
pub(super) fn colour(place: usize) -> RGBColor {
    COLOURS[place % COLOURS.len()]
}

/// A model's sign: what its line in a plot looks like, and its number.
pub(super) fn sign(place: usize) -> Markup {
    let class = format!("sign series-{}", place % COLOURS.len() + 1);
    html! {
        span class=(class) {
            svg width="22" height="10" viewBox="0 0 22 10" aria-hidden="true" { line x1="1" y1="5" x2="21" y2="5" {} }
            " " (place + 1)
        }
    }
}

/// The rules that give the colours of plots those of the theme: plots know no classes.
pub(super) fn style() -> String {
    let mut rules = String::new();
    let mut rule = |colour: RGBColor, name: &str| {
        let RGBColor(red, green, blue) = colour;
        for attribute in ["fill", "stroke"] {
            rules.push_str(&format!(
                ".plot [{attribute}=\"#{red:02X}{green:02X}{blue:02X}\"]{{{attribute}:var(--{name})}}\n"
            ));
        }
    };
    rule(INK, "muted");
    rule(GRID, "line");
    for (place, colour) in COLOURS.into_iter().enumerate() {
        rule(colour, &format!("series-{}", place + 1));
    }
    rules
}
