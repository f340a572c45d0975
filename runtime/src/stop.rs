//! Why a host call ended a run: carried through wasmtime as the error of a trap.

/// The end of a run, by a limit that a host call watches or by the guest's own wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("the guest exited with code {0}")]
    Exit(i32),
    #[error("output limit")]
    OutputLimit,
    #[error("disk limit")]
    DiskLimit,
    #[error("virtual time limit")]
    VirtualTimeLimit,
    #[error("more than {0} requests")]
    RequestLimit(u32),
    #[error("wall time limit in host calls")]
    WallLimit,
    /// The other guest of a pair ended in the middle of a call, for a reason of its own.
    #[error("the other guest ended")]
    Abandoned,
}
