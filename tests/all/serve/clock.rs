//! The machine's clock jumps, and nothing depends on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use proofhouse_tests::Server;
use serde_json::json;

/// Adds the seconds that a file says to the time of day, and to nothing else.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (clock != CLOCK_REALTIME) return result;
    FILE *file = fopen(getenv("CLOCK_OFFSET"), "r");
    long offset = 0;
    if (file) { if (fscanf(file, "%ld", &offset) != 1) offset = 0; fclose(file); }
    now->tv_sec += offset;
    return result;
}
"#;

fn build(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    std::fs::write(&source, CLOCK).unwrap();
    let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    assert!(status.unwrap().success());
    library
}

#[test]
fn a_clock_that_jumps_to_and_fro_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (library, offset) = (build(folder.path()), folder.path().join("offset"));
    let jump = |seconds: i64| std::fs::write(&offset, seconds.to_string()).unwrap();
    jump(0);
    let server =
        Server::start_in(&[("LD_PRELOAD", &library), ("CLOCK_OFFSET", &offset)], "workers = 1\n[http]\nhead = 30\n");
    let test = json!({ "name": "t", "kind": "assert", "code": "assert f() == 1" });
    let row = |number: usize| {
        let task = json!({ "id": "t", "language": "python", "prompt": "", "tests": [test] });
        let code = format!("for _ in range(50_000): pass\ndef f(): return 1  # {number}\n");
        format!("{}\n", json!({ "task": task, "code": code, "sample_id": number.to_string() }))
    };
    let rows: String = (0..200).map(row).collect();
    let accepted = server.post_text("/v1/batches", "application/x-ndjson", &rows);
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let path = format!("/v1/batches/{}", accepted.json()["id"].as_str().unwrap());
    let created = accepted.json()["created_at"].as_u64().unwrap();
    for seconds in [86_400, -86_400, 20 * 86_400, -3_600, 1, 0, 7 * 86_400] {
        jump(seconds);
        let run = server.post("/v1/run", &json!({ "code": "import time\nprint(int(time.time()))" }));
        assert_eq!(run.json()["stdout"], "1767225600\n", "the guest's clock is its own: {run:?}");
        assert_eq!(server.get("/readyz").status, 200);
    }
    let results = server.get(&format!("{path}/results?follow=true")).text;
    assert_eq!(results.lines().filter(|line| line.contains("\"passed\":true")).count(), 200);
    let status = server.get(&path).json();
    assert_eq!((&status["state"], &status["scored"]), (&json!("done"), &json!(200)), "{status}");
    // The clock was heard: the batch ended a week after it began.
    assert!(status["finished_at"].as_u64().unwrap() >= created + 7 * 86_400, "{status}");
}
