//! From runs to their summary: every model of every run side by side.

use std::collections::HashMap;

use proofhouse_types::TaskId;

use crate::compare::pairs;
use crate::config::TaskFacts;
use crate::metrics::{Measured, Objectives, Price, TaskRows, cost, endings, goodput, least_fuel, quality, speed};
use crate::notes::{asked, notes};
use crate::read::Run;
use crate::row::SampleRow;
use crate::summary::{Mark, ModelSummary, RunFacts, SuiteFacts, Summary, TaskRow};

/// What a summary tells besides what is in the runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SummaryOptions {
    /// What requests must meet to count as goodput.
    pub objectives: Option<Objectives>,
    /// What the machine costs.
    pub price: Option<Price>,
}

/// What runs come to, side by side. A task that several runs have is the same task where its id is the same.
#[must_use]
pub fn summarise(runs: &[Run], options: &SummaryOptions) -> Summary {
    let tasks = all_tasks(runs);
    let models = measured(runs, &tasks);
    let least = least_fuel(&models);
    let pass_at_1 = |model: &ModelSummary| model.quality.pass_at_k.get(&1).map_or(-1.0, |estimate| estimate.value);
    let mut summaries: Vec<(ModelSummary, Measured<'_>)> =
        models.into_iter().map(|model| (summary_of(&model, &least, options), model)).collect();
    summaries.sort_by(|(one, _), (other, _)| {
        pass_at_1(other).total_cmp(&pass_at_1(one)).then_with(|| one.name.cmp(&other.name))
    });
    let (summaries, models): (Vec<ModelSummary>, Vec<Measured<'_>>) = summaries.into_iter().unzip();
    Summary {
        suite: suite(runs),
        runs: runs.iter().map(run_facts).collect(),
        pairs: pairs(&models),
        tasks: tasks.iter().map(|task| task_row(task, &models)).collect(),
        notes: notes(runs, &summaries),
        models: summaries,
    }
}

/// The suite of the first run of our own; results of others know little of theirs.
fn suite(runs: &[Run]) -> SuiteFacts {
    let ours = runs.iter().find(|run| run.config.imported.is_none()).or(runs.first());
    let none = || SuiteFacts { name: String::new(), release: None, digest: String::new(), tasks: 0 };
    ours.map_or_else(none, |run| run.config.suite.clone())
}

/// The tasks of all runs, in the order in which they are first met. The first run that knows a task's category is
/// believed.
fn all_tasks(runs: &[Run]) -> Vec<TaskFacts> {
    let mut places: HashMap<&TaskId, usize> = HashMap::new();
    let mut tasks: Vec<TaskFacts> = Vec::new();
    for task in runs.iter().flat_map(|run| &run.config.tasks) {
        let place = *places.entry(&task.id).or_insert(tasks.len());
        match tasks.get_mut(place) {
            Some(there) if there.category.is_none() => there.category.clone_from(&task.category),
            Some(_) => {}
            None => tasks.push(task.clone()),
        }
    }
    tasks
}

/// Every model of every run, with its rows by task.
fn measured<'r>(runs: &'r [Run], tasks: &[TaskFacts]) -> Vec<Measured<'r>> {
    let names = unique_names(runs);
    let mut models = Vec::new();
    for (index, (run, names)) in runs.iter().zip(names).enumerate() {
        let mut by_model: HashMap<&str, HashMap<&TaskId, Vec<&SampleRow>>> = HashMap::new();
        for row in &run.rows {
            by_model.entry(&row.model).or_default().entry(&row.task_id).or_default().push(row);
        }
        for (model, name) in run.config.models.iter().zip(names) {
            let mut rows = by_model.remove(model.name.as_str()).unwrap_or_default();
            let of_task = |facts: &TaskFacts| {
                let mut rows = rows.remove(&facts.id)?;
                rows.sort_by(|one, other| in_order(&one.sample_id.0, &other.sample_id.0));
                Some(TaskRows { facts: facts.clone(), rows })
            };
            let tasks = tasks.iter().filter_map(of_task).collect();
            models.push(Measured { name, run: index, config: &run.config, model, tasks });
        }
    }
    models
}

