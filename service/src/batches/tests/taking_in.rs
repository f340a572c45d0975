//! Bodies of batches.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use proofhouse_types::{BatchState, Bytes as Amount, RowProblem, Seconds};

use super::{ask, by, json, post, request, row, rows, server, text, two_clients};
use crate::config::Config;
use crate::store::tests::databases::{on_each, on_sqlite};

#[test]
fn a_bad_row_in_the_middle_costs_no_other() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let body = [
            row("a", "1"),
            "{\"task".to_owned(),
            String::new(),
            row("a", "2"),
            "{\"code\": \"x\", \"suite\": \"none\", \"task_id\": \"t\"}".to_owned(),
            "{\"code\": 7}".to_owned(),
            row("b", "3").replacen('{', "{\"sample_id\":\"0\",", 1),
            row("b", "4").replacen('{', "{\"sample_id\":\"0\",", 1),
            row("a", "5").replace("\"code\":\"5\"", "\"cod\":\"5\""),
            row("a", "6"),
        ]
        .join("\n");
        let batch = post(&server, body).await;
        assert_eq!((batch.accepted, batch.rejected, batch.state), (4, 5, BatchState::Running));
        let problems: Vec<(u64, Option<&str>)> =
            batch.problems.iter().map(|problem| (problem.line, problem.field.as_deref())).collect();
        let expected = [(2, None), (5, Some("suite")), (6, Some("code")), (8, Some("sample_id")), (9, Some("cod"))];
        assert_eq!(problems, expected, "{:?}", batch.problems);
        assert_eq!(batch.problems[1].message, "suite `none` does not exist");
        assert_eq!(batch.problems[3].message, "sample `0` of task `b` is there already");
        let id = crate::store::BatchId::of(&batch.id).unwrap();
        let rest = store.rest(&id, 0, 100).await.unwrap();
        let samples: Vec<String> = rest
            .iter()
            .map(|rest| rest.submission().unwrap())
            .map(|submission| format!("{}/{}", submission.task_id, submission.sample_id))
            .collect();
        // Line 9 can't be read as a request, so nobody knows that it was for task a.
        assert_eq!(samples, ["a/0", "a/1", "b/0", "a/2"]);
    });
}

#[test]
fn a_batch_without_a_good_row_is_none() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let check = async |body: &str, field: &str| {
            let response = ask(&server, request("POST", "/v1/batches", body.to_owned())).await;
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(json(response).await["field"], field, "{body}");
        };
        check("", "submissions").await;
        check("\n\n", "submissions").await;
        check("\n{}", "submissions[1].code").await;
        check("{\"code\":\"x\",\"task\":7}\n{}", "submissions[0].task").await;
        assert_eq!(store.batches("anonymous").await.unwrap(), []);
        assert_eq!(store.running().await.unwrap(), []);
    });
}

#[test]
fn one_document_is_taken_row_by_row_too() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let document = |body: String| {
            let mut request = request("POST", "/v1/batches", body);
            request.headers_mut().insert("content-type", "application/json; charset=utf-8".parse().unwrap());
            request
        };
        let body = format!("{{\"submissions\": [{}, {{\"code\": 1}}, {}]}}", row("a", "1"), row("a", "2"));
        let response = ask(&server, document(body)).await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        let batch = json(response).await;
        assert_eq!((&batch["accepted"], &batch["rejected"]), (&2.into(), &1.into()));
        assert_eq!((&batch["problems"][0]["line"], &batch["problems"][0]["field"]), (&2.into(), &"code".into()));
        for (body, status) in [("{", 400), ("[]", 422), ("{\"submissions\":[]}", 422), ("{\"submissions\":[{}]}", 422)]
        {
            assert_eq!(ask(&server, document(body.to_owned())).await.status(), status, "{body}");
        }
        let mut other = document(String::new());
        other.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        assert_eq!(ask(&server, other).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    });
}

#[test]
fn bounds_are_exact() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let mut config = Config::default();
        let line = row("a", "1").len() as u64;
        config.http.batch_submissions = 3;
        config.http.body = Amount(line);
        config.http.batch_body = Amount(4 * (line + 1));
        let server = server(&store, config);
        let status = async |body: String| ask(&server, request("POST", "/v1/batches", body)).await.status();
        assert_eq!(status(rows(3)).await, StatusCode::ACCEPTED);
        assert_eq!(status(rows(4)).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(status(rows(3) + &"\n".repeat(line as usize + 1)).await, StatusCode::ACCEPTED);
        assert_eq!(status(rows(3) + &"\n".repeat(line as usize + 2)).await, StatusCode::PAYLOAD_TOO_LARGE);
        let batch = post(&server, rows(2) + &row("a", "11")).await;
        let message = format!("the body is larger than {line} bytes");
        assert_eq!(batch.problems, [RowProblem { line: 3, field: None, message }]);
        assert_eq!(store.batches("anonymous").await.unwrap().len(), 3);
    });
}

#[test]
fn a_client_that_goes_away_or_falls_asleep_leaves_nothing() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let mut config = Config::default();
        config.http.body_pause = Seconds(1);
        let server = server(&store, config);
        let first = || Ok::<_, std::io::Error>(Bytes::from(rows(600)));
        let broken = futures_util::stream::iter([first(), Err(std::io::Error::other("gone"))]);
        let response = ask(&server, request("POST", "/v1/batches", Body::from_stream(broken))).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{}", text(response).await);
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        sender.send(first()).await.unwrap();
        let slow = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver));
        let response = ask(&server, request("POST", "/v1/batches", slow)).await;
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT, "{}", text(response).await);
        drop(sender);
        assert_eq!(store.batches("anonymous").await.unwrap(), []);
        assert_eq!(store.running().await.unwrap(), []);
    });
}

#[test]
fn a_request_that_is_repeated_with_its_key_is_not_doubled() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, two_clients());
        let keyed = |key: &str, body: String| {
            let mut request = request("POST", "/v1/batches", body);
            request.headers_mut().insert("idempotency-key", key.parse().unwrap());
            by("one", request)
        };
        let first = json(ask(&server, keyed("k", rows(3))).await).await;
        assert_eq!(json(ask(&server, keyed("k", rows(3))).await).await, first);
        let both = tokio::join!(ask(&server, keyed("l", rows(3))), ask(&server, keyed("l", rows(3))));
        assert_eq!(json(both.0).await["id"], json(both.1).await["id"]);
        let other = ask(&server, keyed("k", rows(4))).await;
        assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(json(other).await["field"], "idempotency-key");
        assert_eq!(ask(&server, keyed(&"k".repeat(256), rows(1))).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(ask(&server, by("other", keyed("k", rows(4)))).await.status(), StatusCode::ACCEPTED);
        assert_eq!(store.batches("one").await.unwrap().len(), 2);
    });
}

#[test]
fn a_batch_is_there_before_its_answer() {
    on_each(async |database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let batch = post(&server, rows(700)).await;
        // No runner has been started: what another server finds is what was committed.
        let other = database.open().await;
        assert_eq!(other.batches("anonymous").await.unwrap(), [batch]);
        tokio::time::timeout(Duration::from_secs(1), store.accepted()).await.unwrap();
    });
}
