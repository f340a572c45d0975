//! From a listening socket to the router: connections, their timeouts and their number, and how a server stops.
//! Knows nothing of keys, routes and problems.

mod connections;
mod held;
mod listen;
#[cfg(test)]
pub(crate) mod loopback;
mod process;
mod serve;
mod socket;
mod stop;
#[cfg(test)]
mod tests;

pub(crate) use held::Held;
pub(crate) use listen::listen;
pub(crate) use process::prepare;
pub(crate) use serve::serve;
pub(crate) use stop::Stop;
