//! The practical suite, and what a suite may say besides its tests: variants of prompts, quotes, mutants that survive.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use proofhouse::types::{Check, Task};
use proofhouse::{Suite, suite};
use proofhouse_tests::{Answer, Asked, Replay, command, finish, fixtures, grader};
use serde_json::{Value, json};

use crate::bench::scripted::{config, events, models, named, rows};

fn practical() -> Suite {
    suite::read(&fixtures("suites/practical")).unwrap()
}

#[test]
fn references_score_full_and_every_wrong_solution_fails_as_it_says() {
    let suite = practical();
    assert_eq!((suite.tasks.len(), suite.problems.as_slice()), (120, &[][..]));
    let wrong: usize = suite.natives.values().map(|files| files.wrong.len()).sum();
    assert!(wrong >= 480, "{wrong} wrong solutions");
    let verification = grader().verify(&suite, 2, |_, _| ()).unwrap();
    assert_eq!((verification.breaches.as_slice(), &verification.shared), (&[][..], &Default::default()));
    assert_eq!((verification.faults, verification.skipped), (0, 0));
}

#[test]
fn every_kind_of_test_is_in_the_suite() {
    let kind = |check: &Check| serde_json::to_value(check).unwrap()["kind"].as_str().unwrap().to_owned();
    let found: BTreeSet<String> =
        practical().tasks.iter().flat_map(|task| &task.tests).map(|test| kind(&test.check)).collect();
    let all = ["assert", "call", "cli", "efficiency", "generated", "http", "io", "security", "sql", "unittest"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[test]
fn a_variant_is_a_suite_of_its_own() {
    let whole = practical();
    let open = whole.variant("open").unwrap();
    assert!(open.tasks.len() >= 20);
    assert_ne!(open.digest, whole.digest);
    for task in &open.tasks {
        let id = task.id.0.strip_suffix("@open").unwrap();
        let of = whole.tasks.iter().find(|task| task.id.0 == id).unwrap();
        assert!(task.prompt != of.prompt && task.tests.len() < of.tests.len(), "{id}");
    }
    let verification = grader().verify(&open, 2, |_, _| ()).unwrap();
    assert_eq!(verification.breaches, []);
    let done = finish(command().args(["verify", "--variant", "closed", "--suite"]).arg(fixtures("suites/practical")));
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.contains("no task of `practical` has a variant `closed`: its tasks have `open`"),
        "{}",
        done.stderr
    );
}

/// A server that knows the references.
fn knowing(suite: &Suite) -> Replay {
    let known: Vec<(String, String)> =
        suite.tasks.iter().map(|task| (task.prompt.trim().to_owned(), fenced(task))).collect();
    Replay::start(move |asked: &Asked| {
        let message = asked.body["messages"].as_array().and_then(|messages| messages.last()?["content"].as_str());
        let reply = message.and_then(|text| known.iter().find(|(prompt, _)| text.contains(prompt.as_str())));
        match reply {
            Some((_, program)) => Answer::events(&events(&[program], "stop")),
            None if asked.path == "/v1/models" => models(),
            None => Answer::events(&events(&["I am ready."], "stop")),
        }
    })
}

fn fenced(task: &Task) -> String {
    let language = serde_json::to_value(task.language).unwrap();
    format!("```{}\n{}\n```", language.as_str().unwrap(), task.reference.as_ref().unwrap())
}

fn asks(server: &Replay, flags: &[&str], out: &Path) -> proofhouse_tests::Finished {
    let mut bench = command();
    bench.args(["bench", "--model", &named("m", &server.url()), "--repeats", "1", "--out"]).arg(out).args(flags);
    finish(bench.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

#[test]
fn it_is_what_models_are_asked_where_no_suite_is_named() {
    let (suite, folder) = (practical(), tempfile::tempdir().unwrap());
    let out = folder.path().join("run");
    let done = asks(&knowing(&suite), &["--concurrency", "4"], &out);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let failed: Vec<Value> = rows(&out).into_iter().filter(|row| row["report"]["passed"] != true).collect();
    assert_eq!((rows(&out).len(), failed), (120, vec![]));
    let found = config(&out)["suite"].clone();
    assert_eq!(found["name"], json!("practical"));
    assert_eq!((&found["release"], &found["digest"]), (&json!(suite.release), &json!(suite.digest)));
    let title = format!("practical {}: 120 tasks", suite.release.unwrap());
    assert!(done.stdout.starts_with(&title), "{}", done.stdout);
}

#[test]
fn models_are_asked_the_prompts_of_a_variant() {
    let open = practical().variant("open").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let done = asks(&knowing(&open), &["--variant", "open", "--limit", "3"], &out);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let asked: Vec<String> = rows(&out).iter().map(|row| row["task_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(asked, open.tasks[..3].iter().map(|task| task.id.0.clone()).collect::<Vec<_>>());
}

const TASK: &str = "version = 1\nid = \"least\"\nlanguage = \"python\"\nprompt = \"Write least(a, b).\"\n\
                    [[tests]]\nname = \"takes the less\"\nkind = \"assert\"\ncode = \"assert least(1, 2) == 1\"\n";
const LEAST: &str = "def least(a, b):\n    return a if a < b else b\n";

/// What the mutants of a reference come to with tests and a `survivors.toml`: killed, all, and the breaches.
fn mutated(reference: &str, more: &str, survivors: &str) -> (usize, usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("task.toml", &format!("{TASK}{more}"));
    write("reference.py", reference);
    write("survivors.toml", survivors);
    let suite = suite::read(folder.path()).unwrap();
    assert_eq!(suite.problems, []);
    let mutation = grader().mutate(&suite, 2, |_, _| ()).unwrap();
    let told = mutation.breaches.iter().map(|breach| format!("{}: {}", breach.solution, breach.message)).collect();
    (mutation.whole.killed, mutation.whole.of, told)
}

#[test]
fn mutants_that_no_test_notices_are_told_unless_they_are_explained() {
    let other = "[[tests]]\nname = \"either side\"\nkind = \"assert\"\ncode = \"assert least(2, 1) == 1\"\n";
    let tie = "[[survivors]]\nline = 2\nchange = \"`<` becomes `<=`\"\nbecause = \"of equals either is the less\"\n";
    let unsaid = "line 2: `<` becomes `<=`: no test fails, and `survivors.toml` does not say why".to_owned();
    assert_eq!(mutated(LEAST, other, ""), (3, 4, vec![unsaid]));
    assert_eq!(mutated(LEAST, other, tie), (3, 4, vec![]));
    let wrong = tie.replace("<=", ">");
    let stale = "survivors.toml, line 2: `<` becomes `>`: a test fails: it is no survivor".to_owned();
    assert_eq!(mutated(LEAST, other, &format!("{tie}{wrong}")), (3, 4, vec![stale]));
    let unknown = tie.replace("line = 2", "line = 3");
    let none = "survivors.toml, line 3: `<` becomes `<=`: the reference has no such mutant".to_owned();
    assert_eq!(mutated(LEAST, other, &format!("{tie}{unknown}")), (3, 4, vec![none]));
}

#[test]
fn mutants_that_could_not_be_run_are_neither_killed_nor_survivors() {
    let packages = TASK.replace("[[tests]]", "packages = [\"requests\"]\n[[tests]]");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("task.toml"), packages).unwrap();
    std::fs::write(folder.path().join("reference.py"), LEAST).unwrap();
    let mutation = grader().mutate(&suite::read(folder.path()).unwrap(), 1, |_, _| ()).unwrap();
    assert_eq!((mutation.whole.killed, mutation.whole.of, mutation.breaches), (0, 0, vec![]));
}

#[test]
fn mutants_of_sql_are_run_too_and_the_command_tells_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "task.toml",
        "version = 1\nid = \"due\"\nlanguage = \"sql\"\nprompt = \"Bills that are not paid, by id.\"\n[[tests]]\nname = \"one\"\nkind = \"sql\"\n\
         schema = \"CREATE TABLE bills (id, paid)\"\nrows = \"INSERT INTO bills VALUES (1, 0), (2, 1)\"\n",
    );
    write("reference.sql", "SELECT id FROM bills WHERE paid = 0 ORDER BY id;\n");
    let verify = |format: &str| {
        let mut verify = command();
        finish(verify.args(["verify", "--mutants", "--format", format, "--suite"]).arg(folder.path()))
    };
    let done = verify("json");
    let found: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &found["mutants"]["killed"], &found["mutants"]["of"]), (1, &json!(2), &json!(3)), "{found}");
    assert_eq!(found["failed"][0]["solution"], "line 1: `id` becomes `id DESC`");
    assert!(verify("text").stdout.contains("mutants killed     2 of 3 (66.7 %)"));
}