/// Numbers by their value, others by their letters.
pub(crate) fn in_order(one: &str, other: &str) -> std::cmp::Ordering {
    let number = |id: &str| id.parse::<u64>().unwrap_or(u64::MAX);
    number(one).cmp(&number(other)).then_with(|| one.cmp(other))
}

/// A name of its own for every model of every run: as the run has it, with the run's folder where two runs have the
/// same, and with the run's number where folders are no help either.
pub(crate) fn unique_names(runs: &[Run]) -> Vec<Vec<String>> {
    let all = || {
        runs.iter()
            .flat_map(|run| run.config.models.iter().map(move |model| (model.name.as_str(), run.folder.as_str())))
    };
    let of_model = |index: usize, folder: &str, name: &str| {
        let has_name = all().filter(|(there, _)| *there == name).count();
        let has_both = all().filter(|there| *there == (name, folder)).count();
        match (has_name, has_both) {
            (1, _) => name.to_owned(),
            (_, 1) => format!("{name} ({folder})"),
            (_, _) => format!("{name} ({folder}, run {})", index + 1),
        }
    };
    let of_run = |(index, run): (usize, &Run)| {
        run.config.models.iter().map(|model| of_model(index, &run.folder, &model.name)).collect()
    };
    runs.iter().enumerate().map(of_run).collect()
}

fn summary_of(measured: &Measured<'_>, least: &HashMap<TaskId, u64>, options: &SummaryOptions) -> ModelSummary {
    let samples = measured.rows().count();
    let speed = speed(measured);
    let asked = match measured.config.imported {
        Some(_) => samples,
        None => measured.config.tasks.len() * measured.config.asking.repeats as usize,
    };
    ModelSummary {
        name: measured.name.clone(),
        model: measured.model.name.clone(),
        run: measured.run,
        facts: measured.model.facts.clone(),
        asked,
        samples,
        graded: measured.rows().filter(|row| row.verdict().is_some()).count(),
        passed: measured.rows().filter(|row| row.is_accepted()).count(),
        faults: measured.rows().filter(|row| row.report.as_ref().is_some_and(|report| report.fault.is_some())).count(),
        lost: measured.model.lost.clone(),
        quality: quality(measured, least),
        endings: endings(measured),
        goodput: options.objectives.as_ref().and_then(|objectives| goodput(measured, speed.as_ref()?, objectives)),
        cost: options.price.and_then(|price| Some(cost(measured, speed.as_ref()?, price))),
        speed,
    }
}

fn run_facts(run: &Run) -> RunFacts {
    let config = &run.config;
    let is_ours = config.imported.is_none();
    RunFacts {
        folder: run.folder.clone(),
        started_unix_ms: is_ours.then_some(config.started_unix_ms),
        hardware: config.hardware.clone(),
        versions: is_ours.then(|| config.versions.clone()),
        asked: asked(config),
    }
}

