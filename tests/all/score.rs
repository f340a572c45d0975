//! `proofhouse score` and `verify`: rows, resuming, exit codes, summaries.
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proofhouse_tests::{command, files, finish, fixtures};
use serde_json::{Value, json};

/// A suite of trivial tasks, and samples of which every third is wrong.
fn suite_of(folder: &Path, tasks: usize) -> (PathBuf, PathBuf) {
    let mut suite = String::new();
    let mut samples = String::new();
    for n in 0..tasks {
        let row = json!({
            "task_id": format!("T/{n}"), "prompt": "def f():\n", "entry_point": "f",
            "canonical_solution": format!("    return {n}\n"),
            "test": format!("def check(candidate):\n    assert candidate() == {n}\n"),
        });
        suite.push_str(&format!("{row}\n"));
        let answer = if n % 3 == 2 { n + 1 } else { n };
        samples.push_str(&format!(
            "{}\n",
            json!({"task_id": format!("T/{n}"), "solution": format!("def f():\n    return {answer}\n")})
        ));
    }
    let (suite_path, samples_path) = (folder.join("suite.jsonl"), folder.join("samples.jsonl"));
    std::fs::write(&suite_path, suite).unwrap();
    std::fs::write(&samples_path, samples).unwrap();
    (suite_path, samples_path)
}

fn score(suite: &Path, samples: &Path, out: &Path) -> Command {
    let mut command = command();
    command.arg("score").arg("--suite").arg(suite).arg("--samples").arg(samples).arg("--out").arg(out);
    command
}

fn rows(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn rows_are_in_the_order_of_the_samples_and_the_same_in_every_run() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, samples) = suite_of(folder.path(), 30);
    let (first, second) = (folder.path().join("1.jsonl"), folder.path().join("2.jsonl"));
    let done = finish(score(&suite, &samples, &first).args(["--jobs", "2"]));
    assert_eq!(done.code, 1, "{}", done.stderr);
    finish(score(&suite, &samples, &second).args(["--jobs", "1"]));
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap());
    let rows = rows(&first);
    let ids: Vec<&str> = rows.iter().map(|row| row["task_id"].as_str().unwrap()).collect();
    assert_eq!(ids[..3], ["T/0", "T/1", "T/2"]);
    assert_eq!(rows[2]["tests"][0]["message"], "assert candidate() == 2 (left: 3, right: 2)");
    assert_eq!(
        (&rows[2]["outcome"], &rows[2]["blame"], &rows[0]["blame"]),
        (&json!("failed"), &json!("solution"), &json!(null))
    );
    for key in ["sample_id", "code_sha256", "passed", "score", "parts", "findings", "fuel", "extraction", "isolation"] {
        assert!(!rows[0][key].is_null(), "{key}");
    }
}

#[test]
fn a_run_that_was_killed_goes_on_without_running_again_what_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, samples) = suite_of(folder.path(), 400);
    let (whole, out) = (folder.path().join("whole.jsonl"), folder.path().join("out.jsonl"));
    finish(&mut score(&suite, &samples, &whole));
    let mut child = score(&suite, &samples, &out).args(["--jobs", "1"]).stdout(Stdio::null()).spawn().unwrap();
    while std::fs::read(&out).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count()) < 20 {
        assert!(child.try_wait().unwrap().is_none(), "it was killed in the middle");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let mut torn = std::fs::read(&out).unwrap();
    let kept = torn.iter().filter(|byte| **byte == b'\n').count();
    torn.extend_from_slice(b"{\"task_id\": \"T/3");
    std::fs::write(&out, torn).unwrap();

    let timings = folder.path().join("timings.jsonl");
    let done = finish(score(&suite, &samples, &out).args(["--format", "json", "--timings"]).arg(&timings));
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&whole).unwrap());
    let again = rows(&timings).iter().filter(|row| row["wall_ms"].as_f64().unwrap() > 0.0).count();
    assert_eq!(again, 400 - kept);
}

#[test]
fn rows_made_with_something_else_are_refused_and_say_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, samples) = suite_of(folder.path(), 3);
    let out = folder.path().join("out.jsonl");
    finish(&mut score(&suite, &samples, &out));
    let refused = finish(score(&suite, &samples, &out).args(["--fuel", "1000000000"]));
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("was made with another limits: {}, now {\"fuel\":1000000000}"),
        "{}",
        refused.stderr
    );
    let fresh = finish(score(&suite, &samples, &out).args(["--fuel", "1000000000", "--fresh"]));
    assert_eq!((fresh.code, rows(&out).len()), (1, 3));
    std::fs::write(&suite, std::fs::read_to_string(&suite).unwrap().replace("== 1\\n", "== 2\\n")).unwrap();
    let refused = finish(score(&suite, &samples, &out).args(["--fuel", "1000000000"]));
    assert!(refused.stderr.contains("was made with another suite"), "{}", refused.stderr);
}

