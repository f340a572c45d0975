//! The settings of `proofhouse serve`, as a shell sees them. What the server does with them is tested elsewhere.

use std::process::Command;

use proofhouse_tests::{Finished, command, finish};

/// The command with a home folder and nothing in its environment that is a setting.
fn serve(home: &std::path::Path) -> Command {
    let mut command = command();
    command.env("HOME", home).env_remove("XDG_STATE_HOME").arg("serve");
    command
}

#[test]
fn the_printed_settings_are_read_again() {
    let home = tempfile::tempdir().unwrap();
    let print = |command: &mut Command| -> Finished {
        let done = finish(command.arg("--print-config"));
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{}", done.stdout);
        done
    };
    let first = print(serve(home.path()).args(["--workers", "3"]).env("PROOFHOUSE_SERVE_QUEUE__LENGTH", "77"));
    let database = home.path().join(".local/state/proofhouse/serve.db");
    for line in ["listen = \"127.0.0.1:8080\"", "workers = 3", "length = 77", "body = \"8MiB\"", "#otlp ="] {
        assert!(first.stdout.lines().any(|there| there == line), "{line}\n{}", first.stdout);
    }
    assert!(first.stdout.contains(&format!("database = \"sqlite:{}\"", database.display())), "{}", first.stdout);
    // Nothing is made by looking.
    assert!(!home.path().join(".local").exists());
    let file = home.path().join("serve.toml");
    std::fs::write(&file, &first.stdout).unwrap();
    assert_eq!(print(serve(home.path()).arg("--config").arg(&file)).stdout, first.stdout);
    assert_eq!(print(serve(home.path()).env("PROOFHOUSE_SERVE_CONFIG", &file)).stdout, first.stdout);
}

#[test]
fn settings_that_cannot_be_used_are_bad_input() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("serve.toml");
    std::fs::write(&file, "\n[http]\nboddy = 1\n").unwrap();
    let check = |command: &mut Command, said: &str| {
        let done = finish(command);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{}", done.stderr);
        assert!(done.stderr.contains(said), "{}", done.stderr);
    };
    check(serve(home.path()).arg("--config").arg(&file), "serve.toml:3: unknown key `boddy`, did you mean `body`?");
    check(serve(home.path()).args(["--config", "nowhere.toml"]), "reading `nowhere.toml`");
    check(
        serve(home.path()).env("PROOFHOUSE_SERVE_LISTENS", "x"),
        "unknown variable `PROOFHOUSE_SERVE_LISTENS`, did you mean `PROOFHOUSE_SERVE_LISTEN`?",
    );
    check(
        serve(home.path()).args(["--listen", "0.0.0.0:0"]),
        "`--listen`: `listen` is `0.0.0.0:0`, which other machines",
    );
    check(serve(home.path()).args(["--database", "redis://x"]), "`--database`: `database` is of no known kind");
    check(serve(home.path()).args(["--suite", ""]), "suite");
}

#[test]
fn a_new_key_is_a_setting_and_is_shown_once() {
    let home = tempfile::tempdir().unwrap();
    let done = finish(serve(home.path()).args(["--new-key", "the \"trainer\""]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    let key = done.stderr.split_whitespace().last().unwrap();
    assert!(key.starts_with("ph_") && !done.stdout.contains(key), "{}{}", done.stdout, done.stderr);
    let file = home.path().join("serve.toml");
    std::fs::write(&file, &done.stdout).unwrap();
    let printed = finish(serve(home.path()).arg("--config").arg(&file).args(["--listen", "[::]:0", "--print-config"]));
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(printed.stdout.contains("[[keys]]\n# Whose it is: what logs and metrics say.\n"), "{}", printed.stdout);
}
