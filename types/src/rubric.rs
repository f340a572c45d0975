//! How the parts of a report weigh in its score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Weights of the parts. Parts that a task lacks are left out and the rest is scaled to 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rubric {
    /// Whether the program parses.
    #[schemars(range(min = 0))]
    pub syntax: f64,
    /// The share of the features that were found.
    #[schemars(range(min = 0))]
    pub features: f64,
    /// The share of the tests that passed.
    #[schemars(range(min = 0))]
    pub tests: f64,
    /// The share of the efficiency tests that passed. With a weight of 0, the default, they count among the tests.
    #[schemars(range(min = 0))]
    pub efficiency: f64,
    /// How few holes the program's text has, by the rules of `proofhouse check`. 0, the default, only reports them.
    #[schemars(range(min = 0))]
    pub security: f64,
    /// How the tests count.
    pub correctness: Correctness,
}

/// How tests count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Correctness {
    /// By the share of them that passed.
    #[default]
    Share,
    /// All or nothing.
    All,
}

impl Default for Rubric {
    /// The weights of the published comparisons that this project answers: 20, 40 and 40.
    fn default() -> Self {
        Rubric {
            syntax: 20.0,
            features: 40.0,
            tests: 40.0,
            efficiency: 0.0,
            security: 0.0,
            correctness: Correctness::Share,
        }
    }
}
