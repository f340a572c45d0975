//! Writes what models wrote, and what came of it, in the format of EvalPlus.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use proofhouse_types::{Outcome, Report, TaskId};
use serde::Serialize;

use crate::error::{BenchError, failed};
use crate::read::Run;
use crate::row::SampleRow;
use crate::summarise::{in_order, unique_names};

/// The tests that EvalPlus added to a task are named so by the importer of its suites.
const PLUS: &str = "plus ";

/// A line of `samples.jsonl`.
#[derive(Serialize)]
struct Sample<'r> {
    task_id: &'r str,
    solution: &'r str,
}

/// `eval_results.json`.
#[derive(Serialize)]
struct Results<'r> {
    hash: &'r str,
    eval: BTreeMap<&'r str, Vec<Judged<'r>>>,
}

/// One sample of a task.
#[derive(Serialize)]
struct Judged<'r> {
    task_id: &'r str,
    solution: &'r str,
    base_status: &'static str,
    plus_status: Option<&'static str>,
    base_fail_tests: [(); 0],
    plus_fail_tests: [(); 0],
}

/// Writes `MODEL.jsonl`, which EvalPlus grades, and `MODEL_eval_results.json`, which its tools read, for each model of
/// the runs, and returns the files. Samples without a verdict are left out, and so are the inputs that failed.
///
/// # Errors
/// Where a file can't be written.
pub fn write_eval_plus(runs: &[Run], folder: &Path) -> Result<Vec<PathBuf>, BenchError> {
    fs::create_dir_all(folder).map_err(failed("making", folder))?;
    let mut taken = HashSet::new();
    let mut written = Vec::new();
    for (run, names) in runs.iter().zip(unique_names(runs)) {
        for (model, name) in run.config.models.iter().zip(names) {
            let stem = file_name(&name, &mut taken);
            let rows = rows_of(run, &model.name);
            for (ending, text) in [(".jsonl", samples(&rows)), ("_eval_results.json", results(run, &rows))] {
                let path = folder.join(format!("{stem}{ending}"));
                fs::write(&path, text).map_err(failed("writing", &path))?;
                written.push(path);
            }
        }
    }
    Ok(written)
}

/// A name for files that no other model has.
fn file_name(model: &str, taken: &mut HashSet<String>) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let plain: String = model.chars().map(|character| if is_plain(character) { character } else { '-' }).collect();
    let plain = plain.trim_start_matches('.');
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let mut names = std::iter::once(plain.to_owned()).chain(numbered);
    names.find(|name| taken.insert(name.clone())).expect("there is always another number")
}

/// The rows of a model that have a verdict, in the order of their tasks and numbers.
fn rows_of<'r>(run: &'r Run, model: &str) -> Vec<(&'r SampleRow, &'r Report)> {
    let mut rows: Vec<(&SampleRow, &Report)> =
        run.rows.iter().filter(|row| row.model == model).filter_map(|row| Some((row, row.verdict()?))).collect();
    let places: HashMap<&TaskId, usize> =
        run.config.tasks.iter().enumerate().map(|(place, task)| (&task.id, place)).collect();
    let place = |row: &SampleRow| places.get(&row.task_id);
    rows.sort_by(|(one, _), (other, _)| {
        place(one).cmp(&place(other)).then_with(|| in_order(&one.sample_id.0, &other.sample_id.0))
    });
    rows
}

fn samples(rows: &[(&SampleRow, &Report)]) -> String {
    let mut text = String::new();
    for (row, _) in rows {
        let sample = Sample { task_id: &row.task_id.0, solution: &row.code };
        text.push_str(&serde_json::to_string(&sample).expect("it is plain data"));
        text.push('\n');
    }
    text
}

fn results(run: &Run, rows: &[(&SampleRow, &Report)]) -> String {
    let has_plus = rows.iter().any(|(_, report)| report.tests.iter().any(|test| test.name.starts_with(PLUS)));
    let mut eval: BTreeMap<&str, Vec<Judged<'_>>> = BTreeMap::new();
    for (row, report) in rows {
        let (base, plus) = statuses(report);
        eval.entry(&row.task_id.0).or_default().push(Judged {
            task_id: &row.task_id.0,
            solution: &row.code,
            base_status: base,
            plus_status: has_plus.then_some(plus),
            base_fail_tests: [],
            plus_fail_tests: [],
        });
    }
    serde_json::to_string(&Results { hash: &run.config.suite.digest, eval }).expect("it is plain data")
}

/// The statuses of the base tests and of the added ones.
fn statuses(report: &Report) -> (&'static str, &'static str) {
    let whole = report.outcome.unwrap_or(Outcome::Failed);
    if report.passed {
        return ("pass", "pass");
    }
    let first_failure = |is_plus: bool| {
        let mut tests = report.tests.iter().filter(|test| test.name.starts_with(PLUS) == is_plus);
        tests.find(|test| test.outcome != Outcome::Passed).map(|test| status(test.outcome))
    };
    match (first_failure(false), first_failure(true)) {
        // What could not be loaded has passed no test.
        (None, None) => (status(whole), status(whole)),
        (base, plus) => (base.unwrap_or("pass"), plus.unwrap_or("pass")),
    }
}

