//! A server of its own for a measurement, and what its processes take.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A running server; ended when it is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// From its start to its first `ready`.
    pub ready_after: Duration,
}

impl Server {
    pub fn start(
        command: &Path,
        suite: &Path,
        cache: &Path,
        folder: &Path,
        settings: &[(&str, String)],
    ) -> Result<Server> {
        let database = format!("sqlite:{}", folder.join(format!("{}.db", settings.len())).display());
        let started = Instant::now();
        let mut child = Command::new(command)
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &database, "--log-format", "json"])
            .arg("--suite")
            .arg(suite)
            .arg("--cache")
            .arg(cache)
            .env("PROOFHOUSE_SERVE_RESULT_CACHE", "0")
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting the server")?;
        let mut log = BufReader::new(child.stderr.take().context("no log")?).lines();
        let address = loop {
            let Some(line) = log.next() else { bail!("the server ends before it listens") };
            let line: serde_json::Value = serde_json::from_str(&line?).context("a line of the log")?;
            if let Some(address) = line["address"].as_str() {
                break address.to_owned();
            }
        };
        // Nobody else reads the log, and a full pipe would hold the server up.
        std::thread::spawn(move || log.map_while(Result::ok).for_each(drop));
        while !is_ready(&address) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Server { child, address, ready_after: started.elapsed() })
    }

    /// CPU time of the server and its workers so far.
    pub fn cpu(&self) -> Result<Duration> {
        // SAFETY: it reads a constant of the system.
        let ticks_a_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
        let ticks = self.processes()?.iter().map(|pid| ticks(*pid)).sum::<Result<u64>>()?;
        Ok(Duration::from_secs_f64(ticks as f64 / ticks_a_second))
    }

    /// Memory of the server, and of each worker: what is theirs alone, and what they share with others too.
    pub fn memory(&self) -> Result<String> {
        let of = |pid: &u32| -> Result<String> {
            let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
            let kib = |key: &str| -> u64 {
                let lines = text.lines().filter(|line| line.starts_with(key));
                lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
            };
            let private = kib("Private_Clean:") + kib("Private_Dirty:");
            Ok(format!("{} MiB ({} MiB private)", kib("Rss:") >> 10, private >> 10))
        };
        let each: Vec<String> = self.processes()?.iter().map(of).collect::<Result<_>>()?;
        Ok(format!("server {}, workers {}", each[0], each[1..].join(", ")))
    }

    /// The server, then its workers.
    fn processes(&self) -> Result<Vec<u32>> {
        let server = self.child.id();
        let mut processes = vec![server];
        for thread in std::fs::read_dir(format!("/proc/{server}/task"))? {
            let children = std::fs::read_to_string(thread?.path().join("children"))?;
            processes.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
        Ok(processes)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What can't be killed has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ticks(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after_name) = text.rsplit_once(')').context("no name in a process's state")?;
    let field =
        |position: usize| after_name.split_whitespace().nth(position).and_then(|field| field.parse::<u64>().ok());
    // Fields 14 and 15 of the line, which begins with the number and the name.
    field(11).zip(field(12)).map(|(user, system)| user + system).context("no times in a process's state")
}

fn is_ready(address: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
