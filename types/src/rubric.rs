//! How the parts of a report weigh in its score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Weights of the parts. Parts that a task lacks are left out and the rest is scaled to 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rubric {
    /// Whether the program parses.
    pub syntax: f64,
    /// The share of the features that were found.
    pub features: f64,
    /// The share of the tests that passed.
    pub tests: f64,
}

impl Default for Rubric {
    /// The weights of the published comparisons that this project answers: 20, 40 and 40.
    fn default() -> Self {
        Rubric { syntax: 20.0, features: 40.0, tests: 40.0 }
    }
}
