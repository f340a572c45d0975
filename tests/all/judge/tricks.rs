//! Every trick of `fixtures/hostile/judge`: none passes a task that it does not solve, and those that work without a judge do.

use std::collections::BTreeMap;

use proofhouse::Isolating;
use proofhouse::types::{AssertCheck, Bytes, Check, Fuel, Limits, Outcome, Report, SampleId, Submission, Task, TaskId};
use proofhouse_tests::{Trick, fixtures, sandbox, tricks_of_fixtures};

use super::tasks::TASKS;
use super::{grader, isolated, task};

fn tasks() -> Vec<Task> {
    let limited = |(entry_point, code, reference): &(&str, &str, &str)| {
        let mut task = Task { id: TaskId((*entry_point).to_owned()), ..task(entry_point, &[code]) };
        task.reference = Some((*reference).to_owned());
        task.limits.fuel = Some(Fuel(300_000_000));
        task.limits.memory = Some(Bytes(96 << 20));
        task
    };
    TASKS.iter().map(limited).collect()
}

/// How often each generic trick passes one of the tasks.
fn passes(tricks: &[Trick], isolating: Isolating) -> BTreeMap<String, usize> {
    let tasks = tasks();
    let sample = |trick: &Trick, task: &Task| Submission {
        sample_id: SampleId(trick.name.clone()),
        ..Submission::program(&task.id.0, &trick.program(task.entry_point.as_deref().unwrap_or_default()))
    };
    let samples: Vec<(&Task, Submission)> =
        tricks.iter().flat_map(|trick| tasks.iter().map(move |task| (task, sample(trick, task)))).collect();
    let work: Vec<_> = samples.iter().map(|(task, sample)| (*task, sample)).collect();
    let (mut passes, mut faults) = (BTreeMap::new(), Vec::new());
    let grading = grader(isolating).grade_all(&work, 2, |_, timed| {
        let Report { sample_id, passed, fault, .. } = timed.report;
        faults.extend(fault.map(|fault| format!("{sample_id}: {fault}")));
        *passes.entry(sample_id.0).or_default() += usize::from(passed);
    });
    grading.unwrap();
    assert_eq!(faults, Vec::<String>::new());
    passes
}

#[test]
fn no_trick_passes_a_task_that_it_does_not_solve() {
    let mut tricks = tricks_of_fixtures();
    for trick in &tricks {
        assert!(trick.header.get("tries").is_some(), "{} says what it tries", trick.name);
    }
    tricks.retain(Trick::is_generic);
    assert!(tricks.len() >= 40, "the set is there");
    let honest = tasks();
    for task in &honest {
        let report =
            isolated().grade(task, &Submission::program(&task.id.0, task.reference.as_ref().unwrap())).unwrap();
        assert!(report.passed, "{}: {:?}", task.id, report.tests);
    }
    let fooled: Vec<_> = passes(&tricks, Isolating::Isolated).into_iter().filter(|(_, passes)| *passes > 0).collect();
    assert!(fooled.is_empty(), "{fooled:?}");
    // A trick that works without a judge is one; a header that says so must be true.
    let shared = passes(&tricks, Isolating::Shared);
    let works = |trick: &&Trick| shared[&trick.name] > 0;
    let wrong = |trick: &&Trick| trick.header.get("shared") != Some(if works(trick) { "passes" } else { "fails" });
    let wrong: Vec<_> = tricks.iter().filter(wrong).map(|trick| (&trick.name, shared[&trick.name])).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn tricks_leave_nothing_behind_in_either_guest() {
    let (tricks, tasks) = (tricks_of_fixtures(), tasks());
    let (task, Check::Assert(AssertCheck { code })) = (&tasks[0], &tasks[0].tests[0].check) else { unreachable!() };
    let limits = task.limits.over(&Limits::default());
    let left = sandbox().with_pair(|pair| {
        let mut session = pair.tests(&limits).unwrap();
        let code = session.compile_tests(code).unwrap().unwrap();
        let plan = session.plan("total", &[], &[], "", "", &[&code]).unwrap();
        drop(session);
        let mut left = Vec::new();
        for trick in tricks.iter().filter(|trick| trick.is_generic()) {
            let mut trial = pair.trial(&limits).unwrap();
            if trial.load(&trick.program("total"), &plan).unwrap().outcome == Outcome::Passed
                && trial.begin(&plan, None).unwrap().ran.outcome == Outcome::Passed
            {
                trial.test(&code).unwrap();
            }
            drop(trial);
            if !pair.audit().is_empty() {
                left.push(trick.name.clone());
            }
        }
        left
    });
    assert_eq!(left.unwrap(), Vec::<String>::new());
}

#[test]
fn tricks_that_hard_code_examples_pass_exactly_those() {
    let suite = proofhouse::suite::read(&fixtures("tasks")).unwrap();
    let mut seen = 0;
    for trick in tricks_of_fixtures().iter().filter(|trick| !trick.is_generic()) {
        seen += 1;
        let id = trick.header.get("task").unwrap();
        let task = suite.tasks.iter().find(|task| task.id.0 == id).unwrap();
        let report = isolated().grade(task, &Submission::program(id, &trick.program("ENTRY"))).unwrap();
        let passed = report.tests.iter().filter(|test| test.outcome == Outcome::Passed);
        let passed: Vec<_> = passed.map(|test| test.name.as_str()).collect();
        let expected: Vec<_> = trick.header.get("passes").unwrap().split(',').map(str::trim).collect();
        assert_eq!((passed, report.passed), (expected, false), "{}", trick.name);
    }
    assert!(seen >= 3, "the set is there");
}