fn task_row(task: &TaskFacts, models: &[Measured<'_>]) -> TaskRow {
    let mark = |row: &&SampleRow| Mark {
        sample_id: row.sample_id.0.clone(),
        passed: row.is_accepted(),
        outcome: row.ending().to_owned(),
    };
    let marks = |model: &Measured<'_>| {
        let there = model.tasks.iter().find(|there| there.id() == &task.id);
        there.map_or_else(Vec::new, |there| there.rows.iter().map(mark).collect())
    };
    TaskRow {
        id: task.id.clone(),
        category: task.category.clone(),
        language: task.language.clone(),
        samples: models.iter().map(marks).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, Outcome};

    use super::*;
    use crate::example::{config, failed, faulted, row, run};

    fn of_runs(runs: &[Run]) -> Summary {
        summarise(runs, &SummaryOptions::default())
    }

    #[test]
    fn models_are_sorted_by_what_passes_and_counted() {
        let tasks = [("a", "x"), ("b", "y")];
        let rows = vec![
            row("low", "a", 0, Outcome::Failed),
            faulted(row("low", "b", 0, Outcome::Failed)),
            row("high", "a", 0, Outcome::Passed),
            row("high", "b", 0, Outcome::Passed),
            failed(row("none", "a", 0, Outcome::Passed), FailureKind::Unreachable),
        ];
        let summary = of_runs(&[run("r", config(&["none", "low", "high"], &tasks, 1), rows)]);
        let counts = |model: &ModelSummary| {
            (model.name.clone(), model.asked, model.samples, model.graded, model.passed, model.faults)
        };
        assert_eq!(
            summary.models.iter().map(counts).collect::<Vec<_>>(),
            [("high".to_owned(), 2, 2, 2, 2, 0), ("low".to_owned(), 2, 2, 1, 0, 1), ("none".to_owned(), 2, 1, 0, 0, 0),]
        );
    }

    #[test]
    fn a_task_has_the_marks_of_every_model_in_the_order_of_models() {
        let mut rows: Vec<SampleRow> = (0..11).rev().map(|sample| row("m", "a", sample, Outcome::Failed)).collect();
        rows.push(failed(row("n", "a", 0, Outcome::Passed), FailureKind::TooLong));
        rows.push(row("n", "b", 0, Outcome::Passed));
        let summary = of_runs(&[run("r", config(&["m", "n"], &[("a", "x"), ("b", "y")], 11), rows)]);
        assert_eq!(summary.models[0].name, "n");
        let marks = |task: usize, model: usize| -> Vec<String> {
            let samples = &summary.tasks[task].samples[model];
            samples.iter().map(|mark| format!("{} {} {}", mark.sample_id, mark.outcome, mark.passed)).collect()
        };
        assert_eq!(marks(0, 0), ["0 too_long false"]);
        assert_eq!(
            (marks(0, 1).len(), marks(0, 1)[9].as_str(), marks(0, 1)[10].as_str()),
            (11, "9 failed false", "10 failed false")
        );
        assert_eq!((marks(1, 0), marks(1, 1).len()), (vec!["0 passed true".to_owned()], 0));
    }

    #[test]
    fn every_model_of_every_run_has_a_name_of_its_own() {
        let check = |runs: &[(&str, &[&str])], expected: &[&str]| {
            let runs: Vec<Run> =
                runs.iter().map(|(folder, models)| run(folder, config(models, &[("a", "x")], 1), Vec::new())).collect();
            let names: Vec<String> = unique_names(&runs).into_iter().flatten().collect();
            assert_eq!(names, expected);
        };
        check(&[("r", &["a", "b"])], &["a", "b"]);
        check(&[("r", &["a", "b"]), ("s", &["a"])], &["a (r)", "b", "a (s)"]);
        check(&[("r", &["a"]), ("r", &["a"])], &["a (r, run 1)", "a (r, run 2)"]);
    }

    #[test]
    fn runs_of_different_suites_stand_side_by_side() {
        let one = run("one", config(&["m"], &[("a", "x"), ("b", "x")], 1), vec![row("m", "a", 0, Outcome::Passed)]);
        let mut other =
            run("two", config(&["n"], &[("b", "x"), ("c", "y")], 1), vec![row("n", "c", 0, Outcome::Passed)]);
        other.config.imported = Some("EvalPlus".to_owned());
        other.config.tasks.iter_mut().for_each(|task| task.category = None);
        let summary = of_runs(&[other, one]);
        let tasks: Vec<(&str, Option<&str>)> =
            summary.tasks.iter().map(|task| (task.id.0.as_str(), task.category.as_deref())).collect();
        assert_eq!(tasks, [("b", Some("x")), ("c", None), ("a", Some("x"))]);
        assert_eq!((summary.suite.name.as_str(), summary.suite.tasks), ("own", 2));
        assert_eq!(summary.pairs, []);
        assert_eq!(of_runs(&[]).suite.tasks, 0);
    }

    #[test]
    fn a_summary_comes_back_from_json() {
        let rows = vec![row("m", "a", 0, Outcome::Passed), row("m", "b", 0, Outcome::Failed)];
        let summary = of_runs(&[run("r", config(&["m"], &[("a", "x"), ("b", "y")], 1), rows)]);
        let written = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&written).unwrap(), summary);
    }
}
