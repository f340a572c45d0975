//! The profile `packages`: pure-Python distributions that tasks may need, brought once by pip with pinned hashes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::cache::{Cache, failed, make_private_folder};
use crate::error::{Error, Result};

/// The distributions that a task may ask for. What they need in turn comes with them.
pub const PACKAGES: [&str; 5] = ["requests", "httpx", "PyJWT", "SQLAlchemy", "pytest"];

/// pip's own format: every distribution with its version and the hash of its wheel.
const REQUIREMENTS: &str = include_str!("../guests/python/packages.txt");

/// What is in a guest besides the standard library.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Nothing.
    #[default]
    Base,
    /// The distributions of [`PACKAGES`].
    Packages,
}

/// A digest of what the profile adds.
pub(crate) fn digest(profile: Profile) -> Option<String> {
    match profile {
        Profile::Base => None,
        Profile::Packages => Some(requirements_digest()),
    }
}

fn requirements_digest() -> String {
    format!("{:x}", Sha256::digest(REQUIREMENTS))[..16].to_owned()
}

/// Whether [`install_packages`] has been here.
pub fn has_packages(cache: &Cache) -> bool {
    folder(cache).is_dir()
}

/// Brings the packages into the cache with `python3 -m pip`, which checks their hashes.
///
/// # Errors
/// Where there is no `python3` with pip, or it can't reach a package index.
pub fn install_packages(cache: &Cache) -> Result<()> {
    let target = folder(cache);
    let lock = cache.lock()?;
    if target.is_dir() {
        return Ok(());
    }
    let building = cache.folder().join("packages-building");
    if building.exists() {
        std::fs::remove_dir_all(&building).map_err(failed("removing", &building))?;
    }
    make_private_folder(&building)?;
    let requirements = building.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS).map_err(failed("writing", &requirements))?;
    // Wheels that run anywhere, whatever Python this machine has.
    let platform = ["--python-version=3.14", "--implementation=py", "--abi=none", "--platform=any"];
    let said = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"])
        .args(["--require-hashes", "--only-binary=:all:"])
        .args(platform)
        .arg("--target")
        .arg(building.join("site"))
        .arg("--requirement")
        .arg(&requirements)
        .output()
        .map_err(|source| Error::Pip { said: format!("`python3` can't be started: {source}") })?;
    if !said.status.success() {
        return Err(Error::Pip { said: String::from_utf8_lossy(&said.stderr).trim().to_owned() });
    }
    std::fs::rename(&building, &target).map_err(failed("renaming to", &target))?;
    drop(lock);
    Ok(())
}

/// The files that the guest gets, by their path in the library: modules, and what says which version is there.
pub(crate) fn files(cache: &Cache) -> Result<BTreeMap<String, Vec<u8>>> {
    let site = folder(cache).join("site");
    if !site.is_dir() {
        return Err(Error::NoPackages);
    }
    let mut found = BTreeMap::new();
    collect(&site, "", &mut found).map_err(failed("reading", &site))?;
    Ok(found)
}

fn folder(cache: &Cache) -> PathBuf {
    cache.folder().join(format!("packages-{}", requirements_digest()))
}

fn collect(folder: &Path, below: &str, into: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() {
            if name != "bin" && name != "licenses" {
                collect(&entry.path(), &path, into)?;
            }
        } else if [".py", ".pem"].iter().any(|end| name.ends_with(end))
            || ["METADATA", "entry_points.txt"].contains(&&*name)
        {
            into.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
