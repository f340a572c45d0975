//! Batches that go on through whatever happens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::{Log, accepted, ask, by, numbers, post, request, row, rows, run, samples, server, two_clients, wait_for};
use crate::batches::{BatchSettings, Batches};
use crate::config::Config;
use crate::dispatcher::NotDone;
use crate::store::tests::databases::{Database, on_each, on_sqlite};
use crate::store::tests::report;

#[test]
fn a_restart_goes_on_where_it_ended() {
    on_each(async |database| {
        let (log, mut stops) = (Log::default(), 0);
        let first = database.open().await;
        let batch = post(&server(&first, Config::default()), rows(200)).await;
        first.close().await;
        loop {
            let store = database.open().await;
            let server = server(&store, Config::default());
            let batches = run(&store, Duration::from_millis(1), &log);
            let before = log.lock().unwrap().len();
            wait_for("nothing goes on", async || {
                log.lock().unwrap().len() >= before + 40 || store.running().await.unwrap().is_empty()
            })
            .await;
            batches.stop().await;
            stops += 1;
            if store.running().await.unwrap().is_empty() {
                assert_eq!(samples(&server, &batch, "").await, numbers(200));
                break;
            }
            store.close().await;
        }
        let log = log.lock().unwrap();
        assert!(stops > 2);
        // A stop waits for what runs: nothing was scored twice.
        assert_eq!((log.len(), log.iter().collect::<BTreeSet<_>>().len()), (200, 200));
    });
}

#[test]
fn batches_and_clients_take_turns() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let server = server(&store, two_clients());
        let batch = async |client: &str, task: &str| {
            let body: String = (0..40).map(|_| row(task, "x") + "\n").collect();
            accepted(ask(&server, by(client, request("POST", "/v1/batches", body))).await).await;
        };
        batch("one", "first").await;
        batch("one", "second").await;
        batch("other", "third").await;
        let log = Log::default();
        let batches = run(&store, Duration::from_millis(1), &log);
        wait_for("not all is done", async || store.running().await.unwrap().is_empty()).await;
        batches.stop().await;
        let log = log.lock().unwrap();
        let early = |what: &str| log[..64].iter().filter(|line| line.starts_with(what)).count();
        // Half for each client, and a quarter for each batch of the client that has two.
        let shares = (early("other/batch third"), early("one/batch first"), early("one/batch second"));
        assert_eq!(shares, (32, 16, 16));
    });
}

#[test]
fn faults_are_reports_and_overload_is_waited_out() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let asked = Arc::new(AtomicUsize::new(0));
        let settings = BatchSettings { in_flight: 2, retention_days: 30 };
        let batches = Batches::start(store.clone(), settings, move |_, _, submission| {
            let asked = asked.fetch_add(1, Ordering::Relaxed);
            async move {
                match (asked, submission.sample_id.0.as_str()) {
                    (0..5, _) => Err(NotDone::Overloaded { retry_after: Duration::from_millis(1) }),
                    (_, "1") => Err(NotDone::Fault("lost".to_owned())),
                    (_, sample) => {
                        let mut report = report("a", "");
                        report.sample_id.0 = sample.to_owned();
                        Ok(report)
                    }
                }
            }
        });
        let batch = post(&server, rows(4)).await;
        assert_eq!(samples(&server, &batch, "?follow=true").await, numbers(4));
        let status = store.batches("anonymous").await.unwrap().remove(0);
        assert_eq!((status.scored, status.passed, status.faults), (4, 3, 1));
        batches.stop().await;
    });
}

#[test]
fn one_server_of_two_runs_batches_and_the_other_takes_over() {
    on_each(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let (log_one, log_two) = (Log::default(), Log::default());
        let first = run(&one, Duration::from_millis(1), &log_one);
        let server = server(&two, Config::default());
        // Both servers accept; only the first runs.
        let batch = post(&server, rows(20)).await;
        let second = run(&two, Duration::from_millis(1), &log_two);
        assert_eq!(samples(&server, &batch, "?follow=true").await, numbers(20));
        assert_eq!((log_one.lock().unwrap().len(), log_two.lock().unwrap().len()), (20, 0));
        first.stop().await;
        let batch = post(&server, rows(20)).await;
        assert_eq!(samples(&server, &batch, "?follow=true").await, numbers(20));
        assert_eq!((log_one.lock().unwrap().len(), log_two.lock().unwrap().len()), (20, 20));
        second.stop().await;
    });
}

#[test]
fn batches_wait_for_a_file_that_is_gone() {
    on_sqlite(async |database| {
        let file = database.folder.as_ref().unwrap().path().join("state.db");
        let aside = file.with_extension("aside");
        goes_on_after(database, || std::fs::rename(&file, &aside).unwrap(), || std::fs::rename(&aside, &file).unwrap())
            .await;
    });
}

#[test]
fn batches_wait_for_postgres_to_come_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(cluster) = crate::store::tests::postgres::Cluster::start().map(Arc::new) else {
            println!("skipped: Postgres is not installed");
            return;
        };
        let database = Database::in_cluster(cluster.clone()).await;
        goes_on_after(&database, || cluster.stop(), || cluster.resume()).await;
    });
}

/// Takes the database away in the middle of a batch, and gives it back.
async fn goes_on_after(database: &Database, take: impl Fn(), give_back: impl Fn()) {
    let store = database.open().await;
    let server = server(&store, Config::default());
    let log = Log::default();
    let batches = run(&store, Duration::from_millis(5), &log);
    let batch = post(&server, rows(300)).await;
    let follow = tokio::spawn({
        let (server, batch) = (server.clone(), batch.clone());
        async move { samples(&server, &batch, "?follow=true").await }
    });
    wait_for("nothing was scored", async || log.lock().unwrap().len() > 30).await;
    take();
    let begun = Instant::now();
    for (method, path, body) in [
        ("POST", "/v1/batches".to_owned(), rows(1)),
        ("GET", "/v1/batches".to_owned(), String::new()),
        ("GET", format!("/v1/batches/{}", batch.id), String::new()),
    ] {
        let response = ask(&server, request(method, &path, body)).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{method} {path}");
        assert!(response.headers().contains_key("retry-after"));
    }
    assert!(store.check().await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // Long enough that what runs is done, and its reports wait.
    tokio::time::sleep(Duration::from_millis(500)).await;
    give_back();
    let followed = tokio::time::timeout(Duration::from_secs(60), follow).await.unwrap().unwrap();
    assert_eq!(followed, numbers(300));
    wait_for("the store is not well again", async || store.check().await.is_ok()).await;
    // Reports that were made while it was away are kept: at most those that ran as it came back were made twice.
    let scored = log.lock().unwrap().len();
    assert!(scored <= 310, "{scored}");
    batches.stop().await;
}
