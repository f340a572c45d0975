//! What a run tells of itself while it is under way, for whoever shows it.

use proofhouse_types::{Generation, ModelFacts};

use crate::row::SampleRow;

/// Something that happened in a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// Replies that were there before are waiting for their verdicts.
    Ungraded(usize),
    /// A model's turn came.
    Turn {
        /// The model.
        model: &'a str,
        /// Its samples, all together.
        of: usize,
        /// Those that are there from before.
        kept: Vec<&'a SampleRow>,
    },
    /// A model was asked for the first time; what is asked from now on is measured.
    Warm {
        /// The model.
        model: &'a str,
        /// What its server says of it.
        facts: &'a ModelFacts,
        /// What became of the request that warmed it up.
        warm_up: &'a Generation,
    },
    /// A request came back, with a reply or a failure.
    Came(&'a SampleRow),
    /// A reply was graded.
    Graded(&'a SampleRow),
    /// A model can't be asked, or no more; the others are.
    Lost {
        /// The model.
        model: &'a str,
        /// Why.
        why: &'a str,
    },
}
