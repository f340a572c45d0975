//! The models side by side, best first: one row a model, one column a measure.

use maud::{Markup, html};

use super::measures::{Better, Cell, Group, Measure, measures};
use super::series::sign;
use crate::summary::ModelSummary;

pub(super) fn leaderboard(models: &[ModelSummary]) -> Markup {
    let measures = measures(models);
    let groups = Group::ALL.map(|group| (group, measures.iter().filter(|measure| measure.group == group).count()));
    html! {
        section aria-labelledby="leaderboard" {
            h2 #leaderboard { "Leaderboard" }
            div.wide tabindex="0" role="region" aria-labelledby="leaderboard" {
                table #models {
                    caption {
                        div {
                            "Best pass@1 first. Small numbers are 95 % intervals; a dash is what was not measured. "
                            span.with-script { "A column's name sorts by it." }
                        }
                    }
                    thead {
                        tr {
                            th rowspan="2" scope="col" { "Model" }
                            @for (group, columns) in groups {
                                @if columns > 0 { th.group scope="colgroup" colspan=(columns) { (group.name()) } }
                            }
                        }
                        tr {
                            @for (place, measure) in measures.iter().enumerate() { (head(measure, is_first(&measures, place))) }
                        }
                    }
                    tbody {
                        @for (model, place) in models.iter().zip(0..) {
                            tr {
                                th scope="row" { (sign(place)) " " code { (model.name) } }
                                @for (column, measure) in measures.iter().enumerate() {
                                    (value(measure.cells[place].as_ref(), is_first(&measures, column)))
                                }
                            }
                        }
                    }
                }
            }
            details {
                summary { "What the columns mean" }
                dl.facts {
                    @for measure in &measures {
                        dt { (measure.name) span.hint { ", " (measure.unit) } }
                        dd {
                            (measure.meaning) " "
                            @match measure.better { Better::High => "Higher is better.", Better::Low => "Lower is better." }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a column is the first of its group, which has a line in front of it.
fn is_first(measures: &[Measure], place: usize) -> bool {
    place == 0 || measures[place - 1].group != measures[place].group
}

fn head(measure: &Measure, first: bool) -> Markup {
    let better = match measure.better {
        Better::High => "high",
        Better::Low => "low",
    };
    html! {
        th.figure.first[first] scope="col" data-sort=(measure.key) data-better=(better) {
            span.name { (measure.name) } span.unit { (measure.unit) }
        }
    }
}

fn value(cell: Option<&Cell>, first: bool) -> Markup {
    html! {
        @match cell {
            Some(cell) => td.figure.first[first] data-value=(cell.value) {
                (cell.shown)
                @if let Some(interval) = &cell.interval { span.interval { (interval) } }
            },
            None => td.figure.first[first] { span.muted { "–" } },
        }
    }
}
