//! Text to syntax tree, the search for the program in a model's reply, and the features that its text has.
//!
//! Nothing here runs code, reads files or knows what a test is. A parser returns a tree plus errors; it does not fail.

mod absence;
mod apis;
mod body;
mod candidate;
mod ending;
mod extract;
mod extraction;
mod features;
mod fences;
mod fill;
mod grammar;
mod lines;
mod mend;
mod mutants;
mod names;
mod reasoning;
mod search;
mod session;
mod spans;
mod sql;
mod statements;
mod stub;
mod tree;

pub use absence::Absence;
pub use apis::{Inventory, findings};
pub use ending::ends_inside;
pub use extract::extract;
pub use extraction::{EXTRACTOR_VERSION, Extracted, Method, Source};
pub use features::{FeatureError, FeatureRule, Of, PREDICATES, Predicate};
pub use fill::{FillIn, FillPoint, fill_in};
pub use grammar::Grammar;
pub use mutants::{Mutant, mutants};
pub use proofhouse_types::Finish;
pub use stub::is_stub;
pub use tree::{Parsed, Problem, SyntaxError, parse, parses};
