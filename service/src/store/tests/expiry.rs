//! Forgetting.

use sqlx::Row;

use super::databases::on_each;
use super::{batch, row, scored};
use crate::store::expiry::Forgotten;
use crate::store::{RequestKey, Store};

async fn count(store: &Store, table: &str) -> i64 {
    let statement = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    sqlx::query(statement).fetch_one(store.reader().unwrap()).await.unwrap().get(0)
}

/// Moves everything that has a time into the past.
async fn age(store: &Store, days: i64) {
    for (table, column) in [
        ("batches", "created_at"),
        ("batches", "touched_at"),
        ("batches", "finished_at"),
        ("tasks", "used_at"),
        ("judge0_submissions", "created_at"),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("UPDATE {table} SET {column} = {column} - {}", days * 86_400));
        let mut writing = store.write().await.unwrap();
        sqlx::query(statement).execute(&mut *writing).await.unwrap();
        writing.commit().await.unwrap();
    }
}

async fn forget_all(store: &Store) -> usize {
    let mut steps = 0;
    while store.forget(30).await.unwrap() == Forgotten::Some {
        steps += 1;
        assert!(steps < 100);
    }
    steps
}

#[test]
fn what_ended_long_ago_is_forgotten_in_small_steps() {
    on_each(async |database| {
        let store = database.open().await;
        let old = batch(&store, "me", 1200).await;
        let rows: Vec<_> = (0..1200).map(|position| scored(&old, position)).collect();
        store.write_reports(&rows).await.unwrap();
        let unfinished = batch(&store, "me", 3).await;
        store.put_judge0("old", "{}").await.unwrap();
        let mut left = store.stage("me").await.unwrap();
        left.add(&[row("other", "x")]).await.unwrap();
        age(&store, 31).await;
        let new = batch(&store, "me", 1).await;
        store.write_reports(&[scored(&new, 0)]).await.unwrap();
        assert_eq!(store.forget(30).await.unwrap(), Forgotten::Some);
        // Nobody sees a batch of which a part is gone.
        assert_eq!(store.batch("me", &old).await.unwrap(), None);
        assert_eq!(count(&store, "reports").await, 701);
        assert!(forget_all(&store).await > 3);
        let ids: Vec<String> = store.batches("me").await.unwrap().into_iter().map(|status| status.id).collect();
        assert_eq!(ids, [new.to_string(), unfinished.to_string()]);
        assert_eq!((count(&store, "submissions").await, count(&store, "reports").await), (4, 1));
        assert_eq!(count(&store, "judge0_submissions").await, 0);
        // The unfinished batch is old, and still needs its task. What only uploads that were left had is as old as it.
        assert!(store.task(&row("a", "").task_key).await.unwrap().is_some());
        assert!(left.accept(0, &[], None).await.is_err());
    });
}

#[test]
fn tasks_go_with_the_last_batch_that_has_them() {
    on_each(async |database| {
        let store = database.open().await;
        let old = batch(&store, "me", 1).await;
        store.write_reports(&[scored(&old, 0)]).await.unwrap();
        age(&store, 31).await;
        let again = batch(&store, "me", 1).await;
        forget_all(&store).await;
        assert!(store.task(&row("a", "").task_key).await.unwrap().is_some());
        store.write_reports(&[scored(&again, 0)]).await.unwrap();
        age(&store, 31).await;
        forget_all(&store).await;
        assert_eq!((count(&store, "tasks").await, count(&store, "batches").await), (0, 0));
    });
}

#[test]
fn a_key_of_a_forgotten_request_can_be_used_again() {
    on_each(async |database| {
        let store = database.open().await;
        let key = RequestKey { name: "key".to_owned(), request_sha256: "aa".to_owned() };
        for _ in 0..2 {
            let mut staging = store.stage("me").await.unwrap();
            staging.add(&[row("a", "1")]).await.unwrap();
            let status = super::accepted(staging.accept(0, &[], Some(&key)).await.unwrap());
            store.cancel("me", &crate::store::BatchId::of(&status.id).unwrap()).await.unwrap();
            age(&store, 31).await;
            store.forget(30).await.unwrap();
        }
    });
}
