//! Kept replies as files: `AB/ABCD….json`, by the first two digits of their keys.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Complaint, ReplyKey};
use crate::error::OpenError;

/// A folder of kept replies.
pub(crate) struct Folder {
    path: PathBuf,
    complaint: Complaint,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Folder, OpenError> {
        let failed = |source| OpenError::Folder { folder: path.to_path_buf(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        Ok(Folder { path: path.to_path_buf(), complaint: Complaint::default() })
    }

    pub(super) async fn find(&self, key: &ReplyKey) -> Option<Vec<u8>> {
        match tokio::fs::read(self.file(key)).await {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.complaint.make(&error, "a kept reply can't be read");
                None
            }
        }
    }

    pub(super) async fn keep(&self, key: &ReplyKey, text: Vec<u8>) {
        let file = self.file(key);
        let written = tokio::task::spawn_blocking(move || write(&file, &text)).await;
        match written.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(()) => self.complaint.settle(),
            Err(error) => self.complaint.make(&error, "a reply can't be kept"),
        }
    }

    fn file(&self, key: &ReplyKey) -> PathBuf {
        self.path.join(&key.0[..2]).join(format!("{}.json", key.0))
    }
}

/// Writes a file whole or not at all: it appears under its name by one rename.
fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut written = tempfile::NamedTempFile::new_in(folder)?;
    written.write_all(text)?;
    written.persist(file)?;
    Ok(())
}
