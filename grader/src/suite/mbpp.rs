//! MBPP's rows (google-research/mbpp): a description, and assertions that are each a test. Also the sanitised edition,
//! whose description is `prompt` and whose preparations are `test_imports`.

use proofhouse_types::{AssertCheck, Check, Task, TestCase};

use super::entry_point::entry_point;
use super::row::{Row, RowError, TextOrNumber};

pub(super) fn task(row: &Row<'_>) -> Result<Task, RowError> {
    let id = match row.text_or_number("task_id")? {
        Some(TextOrNumber::Text(text)) if text.trim().is_empty() => return Err(RowError::Empty { field: "task_id" }),
        Some(TextOrNumber::Text(text)) => text,
        Some(TextOrNumber::Number(number)) => format!("MBPP/{number}"),
        None => return Err(RowError::Missing { field: "task_id", expected: "a text or a number" }),
    };
    let description = if row.has("prompt") { row.text("prompt")? } else { row.text("text")? };
    let code = row.text("code")?;
    let assertions = row.texts("test_list")?;
    let Some(first) = assertions.first() else { return Err(RowError::Empty { field: "test_list" }) };
    let imports = row.optional_texts("test_imports")?.unwrap_or_default().join("\n");
    let preparations = row.optional_text("test_setup_code")?.unwrap_or_default();
    let setup = if imports.is_empty() { preparations } else { [imports, preparations].join("\n") };
    let prompt = prompt(&description, first);
    Ok(Task {
        entry_point: entry_point(&code, &assertions),
        // It runs after the submission: some of it makes objects of the submission's classes.
        setup,
        tests: assertions.into_iter().zip(1..).map(test).collect(),
        reference: Some(code),
        ..Task::new(&id, &prompt)
    })
}

/// The description and the first assertion in one docstring: the zero-shot prompt of InCoder (Fried et al. 2022, appendix),
/// which the usual harnesses took over. The assertion gives away the function's name, without which nobody could pass.
fn prompt(description: &str, assertion: &str) -> String {
    let docstring = format!("{}\n{}", description.trim(), assertion.trim()).replace("\"\"\"", "\\\"\\\"\\\"");
    format!("\"\"\"\n{docstring}\n\"\"\"\n")
}

fn test((code, number): (String, usize)) -> TestCase {
    TestCase::new(&format!("test {number}"), Check::Assert(AssertCheck { code }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADD: &str = r#"{"text": "Write a function that adds.", "code": "def add(a, b):\r\n\treturn a + b", "task_id": 5,
        "test_setup_code": "", "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"], "challenge_test_list": []}"#;

    fn read(text: &str) -> Result<Task, String> {
        task(&Row::parse(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_assertion_is_a_test_and_the_first_stands_in_the_prompt() {
        let task = read(ADD).unwrap();
        assert_eq!((task.id.0.as_str(), task.entry_point.as_deref()), ("MBPP/5", Some("add")));
        assert_eq!(task.prompt, "\"\"\"\nWrite a function that adds.\nassert add(1, 2) == 3\n\"\"\"\n");
        assert_eq!(task.reference.as_deref(), Some("def add(a, b):\r\n\treturn a + b"));
        assert_eq!(task.tests.iter().map(|test| test.name.as_str()).collect::<Vec<_>>(), ["test 1", "test 2"]);
        assert_eq!(task.tests[1].check, Check::Assert(AssertCheck { code: "assert add(0, 0) == 0".to_owned() }));
    }

    #[test]
    fn ids_and_preparations_are_read_as_given() {
        let setup = |from: &str, to: &str| read(&ADD.replace(from, to)).unwrap().setup;
        assert_eq!(read(&ADD.replace(": 5,", ": \"Mbpp/5\",")).unwrap().id.0, "Mbpp/5");
        assert_eq!(setup("\"test_setup_code\": \"\"", "\"test_setup_code\": \"n = 1\""), "n = 1");
        assert_eq!(
            setup("\"test_setup_code\": \"\"", "\"test_imports\": [\"import math\", \"import re\"]"),
            "import math\nimport re\n"
        );
        assert_eq!(setup("\"test_setup_code\": \"\"", "\"test_setup_code\": null"), "");
    }

    #[test]
    fn a_docstring_holds_any_text() {
        assert_eq!(
            prompt("Say \"\"\".", "assert f() == 1\r\n"),
            "\"\"\"\nSay \\\"\\\"\\\".\nassert f() == 1\n\"\"\"\n"
        );
    }

    #[test]
    fn bad_rows_name_the_field_and_what_was_expected() {
        let cases = [
            (ADD.replace(": 5,", ": true,"), "`task_id` must be a text or a number, not true or false"),
            (ADD.replace("\"task_id\"", "\"id\""), "`task_id` is missing: expected a text or a number"),
            (ADD.replace("\"text\"", "\"texts\""), "`text` is missing: expected a text"),
            (
                ADD.replace("[\"assert add(1, 2) == 3\", \"assert add(0, 0) == 0\"]", "[]"),
                "`test_list` must not be empty",
            ),
            (ADD.replace("\"assert add(0, 0) == 0\"", "4"), "`test_list[1]` must be a text, not a number"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(&text).unwrap_err(), expected, "{text}");
        }
    }
}
