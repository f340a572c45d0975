//! Whole suites read from files and folders.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use proofhouse_types::{AssertCheck, Bytes, Check, Seconds};

use super::{Suite, SuiteError, read};

const DOUBLE: &str = r#"{"task_id": "Own/0", "prompt": "def double(n):\n", "entry_point": "double", "canonical_solution": "    return 2 * n\n", "test": "def check(f):\n    assert f(2) == 4\n"}"#;
const ADD: &str = r#"{"text": "Add.", "code": "def add(a, b): return a + b", "task_id": 5, "test_setup_code": "", "test_list": ["assert add(1, 2) == 3"]}"#;
const HALF: &str = r#"{"task_id": "Own/1", "prompt": "def half(n):\n", "entry_point": "half", "canonical_solution": "    return n / 2\n", "base_input": [[1]], "plus_input": [[2]], "atol": 0}"#;

fn native(id: &str, limits: &str) -> String {
    let test = "[[tests]]\nname = \"runs\"\nkind = \"assert\"\ncode = \"assert f() == 1\"\n";
    format!("version = 1\nid = \"{id}\"\nlanguage = \"python\"\nprompt = \"p\"\n{limits}\n{test}")
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn write_task(folder: &Path, id: &str, limits: &str) {
    write(&folder.join("task.toml"), &native(id, limits));
    write(&folder.join("reference.py"), "def f(): return 1\n");
}

/// Ids, then problems without the folder.
fn check(name: &str, bytes: &[u8], ids: &[&str], problems: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let suite = read(&path).unwrap();
    assert_eq!(found(&suite, folder.path()), (owned(ids), owned(problems)), "{}", String::from_utf8_lossy(bytes));
}

fn found(suite: &Suite, folder: &Path) -> (Vec<String>, Vec<String>) {
    let prefix = format!("{}/", folder.display());
    let ids = suite.tasks.iter().map(|task| task.id.0.clone()).collect();
    (ids, suite.problems.iter().map(|problem| problem.to_string().replace(&prefix, "")).collect())
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn formats_are_told_by_content() {
    check("a", DOUBLE.as_bytes(), &["Own/0"], &[]);
    check("b.txt", ADD.as_bytes(), &["MBPP/5"], &[]);
    check("c.toml.jsonl", HALF.as_bytes(), &["Own/1"], &[]);
    check(
        "d.json",
        format!("[\n{ADD},\n{ADD}\n]").as_bytes(),
        &["MBPP/5"],
        &["d.json:3: task `MBPP/5` is there already, in `d.json:2`"],
    );
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(format!("\u{FEFF}{DOUBLE}\r\n\r\n{HALF}\r\n").as_bytes()).unwrap();
    check("e", &gzip.finish().unwrap(), &["Own/0", "Own/1"], &[]);
}

#[test]
fn a_bad_row_is_named_and_costs_no_other() {
    let text =
        format!("{}\n{{oops\n\n{HALF}\n{{}}\n[1]\n{DOUBLE}\n{DOUBLE}\n", DOUBLE.replace("\"test\"", "\"tests\""));
    check(
        "a.jsonl",
        text.as_bytes(),
        &["Own/1", "Own/0"],
        &[
            "a.jsonl:1: `test` is missing: expected a text",
            "a.jsonl:2: not JSON: key must be a string at column `2`",
            "a.jsonl:5: not a task of any known format",
            "a.jsonl:6: expected a JSON object, not a list",
            "a.jsonl:8: task `Own/0` is there already, in `a.jsonl:7`",
        ],
    );
    check(
        "b.jsonl",
        format!("oops\n{DOUBLE}").as_bytes(),
        &["Own/0"],
        &["b.jsonl:1: not JSON: expected value at column `1`"],
    );
}

#[test]
fn a_file_without_any_task_is_an_error_that_names_the_formats() {
    let cases = [
        ("", "has no task in it"),
        ("{\"task_id\": \"Own/0\", \"completion\": \"1\"}\n", "a sample, not a task"),
        ("oops", "not JSON: expected value at column `1`"),
        (
            "{\"task_id\": 1, \"text\": \"x\", \"code\": \"y\"}\n{}\n",
            "`test_list` is missing: expected a list of texts; no task is there, and 1 more problems",
        ),
        ("[limits]\nfuel = 1", "missing field"),
    ];
    for (text, expected) in cases {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let error = read(file.path()).unwrap_err().to_string();
        assert!(error.contains(expected) || text.starts_with("[limits]"), "{text}: {error}");
        let known =
            "HumanEval (`task_id`, `prompt`, `entry_point`, `test`), MBPP (`task_id`, `text`, `code`, `test_list`)";
        assert!(error.contains(known), "{error}");
    }
    assert!(matches!(read(Path::new("no/such/file")), Err(SuiteError::Read { .. })));
}

#[test]
fn names_come_from_the_file_the_task_or_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("own.jsonl.gz"), DOUBLE);
    write_task(&root.join("tasks/one"), "numbers/one", "");
    write_task(&root.join("suite/one"), "numbers/one", "");
    write(&root.join("suite/suite.toml"), "version = 1\nname = \"own-suite\"\nlicense = \"MIT\"\n");
    let cases = [
        ("own.jsonl.gz", "own"),
        ("tasks/one/task.toml", "numbers/one"),
        ("tasks/one", "numbers/one"),
        ("suite", "own-suite"),
        ("suite/suite.toml", "own-suite"),
    ];
    for (path, expected) in cases {
        let suite = read(&root.join(path)).unwrap();
        assert_eq!((suite.name.as_str(), suite.problems.len()), (expected, 0), "{path}");
    }
    write_task(&root.join("tasks/two"), "numbers/two", "");
    assert_eq!(read(&root.join("tasks")).unwrap().name, "tasks");
}

