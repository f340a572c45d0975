//! `proofhouse check` as a shell sees it.

mod baseline;
mod ci;
mod fix;
mod formats;
mod ignores;
mod revision;
mod rules;
mod targets;

use std::path::{Path, PathBuf};
use std::process::Command;

use proofhouse_tests::{Finished, command, finish};
use tempfile::TempDir;

/// A user's rule, so that these tests hold whatever the built-in ones say.
const RULE: &str = r#"
id = "python/old-call"
title = "An old function is called"
cwe = [477, 1104]
owasp = ["A06:2021"]
severity = "low"
message = "This call is old"
why = "The next version does not have it."
remedy = "Call `new_call`."
calls = [{ call = ["old_call"] }]
fix = { callee = "new_call" }

[[bad]]
code = "old_call(1)"

[[good]]
code = "new_call(1)"
"#;

/// Data from a parameter: of medium confidence.
const HOLE: &str = "def run(text):\n    return eval(text)\n";

/// Data from the network: of high confidence.
const REMOTE: &str = "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return str(eval(request.args['x']))\n";

const CLEAN: &str = "def run(text):\n    return int(text)\n";

/// A folder that the command runs in.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// One with the rule above in `rules`.
    fn with_rule(files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new(files);
        folder.write("rules/old.toml", RULE);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.current_dir(self.path()).arg("check").args(arguments);
        command
    }

    fn check(&self, arguments: &[&str]) -> Finished {
        finish(&mut self.command(arguments))
    }

    /// Runs it as JSON, and hands `PATH:LINE RULE` of each finding on.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        let done = self.check(&[arguments, &["--format", "json"]].concat());
        let printed: serde_json::Value =
            serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{}", done.stderr));
        let findings = printed["findings"].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        findings
            .iter()
            .map(|found| format!("{}:{} {}", text(&found["path"]), found["line"], text(&found["rule"])))
            .collect()
    }
}

fn last_line(finished: &Finished) -> &str {
    finished.stdout.lines().last().unwrap_or_default()
}

#[test]
fn exit_codes_say_what_was_found() {
    let folder = Folder::with_rule(&[
        ("clean.py", CLEAN),
        ("hole.py", HOLE),
        ("remote.py", REMOTE),
        ("old.py", "old_call(1)\n"),
    ]);
    let check = |arguments: &[&str], code: i32| {
        let done = folder.check(arguments);
        assert_eq!(done.code, code, "{arguments:?}: {}{}", done.stdout, done.stderr);
    };
    check(&["clean.py"], 0);
    check(&["hole.py"], 1);
    check(&["hole.py", "--confidence", "high"], 0);
    check(&["remote.py", "--confidence", "high", "--severity", "high"], 1);
    check(&["old.py"], 0);
    check(&["old.py", "--rules", "rules"], 1);
    check(&["old.py", "--rules", "rules", "--severity", "medium"], 0);
    check(&["nowhere.py"], 2);
    check(&["nowhere.py", "hole.py"], 2);
    check(&["clean.py", "--severity", "some"], 2);
    check(&["clean.py", "--language", "klingon"], 2);
    check(&["clean.py", "--jobs", "0"], 2);
    check(&["--list-rules", "clean.py"], 2);
    check(&["--help"], 0);
}

#[test]
fn the_output_is_the_same_for_any_number_of_jobs() {
    let folder = Folder::new(&[]);
    for number in 0..60 {
        let text = if number % 3 == 0 { CLEAN.to_owned() } else { HOLE.repeat(1 + number % 5) };
        folder.write(&format!("{}/f{}.py", number % 7, 99 - number), text);
        folder.write(&format!("{}/x{number}.xyz", number % 4), "");
    }
    folder.write("a/latin.py", b"x = '\xe9'\n");
    for format in ["text", "json", "sarif", "github"] {
        let run = |jobs: &str| {
            let done = folder.check(&[".", "nowhere", "--format", format, "--jobs", jobs]);
            (done.code, done.stdout, done.stderr)
        };
        let one = run("1");
        assert!(one.0 == 2 && one.1.contains("f98.py") && one.2.contains("a/latin.py"), "{}", one.2);
        assert_eq!(one, run("4"), "{format}");
        assert_eq!(one, run("60"), "{format}");
    }
}

#[test]
fn help_says_what_a_stranger_needs() {
    let done = finish(command().args(["check", "--help"]));
    let said = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "[default: low]",
        "[default: medium]",
        "or `-` for standard input",
        "1 findings at or above the thresholds",
        ".gitignore",
    ] {
        assert!(said.contains(text), "{text} in {said}");
    }
}
