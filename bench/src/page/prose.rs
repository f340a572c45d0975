//! Sentences in which code stands between backticks.

use maud::{Markup, html};

pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (place, piece) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}
