//! What is new since a git revision.

use std::process::Command;

use super::{CLEAN, Folder, HOLE, last_line};

fn git(folder: &Folder, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
        .args(["-c", "init.defaultBranch=main", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn repository(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(files);
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "one"]);
    folder
}

#[test]
fn only_what_a_change_adds_is_reported() {
    let two = format!("{HOLE}\n\ndef other(a):\n    return eval(a)\n");
    let folder = repository(&[
        ("same.py", HOLE),
        ("grows.py", HOLE),
        ("moves.py", &two),
        ("mended.py", HOLE),
        ("é b.py", CLEAN),
    ]);
    assert_eq!(folder.found(&["--diff", "HEAD"]), [""; 0]);
    let nothing = folder.check(&["--diff", "HEAD"]);
    assert_eq!(
        (nothing.code, last_line(&nothing)),
        (0, "0 findings in 0 files (0 checked, 5 unchanged, 0 skipped), 0 ignored, 0 in the baseline")
    );

    folder.write("grows.py", format!("import os\n\n\ndef new(b):\n    return eval(b)\n\n\n{HOLE}"));
    git(&folder, &["mv", "moves.py", "moved.py"]);
    folder.write("moved.py", format!("# first\n{two}"));
    folder.write("mended.py", CLEAN);
    folder.write("é b.py", HOLE);
    folder.write("sub/untracked.py", HOLE);
    let new = [
        "grows.py:5 python/code-injection",
        "sub/untracked.py:2 python/code-injection",
        "é b.py:2 python/code-injection",
    ];
    assert_eq!(folder.found(&["--diff", "HEAD"]), new);
    assert_eq!(folder.check(&["--diff", "HEAD"]).code, 1);
    git(&folder, &["add", "."]);
    assert_eq!(folder.found(&["--diff", "HEAD"]), new);
    git(&folder, &["commit", "--quiet", "-m", "two"]);
    assert_eq!(folder.found(&["--diff", "HEAD"]), [""; 0]);
    assert_eq!(folder.found(&["--diff", "HEAD~1"]), new);
    assert_eq!(folder.found(&["--diff", "HEAD~1", "sub", "same.py"]), new[1..2]);
    let mut hook = folder.command(&["sub", "--diff", "HEAD~1"]);
    let done = proofhouse_tests::finish(hook.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", ".git/index"));
    assert!(done.code == 1 && done.stdout.starts_with("sub/untracked.py:2:12 "), "{}{}", done.stdout, done.stderr);
    let mut inside = folder.command(&["--diff", "HEAD~1"]);
    let done = proofhouse_tests::finish(inside.current_dir(folder.path().join("sub")));
    assert!(done.code == 1 && done.stdout.starts_with("untracked.py:2:12 "), "{}{}", done.stdout, done.stderr);
}

#[test]
fn a_finding_whose_comment_is_taken_away_is_new() {
    let folder =
        repository(&[("a.py", "def run(text):\n    return eval(text)  # proofhouse: ignore[code-injection] fine\n")]);
    folder.write("a.py", HOLE);
    assert_eq!(folder.found(&["--diff", "HEAD"]), ["a.py:2 python/code-injection"]);
}

#[test]
fn what_git_does_not_know_is_bad_usage() {
    let folder = Folder::new(&[("a.py", HOLE)]);
    let check = |folder: &Folder, arguments: &[&str], said: &str| {
        let done = folder.check(arguments);
        assert_eq!((done.code, done.stderr.contains(said)), (2, true), "{arguments:?}: {}", done.stderr);
    };
    check(&folder, &["--diff", "HEAD"], "--diff needs a git repository");
    let folder = repository(&[("a.py", HOLE)]);
    check(&folder, &["--diff", "nonsense"], "git knows no revision `nonsense`");
    check(&folder, &["--diff=--output=x"], "git knows no revision `--output=x`");
    assert!(!folder.path().join("x").exists());
    check(&folder, &["--diff", "HEAD", "--write-baseline", "b.json"], "cannot be used with");
    let elsewhere = Folder::new(&[("b.py", HOLE)]);
    let outside = elsewhere.path().join("b.py");
    check(&folder, &["a.py", outside.to_str().unwrap(), "--diff", "HEAD"], "it is not in the repository");
    check(&folder, &["-", "--language", "python", "--diff", "HEAD"], "--diff is for files");
}
