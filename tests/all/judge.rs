//! Tests that run apart from the code under test.

mod crossing;
mod objects;
mod random_values;
mod tasks;
mod tricks;
mod verdicts;

use proofhouse::types::{Fuel, IsolationMode, LimitOverrides, Outcome, Report, Submission, Task, TestReport};
use proofhouse::{Grader, Isolating, Settings};
use proofhouse_tests::grader_with;

fn grader(isolating: Isolating) -> Grader {
    grader_with(Settings { isolating, ..Settings::default() })
}

fn isolated() -> &'static Grader {
    static GRADER: std::sync::OnceLock<Grader> = std::sync::OnceLock::new();
    GRADER.get_or_init(|| grader(Isolating::Isolated))
}

/// A task without a reference: nothing but the isolation that was asked for decides how it is judged.
fn task(entry_point: &str, tests: &[&str]) -> Task {
    let mut task = Task::new("t", "");
    task.entry_point = Some(entry_point.to_owned());
    task.limits = LimitOverrides { fuel: Some(Fuel(2_000_000_000)), ..LimitOverrides::default() };
    tests.iter().enumerate().fold(task, |task, (number, code)| task.test(&format!("test {number}"), code))
}

fn grade(solution: &str, tests: &[&str]) -> Report {
    let report = isolated().grade(&task("f", tests), &Submission::program("t", solution)).unwrap();
    assert_eq!(report.fault, None, "{solution}");
    assert_eq!(report.isolation.mode, IsolationMode::Isolated);
    report
}

fn only(report: Report) -> TestReport {
    assert_eq!(report.tests.len(), 1, "{:?}: {}", report.outcome, report.message);
    report.tests.into_iter().next().unwrap()
}

#[track_caller]
fn passes(solution: &str, test: &str) {
    let test = only(grade(solution, &[test]));
    assert_eq!((test.outcome, test.message.as_str()), (Outcome::Passed, ""), "{solution}");
}

#[track_caller]
fn ends(solution: &str, test: &str, outcome: Outcome, message: &str) {
    let test = only(grade(solution, &[test]));
    assert_eq!(test.outcome, outcome, "{}", test.message);
    assert!(test.message.contains(message), "`{message}` expected in `{}`", test.message);
}
