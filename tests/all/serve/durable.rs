//! Batches through whatever happens to the server and its database: none lost, none doubled.

use std::collections::BTreeSet;
use std::time::Duration;

use proofhouse_tests::Server;
use serde_json::{Value, json};

#[path = "../../../service/src/store/tests/postgres.rs"]
mod postgres;

/// Kills of one run: at least twenty, each at another moment.
const KILLS: u64 = 24;

/// Rows for five tasks, every third of them wrong.
fn rows(count: usize) -> String {
    rows_that_count_to(0, count)
}

/// The same, each of which first counts for a while.
fn rows_that_count_to(most: u64, count: usize) -> String {
    let row = |number: usize| {
        let task = number % 5;
        let test = json!({ "name": "t", "kind": "assert", "code": format!("assert add(1) == {}", task + 1) });
        let task = json!({ "id": format!("t{task}"), "language": "python", "prompt": "", "tests": [test] });
        let added = if is_right(number) { number % 5 } else { 9 };
        let code = format!("for _ in range({most}): pass\ndef add(x):\n    return x + {added}  # {number}\n");
        json!({ "task": task, "code": code, "sample_id": number.to_string() }).to_string() + "\n"
    };
    (0..count).map(row).collect()
}

fn is_right(number: usize) -> bool {
    !number.is_multiple_of(3)
}

fn post(server: &Server, body: &str) -> String {
    let answered = server.post_text("/v1/batches", "application/x-ndjson", body);
    assert_eq!(answered.status, 202, "{answered:?}");
    answered.json()["id"].as_str().expect("an id").to_owned()
}

fn status(server: &Server, id: &str) -> Value {
    let answered = server.get(&format!("/v1/batches/{id}"));
    assert_eq!(answered.status, 200, "{answered:?}");
    answered.json()
}

/// The results to the end: each row once, in order, with the verdict that it deserves.
fn check_results(server: &Server, id: &str, count: usize) {
    let results = server.get(&format!("/v1/batches/{id}/results?follow=true")).text;
    let reports: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).expect("a report")).collect();
    let samples: Vec<usize> =
        reports.iter().map(|report| report["sample_id"].as_str().expect("a text").parse().expect("ours")).collect();
    assert_eq!(samples, (0..count).collect::<Vec<_>>());
    for (number, report) in reports.iter().enumerate() {
        assert_eq!((&report["passed"], &report["fault"]), (&json!(is_right(number)), &Value::Null), "{report}");
    }
    let status = status(server, id);
    let right = (0..count).filter(|number| is_right(*number)).count();
    let found = (&status["state"], &status["scored"], &status["passed"], &status["faults"]);
    assert_eq!(found, (&json!("done"), &json!(count), &json!(right), &json!(0)));
}

/// Pauses of 0 to 399 ms that are the same in every run: where in a batch they fall is still the machine's to say.
fn pause(number: u64) -> Duration {
    Duration::from_millis(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & 0xffff).mul_f64(400.0 / 65_536.0)
}

fn kills_in_mid_batch(config: &str) {
    const ROWS: usize = 1500;
    let mut server = Server::start(config);
    // Some twenty milliseconds each, so that the kills are over long before the batch is.
    let id = post(&server, &rows_that_count_to(400_000, ROWS));
    let (mut progress, mut in_mid_batch) = (BTreeSet::new(), 0);
    for number in 0..KILLS {
        std::thread::sleep(pause(number));
        let before = status(&server, &id);
        in_mid_batch += u64::from(before["state"] == "running");
        progress.insert(before["scored"].as_u64());
        // Without a word: nothing is flushed, nothing is told.
        server.restart();
        let after = status(&server, &id);
        assert!(after["scored"].as_u64() >= before["scored"].as_u64(), "{before} {after}");
        assert_eq!(after["accepted"], ROWS);
    }
    println!("killed {in_mid_batch} times in mid-batch, at {} different counts of reports", progress.len());
    assert!(in_mid_batch >= 20, "the batch was done too early");
    check_results(&server, &id, ROWS);
}

#[test]
fn kills_of_the_server_lose_and_double_nothing() {
    kills_in_mid_batch("workers = 2\n");
}

#[test]
fn kills_of_the_server_over_postgres_lose_and_double_nothing() {
    let Some(cluster) = postgres::Cluster::start() else {
        println!("skipped: Postgres is not installed");
        return;
    };
    kills_in_mid_batch(&format!("workers = 2\ndatabase = {:?}\n", cluster.address("postgres")));
}

