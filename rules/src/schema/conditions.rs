//! Conditions of patterns, and which argument they speak of.

use serde::{Deserialize, Deserializer, Serialize};

/// A condition on a call, or on the value of a setting or assignment. All the keys that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The argument it speaks of: the first of these that is there. For settings and assignments, the value: leave it out.
    #[serde(default)]
    pub argument: Vec<Which>,
    /// What it is.
    #[serde(default)]
    pub is: Option<Is>,
    /// Not this.
    #[serde(default)]
    pub is_not: Option<Is>,
    /// A constant text or number equal to one of these; case does not matter.
    #[serde(default)]
    pub equals: Vec<String>,
    /// A regular expression that a constant text has.
    #[serde(default)]
    pub matches: Option<String>,
    /// A constant number below.
    #[serde(default)]
    pub below: Option<i64>,
    /// The argument is this path: `ssl.CERT_NONE`.
    #[serde(default)]
    pub path: Vec<String>,
    /// A regular expression on the names inside the argument: `(?i)passw`.
    #[serde(default)]
    pub named: Option<String>,
    /// A map that has an entry with one of these keys, or a list with one of these texts.
    #[serde(default)]
    pub has: Vec<String>,
    /// A map whose entries are known and that has none of these keys.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// A regular expression on the name of what the result is assigned to, or of the function that returns it.
    #[serde(default)]
    pub target: Option<String>,
    /// One of these calls, by their last segment, stands in the same function (at the top, outside functions).
    #[serde(default)]
    pub near: Vec<String>,
    /// None of these calls, by their last segment, stands in the same function.
    #[serde(default)]
    pub without: Vec<String>,
    /// Whether the call stands in an async function.
    #[serde(default)]
    pub in_async: Option<bool>,
    /// Whether the call's result is thrown away.
    #[serde(default)]
    pub ignored: Option<bool>,
    /// A regular expression that the whole file's text has, such as an import.
    #[serde(default)]
    pub file: Option<String>,
    /// A regular expression that the whole file's text lacks.
    #[serde(default)]
    pub file_lacks: Option<String>,
    /// A regular expression on the path of the call's receiver.
    #[serde(default)]
    pub receiver: Option<String>,
    /// A regular expression on the name of the function that it stands in.
    #[serde(default)]
    pub inside: Option<String>,
    /// How many arguments it has.
    #[serde(default)]
    pub count: Option<u8>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Is {
    /// True, or a number other than 0.
    True,
    /// False, or 0.
    False,
    /// Null, nil, None.
    Null,
    /// There is no such argument.
    Missing,
    /// There is such an argument.
    Present,
    /// Known when it is read: a literal, or made of literals.
    Constant,
    /// A constant text.
    Text,
    /// An empty text, list or map.
    Empty,
    /// Not known when it is read.
    Dynamic,
    /// Reached by untrusted data, a parameter at least.
    Tainted,
    /// A list or a map.
    Collection,
    /// A text that a regular expression's engine can take exponential time for.
    CatastrophicPattern,
    /// The same where the whole of a text must match.
    CatastrophicWholePattern,
    /// A function.
    Function,
}

/// An argument: a position from 0, or a name. In a file a number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Which {
    /// By its place, from 0.
    Position(u8),
    /// By its name.
    Named(String),
}

/// [`Which`] as the build's table has it.
#[derive(Deserialize)]
enum StoredWhich {
    /// By its place, from 0.
    Position(u8),
    /// By its name.
    Named(String),
}

/// [`Which`] as people write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenWhich {
    /// By its place, from 0.
    Position(u8),
    /// By its name.
    Named(String),
}

impl<'de> Deserialize<'de> for Which {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if deserializer.is_human_readable() {
            match WrittenWhich::deserialize(deserializer)? {
                WrittenWhich::Position(position) => Which::Position(position),
                WrittenWhich::Named(name) => Which::Named(name),
            }
        } else {
            match StoredWhich::deserialize(deserializer)? {
                StoredWhich::Position(position) => Which::Position(position),
                StoredWhich::Named(name) => Which::Named(name),
            }
        })
    }
}
