//! Text to syntax tree, and the search for the program in a model's reply.
//!
//! Nothing here runs code, reads files or knows what a test is. A parser returns a tree plus errors; it does not fail.

mod body;
mod candidate;
mod extract;
mod extraction;
mod fences;
mod lines;
mod names;
mod reasoning;
mod search;
mod session;
mod spans;
mod statements;
mod stub;
mod tree;

pub use extract::extract;
pub use extraction::{EXTRACTOR_VERSION, Extracted, Finish, Method, Source};
pub use tree::{Parsed, Problem, SyntaxError, parse, parses};
