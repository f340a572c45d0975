//! What the store fails at.

use std::io;
use std::path::PathBuf;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The address names no database that we know.
    #[error("`{scheme}` is no database: expected `sqlite:PATH` or `postgres://USER@HOST/NAME`")]
    Address {
        /// What stands before the first colon; the rest may hold a password.
        scheme: String,
    },
    /// The file of a SQLite database, or the lock beside it, can't be made or opened.
    #[error("opening `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file of a SQLite database was there and is no more: what was written now would be lost.
    #[error("the database file `{}` is gone", .0.display())]
    Gone(PathBuf),
    /// The schema can't be brought up to date.
    #[error("bringing the database's schema up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database can't be reached, or refused.
    #[error("asking the database: {0}")]
    Ask(#[from] sqlx::Error),
    /// A row that we wrote reads as something else.
    #[error("reading {what} that the database holds")]
    Row {
        /// The kind of row.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}
