//! Measures `proofhouse serve` from another process on loopback, without its result cache: the 164 programs of HumanEval in
//! a closed loop of more and more clients, then in an open loop at three times what it can do.
//!
//! CPU time of the server's processes counts where throughput is compared: this process takes its share of the same cores.

mod load;
mod process;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use proofhouse::suite;
use proofhouse::types::Task;
use serde_json::json;

use crate::bench::{build_command, ms};
use crate::bench_rules::children_time;
use load::{Load, Taken};
use process::Server;

/// Clients of a closed loop.
const CLIENTS: [usize; 4] = [1, 2, 32, 256];

/// How long the open loop goes on.
const OPEN: Duration = Duration::from_secs(15);

pub fn bench(humaneval: &Path, cache: &Path, rounds: usize) -> Result<()> {
    let command = build_command()?;
    let tasks = suite::read(humaneval)?.tasks;
    let folder = tempfile::tempdir()?;
    let in_process = of_score(&command, humaneval, cache, &tasks, folder.path(), rounds)?;
    println!("`score` in its own process: {in_process:.0} programs a CPU-second\n");

    let server = Server::start(&command, humaneval, cache, folder.path(), &[])?;
    println!("ready after {:.0} ms; at rest: {}\n", ms(server.ready_after), server.memory()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let load = Load { address: server.address.clone(), bodies: bodies(&tasks, rounds) };
    // Tasks are made ready once for each worker.
    runtime.block_on(load.closed(2, 2 * tasks.len()))?;

    println!(
        "| clients | right | requests/s | p50 | p99 | requests a CPU-second | of `score` |\n|---|---|---|---|---|---|---|"
    );
    let (mut capacity, mut alone) = (0.0, Duration::ZERO);
    for clients in CLIENTS {
        let before = server.cpu()?;
        let taken = runtime.block_on(load.closed(clients, load.bodies.len()))?;
        let per_cpu = taken.answers.len() as f64 / (server.cpu()? - before).as_secs_f64();
        let (p50, p99) = (taken.percentile(50), taken.percentile(99));
        println!(
            "| {clients} | {} of {} | {:.0} | {:.1} ms | {:.1} ms | {per_cpu:.0} | {:.2}x |",
            taken.right(),
            taken.answers.len(),
            taken.a_second(),
            ms(p50),
            ms(p99),
            per_cpu / in_process
        );
        ensure!(taken.right() == taken.answers.len(), "wrong verdicts: {:?}", taken.first_wrong());
        capacity = f64::max(capacity, taken.a_second());
        if clients == 1 {
            alone = p99;
        }
    }
    println!("\nafter that: {}\n", server.memory()?);
    drop(server);
    overload(&command, humaneval, cache, folder.path(), &tasks, capacity, alone)
}

/// Three times what the server can do, to one that lets nobody wait longer than a fraction of the slowest program.
fn overload(
    command: &Path,
    humaneval: &Path,
    cache: &Path,
    folder: &Path,
    tasks: &[Task],
    capacity: f64,
    alone: Duration,
) -> Result<()> {
    let wait = (alone / 2).max(Duration::from_millis(10));
    let setting = ("PROOFHOUSE_SERVE_QUEUE__MAX_WAIT_MS", wait.as_millis().to_string());
    let server = Server::start(command, humaneval, cache, folder, &[setting])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let load = Load { address: server.address.clone(), bodies: bodies(tasks, 1) };
    runtime.block_on(load.closed(2, 4 * tasks.len()))?;
    let rate = 3.0 * capacity;
    let taken = runtime.block_on(load.open(rate, OPEN))?;
    let (accepted, refused) = taken.split();
    println!("open loop, {rate:.0} requests/s for {} s, queue.max_wait_ms = {}:\n", OPEN.as_secs(), wait.as_millis());
    let line = |what: &str, taken: &Taken| {
        println!(
            "| {what} | {} | p50 {:.1} ms | p99 {:.1} ms | most {:.1} ms |",
            taken.answers.len(),
            ms(taken.percentile(50)),
            ms(taken.percentile(99)),
            ms(taken.percentile(100))
        );
    };
    line("accepted", &accepted);
    line("refused", &refused);
    println!(
        "\np99 of the accepted against that of one client alone: {:.1}x",
        accepted.percentile(99).as_secs_f64() / alone.as_secs_f64()
    );
    ensure!(accepted.right() == accepted.answers.len(), "wrong verdicts: {:?}", accepted.first_wrong());
    Ok(())
}

/// Requests, each a program that no other is: the reference with a number in a comment.
fn bodies(tasks: &[Task], rounds: usize) -> Vec<bytes::Bytes> {
    let body = |round: usize, task: &Task| {
        let request = json!({ "suite": "HumanEval", "task_id": task.id, "code": sample(task, round) });
        request.to_string().into()
    };
    (0..rounds).flat_map(|round| tasks.iter().map(move |task| body(round, task))).collect()
}

fn sample(task: &Task, round: usize) -> String {
    format!("{}\n# {round}\n", task.reference.as_deref().unwrap_or_default())
}

/// Programs that `score` grades in a CPU-second, beyond what it takes to start and to make each task ready.
fn of_score(command: &Path, suite: &Path, cache: &Path, tasks: &[Task], folder: &Path, rounds: usize) -> Result<f64> {
    let mut times = Vec::new();
    // The first run may have the guest to make, and does not count.
    for rounds in [1, 1, rounds + 1] {
        let samples = folder.join(format!("samples-{rounds}.jsonl"));
        let row = |round: usize, task: &Task| {
            format!("{}\n", json!({ "task_id": task.id, "sample_id": round, "solution": sample(task, round) }))
        };
        let rows = (0..rounds).flat_map(|round| tasks.iter().map(move |task| row(round, task)));
        std::fs::write(&samples, rows.collect::<String>())?;
        let before = children_time();
        let mut score = Command::new(command);
        score.arg("score").arg("--suite").arg(suite).arg("--samples").arg(&samples).arg("--cache").arg(cache);
        let output = score.args(["--format", "json", "--jobs", "2"]).output().context("running `score`")?;
        ensure!(output.status.success(), "`score` fails: {}", String::from_utf8_lossy(&output.stderr));
        times.push(children_time().saturating_sub(before));
    }
    Ok((tasks.len() * rounds) as f64 / times[2].saturating_sub(times[1]).as_secs_f64())
}
