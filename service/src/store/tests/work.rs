//! What is left to score, and reports.

use proofhouse_types::BatchState;

use super::databases::on_each;
use super::{batch, positions, report, scored};
use crate::store::ScoredRow;
use crate::store::work::Written;

#[test]
fn a_report_counts_once_however_often_it_is_written() {
    on_each(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 4).await;
        let rows = [scored(&id, 2), scored(&id, 0), scored(&id, 2)];
        assert_eq!(store.write_reports(&rows).await.unwrap(), Written { reports: 2, done: vec![] });
        assert_eq!(store.write_reports(&rows).await.unwrap(), Written::default());
        let mut fault = report("a", "");
        (fault.fault, fault.passed) = (Some("lost".to_owned()), false);
        let last = [scored(&id, 0), ScoredRow::of(id.clone(), 1, &fault), scored(&id, 3)];
        assert_eq!(store.write_reports(&last).await.unwrap(), Written { reports: 2, done: vec![id.clone()] });
        let status = store.batch("me", &id).await.unwrap().unwrap();
        assert_eq!((status.state, status.scored, status.passed, status.faults), (BatchState::Done, 4, 3, 1));
        assert!(status.finished_at.is_some());
        assert_eq!(positions(&store, &id).await, [0, 1, 2, 3]);
        assert_eq!(store.running().await.unwrap(), []);
    });
}

#[test]
fn after_a_restart_what_has_no_report_is_left() {
    on_each(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 150).await;
        store.write_reports(&[scored(&id, 0), scored(&id, 3), scored(&id, 149)]).await.unwrap();
        store.close().await;
        let store = database.open().await;
        assert_eq!(store.running().await.unwrap(), [(id.clone(), "me".to_owned())]);
        let rest = store.rest(&id, 0, 1000).await.unwrap();
        let expected: Vec<i64> = (0..149).filter(|position| ![0, 3].contains(position)).collect();
        assert_eq!(rest.iter().map(|rest| rest.position).collect::<Vec<_>>(), expected);
        let few = store.rest(&id, 3, 2).await.unwrap();
        assert_eq!(few.iter().map(|rest| rest.position).collect::<Vec<_>>(), [4, 5]);
    });
}

#[test]
fn a_cancelled_batch_is_left_alone_and_keeps_its_reports() {
    on_each(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 2).await;
        store.write_reports(&[scored(&id, 1)]).await.unwrap();
        let status = store.cancel("me", &id).await.unwrap().unwrap();
        assert_eq!((status.state, status.scored), (BatchState::Cancelled, 1));
        assert!(!store.is_running(&id).await.unwrap());
        // What ran then may end.
        assert_eq!(store.write_reports(&[scored(&id, 0)]).await.unwrap(), Written { reports: 1, done: vec![] });
        assert_eq!(positions(&store, &id).await, [0, 1]);
        let again = store.cancel("me", &id).await.unwrap().unwrap();
        assert_eq!((again.state, again.scored, again.finished_at), (BatchState::Cancelled, 2, status.finished_at));
    });
}

#[test]
fn pages_of_reports_are_bounded_in_rows_and_bytes() {
    on_each(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 600).await;
        let rows: Vec<ScoredRow> = (0..600).map(|position| scored(&id, position)).collect();
        store.write_reports(&rows).await.unwrap();
        assert_eq!(store.reports(&id, 0).await.unwrap().reports.len(), 256);
        assert_eq!(positions(&store, &id).await, (0..600).collect::<Vec<_>>());
        let large = batch(&store, "me", 10).await;
        let message = "x".repeat(300 << 10);
        let rows: Vec<_> =
            (0..10).map(|position| ScoredRow::of(large.clone(), position, &report("a", &message))).collect();
        store.write_reports(&rows).await.unwrap();
        assert_eq!(store.reports(&large, 0).await.unwrap().reports.len(), 4);
        assert_eq!(positions(&store, &large).await.len(), 10);
    });
}

#[test]
fn one_server_at_a_time_runs_batches() {
    on_each(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let mut seat = one.take_seat().await.unwrap().expect("nobody else is there");
        assert!(seat.is_held().await);
        assert!(two.take_seat().await.unwrap().is_none());
        drop(seat);
        let begun = std::time::Instant::now();
        while two.take_seat().await.unwrap().is_none() {
            assert!(begun.elapsed().as_secs() < 10, "the lock outlived its owner");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
}
