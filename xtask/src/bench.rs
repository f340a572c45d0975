//! Measures, side by side in one run: machines are noisy, so what counts is the ratio of figures taken in turn.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use proofhouse::types::{AssertCheck, Check, Limits, Outcome, SampleId, Submission, Task};
use proofhouse::{
    Cache, Grader, Isolating, Metering, Program, Sandbox, SandboxError, SandboxOptions, Settings, Slot, suite,
};

#[derive(Debug, Args)]
pub struct Bench {
    /// Measure the rules instead, with whichever of ruff, bandit and semgrep are installed beside them
    #[arg(long)]
    rules: bool,
    /// Measure the service instead, over `--humaneval`
    #[arg(long, requires = "humaneval")]
    serve: bool,
    /// HumanEval.jsonl, plain or gzip
    #[arg(long, required_unless_present = "rules")]
    humaneval: Option<PathBuf>,
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

pub struct Row {
    pub what: &'static str,
    pub figure: String,
    pub goal: &'static str,
}

pub fn bench(arguments: &Bench) -> Result<()> {
    let Some(humaneval) = arguments.humaneval.as_ref().filter(|_| !arguments.rules) else {
        return crate::bench_rules::bench(arguments.rounds);
    };
    if arguments.serve {
        return crate::bench_serve::bench(humaneval, &arguments.cache, arguments.rounds);
    }
    let command = build_command()?;
    let open = |metering| {
        let options = SandboxOptions { slots: 3, metering, ..SandboxOptions::default() };
        Sandbox::open(&Cache::new(&arguments.cache), options, &mut |progress| eprintln!("setup: {}", progress.step))
    };
    let sandbox = open(Metering::Fuel)?;
    let suite = suite::read(humaneval)?;
    let programs: Vec<Program> = suite.tasks.iter().map(program).collect::<Result<_>>()?;
    let folder = std::env::temp_dir().join(format!("proofhouse-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let files = write(&folder, &programs)?;

    let mut rows = Vec::new();
    one_worker(arguments, &sandbox, &programs, &files, &mut rows)?;
    rows.push(Row { what: "peak memory of the process, one worker", figure: peak_memory()?, goal: "" });
    two_workers(arguments, &sandbox, &programs, &mut rows)?;
    graded(arguments, &suite.tasks, open(Metering::Fuel)?, "graded with their tests, one worker", 1, &mut rows)?;
    judged(arguments, &suite.tasks, &open, &files, &mut rows)?;
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
pub fn build_command() -> Result<PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo).args(["build", "--quiet", "--release", "--package", "proofhouse-cli"]).status()?;
    ensure!(status.success(), "the command does not build");
    Ok(crate::root().join("target/release/proofhouse"))
}

/// The reference and its tests as one program, which both sides run.
fn program(task: &Task) -> Result<Program> {
    let mut source = task.reference.clone().context("a task has no reference")?;
    for test in &task.tests {
        let Check::Assert(AssertCheck { code }) = &test.check else { bail!("`{}` is no HumanEval task", task.id) };
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

pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("no figure is NaN"));
    values[values.len() / 2]
}

pub fn ms(time: Duration) -> f64 {
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
    // The reference itself has run when its task was made ready, and would not run again.
    let program = |task: &Task| format!("{}\n# as a sample\n", task.reference.as_deref().unwrap_or(""));
    let submissions: Vec<Submission> =
        tasks.iter().map(|task| Submission::program(&task.id.0, &program(task))).collect();
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

/// Samples a task, of which the first also makes the task ready and is not counted.
const SAMPLES: usize = 4;

/// What it costs that the tests run in a guest of their own: the same samples, graded in turn in both ways.
fn judged(
    arguments: &Bench,
    tasks: &[Task],
    open: &dyn Fn(Metering) -> Result<Sandbox, SandboxError>,
    files: &[PathBuf],
    rows: &mut Vec<Row>,
) -> Result<()> {
    let sample = |task: &Task, number: usize| {
        let program = format!("{}\n# {number}\n", task.reference.as_deref().unwrap_or(""));
        Submission { sample_id: SampleId(number.to_string()), ..Submission::program(&task.id.0, &program) }
    };
    let numbered = |task| (0..SAMPLES).map(move |number| (task, sample(task, number)));
    let samples: Vec<(&Task, Submission)> = tasks.iter().flat_map(numbered).collect();
    let work: Vec<(&Task, &Submission)> = samples.iter().map(|(task, sample)| (*task, sample)).collect();
    let graders = [Isolating::Shared, Isolating::Isolated].map(|isolating| {
        let settings = Settings { isolating, ..Settings::default() };
        open(Metering::Fuel).map(|sandbox| Grader::new(sandbox, settings))
    });
    let [shared, isolated] = graders;
    let (shared, isolated) = (shared?, isolated?);
    let timed = |grader: &Grader| -> Result<Vec<f64>> {
        let (mut times, mut failed) = (Vec::new(), 0);
        grader.grade_all(&work, 1, |_, timed| {
            failed += usize::from(!timed.report.passed);
            if timed.report.sample_id.0 != "0" {
                times.push(ms(timed.wall));
            }
        })?;
        ensure!(failed == 0, "{failed} references fail");
        Ok(times)
    };
    let mut ratios = Vec::new();
    let (mut totals, mut medians, mut of_python) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let together: f64 = timed(&shared)?.iter().sum();
        let apart = timed(&isolated)?;
        let total: f64 = apart.iter().sum();
        ratios.push(total / together);
        let once = total / (SAMPLES - 1) as f64;
        of_python.push(once / ms(run_python(&arguments.python, files)?));
        totals.push(once);
        medians.push(median(apart));
    }
    rows.push(Row { what: "164 judged apart from their tests", figure: format!("{:.0} ms", median(totals)), goal: "" });
    rows.push(Row { what: "median of one of them", figure: format!("{:.2} ms", median(medians)), goal: "" });
    rows.push(Row { what: "apart against together", figure: format!("{:.2}x", median(ratios)), goal: "<= 1.15x" });
    let share = format!("{:.2}", median(of_python));
    rows.push(Row { what: "share of one python3 process each", figure: share, goal: "<= 0.25" });
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

pub fn print(rows: &[Row]) {
    println!("| what | measured | goal |\n|---|---|---|");
    for Row { what, figure, goal } in rows {
        println!("| {what} | {figure} | {goal} |");
    }
}
