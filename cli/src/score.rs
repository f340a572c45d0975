//! `proofhouse score`: grades samples against a suite.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use proofhouse::types::{Report, Submission, Summary, Task, TaskId};
use proofhouse::{Grader, Made, Problem, ResultsError, ResultsFile, Settings, Suite, read_samples, summarise};

use crate::arguments::{Format, Score};
use crate::exit::{Ending, Exit, UserError};
use crate::{guest, suites, text};

pub fn score(arguments: &Score) -> Result<Exit> {
    let started = Instant::now();
    let suite = suites::read(&arguments.suite, arguments.variant.as_deref())?;
    let samples = read_samples(&arguments.samples, &suite)?;
    let problems: Vec<Problem> = suite.problems.iter().chain(&samples.problems).cloned().collect();
    text::problems(&problems);
    if samples.submissions.is_empty() {
        return Err(UserError(format!("no sample in `{}` can be graded", arguments.samples.display())).into());
    }
    let tasks: HashMap<&TaskId, &Task> = suite.tasks.iter().map(|task| (&task.id, task)).collect();
    let work: Vec<(&Task, &Submission)> =
        samples.submissions.iter().filter_map(|sample| Some((*tasks.get(&sample.task_id)?, sample))).collect();

    let settings = Settings { limits: arguments.limits.overrides(), isolating: arguments.isolation.into() };
    let mut results = open_results(arguments, &suite, &settings)?;
    let mut reports: Vec<Option<Report>> =
        work.iter().map(|(task, sample)| kept(results.as_ref(), task, sample)).collect();
    let left: Vec<usize> = (0..work.len()).filter(|position| reports[*position].is_none()).collect();
    let mut times = vec![Duration::ZERO; work.len()];
    let mut written = Ok(());
    if !left.is_empty() {
        let jobs = guest::jobs(arguments.jobs).min(left.len() as u32);
        let grader = guest::grader(&arguments.cache, jobs, &suite, settings.clone())?;
        let bar = guest::bar(left.len() as u64, "grading [{bar:30}] {pos}/{len}, {per_sec}, {eta} left");
        let to_do: Vec<(&Task, &Submission)> = left.iter().map(|position| work[*position]).collect();
        grader.grade_all(&to_do, jobs as usize, |position, timed| {
            let position = left[position];
            if let (Some(results), Ok(())) = (&mut results, &written) {
                written = results.append(&timed.report);
            }
            times[position] = timed.wall;
            reports[position] = Some(timed.report);
            bar.inc(1);
        })?;
        bar.finish_and_clear();
    }
    written?;

    let reports: Vec<Report> = reports.into_iter().flatten().collect();
    if let Some(results) = results {
        results.finish(&reports)?;
    }
    if let Some(path) = &arguments.timings {
        write_timings(path, &work, &times).with_context(|| format!("writing `{}`", path.display()))?;
    }
    let summary = summary(&suite, &reports, left.len(), started.elapsed());
    match arguments.format {
        Format::Json => text::line(&serde_json::to_string(&summary)?),
        Format::Text => text::line(text::scores(&summary, &reports).trim_end()),
    }
    Ok(Exit::Ending(ending(&summary, &problems)))
}

fn open_results(arguments: &Score, suite: &Suite, settings: &Settings) -> Result<Option<ResultsFile>, ResultsError> {
    let Some(path) = &arguments.out else { return Ok(None) };
    let made = Made::of(suite, settings);
    if arguments.fresh { ResultsFile::fresh(path, &made) } else { ResultsFile::resume(path, &made) }.map(Some)
}

/// The row of an earlier run, if it is of the same program.
fn kept(results: Option<&ResultsFile>, task: &Task, submission: &Submission) -> Option<Report> {
    let row = results?.row(&submission.task_id, &submission.sample_id)?;
    (row.code_sha256 == Grader::code_sha256(task, submission)).then(|| row.clone())
}

fn write_timings(path: &std::path::Path, work: &[(&Task, &Submission)], times: &[Duration]) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for ((_, submission), wall) in work.iter().zip(times) {
        let row = serde_json::json!({
            "task_id": submission.task_id,
            "sample_id": submission.sample_id,
            "wall_ms": wall.as_secs_f64() * 1000.0,
        });
        writeln!(file, "{row}")?;
    }
    Ok(file.flush()?)
}

fn summary(suite: &Suite, reports: &[Report], graded: usize, wall: Duration) -> Summary {
    let totals = summarise(reports, suite.tasks.len());
    Summary {
        tasks: totals.tasks,
        samples: totals.samples,
        passed: totals.passed,
        failed: totals.failed,
        faults: totals.faults,
        skipped: totals.skipped,
        missing: totals.missing,
        pass_at_k: totals.pass_at_k,
        pass_hat_k: totals.pass_hat_k,
        agreement: totals.agreement,
        flips: totals.flips,
        score_mean: totals.score_mean,
        wall_s: wall.as_secs_f64(),
        samples_per_s: graded as f64 / wall.as_secs_f64(),
        versions: Grader::versions(),
    }
}

fn ending(summary: &Summary, problems: &[Problem]) -> Ending {
    if summary.faults > 0 {
        Ending::OurFault
    } else if !problems.is_empty() || summary.skipped > 0 {
        Ending::BadInput
    } else if summary.failed > 0 {
        Ending::SomeFailed
    } else {
        Ending::AllGood
    }
}
