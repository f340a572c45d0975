//! Measures, side by side in one run: machines are noisy, so what counts is the ratio of figures taken in turn.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use proofhouse::types::{Check, Limits, Outcome, Submission, Task};
use proofhouse::{Cache, Grader, Metering, Program, Sandbox, SandboxOptions, Settings, Slot, suite};

#[derive(Debug, Args)]
pub struct Bench {
    /// HumanEval.jsonl, plain or gzip
    #[arg(long)]
    humaneval: PathBuf,
    /// An EvalPlus release of it, such as HumanEvalPlus-Mini.jsonl.gz
    #[arg(long)]
    plus: Option<PathBuf>,
    /// The interpreter to compare with
    #[arg(long, default_value = "/usr/bin/python3")]
    python: PathBuf,
    /// How often each thing is measured; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where the compiled interpreter is kept
    #[arg(long, default_value = "target/proofhouse-bench-cache")]
    cache: PathBuf,
}

struct Row {
    what: &'static str,
    figure: String,
    goal: &'static str,
}

pub fn bench(arguments: &Bench) -> Result<()> {
    let command = build_command()?;
    let open = |metering| {
        let options = SandboxOptions { slots: 3, metering, ..SandboxOptions::default() };
        Sandbox::open(&Cache::new(&arguments.cache), options, &mut |progress| eprintln!("setup: {}", progress.step))
    };
    let sandbox = open(Metering::Fuel)?;
    let suite = suite::read(&arguments.humaneval)?;
    let programs: Vec<Program> = suite.tasks.iter().map(program).collect::<Result<_>>()?;
    let folder = std::env::temp_dir().join(format!("proofhouse-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let files = write(&folder, &programs)?;

    let mut rows = Vec::new();
    one_worker(arguments, &sandbox, &programs, &files, &mut rows)?;
    rows.push(Row { what: "peak memory of the process, one worker", figure: peak_memory()?, goal: "" });
    two_workers(arguments, &sandbox, &programs, &mut rows)?;
    graded(arguments, &suite.tasks, open(Metering::Fuel)?, "graded with their tests, one worker", 1, &mut rows)?;
    if let Some(plus) = &arguments.plus {
        let plus = suite::read(plus)?;
        graded(arguments, &plus.tasks, open(Metering::Fuel)?, "HumanEval+, every input, two workers", 2, &mut rows)?;
    }
    cold_start(arguments, &command, &folder, &mut rows)?;
    fuel_cost(arguments, &sandbox, &open(Metering::Unmetered)?, &programs, &mut rows)?;
    std::fs::remove_dir_all(&folder)?;
    print(&rows);
    Ok(())
}

/// The command itself, for cold starts.
fn build_command() -> Result<PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo).args(["build", "--quiet", "--release", "--package", "proofhouse-cli"]).status()?;
    ensure!(status.success(), "the command does not build");
    Ok(crate::root().join("target/release/proofhouse"))
}

/// The reference and its tests as one program, which both sides run.
fn program(task: &Task) -> Result<Program> {
    let mut source = task.reference.clone().context("a task has no reference")?;
    for test in &task.tests {
        let Check::Assert { code } = &test.check else { bail!("`{}` is no HumanEval task", task.id) };
        let _ = write!(source, "\n{code}\n");
    }
    Ok(Program { name: "program.py".to_owned(), source: source.into_bytes(), ..Program::default() })
}

