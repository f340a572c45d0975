//! What a whole run of samples over a suite came to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The summary that `score --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Tasks in the suite.
    pub tasks: usize,
    /// Samples that have a row.
    pub samples: usize,
    /// Samples that passed every test.
    pub passed: usize,
    /// Samples that did not.
    pub failed: usize,
    /// Samples that a fault of ours left unmeasured.
    pub faults: usize,
    /// Samples that were not run for want of something on this machine, such as packages.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: usize,
    /// Tasks of the suite that no sample answers.
    pub missing: usize,
    /// pass@k by the unbiased estimator of Chen et al. 2021, for k = 1, 10 and 100 as far as every task has k samples.
    pub pass_at_k: BTreeMap<u32, PassAtK>,
    /// pass^k by the unbiased estimator of Yao et al. 2024 (τ-bench), for k = 1, 2, 3, 5 and 10 as far as every task has
    /// k samples; absent where no task has two.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pass_hat_k: BTreeMap<u32, PassAtK>,
    /// The share of the pairs of a task's samples with the same outcome, meaned over tasks; absent where no task has two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
    /// Tasks with a sample that passed and one that did not; absent where there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flips: usize,
    /// Mean score of the measured samples, 0 to 100; null where there are none.
    pub score_mean: Option<f64>,
    /// Seconds of wall time.
    pub wall_s: f64,
    /// Samples graded in this run, a second.
    pub samples_per_s: f64,
    /// What the verdicts depend on.
    pub versions: Versions,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// One pass@k or pass^k, between 0 and 1, with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PassAtK {
    /// The mean over tasks.
    pub value: f64,
    /// Lower end of the Wilson score interval over tasks.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What the verdicts of a run depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// Of this program.
    pub proofhouse: String,
    /// Of the guest: the interpreter and a digest of its bytes.
    pub guest: String,
    /// Of the extractor.
    pub extractor: u32,
}
