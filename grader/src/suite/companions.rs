//! What stands beside a `task.toml`: the reference, and other programs that must pass or fail. Nothing is run here.

use std::io;
use std::path::{Path, PathBuf};

use proofhouse_types::{Check, Language, Task, TestCase};
use serde::Deserialize;

use super::keys::{Document, Keys};
use super::problem::Problem;
use super::records::read_text;
use super::variant::Variant;

/// The file that explains which mutants of the reference survive.
const SURVIVORS_FILE: &str = "survivors.toml";

/// The programs beside a native task, each in the order of the file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeFiles {
    /// The task's folder.
    pub folder: PathBuf,
    /// Other right solutions: `right-*.py`, or `.sql`.
    pub right: Vec<RightProgram>,
    /// Wrong solutions: `wrong-*.py`, or `.sql`.
    pub wrong: Vec<WrongProgram>,
    /// Other forms of the prompt.
    pub variants: Vec<Variant>,
    /// Mutants of the reference that no test can fail: `survivors.toml`.
    pub survivors: Vec<Survivor>,
}

/// A mutant of a reference that does what the reference does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Survivor {
    /// The line of the reference that is edited, from 1.
    pub line: usize,
    /// The edit, as `proofhouse verify --mutants` names it.
    pub change: String,
    /// Why the edit makes no difference.
    pub because: String,
}

#[derive(Deserialize)]
struct SurvivorsFile {
    #[serde(default)]
    survivors: Vec<Survivor>,
}

/// A solution that must pass every test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightProgram {
    /// Its file.
    pub file: PathBuf,
    /// Its text.
    pub program: String,
}

/// A solution that must fail exactly the tests that its first line names. A test with members is failed with one of them.
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
    /// What the verdict on the first of them must say, from a line of its own: a part of its outcome and message.
    pub says: Option<String>,
    /// The kind of mistake that it makes, from a line of its own.
    pub mistake: Option<String>,
}

/// What marks programs of a language.
struct Marks {
    extension: &'static str,
    comment: &'static str,
}

impl Marks {
    fn of(language: Language) -> Marks {
        match language {
            Language::Python => Marks { extension: ".py", comment: "# " },
            Language::Sql => Marks { extension: ".sql", comment: "-- " },
        }
    }
}

/// Reads what stands beside a task. The reference is `None` where it can't be read, with the problem added.
pub(super) fn read(
    folder: &Path,
    task: &Task,
    problems: &mut Vec<Problem>,
) -> io::Result<(Option<String>, NativeFiles)> {
    let mut names: Vec<String> = Vec::new();
    for entry in folder.read_dir()? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let marks = Marks::of(task.language);
    let reference_name = format!("reference{}", marks.extension);
    let mut reference = None;
    let mut files = NativeFiles {
        folder: folder.to_owned(),
        right: Vec::new(),
        wrong: Vec::new(),
        variants: Vec::new(),
        survivors: Vec::new(),
    };
    for name in names.into_iter().filter(|name| name.ends_with(marks.extension) && !name.starts_with('.')) {
        let file = folder.join(&name);
        let mut add = |line, message| problems.push(Problem { file: file.clone(), line, message });
        let program = match read_text(&file) {
            Ok(program) => program,
            Err(error) => {
                add(None, format!("can't be read: {error}"));
                continue;
            }
        };
        if name == reference_name {
            reference = Some(program);
        } else if name.starts_with("right-") {
            files.right.push(RightProgram { file, program });
        } else if name.starts_with("wrong-") {
            match first_lines(&program, &task.tests, &marks) {
                Ok(Said { fails, because, says, mistake }) => {
                    files.wrong.push(WrongProgram { file, program, fails, because, says, mistake });
                }
                Err(message) => add(Some(1), message),
            }
        } else {
            add(None, {
                let extension = marks.extension;
                format!("expected the name `{reference_name}`, `right-*{extension}` or `wrong-*{extension}`")
            });
        }
    }
    let survivors = folder.join(SURVIVORS_FILE);
    if survivors.is_file() {
        files.survivors = read_survivors(&survivors).unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
    }
    if reference.is_none() && !problems.iter().any(|problem| problem.file == folder.join(&reference_name)) {
        let message = format!("no `{reference_name}` stands beside `task.toml`");
        problems.push(Problem { file: folder.to_owned(), line: None, message });
    }
    Ok((reference, files))
}

