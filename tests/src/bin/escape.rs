//! What a worker would do that was broken into: one attempt to get out, behind the locks of real workers or behind a part of
//! them. Prints `escaped`, or the error that it got; or is killed.
//!
//! `escape all|rights|none CACHE ATTEMPT [ARGUMENT]`

use std::ffi::{CStr, CString};
use std::fs::{self, OpenOptions};
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::num::NonZeroUsize;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::os::unix::process::parent_id;
use std::path::Path;

use libc::c_long;
use proofhouse_service::worker::{Options, behind_locks, lockdown};

const PASSWD: &CStr = c"/etc/passwd";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [walls, cache, attempt, rest @ ..] = arguments.as_slice() else { panic!("which walls, cache and attempt") };
    let argument = rest.first().map_or("", String::as_str);
    let escape = Escape { cache: Path::new(cache), argument, parent: parent_id() };
    let done = match walls.as_str() {
        "all" => {
            let options = Options { cache: cache.into(), tasks: NonZeroUsize::MIN, packages: false };
            let done = behind_locks(&options, |_, hello| {
                assert_eq!(hello.unlocked, Vec::<String>::new(), "this kernel locks everything");
                escape.attempt(attempt)
            });
            done.expect("the sandbox opens")
        }
        "rights" => {
            assert_eq!(lockdown::give_up_rights(), Vec::<String>::new(), "this kernel locks everything");
            escape.attempt(attempt)
        }
        "none" => escape.attempt(attempt),
        other => panic!("no such walls: `{other}`"),
    };
    let said = match done.as_ref().map_err(io::Error::raw_os_error) {
        Ok(()) => "escaped".to_owned(),
        Err(Some(libc::EACCES)) => "EACCES".to_owned(),
        Err(Some(libc::EPERM)) => "EPERM".to_owned(),
        Err(_) => format!("{done:?}"),
    };
    #[expect(clippy::print_stdout, reason = "what the test reads")]
    {
        print!("{said}");
    }
}

struct Escape<'a> {
    cache: &'a Path,
    argument: &'a str,
    parent: u32,
}

impl Escape<'_> {
    fn attempt(&self, name: &str) -> io::Result<()> {
        match name {
            "connect TCP" => TcpStream::connect(self.argument).map(drop),
            "listen on TCP" => TcpListener::bind("127.0.0.1:0").map(drop),
            "send UDP" => {
                UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"x", self.argument)).map(drop)
            }
            "connect to a UNIX socket" => UnixStream::connect(self.argument).map(drop),
            "connect to an abstract UNIX socket" => {
                let address = SocketAddr::from_abstract_name(self.argument)?;
                UnixStream::connect_addr(&address).map(drop)
            }
            "a raw socket" => call(libc::SYS_socket, [libc::AF_PACKET as usize, libc::SOCK_RAW as usize, 0, 0, 0, 0]),
            "read /etc/passwd" => fs::read("/etc/passwd").map(drop),
            "read its environment" => fs::read("/proc/self/environ").map(drop),
            "read the parent's memory" => fs::File::open(format!("/proc/{}/mem", self.parent)).map(drop),
            "list a folder" => fs::read_dir("/").map(drop),
            "openat2" => {
                let how = [0_u64; 3];
                call(libc::SYS_openat2, [self.here(), address(PASSWD), how.as_ptr().addr(), size_of_val(&how), 0, 0])
            }
            "open by handle" => self.open_by_handle(),
            "write to /tmp" => {
                fs::write("/tmp/proofhouse-escaped", "x").and_then(|()| fs::remove_file("/tmp/proofhouse-escaped"))
            }
            "write to the cache" => {
                let path = self.cache.join("escaped");
                fs::write(&path, "x").and_then(|()| fs::remove_file(path))
            }
            "open the module for writing" => OpenOptions::new().append(true).open(self.argument).map(drop),
            "truncate a file" => {
                let path = CString::new(self.argument)?;
                call(libc::SYS_truncate, [address(&path), 0, 0, 0, 0, 0])
            }
            "remove a file" => fs::remove_file(self.argument),
            "make a link" => std::os::unix::fs::symlink("/etc/passwd", self.argument),
            "exec /bin/sh" => {
                let arguments = [c"/bin/sh", c"-c", c"printf escaped"].map(address);
                let arguments = [&arguments[..], &[0]].concat();
                call(libc::SYS_execve, [arguments[0], arguments.as_ptr().addr(), 0, 0, 0, 0])
            }
            "exec from memory" => exec_from_memory(),
            "fork" => fork(),
            "clone a thread" => std::thread::Builder::new().spawn(|| ()).map(drop),
            "ptrace the parent" => {
                call(libc::SYS_ptrace, [libc::PTRACE_SEIZE as usize, self.parent as usize, 0, 0, 0, 0])
            }
            "read the parent's memory by process_vm_readv" => self.read_parent(),
            "kill a process" => call(libc::SYS_kill, [self.number()?, libc::SIGTERM as usize, 0, 0, 0, 0]),
            "kill a thread of another process" => {
                call(libc::SYS_tgkill, [self.number()?, self.number()?, libc::SIGTERM as usize, 0, 0, 0])
            }
            "take another process by its descriptor" => {
                call(libc::SYS_pidfd_open, [self.parent as usize, 0, 0, 0, 0, 0])
            }
            "mount" => call(libc::SYS_mount, [address(c"none"), address(c"/proc/self"), address(c"tmpfs"), 0, 0, 0]),
            "chroot" => call(libc::SYS_chroot, [address(c"/"), 0, 0, 0, 0, 0]),
            "unshare" => call(libc::SYS_unshare, [libc::CLONE_NEWNS as usize, 0, 0, 0, 0, 0]),
            "setns" => call(libc::SYS_setns, [0, 0, 0, 0, 0, 0]),
            // BPF_PROG_GET_NEXT_ID
            "bpf" => call(libc::SYS_bpf, [11, [0_u64; 16].as_ptr().addr(), 128, 0, 0, 0]),
            "io_uring" => call(libc::SYS_io_uring_setup, [1, [0_u64; 15].as_mut_ptr().addr(), 0, 0, 0, 0]),
            "userfaultfd" => call(libc::SYS_userfaultfd, [0; 6]),
            "perf events" => {
                call(libc::SYS_perf_event_open, [[0_u64; 16].as_ptr().addr(), 0, usize::MAX, usize::MAX, 0, 0])
            }
            "setuid" => call(libc::SYS_setuid, [65_534, 0, 0, 0, 0, 0]),
            "raise a limit" => {
                let most = libc::rlimit { rlim_cur: 1 << 20, rlim_max: libc::RLIM_INFINITY };
                let limit = (&raw const most).addr();
                call(libc::SYS_prlimit64, [0, libc::RLIMIT_NOFILE as usize, limit, 0, 0, 0])
            }
            // KEYCTL_GET_KEYRING_ID of the session
            "keyctl" => call(libc::SYS_keyctl, [0, -3_isize as usize, 1, 0, 0, 0]),
            "be read by others" => is_dumpable(),
            "be dumpable again" => call(libc::SYS_prctl, [libc::PR_SET_DUMPABLE as usize, 1, 0, 0, 0, 0]),
            "type into a terminal" => call(libc::SYS_ioctl, [0, libc::TIOCSTI as usize, address(c"x"), 0, 0, 0]),
            "write code" => map(libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC),
            "pass a file on" => call(libc::SYS_sendmsg, [0; 6]),
            "a system call of 32 bits" => call_of_32_bits(),
            "learn whether a file exists" => {
                let mut found = [0_u64; 32];
                let flag = libc::AT_EMPTY_PATH as usize;
                call(libc::SYS_statx, [self.here(), address(PASSWD), flag, 0, found.as_mut_ptr().addr(), 0])
            }
            other => panic!("no such attempt: `{other}`"),
        }
    }

    fn here(&self) -> usize {
        libc::AT_FDCWD as usize
    }

    fn number(&self) -> io::Result<usize> {
        self.argument.parse().map_err(io::Error::other)
    }

    fn open_by_handle(&self) -> io::Result<()> {
        // `struct file_handle`: room for 128 bytes, then the kernel's own.
        let mut handle = [0_u32; 34];
        handle[0] = 128;
        let (at, mut mount) = (handle.as_mut_ptr().addr(), 0_i32);
        let id = (&raw mut mount).addr();
        call(libc::SYS_name_to_handle_at, [self.here(), address(PASSWD), at, id, 0, 0])?;
        call(libc::SYS_open_by_handle_at, [self.here(), at, 0, 0, 0, 0])
    }

    fn read_parent(&self) -> io::Result<()> {
        let mut byte = 0_u8;
        let ours = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let theirs = libc::iovec { iov_base: self.number()? as *mut _, iov_len: 1 };
        let (ours, theirs) = ((&raw const ours).addr(), (&raw const theirs).addr());
        call(libc::SYS_process_vm_readv, [self.parent as usize, ours, 1, theirs, 1, 0])
    }
}

