//! `proofhouse run` as a shell sees it.

use std::path::Path;

use proofhouse_tests::{command, finish};

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn exit_codes_say_how_a_program_ended() {
    let folder = tempfile::tempdir().unwrap();
    let check = |source: &str, flags: &[&str], code: i32, said: &str| {
        let file = write(folder.path(), "program.py", source);
        let done = finish(command().arg("run").arg(file).args(flags));
        assert_eq!((done.code, done.stderr.contains(said)), (code, true), "{source}: {}", done.stderr);
    };
    check("print(1)", &[], 0, "");
    check("import sys; sys.exit(7)", &[], 7, "");
    check("import os; os._exit(9)", &[], 9, "");
    check("import sys; sys.exit('bye')", &[], 1, "bye");
    check("1 / 0", &[], 1, "ZeroDivisionError: division by zero");
    check("def f(:", &[], 1, "syntax_error");
    check("input()", &[], 1, "EOFError");
    check("while True: pass", &["--fuel", "100000000"], 124, "out_of_fuel: used all of its 100000000 fuel");
    check("import time; time.sleep(9999)", &[], 124, "virtual_time_limit");
    check("x = bytearray(10**8)", &["--memory", "64MiB"], 137, "out_of_memory");
    check("print('x' * 70000)", &["--output", "64KiB"], 125, "output_limit: more than 64KiB of output");
    check("open('f', 'wb').write(bytes(2000))", &["--disk", "1999"], 125, "disk_limit");
    check("pass", &["--memory", "1MiB"], 2, "memory limit 1MiB is below the");
    check("pass", &["--fuel", "lots"], 2, "is not a number of fuel units");
}

#[test]
fn a_missing_file_is_bad_input_that_names_it() {
    let done = finish(command().args(["run", "nowhere.py"]));
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("reading `nowhere.py`"), "{}", done.stderr);
}

#[test]
fn tracebacks_show_the_program_and_nothing_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "oops.py", "def inner():\n    raise KeyError('gone')\n\n\ninner()\n");
    let done = finish(command().arg("run").arg(&file));
    assert!(done.stderr.contains("line 5, in <module>") && done.stderr.contains("raise KeyError('gone')"));
    assert!(!done.stderr.contains("proofhouse"), "{}", done.stderr.replace(&file, ""));
}

#[test]
fn arguments_and_standard_input_reach_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "echo.py", "import sys\nprint(sys.argv[1:], input(), sys.stdin.read())\n");
    let stdin = write(folder.path(), "stdin.txt", "first\nrest");
    let done = finish(command().args(["run", &file, "--stdin", &stdin, "--", "-x", "é y"]));
    assert_eq!((done.code, done.stdout.as_str()), (0, "['-x', 'é y'] first rest\n"), "{}", done.stderr);
}

#[test]
fn a_granted_folder_is_reachable_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let granted = folder.path().join("granted");
    std::fs::create_dir(&granted).unwrap();
    write(folder.path(), "secret.txt", "secret");
    write(&granted, "data.txt", "data");
    std::os::unix::fs::symlink("../secret.txt", granted.join("escape.txt")).unwrap();
    let file = write(
        folder.path(),
        "reads.py",
        "
import os
print(sorted(os.listdir('/data')), open('/data/data.txt').read())
for path in ('/data/escape.txt', '/data/../../secret.txt', '/data/..//secret.txt'):
    try:
        print('escaped', open(path).read())
    except OSError as error:
        print(type(error).__name__)
try:
    open('/data/new.txt', 'w').write('new')
    print('written')
except OSError as error:
    print(type(error).__name__, error.strerror)
",
    );
    let run = |access: &str| {
        let grant = format!("{}::/data{access}", granted.display());
        finish(command().args(["run", &file, "--dir", &grant]))
    };
    let read_only = run(":ro");
    assert!(!read_only.stdout.contains("escaped"), "{}", read_only.stdout);
    assert!(
        read_only.stdout.starts_with("['data.txt', 'escape.txt'] data\n"),
        "{} {}",
        read_only.stdout,
        read_only.stderr
    );
    assert!(read_only.stdout.ends_with("OSError Read-only file system\n"), "{}", read_only.stdout);
    assert!(!granted.join("new.txt").exists());
    assert!(run("").stdout.ends_with("written\n"));
    assert_eq!(std::fs::read_to_string(granted.join("new.txt")).unwrap(), "new");
}

#[test]
fn json_tells_what_the_program_did() {
    let folder = tempfile::tempdir().unwrap();
    let file =
        write(folder.path(), "program.py", "open('made.txt', 'w').write('x')\nprint('out')\nraise ValueError('no')\n");
    let done = finish(command().args(["run", "--json", &file]));
    let printed: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(done.code, 1);
    assert_eq!(printed["outcome"], "raised");
    assert_eq!(printed["exception"]["type"], "ValueError");
    assert_eq!(printed["stdout"], "out\n");
    assert_eq!(printed["files"], serde_json::json!(["made.txt"]));
    assert!(printed["fuel"].as_u64().unwrap() > 0);
}

#[test]
fn help_states_limits_and_exit_codes() {
    let done = finish(command().args(["run", "--help"]));
    for text in ["[default: 256MiB]", "[default: 64KiB]", "124 out of fuel or virtual time", "HOST::GUEST[:ro]"] {
        assert!(done.stdout.contains(text), "{text} in {}", done.stdout);
    }
}
