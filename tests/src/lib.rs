//! What the end-to-end tests share: one sandbox for all, and the headers of fixtures.

mod browser;
mod forcing;
mod llama;
mod redis;
mod replay;
mod server;
mod tricks;
mod worker;

pub use browser::{Browser, Key, Theme};
pub use forcing::{Forced, Forcing, Served, grammar};
pub use llama::{Gguf, LlamaServer};
pub use redis::Redis;
pub use replay::{Answer, Asked, Replay, Step};
pub use server::{Answered, Server};
pub use tricks::{Trick, tricks_of_fixtures};
pub use worker::Worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use proofhouse::{Cache, Grader, Sandbox, SandboxOptions, Settings};

/// Slots for tests that run at a time; cargo runs as many as there are cores.
const SLOTS: u32 = 32;

/// The cache that all tests and runs of tests share.
#[must_use]
pub fn cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/proofhouse-test-cache")
}

/// The sandbox that all tests of a process share.
pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let options = SandboxOptions { slots: SLOTS, ..SandboxOptions::default() };
        Sandbox::open(&Cache::new(cache()), options, &mut |_| {}).expect("the sandbox opens")
    })
}

/// A grader over a sandbox of its own.
#[must_use]
pub fn grader() -> Grader {
    grader_with(Settings::default())
}

/// The same with settings.
#[must_use]
pub fn grader_with(settings: Settings) -> Grader {
    let sandbox = Sandbox::open(&Cache::new(cache()), SandboxOptions::default(), &mut |_| {});
    Grader::new(sandbox.expect("the sandbox opens"), settings)
}

/// The command, built from this tree, with the cache that all tests share.
#[must_use]
pub fn command() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let path = BUILT.get_or_init(|| {
        let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        // What cargo says of this crate to its tests would change what build scripts see, and have `ring`, and all above it,
        // built again by every other build.
        let ours = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for name in ours.filter(|name| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))) {
            cargo.env_remove(name);
        }
        let features: &[&str] =
            if cfg!(feature = "embedded") { &["--features", "proofhouse-cli/embedded"] } else { &[] };
        let output = cargo
            .args(["build", "--workspace", "--bin", "proofhouse", "--message-format", "json-render-diagnostics"])
            .args(features)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
        let found = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let executable = found.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).next();
        // The sandbox is made before any command needs it, so that none of them waits for it.
        sandbox();
        executable.expect("cargo builds the command")
    });
    let mut command = Command::new(path);
    command.env("PROOFHOUSE_CACHE", cache()).stdin(Stdio::null());
    command
}

/// What a finished command left.
pub struct Finished {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

/// Runs the command to its end.
pub fn finish(command: &mut Command) -> Finished {
    let output = command.output().expect("the command runs");
    Finished {
        code: output.status.code().expect("the command exits"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder of fixtures.
#[must_use]
pub fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// The files of a folder of fixtures with one of the endings, sorted by name.
#[must_use]
pub fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(fixtures(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    files.retain(|file| endings.iter().any(|ending| file.extension().is_some_and(|there| there == *ending)));
    files.sort();
    files
}

/// What a program says of itself in its first lines, `# key: value`, and the rest.
pub struct Header {
    values: BTreeMap<String, String>,
    /// Everything after the header.
    pub body: Vec<u8>,
}

impl Header {
    /// Splits a fixture at the first line that is no `# key: value` with a known key.
    #[must_use]
    pub fn of(bytes: &[u8], keys: &[&str]) -> Header {
        let mut values = BTreeMap::new();
        let mut rest = bytes;
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            let line = String::from_utf8_lossy(&rest[..end]);
            let comment = line.trim_end().trim_start_matches("<!--").trim_end_matches("-->");
            let entry = comment.trim().trim_start_matches('#').trim().split_once(':');
            match entry.filter(|(key, _)| keys.contains(key) && !values.contains_key(*key)) {
                Some((key, value)) => values.insert(key.to_owned(), value.trim().to_owned()),
                None => return Header { values, body: rest.to_vec() },
            };
            rest = &rest[end..];
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }
}
