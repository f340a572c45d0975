//! The first step, on the only thread: files, networks and other processes are out of reach, and stay so for threads to come.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};

use super::system::{drop_capabilities, prctl};
use super::unlocked;

/// The newest that the crate knows. The kernel's own is used where it is older.
const NEWEST: ABI = ABI::V10;
/// The first that knows of all that a worker must not reach: files, TCP, signals and abstract sockets (Linux 6.12).
const WHOLE: ABI = ABI::V6;
/// Added to the badness of the process, of 1000 at most: when memory runs out, the kernel takes a worker, which is started
/// anew, before the server.
const BADNESS: &str = "500";

/// For threads that have ended to be gone from the list: microseconds, on a machine that does something else a while.
const ENDING: Duration = Duration::from_secs(1);

/// Gives up what threads inherit: new privileges, capabilities, files, networks, signals to others. The caller is the only
/// thread of its process, and has opened what it needs. Returns what could not be locked.
///
/// The process dies with the thread that started it.
#[must_use]
pub fn give_up_rights() -> Vec<String> {
    let locks = [
        unlocked("alone", alone()),
        unlocked("no_new_privs", prctl(libc::PR_SET_NO_NEW_PRIVS, 1)),
        unlocked("death of the parent", prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)),
        unlocked("out of memory first", fs::write("/proc/self/oom_score_adj", BADNESS)),
        // Not readable by other processes of this user, such as another worker that was broken into.
        unlocked("no dumps", prctl(libc::PR_SET_DUMPABLE, 0)),
        unlocked("capabilities", drop_capabilities()),
        landlock(),
    ];
    locks.into_iter().flatten().collect()
}

/// Landlock of kernels below 7.0 is one thread's, and those that it makes. A thread that was joined may be listed a moment longer.
fn alone() -> io::Result<()> {
    let asked = Instant::now();
    loop {
        match fs::read_dir("/proc/self/task")?.count() {
            1 => return Ok(()),
            _ if asked.elapsed() < ENDING => std::thread::yield_now(),
            threads => return Err(io::Error::other(format!("{threads} threads run before the first is locked"))),
        }
    }
}

fn landlock() -> Option<String> {
    let lacks = match restrict() {
        Ok((RulesetStatus::NotEnforced, _)) => {
            "this kernel has none (Linux 5.13, and `landlock` in its `lsm=`)".to_owned()
        }
        Ok((_, LandlockStatus::Available { effective_abi, .. })) if effective_abi < WHOLE => {
            format!(
                "this kernel's is version {effective_abi:?} of {WHOLE:?} (Linux 6.12): signals and abstract sockets, below V4 TCP, are left to seccomp"
            )
        }
        Ok(_) => return None,
        Err(error) => error.to_string(),
    };
    Some(format!("Landlock: {lacks}"))
}

/// No rule: what is not open already is out of reach.
fn restrict() -> Result<(RulesetStatus, LandlockStatus), RulesetError> {
    let ruleset = Ruleset::default().handle_access(AccessFs::from_all(NEWEST))?;
    let ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST))?.scope(Scope::from_all(NEWEST))?;
    let status = ruleset.create()?.restrict_self()?;
    Ok((status.ruleset, status.landlock))
}
