//! Every kind of test, from the tasks of the fixtures and of the documents.

use std::path::Path;

use proofhouse::types::{Check, IsolationMode, Language, Report, Submission, Task, TestCase, UnittestCheck};
use proofhouse::{Suite, suite};
use proofhouse_tests::{command, files, finish, fixtures, grader};

/// The tasks of a document: each a `toml` block and the block with its reference behind it.
fn documented(text: &str) -> Vec<(String, String, &'static str)> {
    let blocks: Vec<(&str, &str)> = text
        .split("\n```")
        .skip(1)
        .step_by(2)
        .map(|block| block.split_once('\n').expect("a block has a line with its language"))
        .collect();
    let pairs = blocks.windows(2).filter(|pair| pair[0].0 == "toml");
    pairs
        .map(|pair| match pair[1].0 {
            "python" => (pair[0].1.to_owned(), pair[1].1.to_owned(), "reference.py"),
            "sql" => (pair[0].1.to_owned(), pair[1].1.to_owned(), "reference.sql"),
            other => panic!("a task is followed by `{other}`"),
        })
        .collect()
}

#[test]
fn every_kind_is_documented_by_a_task_that_holds() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tasks.md");
    let text = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tasks = documented(&text);
    for (number, (task, reference, name)) in tasks.iter().enumerate() {
        let there = folder.path().join(number.to_string());
        std::fs::create_dir(&there).unwrap();
        std::fs::write(there.join("task.toml"), task).unwrap();
        std::fs::write(there.join(name), reference).unwrap();
    }
    let suite = suite::read(folder.path()).unwrap();
    assert_eq!(suite.problems, []);
    let kinds = ["assert", "unittest", "io", "call", "cli", "sql", "http", "generated", "efficiency", "security"];
    for kind in kinds {
        let shown = |test: &TestCase| serde_json::to_value(&test.check).unwrap()["kind"] == kind;
        assert!(suite.tasks.iter().any(|task| task.tests.iter().any(shown)), "{kind} has no example");
    }
    let verification = grader().verify(&suite, 2, |_, _| ()).unwrap();
    assert_eq!(verification.breaches, []);
    assert_eq!(verification.solutions, tasks.len());
}

#[test]
fn the_suite_of_the_published_comparison_keeps_its_promises() {
    let suite = suite::read(&fixtures("suites/todo")).unwrap();
    let verification = grader().verify(&suite, 2, |_, _| ()).unwrap();
    assert_eq!((suite.problems.len(), verification.breaches), (0, Vec::new()));
}

/// One test of a task may import from the solution what the others just use.
#[test]
fn what_one_test_imports_from_the_solution_is_there_for_the_others() {
    let file = "from solution import Box\nimport solution\ndef test_box():\n    assert Box(2).size == 2 and solution.wide(1) == 2\n";
    let mut task = Task::new("t", "").test("plain", "assert Box(3).size == 3 and wide(2) == 3");
    let check = Check::Unittest(UnittestCheck { code: file.to_owned() });
    task.tests.insert(0, TestCase::new("file", check));
    let program =
        "class Box:\n    def __init__(self, size):\n        self.size = size\ndef wide(n):\n    return n + 1\n";
    task.reference = Some(program.to_owned());
    let report = grader().grade(&task, &Submission::program("t", program)).unwrap();
    let outcomes: Vec<_> = report.tests.iter().map(|test| (test.name.as_str(), test.message.as_str())).collect();
    assert_eq!(outcomes, [("file: test_box", ""), ("plain", "")]);
    assert_eq!((report.passed, report.isolation.mode), (true, IsolationMode::Isolated));
}

fn suite_of_tasks() -> Suite {
    suite::read(&fixtures("tasks")).unwrap()
}

#[test]
fn every_kind_has_three_tasks_with_three_wrong_programs_that_say_why() {
    let suite = suite_of_tasks();
    let kinds = ["assert", "unittest", "io", "call", "cli", "sql", "http", "generated", "efficiency"];
    for kind in kinds {
        let is = |test: &TestCase| serde_json::to_value(&test.check).unwrap()["kind"] == kind;
        let told = |task: &&Task| {
            let wrong = &suite.natives[&task.id].wrong;
            kind == "assert" || wrong.iter().filter(|wrong| wrong.says.is_some()).count() >= 3
        };
        let found = suite.tasks.iter().filter(|task| task.tests.iter().any(is)).filter(told).count();
        assert!(found >= 3, "{kind} has {found}");
    }
}

