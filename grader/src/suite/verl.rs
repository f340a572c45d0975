//! verl's test cases (`inputs`, `outputs` and an optional `fn_name`, or `assert_case`), as its reward function takes them, and as
//! APPS and TACO have them in `input_output`.

use proofhouse_types::{AssertCheck, CallCase, CallCheck, Check, Compare, IoCase, IoCheck, Task, TestCase};
use serde::Deserialize;
use serde_json::Value;

use super::row::{Row, RowError};

/// The cases of one row.
#[derive(Deserialize)]
struct Cases {
    #[serde(default)]
    inputs: Vec<Value>,
    #[serde(default)]
    outputs: Vec<Value>,
    fn_name: Option<String>,
    #[serde(default)]
    assert_case: Vec<String>,
}

#[derive(Deserialize)]
struct RewardModel {
    ground_truth: Value,
}

#[derive(Deserialize)]
struct Extra {
    index: Value,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

pub(super) fn task(row: &Row<'_>) -> Result<Task, RowError> {
    let cases = cases(row)?;
    if cases.inputs.len() != cases.outputs.len() {
        return Err(RowError::Lengths { inputs: cases.inputs.len(), outputs: cases.outputs.len() });
    }
    let check = match cases.fn_name {
        Some(function) => call(function, &cases.inputs, &cases.outputs)?,
        None => Check::Io(IoCheck {
            // It compares without the newlines at the end.
            compare: Compare::Trimmed,
            tolerance: None,
            checker: None,
            files: Default::default(),
            cases: cases.inputs.iter().zip(&cases.outputs).map(|(input, output)| io_case(input, output)).collect(),
        }),
    };
    let mut tests = Vec::new();
    if !cases.inputs.is_empty() {
        tests.push(TestCase::new("case", check));
    }
    let asserted = cases.assert_case.into_iter().enumerate().map(|(position, code)| {
        TestCase::new(&format!("assertion {}", position + 1), Check::Assert(AssertCheck { code }))
    });
    tests.extend(asserted);
    if tests.is_empty() {
        return Err(RowError::Empty { field: "inputs" });
    }
    Ok(Task { tests, ..Task::new(&id(row)?, &prompt(row)?) })
}

/// The cases: beside the other fields, or in a field of their own, itself JSON in a text.
fn cases(row: &Row<'_>) -> Result<Cases, RowError> {
    let field = if row.raw("reward_model").is_some() { "reward_model" } else { "input_output" };
    let nested = |error: serde_json::Error| RowError::NestedJson { field, message: error.to_string() };
    let within: Option<Value> = match (row.raw("reward_model"), row.raw("input_output")) {
        (Some(raw), _) => {
            let RewardModel { ground_truth } = serde_json::from_str(raw.get()).map_err(nested)?;
            Some(ground_truth)
        }
        (None, Some(raw)) => Some(serde_json::from_str(raw.get()).map_err(nested)?),
        (None, None) => None,
    };
    match within {
        Some(Value::String(text)) => serde_json::from_str(&text).map_err(nested),
        Some(value) => serde_json::from_value(value).map_err(nested),
        None => {
            let list = |field| -> Result<Vec<Value>, RowError> {
                let Some(raw) = row.raw(field) else { return Ok(Vec::new()) };
                serde_json::from_str(raw.get()).map_err(|_| RowError::Kind {
                    field,
                    expected: "a list",
                    found: super::row::kind(raw.get()),
                })
            };
            Ok(Cases {
                inputs: list("inputs")?,
                outputs: list("outputs")?,
                fn_name: row.optional_text("fn_name")?,
                assert_case: row.optional_texts("assert_case")?.unwrap_or_default(),
            })
        }
    }
}

/// An input for stdin is one text, or a list of its lines.
fn io_case(input: &Value, output: &Value) -> IoCase {
    IoCase { stdin: lines(input), expected: lines(output), ..IoCase::default() }
}

fn lines(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().map(lines_of_item).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

fn lines_of_item(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The arguments of a call stand one a line, each in JSON; or they are a list already. The answer is JSON in a text, or as it is.
fn call(function: String, inputs: &[Value], outputs: &[Value]) -> Result<Check, RowError> {
    let nested = |field| move |error: serde_json::Error| RowError::NestedJson { field, message: error.to_string() };
    let arguments = |input: &Value| match input {
        Value::String(text) => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines.map(serde_json::from_str).collect::<Result<Vec<Value>, _>>().map_err(nested("inputs"))
        }
        Value::Array(arguments) => Ok(arguments.clone()),
        other => Ok(vec![other.clone()]),
    };
    let expected = |output: &Value| match output {
        Value::String(text) => serde_json::from_str(text).map_err(nested("outputs")),
        other => Ok(other.clone()),
    };
    let case = |(input, output): (&Value, &Value)| {
        Ok(CallCase { name: None, arguments: arguments(input)?, expected: expected(output)?, raises: None })
    };
    let cases = inputs.iter().zip(outputs).map(case).collect::<Result<_, RowError>>()?;
    Ok(Check::Call(CallCheck { function: Some(function), tolerance: 0.0, unordered: false, wrapped: true, cases }))
}

/// The task's name: its own, or the number that the data set gives.
fn id(row: &Row<'_>) -> Result<String, RowError> {
    for field in ["task_id", "id", "problem_id"] {
        if let Some(id) = row.text_or_number(field)? {
            return Ok(id.into_text());
        }
    }
    let index = row.raw("extra_info").and_then(|raw| serde_json::from_str::<Extra>(raw.get()).ok());
    let index = index.ok_or(RowError::Missing { field: "task_id", expected: "a text or a number" })?;
    let source = row.optional_text("data_source")?.unwrap_or_else(|| "verl".to_owned());
    Ok(format!("{source}/{}", lines_of_item(&index.index)))
}

/// A text, or the messages of a chat.
fn prompt(row: &Row<'_>) -> Result<String, RowError> {
    let Some(raw) = row.raw("prompt").or_else(|| row.raw("question")) else { return Ok(String::new()) };
    if let Ok(messages) = serde_json::from_str::<Vec<Message>>(raw.get()) {
        return Ok(messages.into_iter().map(|message| message.content).collect::<Vec<_>>().join("\n\n"));
    }
    Ok(row.optional_text("prompt")?.or(row.optional_text("question")?).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Task, String> {
        task(&Row::parse(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn inputs_and_outputs_become_cases() {
        let io = read(r#"{"task_id": "a", "prompt": "p", "inputs": ["1\n"], "outputs": ["2\n"]}"#).unwrap();
        let Check::Io(check) = &io.tests[0].check else { panic!("{io:?}") };
        assert_eq!((check.cases[0].stdin.as_str(), check.cases[0].expected.as_str()), ("1\n", "2\n"));
        let text = r#"{"id": 7, "inputs": ["[1, 2]\n3"], "outputs": ["true"], "fn_name": "f"}"#;
        let call = read(text).unwrap();
        let Check::Call(check) = &call.tests[0].check else { panic!("{call:?}") };
        assert_eq!((call.id.0.as_str(), check.function.as_deref()), ("7", Some("f")));
        assert_eq!(check.cases[0].arguments, [serde_json::json!([1, 2]), serde_json::json!(3)]);
        assert_eq!(check.cases[0].expected, serde_json::json!(true));
    }

    #[test]
    fn rows_of_the_data_set_hold_them_in_a_text() {
        let text = r#"{"data_source": "codecontests", "prompt": [{"role": "user", "content": "Add."}], "extra_info": {"index": 3},
            "reward_model": {"style": "rule", "ground_truth": "{\"inputs\": [\"1 2\"], \"outputs\": [\"3\"]}"}}"#;
        let task = read(text).unwrap();
        assert_eq!((task.id.0.as_str(), task.prompt.as_str()), ("codecontests/3", "Add."));
        assert!(matches!(task.tests[0].check, Check::Io(_)));
        let apps =
            r#"{"problem_id": 1, "question": "Q", "input_output": "{\"inputs\": [[\"5\"]], \"outputs\": [[\"6\"]]}"}"#;
        assert_eq!(read(apps).unwrap().prompt, "Q");
        let asserts =
            read(r#"{"task_id": "a", "assert_case": ["assert f() == 1"], "inputs": [], "outputs": []}"#).unwrap();
        assert_eq!(asserts.tests[0].name, "assertion 1");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (r#"{"task_id": "a", "inputs": ["1"], "outputs": []}"#, "1 `inputs` and 0 `outputs`: expected as many"),
            (r#"{"task_id": "a", "inputs": [], "outputs": []}"#, "`inputs` must not be empty"),
            (r#"{"inputs": ["1"], "outputs": ["1"]}"#, "`task_id` is missing: expected a text or a number"),
            (
                r#"{"task_id": "a", "inputs": ["x"], "outputs": ["1"], "fn_name": "f"}"#,
                "`inputs` holds text that is not JSON: expected value at line 1 column 1",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).unwrap_err(), expected);
        }
    }
}
