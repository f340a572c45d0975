//! Automatic fixes.

use std::os::unix::fs::PermissionsExt as _;

use super::{Folder, last_line};

#[test]
fn fixes_are_made_and_what_remains_is_reported() {
    let folder = Folder::with_rule(&[]);
    let path = folder.write(
        "a.py",
        "\u{feff}x = old_call('é') + old_call(2)\r\n\r\n\r\ndef run(text):\r\n    return eval(text)\r\n",
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
    folder.write("b.py", "old_call(1)  # proofhouse: ignore[old-call] meant\n");
    let done = folder.check(&["a.py", "b.py", "--rules", "rules", "--fix"]);
    assert_eq!(
        folder.read("a.py"),
        "\u{feff}x = new_call('é') + new_call(2)\r\n\r\n\r\ndef run(text):\r\n    return eval(text)\r\n"
    );
    assert_eq!(folder.read("b.py"), "old_call(1)  # proofhouse: ignore[old-call] meant\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
    assert!(done.stdout.starts_with("a.py:5:12 high medium python/code-injection\n"), "{}", done.stdout);
    assert_eq!(
        (done.code, last_line(&done)),
        (1, "1 finding in 1 file (2 checked, 0 skipped), 1 ignored, 0 in the baseline, 2 fixed")
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn only_what_is_reported_is_fixed() {
    let text = "old_call(1)\n";
    let folder = Folder::with_rule(&[("a.py", text)]);
    folder.check(&["a.py", "--rules", "rules", "--fix", "--severity", "high"]);
    assert_eq!(folder.read("a.py"), text);
    folder.check(&["a.py", "--rules", "rules", "--write-baseline", "known.json"]);
    folder.check(&["a.py", "--rules", "rules", "--fix", "--baseline", "known.json"]);
    assert_eq!(folder.read("a.py"), text);
    let done = folder.check(&["a.py", "--rules", "rules", "--fix"]);
    assert_eq!((done.code, folder.read("a.py").as_str()), (0, "new_call(1)\n"));
}

#[test]
fn a_file_that_can_t_be_written_without_loss_is_left_as_it_is() {
    let folder = Folder::with_rule(&[]);
    folder.write("latin.py", b"old_call('\xe9')\n");
    let done = folder.check(&["latin.py", "--rules", "rules", "--fix"]);
    assert_eq!(std::fs::read(folder.path().join("latin.py")).unwrap(), b"old_call('\xe9')\n");
    assert!(done.code == 1 && done.stderr.contains("it is not UTF-8, so it was not fixed"), "{}", done.stderr);
}

#[test]
fn a_link_stays_a_link() {
    let folder = Folder::with_rule(&[("real.py", "old_call(1)\n")]);
    let link = folder.path().join("link.py");
    std::os::unix::fs::symlink("real.py", &link).unwrap();
    folder.check(&["link.py", "--rules", "rules", "--fix"]);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(folder.read("real.py"), "new_call(1)\n");
}
