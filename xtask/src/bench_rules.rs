//! Measures the rules: a text, a file, a thousand of them, and one of 10 MB; other tools get the same files in the same run.
//!
//! CPU time counts, not the clock's: machines are noisy, and tools use as many cores as they find.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use proofhouse::{Analyser, Grammar};

use crate::bench::{Row, build_command, median, ms, print};

/// Lines of a snippet that is measured warm.
const LINES: usize = 50;

/// Files of a folder.
const FILES: usize = 1000;

pub fn bench(rounds: usize) -> Result<()> {
    let command = build_command()?;
    let analyser = Analyser::new();
    let bad = bad(&analyser);
    let clean = clean()?;
    let folder = std::env::temp_dir().join(format!("proofhouse-bench-rules-{}", std::process::id()));
    let many = write(&folder.join("many"), &bad)?;
    let none = write(&folder.join("clean"), &clean)?;
    let one = folder.join("one.py");
    std::fs::write(&one, &snippets(&bad)[0])?;

    let mut rows = Vec::new();
    warm(&analyser, &snippets(&bad), rounds, &mut rows);
    let ours = |path: &Path| cpu(Command::new(&command).arg("check").args(["--jobs", "1"]).arg(path), rounds);
    let cold = ours(&one)?;
    rows.push(Row { what: "cold `check` of one file", figure: format!("{:.1} ms", ms(cold)), goal: "12 ms" });
    let (hits, silent) = (ours(&many)?, ours(&none)?);
    rows.push(Row { what: "1,000 snippets, most with hits", figure: seconds(hits), goal: "0.5 s" });
    rows.push(Row { what: "1,000 clean ones", figure: seconds(silent), goal: "0.08 s" });
    let text = bad.join("\n");
    for (what, bytes) in [("one file of 2.5 MB", 2_500_000), ("one file of 10 MB", 10_000_000)] {
        let path = folder.join("large.py");
        std::fs::write(&path, text.repeat(bytes / text.len() + 1))?;
        rows.push(Row { what, figure: seconds(ours(&path)?), goal: "linear" });
    }
    for (name, arguments) in PEERS {
        if !installed(name) {
            eprintln!("{name} is not installed");
            continue;
        }
        for (what, path) in [("one file", &one), ("1,000 with hits", &many), ("1,000 clean", &none)] {
            let time = cpu(Command::new(name).args(arguments).arg(path), rounds)?;
            rows.push(Row { what: "", figure: format!("{name}, {what}: {:.1} ms", ms(time)), goal: "" });
        }
    }
    std::fs::remove_dir_all(&folder)?;
    print(&rows);
    Ok(())
}

/// Tools that do the same for Python, as their users run them.
const PEERS: [(&str, &[&str]); 3] = [
    ("ruff", &["check", "--select", "S", "--isolated", "--no-cache", "--quiet"]),
    ("bandit", &["--quiet", "--recursive"]),
    ("semgrep", &["scan", "--config", "p/python", "--metrics", "off", "--quiet"]),
];

fn installed(name: &str) -> bool {
    let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// Python in which a rule fires: the examples of the catalog.
fn bad(analyser: &Analyser) -> Vec<String> {
    let rules = analyser.rules().into_iter().filter(|rule| rule.id.starts_with("python/"));
    rules.flat_map(|rule| rule.bad.into_iter().map(|example| example.code)).collect()
}

/// Python that does its work: the solutions of the project's own tasks.
fn clean() -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![crate::root().join("fixtures/tasks")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name == "reference.py" || (name.starts_with("right-") && name.ends_with(".py")) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| Ok(std::fs::read_to_string(path)?)).collect()
}

/// Texts of about fifty lines.
fn snippets(pieces: &[String]) -> Vec<String> {
    let mut whole = Vec::new();
    let mut text = String::new();
    for piece in pieces {
        text.push_str(piece);
        text.push('\n');
        if text.lines().count() >= LINES {
            whole.push(std::mem::take(&mut text));
        }
    }
    whole
}

fn write(folder: &Path, texts: &[String]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    for (number, text) in texts.iter().cycle().take(FILES).enumerate() {
        std::fs::write(folder.join(format!("{number}.py")), text)?;
    }
    Ok(folder.to_owned())
}

fn warm(analyser: &Analyser, snippets: &[String], rounds: usize, rows: &mut Vec<Row>) {
    let mut times = Vec::new();
    for round in 0..=rounds {
        for snippet in snippets {
            let started = thread_time();
            std::hint::black_box(analyser.check(snippet, Grammar::Python));
            // The first round loads the rules.
            if round > 0 {
                times.push(thread_time() - started);
            }
        }
    }
    times.sort_unstable();
    let at = |share: usize| format!("{:.2} ms", ms(times[(times.len() * share / 100).min(times.len() - 1)]));
    rows.push(Row { what: "warm snippet of 50 lines, median", figure: at(50), goal: "0.4 ms" });
    rows.push(Row { what: "the 99th of 100", figure: at(99), goal: "1.5 ms" });
}

/// The CPU time of a command: the median of some rounds.
fn cpu(command: &mut Command, rounds: usize) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let before = children_time();
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        ensure!(status.code().is_some_and(|code| code < 3), "{command:?} fails");
        times.push(children_time() - before);
    }
    Ok(median(times))
}

/// CPU time of this thread.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for one `timespec`, which the call fills.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// CPU time that the children so far took.
pub fn children_time() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is valid for one `rusage`, which the call fills; all zeros is one too.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |value: libc::timeval| {
        let (seconds, micros) = (value.tv_sec.unsigned_abs(), value.tv_usec.unsigned_abs());
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}
