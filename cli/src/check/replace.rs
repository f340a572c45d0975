//! Writes a file whole, or leaves the one that is there.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Replaces a file by one rename. It keeps its permissions; a link stays, and what it points to is replaced.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    match std::fs::metadata(&path) {
        Ok(there) => std::fs::set_permissions(beside.path(), there.permissions())?,
        // A temporary file is its owner's alone; a new one is as others are made.
        Err(_) => std::fs::set_permissions(beside.path(), usual_permissions(folder)?)?,
    }
    beside.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// What a file gets that is simply made here.
fn usual_permissions(folder: &Path) -> io::Result<std::fs::Permissions> {
    let name = folder.join(format!(".proofhouse-{}", std::process::id()));
    let file = std::fs::File::create(&name)?;
    let permissions = file.metadata().map(|there| there.permissions());
    std::fs::remove_file(&name)?;
    permissions
}
