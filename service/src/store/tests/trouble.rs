//! Databases that are full, gone, or back again.

use std::time::{Duration, Instant};

use super::databases::{Database, on_sqlite};
use super::postgres::Cluster;
use super::{accepted, batch, positions, row, scored};
use crate::store::{Store, StoreError};

/// Tries until it works, for ten seconds at most.
async fn back_again(store: &Store) {
    let begun = Instant::now();
    while let Err(error) = store.check().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Makes the disk full at so many pages, for the one connection that writes.
async fn set_most_pages(store: &Store, pages: u32) {
    let statement = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(statement).execute(&store.inner.writer).await.unwrap();
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 3).await;
        set_most_pages(&store, 60).await;
        let mut staging = store.stage("me").await.unwrap();
        let large: Vec<_> = (0..100).map(|number| row("large", &number.to_string().repeat(10_000))).collect();
        let error = staging.add(&large).await.unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        // A connection that SQLite has rolled back is not used again, and the bound went with it.
        set_most_pages(&store, 60).await;
        assert!(store.check().await.is_err());
        set_most_pages(&store, 60).await;
        // What is small still goes in, and what was there is untouched.
        assert!(store.write_reports(&[scored(&id, 0)]).await.is_ok());
        assert_eq!(positions(&store, &id).await, [0]);
        set_most_pages(&store, 1_000_000).await;
        store.check().await.unwrap();
        staging.add(&large).await.unwrap();
        assert_eq!(accepted(staging.accept(0, &[], None).await.unwrap()).accepted, 100);
    });
}

#[test]
fn a_file_that_is_gone_is_not_written_to() {
    on_sqlite(async |database| {
        let store = database.open().await;
        let id = batch(&store, "me", 1).await;
        let folder = database.folder.as_ref().unwrap().path();
        let (file, aside) = (folder.join("state.db"), folder.join("aside.db"));
        std::fs::rename(&file, &aside).unwrap();
        for result in [store.check().await, store.stage("me").await.map(drop), store.running().await.map(drop)] {
            assert!(matches!(result, Err(StoreError::Gone(_))), "{result:?}");
        }
        std::fs::rename(&aside, &file).unwrap();
        store.check().await.unwrap();
        assert_eq!(store.running().await.unwrap(), [(id.clone(), "me".to_owned())]);
        assert_eq!(store.write_reports(&[scored(&id, 0)]).await.unwrap().done, [id]);
    });
}

#[test]
fn a_file_that_took_the_name_is_the_database() {
    on_sqlite(async |database| {
        let store = database.open().await;
        batch(&store, "me", 1).await;
        let file = database.folder.as_ref().unwrap().path().join("state.db");
        let backup = file.with_extension("backup");
        let into = sqlx::AssertSqlSafe(format!("VACUUM INTO '{}'", backup.display()));
        sqlx::query(into).execute(store.reader().unwrap()).await.unwrap();
        batch(&store, "me", 1).await;
        assert_eq!(store.batches("me").await.unwrap().len(), 2);
        for beside in ["state.db-wal", "state.db-shm"] {
            std::fs::remove_file(file.with_file_name(beside)).unwrap();
        }
        std::fs::rename(&backup, &file).unwrap();
        assert_eq!(store.batches("me").await.unwrap().len(), 1);
        batch(&store, "me", 1).await;
        assert_eq!(store.batches("me").await.unwrap().len(), 2);
    });
}

#[test]
fn the_file_is_its_owners_alone() {
    on_sqlite(async |database| {
        let store = database.open().await;
        batch(&store, "me", 1).await;
        let _seat = store.take_seat().await.unwrap();
        let files: Vec<_> = std::fs::read_dir(database.folder.as_ref().unwrap().path()).unwrap().flatten().collect();
        assert_eq!(files.len(), 4);
        for file in files {
            let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
        }
    });
}

#[test]
fn postgres_may_crash_and_come_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(cluster) = Cluster::start().map(std::sync::Arc::new) else {
            println!("skipped: Postgres is not installed");
            return;
        };
        let database = Database::in_cluster(cluster.clone()).await;
        let store = database.open().await;
        let id = batch(&store, "me", 2).await;
        let mut seat = store.take_seat().await.unwrap().unwrap();
        let mut staging = store.stage("me").await.unwrap();
        cluster.stop();
        let begun = Instant::now();
        for result in [store.check().await, staging.add(&[row("a", "1")]).await, store.running().await.map(drop)] {
            assert!(result.is_err());
        }
        assert!(!seat.is_held().await);
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        cluster.resume();
        back_again(&store).await;
        staging.add(&[row("a", "1")]).await.unwrap();
        assert_eq!(accepted(staging.accept(0, &[], None).await.unwrap()).accepted, 1);
        assert_eq!(store.write_reports(&[scored(&id, 0), scored(&id, 1)]).await.unwrap().done, [id]);
        assert!(store.take_seat().await.unwrap().is_some());
    });
}
