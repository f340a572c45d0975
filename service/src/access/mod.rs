//! Who asks, and how much they may ask: keys, their rates, and their requests at a time.
//! Knows nothing of HTTP's messages but a key's headers and a session's cookie.

mod keys;
mod presented;
mod sessions;
mod turn;

pub(crate) use keys::{Keys, Known};
pub(crate) use presented::presented;
pub(crate) use sessions::{COOKIE, SESSION, Sessions};
pub(crate) use turn::{Admitted, Left, TurnedAway};
