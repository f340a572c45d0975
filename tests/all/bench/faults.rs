//! What fails at a server, each kind by its name, and no model in the way of another.

use std::collections::BTreeMap;

use proofhouse_tests::{Answer, Replay, Step, finish};
use serde_json::{Value, json};

use super::scripted::{bench, config, events, good, named, right, rows, suite_of, wanted};

/// A server with a fault of its own for each task, and what each must be called.
const FAULTS: [(&str, &str); 10] = [
    ("T/0", "disconnected"),
    ("T/1", "idle_timeout"),
    ("T/2", "first_token_timeout"),
    ("T/3", "rate_limited"),
    ("T/4", "server_error"),
    ("T/5", "malformed"),
    ("T/6", "malformed"),
    ("T/7", "missing_end"),
    ("T/8", "context_overflow"),
    ("T/9", "rejected"),
];

fn faulty(task: usize) -> Answer {
    let whole = right(task);
    let half = whole.body().len() / 2;
    let error =
        |status: &str, body: Value| Answer::new(status).with("content-type", "application/json").then(body.to_string());
    match task {
        0 => whole.broken(half, Step::Cut),
        1 => whole.broken(half, Step::Stall),
        2 => whole.broken(0, Step::Stall),
        3 => error("429 Too Many Requests", json!({ "error": { "message": "slow down" } })).with("retry-after", "0"),
        4 => error("500 Internal Server Error", json!({ "error": { "message": "out of memory" } })),
        5 => Answer::events("data: {\"choices\": [{\"delta\": \n\n"),
        6 => Answer::events(&events(&["é"], "stop")).broken(half_character(), Step::Send(Vec::new())),
        7 => Answer::events(
            &events(&["def f7(): return 7"], "stop").replace("data: [DONE]\n\n", "").replace("\"stop\"", "null"),
        ),
        8 => error(
            "400 Bad Request",
            json!({ "error": { "message": "This model's maximum context length is 8 tokens", "code": "context_length_exceeded" } }),
        ),
        9 => error("400 Bad Request", json!({ "error": { "message": "no such field" } })),
        _ => whole,
    }
}

/// Behind the first byte of the two of `é`.
fn half_character() -> usize {
    events(&["é"], "stop").find('é').unwrap() + 1
}

#[test]
fn each_failure_is_named_in_its_row_and_asked_again_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 11), folder.path().join("run"));
    let server = Replay::start(|asked| match wanted(asked) {
        Some((task, 0)) => faulty(task),
        Some(_) | None => good(asked),
    });
    let model = named("m", &server.url());
    let mut command = bench(&suite, &[&model], &out);
    command.args(["--retries", "0", "--idle-timeout", "300ms", "--first-token-timeout", "300ms"]);
    let done = finish(&mut command);
    assert_eq!(done.code, 1, "{}", done.stderr);
    let found: BTreeMap<String, (Value, Value)> = rows(&out)
        .into_iter()
        .filter(|row| row["sample_id"] == "0")
        .map(|row| {
            let task = row["task_id"].as_str().unwrap().to_owned();
            (task, (row["generation"]["failure"]["kind"].clone(), row["report"]["passed"].clone()))
        })
        .collect();
    for (task, kind) in FAULTS {
        assert_eq!(found[task], (json!(kind), Value::Null), "{task}");
    }
    assert_eq!(found["T/10"], (Value::Null, json!(true)));
    assert!(rows(&out).iter().filter(|row| row["sample_id"] == "1").all(|row| row["report"]["passed"] == true));
    assert!(done.stderr.contains("10 failed (last: rejected)"), "{}", done.stderr);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    let failures = &report["models"][0]["endings"]["failures"];
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    for (_, kind) in FAULTS {
        let count = FAULTS.iter().filter(|(_, other)| *other == kind).count();
        assert_eq!(failures[kind], count, "{failures}");
        assert!(done.stdout.contains(kind), "{kind} in {}", done.stdout);
        assert!(page.contains(kind), "{kind}");
    }

    // They are asked for again, and no other sample is.
    let before = server.asked().iter().filter_map(wanted).count();
    let done = finish(&mut command);
    assert_eq!(done.code, 1, "{}", done.stderr);
    let again: Vec<_> = server.asked().iter().filter_map(wanted).skip(before).collect();
    assert_eq!(again, (0..10).map(|task| (task, 0)).collect::<Vec<_>>());
}

