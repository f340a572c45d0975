//! What stands beside a `task.toml`: the reference, and other programs that must pass or fail. Nothing is run here.

use std::io;
use std::path::{Path, PathBuf};

use proofhouse_types::TestCase;

use super::problem::Problem;
use super::records::read_text;

/// The programs beside a native task, each in the order of the file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeFiles {
    /// The task's folder.
    pub folder: PathBuf,
    /// Other right solutions: `right-*.py`.
    pub right: Vec<RightProgram>,
    /// Wrong solutions: `wrong-*.py`.
    pub wrong: Vec<WrongProgram>,
}

/// A solution that must pass every test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightProgram {
    /// Its file.
    pub file: PathBuf,
    /// Its text.
    pub program: String,
}

/// A solution that must fail exactly the tests that its first line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongProgram {
    /// Its file.
    pub file: PathBuf,
    /// Its text, the first line included.
    pub program: String,
    /// The names of the tests that it must fail, in the order of its first line. Never empty.
    pub fails: Vec<String>,
    /// Why it fails them.
    pub because: String,
}

const REFERENCE: &str = "reference.py";
const FIRST_LINE: &str = "expected a first line `# fails: TEST NAME | ANOTHER; because …`";

/// Reads what stands beside a task. The reference is `None` where it can't be read, with the problem added.
pub(super) fn read(
    folder: &Path,
    tests: &[TestCase],
    problems: &mut Vec<Problem>,
) -> io::Result<(Option<String>, NativeFiles)> {
    let mut names: Vec<String> = Vec::new();
    for entry in folder.read_dir()? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut reference = None;
    let mut files = NativeFiles { folder: folder.to_owned(), right: Vec::new(), wrong: Vec::new() };
    for name in names.into_iter().filter(|name| name.ends_with(".py") && !name.starts_with('.')) {
        let file = folder.join(&name);
        let mut add = |line, message| problems.push(Problem { file: file.clone(), line, message });
        let program = match read_text(&file) {
            Ok(program) => program,
            Err(error) => {
                add(None, format!("can't be read: {error}"));
                continue;
            }
        };
        if name == REFERENCE {
            reference = Some(program);
        } else if name.starts_with("right-") {
            files.right.push(RightProgram { file, program });
        } else if name.starts_with("wrong-") {
            match first_line(&program, tests) {
                Ok((fails, because)) => files.wrong.push(WrongProgram { file, program, fails, because }),
                Err(message) => add(Some(1), message),
            }
        } else {
            add(None, format!("expected the name `{REFERENCE}`, `right-*.py` or `wrong-*.py`"));
        }
    }
    if reference.is_none() && !problems.iter().any(|problem| problem.file == folder.join(REFERENCE)) {
        let message = format!("no `{REFERENCE}` stands beside `task.toml`");
        problems.push(Problem { file: folder.to_owned(), line: None, message });
    }
    Ok((reference, files))
}

/// The tests that a wrong program says it fails, and why.
fn first_line(program: &str, tests: &[TestCase]) -> Result<(Vec<String>, String), String> {
    let line = program.lines().next().unwrap_or_default();
    let said = line.strip_prefix("# fails:").and_then(|rest| rest.split_once("; because "));
    let Some((names, because)) = said else { return Err(FIRST_LINE.to_owned()) };
    let mut fails: Vec<String> = Vec::new();
    for name in names.split(" | ").map(str::trim) {
        if !tests.iter().any(|test| test.name == name) {
            return Err(format!("the task has no test `{name}`"));
        }
        if fails.iter().any(|earlier| earlier == name) {
            return Err(format!("`{name}` is named twice"));
        }
        fails.push(name.to_owned());
    }
    Ok((fails, because.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Check;

    use super::*;

    fn tests() -> Vec<TestCase> {
        let test = |name: &str| TestCase { name: name.to_owned(), check: Check::Assert { code: String::new() } };
        vec![test("doubles two"), test("zero|one; or so")]
    }

    #[test]
    fn the_first_line_of_a_wrong_program_names_tests_of_the_task() {
        let cases = [
            ("# fails: doubles two; because it halves\n1", Ok((vec!["doubles two"], "it halves"))),
            (
                "# fails:  doubles two | zero|one; or so ; because so\r\n",
                Ok((vec!["doubles two", "zero|one; or so"], "so")),
            ),
            ("# fails: doubles three; because it halves", Err("the task has no test `doubles three`")),
            ("# fails: doubles two | doubles two; because", Err(FIRST_LINE)),
            ("# fails: doubles two | doubles two; because so", Err("`doubles two` is named twice")),
            ("# fails: doubles two", Err(FIRST_LINE)),
            ("\n# fails: doubles two; because it halves", Err(FIRST_LINE)),
            ("", Err(FIRST_LINE)),
        ];
        for (program, expected) in cases {
            let found = first_line(program, &tests());
            let expected =
                expected.map(|(fails, because)| (fails.into_iter().map(str::to_owned).collect(), because.to_owned()));
            assert_eq!(found, expected.map_err(str::to_owned), "{program:?}");
        }
    }

    #[test]
    fn files_are_told_apart_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["reference.py", "right-b.py", "right-a.py", "wrong-a.py", "wrong_b.py", "notes.md", ".hidden.py"] {
            std::fs::write(folder.path().join(name), "# fails: doubles two; because so\n").unwrap();
        }
        let mut problems = Vec::new();
        let (reference, files) = read(folder.path(), &tests(), &mut problems).unwrap();
        assert!(reference.is_some());
        let right: Vec<_> = files.right.iter().map(|right| right.file.file_name().unwrap()).collect();
        assert_eq!(right, ["right-a.py", "right-b.py"]);
        assert_eq!(files.wrong.len(), 1);
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, ["expected the name `reference.py`, `right-*.py` or `wrong-*.py`"]);
    }

    #[test]
    fn a_reference_is_required() {
        let folder = tempfile::tempdir().unwrap();
        let mut problems = Vec::new();
        assert_eq!(read(folder.path(), &tests(), &mut problems).unwrap().0, None);
        assert_eq!(problems[0].message, "no `reference.py` stands beside `task.toml`");
    }
}
