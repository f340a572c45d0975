//! Something in a task that its types allow and that still can't be, and where in the task it stands.

use std::fmt::Write;

/// One flaw.
#[derive(Debug)]
pub(super) struct Flaw {
    /// The way to the value: from the task, or from one of its tests.
    pub path: Vec<At>,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// A step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Key(&'static str),
    Item(usize),
}

impl Flaw {
    pub(super) fn at(path: &[At], message: impl Into<String>) -> Flaw {
        Flaw { path: path.to_vec(), message: message.into() }
    }
}

/// A way as requests have it, such as `tests[3].cases[0].stdin`.
pub(super) fn field(path: &[At]) -> String {
    let mut field = String::new();
    for step in path {
        let written = match step {
            At::Key(key) if field.is_empty() => write!(field, "{key}"),
            At::Key(key) => write!(field, ".{key}"),
            At::Item(position) => write!(field, "[{position}]"),
        };
        written.expect("a string takes all that is written");
    }
    field
}