#[test]
fn a_request_that_is_sent_again_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 1), folder.path().join("run"));
    let mut failed = false;
    let server = Replay::start(move |asked| match wanted(asked) {
        Some((_, 0)) if !std::mem::replace(&mut failed, true) => Answer::new("500 Internal Server Error").then("{}"),
        Some(_) | None => good(asked),
    });
    let model = named("m", &server.url());
    let done = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(done.code, 0, "{}", done.stderr);
    let row = &rows(&out)[0];
    assert_eq!((&row["generation"]["attempts"], &row["report"]["passed"]), (&json!(2), &json!(true)));
    assert_eq!(row["generation"]["retries"][0]["kind"], "server_error");
}

#[test]
fn a_model_that_cannot_be_asked_is_named_and_the_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 2), folder.path().join("run"));
    let server = Replay::start(|asked| {
        if asked.body["model"] == "nobody" {
            let error =
                json!({ "error": { "message": "The model `nobody` does not exist", "code": "model_not_found" } });
            return Answer::new("404 Not Found").with("content-type", "application/json").then(error.to_string());
        }
        good(asked)
    });
    let (gone, unknown, well) =
        ("openai:m@http://127.0.0.1:9".to_owned(), named("nobody", &server.url()), named("m", &server.url()));
    let done = finish(bench(&suite, &[&gone, &unknown, &well], &out).args(["--retries", "0"]));
    assert_eq!(done.code, 2, "{}", done.stderr);
    for said in [format!("{gone}: given up: unreachable: "), format!("{unknown}: given up: unknown_model: ")] {
        assert!(done.stderr.contains(&said), "{said} in {}", done.stderr);
    }
    assert!(done.stderr.contains("8 samples are missing"), "{}", done.stderr);
    let rows = rows(&out);
    assert_eq!((rows.len(), rows.iter().filter(|row| row["report"]["passed"] == true).count()), (4, 4));
    assert!(rows.iter().all(|row| row["model"] == well));
    let models = config(&out)["models"].as_array().unwrap().clone();
    let lost: Vec<bool> = models.iter().map(|model| model["lost"].is_string()).collect();
    assert_eq!(lost, [true, true, false]);
    for said in [format!("`{gone}` was given up: unreachable: "), format!("`{unknown}` was given up: unknown_model: ")]
    {
        assert!(done.stdout.contains(&said), "{said} in {}", done.stdout);
    }
}

#[test]
fn a_server_that_ends_in_the_middle_is_given_up_after_a_few_requests() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 9), folder.path().join("run"));
    let server = Replay::start(|asked| match wanted(asked) {
        Some((task, _)) if task > 0 => Answer::new("401 Unauthorized").then("{}"),
        Some(_) | None => good(asked),
    });
    let model = named("m", &server.url());
    let done = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert!(done.stderr.contains("3 requests in a row failed: unauthorized"), "{}", done.stderr);
    assert_eq!(server.asked().iter().filter_map(wanted).count(), 4);
}

#[test]
fn keys_come_from_the_environment_and_are_written_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 1), folder.path().join("run"));
    let server = Replay::start(|asked| match asked.header("authorization") {
        Some("Bearer very-secret") => good(asked),
        Some(_) | None => Answer::new("401 Unauthorized").then("{\"error\": \"bad key very-secret\"}"),
    });
    let model = named("m", &server.url());
    let done = finish(bench(&suite, &[&model], &out).env("OPENAI_API_KEY", "very-secret"));
    assert_eq!(done.code, 0, "{}", done.stderr);
    for file in std::fs::read_dir(&out).unwrap() {
        let path = file.unwrap().path();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("very-secret"), "{}", path.display());
    }
    let done = finish(bench(&suite, &[&model], &out).args(["--fresh"]));
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert!(done.stderr.contains("unauthorized"), "{}", done.stderr);
}
