//! PHP, inside HTML or alone. Variables keep their `$`, names lose their namespace.

mod calls;
mod declarations;
mod expressions;
mod operators;
mod statements;
mod strings;
#[cfg(test)]
mod tests;

use crate::lower::{all, named as children};

pub(crate) use statements::module;

/// A name without its namespace.
fn simple(name: &str) -> &str {
    name.rsplit('\\').next().unwrap_or(name).trim()
}
