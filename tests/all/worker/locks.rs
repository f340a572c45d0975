//! What the kernel says of a worker that is locked, and what becomes of one whose server is gone.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use proofhouse_tests::{Worker, cache, command, sandbox};

#[test]
fn every_thread_is_locked() {
    let worker = Worker::start(&[]);
    let process = format!("/proc/{}", worker.child.id());
    let threads: Vec<_> =
        std::fs::read_dir(format!("{process}/task")).unwrap().map(|task| task.unwrap().path()).collect();
    assert_eq!(threads.len(), 2, "the first, and the one that works");
    for thread in threads {
        let status = std::fs::read_to_string(thread.join("status")).unwrap();
        let lines = [
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
            "Seccomp_filters:\t2",
            "CapEff:\t0000000000000000",
            "CapPrm:\t0000000000000000",
        ];
        for line in lines {
            assert!(status.lines().any(|there| there == line), "{line} in {status}");
        }
    }
    let limits = std::fs::read_to_string(format!("{process}/limits")).unwrap();
    for (limit, most) in [
        ("Max core file size", "0"),
        ("Max file size", "0"),
        ("Max open files", "64"),
        ("Max processes", "0"),
        ("Max locked memory", "0"),
        ("Max msgqueue size", "0"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(limit)).unwrap();
        let values: Vec<&str> = line[limit.len()..].split_whitespace().take(2).collect();
        assert_eq!(values, [most, most], "{line}");
    }
    assert_eq!(std::fs::read_to_string(format!("{process}/oom_score_adj")).unwrap(), "500\n");
    assert!(worker.end().success());
}

#[test]
fn a_worker_dies_with_its_server_even_where_somebody_holds_its_socket() {
    sandbox();
    let program = command().get_program().to_owned();
    let (ours, theirs) = UnixStream::pair().unwrap();
    // A shell stands for the server: it starts a worker on its own standard input, and is killed.
    let mut server = Command::new("/bin/sh")
        .args(["-c", "exec 3<&0; \"$0\" worker --tasks 1 --cache \"$1\" <&3 & wait"])
        .arg(program)
        .arg(cache())
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .unwrap();
    let mut hello = [0; 4];
    (&ours).read_exact(&mut hello).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    ours.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut rest = Vec::new();
    (&ours).read_to_end(&mut rest).expect("the end of the stream, since nobody has the other end any more");
}
