//! What clients are told of their batches.

use std::time::Duration;

use axum::http::StatusCode;
use proofhouse_types::{BatchState, BatchStatus};

use super::{
    Log, accepted, ask, by, json, numbers, post, request, rows, run, samples, server, text, two_clients, wait_for,
};
use crate::config::Config;
use crate::store::tests::databases::on_each;

#[test]
fn results_come_in_the_order_of_the_submissions() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let batches = run(&store, Duration::from_millis(2), &Log::default());
        let batch = post(&server, rows(300)).await;
        // Both begin long before the end.
        let (one, two) =
            tokio::join!(samples(&server, &batch, "?follow=true"), samples(&server, &batch, "?follow=true"));
        assert_eq!((one, two), (numbers(300), numbers(300)));
        assert_eq!(samples(&server, &batch, "").await, numbers(300));
        let path = format!("/v1/batches/{}", batch.id);
        let status: BatchStatus =
            serde_json::from_value(json(ask(&server, request("GET", &path, "")).await).await).unwrap();
        assert_eq!((status.state, status.scored, status.passed), (BatchState::Done, 300, 300));
        batches.stop().await;
    });
}

#[test]
fn results_that_are_there_can_be_read_while_others_are_not() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let batches = run(&store, Duration::from_millis(20), &Log::default());
        let batch = post(&server, rows(60)).await;
        wait_for("nothing was scored", async || !samples(&server, &batch, "").await.is_empty()).await;
        let some = samples(&server, &batch, "").await;
        let mut sorted = some.clone();
        sorted.sort_by_key(|sample| sample.parse::<u32>().unwrap());
        assert!(some == sorted && some.len() < 60, "{some:?}");
        batches.stop().await;
    });
}

#[test]
fn events_tell_of_progress_until_the_end() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let batches = run(&store, Duration::from_millis(10), &Log::default());
        let batch = post(&server, rows(100)).await;
        let response = ask(&server, request("GET", &format!("/v1/batches/{}/events", batch.id), "")).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let said = text(response).await;
        let events: Vec<BatchStatus> = said
            .split("\n\n")
            .filter_map(|event| event.strip_prefix("event: progress\ndata: "))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect();
        let scored: Vec<u64> = events.iter().map(|event| event.scored).collect();
        assert!(scored.is_sorted() && events.len() >= 2, "{said}");
        assert_eq!(events.last().map(|last| (last.state, last.scored)), Some((BatchState::Done, 100)));
        batches.stop().await;
    });
}

#[test]
fn a_cancelled_batch_ends_and_keeps_what_was_scored() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let log = Log::default();
        let batches = run(&store, Duration::from_millis(10), &log);
        let batch = post(&server, rows(1000)).await;
        let path = format!("/v1/batches/{}", batch.id);
        let follow = tokio::spawn({
            let (server, batch) = (server.clone(), batch.clone());
            async move { samples(&server, &batch, "?follow=true").await }
        });
        wait_for("nothing was scored", async || !samples(&server, &batch, "").await.is_empty()).await;
        let status = json(ask(&server, request("DELETE", &path, "")).await).await;
        assert_eq!(status["state"], "cancelled");
        let followed = tokio::time::timeout(Duration::from_secs(5), follow).await.unwrap().unwrap();
        batches.stop().await;
        let begun = log.lock().unwrap().len();
        assert!(begun < 200, "{begun}");
        let after = samples(&server, &batch, "").await;
        // What ran then has its report.
        assert_eq!(after.len(), begun);
        assert!(!followed.is_empty() && followed.len() <= begun);
        assert_eq!(json(ask(&server, request("DELETE", &path, "")).await).await["state"], "cancelled");
    });
}

#[test]
fn other_clients_find_nothing() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, two_clients());
        let batch = accepted(ask(&server, by("one", request("POST", "/v1/batches", rows(1)))).await).await;
        let as_other = |method: &str, path: &str| by("other", request(method, path, ""));
        let path = format!("/v1/batches/{}", batch.id);
        for (method, path) in [
            ("GET", path.clone()),
            ("DELETE", path.clone()),
            ("GET", format!("{path}/results")),
            ("GET", format!("{path}/events")),
        ] {
            let response = ask(&server, as_other(method, &path)).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {path}");
        }
        assert_eq!(json(ask(&server, as_other("GET", "/v1/batches")).await).await, serde_json::json!([]));
        let own = json(ask(&server, by("one", request("GET", "/v1/batches", ""))).await).await;
        assert_eq!((own[0]["id"].as_str(), own[0]["state"].as_str()), (Some(batch.id.as_str()), Some("running")));
        for name in ["x", "0193a0000000000000000000000000aa", "%27"] {
            let response = ask(&server, as_other("GET", &format!("/v1/batches/{name}"))).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
        }
    });
}
