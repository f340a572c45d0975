//! A feature that a task asks a program to have, read from its text alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A named feature: found where its predicate holds, or its query matches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The name that reports give.
    pub name: String,
    /// A named predicate, such as `main_guard`. Either this or `query`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// What the predicate asks about, such as module names: one of them is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// A tree-sitter query in the grammar of the task's language; its `#eq?`, `#match?` and `#any-of?` count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}
