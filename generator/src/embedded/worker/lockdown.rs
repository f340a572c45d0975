//! What the process gives up before it reads the first byte of a stranger's file: other files, networks, other programs. What
//! this system can't lock is said in words. Where a GPU is used, its driver wants most of it, and the process keeps it.

use std::path::PathBuf;

/// Gives up what a model does not need; only `files` stay to be read. Returns what could not be locked.
#[cfg(all(target_os = "linux", not(feature = "cuda")))]
pub(super) fn give_up_rights(files: &[PathBuf]) -> Vec<String> {
    let unlocked = |lock: &str, result: Result<(), String>| result.err().map(|error| format!("{lock}: {error}"));
    let locks = [
        // When memory runs out, the kernel takes this process first.
        unlocked(
            "out of memory first",
            std::fs::write("/proc/self/oom_score_adj", "500").map_err(|error| error.to_string()),
        ),
        unlocked("Landlock", linux::files(files)),
        unlocked("seccomp", linux::system_calls()),
    ];
    locks.into_iter().flatten().collect()
}

/// Gives up nothing: see the Linux one.
#[cfg(not(all(target_os = "linux", not(feature = "cuda"))))]
pub(super) fn give_up_rights(_: &[PathBuf]) -> Vec<String> {
    vec!["everything: only Linux without a GPU's driver is locked".to_owned()]
}

#[cfg(all(target_os = "linux", not(feature = "cuda")))]
mod linux {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
        Scope,
    };
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};

    /// The newest that the crate knows. The kernel's own is used where it is older.
    const NEWEST: ABI = ABI::V10;

    /// What leads out of the process, and no model needs. Threads, memory and open files are left as they are.
    const REFUSED: [libc::c_long; 17] = [
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_sendto,
        // Does what is refused here by another way.
        libc::SYS_io_uring_setup,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_open,
        libc::SYS_kill,
        libc::SYS_bpf,
        libc::SYS_userfaultfd,
        libc::SYS_perf_event_open,
        libc::SYS_keyctl,
    ];

    /// Of all files, these can be read; no other can be opened, and no TCP connection made.
    pub(super) fn files(files: &[PathBuf]) -> Result<(), String> {
        let readable = landlock::path_beneath_rules(files, AccessFs::ReadFile);
        let restricted = Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))
            .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(NEWEST)))
            .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
            .and_then(|ruleset| ruleset.create()?.add_rules(readable))
            .and_then(|ruleset| ruleset.restrict_self());
        let restricted = restricted.map_err(|error| error.to_string())?;
        match restricted.ruleset {
            RulesetStatus::NotEnforced => {
                Err("this kernel has none (Linux 5.13, and `landlock` in its `lsm=`)".to_owned())
            }
            RulesetStatus::PartiallyEnforced => {
                let there = match restricted.landlock {
                    LandlockStatus::Available { effective_abi, .. } => effective_abi,
                    LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => ABI::Unsupported,
                };
                Err(format!("only in part: this kernel has {there:?}, the newest is {NEWEST:?}"))
            }
            RulesetStatus::FullyEnforced => Ok(()),
        }
    }

    /// Refuses system calls. New privileges are given up with it, as the kernel asks.
    pub(super) fn system_calls() -> Result<(), String> {
        let program = || -> Result<BpfProgram, seccompiler::BackendError> {
            let refused: BTreeMap<_, _> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
            let refuse = SeccompAction::Errno(libc::EPERM as u32);
            let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
            SeccompFilter::new(refused, SeccompAction::Allow, refuse, architecture)?.try_into()
        };
        let program = program().map_err(|error| error.to_string())?;
        apply_filter(&program).map_err(|error| error.to_string())
    }
}
