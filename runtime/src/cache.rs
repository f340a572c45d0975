//! The per-user cache of compiled guests. An entry is a folder that appears by one rename, readable by its owner alone,
//! and checked byte by byte before it is used: what is torn, foreign or stale is built again and never loaded.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};
use crate::guest;
use crate::packages::{self, Profile};

/// Changes with the meaning of what is in an entry.
const FORMAT: u32 = 3;
const MANIFEST: &str = "manifest.json";
pub(crate) const MODULE: &str = "module.cwasm";
pub(crate) const LIBRARY: &str = "library.image";
pub(crate) const INVENTORY: &str = "inventory.txt";
/// Every file of an entry but the manifest.
const FILES: [&str; 3] = [MODULE, LIBRARY, INVENTORY];

/// A folder that compiled guests are kept in, made when it is first needed.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// What an entry says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Address of the function that the host calls.
    pub serve: u32,
    /// Pages that most runs dirty.
    pub hot_pages: Vec<u32>,
    files: BTreeMap<String, Checksum>,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
struct Checksum {
    len: u64,
    /// Not against an attacker, who is kept out by ownership, but against torn and damaged files, at memory speed.
    xxh3: String,
}

/// Held while an entry is built, so that processes don't build it twice.
pub(crate) struct Lock {
    _file: File,
}

struct Digester<'a>(&'a mut Sha256);

impl Hasher for Digester<'_> {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// Everything that an entry's content depends on: the guest, our Python in it, and how wasmtime compiles.
pub(crate) fn key(engine: &Engine, profile: Profile) -> String {
    let mut digest = Sha256::new();
    digest.update(FORMAT.to_le_bytes());
    digest.update(guest::digest());
    digest.update(packages::digest(profile).unwrap_or_default());
    engine.precompile_compatibility_hash().hash(&mut Digester(&mut digest));
    format!("{:x}", digest.finalize())[..32].to_owned()
}

pub(crate) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Cache { doing, path, source }
}

impl Cache {
    /// A cache in this folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Cache {
        Cache { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn entry(&self, key: &str) -> PathBuf {
        self.folder.join(format!("python-{key}"))
    }

    /// Waits for whoever builds an entry now.
    pub(crate) fn lock(&self) -> Result<Lock> {
        make_private_folder(&self.folder)?;
        let path = self.folder.join("lock");
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed("opening", &path))?;
        file.lock().map_err(failed("locking", &path))?;
        Ok(Lock { _file: file })
    }

    /// The manifest of a whole and trusted entry; nothing where there is none, or one that must be built again.
    pub(crate) fn load(&self, key: &str) -> Option<Manifest> {
        let entry = self.entry(key);
        is_private(&entry).ok()?.then_some(())?;
        let manifest: Manifest = serde_json::from_slice(&fs::read(entry.join(MANIFEST)).ok()?).ok()?;
        let whole = std::thread::scope(|scope| {
            let checks = FILES.map(|name| {
                let (path, expected) = (entry.join(name), manifest.files.get(name));
                scope.spawn(move || {
                    let trusted = is_private(&path).unwrap_or(false);
                    trusted && expected.is_some() && checksum(&path).ok().as_ref() == expected
                })
            });
            checks.into_iter().all(|check| check.join().unwrap_or(false))
        });
        whole.then_some(manifest)
    }

    /// A folder to build an entry in; left-overs of builds that died are removed. Under the lock.
    pub(crate) fn begin(&self, _lock: &Lock) -> Result<PathBuf> {
        let path = self.folder.join("building");
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed("removing", &path))?;
        }
        make_private_folder(&path)?;
        Ok(path)
    }

    /// Makes what was built the entry. Under the lock.
    pub(crate) fn commit(&self, _lock: &Lock, built: &Path, key: &str, serve: u32, hot_pages: Vec<u32>) -> Result<()> {
        let mut files = BTreeMap::new();
        for name in FILES {
            let path = built.join(name);
            files.insert(name.to_owned(), checksum(&path).map_err(failed("reading", &path))?);
        }
        let manifest = serde_json::to_vec(&Manifest { serve, hot_pages, files }).map_err(io::Error::other);
        write(&built.join(MANIFEST), &manifest.map_err(failed("describing", built))?)?;
        let entry = self.entry(key);
        if entry.exists() {
            fs::remove_dir_all(&entry).map_err(failed("removing", &entry))?;
        }
        fs::rename(built, &entry).map_err(failed("renaming to", &entry))
    }
}

