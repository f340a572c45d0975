//! Which database an address names, and the file of a SQLite one.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by its whole address.
    Postgres(String),
}

impl Address {
    /// Reads `sqlite:PATH` or `postgres://…`.
    pub(super) fn of(text: &str) -> Result<Address, StoreError> {
        let scheme = text.split(':').next().unwrap_or_default();
        let rest = text.get(scheme.len() + 1..).unwrap_or_default();
        match scheme {
            "postgres" | "postgresql" if rest.starts_with("//") => Ok(Address::Postgres(text.to_owned())),
            // A database in memory would forget what it accepted.
            "sqlite" if !rest.is_empty() && !rest.contains(":memory:") => {
                Ok(Address::Sqlite(PathBuf::from(rest.strip_prefix("//").unwrap_or(rest))))
            }
            _ => Err(StoreError::Address { scheme: scheme.to_owned() }),
        }
    }

    /// The address as sqlx reads it.
    pub(super) fn url(&self) -> String {
        match self {
            // `rw`: a file that went away is not made anew, empty, behind the server's back.
            Address::Sqlite(path) => format!("sqlite:{}?mode=rw", percent_encoded(path)),
            Address::Postgres(url) => url.clone(),
        }
    }
}

fn percent_encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => encoded.push(char::from(*byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Makes the file where there is none, for its owner alone: it holds what was submitted.
pub(super) fn make_file(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::File { path: path.to_owned(), source }),
    }
}

/// Tells a file from another that took its name; nothing where there is none.
pub(super) fn identity(path: &Path) -> Option<u64> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let identity = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let identity = u64::from(metadata.is_file());
    Some(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_file_or_a_server() {
        let sqlite = |path: &str| Some(Address::Sqlite(PathBuf::from(path)));
        let check = |text: &str, expected: Option<Address>| assert_eq!(Address::of(text).ok(), expected, "{text}");
        check("sqlite:state.db", sqlite("state.db"));
        check("sqlite:/var/lib/state.db", sqlite("/var/lib/state.db"));
        check("sqlite:///var/lib/state.db", sqlite("/var/lib/state.db"));
        check("postgres://me@there/db", Some(Address::Postgres("postgres://me@there/db".to_owned())));
        check("postgresql://there/db", Some(Address::Postgres("postgresql://there/db".to_owned())));
        for none in ["", "sqlite", "sqlite:", "sqlite::memory:", "postgres:x", "mysql://there/db", "/var/lib/state.db"]
        {
            check(none, None);
        }
    }

    #[test]
    fn a_refused_address_is_not_repeated_with_its_password() {
        let error = Address::of("mysql://me:secret@there").unwrap_err().to_string();
        assert!(error.starts_with("`mysql` is no database") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn odd_characters_of_a_path_are_kept() {
        let address = Address::Sqlite(PathBuf::from("/a b/ü?%.db"));
        assert_eq!(address.url(), "sqlite:/a%20b/%C3%BC%3F%25.db?mode=rw");
    }
}