#[test]
fn postgres_may_crash_under_a_running_batch() {
    let Some(cluster) = postgres::Cluster::start() else {
        println!("skipped: Postgres is not installed");
        return;
    };
    let server = Server::start(&format!("workers = 2\ndatabase = {:?}\n", cluster.address("postgres")));
    let id = post(&server, &rows(300));
    server.until("something is scored", |server| (status(server, &id)["scored"].as_u64()? > 20).then_some(()));
    cluster.stop();
    let refused = server.post_text("/v1/batches", "application/x-ndjson", &rows(1));
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{refused:?}");
    assert_eq!(server.get("/readyz").status, 503);
    assert_eq!(server.get("/healthz").status, 200);
    // What needs no database goes on.
    assert_eq!(server.post("/v1/run", &json!({ "code": "print(1)" })).json()["stdout"], "1\n");
    cluster.resume();
    check_results(&server, &id, 300);
    server.until("ready again", |server| (server.get("/readyz").status == 200).then_some(()));
}

#[test]
fn an_upload_that_is_cut_off_by_a_kill_is_accepted_whole_or_not_at_all() {
    const ROWS: usize = 3000;
    let mut server = Server::start("workers = 1\n");
    let body = rows(ROWS);
    let (mut cut, mut answered) = (0, 0);
    for number in 0..10 {
        let key = format!("upload-{number}");
        let url = server.url("/v1/batches");
        let upload = |url: String| {
            let request = ureq::post(url).header("idempotency-key", &key).content_type("application/x-ndjson");
            let mut response = request.send(&body).ok()?;
            let batch: Value = serde_json::from_str(&response.body_mut().read_to_string().ok()?).ok()?;
            Some(batch["id"].as_str()?.to_owned())
        };
        let first = std::thread::scope(|scope| {
            let uploading = scope.spawn(|| upload(url));
            std::thread::sleep(pause(number) * 2);
            server.kill();
            uploading.join().expect("it ends")
        });
        server.restart();
        let batches = server.get("/v1/batches").json();
        let batches = batches.as_array().expect("a list");
        for batch in batches {
            assert_eq!((&batch["accepted"], &batch["rejected"]), (&json!(ROWS), &json!(0)));
        }
        // A client that heard nothing asks again, and has one batch.
        let again = upload(server.url("/v1/batches")).expect("it is accepted");
        match first {
            Some(first) => {
                answered += 1;
                assert_eq!(again, first);
            }
            None => cut += 1,
        }
        let now = server.get("/v1/batches").json();
        assert_eq!(now.as_array().map(Vec::len), Some(number as usize + 1));
        assert_eq!(server.delete(&format!("/v1/batches/{again}")).status, 200);
    }
    println!("{cut} uploads were cut off, {answered} were answered before");
    assert!(cut > 0);
}

#[test]
fn a_full_disk_refuses_batches_and_keeps_those_that_are_there() {
    let server = Server::start("workers = 1\n");
    let id = post(&server, &rows(200));
    server.until("something is scored", |server| (status(server, &id)["scored"].as_u64()? > 0).then_some(()));
    // No file may grow: what a quota does.
    let limited = set_most_file_bytes(&server, 1);
    server.until("not ready", |server| (server.get("/readyz").status == 503).then_some(()));
    let refused = server.post_text("/v1/batches", "application/x-ndjson", &rows(100));
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(server.get("/healthz").status, 200);
    set_most_file_bytes(&server, limited);
    server.until("ready again", |server| (server.get("/readyz").status == 200).then_some(()));
    check_results(&server, &id, 200);
    let id = post(&server, &rows(100));
    check_results(&server, &id, 100);
}

/// Sets the soft limit on the size of the server's files; the one before.
fn set_most_file_bytes(server: &Server, bytes: u64) -> u64 {
    let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let process = i32::try_from(server.pid()).expect("a process has a small number");
    // SAFETY: both structs live through the calls, and the process is a child of ours that was not waited for.
    unsafe {
        assert_eq!(libc::prlimit(process, libc::RLIMIT_FSIZE, std::ptr::null(), &mut before), 0);
        let now = libc::rlimit { rlim_cur: bytes, ..before };
        assert_eq!(libc::prlimit(process, libc::RLIMIT_FSIZE, &now, std::ptr::null_mut()), 0);
    }
    before.rlim_cur
}

#[test]
fn a_server_that_is_asked_to_end_hands_its_batches_back() {
    let mut server = Server::start("workers = 2\n");
    let id = post(&server, &rows(300));
    server.until("something is scored", |server| (status(server, &id)["scored"].as_u64()? > 20).then_some(()));
    assert_eq!(server.terminate(), Some(0), "{}", server.log());
    server.restart();
    check_results(&server, &id, 300);
}

#[test]
fn two_servers_may_share_a_postgres() {
    let Some(cluster) = postgres::Cluster::start() else {
        println!("skipped: Postgres is not installed");
        return;
    };
    let config = format!("workers = 1\ndatabase = {:?}\n", cluster.address("postgres"));
    let (mut one, two) = (Server::start(&config), Server::start(&config));
    two.until("it says so", |two| two.log().contains("another server runs the batches").then_some(()));
    let id = post(&two, &rows(400));
    two.until("something is scored", |two| (status(two, &id)["scored"].as_u64()? > 20).then_some(()));
    // The first runs it; when that is killed, the second takes over.
    one.kill();
    check_results(&two, &id, 400);
}
