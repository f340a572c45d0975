//! A scripted HTTP server for the code under test: bytes in, bytes out, and no socket anywhere.
//!
//! The script, the log and the clock stay on the host's side, where the code can't reach them. Time is handed in: nothing
//! here reads a clock, waits or knows of wasmtime.

mod address;
mod connection;
mod head;
mod log;
mod message;
mod request;
mod response;
mod script;
mod server;

pub(crate) use server::Network;
