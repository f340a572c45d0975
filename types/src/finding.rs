//! What is wrong with a program's text, whatever it does when it runs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One hit of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's id, such as `python/sql-injection`.
    pub rule: String,
    /// What kind of trouble it is.
    #[serde(default)]
    pub category: Category,
    /// How bad it is if it is true.
    #[serde(default)]
    pub severity: Severity,
    /// How sure it is that it is true.
    #[serde(default)]
    pub confidence: Confidence,
    /// Weaknesses by CWE number, the closest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwe: Vec<u32>,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong there.
    pub message: String,
    /// How the data came there, from its source on; empty where no data flow is involved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<Step>,
    /// Whether the text does not parse around it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
    /// 16 hex digits that stay the same when lines move or are wrapped anew. Empty where no baseline is kept of such findings.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// A change of the text that mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Edit>,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub column: usize,
    /// The line of its end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub end_line: usize,
    /// The character after its end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub end_column: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// One step of data on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// What happens there.
    pub note: String,
}

/// A change of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// The first byte that is replaced.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

/// What kind of trouble a rule is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// It can be attacked.
    #[default]
    Security,
    /// It fails in production, though nobody attacks.
    Robustness,
    /// It games the grading.
    Integrity,
    /// It uses a name that does not exist.
    Names,
}

/// How bad it is if it is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// To be mended.
    #[default]
    Medium,
    /// To be mended before anything else.
    High,
}

/// How sure it is that it is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The data comes from something that is not known.
    Low,
    /// The data comes from a function's parameter, as in most snippets.
    #[default]
    Medium,
    /// The data comes from outside, or no data is involved.
    High,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Security => "security",
            Self::Robustness => "robustness",
            Self::Integrity => "integrity",
            Self::Names => "names",
        })
    }
}
