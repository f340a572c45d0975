//! The report as one HTML file: tables, plots, and every sample, without a request to anywhere.
//!
//! Replies and programs are hostile text. They stand in the file as JSON alone, and the script writes them as text, never as markup.

mod amounts;
mod details;
mod document;
mod facts;
mod grid;
mod leaderboard;
mod measures;
mod pairs;
mod plots;
mod prose;
mod rows;
mod samples;
mod series;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use document::html;
