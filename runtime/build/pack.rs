//! Packs the standard library: the modules that generated programs can use, sorted, nothing else.
//!
//! The pack is a run of `path length, path, content length, content`, lengths as little-endian u32.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result};

/// Left out: user interfaces, tools for developers, the sources' own packaging, and what needs a library that the guest lacks.
const LEFT_OUT: [&str; 21] = [
    "_aix_support.py",
    "_android_support.py",
    "_apple_support.py",
    "_ios_support.py",
    "_osx_support.py",
    "antigravity.py",
    "componentize_py_",
    "config-3.14-wasm32-wasi/",
    "ctypes/",
    "curses/",
    "dill/",
    "ensurepip/",
    "idlelib/",
    "pydoc_data/",
    "site-packages/",
    "this.py",
    "tkinter/",
    "turtle.py",
    "turtledemo/",
    "venv/",
    "zipapp.py",
];

/// The pack of a tar archive whose files stand under `python-stdlib/`.
pub fn standard_library(archive: &[u8]) -> Result<Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_str().context("a path of the standard library is not UTF-8")?.to_owned();
        let Some(path) = path.split_once("python-stdlib/").map(|(_, rest)| rest.to_owned()) else { continue };
        let wanted = path.ends_with(".py") && !LEFT_OUT.iter().any(|prefix| path.starts_with(prefix));
        if wanted && entry.header().entry_type().is_file() {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            files.insert(path, content);
        }
    }
    let mut pack = Vec::new();
    for (path, content) in &files {
        for part in [path.as_bytes(), content] {
            pack.extend_from_slice(&u32::try_from(part.len())?.to_le_bytes());
            pack.extend_from_slice(part);
        }
    }
    Ok(pack)
}
