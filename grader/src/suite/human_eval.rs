//! HumanEval's rows (openai/human-eval): one `check` function for all of a task's assertions.

use proofhouse_types::{AssertCheck, Check, Task, TestCase};

use super::row::{Row, RowError};

/// How HumanEvalPack names the tasks in languages other than Python, which has the same fields.
const FOREIGN_PREFIXES: [&str; 5] = ["CPP", "Go", "Java", "JavaScript", "Rust"];

pub(super) fn task(row: &Row<'_>) -> Result<Task, RowError> {
    let id = row.filled_text("task_id")?;
    if let Some(language) = FOREIGN_PREFIXES.iter().find(|language| id.split('/').next() == Some(language)) {
        return Err(RowError::Language { language: (*language).to_owned() });
    }
    let prompt = row.text("prompt")?;
    let entry_point = row.filled_text("entry_point")?;
    let code = with_call(&row.filled_text("test")?, &entry_point);
    let reference = row.optional_text("canonical_solution")?.map(|solution| format!("{prompt}{solution}"));
    Ok(Task {
        entry_point: Some(entry_point),
        tests: vec![TestCase::new("check", Check::Assert(AssertCheck { code }))],
        reference,
        ..Task::new(&id, &prompt)
    })
}

/// HumanEval's tests only define `check`; HumanEvalPack's go on to call it, and need no second call.
fn with_call(test: &str, entry_point: &str) -> String {
    let call = format!("check({entry_point})");
    if test.lines().rfind(|line| !line.trim().is_empty()).is_some_and(|line| line.trim_end() == call) {
        return test.to_owned();
    }
    format!("{test}\n\n{call}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOUBLE: &str = r#"{"task_id": "Own/0", "prompt": "def double(n):\n", "entry_point": "double",
        "canonical_solution": "    return 2 * n\n", "test": "def check(candidate):\n    assert candidate(2) == 4\n"}"#;

    fn read(text: &str) -> Result<Task, String> {
        task(&Row::parse(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_one_test_defines_check_and_calls_it() {
        let task = read(DOUBLE).unwrap();
        assert_eq!((task.id.0.as_str(), task.entry_point.as_deref()), ("Own/0", Some("double")));
        assert_eq!(task.reference.as_deref(), Some("def double(n):\n    return 2 * n\n"));
        let code = "def check(candidate):\n    assert candidate(2) == 4\n\n\ncheck(double)\n".to_owned();
        assert_eq!(task.tests, [TestCase::new("check", Check::Assert(AssertCheck { code }))]);
    }

    #[test]
    fn a_test_that_calls_check_itself_is_left_as_it_is() {
        let cases = [
            ("def check(f): pass\ncheck(double)", false),
            ("def check(f): pass\ncheck(double)\n\n", false),
            ("def check(f):\n    check(double)", true),
            ("def check(f): pass\n# check(double)", true),
        ];
        for (test, added) in cases {
            assert_eq!(with_call(test, "double") != test, added, "{test}");
        }
    }

    #[test]
    fn bad_rows_name_the_field_and_what_was_expected() {
        let cases = [
            (DOUBLE.replace("\"double\"", "7"), "`entry_point` must be a text, not a number"),
            (DOUBLE.replace("\"double\"", "\" \""), "`entry_point` must not be empty"),
            (DOUBLE.replace("\"test\"", "\"tests\""), "`test` is missing: expected a text"),
            (DOUBLE.replace("Own/0", "Rust/0"), "the task is in `Rust`: this version grades Python"),
            (DOUBLE.replace("\"Own/0\"", "null"), "`task_id` is missing: expected a text"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(&text).unwrap_err(), expected, "{text}");
        }
    }
}
