//! A real server: the command, with a folder and a database of its own, on a free port of loopback.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::command;

/// How long a server may take for what is a matter of a second: debug builds on busy machines are slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server. Killed when it is dropped.
pub struct Server {
    child: Child,
    folder: TempDir,
    config: String,
    environment: Vec<(String, PathBuf)>,
    /// Address and port.
    pub address: String,
    log: Arc<Mutex<String>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl Answered {
    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }
}

impl Server {
    /// Starts a server with the settings of a TOML file, and waits until it is ready.
    #[must_use]
    pub fn start(config: &str) -> Server {
        Server::start_in(&[], config)
    }

    /// The same with variables in its environment.
    #[must_use]
    pub fn start_in(environment: &[(&str, &Path)], config: &str) -> Server {
        let environment: Vec<(String, PathBuf)> =
            environment.iter().map(|(name, path)| ((*name).to_owned(), path.to_path_buf())).collect();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (child, stderr) = spawn(folder.path(), config, &environment);
        let log = Arc::new(Mutex::new(String::new()));
        let mut server = Server { child, folder, config: config.to_owned(), environment, address: String::new(), log };
        server.await_ready(stderr);
        server
    }

    /// Starts it again over the same database, after it ended or was killed. The port is another one.
    pub fn restart(&mut self) {
        self.kill();
        let (child, stderr) = spawn(self.folder.path(), &self.config, &self.environment);
        self.child = child;
        self.await_ready(stderr);
    }

    /// Ends it at once, as the kernel would.
    pub fn kill(&mut self) {
        // What can't be killed has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and waits for it: the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        // SAFETY: a signal to a child of ours that was not waited for, so the number is its own.
        unsafe { libc::kill(self.child.id() as i32, libc::SIGTERM) };
        self.child.wait().expect("it can be waited for").code()
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processes of its workers.
    #[must_use]
    pub fn workers(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).expect("the server lives");
        let of_thread = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.expect("it can be listed").path().join("children")).unwrap_or_default()
        };
        tasks
            .map(of_thread)
            .flat_map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
            .collect()
    }

    /// Its folder, which has its database.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `GET`.
    #[must_use]
    pub fn get(&self, path: &str) -> Answered {
        answered(agent().get(self.url(path)).call())
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete(&self, path: &str) -> Answered {
        answered(agent().delete(self.url(path)).call())
    }

    /// `POST` with JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answered {
        self.post_text(path, "application/json", &body.to_string())
    }

    /// `POST` with a text of any type.
    #[must_use]
    pub fn post_text(&self, path: &str, kind: &str, body: &str) -> Answered {
        answered(agent().post(self.url(path)).content_type(kind).send(body))
    }

    /// Asks again and again until the answer is as wished.
    ///
    /// # Panics
    /// Where it never is.
    pub fn until<T>(&self, what: &str, mut ask: impl FnMut(&Server) -> Option<T>) -> T {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(found) = ask(self) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("never: {what}\n{}", self.log());
    }

    fn await_ready(&mut self, stderr: ChildStderr) {
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        self.address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the server ends: {}", self.log()));
            self.log.lock().expect("nobody panics with it").push_str(&format!("{line}\n"));
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = entry["address"].as_str() {
                break address.to_owned();
            }
        };
        let log = self.log.clone();
        std::thread::spawn(move || {
            for line in lines {
                log.lock().expect("nobody panics with it").push_str(&format!("{line}\n"));
            }
        });
        self.until("ready", |server| (server.get("/readyz").status == 200).then_some(()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &Path, config: &str, environment: &[(String, PathBuf)]) -> (Child, ChildStderr) {
    let path: PathBuf = folder.join("serve.toml");
    std::fs::write(&path, config).expect("the settings can be written");
    let database = format!("sqlite:{}", folder.join("proofhouse.db").display());
    let mut command = command();
    command.arg("serve").args(["--listen", "127.0.0.1:0", "--log-format", "json"]).arg("--config").arg(&path);
    command.envs(environment.iter().map(|(name, path)| (name, path)));
    if !config.contains("database =") {
        command.args(["--database", &database]);
    }
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the command starts");
    let stderr = child.stderr.take().expect("it was asked for");
    (child, stderr)
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

fn answered(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answered {
    let Ok(mut response) = response else {
        return Answered { status: 0, headers: Vec::new(), text: format!("{:?}", response.err()) };
    };
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    Answered {
        status: response.status().as_u16(),
        headers: headers.collect(),
        text: response.body_mut().read_to_string().unwrap_or_default(),
    }
}
