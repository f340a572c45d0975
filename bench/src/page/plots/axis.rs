//! An axis: what it spans, where its ticks are, and what stands at them.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::page::amounts::short;

/// From how many times its smallest value on an axis is logarithmic: beyond it the small ones would lie on one another.
const LOG_FROM: f64 = 12.0;

/// One axis of a plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// What it measures, with the unit.
    pub title: String,
    scale: Scale,
}

/// How values lie on an axis.
#[derive(Debug, Clone, PartialEq)]
enum Scale {
    Linear {
        high: f64,
    },
    Log {
        low: f64,
        high: f64,
    },
    /// From the top down, one unit each.
    Slots(Vec<String>),
}

impl Axis {
    /// An axis for values that are not negative, with room at both ends; logarithmic where they are far apart. Nothing without
    /// a value.
    pub(super) fn around(title: &str, values: impl Iterator<Item = f64> + Clone) -> Option<Axis> {
        let sound = values.filter(|value| value.is_finite() && *value >= 0.0);
        let low = sound.clone().reduce(f64::min)?;
        let high = sound.reduce(f64::max)?;
        let (scale, word) = if low > 0.0 && high / low > LOG_FROM {
            (Scale::Log { low: low / 1.3, high: high * 1.3 }, ", logarithmic")
        } else {
            // Nothing but zeros still needs an axis.
            (Scale::Linear { high: if high > 0.0 { high * 1.12 } else { 1.0 } }, "")
        };
        Some(Axis { title: format!("{title}{word}"), scale })
    }

    /// An axis of shares, in percent.
    pub(super) fn percent(title: &str) -> Axis {
        // A mark at 100 needs room, too.
        Axis { title: title.to_owned(), scale: Scale::Linear { high: 104.0 } }
    }

    /// An axis with names, from the top down.
    pub(super) fn slots(title: &str, names: Vec<String>) -> Axis {
        Axis { title: title.to_owned(), scale: Scale::Slots(names) }
    }

    /// Whether its ticks have lines across the plot.
    pub(super) fn has_lines(&self) -> bool {
        !matches!(self.scale, Scale::Slots(_))
    }

    /// How far a value is from the low end, as a share of the axis.
    fn share(&self, value: f64) -> f64 {
        match &self.scale {
            Scale::Linear { high } => value / high,
            Scale::Log { low, high } => (value / low).max(1.0).ln() / (high / low).ln(),
            Scale::Slots(names) => 1.0 - value / names.len() as f64,
        }
    }

    fn ticks(&self) -> Vec<f64> {
        match &self.scale {
            Scale::Linear { high } => {
                let step = step(*high);
                (0..=(high / step).floor() as u32).map(|number| f64::from(number) * step).collect()
            }
            Scale::Log { low, high } => {
                let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
                // Between two powers of ten there is room for two more, unless there are many.
                let steps: &[f64] = if high / low > 2000.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
                let all = decades.flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)));
                all.filter(|value| (*low..=*high).contains(value)).collect()
            }
            Scale::Slots(names) => (0..names.len()).map(|slot| slot as f64 + 0.5).collect(),
        }
    }

    fn label(&self, value: f64) -> String {
        match &self.scale {
            Scale::Linear { .. } | Scale::Log { .. } => plain(value),
            Scale::Slots(names) => names.get(value as usize).cloned().unwrap_or_default(),
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        start + (f64::from(end - start) * self.share(*value)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks()
    }

    fn range(&self) -> Range<f64> {
        match &self.scale {
            Scale::Linear { high } => 0.0..*high,
            Scale::Log { low, high } => *low..*high,
            Scale::Slots(names) => 0.0..names.len() as f64,
        }
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.label(*value)
    }
}

/// A step of 1, 2 or 5 times a power of ten that gives five to ten ticks up to a number.
fn step(high: f64) -> f64 {
    let power = 10f64.powf((high / 10.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| high / step <= 10.0).unwrap_or(high)
}

/// A number without zeros at the end of its decimals.
fn plain(number: f64) -> String {
    let text = short(number);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], labels: &[&str]) {
        let axis = Axis::around("ms", values.iter().copied()).unwrap();
        let ticks = axis.ticks();
        assert_eq!(ticks.iter().map(|tick| axis.label(*tick)).collect::<Vec<_>>(), labels, "{values:?}");
        let places = ticks.iter().map(|tick| axis.map(tick, (0, 1000)));
        assert!(
            places.is_sorted() && ticks.iter().all(|tick| (0..=1000).contains(&axis.map(tick, (0, 1000)))),
            "{values:?}"
        );
    }

    #[test]
    fn ticks_are_round_and_within_their_axis() {
        check(&[3.0, 8.0], &["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
        check(&[0.03], &["0", "0.005", "0.01", "0.015", "0.02", "0.025", "0.03"]);
        check(&[40.0, 900.0], &["50", "100", "200", "500", "1,000"]);
        check(&[1.0, 90_000.0], &["1", "10", "100", "1,000", "10,000", "100,000"]);
        check(&[0.0, 0.0], &["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]);
        check(&[5.0, f64::NAN, f64::INFINITY, -3.0], &["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn there_is_no_axis_without_a_number() {
        for values in [&[][..], &[f64::NAN]] {
            assert_eq!(Axis::around("ms", values.iter().copied()), None);
        }
    }

    #[test]
    fn slots_go_from_the_top_down() {
        let axis = Axis::slots("category", ["a", "b"].map(str::to_owned).to_vec());
        let places = axis.ticks().into_iter().map(|tick| (axis.map(&tick, (100, 0)), axis.label(tick)));
        assert_eq!(places.collect::<Vec<_>>(), [(25, "a".to_owned()), (75, "b".to_owned())]);
    }
}