#[test]
fn bad_rows_are_named_and_the_rest_is_graded() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, samples) = suite_of(folder.path(), 2);
    let text = std::fs::read_to_string(&samples).unwrap();
    std::fs::write(&samples, format!("\u{feff}{{\"task_id\": \"T/9\", \"solution\": \"\"}}\r\n\r\nnot json\r\n{text}"))
        .unwrap();
    let done = finish(score(&suite, &samples, &folder.path().join("out.jsonl")).args(["--format", "json"]));
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &summary["samples"], &summary["passed"]), (2, &json!(2), &json!(2)));
    assert!(done.stderr.contains("samples.jsonl:1:") && done.stderr.contains("T/9"), "{}", done.stderr);
    assert!(done.stderr.contains("samples.jsonl:3:"), "{}", done.stderr);
}

#[test]
fn the_summary_has_its_counts_and_pass_at_k() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, samples) = suite_of(folder.path(), 4);
    let done = finish(score(&suite, &samples, &folder.path().join("out.jsonl")).args(["--format", "json"]));
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    for (key, expected) in [("tasks", 4), ("samples", 4), ("passed", 3), ("failed", 1), ("faults", 0), ("missing", 0)] {
        assert_eq!(summary[key], expected, "{key}");
    }
    assert_eq!(summary["pass_at_k"]["1"]["value"], 0.75);
    assert!(summary["versions"]["guest"].as_str().unwrap().starts_with("CPython 3.14.0 ("));
}

#[test]
fn a_fault_of_ours_wins_over_failures_and_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("suite.jsonl");
    let row = json!({
        "task_id": "T/0", "prompt": "", "entry_point": "f", "canonical_solution": "def f():\n    return 1\n",
        "test": "def check(candidate):\n    assert candidate() == 1\n",
    });
    std::fs::write(&suite, row.to_string()).unwrap();
    let samples = folder.path().join("T_0.py");
    std::fs::write(&samples, "print(1)\ndef f():\n    return 1\n").unwrap();
    let out = folder.path().join("out.jsonl");
    let done = finish(score(&suite, &samples, &out).args(["--wall", "0s", "--format", "json"]));
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &summary["faults"], &summary["failed"]), (3, &json!(1), &json!(0)), "{}", done.stderr);
    assert_eq!(summary["pass_at_k"], json!({}));
    assert!(rows(&out)[0]["fault"].as_str().unwrap().contains("host calls took longer"));
}

#[test]
fn the_demo_of_the_readme_shows_what_failed_and_why() {
    let mut command = command();
    command.arg("score").arg("--suite").arg(fixtures("tasks")).arg("--samples").arg(fixtures("samples/demo.jsonl"));
    let done = finish(&mut command);
    assert_eq!(done.code, 1, "{}", done.stderr);
    for text in
        ["out_of_fuel", "syntax_error", "no_code", "assert to_roman(1987) == 'MCMLXXXVII' (left: 'MDCCCCLXXXVII'"]
    {
        assert!(done.stdout.contains(text), "{text} in {}", done.stdout);
    }
    assert!(!done.stdout.contains('\u{1b}'), "no colours where no terminal is");
}

#[test]
fn verify_lists_what_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, _) = suite_of(folder.path(), 3);
    std::fs::write(&suite, std::fs::read_to_string(&suite).unwrap().replace("return 1\\n", "return 7\\n")).unwrap();
    let done = finish(command().args(["verify", "--format", "json", "--suite"]).arg(&suite));
    let found: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &found["tasks"], &found["passed"]), (1, &json!(3), &json!(2)));
    assert_eq!(found["failed"][0]["task_id"], "T/1");
    let good = finish(command().args(["verify", "--suite"]).arg(fixtures("tasks")));
    assert_eq!(good.code, 0, "{}", good.stdout);
}

#[test]
fn a_suite_that_is_none_says_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suite.jsonl");
    std::fs::write(&path, "{\"question\": 1}\n").unwrap();
    let done = finish(command().args(["verify", "--suite"]).arg(&path));
    assert_eq!(done.code, 2);
    assert!(BufReader::new(done.stderr.as_bytes()).lines().count() <= 20);
    assert!(done.stderr.contains("HumanEval") && done.stderr.contains("MBPP"), "{}", done.stderr);
}

/// Each file of the fixtures says what is wrong with it, and in which line.
#[test]
fn every_slip_in_a_task_file_is_named_and_the_other_tasks_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for path in files("bad-tasks", &["toml"]) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let said = text.lines().next().unwrap().strip_prefix("# expects: ").unwrap();
        let there = folder.path().join(name);
        std::fs::create_dir(&there).unwrap();
        std::fs::write(there.join("task.toml"), &text).unwrap();
        expected.push(format!("skipped: {}:{said}", there.join("task.toml").display()));
    }
    let good = folder.path().join("good");
    std::fs::create_dir(&good).unwrap();
    for file in ["task.toml", "reference.py"] {
        std::fs::copy(fixtures("tasks/calls/spiral-order").join(file), good.join(file)).unwrap();
    }
    let finished = finish(command().arg("verify").arg("--suite").arg(folder.path()));
    assert_eq!(finished.stderr.lines().collect::<Vec<_>>(), expected);
    assert_eq!(finished.code, 2);
    assert!(finished.stdout.contains("tasks that hold    1\n"), "{}", finished.stdout);
}
