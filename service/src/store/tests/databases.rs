//! A fresh database of each kind for a test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::postgres::Cluster;
use crate::store::Store;

/// A fresh database, which goes with the test.
pub(crate) struct Database {
    /// As a server is told.
    pub(crate) address: String,
    /// Where SQLite has its file.
    pub(crate) folder: Option<tempfile::TempDir>,
    /// Where Postgres runs, for as long as this database is there.
    _cluster: Option<Arc<Cluster>>,
}

/// The cluster of those tests that leave it running.
fn shared_cluster() -> Option<Arc<Cluster>> {
    static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cluster) = shared.upgrade() {
        return Some(cluster);
    }
    let cluster = Arc::new(Cluster::start()?);
    *shared = Arc::downgrade(&cluster);
    Some(cluster)
}

impl Database {
    /// One of SQLite's.
    pub(crate) fn sqlite() -> Database {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("state.db").display());
        Database { address, folder: Some(folder), _cluster: None }
    }

    /// One of Postgres', in a cluster that others may use too; nothing where Postgres is not installed.
    pub(crate) async fn postgres() -> Option<Database> {
        Some(Database::in_cluster(tokio::task::spawn_blocking(shared_cluster).await.unwrap()?).await)
    }

    /// One in this cluster.
    pub(crate) async fn in_cluster(cluster: Arc<Cluster>) -> Database {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&cluster.address("postgres")).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
        pool.close().await;
        Database { address: cluster.address(&name), folder: None, _cluster: Some(cluster) }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.address).await.unwrap()
    }
}

/// Runs a test on a fresh SQLite file, and on a fresh Postgres database where Postgres is installed.
pub(crate) fn on_each(test: impl AsyncFn(&Database)) {
    on_sqlite(&test);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        match Database::postgres().await {
            Some(database) => test(&database).await,
            None => println!("skipped on Postgres: it is not installed"),
        }
    });
}

/// Runs a test on a fresh SQLite file alone.
pub(crate) fn on_sqlite(test: impl AsyncFn(&Database)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test(&Database::sqlite()));
}
