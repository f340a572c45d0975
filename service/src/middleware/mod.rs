//! What every request passes before its handler, and every answer after it. Knows no route but those that need no key and
//! those that take large bodies.

mod body;
mod edge;
mod finish;
mod request_id;
mod site;
#[cfg(test)]
mod tests;

pub(crate) use body::body_error;
pub(crate) use edge::{Edge, wrap};
