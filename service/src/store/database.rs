//! The connections to the database, and what is always the same about using them.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};
use tokio::sync::{Notify, watch};

use super::address::{Address, identity, make_file};
use super::error::StoreError;

/// Time for a connection: requests are answered with "database unavailable" after it, and a client that waits for an answer
/// of a few bytes does not wait longer than some seconds.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Connections that read at a time. A page of results takes a millisecond: eight feed more clients than the sandbox has work for.
const READERS: u32 = 8;

/// Connections to Postgres in all. Its default is 100 for everybody who uses it.
const POSTGRES_CONNECTIONS: u32 = 12;

/// Bytes that are written to see whether there is room again: about what twenty large reports have.
const PROBE_BYTES: usize = 256 << 10;

/// Where batches and submissions are kept. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) address: Address,
    readers: AnyPool,
    /// One connection in SQLite, which has one writer at a time: others wait in line here and not in SQLite, where they would spin.
    pub(super) writer: AnyPool,
    /// Counts what was written, so that those who follow a batch need not ask all the time.
    written: watch::Sender<u64>,
    refused_a_write: AtomicBool,
    accepted: Notify,
    /// How many batches went on when that was last asked.
    pub(super) running: AtomicU64,
}

impl Store {
    /// Opens the database, makes it where it is a file that is not there, and brings its schema up to date.
    pub(crate) async fn open(address: &str) -> Result<Store, StoreError> {
        sqlx::any::install_default_drivers();
        let address = Address::of(address)?;
        let options: AnyConnectOptions = address.url().parse()?;
        let pool = AnyPoolOptions::new().acquire_timeout(ACQUIRE).after_release(|connection, _| {
            Box::pin(async move {
                // SQLite rolls back on its own when the disk is full, of which sqlx does not know: such a connection would
                // refuse every further transaction.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
        let (readers, writer) = match &address {
            Address::Sqlite(path) => {
                make_file(path)?;
                let pool = of_file(pool, path);
                let readers = pool.clone().max_connections(READERS).connect_lazy_with(options.clone());
                (readers, pool.max_connections(1).connect_lazy_with(options))
            }
            Address::Postgres(_) => {
                let pool = pool.max_connections(POSTGRES_CONNECTIONS).connect_lazy_with(options);
                (pool.clone(), pool)
            }
        };
        sqlx::migrate!().run(&writer).await?;
        Ok(Store {
            inner: Arc::new(Inner {
                address,
                readers,
                writer,
                written: watch::Sender::new(0),
                refused_a_write: AtomicBool::new(false),
                accepted: Notify::new(),
                running: AtomicU64::new(0),
            }),
        })
    }

    /// Whether the database answers, and takes writes where the last one failed.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(self.reader()?).await?;
        if self.inner.refused_a_write.load(Ordering::Relaxed) {
            // A full disk may have room for a few bytes, and for nothing that is of use.
            let probe = "x".repeat(PROBE_BYTES);
            let mut writing = self.write().await?;
            let put =
                "INSERT INTO tasks (task_key, json, used_at) VALUES ('', $1, 0) ON CONFLICT (task_key) DO NOTHING";
            sqlx::query(put).bind(probe).execute(&mut *writing).await?;
            writing.commit().await?;
            let mut writing = self.write().await?;
            sqlx::query("DELETE FROM tasks WHERE task_key = ''").execute(&mut *writing).await?;
            writing.commit().await?;
        }
        Ok(())
    }

    /// A connection for reading.
    pub(super) fn reader(&self) -> Result<&AnyPool, StoreError> {
        self.still_there()?;
        Ok(&self.inner.readers)
    }

    /// A transaction that writes. Dropped, it leaves no trace.
    pub(super) async fn write(&self) -> Result<Writing<'_>, StoreError> {
        self.still_there()?;
        let transaction = match self.inner.address {
            // At once the writer: one that first reads and then writes may find that another wrote in between.
            Address::Sqlite(_) => self.inner.writer.begin_with("BEGIN IMMEDIATE").await?,
            Address::Postgres(_) => self.inner.writer.begin().await?,
        };
        Ok(Writing { store: self, transaction: Some(transaction) })
    }

    /// Changes whenever this server has written something.
    pub(crate) fn written(&self) -> watch::Receiver<u64> {
        self.inner.written.subscribe()
    }

    /// Waits until this server has accepted a batch.
    pub(crate) async fn accepted(&self) {
        self.inner.accepted.notified().await;
    }

    pub(super) fn has_accepted(&self) {
        self.inner.accepted.notify_one();
    }

    /// Ends all connections, and what SQLite has in its log goes into the file.
    pub(crate) async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    /// A deleted file can still be written to, and nobody would ever see it again.
    fn still_there(&self) -> Result<(), StoreError> {
        match &self.inner.address {
            Address::Sqlite(path) if identity(path).is_none() => Err(StoreError::Gone(path.clone())),
            Address::Sqlite(_) | Address::Postgres(_) => Ok(()),
        }
    }
}

/// A transaction that writes.
pub(super) struct Writing<'s> {
    store: &'s Store,
    /// None after it ended.
    transaction: Option<Transaction<'static, Any>>,
}

impl Writing<'_> {
    /// Ends it so that what was written outlives a power cut, and wakes those who follow.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        if let Some(transaction) = self.transaction.take() {
            self.store.inner.refused_a_write.store(true, Ordering::Relaxed);
            transaction.commit().await?;
            self.store.inner.refused_a_write.store(false, Ordering::Relaxed);
            self.store.inner.written.send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok(())
    }

    /// Ends it without a trace, where nothing is wrong with the database.
    pub(super) async fn give_up(mut self) -> Result<(), StoreError> {
        if let Some(transaction) = self.transaction.take() {
            transaction.rollback().await?;
        }
        Ok(())
    }
}

impl Drop for Writing<'_> {
    /// Neither committed nor given up: a statement failed, or the database was not there.
    fn drop(&mut self) {
        if self.transaction.is_some() {
            self.store.inner.refused_a_write.store(true, Ordering::Relaxed);
        }
    }
}

impl Deref for Writing<'_> {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        self.transaction.as_ref().expect("it has begun, and ends with `self`")
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        self.transaction.as_mut().expect("it has begun, and ends with `self`")
    }
}

/// A pool's options for a file of SQLite's.
fn of_file(pool: AnyPoolOptions, path: &Path) -> AnyPoolOptions {
    let path = path.to_owned();
    let opened = Arc::new(Mutex::new((identity(&path), Instant::now())));
    pool.after_connect(|connection, _| {
        Box::pin(async move {
            // WAL: readers don't wait for the writer. FULL: what was committed outlives a power cut. The log is copied into the
            // file each 1,000 pages (4 MiB, SQLite's default), and what a long reader made of it is cut to 64 MiB after.
            connection
                .execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;",
                )
                .await?;
            Ok(())
        })
    })
    .before_acquire(move |_, connection| {
        // Another file has taken the name, such as a backup that was put back: connections to the old one are of no use.
        let now = identity(&path);
        let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.0 != now {
            *opened = (now, Instant::now());
        }
        let is_of_this_file = connection.age <= opened.1.elapsed();
        Box::pin(async move { Ok(is_of_this_file) })
    })
}

/// Seconds since 1970, by this machine's clock. Says when, and decides nothing but what is old enough to go.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).expect("the clock stands before the year 292 billion")
}
