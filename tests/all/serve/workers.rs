//! Workers that die, and what becomes of their jobs.

use std::time::Duration;

use proofhouse_tests::Server;
use serde_json::{Value, json};

/// Takes some seconds in a debug build, and as much fuel as it may have.
fn long() -> Value {
    json!({ "code": "while True: pass", "limits": { "fuel": 20_000_000_000_u64 } })
}

fn level(server: &Server, name: &str) -> Option<f64> {
    let text = server.get("/metrics").text;
    let lines = text.lines().filter(|line| line.starts_with(name));
    let values: Vec<f64> = lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

fn until_busy(server: &Server) {
    server.until("a worker is busy", |server| (level(server, "proofhouse_workers_busy")? >= 1.0).then_some(()));
}

fn kill_workers(server: &Server) {
    for worker in server.workers() {
        // SAFETY: a signal to a worker of a server of ours, which was listed a moment ago.
        unsafe { libc::kill(worker as i32, libc::SIGKILL) };
    }
}

#[test]
fn a_job_whose_worker_dies_is_done_by_another() {
    let server = Server::start("workers = 1\n");
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.post("/v1/run", &long()));
        until_busy(&server);
        kill_workers(&server);
        let answered = asked.join().expect("it is answered");
        assert_eq!((answered.status, &answered.json()["outcome"]), (200, &json!("out_of_fuel")));
    });
    assert!(level(&server, "proofhouse_worker_restarts_total") >= Some(1.0));
    assert_eq!(server.post("/v1/run", &json!({ "code": "print(1)" })).json()["stdout"], "1\n");
}

#[test]
fn a_job_whose_workers_die_twice_is_a_fault_and_no_verdict() {
    let server = Server::start("workers = 1\n");
    let test = json!({ "name": "t", "kind": "assert", "code": "assert True" });
    let task = json!({ "id": "t", "language": "python", "prompt": "", "tests": [test], "limits": { "fuel": 20_000_000_000_u64 } });
    let request = json!({ "task": task, "code": "while True: pass" });
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| server.post("/v1/score", &request));
        for _ in 0..2 {
            until_busy(&server);
            kill_workers(&server);
            server.until("its end was noticed", |server| {
                (level(server, "proofhouse_workers_busy")? == 0.0).then_some(())
            });
        }
        let answered = asked.join().expect("it is answered");
        let report = answered.json();
        assert_eq!((answered.status, &report["score"], &report["passed"]), (200, &Value::Null, &json!(false)));
        assert!(report["fault"].as_str().expect("a fault").contains("signal: 9"), "{report}");
        assert_eq!(answered.header("cache-status"), Some("proofhouse; fwd=bypass"));
    });
    assert_eq!(server.post("/v1/run", &json!({ "code": "print(1)" })).json()["stdout"], "1\n");
}

#[test]
fn a_worker_that_takes_too_long_is_ended() {
    let server = Server::start("workers = 1\n[worker]\njob_wall = 1\n");
    let answered =
        server.post("/v1/run", &json!({ "code": "while True: pass", "limits": { "fuel": 400_000_000_000_u64 } }));
    assert_eq!(answered.status, 500, "{answered:?}");
    assert!(answered.json()["detail"].as_str().expect("a text").contains("did not answer within 1s"), "{answered:?}");
    assert_eq!(server.post("/v1/run", &json!({ "code": "print(1)" })).json()["stdout"], "1\n");
}

#[test]
fn a_request_whose_client_has_gone_is_not_run() {
    let server = Server::start("workers = 1\n");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| server.post("/v1/run", &long()));
        until_busy(&server);
        let second = ureq_that_gives_up(&server);
        assert!(second.is_err(), "it gave up");
        server.until("nobody waits", |server| (level(server, "proofhouse_queue_depth")? == 0.0).then_some(()));
        assert_eq!(first.join().expect("it is answered").status, 200);
    });
    // Only the first was run, and what came after it.
    assert_eq!(level(&server, "proofhouse_outcomes_total"), Some(1.0));
}

fn ureq_that_gives_up(server: &Server) -> Result<(), ureq::Error> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(300))).build().into();
    agent.post(server.url("/v1/run")).send_json(long()).map(drop)
}

#[test]
fn what_would_wait_too_long_is_refused_at_once() {
    let server = Server::start("workers = 1\n[queue]\nmax_wait_ms = 1\n");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| server.post("/v1/run", &long()));
        until_busy(&server);
        let refused = server.post("/v1/run", &long());
        assert_eq!(refused.status, 503, "{refused:?}");
        let wait: u64 = refused.header("retry-after").expect("it says when").parse().expect("a number");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(first.join().expect("it is answered").status, 200);
    });
}
