//! Findings that are known.

use serde_json::Value;

use super::{Folder, HOLE, last_line};

#[test]
fn a_baseline_survives_moved_and_reformatted_lines_and_nothing_else() {
    let folder = Folder::new(&[
        (
            "src/a.py",
            "def run(text):\n    eval(text)\n    eval(text)\n\n\ndef two(a, b):\n    return eval(a + 'x' + b)\n",
        ),
        ("b.py", HOLE),
    ]);
    let written = folder.check(&["--write-baseline", "known.json"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert_eq!(last_line(&written), "0 findings in 0 files (2 checked, 0 skipped), 0 ignored, 4 in the baseline");
    let again = |expected: &[&str]| assert_eq!(folder.found(&["--baseline", "known.json"]), expected);
    again(&[]);
    folder.write(
        "src/a.py",
        "import os\n\n\ndef two(a, b):\n    return (\n        eval(\n            a\n            + \"x\"\n            + b,\n        )\n    )\n\n\n\
         def run(text):\n    eval( text )\n    # a comment\n    eval(text)\n",
    );
    again(&[]);
    assert_eq!(folder.check(&["--baseline", "known.json"]).code, 0);
    let grown = folder.read("src/a.py") + "    eval(text)\n\n\ndef three(a):\n    eval(a)\n";
    folder.write("src/a.py", grown);
    again(&["src/a.py:18 python/code-injection", "src/a.py:22 python/code-injection"]);
    assert_eq!(folder.check(&["--baseline", "known.json"]).code, 1);
    folder.write("c.py", HOLE);
    again(&["c.py:2 python/code-injection", "src/a.py:18 python/code-injection", "src/a.py:22 python/code-injection"]);
}

#[test]
fn a_baseline_is_sorted_and_does_not_mind_where_the_command_runs() {
    let folder = Folder::new(&[("src/b.py", HOLE), ("src/a.py", HOLE), ("clean.py", "x = 1\n")]);
    folder.check(&["--write-baseline", "known.json"]);
    let text = folder.read("known.json");
    let read: Value = serde_json::from_str(&text).unwrap();
    let files: Vec<&str> = read["files"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((&read["version"], files), (&Value::from(1), vec!["src/a.py", "src/b.py"]));
    let known = read["files"]["src/a.py"].as_object().unwrap();
    let (fingerprint, rule) = known.iter().next().unwrap();
    assert_eq!((fingerprint.len(), rule.as_str().unwrap()), (16, "python/code-injection"));
    folder.check(&["src", "./", "--write-baseline", "other.json", "--jobs", "2"]);
    assert_eq!(folder.read("other.json"), text);

    let mut inside = folder.command(&["a.py", ".", "--baseline", "../known.json"]);
    let done = proofhouse_tests::finish(inside.current_dir(folder.path().join("src")));
    assert_eq!(
        (done.code, last_line(&done)),
        (0, "0 findings in 0 files (2 checked, 0 skipped), 0 ignored, 2 in the baseline")
    );
}

#[test]
fn a_file_that_is_no_baseline_is_bad_input() {
    let folder = Folder::new(&[("a.py", HOLE)]);
    let check = |text: &str, said: &str| {
        folder.write("known.json", text);
        let done = folder.check(&["--baseline", "known.json"]);
        assert_eq!((done.code, done.stderr.contains(said), done.stdout.as_str()), (2, true, ""), "{}", done.stderr);
        assert!(done.stderr.contains("known.json"), "{}", done.stderr);
    };
    check("{", "EOF while parsing");
    check("{}", "it has no `version`");
    check("[]", "it has no `version`");
    check(r#"{"version": 0, "files": {}}"#, "it has version 0, and this program reads version 1");
    check(r#"{"version": 2}"#, "it has version 2, and this program reads version 1");
    check(r#"{"version": 1, "files": {}, "more": 1}"#, "unknown field `more`");
    let missing = folder.check(&["--baseline", "nowhere.json"]);
    assert!(missing.code == 2 && missing.stderr.contains("nowhere.json"), "{}", missing.stderr);
    let nowhere = folder.check(&["--write-baseline", "nowhere/known.json"]);
    assert!(nowhere.code == 2 && nowhere.stderr.contains("nowhere"), "{}", nowhere.stderr);
}
