//! What is checked, and what is skipped and counted.

use std::io::Write as _;
use std::process::Stdio;

use proofhouse_tests::Finished;

use super::{CLEAN, Folder, HOLE, last_line};

#[test]
fn unknown_languages_are_counted_in_folders_and_errors_where_they_are_named() {
    let folder = Folder::new(&[
        ("a.py", HOLE),
        ("b.txt", HOLE),
        ("c.TXT", ""),
        ("d.md", ""),
        ("Makefile", ""),
        ("run", "#!/usr/bin/env python3\nimport sys\n\ndef run(text):\n    return eval(text)\n"),
    ]);
    let done = folder.check(&[]);
    assert_eq!(done.code, 1);
    assert_eq!(
        last_line(&done),
        "2 findings in 2 files (2 checked, 4 skipped: 2 .txt, 1 .md, 1 no extension), 0 ignored, 0 in the baseline"
    );
    let named = folder.check(&["b.txt", "a.py"]);
    assert_eq!(
        (named.code, named.stderr.as_str()),
        (2, "error: b.txt: its language is not known; say it with --language\n")
    );
    assert!(named.stdout.contains("a.py:2:12 high"), "{}", named.stdout);
    assert_eq!(folder.found(&["b.txt", "--language", "py"]), ["b.txt:2 python/code-injection"]);
    assert_eq!(folder.found(&["run"]), ["run:5 python/code-injection"]);
    let other = folder.check(&["--language", "go"]);
    assert_eq!(
        last_line(&other),
        "0 findings in 0 files (0 checked, 6 skipped: 2 .txt, 2 no extension, 1 .md, 1 .py), 0 ignored, 0 in the baseline"
    );
}

#[test]
fn what_git_ignores_and_what_is_hidden_is_left_out_unless_it_is_named() {
    let folder = Folder::new(&[
        (".gitignore", "build/\n*_generated.py\n!kept_generated.py\n"),
        ("build/a.py", HOLE),
        ("b_generated.py", HOLE),
        ("kept_generated.py", HOLE),
        (".hidden/c.py", HOLE),
        ("sub/.gitignore", "d.py\n"),
        ("sub/d.py", HOLE),
        ("sub/e.py", HOLE),
    ]);
    assert_eq!(folder.found(&[]), ["kept_generated.py:2 python/code-injection", "sub/e.py:2 python/code-injection"]);
    assert_eq!(folder.found(&["sub"]), ["sub/e.py:2 python/code-injection"]);
    assert_eq!(
        folder.found(&["build/a.py", ".hidden"]),
        [".hidden/c.py:2 python/code-injection", "build/a.py:2 python/code-injection"]
    );
}

#[test]
fn a_file_is_checked_once_however_it_is_named() {
    let folder = Folder::new(&[("sub/a.py", HOLE), ("b.py", HOLE)]);
    let found = ["b.py:2 python/code-injection", "sub/a.py:2 python/code-injection"];
    assert_eq!(folder.found(&["sub/a.py", "./sub", ".", "./b.py", "b.py"]), found);
}

#[test]
fn standard_input_tells_its_language_or_is_told_it() {
    let folder = Folder::new(&[]);
    let check = |arguments: &[&str], text: &str| {
        let mut child = folder
            .command(&[&["-"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Finished { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    let python = check(&["--language", "python"], HOLE);
    assert!(
        python.code == 1 && python.stdout.starts_with("<stdin>:2:12 high medium python/code-injection\n"),
        "{}",
        python.stdout
    );
    let script = check(&[], &format!("#!/usr/bin/python3\n{HOLE}"));
    assert!(script.code == 1 && script.stdout.starts_with("<stdin>:3:12 "), "{}", script.stdout);
    let unknown = check(&[], HOLE);
    assert_eq!(unknown.code, 2);
    assert_eq!(unknown.stderr, "error: <stdin>: its first line does not tell its language; say it with --language\n");
    assert_eq!(check(&["--language", "python"], "").code, 0);
    assert_eq!(check(&["--language", "python", "--fix"], CLEAN).code, 0);
}

#[test]
fn text_that_is_not_utf_8_is_read_and_said() {
    let folder = Folder::new(&[]);
    folder.write("latin.py", b"# \xe9\ndef run(text):\n    return eval(text)\n");
    let utf16: Vec<u8> =
        "\u{feff}def run(é):\n    return eval(é)\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("utf16.py", utf16);
    folder.write("marked.py", format!("\u{feff}{HOLE}"));
    folder.write("binary.py", b"\0\x01\x02eval(x)");
    let done = folder.check(&[]);
    assert_eq!(done.stderr, "note: latin.py: it is not UTF-8: what is not was read as U+FFFD\n");
    for start in ["latin.py:3:12 ", "utf16.py:2:12 ", "marked.py:2:12 "] {
        assert!(done.stdout.contains(start), "{start} in {}", done.stdout);
    }
    assert!(
        last_line(&done).starts_with("3 findings in 3 files (3 checked, 1 skipped: 1 binary)"),
        "{}",
        last_line(&done)
    );
}

#[test]
fn files_over_the_limit_are_skipped_and_named() {
    let folder = Folder::new(&[("small.py", HOLE)]);
    let comment = |bytes: usize| {
        let mut text = HOLE.to_owned();
        text.push('#');
        text.push_str(&"x".repeat(bytes - text.len()));
        text
    };
    let largest = 16 << 20;
    folder.write("at-the-limit.py", comment(largest));
    folder.write("past-it.py", comment(largest + 1));
    let done = folder.check(&[]);
    assert_eq!((done.code, done.stderr.as_str()), (1, "note: past-it.py: skipped: it is larger than 16 MiB\n"));
    assert!(
        last_line(&done).starts_with("2 findings in 2 files (2 checked, 1 skipped: 1 over 16 MiB)"),
        "{}",
        last_line(&done)
    );
    let named = folder.check(&["past-it.py"]);
    assert_eq!((named.code, named.stderr.as_str()), (2, "error: past-it.py: it is larger than 16 MiB\n"));
}

#[test]
fn links_are_followed_where_they_are_named() {
    let folder = Folder::new(&[("real/a.py", HOLE)]);
    std::os::unix::fs::symlink("real", folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("real/a.py", folder.path().join("file.py")).unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("real/loop")).unwrap();
    assert_eq!(folder.found(&[]), ["real/a.py:2 python/code-injection"]);
    assert!(last_line(&folder.check(&[])).contains("3 skipped: 3 symbolic link"));
    assert_eq!(
        folder.found(&["folder", "file.py"]),
        ["file.py:2 python/code-injection", "folder/a.py:2 python/code-injection"]
    );
}
