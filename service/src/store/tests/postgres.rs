//! A Postgres of the tests' own: a cluster in a temporary folder, reached by a socket there.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A cluster, which stops with its last user.
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    /// Postgres refuses to run as root.
    user: Option<(u32, u32)>,
    server: Mutex<Option<Child>>,
}

impl Cluster {
    /// Makes a cluster and starts its server; nothing where Postgres is not installed.
    pub(crate) fn start() -> Option<Cluster> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let user = is_root.then(|| user_of("postgres").or_else(|| user_of("nobody")).expect("a user to be"));
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let cluster = Cluster { folder, programs, user, server: Mutex::new(None) };
        let made = cluster
            .command("initdb")
            .args(["--no-sync", "--auth=trust", "--username=proofhouse", "--encoding=UTF8", "--no-locale", "--pgdata"])
            .arg(cluster.folder.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.resume();
        Some(cluster)
    }

    /// The address of a database in it.
    pub(crate) fn address(&self, database: &str) -> String {
        format!("postgres://proofhouse@localhost/{database}?host={}", self.folder.path().display())
    }

    /// Starts the server again, and waits until it answers.
    pub(crate) fn resume(&self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let server = self
            .command("postgres")
            .args(["-F", "-c", "listen_addresses=", "-c", "max_connections=200", "-k"])
            .arg(self.folder.path())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .stderr(log)
            .spawn()
            .unwrap();
        *self.server.lock().unwrap() = Some(server);
        let begun = Instant::now();
        while !self.answers() {
            assert!(begun.elapsed() < Duration::from_secs(60), "Postgres did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.contains("ready to accept connections")
    }

    /// Stops the server at once, as a crash of its machine would.
    pub(crate) fn stop(&self) {
        if let Some(mut server) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // SIGQUIT: the server's children end too, which SIGKILL would leave behind.
            let process = i32::try_from(server.id()).unwrap();
            // SAFETY: `kill` takes plain numbers, and the child is not waited for yet, so its id is still its own.
            unsafe { libc::kill(process, libc::SIGQUIT) };
            server.wait().unwrap();
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).env("LC_ALL", "C");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of Postgres' programs: of the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    std::env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn user_of(name: &str) -> Option<(u32, u32)> {
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
