//! EvalPlus's release rows: inputs without expected values, which the canonical solution gives.

use proofhouse_types::{Check, ReferenceCheck, Task, TestCase};
use serde_json::value::RawValue;

use super::row::{Row, RowError, kind};

pub(super) fn task(row: &Row<'_>) -> Result<Task, RowError> {
    let id = row.filled_text("task_id")?;
    // Its loader turns lists into tuples, sets and complex numbers, task by task, and compares some results as sets.
    // Read without that, right answers would fail.
    if id.starts_with("Mbpp/") {
        return Err(RowError::MbppPlus);
    }
    let prompt = row.text("prompt")?;
    let reference = format!("{prompt}{}", row.text("canonical_solution")?);
    let tolerance = row.optional_number("atol")?.unwrap_or(0.0);
    if tolerance < 0.0 {
        return Err(RowError::Tolerance { atol: tolerance });
    }
    let mut tests = inputs(row, "base_input", "base", tolerance)?;
    if tests.is_empty() {
        return Err(RowError::Empty { field: "base_input" });
    }
    tests.extend(inputs(row, "plus_input", "plus", tolerance)?);
    Ok(Task {
        entry_point: Some(row.filled_text("entry_point")?),
        tests,
        reference: Some(reference),
        ..Task::new(&id, &prompt)
    })
}

/// One test an input. The list may itself stand in a text, as data set viewers export it.
fn inputs(row: &Row<'_>, field: &'static str, word: &str, tolerance: f64) -> Result<Vec<TestCase>, RowError> {
    const EXPECTED: &str = "a list of lists of arguments";
    let raw = row.required(field, EXPECTED)?;
    let unquoted: String;
    let list = match kind(raw.get()) {
        "a list" => raw.get(),
        "a text" => {
            unquoted = row.text(field)?;
            unquoted.as_str()
        }
        found => return Err(RowError::Kind { field, expected: EXPECTED, found }),
    };
    let items: Vec<&RawValue> =
        serde_json::from_str(list).map_err(|error| RowError::NestedJson { field, message: error.to_string() })?;
    let test = |(index, item): (usize, &RawValue)| match kind(item.get()) {
        "a list" => {
            let check = Check::Reference(ReferenceCheck { arguments: item.get().to_owned(), tolerance });
            Ok(TestCase::new(&format!("{word} {}", index + 1), check))
        }
        found => Err(RowError::ItemKind { field, index, expected: "a list of arguments", found }),
    };
    items.into_iter().enumerate().map(test).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: &str = r#"{"task_id": "Own/1", "prompt": "def half(n):\n", "contract": "", "entry_point": "half",
        "canonical_solution": "    return n / 2\n", "base_input": [[1], [ 1e2 ]], "plus_input": [[12345678901234567890123.50]],
        "atol": 0.5}"#;

    fn read(text: &str) -> Result<Task, String> {
        task(&Row::parse(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_stay_as_they_are_written() {
        let task = read(HALF).unwrap();
        assert_eq!(task.reference.as_deref(), Some("def half(n):\n    return n / 2\n"));
        let test = |name: &str, arguments: &str| {
            let check = Check::Reference(ReferenceCheck { arguments: arguments.to_owned(), tolerance: 0.5 });
            TestCase::new(name, check)
        };
        let plus = test("plus 1", "[12345678901234567890123.50]");
        assert_eq!(task.tests, [test("base 1", "[1]"), test("base 2", "[ 1e2 ]"), plus]);
    }

    #[test]
    fn inputs_may_stand_in_a_text_and_be_few() {
        let cases = [
            (HALF.replace("[[1], [ 1e2 ]]", r#""[[1], [2]]""#), Ok(3)),
            (HALF.replace("[[12345678901234567890123.50]]", "[]"), Ok(2)),
            (HALF.replace("0.5}", "null}"), Ok(3)),
            (HALF.replace("[[1], [ 1e2 ]]", "[]"), Err("`base_input` must not be empty")),
            (
                HALF.replace("[[1], [ 1e2 ]]", "{}"),
                Err("`base_input` must be a list of lists of arguments, not an object"),
            ),
            (HALF.replace("[ 1e2 ]", "3"), Err("`base_input[1]` must be a list of arguments, not a number")),
            (
                HALF.replace("[[1], [ 1e2 ]]", r#""[(1,)]""#),
                Err("`base_input` holds text that is not JSON: expected value at line 1 column 2"),
            ),
            (
                HALF.replace("\"plus_input\"", "\"extra\""),
                Err("`plus_input` is missing: expected a list of lists of arguments"),
            ),
            (HALF.replace("0.5}", "-1}"), Err("`atol` must be 0 or more, not `-1`")),
            (
                HALF.replace("Own/1", "Mbpp/2"),
                Err("MBPP+ is not in this version: its inputs stand for Python values that JSON doesn't have"),
            ),
        ];
        for (text, expected) in cases {
            let tests = read(&text).map(|task| task.tests.len());
            assert_eq!(tests, expected.map_err(str::to_owned), "{text}");
        }
    }
}