fn read_survivors(file: &Path) -> Result<Vec<Survivor>, Vec<Problem>> {
    let one = |line, message| vec![Problem { file: file.to_owned(), line, message }];
    let text = read_text(file).map_err(|error| one(None, format!("can't be read: {error}")))?;
    let document = Document::parse(file, &text).map_err(|problem| vec![problem])?;
    let keys = Keys::of::<SurvivorsFile>().with("survivors", Keys::of::<Survivor>());
    let SurvivorsFile { survivors } = document.read(&keys)?;
    match survivors.iter().find(|survivor| survivor.because.trim().is_empty()) {
        Some(survivor) => Err(one(None, format!("no reason for line {}: {}", survivor.line, survivor.change))),
        None => Ok(survivors),
    }
}

/// What a wrong program says of itself.
#[derive(Debug, PartialEq)]
struct Said {
    fails: Vec<String>,
    because: String,
    says: Option<String>,
    mistake: Option<String>,
}

/// The tests that a wrong program says it fails, why, what the verdict says, and what kind of mistake it is.
fn first_lines(program: &str, tests: &[TestCase], marks: &Marks) -> Result<Said, String> {
    let comment = marks.comment;
    let mut lines = program.lines();
    let line = lines.next().unwrap_or_default();
    let said = line.strip_prefix(comment).and_then(|line| line.strip_prefix("fails:"));
    let Some((names, because)) = said.and_then(|rest| rest.split_once("; because ")) else {
        return Err(format!("expected a first line `{comment}fails: TEST NAME | ANOTHER; because …`"));
    };
    let mut fails: Vec<String> = Vec::new();
    for name in names.split(" | ").map(str::trim) {
        if !tests.iter().any(|test| is_of(test, name)) {
            return Err(format!("the task has no test `{name}`"));
        }
        if fails.iter().any(|earlier| earlier == name) {
            return Err(format!("`{name}` is named twice"));
        }
        fails.push(name.to_owned());
    }
    let (mut says, mut mistake) = (None, None);
    for line in lines.map_while(|line| line.strip_prefix(comment)) {
        let (place, text) = match (line.strip_prefix("says:"), line.strip_prefix("mistake:")) {
            (Some(text), _) => (&mut says, text),
            (None, Some(text)) => (&mut mistake, text),
            (None, None) => break,
        };
        if place.replace(text.trim().to_owned()).is_some() {
            return Err("its first lines say the same twice".to_owned());
        }
    }
    Ok(Said { fails, because: because.trim().to_owned(), says, mistake })
}

