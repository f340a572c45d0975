//! What a serving process asks of its system before it begins.

use tracing::{debug, error};

/// Descriptors for all that is no connection: the database, workers, files, the log.
const RESERVED_DESCRIPTORS: usize = 512;

/// How many connections this process can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room(pub usize);

/// Makes a process fit to serve: it can hold as many connections as the system lets it, a write to a file that became too
/// large fails instead of ending it, and a panic is logged by its place alone, since its message may quote submitted code.
pub(crate) fn prepare() -> Room {
    // SAFETY: a disposition of SIG_IGN runs no code of ours.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "panicked");
        debug!(%panic, "panicked");
    }));
    raise_descriptors()
}

/// Raises the number of descriptors to what the system lets this process have.
pub(super) fn raise_descriptors() -> Room {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid rlimit for the call to fill.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        // Unknown: as if the limit were the usual one of 1024.
        return Room(1024 - RESERVED_DESCRIPTORS);
    }
    let raised = libc::rlimit { rlim_cur: limit.rlim_max, ..limit };
    // SAFETY: `raised` is a valid rlimit, and the call only reads it.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) } == 0 {
        limit = raised;
    }
    let descriptors = usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX);
    // A tenth at least, where there are hardly any.
    Room(descriptors.saturating_sub(RESERVED_DESCRIPTORS).max(descriptors / 10))
}