#[test]
fn a_task_whose_tests_notice_too_little_is_told() {
    let blind =
        "def least(a, b):\n    seen = [a, b]\n    seen.sort()\n    seen.sort()\n    seen.sort()\n    return seen[0]\n";
    let (killed, of, told) = mutated(blind, "", "");
    assert!(killed * 4 < of * 3, "{killed} of {of}");
    let share = format!("mutants: {killed} of {of} mutants are killed");
    assert!(
        told.iter().any(|breach| breach.starts_with(&share) && breach.ends_with("expected 75 % or more")),
        "{told:?}"
    );
}

#[test]
fn a_mutant_that_never_ends_is_stopped_early() {
    let counts = "def least(a, b):\n    while b < a:\n        a -= 1\n    return a\n";
    let both = "[[tests]]\nname = \"either side\"\nkind = \"assert\"\ncode = \"assert least(4, 1) == 1\"\n";
    let (killed, of, told) = mutated(counts, both, "");
    assert_eq!((killed, of, told), (8, 8, vec![]));
}

#[test]
fn a_gate_fails_what_rules_find() {
    let gate = |severity: &str| {
        format!("{TASK}[[tests]]\nname = \"no holes\"\nkind = \"security\"\nseverity = \"{severity}\"\n")
    };
    let check = |severity: &str, extra: &str, expected: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("task.toml", &gate(severity));
        write("reference.py", LEAST);
        let suite = suite::read(folder.path()).unwrap();
        let program = format!("{LEAST}{extra}");
        let task = &suite.tasks[0];
        let report = grader().grade(task, &proofhouse::types::Submission::program("least", &program)).unwrap();
        let failed: Vec<String> = report
            .tests
            .iter()
            .filter(|test| test.blame.is_some())
            .map(|test| format!("{}: {}", test.name, test.message))
            .collect();
        assert_eq!((failed.len(), report.passed), (expected.len(), expected.is_empty()), "{failed:?}");
        assert!(failed.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{failed:?}");
    };
    let hole = "\n\ndef run(text):\n    return eval(text)\n";
    let weak = "\n\nimport os\n\n\ndef share(path):\n    os.chmod(path, 0o777)\n";
    check("medium", "", &[]);
    check("medium", hole, &["no holes: line 6: "]);
    check("high", hole, &["python/code-injection"]);
    check("medium", weak, &["(medium, python/file-permissions)"]);
    check("high", weak, &[]);
    // What a row lists is cut; what is tested is not.
    let crowd: String =
        (0..60).map(|n| format!("\n\nclass C{n}:\n    def __eq__(self, other):\n        return True\n")).collect();
    check("medium", &format!("{crowd}{weak}"), &["python/file-permissions"]);
}
