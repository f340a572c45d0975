//! What the repository brings for CI.

use std::path::{Path, PathBuf};
use std::process::Command;

use proofhouse::Grammar;
use proofhouse_tests::{Finished, command, finish};

use super::{CLEAN, Folder, HOLE};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn the_hook_hands_over_no_file_that_would_be_an_error() {
    let hooks = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let pattern = hooks.lines().find_map(|line| line.trim().strip_prefix(r"files: (?i)\.(")).unwrap();
    let extensions: Vec<&str> = pattern.strip_suffix(")$").unwrap().split('|').collect();
    assert!(extensions.len() > 20 && extensions.is_sorted(), "{extensions:?}");
    for extension in &extensions {
        assert!(Grammar::of_path(Path::new(&format!("a.{extension}"))).is_some(), "{extension}");
    }
    for grammar in Grammar::ALL {
        let known = |extension: &&&str| Grammar::of_path(Path::new(&format!("a.{extension}"))) == Some(grammar);
        assert!(extensions.iter().any(|extension| known(&extension)), "{}", grammar.name());
    }
}

/// Runs what the action runs.
fn action(folder: &Folder, inputs: &[(&str, &str)]) -> Finished {
    let mut script = Command::new("bash");
    script.arg(root().join(".ci/action")).current_dir(folder.path());
    script.env("INPUT_BINARY", command().get_program()).env("GITHUB_OUTPUT", folder.path().join("outputs"));
    finish(script.envs(inputs.iter().copied()))
}

#[test]
fn the_action_annotates_writes_sarif_and_fails_where_it_is_told_to() {
    let folder = Folder::new(&[("a b.py", HOLE), ("c.py", CLEAN)]);
    let found = action(&folder, &[("INPUT_SARIF", "out.sarif")]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    assert!(found.stdout.starts_with("::error file=a b.py,line=2,"), "{}", found.stdout);
    assert!(folder.read("out.sarif").contains("python/code-injection"));
    assert_eq!(folder.read("outputs"), "exit-code=1\n");
    assert_eq!(action(&folder, &[("INPUT_FAIL", "false")]).code, 0);
    assert_eq!(action(&folder, &[("INPUT_PATHS", "c.py\n")]).code, 0);
    assert_eq!(action(&folder, &[("INPUT_PATHS", "c.py\na b.py")]).code, 1);
    assert_eq!(action(&folder, &[("INPUT_ARGUMENTS", "--confidence  high")]).code, 0);
    let missing = action(&folder, &[("INPUT_PATHS", "$(touch pwned)"), ("INPUT_FAIL", "false")]);
    assert!(missing.code == 2 && !folder.path().join("pwned").exists(), "{}", missing.stdout);
    assert_eq!(action(&folder, &[("INPUT_DIFF", "HEAD")]).code, 2);
}
