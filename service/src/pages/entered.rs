//! What was entered at `/`, and what is asked of it.

use proofhouse_types::{ScoreRequest, Task, TaskId};
use serde::Deserialize;

use crate::error::ApiError;

/// The form's fields, as they were entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    /// The program or reply.
    pub text: String,
    /// Which of both it is.
    pub form: Form,
    /// What it is judged by.
    pub by: By,
    /// Assertions.
    pub tests: String,
    /// The name of a suite.
    pub suite: String,
    /// A task of that suite.
    pub task: String,
}

/// What the text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    #[default]
    Program,
    Reply,
}

/// What it is judged by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    #[default]
    Tests,
    Suite,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Text,
    Tests,
    Suite,
    Task,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    /// The field.
    pub field: Field,
    /// What is wrong, as a sentence.
    pub sentence: String,
}

impl Complaint {
    fn of(field: Field, sentence: &str) -> Complaint {
        Complaint { field, sentence: sentence.to_owned() }
    }
}

impl Entered {
    /// What is asked, or the first thing that is missing.
    pub(super) fn request(&self) -> Result<ScoreRequest, Complaint> {
        // Forms end lines with `\r\n`, whatever was pasted.
        let text = self.text.replace("\r\n", "\n");
        if text.trim().is_empty() {
            return Err(Complaint::of(Field::Text, "Paste a program or a reply here."));
        }
        let (code, reply) = match self.form {
            Form::Program => (Some(text), None),
            Form::Reply => (None, Some(text)),
        };
        let asked = ScoreRequest { code, reply, ..ScoreRequest::default() };
        match self.by {
            By::Tests => Ok(ScoreRequest { task: Some(task(&self.tests.replace("\r\n", "\n"))?), ..asked }),
            By::Suite if self.suite.is_empty() => Err(Complaint::of(Field::Suite, "Choose a suite.")),
            By::Suite if self.task.trim().is_empty() => {
                Err(Complaint::of(Field::Task, "Name one of the suite's tasks."))
            }
            By::Suite => Ok(ScoreRequest {
                suite: Some(self.suite.clone()),
                task_id: Some(TaskId(self.task.trim().to_owned())),
                ..asked
            }),
        }
    }

    /// The field that an error of the API is about, in the words of this form; none where it is about none of them.
    pub(super) fn complaint(&self, error: &ApiError) -> Option<Complaint> {
        match error {
            ApiError::NotFound { what: "suite", .. } => {
                Some(Complaint::of(Field::Suite, "This server has no such suite: choose one of the list."))
            }
            ApiError::NotFound { what: "task", .. } => {
                let sentence = format!("The suite `{}` has no task of this name.", self.suite);
                Some(Complaint { field: Field::Task, sentence })
            }
            _ => None,
        }
    }
}

/// The id of the task that assertions make.
const OWN_TASK: &str = "own-tests";

/// Characters of a test's name: what fits in a line of a table.
const NAME_CHARACTERS: usize = 72;

/// A task of assertions: where each line is one, each is a test of its own; other statements are one test together.
fn task(tests: &str) -> Result<Task, Complaint> {
    let written: Vec<(usize, &str)> = (1..).zip(tests.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    let said: Vec<(usize, &str)> = written.into_iter().filter(|(_, line)| !line.starts_with('#')).collect();
    if said.is_empty() {
        return Err(Complaint::of(Field::Tests, "Write at least one assertion, such as `assert double(21) == 42`."));
    }
    let task = Task::new(OWN_TASK, "");
    if !said.iter().all(|(_, line)| line.starts_with("assert ") || line.starts_with("assert(")) {
        return Ok(task.test("tests", tests));
    }
    Ok(said.into_iter().fold(task, |task, (number, line)| task.test(&name(number, line), line)))
}

fn name(number: usize, line: &str) -> String {
    let said = line.trim_start_matches("assert").trim();
    match said.char_indices().nth(NAME_CHARACTERS) {
        None => format!("{number}: {said}"),
        Some((end, _)) => format!("{number}: {}…", &said[..end]),
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Check;

    use super::*;

    #[track_caller]
    fn check(tests: &str, expected: &[(&str, &str)]) {
        let task = task(tests).unwrap();
        let code = |check: &Check| match check {
            Check::Assert(check) => check.code.clone(),
            other => panic!("{other:?}"),
        };
        let found: Vec<(String, String)> =
            task.tests.iter().map(|test| (test.name.clone(), code(&test.check))).collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(name, code)| ((*name).to_owned(), (*code).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_assertion_is_a_test_where_there_is_nothing_else() {
        check(
            "assert f(1) == 2\n\n# zero\nassert(f(0))",
            &[("1: f(1) == 2", "assert f(1) == 2"), ("4: (f(0))", "assert(f(0))")],
        );
        let together = "x = f(1)\nassert x == 2\nassert x";
        check(together, &[("tests", together)]);
        let wrapped = "assert f(\n    1) == 2";
        check(wrapped, &[("tests", wrapped)]);
    }

    #[test]
    fn what_is_missing_is_said_at_its_field() {
        let check = |entered: Entered, expected: Field| assert_eq!(entered.request().unwrap_err().field, expected);
        let code = Entered { text: "x = 1".to_owned(), ..Entered::default() };
        check(Entered::default(), Field::Text);
        check(code.clone(), Field::Tests);
        check(Entered { tests: "# nothing".to_owned(), ..code.clone() }, Field::Tests);
        check(Entered { by: By::Suite, ..code.clone() }, Field::Suite);
        check(Entered { by: By::Suite, suite: "s".to_owned(), task: " ".to_owned(), ..code }, Field::Task);
    }

    #[test]
    fn lines_end_as_they_did_before_the_browser() {
        let entered = Entered { text: "a = 1\r\nb\r\n".to_owned(), tests: "assert a".to_owned(), ..Entered::default() };
        assert_eq!(entered.request().unwrap().code.as_deref(), Some("a = 1\nb\n"));
    }
}
