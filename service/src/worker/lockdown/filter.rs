//! The second step, on all threads: limits, and the list of the system calls that are left. Whatever else is called ends the
//! process, since only a worker that was broken into would.

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::system::limit;
use super::unlocked;

/// Standard streams, the socket, three files for each of two guests and a module for each stack limit in use: some 20.
const MOST_FILES: u64 = 64;
/// `PAGEMAP_SCAN` of linux/fs.h, `_IOWR('f', 16, struct pm_scan_arg)`: how the sandbox finds the pages that a run dirtied.
const PAGEMAP_SCAN: u64 = 0xC060_6610;

/// Harmless whatever their arguments: they touch this process's memory and the files that it has open.
const ALLOWED: &[c_long] = &[
    // Frames, the standard library's image, a last word on standard error.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_close,
    // Memory: of guests and of allocators.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    // wasmtime, after it wrote code to a processor whose caches don't see it.
    libc::SYS_membarrier,
    // Signals are how wasmtime learns of traps.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // Locks, and the end of threads.
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Clocks where the vDSO has none, keys of hash maps, an abort, an allocator that asks for the number of cores.
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sched_getaffinity,
];

/// Gives up, for all threads, what is not on the list. The last thing before the first job, when every thread there will ever be
/// is there. Returns what could not be locked.
#[must_use]
pub fn give_up_system_calls() -> Vec<String> {
    let limits = [
        ("core dumps", libc::RLIMIT_CORE, 0),
        ("sizes of files", libc::RLIMIT_FSIZE, 0),
        ("open files", libc::RLIMIT_NOFILE, MOST_FILES),
        // Not root's: root's processes are not counted.
        ("processes", libc::RLIMIT_NPROC, 0),
        ("locked memory", libc::RLIMIT_MEMLOCK, 0),
        ("message queues", libc::RLIMIT_MSGQUEUE, 0),
    ];
    let limits = limits.into_iter().filter_map(|(name, resource, most)| unlocked(name, limit(resource, most)));
    let mut lacks: Vec<String> = limits.collect();
    lacks.extend(unlocked("seccomp", seccomp()));
    lacks
}

fn seccomp() -> io::Result<()> {
    // Of two filters, the stricter answer counts. The one that kills comes last, since it allows no further ones.
    for program in programs().map_err(io::Error::other)? {
        apply_filter_all_threads(&program).map_err(io::Error::other)?;
    }
    Ok(())
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn programs() -> Result<[BpfProgram; 2], seccompiler::BackendError> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let probed = probed();
    let mut allowed = allowed()?;
    allowed.extend(probed.clone());
    let refuse =
        SeccompFilter::new(probed, SeccompAction::Allow, SeccompAction::Errno(libc::EACCES as u32), architecture)?;
    let kill = SeccompFilter::new(allowed, SeccompAction::KillProcess, SeccompAction::Allow, architecture)?;
    Ok([refuse.try_into()?, kill.try_into()?])
}

/// What libraries try and can do without: wasmtime asks for the number of cores, for which Rust reads `/proc/self/cgroup`, and
/// glibc's allocator reads `/proc/sys/vm/overcommit_memory` when an arena shrinks. musl has another name for the call.
fn probed() -> Rules {
    let calls = [
        libc::SYS_openat,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open,
    ];
    calls.into_iter().map(|call| (call, Vec::new())).collect()
}

fn allowed() -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let executable = libc::PROT_EXEC as u64;
    let writable = libc::PROT_WRITE as u64;
    rules.extend([
        // Code is mapped first and made executable then, and never writable again: a module for another stack limit is loaded
        // when a task asks for it.
        (libc::SYS_mmap, vec![only(2, Length::Dword, Compare::MaskedEq(executable), 0)?]),
        (
            libc::SYS_mprotect,
            vec![
                only(2, Length::Dword, Compare::MaskedEq(executable), 0)?,
                only(2, Length::Dword, Compare::MaskedEq(writable), 0)?,
            ],
        ),
        (libc::SYS_ioctl, vec![only(1, Length::Dword, Compare::Eq, PAGEMAP_SCAN)?]),
        // A module's file for one more engine; and Rust's debug builds ask for a file's flags before they close it.
        (
            libc::SYS_fcntl,
            vec![
                only(1, Length::Dword, Compare::Eq, libc::F_DUPFD_CLOEXEC as u64)?,
                only(1, Length::Dword, Compare::Eq, libc::F_GETFD as u64)?,
            ],
        ),
        // Its length. The flag takes an open file where the path is empty; that it is can't be seen from here, so that a worker
        // can learn whether a file of a name exists.
        (libc::SYS_statx, vec![only(2, Length::Dword, Compare::Eq, libc::AT_EMPTY_PATH as u64)?]),
        // An abort is a signal to itself.
        (libc::SYS_tgkill, vec![only(0, Length::Dword, Compare::Eq, std::process::id().into())?]),
    ]);
    Ok(rules)
}

/// A call is allowed where an argument is as said.
fn only(argument: u8, length: Length, compare: Compare, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, length, compare, value)?])
}
