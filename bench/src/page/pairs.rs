//! Each two models: what can be said of them, in words and in numbers.

use maud::{Markup, html};

use super::amounts::{NOTHING, counted, decimal, short};
use super::prose::prose;
use crate::summary::{Pair, Summary};

/// Sentences that stand there unfolded: those of the best models are the first. More than a screen helps nobody.
const SHOWN: usize = 10;

pub(super) fn pairs(summary: &Summary) -> Markup {
    let (shown, more) = summary.pairs.split_at(summary.pairs.len().min(SHOWN));
    html! {
        @if !summary.pairs.is_empty() {
            section aria-labelledby="pairs" {
                h2 #pairs { "Which is better" }
                (sentences(shown))
                @if !more.is_empty() {
                    details {
                        summary { "The other " (counted(more.len(), "pair")) }
                        (sentences(more))
                    }
                }
                details {
                    summary { "The numbers behind it" }
                    div.wide tabindex="0" role="region" aria-labelledby="pairs" { (table(&summary.pairs)) }
                }
            }
        }
    }
}

fn sentences(pairs: &[Pair]) -> Markup {
    html! {
        ul.pairs {
            @for pair in pairs {
                li class=(if pair.is_shown { "shown" } else { "not-shown" }) {
                    @if !pair.is_shown { code { (pair.better) } " and " code { (pair.other) } ": " }
                    (prose(&pair.verdict))
                }
            }
        }
    }
}

fn table(pairs: &[Pair]) -> Markup {
    html! {
        table {
            caption {
                div {
                    "The difference of pass@1 over the tasks that both were measured on, in points. What is below \"could be seen from\" is "
                    "missed more often than once in five times. p is two-sided; the last is corrected by Holm."
                }
            }
            thead {
                tr {
                    th scope="col" { "Model" }
                    th scope="col" { "Other" }
                    th.figure scope="col" { "Difference, points" }
                    th.figure scope="col" { "95 % interval" }
                    th.figure scope="col" { "Tasks" }
                    th.figure scope="col" { "Better at" }
                    th.figure scope="col" { "Worse at" }
                    th.figure scope="col" { "Could be seen from" }
                    th scope="col" { "Test" }
                    th.figure scope="col" { "p" }
                    th.figure scope="col" { "p, corrected" }
                }
            }
            tbody {
                @for pair in pairs {
                    tr {
                        th scope="row" { code { (pair.better) } }
                        td { code { (pair.other) } }
                        td.figure { (decimal(100.0 * pair.difference.value)) }
                        td.figure { (decimal(100.0 * pair.difference.low)) " to " (decimal(100.0 * pair.difference.high)) }
                        td.figure { (pair.difference.count) }
                        td.figure { (pair.wins) }
                        td.figure { (pair.losses) }
                        td.figure { (decimal(100.0 * pair.detectable)) }
                        td { (pair.test) }
                        td.figure { (probability(pair.p_value)) }
                        td.figure { (probability(pair.p_corrected)) }
                    }
                }
            }
        }
    }
}

/// A p-value; below a thousandth its digits say nothing.
fn probability(value: f64) -> String {
    if !value.is_finite() {
        NOTHING.to_owned()
    } else if value < 0.001 {
        "< 0.001".to_owned()
    } else {
        short(value)
    }
}