#[test]
fn todo_programs_get_the_scores_of_the_published_comparison() {
    let folder = fixtures("suites/todo");
    let rows = tempfile::NamedTempFile::new().unwrap();
    let mut score = command();
    score.arg("score").arg("--suite").arg(&folder).arg("--samples").arg(folder.join("samples.jsonl"));
    let finished = finish(score.arg("--fresh").arg("--out").arg(rows.path()));
    assert_eq!((finished.code, finished.stderr.as_str()), (1, ""));
    let text = std::fs::read_to_string(rows.path()).unwrap();
    let reports: Vec<Report> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let scores: Vec<f64> = reports.iter().map(|report| report.score.unwrap()).collect();
    assert_eq!(scores, [100.0, 100.0, 100.0, 60.0, 60.0, 28.0]);
    let parts = |report: &Report| {
        let (features, tests) = (report.parts.features.clone().unwrap(), report.parts.tests.unwrap());
        (features.found, features.of, tests.passed, tests.of)
    };
    let expected = [(10, 10, 7, 7), (10, 10, 7, 7), (10, 10, 7, 7), (10, 10, 0, 7), (10, 10, 0, 7), (7, 10, 0, 7)];
    assert_eq!(reports.iter().map(parts).collect::<Vec<_>>(), expected);
    let outcomes: Vec<&str> = reports.iter().map(|report| report.outcome.unwrap().name()).collect();
    assert_eq!(outcomes, ["passed", "passed", "passed", "waited_for_input", "waited_for_input", "truncated"]);
}

/// Grades test files against the mutants of a function; the share that each kills.
fn killed(folder: &Path, file: &str) -> f64 {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let subject = read("subject.py");
    let function = subject.split_once("def ").unwrap().1.split_once('(').unwrap().0.to_owned();
    let check = proofhouse::types::GeneratedCheck { subject, function: Some(function), inputs: read("inputs.txt") };
    let tests = vec![TestCase::new("tests", Check::Generated(check))];
    let task = Task { tests, ..Task::new("tests", "") };
    let report = grader().grade(&task, &Submission::program("tests", &read(file))).unwrap();
    let part = report.parts.tests.unwrap();
    assert!(part.of >= 5, "{} has {} mutants: {:?}", folder.display(), part.of, report.tests);
    part.passed as f64 / part.of as f64
}

#[test]
fn strong_tests_kill_mutants_and_weak_ones_do_not() {
    let folders = std::fs::read_dir(fixtures("mutation")).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for folder in folders {
        let (strong, weak) = (killed(&folder, "strong.py"), killed(&folder, "weak.py"));
        assert!(strong >= 0.9 && weak <= 0.5, "{}: strong {strong:.2}, weak {weak:.2}", folder.display());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn sql_tasks_are_told_from_programs() {
    let suite = suite_of_tasks();
    for task in &suite.tasks {
        let sql = task.tests.iter().all(|test| matches!(test.check, Check::Sql(_)));
        assert_eq!(sql, task.language == Language::Sql, "{}", task.id);
    }
}

/// Each file says which task of the fixtures it answers, and passes it no more.
#[test]
fn what_passed_a_kind_of_test_once_by_a_trick_does_not() {
    let suite = suite_of_tasks();
    let grader = grader();
    for path in files("hostile/kinds", &["py", "sql"]) {
        let text = std::fs::read_to_string(&path).unwrap();
        let said = text.lines().next().unwrap().split_once("task: ").unwrap().1;
        let task = suite.tasks.iter().find(|task| task.id.0 == said).unwrap();
        let report = grader.grade(task, &Submission::program(said, &text)).unwrap();
        assert!(!report.passed && report.fault.is_none(), "{}: {report:?}", path.display());
    }
}

#[test]
fn what_test_files_import_from_their_subject_is_no_finding() {
    let suite = suite_of_tasks();
    let generated = |task: &&Task| task.tests.iter().any(|test| matches!(test.check, Check::Generated(_)));
    for task in suite.tasks.iter().filter(generated) {
        let report = grader().grade(task, &Submission::program(&task.id.0, task.reference.as_ref().unwrap())).unwrap();
        assert_eq!((report.passed, report.findings), (true, Vec::new()), "{}", task.id);
    }
}

#[test]
fn exceptions_of_the_library_and_with_private_attributes_reach_the_tests() {
    let program = "import json\n\nclass Refused(Exception):\n    def __init__(self, amount):\n        super().__init__(f'no {amount}')\n        \
                   self._amount = amount\n\n    @property\n    def amount(self):\n        return self._amount\n\n\
                   def pay(amount):\n    raise Refused(amount)\n\ndef parse(text):\n    return json.loads(text)\n";
    let own = "try:\n    pay(3)\n    assert False\nexcept Refused as error:\n    assert (error.amount, str(error)) == (3, 'no 3')\n";
    let library = "import json\ntry:\n    parse('{')\n    assert False\nexcept json.JSONDecodeError as error:\n    assert error.pos == 1\n";
    let task = Task { reference: Some(program.to_owned()), ..Task::new("errors", "") };
    let task = task.test("own", own).test("library", library);
    let report = grader().grade(&task, &Submission::program("errors", &format!("{program}\n# other\n"))).unwrap();
    assert!(report.passed, "{:?}", report.tests);
    assert_eq!(report.isolation, proofhouse::types::Isolation::default());
}
