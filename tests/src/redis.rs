//! A real Redis of a test's own, reached by a socket in a temporary folder.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running Redis. Killed when it is dropped.
pub struct Redis {
    child: Child,
    folder: TempDir,
}

impl Redis {
    /// Starts one; nothing, with a line that says so, where it is not installed.
    #[must_use]
    pub fn start() -> Option<Redis> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let started = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket", "redis.sock", "--dir"])
            .arg(folder.path())
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut child) = started else {
            #[expect(clippy::print_stdout, reason = "what was not tested is said")]
            {
                println!("skipped: Redis is not installed");
            }
            return None;
        };
        let log = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lines = log.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("eady to accept connections")), "Redis did not start");
        Some(Redis { child, folder })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("redis.sock").display())
    }

    /// What `redis-cli` says to a command.
    #[must_use]
    pub fn ask(&self, words: &[&str]) -> String {
        let mut asking = Command::new("redis-cli");
        asking.arg("-s").arg(self.folder.path().join("redis.sock")).args(words);
        let output = asking.output().expect("redis-cli stands beside the server");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        // What can't be killed has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}