/// Writes a file that only its owner can read, and has it on disk before it is named.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let file = options.create(true).truncate(true).write(true).mode(0o600).open(path);
    let mut file = file.map_err(failed("making", path))?;
    file.write_all(bytes).map_err(failed("writing", path))?;
    file.sync_all().map_err(failed("writing", path))
}

pub(crate) fn make_private_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("making", path))
}

/// Whether only its owner, and that is us, can change it.
fn is_private(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    // SAFETY: geteuid reads a number of this process and can't fail.
    let ours = metadata.uid() == unsafe { libc::geteuid() };
    Ok(ours && metadata.mode() & 0o077 == 0 && !metadata.is_symlink())
}

fn checksum(path: &Path) -> io::Result<Checksum> {
    let mut file = File::open(path)?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    let mut len = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                hasher.update(&buffer[..read]);
                len += read as u64;
            }
        }
    }
    Ok(Checksum { len, xxh3: format!("{:032x}", hasher.digest128()) })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn filled() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("cache"));
        let lock = cache.lock().unwrap();
        let built = cache.begin(&lock).unwrap();
        write(&built.join(MODULE), b"compiled").unwrap();
        write(&built.join(LIBRARY), b"library").unwrap();
        write(&built.join(INVENTORY), b"math sqrt\n").unwrap();
        cache.commit(&lock, &built, "key", 7, vec![1, 2]).unwrap();
        (folder, cache)
    }

    #[test]
    fn what_was_committed_is_loaded() {
        let (_folder, cache) = filled();
        let manifest = cache.load("key").unwrap();
        assert_eq!((manifest.serve, manifest.hot_pages), (7, vec![1, 2]));
        assert!(cache.load("another key").is_none());
    }

    #[test]
    fn a_damaged_or_foreign_entry_is_never_loaded() {
        fn check(what: &str, damage: impl FnOnce(&Path)) {
            let (_folder, cache) = filled();
            damage(&cache.entry("key"));
            assert!(cache.load("key").is_none(), "{what}");
        }
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        check("torn module", |entry| fs::write(entry.join(MODULE), b"compi").unwrap());
        check("one bit", |entry| fs::write(entry.join(MODULE), b"compilee").unwrap());
        check("longer library", |entry| fs::write(entry.join(LIBRARY), b"library!").unwrap());
        check("no library", |entry| fs::remove_file(entry.join(LIBRARY)).unwrap());
        check("no manifest", |entry| fs::remove_file(entry.join(MANIFEST)).unwrap());
        check("torn manifest", |entry| fs::write(entry.join(MANIFEST), b"{\"serve\":").unwrap());
        check("writable by others", |entry| mode(&entry.join(MODULE), 0o666));
        check("readable folder", |entry| mode(entry, 0o755));
        check("a link", |entry| {
            fs::rename(entry.join(MODULE), entry.join("moved")).unwrap();
            std::os::unix::fs::symlink(entry.join("moved"), entry.join(MODULE)).unwrap();
        });
    }

    #[test]
    fn an_entry_is_private_and_left_overs_are_removed() {
        let (_folder, cache) = filled();
        assert_eq!(fs::metadata(cache.entry("key")).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(cache.entry("key").join(MODULE)).unwrap().mode() & 0o777, 0o600);
        let lock = cache.lock().unwrap();
        fs::write(cache.begin(&lock).unwrap().join("left over"), b"").unwrap();
        assert_eq!(fs::read_dir(cache.begin(&lock).unwrap()).unwrap().count(), 0);
    }
}
