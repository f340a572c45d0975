//! Taking batches in.

use proofhouse_types::{BatchState, RowProblem};

use super::databases::on_each;
use super::{accepted, batch, row};
use crate::store::{Acceptance, BatchId, RequestKey};

#[test]
fn nothing_is_a_batch_before_it_is_accepted() {
    on_each(async |database| {
        let store = database.open().await;
        let mut staging = store.stage("me").await.unwrap();
        staging.add(&[row("a", "1"), row("b", "2")]).await.unwrap();
        assert_eq!(store.batches("me").await.unwrap(), []);
        assert_eq!(store.running().await.unwrap(), []);
        // A server that is killed here comes back to nothing.
        drop(staging);
        store.close().await;
        let store = database.open().await;
        assert_eq!((store.batches("me").await.unwrap(), store.running().await.unwrap()), (vec![], vec![]));
    });
}

#[test]
fn an_accepted_batch_is_there_after_a_restart() {
    on_each(async |database| {
        let store = database.open().await;
        let mut staging = store.stage("me").await.unwrap();
        staging.add(&[row("a", "1"), row("a", "2")]).await.unwrap();
        staging.add(&[row("b", "3")]).await.unwrap();
        let problems = [RowProblem { line: 2, field: Some("code".to_owned()), message: "no".to_owned() }];
        let status = accepted(staging.accept(7, &problems, None).await.unwrap());
        assert_eq!((status.accepted, status.rejected, status.scored, status.state), (3, 7, 0, BatchState::Running));
        assert_eq!(status.problems, problems);
        store.close().await;
        let store = database.open().await;
        assert_eq!(store.batches("me").await.unwrap(), std::slice::from_ref(&status));
        let id = BatchId::of(&status.id).unwrap();
        let rest = store.rest(&id, 0, 10).await.unwrap();
        let of = |task: &str, text: &str, position: i64| (position, row(task, text).submission);
        let found: Vec<(i64, String)> = rest
            .iter()
            .map(|rest| (rest.position, serde_json::to_string(&rest.submission().unwrap()).unwrap()))
            .collect();
        assert_eq!(found, [of("a", "1", 0), of("a", "2", 1), of("b", "3", 2)]);
        let task = store.task(&rest[2].task_key).await.unwrap().unwrap();
        assert_eq!(task.task.id.0, "b");
    });
}

#[test]
fn a_batch_is_its_clients_alone() {
    on_each(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 1).await;
        assert!(store.batch("me", &id).await.unwrap().is_some());
        assert_eq!(store.batch("you", &id).await.unwrap(), None);
        assert_eq!(store.batches("you").await.unwrap(), []);
        assert_eq!(store.cancel("you", &id).await.unwrap(), None);
        assert_eq!(store.batch("me", &id).await.unwrap().unwrap().state, BatchState::Running);
    });
}

#[test]
fn a_request_with_the_same_key_is_one_batch() {
    on_each(async |database| {
        let store = database.open().await;
        let key = RequestKey { name: "first".to_owned(), request_sha256: "aa".to_owned() };
        // Two at a time: the second finds out when it is accepted.
        let (mut one, mut two) = (store.stage("me").await.unwrap(), store.stage("me").await.unwrap());
        one.add(&[row("a", "1")]).await.unwrap();
        two.add(&[row("a", "1")]).await.unwrap();
        let first = accepted(one.accept(0, &[], Some(&key)).await.unwrap());
        let repeated = Acceptance::Repeated(first.clone());
        assert_eq!(two.accept(0, &[], Some(&key)).await.unwrap(), repeated);
        assert_eq!(store.repeated("me", &key).await.unwrap(), Some(repeated));
        assert_eq!(store.batches("me").await.unwrap(), [first]);
        let other_body = RequestKey { request_sha256: "bb".to_owned(), ..key.clone() };
        assert_eq!(store.repeated("me", &other_body).await.unwrap(), Some(Acceptance::OtherBody));
        assert_eq!(store.repeated("you", &key).await.unwrap(), None);
    });
}

#[test]
fn uploads_with_the_same_tasks_do_not_wait_for_each_other() {
    on_each(async |database| {
        let store = database.open().await;
        let rows: Vec<_> = (0..200).map(|number| row(&format!("t{number}"), "x")).collect();
        let upload = |backwards: usize| {
            let (store, mut rows) = (store.clone(), rows.clone());
            if backwards == 1 {
                rows.reverse();
            }
            tokio::spawn(async move {
                let mut staging = store.stage("me").await.unwrap();
                for _ in 0..5 {
                    staging.add(&rows).await.unwrap();
                }
                accepted(staging.accept(0, &[], None).await.unwrap()).accepted
            })
        };
        let uploads: Vec<_> = (0..6).map(|number| upload(number % 2)).collect();
        for upload in uploads {
            assert_eq!(upload.await.unwrap(), 1000);
        }
    });
}
