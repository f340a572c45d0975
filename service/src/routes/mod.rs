//! What is at which address.

pub(crate) mod compat;
pub(crate) mod health;
pub(crate) mod json;
pub(crate) mod parameters;
pub(crate) mod v1;