/// Running out of fuel, or waiting for what never comes, is what a clock would end.
fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "pass",
        Outcome::OutOfFuel | Outcome::VirtualTimeLimit | Outcome::WaitedForInput => "timeout",
        Outcome::Failed
        | Outcome::Raised
        | Outcome::Exited
        | Outcome::OutOfMemory
        | Outcome::StackOverflow
        | Outcome::OutputLimit
        | Outcome::DiskLimit
        | Outcome::Uncrossable
        | Outcome::Trapped
        | Outcome::Skipped
        | Outcome::NotJudged
        | Outcome::SyntaxError
        | Outcome::Truncated
        | Outcome::NoCode => "fail",
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{FailureKind, Fuel, IsolationMode, TestReport};

    use super::*;
    use crate::example::{config, failed, row, run};

    fn test(name: &str, outcome: Outcome) -> TestReport {
        TestReport {
            name: name.to_owned(),
            outcome,
            message: String::new(),
            blame: None,
            fuel: Fuel(1),
            judge_fuel: Fuel(0),
            calls: 0,
            vouched: None,
            growth: None,
            isolation: IsolationMode::Isolated,
        }
    }

    fn with_tests(mut row: SampleRow, tests: &[(&str, Outcome)]) -> SampleRow {
        row.report.as_mut().unwrap().tests = tests.iter().map(|(name, outcome)| test(name, *outcome)).collect();
        row
    }

    /// What passed, by task and sample.
    fn passed(run: &Run) -> Vec<(String, String, String, bool)> {
        let mut all: Vec<_> = run
            .rows
            .iter()
            .filter(|row| row.verdict().is_some())
            .map(|row| (row.task_id.0.clone(), row.sample_id.0.clone(), row.code.clone(), row.is_accepted()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn what_is_exported_is_read_back() {
        use Outcome::{Failed, OutOfFuel, Passed, SyntaxError};
        let rows = vec![
            with_tests(row("ollama:a/b", "Own/2", 1, Failed), &[("base 1", Passed), ("plus 1", Failed)]),
            with_tests(row("ollama:a/b", "Own/2", 0, Passed), &[("base 1", Passed), ("plus 1", Passed)]),
            with_tests(row("ollama:a/b", "Own/10", 0, OutOfFuel), &[("base 1", OutOfFuel), ("plus 1", Passed)]),
            row("ollama:a/b", "Own/10", 1, SyntaxError),
        ];
        let tasks = [("Own/2", "x"), ("Own/10", "x")];
        let ours = run("r", config(&["ollama:a/b"], &tasks, 2), rows);
        let folder = tempfile::tempdir().unwrap();
        let written = write_eval_plus(std::slice::from_ref(&ours), folder.path()).unwrap();
        let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["ollama-a-b.jsonl", "ollama-a-b_eval_results.json"]);
        for path in &written {
            assert_eq!(passed(&Run::read(path).unwrap()), passed(&ours), "{}", path.display());
        }
        let results: serde_json::Value = serde_json::from_slice(&fs::read(&written[1]).unwrap()).unwrap();
        let statuses = |task: &str, sample: usize| {
            let sample = &results["eval"][task][sample];
            (sample["base_status"].as_str().unwrap(), sample["plus_status"].as_str().unwrap())
        };
        assert_eq!([statuses("Own/2", 0), statuses("Own/2", 1)], [("pass", "pass"), ("pass", "fail")]);
        assert_eq!([statuses("Own/10", 0), statuses("Own/10", 1)], [("timeout", "pass"), ("fail", "fail")]);
    }

    #[test]
    fn tasks_without_added_tests_have_no_status_of_them() {
        let rows =
            vec![row("m", "a", 0, Outcome::Failed), failed(row("m", "b", 0, Outcome::Passed), FailureKind::Malformed)];
        let ours = run("r", config(&["m"], &[("a", "x"), ("b", "x")], 1), rows);
        let rows = rows_of(&ours, "m");
        let results: serde_json::Value = serde_json::from_str(&results(&ours, &rows)).unwrap();
        assert_eq!(results["eval"]["a"][0]["plus_status"], serde_json::Value::Null);
        assert_eq!(results["eval"].get("b"), None);
    }

    #[test]
    fn no_two_models_share_a_file() {
        let mut taken = HashSet::new();
        let names = ["a:b", "a/b", "../a b", "ünï"].map(|model| file_name(model, &mut taken));
        assert_eq!(names, ["a-b", "a-b-2", "-a-b", "-n-"]);
    }
}
