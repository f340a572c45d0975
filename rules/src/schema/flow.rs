//! The flow of data: where it comes from, what makes it safe, and where it must not arrive.

use serde::{Deserialize, Serialize};

use super::{Condition, Level, Which, high, low};

/// A place where untrusted data must not arrive. One of `call` and `assign`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// Paths of functions (see [`call`](super::CallPattern::call)).
    #[serde(default)]
    pub call: Vec<String>,
    /// Paths that are assigned to, such as `*.innerHTML` or `session[]`.
    #[serde(default)]
    pub assign: Vec<String>,
    /// Functions whose returned value is the sink: those with one of these decorators (`*.route`).
    #[serde(default)]
    pub returns_of: Vec<String>,
    /// Which arguments: positions from 0, names, `"*"` for any from a position on such as `"1*"`, `"receiver"`. All, if empty.
    #[serde(default)]
    pub arguments: Vec<Which>,
    /// What the argument must look like.
    #[serde(default)]
    pub needs: Needs,
    /// Conditions on the call.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// None of these may hold.
    #[serde(default)]
    pub unless: Vec<Condition>,
    /// The least confidence of data that counts here: `high` for data from outside alone.
    #[serde(default = "low")]
    pub least: Level,
    /// Sure by nature: `medium` caps the confidence of this sink's findings.
    #[serde(default = "high")]
    pub confidence: Level,
}

/// What data must look like to harm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// Any untrusted part.
    #[default]
    Anything,
    /// The constant parts read as SQL and a part that is not a parameter is untrusted; or all of it is.
    Sql,
    /// The whole string that a shell reads, or a list that starts a shell (`["sh", "-c", x]`), or such arguments in a row.
    ShellWords,
    /// The start of an address is untrusted: scheme or host are not fixed by constant text.
    Host,
    /// The text's beginning is untrusted.
    Beginning,
    /// Not a list, and not a number.
    Text,
    /// A constant part reads as HTML or nothing is constant.
    Html,
    /// An object or list as it came, not a text built from it: `find(req.body)`.
    Whole,
}

/// Where untrusted data comes from. At least one of the first four.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Paths whose reading gives it, with everything below them: `request.args`, `$_GET`, `req.query`.
    #[serde(default)]
    pub path: Vec<String>,
    /// Calls that return it.
    #[serde(default)]
    pub call: Vec<String>,
    /// Annotations that make a parameter one: `RequestParam`.
    #[serde(default)]
    pub annotation: Vec<String>,
    /// Decorators whose functions get it in every parameter: `*.route`. Parameters with a safe type are safe all the same.
    #[serde(default)]
    pub decorator: Vec<String>,
    /// What a message calls it: `a query parameter`.
    pub what: String,
    /// Classes that its data is safe for by nature: a part of a path is never an object, so `nosql`.
    #[serde(default)]
    pub safe_for: Vec<String>,
    /// A regular expression that the whole file's text must have.
    #[serde(default)]
    pub file: Option<String>,
    /// `high` for what comes from the network, `medium` for arguments and environment of a program.
    #[serde(default = "high")]
    pub confidence: Level,
}

/// A call whose result is safe, or a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sanitizer {
    /// Paths of functions (see [`call`](super::CallPattern::call)).
    #[serde(default)]
    pub call: Vec<String>,
    /// Paths whose reading is safe: `Path().name`.
    #[serde(default)]
    pub path: Vec<String>,
    /// The classes it is safe for; `*` for all.
    pub clears: Vec<String>,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// A test after which a value is safe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Paths of functions (see [`call`](super::CallPattern::call)).
    pub call: Vec<String>,
    /// The argument that is safe when the call holds: a position, or `receiver`.
    pub argument: Which,
    /// The classes that it makes safe for; `*` for all.
    pub clears: Vec<String>,
    /// All of these must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// What all rules of a language share: `catalog/<language>/language.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Where untrusted data comes from.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Calls and fields whose results are safe.
    #[serde(default)]
    pub sanitizers: Vec<Sanitizer>,
    /// Tests after which a value is safe.
    #[serde(default)]
    pub guards: Vec<Guard>,
    /// Declared types whose values can't carry an attack: numbers, booleans, dates, UUIDs.
    #[serde(default)]
    pub safe_types: Vec<String>,
    /// Parameters with these types are no data: connections, loggers, contexts.
    #[serde(default)]
    pub plain_types: Vec<String>,
    /// Parameters with these names, in languages without types, are no data: `self`, `cursor`, `db`.
    #[serde(default)]
    pub plain_names: Vec<String>,
    /// Whole requests. An object made of one, `Wrapper(request)`, gives untrusted data.
    #[serde(default)]
    pub requests: Vec<String>,
}