fn write(folder: &Path, programs: &[Program]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (position, program) in programs.iter().enumerate() {
        let path = folder.join(format!("{position}.py"));
        std::fs::write(&path, &program.source)?;
        files.push(path);
    }
    Ok(files)
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("no figure is NaN"));
    values[values.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn run_all(slot: &mut Slot<'_>, programs: &[Program]) -> Result<Vec<Duration>> {
    let limits = Limits::default();
    let mut times = Vec::with_capacity(programs.len());
    for program in programs {
        let started = Instant::now();
        let run = slot.run(program, &limits)?;
        times.push(started.elapsed());
        ensure!(run.ran.outcome == Outcome::Passed, "{:?}", run.ran);
    }
    Ok(times)
}

fn one_worker(
    arguments: &Bench,
    sandbox: &Sandbox,
    programs: &[Program],
    files: &[PathBuf],
    rows: &mut Vec<Row>,
) -> Result<()> {
    let (mut ours, mut theirs, mut medians, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut empty = Vec::new();
    sandbox.with_slot(|slot| -> Result<()> {
        run_all(slot, programs)?;
        for _ in 0..arguments.rounds {
            let times = run_all(slot, programs)?;
            let our_total = ms(times.iter().sum());
            let their_total = ms(run_python(&arguments.python, files)?);
            medians.push(median(times.iter().map(|time| ms(*time)).collect()));
            ratios.push(their_total / our_total);
            ours.push(our_total);
            theirs.push(their_total);
        }
        let pass = Program { name: "pass.py".to_owned(), source: b"pass\n".to_vec(), ..Program::default() };
        let times = run_all(slot, &vec![pass; 200])?;
        empty.extend(times.iter().map(|time| ms(*time)));
        Ok(())
    })??;
    let total = |values| format!("{:.0} ms", median(values));
    rows.push(Row { what: "164 HumanEval programs, one worker, with fuel", figure: total(ours), goal: "" });
    rows.push(Row { what: "the same, one python3 process each", figure: total(theirs), goal: "" });
    rows.push(Row { what: "times faster", figure: format!("{:.2}x", median(ratios)), goal: ">= 4.5x" });
    rows.push(Row { what: "median of one program", figure: format!("{:.2} ms", median(medians)), goal: "<= 0.6 ms" });
    rows.push(Row { what: "`pass`", figure: format!("{:.3} ms", median(empty)), goal: "<= 0.12 ms" });
    Ok(())
}

fn run_python(python: &Path, files: &[PathBuf]) -> Result<Duration> {
    let started = Instant::now();
    for file in files {
        let status = Command::new(python).arg(file).stdin(Stdio::null()).stdout(Stdio::null()).status();
        let status = status.with_context(|| format!("running `{}`", python.display()))?;
        ensure!(status.success(), "`{}` fails in {}", file.display(), python.display());
    }
    Ok(started.elapsed())
}

/// The same work by one thread and by two, each thread all of it, so that the ratio is 2 where they don't disturb each other.
fn two_workers(arguments: &Bench, sandbox: &Sandbox, programs: &[Program], rows: &mut Vec<Row>) -> Result<()> {
    let timed = |threads: usize| -> Result<f64> {
        let barrier = std::sync::Barrier::new(threads);
        let times: Vec<Result<f64>> = std::thread::scope(|scope| {
            let work = || {
                sandbox.with_slot(|slot| -> Result<f64> {
                    run_all(slot, programs)?;
                    barrier.wait();
                    let started = Instant::now();
                    for _ in 0..3 {
                        run_all(slot, programs)?;
                    }
                    Ok(ms(started.elapsed()))
                })?
            };
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().expect("a worker panicked")).collect()
        });
        times.into_iter().try_fold(0.0, |longest: f64, time| Ok(longest.max(time?)))
    };
    let mut ratios = Vec::new();
    for _ in 0..arguments.rounds {
        let one = timed(1)?;
        ratios.push(2.0 * one / timed(2)?);
    }
    rows.push(Row { what: "two workers against one", figure: format!("{:.2}x", median(ratios)), goal: ">= 1.85x" });
    Ok(())
}

fn graded(
    arguments: &Bench,
    tasks: &[Task],
    sandbox: Sandbox,
    what: &'static str,
    jobs: usize,
    rows: &mut Vec<Row>,
) -> Result<()> {
    let submissions: Vec<Submission> =
        tasks.iter().map(|task| Submission::program(&task.id.0, task.reference.as_deref().unwrap_or(""))).collect();
    let work: Vec<(&Task, &Submission)> = tasks.iter().zip(&submissions).collect();
    let grader = Grader::new(sandbox, Settings::default());
    let (mut totals, mut failed) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.min(3) {
        let started = Instant::now();
        grader.grade_all(&work, jobs, |_, timed| {
            if !timed.report.passed {
                failed.push(timed.report.task_id.to_string());
            }
        })?;
        totals.push(ms(started.elapsed()));
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    rows.push(Row { what, figure: format!("{:.0} ms", median(totals)), goal: "" });
    Ok(())
}

fn cold_start(arguments: &Bench, command: &Path, folder: &Path, rows: &mut Vec<Row>) -> Result<()> {
    let file = folder.join("pass.py");
    std::fs::write(&file, "pass\n")?;
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        let status = Command::new(command).arg("run").arg(&file).arg("--cache").arg(&arguments.cache).status()?;
        times.push(ms(started.elapsed()));
        ensure!(status.success(), "`proofhouse run` fails");
    }
    let figure = format!("{:.1} ms", median(times));
    rows.push(Row { what: "cold start of the command to a verdict", figure, goal: "<= 40 ms" });
    Ok(())
}

fn fuel_cost(
    arguments: &Bench,
    metered: &Sandbox,
    unmetered: &Sandbox,
    programs: &[Program],
    rows: &mut Vec<Row>,
) -> Result<()> {
    let total = |sandbox: &Sandbox| -> Result<f64> {
        sandbox.with_slot(|slot| -> Result<f64> {
            run_all(slot, programs)?;
            Ok(ms(run_all(slot, programs)?.iter().sum()))
        })?
    };
    let mut ratios = Vec::new();
    for _ in 0..arguments.rounds {
        let with = total(metered)?;
        ratios.push(with / total(unmetered)?);
    }
    rows.push(Row { what: "cost of fuel", figure: format!("{:.2}x", median(ratios)), goal: "" });
    Ok(())
}

fn peak_memory() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no peak memory in /proc")?;
    let kib: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(format!("{} MiB", kib >> 10))
}

fn print(rows: &[Row]) {
    println!("| what | measured | goal |\n|---|---|---|");
    for Row { what, figure, goal } in rows {
        println!("| {what} | {figure} | {goal} |");
    }
}
