//! Folders of the host that the caller granted, opened with cap-std: a path that leaves the folder, by `..` or
//! by a link, is refused by the operating system or by cap-std, never followed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use super::tree::{Kind, Stat};
use crate::wasi::types::Errno;

/// Whether a granted folder may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Files may be read.
    ReadOnly,
    /// Files may be read, made, changed and removed.
    ReadWrite,
}

/// A host folder and where the guest finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The folder on the host.
    pub host: PathBuf,
    /// An absolute path in the guest, not yet taken.
    pub guest: String,
    /// Whether it may be changed.
    pub access: Access,
}

#[derive(Debug)]
pub(crate) struct Mount {
    folder: Dir,
    access: Access,
}

/// A path below a granted folder.
#[derive(Debug, Clone)]
pub(crate) struct HostPath {
    mount: Arc<Mount>,
    path: String,
}

#[derive(Debug)]
pub(crate) struct HostFile(File);

pub(crate) fn errno(error: &io::Error) -> Errno {
    match error.kind() {
        io::ErrorKind::NotFound => Errno::Noent,
        io::ErrorKind::AlreadyExists => Errno::Exist,
        io::ErrorKind::NotADirectory => Errno::Notdir,
        io::ErrorKind::IsADirectory => Errno::Isdir,
        io::ErrorKind::DirectoryNotEmpty => Errno::Notempty,
        io::ErrorKind::PermissionDenied => Errno::Acces,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => Errno::Inval,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Errno::Nospc,
        io::ErrorKind::ReadOnlyFilesystem => Errno::Rofs,
        io::ErrorKind::CrossesDevices => Errno::Xdev,
        _ => Errno::Io,
    }
}

type Result<T> = std::result::Result<T, Errno>;

impl Mount {
    pub(crate) fn open(grant: &Grant) -> io::Result<Mount> {
        Ok(Mount { folder: Dir::open_ambient_dir(&grant.host, ambient_authority())?, access: grant.access })
    }
}

fn stat(metadata: &Metadata) -> Stat {
    let kind = if metadata.is_dir() {
        Kind::Directory
    } else if metadata.is_symlink() {
        Kind::Link
    } else {
        Kind::File
    };
    // Host times and inodes would differ from run to run.
    Stat { inode: 1, kind, links: 1, size: metadata.len(), modified_ns: 0 }
}

impl HostPath {
    pub(crate) fn new(mount: &Arc<Mount>, path: &str) -> HostPath {
        HostPath { mount: mount.clone(), path: if path.is_empty() { ".".to_owned() } else { path.to_owned() } }
    }

    pub(crate) fn join(&self, path: &str) -> HostPath {
        HostPath { mount: self.mount.clone(), path: format!("{}/{path}", self.path) }
    }

    fn writable(&self) -> Result<()> {
        match self.mount.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(Errno::Rofs),
        }
    }

    pub(crate) fn stat(&self, follow: bool) -> Result<Stat> {
        let folder = &self.mount.folder;
        let metadata = if follow { folder.metadata(&self.path) } else { folder.symlink_metadata(&self.path) };
        metadata.map(|metadata| stat(&metadata)).map_err(|error| errno(&error))
    }

    /// Opens a regular file. Pipes and devices are refused: opening one could block for ever.
    pub(crate) fn open(&self, options: &OpenOptions, writes: bool) -> Result<HostFile> {
        if writes {
            self.writable()?;
        }
        let folder = &self.mount.folder;
        if folder.metadata(&self.path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return Err(Errno::Acces);
        }
        folder.open_with(&self.path, options).map(HostFile).map_err(|error| errno(&error))
    }

    pub(crate) fn list(&self) -> Result<Vec<(String, Kind)>> {
        let entries = self.mount.folder.read_dir(&self.path).map_err(|error| errno(&error))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| errno(&error))?;
            let kind = entry.file_type().map_err(|error| errno(&error))?;
            let kind = if kind.is_dir() {
                Kind::Directory
            } else if kind.is_symlink() {
                Kind::Link
            } else {
                Kind::File
            };
            // A name that isn't UTF-8 has no name in the guest.
            if let Ok(name) = entry.file_name().into_string() {
                names.push((name, kind));
            }
        }
        names.sort();
        Ok(names)
    }

    pub(crate) fn create_directory(&self) -> Result<()> {
        self.writable()?;
        self.mount.folder.create_dir(&self.path).map_err(|error| errno(&error))
    }

    pub(crate) fn remove_directory(&self) -> Result<()> {
        self.writable()?;
        self.mount.folder.remove_dir(&self.path).map_err(|error| errno(&error))
    }

    pub(crate) fn remove_file(&self) -> Result<()> {
        self.writable()?;
        self.mount.folder.remove_file(&self.path).map_err(|error| errno(&error))
    }

    pub(crate) fn rename(&self, to: &HostPath) -> Result<()> {
        self.writable()?;
        to.writable()?;
        self.mount.folder.rename(&self.path, &to.mount.folder, &to.path).map_err(|error| errno(&error))
    }

    pub(crate) fn read_link(&self) -> Result<String> {
        let target = self.mount.folder.read_link(&self.path).map_err(|error| errno(&error))?;
        target.into_os_string().into_string().map_err(|_| Errno::Ilseq)
    }
}

impl HostFile {
    pub(crate) fn stat(&self) -> Result<Stat> {
        self.0.metadata().map(|metadata| stat(&metadata)).map_err(|error| errno(&error))
    }

    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        cap_std::fs::FileExt::read_at(&self.0, buffer, offset).map_err(|error| errno(&error))
    }

    pub(crate) fn write(&self, offset: u64, data: &[u8]) -> Result<usize> {
        cap_std::fs::FileExt::write_at(&self.0, data, offset).map_err(|error| errno(&error))
    }

    pub(crate) fn resize(&self, len: u64) -> Result<()> {
        self.0.set_len(len).map_err(|error| errno(&error))
    }
}
