//! `proofhouse bench`: a run of models over a suite. Shows how far it is; asks, grades and counts nothing itself.

mod arguments;
mod live;
mod signals;

use std::num::NonZeroU32;

use anyhow::Result;
use proofhouse::types::Task;
use proofhouse::{Settings, Suite};
use proofhouse_bench::{
    Asking, Bench as Run, BenchError, Ended, Graded, Grading, Load, PROMPTS_VERSION, RunConfig, RunFolder,
    SYSTEM_PROMPT, SampleRow, Start, html, replace, summarise, text as report_text,
};
use proofhouse_generator::{ModelName, Options};
use tokio_util::sync::CancellationToken;

pub use arguments::Bench;

use crate::exit::{Ending, Exit, UserError};
use crate::models::system_of;
use crate::{guest, suites, text};
use arguments::matches;
use live::Live;

/// The run's report as data, in its folder.
const REPORT_JSON: &str = "report.json";

/// The same as a page.
const REPORT_HTML: &str = "report.html";

pub fn bench(arguments: &Bench) -> Result<Exit> {
    if arguments.out.is_file() {
        return Err(UserError(format!("`{}` is a file: expected a folder for the run", arguments.out.display())).into());
    }
    text::show_warnings();
    let suite = match &arguments.suite {
        Some(path) => suites::read(path, arguments.variant.as_deref())?,
        None => suites::practical(arguments.variant.as_deref())?,
    };
    text::problems(&suite.problems);
    let chosen = chosen(arguments, &suite)?;
    let (asking, settings) = (asking(arguments)?, settings(arguments));
    let grading = Grading { limits: settings.limits.clone(), isolation: settings.isolating };
    let models = models(arguments, asking.load)?;
    let names: Vec<ModelName> = arguments.models.clone();
    let config = RunConfig::new(&suite, &chosen, &names, asking, grading)?;
    let left_out = chosen.len() - config.tasks.len();
    if left_out > 0 {
        text::error_text(&format!("{left_out} of {} tasks have no gap to fill, and are left out", chosen.len()));
    }
    // Before the folder, which `--fresh` empties: what can't be graded is not thrown away.
    let jobs = NonZeroU32::from(arguments.jobs);
    let grader = guest::grader(&arguments.sandbox.cache(), jobs.get(), &suite, settings)?;
    let hardware = config.hardware.clone();
    let start = if arguments.fresh { Start::Fresh } else { Start::GoOn };
    let folder = RunFolder::open(&arguments.out, config, start)?;
    if folder.config().hardware != hardware {
        text::error_text("this is not the machine that the run began on: times of the one say little of the other");
    }

    let (stop, give_up) = (CancellationToken::new(), CancellationToken::new());
    signals::hear(stop.clone(), give_up.clone())?;
    let graded = if arguments.grade_last { Graded::Last } else { Graded::AtOnce };
    let run = Run { suite: &suite, models, grader: &grader, jobs, graded, stop, give_up };
    let mut live = Live::new();
    let ended = run.run(folder, &mut |event| live.show(&event));
    live.end();
    let ended = ended.map_err(|error| go_on(error, arguments))?;
    report(&ended, arguments)?;
    let unmeasured = ended.run.rows.iter().filter(|row| ending_of(row) == Ending::BadInput).count();
    if unmeasured > 0 {
        text::error_text(&format!(
            "{unmeasured} samples need packages, and are in no score; `proofhouse setup --packages` brings them"
        ));
    }
    if ended.missing > 0 {
        let out = arguments.out.display();
        text::error_text(&format!("{} samples are missing; the same command goes on with `{out}`", ended.missing));
    }
    Ok(Exit::Ending(ending(&ended, &names).max(if suite.problems.is_empty() {
        Ending::AllGood
    } else {
        Ending::BadInput
    })))
}

/// Prints the report, and leaves it in the run's folder besides.
fn report(ended: &Ended, arguments: &Bench) -> Result<()> {
    let runs = std::slice::from_ref(&ended.run);
    let summary = summarise(runs, &arguments.measures.options());
    let json = serde_json::to_string_pretty(&summary)? + "\n";
    text::line(&text::harmless(report_text(&summary).trim_end()));
    for (name, written) in [(REPORT_JSON, json), (REPORT_HTML, html(&summary, runs))] {
        replace(&arguments.out.join(name), written.as_bytes())?;
    }
    text::line(&format!("the whole of it: {}", arguments.out.join(REPORT_HTML).display()));
    Ok(())
}

/// The tasks that the run is of.
fn chosen<'a>(arguments: &Bench, suite: &'a Suite) -> Result<Vec<&'a Task>> {
    let is_named =
        |task: &&Task| arguments.tasks.is_empty() || arguments.tasks.iter().any(|name| matches(name, &task.id.0));
    let most = arguments.limit.map_or(usize::MAX, |limit| limit.get() as usize);
    let chosen: Vec<&Task> = suite.tasks.iter().filter(is_named).take(most).collect();
    if chosen.is_empty() {
        let names = arguments.tasks.join("`, `");
        return Err(UserError(format!("no task of `{}` is named `{names}`", suite.name)).into());
    }
    Ok(chosen)
}

fn asking(arguments: &Bench) -> Result<Asking> {
    let system = match &arguments.system {
        None => Some(SYSTEM_PROMPT.to_owned()),
        Some(file) => system_of(file)?,
    };
    Ok(Asking {
        mode: arguments.mode.into(),
        prompts: PROMPTS_VERSION,
        system,
        repeats: arguments.repeats.get(),
        sampling: arguments.model.sampling(),
        load: arguments.load(),
    })
}

fn settings(arguments: &Bench) -> Settings {
    Settings { limits: arguments.limits.overrides(), isolating: arguments.isolation.into() }
}

fn models(arguments: &Bench, load: Load) -> Result<Vec<(ModelName, Options)>> {
    let options = |model: &ModelName| {
        let options = arguments.model.options(model, load.most_at_a_time(), u32::from(arguments.jobs.get()))?;
        Ok((model.clone(), options))
    };
    arguments.models.iter().map(options).collect()
}

/// An error, and that nothing is lost by it.
fn go_on(error: BenchError, arguments: &Bench) -> anyhow::Error {
    let out = arguments.out.display();
    anyhow::Error::from(error).context(format!("the run stopped; the same command goes on with `{out}`"))
}

/// How the models of this command ended.
fn ending(ended: &Ended, models: &[ModelName]) -> Ending {
    let names: Vec<String> = models.iter().map(ToString::to_string).collect();
    let rows = ended.run.rows.iter().filter(|row| names.contains(&row.model));
    let of_rows = rows.map(ending_of).max().unwrap_or(Ending::AllGood);
    let of_models = if ended.lost.is_empty() { Ending::AllGood } else { Ending::BadInput };
    let of_run = if ended.missing == 0 { Ending::AllGood } else { Ending::SomeFailed };
    of_rows.max(of_models).max(of_run)
}

fn ending_of(row: &SampleRow) -> Ending {
    match &row.report {
        Some(report) if report.fault.is_some() => Ending::OurFault,
        // What is not measured without a fault of ours misses its packages.
        Some(report) if report.score.is_none() => Ending::BadInput,
        Some(report) if report.passed => Ending::AllGood,
        Some(_) | None => Ending::SomeFailed,
    }
}
