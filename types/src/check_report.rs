//! What `proofhouse check --format json` prints.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Finding;

/// What was found in some files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The version of this form: 1.
    pub version: u32,
    /// By path, then by place.
    pub findings: Vec<FoundIn>,
    /// How much was looked at.
    pub summary: CheckSummary,
    /// What could not be checked, and bad rules.
    pub errors: Vec<CheckMessage>,
    /// What was checked otherwise than it is written, or left out for its size.
    pub notes: Vec<CheckMessage>,
}

/// A finding and its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundIn {
    /// The file, as it was given or found below what was given.
    pub path: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckSummary {
    /// Findings at or above the thresholds.
    pub findings: usize,
    /// Files that have some.
    pub files: usize,
    /// Files that were checked.
    pub checked: usize,
    /// Files that were not, by extension or by another reason.
    pub skipped: BTreeMap<String, usize>,
    /// Findings that comments ignore.
    pub ignored: usize,
    /// Findings that the baseline knows.
    pub in_baseline: usize,
    /// Files that are as they were at the revision of `--diff`.
    pub unchanged: usize,
    /// Changes that `--fix` made.
    pub fixed: usize,
}

/// Something to say about a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CheckMessage {
    /// The file.
    pub path: String,
    /// The line, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What there is to say.
    pub message: String,
}

impl std::fmt::Display for CheckMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}
