//! The few system calls that the standard library has no words for.

use std::io;

use libc::c_int;

/// `_LINUX_CAPABILITY_VERSION_3`: sets of 64 bits, in two halves.
const CAPABILITY_VERSION: u32 = 0x2008_0522;

/// `struct __user_cap_header_struct` of linux/capability.h.
#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: c_int,
}

/// `struct __user_cap_data_struct` of linux/capability.h.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilityHalf {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

fn checked(returned: impl Into<i64>) -> io::Result<()> {
    if returned.into() == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `prctl` with one number.
pub(super) fn prctl(option: c_int, value: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the options that are used here take numbers, no addresses.
    checked(unsafe { libc::prctl(option, value, 0 as libc::c_ulong, 0 as libc::c_ulong, 0 as libc::c_ulong) })
}

/// Drops what root, or a service that was given some, can do beyond other users. Of the calling thread and those it makes.
pub(super) fn drop_capabilities() -> io::Result<()> {
    let header = CapabilityHeader { version: CAPABILITY_VERSION, pid: 0 };
    let none = [CapabilityHalf::default(); 2];
    // SAFETY: the kernel reads one header and, for this version, two halves; both outlive the call.
    checked(unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) })
}

/// Sets a limit that can't be raised again.
///
/// The type of `resource` is another one for each C library.
pub(super) fn limit(resource: impl Into<i64>, most: u64) -> io::Result<()> {
    let limit = libc::rlimit64 { rlim_cur: most, rlim_max: most };
    let no_old = std::ptr::null::<libc::rlimit64>();
    // SAFETY: the kernel reads one `rlimit64`, which outlives the call, and writes nothing.
    checked(unsafe { libc::syscall(libc::SYS_prlimit64, 0 as c_int, resource.into(), &raw const limit, no_old) })
}

/// Closes every file but the standard three: what a server forgot to close is not for its workers. At the start of a
/// process, before it opened anything itself.
pub(in super::super) fn close_inherited() -> io::Result<()> {
    // SAFETY: nothing of this process owns one of these yet, as the caller says.
    checked(unsafe { libc::syscall(libc::SYS_close_range, 3 as libc::c_uint, libc::c_uint::MAX, 0 as libc::c_uint) })
}