/// Whether a name is that of a test, or of a member of it: `TEST` or `TEST: MEMBER`.
#[must_use]
pub fn belongs(name: &str, test: &str) -> bool {
    name.strip_prefix(test).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// Whether a name is a test's, or may be that of a member of it.
fn is_of(test: &TestCase, name: &str) -> bool {
    match &test.check {
        Check::Assert(_)
        | Check::Http(_)
        | Check::Sql(_)
        | Check::Efficiency(_)
        | Check::Security(_)
        | Check::Reference(_) => name == test.name,
        Check::Unittest(_) | Check::Io(_) | Check::Call(_) | Check::Cli(_) | Check::Generated(_) => {
            belongs(name, &test.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{AssertCheck, CallCheck};

    use super::*;

    const FIRST_LINE: &str = "expected a first line `# fails: TEST NAME | ANOTHER; because …`";

    fn tests() -> Vec<TestCase> {
        let test = |name: &str| TestCase::new(name, Check::Assert(AssertCheck { code: String::new() }));
        let call = CallCheck { function: None, tolerance: 0.0, unordered: false, wrapped: false, cases: Vec::new() };
        let calls = TestCase::new("calls", Check::Call(call));
        vec![test("doubles two"), test("zero|one; or so"), calls]
    }

    fn task() -> Task {
        Task { tests: tests(), ..Task::new("double", "") }
    }

    #[test]
    fn the_first_line_of_a_wrong_program_names_tests_of_the_task() {
        let cases = [
            ("# fails: doubles two; because it halves\n1", Ok((vec!["doubles two"], "it halves"))),
            (
                "# fails:  doubles two | zero|one; or so ; because so\r\n",
                Ok((vec!["doubles two", "zero|one; or so"], "so")),
            ),
            ("# fails: calls | calls: 2; because so", Ok((vec!["calls", "calls: 2"], "so"))),
            ("# fails: doubles two: 2; because so", Err("the task has no test `doubles two: 2`")),
            ("# fails: doubles three; because it halves", Err("the task has no test `doubles three`")),
            ("# fails: doubles two | doubles two; because", Err(FIRST_LINE)),
            ("# fails: doubles two | doubles two; because so", Err("`doubles two` is named twice")),
            ("# fails: doubles two", Err(FIRST_LINE)),
            ("\n# fails: doubles two; because it halves", Err(FIRST_LINE)),
            ("", Err(FIRST_LINE)),
        ];
        for (program, expected) in cases {
            let found = first_lines(program, &tests(), &Marks::of(Language::Python));
            let found = found.map(|said| (said.fails, said.because));
            let expected =
                expected.map(|(fails, because)| (fails.into_iter().map(str::to_owned).collect(), because.to_owned()));
            assert_eq!(found, expected.map_err(str::to_owned), "{program:?}");
        }
    }

    #[test]
    fn the_second_line_of_a_wrong_program_quotes_the_verdict() {
        let says = |program: &str, language| first_lines(program, &tests(), &Marks::of(language)).unwrap().says;
        let first = "fails: doubles two; because so\n";
        assert_eq!(says(&format!("# {first}# says: left: 2\n"), Language::Python).as_deref(), Some("left: 2"));
        assert_eq!(says(&format!("-- {first}-- says: 2 rows"), Language::Sql).as_deref(), Some("2 rows"));
        assert_eq!(says(&format!("# {first}x = 1\n# says: no"), Language::Python), None);
        assert_eq!(says(&format!("# {first}# mistake: ties\n# says: 2"), Language::Python).as_deref(), Some("2"));
        assert_eq!(says(&format!("# {first}# a note\n# says: no"), Language::Python), None);
    }

    #[test]
    fn a_wrong_program_may_say_what_kind_of_mistake_it_makes() {
        let said = |lines: &str| {
            let program = format!("# fails: doubles two; because so\n{lines}");
            first_lines(&program, &tests(), &Marks::of(Language::Python)).map(|said| said.mistake)
        };
        assert_eq!(said("# says: left: 2\n# mistake: off by one\n"), Ok(Some("off by one".to_owned())));
        assert_eq!(said("x = 1\n# mistake: off by one\n"), Ok(None));
        assert_eq!(said("# mistake: ties\n# mistake: ties\n"), Err("its first lines say the same twice".to_owned()));
    }

    #[test]
    fn files_are_told_apart_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["reference.py", "right-b.py", "right-a.py", "wrong-a.py", "wrong_b.py", "notes.md", ".hidden.py"] {
            std::fs::write(folder.path().join(name), "# fails: doubles two; because so\n").unwrap();
        }
        let mut problems = Vec::new();
        let (reference, files) = read(folder.path(), &task(), &mut problems).unwrap();
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
        assert_eq!(read(folder.path(), &task(), &mut problems).unwrap().0, None);
        assert_eq!(problems[0].message, "no `reference.py` stands beside `task.toml`");
    }
}