fn address(text: &CStr) -> usize {
    text.as_ptr().addr()
}

fn call(number: c_long, arguments: [usize; 6]) -> io::Result<()> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: addresses among the arguments are of values that outlive the call and are as large as the kernel takes them to be;
    // a wrong one gets an error from the kernel.
    let returned = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    if returned < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Whether other processes of this user may read this one's memory.
fn is_dumpable() -> io::Result<()> {
    // SAFETY: asks for a number.
    match unsafe { libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0) } {
        0 => Err(io::Error::from_raw_os_error(libc::EPERM)),
        _ => Ok(()),
    }
}

fn fork() -> io::Result<()> {
    // SAFETY: the child does nothing but end.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: ends the child without running anything of the parent's.
        0 => unsafe { libc::_exit(0) },
        _ => Ok(()),
    }
}

fn exec_from_memory() -> io::Result<()> {
    // SAFETY: a name that outlives the call.
    let file = unsafe { libc::memfd_create(c"escaped".as_ptr(), 0) };
    if file < 0 {
        return Err(io::Error::last_os_error());
    }
    let arguments = [std::ptr::null::<u8>()];
    let none = arguments.as_ptr().addr();
    let executed = call(libc::SYS_execveat, [file as usize, address(c""), none, none, libc::AT_EMPTY_PATH as usize, 0]);
    // An empty file is refused for what is in it where nothing else refuses it.
    match executed {
        Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => Ok(()),
        other => other,
    }
}

fn map(protection: i32) -> io::Result<()> {
    // SAFETY: a new mapping that nothing else knows of.
    let mapped =
        unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// `getppid`, which another architecture's filter would have to know.
#[cfg(target_arch = "x86_64")]
fn call_of_32_bits() -> io::Result<()> {
    let mut number = 64_isize;
    // SAFETY: the call takes no arguments and touches no memory.
    unsafe { std::arch::asm!("int 0x80", inout("rax") number) };
    if number < 0 { Err(io::Error::from_raw_os_error(-number as i32)) } else { Ok(()) }
}

#[cfg(not(target_arch = "x86_64"))]
fn call_of_32_bits() -> io::Result<()> {
    call(libc::SYS_getppid, [0; 6])
}
