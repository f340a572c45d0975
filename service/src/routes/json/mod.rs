//! JSON as it comes in: read within bounds, and what is wrong with it said by field.

mod asked;
mod extract;
mod outline;
mod read;

#[cfg(test)]
pub(crate) use extract::JsonBounds;
pub(crate) use extract::{Json, collected};
pub(crate) use outline::check as outline;
pub(crate) use read::read_row;
