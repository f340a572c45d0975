//! Making the guest: reproducible, private, and never loaded when it is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use proofhouse::{Cache, Sandbox, SandboxOptions};
use proofhouse_tests::{cache, sandbox};

fn entry(cache: &Path) -> PathBuf {
    let entries = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let newest =
        entries.filter(|path| path.is_dir()).max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    newest.unwrap()
}

#[test]
fn two_builds_give_the_same_bytes_and_a_damaged_one_is_made_again() {
    sandbox();
    let folder = tempfile::tempdir().unwrap();
    let second = folder.path().join("cache");
    let open = || {
        let mut steps = 0;
        let options = SandboxOptions::default();
        Sandbox::open(&Cache::new(&second), options, &mut |_| steps += 1).unwrap();
        steps
    };
    assert!(open() > 3, "it is made, step by step");
    assert_eq!(open(), 0, "it is there");
    let made = entry(&second);
    let before = entry_of(&cache(), &made);
    for name in ["module.cwasm", "library.image", "manifest.json"] {
        assert!(fs::read(made.join(name)).unwrap() == fs::read(before.join(name)).unwrap(), "{name} differs");
    }
    let module = made.join("module.cwasm");
    let bytes = fs::read(&module).unwrap();
    fs::write(&module, &bytes[..bytes.len() / 2]).unwrap();
    assert!(open() > 3, "a torn module is made again");
    assert!(fs::read(&module).unwrap() == bytes);
}

/// The entry of the same name in another cache.
fn entry_of(cache: &Path, entry: &Path) -> PathBuf {
    cache.join(entry.file_name().unwrap())
}
