//! Runs every trick of `fixtures/hostile/judge` against every task of a suite: before the judge, and with one interpreter.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use proofhouse::types::{Fuel, LimitOverrides, SampleId, Submission, Task};
use proofhouse::{Cache, Grader, Isolating, Sandbox, SandboxOptions, Settings, suite};
use proofhouse_tests::{Trick, tricks_of_fixtures};

#[derive(Debug, Args)]
pub struct Tricks {
    /// A suite whose tasks have an entry point, such as HumanEval.jsonl.gz
    #[arg(long)]
    suite: PathBuf,
    /// Fuel of a test; tricks that never end use all of it
    #[arg(long, default_value = "1000000000")]
    fuel: Fuel,
    /// Workers
    #[arg(long, default_value_t = 2)]
    jobs: u32,
    /// Where the compiled interpreter is kept
    #[arg(long, default_value = "target/proofhouse-bench-cache")]
    cache: PathBuf,
}

/// How often each trick passed.
type Passes = BTreeMap<String, usize>;

pub fn tricks(arguments: &Tricks) -> Result<()> {
    let suite = suite::read(&arguments.suite)?;
    let tricks: Vec<Trick> = tricks_of_fixtures().into_iter().filter(|trick| trick.is_generic()).collect();
    let with_entry: Vec<(&Task, &str)> =
        suite.tasks.iter().filter_map(|task| Some((task, task.entry_point.as_deref()?))).collect();
    let mut samples = Vec::new();
    for trick in &tricks {
        for (task, entry_point) in &with_entry {
            let program = trick.program(entry_point);
            let sample =
                Submission { sample_id: SampleId(trick.name.clone()), ..Submission::program(&task.id.0, &program) };
            samples.push((*task, sample));
        }
    }
    let (isolated, faults) = passes(arguments, &samples, Isolating::Auto)?;
    let (shared, _) = passes(arguments, &samples, Isolating::Shared)?;
    println!("| trick | before the judge | with one interpreter |\n|---|---|---|");
    for trick in &tricks {
        println!("| {} | {} | {} |", trick.name, isolated[&trick.name], shared[&trick.name]);
    }
    let fooled: usize = isolated.values().sum();
    let working = shared.values().filter(|passes| **passes > 0).count();
    println!(
        "\n{} tricks on {} tasks: {fooled} passes before the judge, {faults} faults; {working} tricks pass with one interpreter",
        tricks.len(),
        with_entry.len()
    );
    ensure!(fooled == 0 && faults == 0, "the judge was fooled, or failed");
    Ok(())
}

fn passes(arguments: &Tricks, samples: &[(&Task, Submission)], isolating: Isolating) -> Result<(Passes, usize)> {
    let options = SandboxOptions { slots: arguments.jobs, ..SandboxOptions::default() };
    let sandbox = Sandbox::open(&Cache::new(&arguments.cache), options, &mut |_| {})?;
    let limits = LimitOverrides { fuel: Some(arguments.fuel), ..LimitOverrides::default() };
    let grader = Grader::new(sandbox, Settings { limits, isolating });
    let work: Vec<(&Task, &Submission)> = samples.iter().map(|(task, sample)| (*task, sample)).collect();
    let (mut passes, mut faults, mut done) = (Passes::new(), 0, 0);
    grader.grade_all(&work, arguments.jobs as usize, |_, timed| {
        *passes.entry(timed.report.sample_id.0).or_default() += usize::from(timed.report.passed);
        faults += usize::from(timed.report.fault.is_some());
        done += 1;
        if done % 2000 == 0 {
            eprintln!("{done} of {}", samples.len());
        }
    })?;
    Ok((passes, faults))
}
