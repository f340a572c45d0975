//! Patterns that are wrong whatever data is involved.

use serde::{Deserialize, Serialize};

use super::Condition;

/// A call that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallPattern {
    /// Paths, after imports are resolved. Segments are separated by dots; the last ones must agree: `os.system`. One segment
    /// alone is a function without a receiver: `eval`. `*.execute` is a method of anything. What a call returned has `()`:
    /// `Runtime.getRuntime().exec`; an object of a class, or a variable declared so, has the class's name:
    /// `Statement.executeQuery`. An item is `[]`: `params[].split`.
    pub call: Vec<String>,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// None of these may hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
}

/// An option with a bad value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingPattern {
    /// The option's names.
    pub name: Vec<String>,
    /// Only in calls of these paths, or literals of these types.
    #[serde(default)]
    pub within: Vec<String>,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// None of these may hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
}

/// A name that is wrong to mention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsePattern {
    /// Paths, as in [`CallPattern::call`].
    pub path: Vec<String>,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// None of these may hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
}

/// An assignment that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignPattern {
    /// Paths that are assigned to, as in [`CallPattern::call`]; a single segment is a variable.
    #[serde(default)]
    pub path: Vec<String>,
    /// Or a regular expression on the last segment, the key of an entry, a keyword, or a parameter with a default.
    #[serde(default)]
    pub name: Option<String>,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// None of these may hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
}

/// A comparison that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparePattern {
    /// A regular expression on the last name of one side.
    pub name: String,
    /// Conditions on the other side.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// None of these may hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
}

/// A string literal that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StringPattern {
    /// A regular expression on the text of the literal.
    pub pattern: String,
    /// Not where this matches too.
    #[serde(default)]
    pub unless: Option<String>,
}
