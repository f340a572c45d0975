//! The library over the real sandbox.

use proofhouse::suite;
use proofhouse::types::{
    Check, Fuel, LimitOverrides, Outcome, ReferenceCheck, Report, Rubric, SampleId, Submission, Task, TestCase,
};
use proofhouse_tests::{fixtures, grader};

fn task() -> Task {
    let mut task = Task::new("double", "def double(x):\n    \"\"\"Twice x.\"\"\"\n")
        .test("doubles", "assert double(21) == 42")
        .test("doubles text", "assert double('ab') == 'abab', 'text too'")
        .test("survives none", "try:\n    double(None)\nexcept TypeError:\n    pass\n");
    task.entry_point = Some("double".to_owned());
    task
}

fn grade(text: &str) -> Report {
    grader().grade(&task(), &Submission::program("double", text)).unwrap()
}

fn outcomes(report: &Report) -> Vec<Outcome> {
    report.tests.iter().map(|test| test.outcome).collect()
}

#[test]
fn every_test_has_an_outcome_a_message_and_partial_credit() {
    let report = grade("def double(x):\n    return x * 2 if x == 21 else 'no'\n");
    assert_eq!(outcomes(&report), [Outcome::Passed, Outcome::Failed, Outcome::Passed]);
    assert_eq!(report.tests[1].message, "assert double('ab') == 'abab' (left: 'no', right: 'abab'): text too");
    assert_eq!((report.passed, report.outcome), (false, Some(Outcome::Failed)));
    // Syntax weighs 20 and tests 40: (20 + 40 * 2/3) / 60.
    assert_eq!(report.score, Some(77.7778));
}

#[test]
fn a_test_that_never_ends_costs_only_itself() {
    let source = "def double(x):\n    while x == 21: pass\n    return x * 2\n";
    let mut task = task();
    task.limits = LimitOverrides { fuel: Some(Fuel(200_000_000)), ..LimitOverrides::default() };
    let report = grader().grade(&task, &Submission::program("double", source)).unwrap();
    assert_eq!(outcomes(&report), [Outcome::OutOfFuel, Outcome::Passed, Outcome::Passed]);
}

#[test]
fn what_keeps_a_program_from_its_tests_is_its_outcome() {
    let check = |submission: Submission, outcome: Outcome| {
        let report = grader().grade(&task(), &submission).unwrap();
        assert_eq!((report.outcome, report.tests.len()), (Some(outcome), 0), "{}", report.message);
        assert_eq!(report.parts.tests.map(|part| (part.passed, part.of)), Some((0, 3)));
    };
    check(Submission::program("double", "def double(:"), Outcome::SyntaxError);
    check(Submission::program("double", "1 / 0"), Outcome::Raised);
    check(Submission::program("double", "import sys; sys.exit(0)"), Outcome::Exited);
    check(Submission::reply("double", "I can't do that."), Outcome::NoCode);
}

#[test]
fn a_reply_is_extracted_and_says_how() {
    let cases =
        [("    return x * 2\n", "completion"), ("Here:\n```python\ndef double(x):\n    return x + x\n```\n", "fence")];
    for (text, method) in cases {
        let report = grader().grade(&task(), &Submission::reply("double", text)).unwrap();
        assert_eq!((report.passed, report.extraction.method.as_str()), (true, method), "{:?}", report.tests);
    }
}

#[test]
fn compiling_tests_is_never_charged_and_identical_programs_have_identical_rows() {
    let (task, grader) = (task(), grader());
    let samples: Vec<Submission> = ["0", "1", "2"]
        .map(|id| Submission {
            sample_id: SampleId(id.to_owned()),
            ..Submission::program("double", "def double(x):\n    return 2 * x\n")
        })
        .to_vec();
    let work: Vec<_> = samples.iter().map(|sample| (&task, sample)).collect();
    let mut reports = vec![None; 3];
    grader.grade_all(&work, 2, |position, timed| reports[position] = Some(timed.report)).unwrap();
    let alone = grader.grade(&task, &samples[0]).unwrap();
    for (report, sample) in reports.into_iter().zip(&samples) {
        assert_eq!(report.unwrap(), Report { sample_id: sample.sample_id.clone(), ..alone.clone() });
    }
}

#[test]
fn a_reference_decides_what_calls_must_answer() {
    let check_case =
        |arguments: &str, tolerance| Check::Reference(ReferenceCheck { arguments: arguments.to_owned(), tolerance });
    let mut task = Task::new("half", "");
    task.entry_point = Some("half".to_owned());
    task.reference = Some("def half(x):\n    if x == 0:\n        raise ValueError\n    return x / 2\n".to_owned());
    task.tests = vec![
        TestCase::new("close", check_case("[3]", 1e-3)),
        TestCase::new("floats are compared with 1e-6", check_case("[1]", 0.0)),
        TestCase::new("reference raises", check_case("[0]", 0.0)),
    ];
    let report =
        grader().grade(&task, &Submission::program("half", "def half(x):\n    return x / 2 + 1e-4\n")).unwrap();
    assert_eq!(outcomes(&report), [Outcome::Passed, Outcome::Failed, Outcome::Skipped]);
    assert_eq!(report.tests[1].message, "half(1) (got: 0.5001, expected: 0.5)");
    assert!(report.tests[2].message.contains("the reference does not answer: ValueError"), "{:?}", report.tests[2]);
}

