//! What workers answer behind their locks: the same as a grader in this process does.

use proofhouse::suite;
use proofhouse::types::{Bytes, Fuel, Limits, Outcome, Submission};
use proofhouse_tests::{Header, Worker, files, finish, fixtures, grader};

#[test]
fn every_reference_gets_the_report_that_it_gets_elsewhere() {
    let suite = suite::read(&fixtures("tasks")).unwrap();
    let grader = grader();
    let mut worker = Worker::start(&[]);
    assert_eq!(worker.hello.unlocked, Vec::<String>::new(), "this kernel locks everything");
    for task in &suite.tasks {
        let Some(reference) = &task.reference else { continue };
        let submission = Submission::program(&task.id.0, reference);
        let report = worker.score(task, &submission);
        assert_eq!(report, grader.grade(task, &submission).unwrap(), "{}", task.id);
        assert!(report.passed || report.outcome == Some(Outcome::Skipped), "{}: {report:?}", task.id);
    }
    assert!(worker.end().success());
}

#[test]
fn bombs_end_as_they_do_elsewhere_and_the_worker_lives() {
    let mut worker = Worker::start(&[]);
    let limits = Limits { fuel: Fuel(4_000_000_000), ..Limits::default() };
    let own_stack = Limits { stack: Bytes(2 << 20), ..limits.clone() };
    let recursion = std::fs::read_to_string(fixtures("hostile/recursion-through-repr.py")).unwrap();
    let cases = [
        ("print('a')", &limits, Outcome::Passed),
        ("while True: pass", &limits, Outcome::OutOfFuel),
        ("x = bytearray(10**9)", &limits, Outcome::OutOfMemory),
        ("x = [bytearray(10**6) for _ in range(200)]", &limits, Outcome::Passed),
        (&recursion, &limits, Outcome::StackOverflow),
        // Another engine, whose module is loaded behind the locks.
        ("print(1)", &own_stack, Outcome::Passed),
        (&recursion, &own_stack, Outcome::StackOverflow),
        ("import os\nos.abort()", &limits, Outcome::Trapped),
        ("print('x' * 10**7)", &limits, Outcome::OutputLimit),
        ("open('f', 'wb').write(bytes(10**9))", &limits, Outcome::OutOfMemory),
        ("1 / 0", &limits, Outcome::Raised),
        ("print('b')", &limits, Outcome::Passed),
    ];
    for (source, limits, outcome) in cases {
        let run = worker.run(source, limits);
        assert_eq!(run.outcome, outcome, "{source}: {} {:?}", run.message, run.exception);
    }
    let found = worker.check("import os\nos.system(input())\n", "python");
    assert!(!found.is_empty(), "a command of the user's");
    assert!(!worker.check("eval(location.hash)", "javascript").is_empty());
    // A hundred stack limits are as many modules, of which few are kept.
    for kib in 0..100 {
        let limits = Limits { stack: Bytes((1 << 20) + kib * 4096), ..Limits::default() };
        assert_eq!(worker.run("pass", &limits).outcome, Outcome::Passed);
    }
    assert!(worker.end().success());
}

#[test]
fn hostile_programs_end_as_they_do_elsewhere() {
    let mut worker = Worker::start(&[]);
    let mut ran = 0;
    for file in files("hostile", &["py"]) {
        let bytes = std::fs::read(&file).unwrap();
        let header = Header::of(&bytes, &["outcome", "because", "limits", "message", "stdout", "repeat"]);
        // Those that need limits of their own, or to be made longer, show nothing more of the locks.
        if header.get("limits").is_none() && header.get("repeat").is_none() {
            let run = worker.run(&bytes, &Limits::default());
            assert_eq!(run.outcome.to_string(), header.get("outcome").unwrap(), "{}: {}", file.display(), run.message);
            ran += 1;
        }
    }
    assert!(ran > 20, "{ran} programs");
    assert!(worker.end().success());
}

#[test]
fn what_is_no_worker_s_standard_input_is_refused() {
    let done = finish(proofhouse_tests::command().args(["worker", "--tasks", "1", "--cache", "nowhere"]));
    assert_eq!(done.code, 3);
    assert!(done.stderr.contains("standard input is no socket"), "{}", done.stderr);
}
