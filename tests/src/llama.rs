//! llama.cpp's real server over models with random weights. Everything is installed into `target/llama`: by pip into a virtual
//! environment, from `tests/python/requirements.txt`, which pins everything; the models are written there by a script.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A model with random weights: it knows nothing, but everything around its weights is as in models that people use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gguf {
    /// Some microseconds a token.
    Tiny,
    /// The same with the template of a model that reasons before it answers.
    Think,
    /// Above a millisecond a token, so that what is measured is the model.
    Steady,
}

impl Gguf {
    /// The name of its file, by which the server calls it.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Gguf::Tiny => "tiny.gguf",
            Gguf::Think => "think.gguf",
            Gguf::Steady => "steady.gguf",
        }
    }

    /// Its file, which is written where it is not there yet.
    ///
    /// # Panics
    /// Where there is no Python, or pip has no index.
    #[must_use]
    pub fn file(self) -> PathBuf {
        let file = folder().join(self.file_name());
        let _turn = turn();
        if is_older(&file, &[&script("make_gguf.py"), &script("requirements.txt")]) {
            // The name appears when the file is whole.
            let begun = folder().join("begun.gguf");
            let arguments: &[&str] = match self {
                Gguf::Tiny => &[],
                Gguf::Think => &["--think"],
                Gguf::Steady => &[
                    "--layers=4",
                    "--width=512",
                    "--heads=8",
                    "--key-heads=4",
                    "--inner=1536",
                    "--vocabulary=4096",
                    "--type=q8_0",
                ],
            };
            run(Command::new(python()).arg(script("make_gguf.py")).arg(&begun).args(arguments));
            std::fs::rename(begun, &file).expect("a file can be renamed");
        }
        file
    }
}

/// A running server. Ended when it is dropped, and when this process ends.
pub struct LlamaServer {
    child: Child,
    /// Its address, without a slash at its end.
    pub url: String,
}

impl LlamaServer {
    /// Starts a server for a model on a free port, and waits until it is ready. It answers so many requests at a time, with
    /// 8,192 tokens for each.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start(model: Gguf, slots: u32) -> LlamaServer {
        let file = model.file();
        let mut child = Command::new(environment().join("bin/python"))
            .arg(script("llama_server.py"))
            .arg(file)
            .args(["--slots", &slots.to_string(), "--context", "8192"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lines = stdout.lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("listening ").map(str::to_owned));
        LlamaServer { child, url: url.expect("the server tells its address") }
    }

    /// Ends it at once, as the kernel would.
    pub fn kill(&mut self) {
        // What can't be killed has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/llama")
}

fn environment() -> PathBuf {
    folder().join("venv")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name)
}

/// Held by the one process, and the one test in it, that installs or writes something.
fn turn() -> File {
    std::fs::create_dir_all(folder()).expect("a folder can be made");
    let file = File::create(folder().join("lock")).expect("a file can be made");
    file.lock().expect("a file can be locked");
    file
}

/// A Python that has the packages.
fn python() -> PathBuf {
    let python = environment().join("bin/python");
    let done = folder().join("installed");
    if is_older(&done, &[&script("requirements.txt")]) {
        run(Command::new("python3").args(["-m", "venv"]).arg(environment()));
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"])
            .arg(script("requirements.txt")));
        File::create(done).expect("a file can be made");
    }
    python
}

/// Whether a file is not there, or was made before one of its sources was changed.
fn is_older(file: &Path, sources: &[&Path]) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|there| there.modified());
    let Ok(made) = changed(file) else { return true };
    sources.iter().any(|source| changed(source).expect("our files are there") > made)
}

fn run(command: &mut Command) {
    let output = command.output().expect("there is a Python");
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}