#[test]
fn folders_are_searched_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_task(&root.join("b/two"), "b/two", "");
    write_task(&root.join("b/one"), "b/one", "");
    write_task(&root.join("a"), "a", "");
    write_task(&root.join("a/below-a-task"), "not-read", "");
    write_task(&root.join(".hidden"), "hidden", "");
    write_task(&root.join("c"), "b/one", "");
    write(&root.join("d/task.toml"), "version = 1\nidd = 3\n");
    write(&root.join("e/task.toml"), &native("e", ""));
    let suite = read(root).unwrap();
    let problems = [
        "c/task.toml: task `b/one` is there already, in `b/one/task.toml`",
        "d/task.toml:2: unknown key `idd`, did you mean `id`?",
        "e: no `reference.py` stands beside `task.toml`",
    ];
    assert_eq!(found(&suite, root), (owned(&["a", "b/one", "b/two"]), owned(&problems)));
    assert_eq!(suite.natives.len(), 3);
    assert_eq!(suite.tasks[0].reference.as_deref(), Some("def f(): return 1\n"));
    assert_eq!(suite.tasks[0].tests[0].check, Check::Assert(AssertCheck { code: "assert f() == 1".to_owned() }));
}

#[test]
fn limits_of_a_suite_stand_under_those_of_its_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("suite.toml"), "version = 1\nname = \"outer\"\n[limits]\nmemory = \"100MiB\"\nwall = 3\n");
    write(&root.join("inner/suite.toml"), "version = 1\nname = \"inner\"\n[limits]\nmemory = \"200MiB\"\n");
    write_task(&root.join("inner/task"), "inner", "[limits]\ndisk = 7");
    write_task(&root.join("own"), "own", "[limits]\nmemory = \"400MiB\"");
    let suite = read(root).unwrap();
    let limits: Vec<_> =
        suite.tasks.iter().map(|task| (task.limits.memory, task.limits.disk, task.limits.wall)).collect();
    let wall = Some(Seconds(3));
    assert_eq!(limits, [(Some(Bytes(200 << 20)), Some(Bytes(7)), wall), (Some(Bytes(400 << 20)), None, wall)]);
    assert_eq!(read(&root.join("own")).unwrap().tasks[0].limits.wall, None);
}

#[test]
fn slips_in_a_suite_file_are_named_and_cost_no_task() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write_task(&root.join("task"), "own", "");
    let cases = [
        ("version = 1\nnam = \"x\"\n", "suite.toml:2: unknown key `nam`, did you mean `name`?"),
        ("version = 3\nname = \"x\"\n", "suite.toml:1: version `3` is unknown: this program reads version `1`"),
        ("version = 1\nname = \"x\"\n[limits]\nfule = 1", "suite.toml:4: unknown key `fule`, did you mean `fuel`?"),
    ];
    for (text, expected) in cases {
        write(&root.join("suite.toml"), text);
        assert_eq!(found(&read(root).unwrap(), root), (owned(&["own"]), owned(&[expected])), "{text}");
    }
}

#[test]
fn the_projects_own_tasks_are_read_without_a_problem() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/tasks");
    let suite = read(&path).unwrap();
    assert_eq!(suite.problems, []);
    let task_files = suite.natives.values().map(|files| (files.right.len(), files.wrong.len()));
    assert!(suite.tasks.len() >= 8 && task_files.into_iter().all(|(right, wrong)| right > 0 && wrong > 0));
}
