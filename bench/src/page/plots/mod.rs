//! The plots, as SVG: quality against latency, how latencies are spread, and pass@1 by category.
//!
//! Their colours are those of the light theme; the page's style sheet gives each of them its counterpart in the dark one.

mod axis;
mod canvas;
mod categories;
mod scatter;
mod spread;

use maud::{Markup, PreEscaped, html};

use super::series::sign;
use crate::read::Run;
use crate::summary::{ModelSummary, Summary};

/// A plot with its heading, ready for the page.
struct Plot {
    title: &'static str,
    /// What is to be seen, for those who can't.
    words: String,
    svg: canvas::Drawn,
    /// The class of its figure.
    class: &'static str,
    /// What is to be known about it.
    caption: String,
}

pub(super) fn plots(summary: &Summary, runs: &[Run]) -> Markup {
    let all = [
        scatter::scatter(&summary.models),
        spread::first_token(&summary.models, runs),
        spread::end_to_end(&summary.models, runs),
        categories::categories(&summary.models),
    ];
    let plots: Vec<Plot> = all.into_iter().flatten().collect();
    html! {
        @if !plots.is_empty() {
            section aria-labelledby="plots" {
                h2 #plots { "Plots" }
                (legend(&summary.models))
                div.plots { @for plot in plots { (figure(plot)) } }
            }
        }
    }
}

fn figure(plot: Plot) -> Markup {
    html! {
        figure class={ "plot " (plot.class) } {
            h3 { (plot.title) }
            @match plot.svg {
                Ok(svg) => div.wide role="img" tabindex="0" aria-label={ (plot.title) ". " (plot.words) } { (PreEscaped(svg)) },
                Err(error) => p { "This plot could not be drawn: " (error) },
            }
            figcaption.hint { (plot.caption) }
        }
    }
}

fn legend(models: &[ModelSummary]) -> Markup {
    html! {
        ul.legend {
            @for (model, place) in models.iter().zip(0..) { li { (sign(place)) " " code { (model.name) } } }
        }
    }
}
