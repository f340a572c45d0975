//! Attempts to get out of a worker, as if wasmtime had a hole. Each is tried behind all locks, behind those of the first step
//! alone, so that either wall is seen to stand without the other, and behind none, so that the attempt is seen to be one.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use proofhouse_tests::{cache, sandbox};

/// Killed for a system call that is not on the list.
const KILLED: &str = "SIGSYS";
const ACCESS: &str = "EACCES";
const PERMISSION: &str = "EPERM";
const ESCAPED: &str = "escaped";

/// What an attempt came to.
fn attempt(walls: &str, name: &str, argument: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_escape"));
    command.arg(walls).arg(cache()).args([name, argument]).stdin(Stdio::null());
    let output = command.output().unwrap();
    match output.status.signal() {
        Some(libc::SIGSYS) => KILLED.to_owned(),
        Some(signal) => format!("signal {signal}"),
        None => String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn every_way_out_is_refused() {
    sandbox();
    let folder = tempfile::tempdir().unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let path = folder.path().join("socket");
    let _unix = UnixListener::bind(&path).unwrap();
    let name = format!("proofhouse-{}", std::process::id());
    let _named = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "kept").unwrap();
    let mut victim = Command::new("sleep").arg("1000").spawn().unwrap();
    let byte = 7_u8;

    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let (tcp, udp) = (tcp.local_addr().unwrap().to_string(), udp.local_addr().unwrap().to_string());
    let (path, link, module) = (text(&path), text(&folder.path().join("link")), text(&module()));
    let (file, pid, memory) = (text(&file), victim.id().to_string(), (&raw const byte).addr().to_string());

    // The attempt, its argument, and what it comes to behind the first step alone and behind both.
    let attempts: [(&str, &str, &str, &str); 42] = [
        ("connect TCP", &tcp, ACCESS, KILLED),
        ("listen on TCP", "", ACCESS, KILLED),
        // Landlock knows of UDP from Linux 7.2 on, and of named sockets from 7.1.
        ("send UDP", &udp, "", KILLED),
        ("connect to a UNIX socket", &path, "", KILLED),
        ("connect to an abstract UNIX socket", &name, PERMISSION, KILLED),
        ("a raw socket", "", PERMISSION, KILLED),
        ("read /etc/passwd", "", ACCESS, ACCESS),
        ("read its environment", "", ACCESS, ACCESS),
        ("read the parent's memory", "", ACCESS, ACCESS),
        ("list a folder", "", ACCESS, ACCESS),
        ("openat2", "", ACCESS, KILLED),
        ("open by handle", "", PERMISSION, KILLED),
        ("write to /tmp", "", ACCESS, ACCESS),
        ("write to the cache", "", ACCESS, ACCESS),
        ("open the module for writing", &module, ACCESS, ACCESS),
        ("truncate a file", &file, ACCESS, KILLED),
        ("remove a file", &file, ACCESS, KILLED),
        ("make a link", &link, ACCESS, KILLED),
        ("exec /bin/sh", "", ACCESS, KILLED),
        ("exec from memory", "", ESCAPED, KILLED),
        ("fork", "", ESCAPED, KILLED),
        ("clone a thread", "", ESCAPED, KILLED),
        ("ptrace the parent", "", PERMISSION, KILLED),
        ("read the parent's memory by process_vm_readv", &memory, PERMISSION, KILLED),
        ("kill a process", &pid, PERMISSION, KILLED),
        ("kill a thread of another process", &pid, PERMISSION, KILLED),
        ("take another process by its descriptor", "", ESCAPED, KILLED),
        ("mount", "", PERMISSION, KILLED),
        ("chroot", "", PERMISSION, KILLED),
        ("unshare", "", PERMISSION, KILLED),
        ("bpf", "", PERMISSION, KILLED),
        ("io_uring", "", ESCAPED, KILLED),
        ("setuid", "", PERMISSION, KILLED),
        ("raise a limit", "", PERMISSION, KILLED),
        ("keyctl", "", ESCAPED, KILLED),
        ("be read by others", "", PERMISSION, KILLED),
        ("be dumpable again", "", ESCAPED, KILLED),
        ("write code", "", ESCAPED, KILLED),
        ("a system call of 32 bits", "", ESCAPED, KILLED),
        // What these come to without the second step is the kernel's settings' affair.
        ("userfaultfd", "", "", KILLED),
        ("perf events", "", "", KILLED),
        // A known miss: the sandbox asks for the length of the module that it has open, and a filter can't see that a path is
        // given besides.
        ("learn whether a file exists", "", ESCAPED, ESCAPED),
    ];
    let mut wrong = Vec::new();
    for (name, argument, by_rights, by_all) in attempts {
        for (walls, expected) in [("rights", by_rights), ("all", by_all)] {
            let came_to = if expected.is_empty() { String::new() } else { attempt(walls, name, argument) };
            if came_to != expected {
                wrong.push(format!("{name}, behind {walls}: {came_to} and not {expected}"));
            }
        }
    }
    for (name, argument) in [("setns", ""), ("type into a terminal", ""), ("pass a file on", "")] {
        if attempt("all", name, argument) != KILLED {
            wrong.push(format!("{name} is not the end of the worker"));
        }
    }
    let alive = victim.try_wait().unwrap().is_none();
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(alive && std::fs::read_to_string(file).unwrap() == "kept");
}

#[test]
fn the_same_attempts_succeed_where_nothing_is_locked() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listener = TcpListener::bind(tcp).unwrap();
    let attempts = [
        ("connect TCP", listener.local_addr().unwrap().to_string()),
        ("listen on TCP", String::new()),
        ("read /etc/passwd", String::new()),
        ("read its environment", String::new()),
        ("openat2", String::new()),
        ("write to /tmp", String::new()),
        ("exec /bin/sh", String::new()),
        ("exec from memory", String::new()),
        ("fork", String::new()),
        ("clone a thread", String::new()),
        ("be read by others", String::new()),
        ("be dumpable again", String::new()),
        ("write code", String::new()),
        ("learn whether a file exists", String::new()),
    ];
    for (name, argument) in attempts {
        assert_eq!(attempt("none", name, &argument), ESCAPED, "{name}");
    }
}

/// The compiled interpreter that workers read.
fn module() -> PathBuf {
    let entries = std::fs::read_dir(cache()).unwrap().map(|entry| entry.unwrap().path().join("module.cwasm"));
    entries.into_iter().find(|path| path.exists()).unwrap()
}
