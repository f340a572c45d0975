//! The right to run a database's batches: one server has it at a time, and the next gets it when that one is gone.
//!
//! Two that ran the same batch would score everything twice. The results would still be right, as a report is written once.
//! The right ends with the process, however that ends: no clock has a say.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection};

use super::address::Address;
use super::database::Store;
use super::error::StoreError;

/// Names the lock among those that others may take in the same Postgres: "proofhse" in ASCII.
const LOCK: i64 = 0x7072_6f6f_6668_7365;

/// The right to run a database's batches, for as long as it lives.
pub(crate) enum Seat {
    /// A lock on the file beside the database.
    File(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File),
    /// A lock that Postgres keeps for as long as this connection is there.
    Connection(Box<AnyConnection>),
}

impl Store {
    /// Takes the right to run batches; nothing where another server has it.
    pub(crate) async fn take_seat(&self) -> Result<Option<Seat>, StoreError> {
        match &self.inner.address {
            Address::Sqlite(path) => {
                // Not the database's own file: closing that would drop the locks that SQLite has on it.
                let mut name = path.clone().into_os_string();
                name.push(".lock");
                let path = PathBuf::from(name);
                let failed = |source| StoreError::File { path: path.clone(), source };
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let file = options.open(&path).map_err(failed)?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Seat::File(file))),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(source)) => Err(failed(source)),
                }
            }
            Address::Postgres(url) => {
                let options: AnyConnectOptions = url.parse()?;
                let mut connection = options.connect().await?;
                // A server whose machine lost its power says no goodbye: Postgres finds out within half a minute.
                for setting in ["idle = 10", "interval = 5", "count = 4"] {
                    let statement = format!("SET tcp_keepalives_{setting}");
                    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
                }
                let (has_it,): (bool,) =
                    sqlx::query_as("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
                Ok(has_it.then(|| Seat::Connection(Box::new(connection))))
            }
        }
    }
}

impl Seat {
    /// Whether it is still ours: a connection may have broken.
    pub(crate) async fn is_held(&mut self) -> bool {
        match self {
            Seat::File(_) => true,
            Seat::Connection(connection) => connection.ping().await.is_ok(),
        }
    }
}
