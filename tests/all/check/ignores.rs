//! Comments that leave findings out.

use super::{Folder, last_line};

#[test]
fn comments_ignore_findings_and_are_held_to_their_word() {
    let folder = Folder::new(&[(
        "a.py",
        "\
def run(text):
    eval(text)  # proofhouse: ignore[code-injection] the text is a constant of the build
    # proofhouse: ignore[python/code-injection] as above
    eval(text)
    eval(text)  # proofhouse: ignore[code-injection]
    eval(text)  # proofhouse: ignore[sql-injection] it is no SQL
    eval(text)  # proofhouse: ignore[evil] it is not
    return '# proofhouse: ignore[code-injection] no comment'
",
    )]);
    assert_eq!(
        folder.found(&[]),
        [
            "a.py:5 ignore/no-reason",
            "a.py:6 python/code-injection",
            "a.py:6 ignore/unused",
            "a.py:7 python/code-injection",
            "a.py:7 ignore/unknown-rule",
        ]
    );
    let done = folder.check(&["--severity", "high"]);
    assert_eq!(last_line(&done), "2 findings in 1 file (1 checked, 0 skipped), 3 ignored, 0 in the baseline");
}

#[test]
fn a_comment_that_ignores_what_is_below_the_thresholds_is_used() {
    let text = "def run(text):\n    eval(text)  # proofhouse: ignore[code-injection] fine\n";
    let folder = Folder::new(&[("a.py", text)]);
    let done = folder.check(&["--confidence", "high"]);
    assert_eq!(
        (done.code, last_line(&done)),
        (0, "0 findings in 0 files (1 checked, 0 skipped), 0 ignored, 0 in the baseline")
    );
}