#[test]
fn a_failure_of_ours_is_a_fault_and_no_score() {
    let mut task = task();
    task.limits = LimitOverrides { wall: Some(proofhouse::types::Seconds(0)), ..LimitOverrides::default() };
    let report = grader().grade(&task, &Submission::program("double", "print(1)")).unwrap();
    assert!(report.fault.unwrap().contains("host calls took longer than 0s"));
    assert_eq!((report.outcome, report.score, report.passed), (None, None, false));
}

#[test]
fn the_suite_of_fixtures_keeps_its_promises() {
    let suite = suite::read(&fixtures("tasks")).unwrap();
    assert_eq!((suite.tasks.len(), suite.problems.len()), (36, 0));
    let verification = grader().verify(&suite, 2, |_, _| {}).unwrap();
    assert_eq!((verification.breaches.as_slice(), verification.solutions), (&[][..], 196));
}

#[test]
fn verify_reports_a_wrong_solution_that_passes_and_a_right_one_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "task.toml",
        "version = 1\nid = \"t\"\nlanguage = \"python\"\nprompt = \"\"\n[[tests]]\nname = \"one\"\nkind = \"assert\"\ncode = \"assert f() == 1\"\n",
    );
    write("reference.py", "def f():\n    return 1\n");
    write("right-two.py", "def f():\n    return 2\n");
    write("wrong-one.py", "# fails: one; because it doesn't\ndef f():\n    return 1\n");
    let suite = suite::read(folder.path()).unwrap();
    let verification = grader().verify(&suite, 1, |_, _| {}).unwrap();
    let said: Vec<_> = verification.breaches.iter().map(|b| (b.solution.as_str(), b.message.as_str())).collect();
    assert_eq!(
        said,
        [
            ("right-two.py", "`one` failed: assert f() == 1 (left: 2, right: 1)"),
            ("wrong-one.py", "`one` passed, and should not"),
        ]
    );
}

#[test]
fn names_that_do_not_exist_are_findings_whatever_the_verdict() {
    let found = |program: &str| {
        let report = grade(program);
        report.findings.into_iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect::<Vec<_>>()
    };
    let program = |line: &str| format!("import math\n\ndef double(x):\n    {line}\n    return 2 * x\n");
    assert_eq!(found(&program("math.sqrt(4)")), [""; 0]);
    let cases = [
        ("if x is None: math.squareroot(4)", "hallucinated-attribute: `math` has no `squareroot`"),
        ("if x is None: import jsonn", "hallucinated-import: no module `jsonn`; did you mean `json`?"),
        ("if x is None: import numpy", "missing-package: `numpy` is a real package, but not in this guest"),
        ("if x is None: valu", "undefined-name: `valu` is not defined"),
    ];
    for (line, expected) in cases {
        let found = found(&program(line));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{line}: {found:?}");
    }
}

#[test]
fn what_rules_find_in_a_program_costs_what_the_rubric_says() {
    let rubric = Rubric { security: 40.0, ..Rubric::default() };
    let weighed = Task { rubric, ..Task::new("double", "Write double(x).").test("doubles", "assert double(21) == 42") };
    let graded = |task: &Task, program: &str| grader().grade(task, &Submission::program("double", program)).unwrap();
    let safe = "def double(x):\n    return 2 * x\n";
    let hole = "def double(x):\n    return 2 * x\n\n\ndef run(text):\n    return eval(text)  # proofhouse: ignore[code-injection] no\n";
    let report = graded(&weighed, safe);
    assert_eq!((report.score, report.parts.security.unwrap().share), (Some(100.0), 1.0));
    let report = graded(&weighed, hole);
    assert_eq!((report.passed, report.score), (true, Some(60.0)), "{:?}", report.findings);
    let part = report.parts.security.unwrap();
    assert_eq!((part.high, part.medium, part.low, part.share), (1, 0, 0, 0.0));
    let loss = &report.losses[0];
    assert_eq!((loss.part.as_str(), loss.points), ("security", 40.0));
    assert!(loss.to_win.starts_with("line 6: ") && loss.to_win.ends_with("(python/code-injection)"), "{}", loss.to_win);
    assert!(report.findings.iter().all(|finding| finding.fix.is_none()));
    let unweighed = graded(&Task { rubric: Rubric::default(), ..weighed.clone() }, hole);
    assert_eq!((unweighed.score, unweighed.findings), (Some(100.0), report.findings));
    let reply = Submission::reply("double", "I can't help with that.");
    let nothing = grader().grade(&weighed, &reply).unwrap();
    assert_eq!((nothing.score, nothing.parts.security.unwrap().share), (Some(0.0), 0.0));
}

#[test]
fn a_program_that_ends_in_the_middle_is_truncated_and_one_that_is_wrong_is_not() {
    let outcome = |program: &str| grade(program).outcome.unwrap();
    assert_eq!(outcome("def double(x):\n    return f\"{x"), Outcome::Truncated);
    assert_eq!(outcome("def double(x):\n    return (2 *\n"), Outcome::Truncated);
    assert_eq!(outcome("def double(x:\n    return 2 * x\nprint(1)\n"), Outcome::SyntaxError);
}
