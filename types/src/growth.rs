//! How the cost of a function grows with its input.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A class of growth, from slow to fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Growth {
    /// The same for every size.
    #[serde(rename = "1")]
    Constant,
    /// log n.
    #[serde(rename = "log n")]
    Logarithmic,
    /// n.
    #[serde(rename = "n")]
    Linear,
    /// n log n.
    #[serde(rename = "n log n")]
    Linearithmic,
    /// n².
    #[serde(rename = "n^2", alias = "n²")]
    Quadratic,
    /// n³.
    #[serde(rename = "n^3", alias = "n³")]
    Cubic,
    /// 2ⁿ, or any other base above 1.
    #[serde(rename = "2^n", alias = "2ⁿ")]
    Exponential,
}

impl Growth {
    /// Every class, from slow to fast.
    pub const ALL: [Growth; 7] = [
        Growth::Constant,
        Growth::Logarithmic,
        Growth::Linear,
        Growth::Linearithmic,
        Growth::Quadratic,
        Growth::Cubic,
        Growth::Exponential,
    ];
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Growth::Constant => "1",
            Growth::Logarithmic => "log n",
            Growth::Linear => "n",
            Growth::Linearithmic => "n log n",
            Growth::Quadratic => "n²",
            Growth::Cubic => "n³",
            Growth::Exponential => "2ⁿ",
        })
    }
}

/// How fuel grew over the sizes that were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthFit {
    /// The class that fits best.
    pub class: Growth,
    /// How much better it fits than the next, 0 to 1: 1 less the ratio of the two errors.
    pub confidence: f64,
    /// What was measured: size, and fuel of the call.
    pub points: Vec<(u64, u64)>,
}
