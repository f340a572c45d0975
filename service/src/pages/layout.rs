//! What all pages have around their content.

use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::assets::{ICON, SCRIPT, STYLE};
use super::viewer::Viewer;

/// Where a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Score,
    Batches,
    Suites,
    Rules,
    Reference,
    Elsewhere,
}

/// The places that every page leads to.
const PLACES: [(Place, &str, &str); 5] = [
    (Place::Score, "/", "Score"),
    (Place::Batches, "/batches", "Batches"),
    (Place::Suites, "/suites", "Suites"),
    (Place::Rules, "/rules", "Rules"),
    (Place::Reference, "/docs", "API"),
];

/// A page without its content.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// What it is about.
    pub title: &'a str,
    /// Where it belongs.
    pub place: Place,
    /// Who looks at it.
    pub viewer: &'a Viewer,
}

impl Page<'_> {
    /// The page with its content.
    pub(super) fn around(&self, content: Markup) -> Response {
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Proofhouse" }
                    link rel="icon" href=(ICON.path) type="image/svg+xml";
                    link rel="stylesheet" href=(STYLE.path);
                    script src=(SCRIPT.path) defer {}
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header.top {
                        a.brand href="/" { "Proofhouse" }
                        nav aria-label="Pages" {
                            ul {
                                @for (place, path, name) in PLACES {
                                    li {
                                        a href=(path) aria-current=[(place == self.place).then_some("page")] { (name) }
                                    }
                                }
                            }
                        }
                        @match self.viewer {
                            Viewer::Nobody => {}
                            Viewer::SignedIn(client) => form method="post" action="/sign-out" {
                                span.hint { (client.name) } " " button.plain type="submit" { "Sign out" }
                            }
                        }
                    }
                    main #content tabindex="-1" { (content) }
                    footer {
                        p { "Proofhouse " (env!("CARGO_PKG_VERSION")) " · the same verdict every time" }
                    }
                }
            }
        };
        markup.into_response()
    }
}
