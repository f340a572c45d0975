//! The second wall: gives up, in two steps, every right that a worker does not need. What this system can't lock is said in
//! words, and the rest is locked all the same.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod rights;
#[cfg(target_os = "linux")]
mod system;

use std::io;

#[cfg(target_os = "linux")]
pub use filter::give_up_system_calls;
#[cfg(target_os = "linux")]
pub use rights::give_up_rights;
#[cfg(target_os = "linux")]
pub(super) use system::close_inherited;

/// A lock that could not be put on, in one line.
fn unlocked(lock: &str, result: io::Result<()>) -> Option<String> {
    result.err().map(|error| format!("{lock}: {error}"))
}

/// The first step: see the Linux one.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn give_up_rights() -> Vec<String> {
    vec!["nothing of this system is locked: workers are locked on Linux alone".to_owned()]
}

/// The second step: see the Linux one.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn give_up_system_calls() -> Vec<String> {
    Vec::new()
}

/// See the Linux one.
#[cfg(not(target_os = "linux"))]
pub(super) fn close_inherited() -> io::Result<()> {
    Ok(())
}
