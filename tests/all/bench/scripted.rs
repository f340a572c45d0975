//! What tests of runs share: suites of trivial tasks, a model that solves them, and the command.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proofhouse_tests::{Answer, Asked, command};
use serde_json::{Value, json};

/// A suite of tasks `T/0`, `T/1` and so on, of which each wants a function with a number of its own.
pub fn suite_of(folder: &Path, tasks: usize) -> PathBuf {
    let row = |n: usize| {
        let row = json!({
            "task_id": format!("T/{n}"), "entry_point": format!("f{n}"),
            "prompt": format!("def f{n}():\n    \"\"\"Returns {n}.\"\"\"\n"),
            "canonical_solution": format!("    return {n}\n"),
            "test": format!("def check(candidate):\n    assert candidate() == {n}\n"),
        });
        format!("{row}\n")
    };
    let path = folder.join("suite.jsonl");
    std::fs::write(&path, (0..tasks).map(row).collect::<String>()).unwrap();
    path
}

/// The command over a suite with models, two samples a task, and waits between retries that a test has time for.
pub fn bench(suite: &Path, models: &[&str], out: &Path) -> Command {
    let mut command = command();
    command.arg("bench").arg("--suite").arg(suite).arg("--model").args(models).arg("--out").arg(out);
    command.args(["--repeats", "2"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The model of a server.
pub fn named(name: &str, url: &str) -> String {
    format!("openai:{name}@{url}")
}

/// What was asked, as far as it is for a task: its number and the seed.
pub fn wanted(asked: &Asked) -> Option<(usize, u64)> {
    let message = asked.body["messages"].as_array().and_then(|messages| messages.last()?["content"].as_str());
    let text = message.or(asked.body["prompt"].as_str())?;
    let digits: String = text.split_once("def f")?.1.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, asked.body["seed"].as_u64()?))
}

/// The events of a reply, piece by piece.
pub fn events(pieces: &[&str], finish: &str) -> String {
    let chunk = |choice: Value| json!({ "object": "chat.completion.chunk", "choices": [choice] });
    let event = |data: Value| format!("data: {data}\n\n");
    let mut text: String = pieces.iter().map(|piece| event(chunk(json!({ "delta": { "content": piece } })))).collect();
    text += &event(chunk(json!({ "delta": {}, "finish_reason": finish })));
    let tokens = pieces.len();
    let usage = json!({ "prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens });
    text += &event(json!({ "object": "chat.completion.chunk", "choices": [], "usage": usage }));
    text + "data: [DONE]\n\n"
}

/// The right program for a task.
pub fn right(task: usize) -> Answer {
    let body = format!("    return {task}\n");
    Answer::events(&events(&["```python\n", &format!("def f{task}():\n"), &body, "```"], "stop"))
}

/// What a good server answers: its model, a few words to warm up, and right programs.
pub fn good(asked: &Asked) -> Answer {
    match wanted(asked) {
        Some((task, _)) => right(task),
        None if asked.path == "/v1/models" => models(),
        None => Answer::events(&events(&["I", " am", " ready", "."], "stop")),
    }
}

/// The list of models with the one that tests name.
pub fn models() -> Answer {
    Answer::json(&json!({ "object": "list", "data": [{ "id": "m", "object": "model" }] }))
}

/// The rows of a run.
pub fn rows(out: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(out.join("samples.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a run is made of.
pub fn config(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("run.json")).unwrap()).unwrap()
}
