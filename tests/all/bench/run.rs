//! Whole runs: what is asked in which order, what the folder has, and what goes on with it.

use std::path::Path;

use proofhouse_tests::{Answer, Replay, Step, finish};
use serde_json::{Value, json};

use super::scripted::{bench, config, good, named, right, rows, suite_of, wanted};

/// A server that solves every task but those of odd numbers, in the first sample.
fn half_good() -> Replay {
    Replay::start(|asked| match wanted(asked) {
        Some((task, 0)) if task % 2 == 1 => right(task + 1),
        Some(_) | None => good(asked),
    })
}

/// The tasks and seeds that a server was asked for, in their order.
fn asked(server: &Replay) -> Vec<(usize, u64)> {
    server.asked().iter().filter_map(wanted).collect()
}

#[test]
fn every_model_is_asked_the_same_in_the_same_order_and_each_reply_is_graded() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 3), folder.path().join("run"));
    let (one, two) = (Replay::start(good), half_good());
    let models = [named("m", &one.url()), named("m", &two.url())];
    let done = finish(&mut bench(&suite, &[&models[0], &models[1]], &out));
    assert_eq!(done.code, 1, "{}", done.stderr);

    let order = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)];
    assert_eq!((asked(&one), asked(&two)), (order.to_vec(), order.to_vec()));
    let prompts = |server: &Replay| {
        let bodies = server.asked().into_iter().filter(|asked| wanted(asked).is_some());
        bodies.map(|asked| asked.body["messages"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(prompts(&one), prompts(&two));
    assert_eq!(prompts(&one)[0][0]["role"], "system");
    // What warms a model up comes first, and is no sample.
    let first = one.asked().into_iter().find(|asked| asked.path == "/v1/chat/completions").unwrap();
    assert_eq!((wanted(&first), first.body["max_tokens"].as_u64()), (None, Some(16)));

    let rows = rows(&out);
    let found: Vec<_> =
        rows.iter().map(|row| (row["model"].as_str().unwrap(), &row["task_id"], &row["sample_id"])).collect();
    let expected: Vec<(String, Value, Value)> = models
        .iter()
        .flat_map(|model| {
            order.iter().map(|(task, seed)| (model.clone(), json!(format!("T/{task}")), json!(seed.to_string())))
        })
        .collect();
    assert_eq!(found, expected.iter().map(|(model, task, id)| (model.as_str(), task, id)).collect::<Vec<_>>());
    for row in &rows {
        let is_wrong = row["model"] == models[1] && row["task_id"] == "T/1" && row["sample_id"] == "0";
        assert_eq!(row["report"]["passed"], !is_wrong, "{row}");
        assert_eq!(row["report"]["extraction"]["method"], "fence");
        assert!(row["code"].as_str().unwrap().starts_with("def f"), "{row}");
        assert_eq!(row["generation"]["usage"]["completion_tokens"], 4);
        for name in ["ttft_ms", "ttfo_ms", "e2el_ms", "sent_unix_ms"] {
            assert!(row["generation"]["timing"][name].is_number(), "{name}: {row}");
        }
    }
    let config = config(&out);
    assert_eq!((&config["suite"]["tasks"], &config["asking"]["load"]), (&json!(3), &json!({ "concurrency": 1 })));
    assert_eq!(config["models"][1]["warm_up"]["text"], "I am ready.");
    assert!(config["hardware"]["cores"].as_u64() > Some(0) && config["versions"]["guest"].is_string(), "{config}");
    assert!(done.stderr.contains("TTFT p50") && done.stderr.contains("of 6 pass"), "{}", done.stderr);

    let report: Value = serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    let of = |model: usize, name: &str| report["models"][model][name].clone();
    assert_eq!([of(0, "passed"), of(1, "passed"), of(0, "name")], [json!(6), json!(5), json!(models[0])]);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains(&models[1]));
    assert!(done.stdout.contains("pass@1") && done.stdout.contains("report.html"), "{}", done.stdout);
}

#[test]
fn a_run_that_is_done_asks_nothing_and_a_model_more_is_asked_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 2), folder.path().join("run"));
    let (one, two) = (Replay::start(good), Replay::start(good));
    let models = [named("m", &one.url()), named("m", &two.url())];
    let done = finish(&mut bench(&suite, &[&models[0]], &out));
    assert_eq!(done.code, 0, "{}", done.stderr);
    let (before, requests) = (rows(&out), one.asked().len());
    let done = finish(&mut bench(&suite, &[&models[0], &models[1]], &out));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!((one.asked().len(), asked(&two).len()), (requests, 4));
    let after = rows(&out);
    assert_eq!((&after[..4], after.len()), (&before[..], 8));
}

#[test]
fn a_run_that_was_made_otherwise_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 2), folder.path().join("run"));
    let server = Replay::start(good);
    let model = named("m", &server.url());
    finish(&mut bench(&suite, &[&model], &out));
    let (before, requests) = (rows(&out), server.asked().len());
    let check = |flags: &[&str], what: &str| {
        let done = finish(bench(&suite, &[&model], &out).args(flags));
        assert_eq!(done.code, 2, "{flags:?}: {}", done.stderr);
        assert!(done.stderr.contains(&format!("a run with another {what}")), "{flags:?}: {}", done.stderr);
    };
    let system = folder.path().join("system.txt");
    std::fs::write(&system, "Be brief.").unwrap();
    check(&["--temperature", "0.5"], "sampling: {\"max_tokens\":4096,\"temperature\":0.0,");
    check(&["--max-tokens", "9"], "sampling");
    check(&["--seed", "9"], "sampling");
    check(&["--system", system.to_str().unwrap()], "system prompt");
    check(&["--mode", "complete"], "mode: \"chat\", now \"complete\"");
    check(&["--concurrency", "2"], "load");
    check(&["--rate", "2"], "load");
    check(&["--task", "T/1"], "choice of tasks");
    check(&["--fuel", "1000000000"], "limits");
    check(&["--isolation", "shared"], "isolation");
    let other = suite_of(folder.path(), 3);
    check(&[], "suite");
    suite_of(folder.path(), 2);
    assert_eq!((rows(&out), server.asked().len()), (before, requests));

    let done = finish(bench(&other, &[&model], &out).args(["--temperature", "0.5", "--fresh"]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(rows(&out).iter().all(|row| row["request"]["sampling"]["temperature"] == 0.5));
}

#[test]
fn a_model_that_is_another_one_now_is_not_mixed_with_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 3), folder.path().join("run"));
    let path = folder.path().join("name");
    std::fs::write(&path, "small").unwrap();
    let server = Replay::start(move |asked| match wanted(asked) {
        // So that there is something left to ask.
        Some((2, _)) => Answer::new("400 Bad Request").then("no"),
        Some(_) => good(asked),
        None if asked.path == "/v1/models" => {
            let name = std::fs::read_to_string(&path).unwrap();
            Answer::json(&json!({ "object": "list", "data": [{ "id": name, "object": "model" }] }))
        }
        None => good(asked),
    });
    let model = format!("openai:@{}", server.url());
    finish(&mut bench(&suite, &[&model], &out));
    let asked_before = asked(&server).len();
    std::fs::write(folder.path().join("name"), "large").unwrap();
    let done = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(done.code, 2, "{}", done.stderr);
    let said = "another model than before: `name` was \"small\", now \"large\"";
    assert!(done.stderr.contains(said), "{}", done.stderr);
    assert_eq!(asked(&server).len(), asked_before);
}

#[test]
fn two_runs_never_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 1), folder.path().join("run"));
    let (tell, told) = std::sync::mpsc::channel();
    let (go_on, gone_on) = std::sync::mpsc::channel::<()>();
    let server = Replay::start(move |asked| {
        if wanted(asked) == Some((0, 0)) {
            tell.send(()).unwrap();
            // A test that has ended lets nobody wait.
            let _ = gone_on.recv();
        }
        good(asked)
    });
    let model = named("m", &server.url());
    let first = bench(&suite, &[&model], &out).spawn().unwrap();
    told.recv().unwrap();
    let second = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(second.code, 2, "{}", second.stderr);
    assert!(second.stderr.contains("is another run's, which is under way"), "{}", second.stderr);
    drop(go_on);
    let first = first.wait_with_output().unwrap();
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
}

#[test]
fn completions_and_gaps_are_modes_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite_of(folder.path(), 2);
    let text = |text: &str| {
        let chunk = json!({ "object": "text_completion", "choices": [{ "text": text, "finish_reason": "stop" }] });
        let usage = json!({ "object": "text_completion", "choices": [], "usage": { "prompt_tokens": 9, "completion_tokens": 4 } });
        Answer::events(&format!("data: {chunk}\n\ndata: {usage}\n\ndata: [DONE]\n\n"))
    };
    let server = Replay::start(move |asked| match wanted(asked) {
        // The text before a gap ends with its indentation.
        Some((task, _)) if asked.body["prompt"].as_str().is_some_and(|prompt| prompt.contains("<|fim_suffix|>")) => {
            text(&format!("return {task}"))
        }
        Some((task, _)) => text(&format!("    return {task}\n")),
        None if asked.path == "/v1/models" => good(asked),
        None => text("2, 3"),
    });
    let model = named("qwen2.5-coder", &server.url());
    for (mode, method) in [("complete", "completion"), ("fim", "program")] {
        let out = folder.path().join(mode);
        let done = finish(bench(&suite, &[&model], &out).args(["--mode", mode]));
        assert_eq!(done.code, 0, "{mode}: {}", done.stderr);
        for row in rows(&out) {
            assert_eq!(
                (&row["request"]["ask"]["mode"], &row["report"]["extraction"]["method"]),
                (&json!(mode), &json!(method))
            );
        }
    }
    let fim = server.asked().into_iter().rev().find(|asked| wanted(asked).is_some()).unwrap();
    assert!(fim.body["prompt"].as_str().unwrap().contains("<|fim_suffix|>"), "{}", fim.body);
}

/// The kinds of rows in a file, in their order: `r` for a reply, `v` for a verdict.
fn kinds(out: &Path) -> String {
    let text = std::fs::read_to_string(out.join("samples.jsonl")).unwrap();
    text.lines().map(|line| if line.contains("\"grading_ms\"") { 'v' } else { 'r' }).collect()
}

/// The first model holds its last reply while another run goes from its start to its end: enough for a verdict on the replies before,
/// unless it waits for the last one.
#[test]
fn nothing_of_one_model_is_graded_while_the_next_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite_of(folder.path(), 2);
    let third = Replay::start(good);
    for flag in [None, Some("--grade-last")] {
        let out = folder.path().join(flag.unwrap_or("at-once"));
        let (suite_too, other) = (suite.clone(), folder.path().join(format!("beside {flag:?}")));
        let beside = named("m", &third.url());
        let one = Replay::start(move |asked| {
            if wanted(asked) == Some((1, 1)) {
                finish(&mut bench(&suite_too, &[&beside], &other));
            }
            good(asked)
        });
        let (seen, kinds_before) = std::sync::mpsc::channel();
        let path = out.clone();
        let two = Replay::start(move |asked| {
            if asked.path == "/v1/models" {
                seen.send(kinds(&path)).unwrap();
            }
            good(asked)
        });
        let models = [named("m", &one.url()), named("m", &two.url())];
        let done = finish(bench(&suite, &[&models[0], &models[1]], &out).args(flag));
        assert_eq!(done.code, 0, "{}", done.stderr);
        let before = kinds_before.recv().unwrap();
        let expected = if flag.is_some() { "rrrrvvvv" } else { "rrrvvvrv" };
        let sorted = |text: &str| {
            let (held, last) = text.split_at(text.rfind('r').unwrap());
            let mut held: Vec<char> = held.chars().collect();
            held.sort_unstable();
            held.into_iter().collect::<String>() + last
        };
        assert_eq!(sorted(&before), expected, "{flag:?}: {before}");
    }
}

#[test]
fn an_open_loop_sends_at_its_own_times_whatever_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 6), folder.path().join("run"));
    let server = Replay::start(|asked| match wanted(asked) {
        // The first reply never comes.
        Some((0, 0)) => good(asked).broken(0, Step::Stall),
        Some(_) | None => good(asked),
    });
    let model = named("m", &server.url());
    let flags = ["--rate", "20", "--retries", "0", "--first-token-timeout", "2s"];
    let done = finish(bench(&suite, &[&model], &out).args(flags));
    assert_eq!(done.code, 1, "{}", done.stderr);
    let mut tasks = asked(&server);
    tasks.sort_unstable();
    assert_eq!(tasks, (0..6).flat_map(|task| [(task, 0), (task, 1)]).collect::<Vec<_>>());
    assert_eq!(config(&out)["asking"]["load"], json!({ "rate": 20.0 }));
    let rows = rows(&out);
    assert_eq!(rows.iter().filter(|row| row["report"]["passed"] == true).count(), 11);
    let sent = |row: &Value| row["generation"]["timing"]["sent_unix_ms"].as_u64().unwrap();
    // Half a second on average: neither all at once, nor behind the reply that never comes.
    let span = rows.iter().map(sent).max().unwrap() - sent(&rows[0]);
    assert!((200..2000).contains(&span), "{span}");
}

/// Nobody gets a whole reply, so that each request takes its deadline's time.
#[test]
fn a_closed_loop_has_as_many_requests_under_way_as_asked() {
    const DEADLINE_MS: u64 = 600;
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 3), folder.path().join("run"));
    let server = Replay::start(|asked| match wanted(asked) {
        Some(_) => good(asked).broken(0, Step::Stall),
        None => good(asked),
    });
    let model = named("m", &server.url());
    let deadline = format!("{DEADLINE_MS}ms");
    let flags = ["--concurrency", "3", "--jobs", "2", "--retries", "0", "--first-token-timeout", &deadline];
    let done = finish(bench(&suite, &[&model], &out).args(flags));
    assert_eq!(done.code, 1, "{}", done.stderr);
    let sent =
        rows(&out).iter().map(|row| row["generation"]["timing"]["sent_unix_ms"].as_u64().unwrap()).collect::<Vec<_>>();
    let since_first: Vec<u64> = sent.iter().map(|at| at - sent[0]).collect();
    assert_eq!(since_first.len(), 6);
    assert!(since_first[..3].iter().all(|ms| *ms < DEADLINE_MS), "{since_first:?}");
    assert!(since_first[3..].iter().all(|ms| *ms >= DEADLINE_MS), "{since_first:?}");
}

#[test]
fn replies_that_are_kept_are_not_asked_for_again_by_another_run() {
    let folder = tempfile::tempdir().unwrap();
    let suite = suite_of(folder.path(), 2);
    let server = Replay::start(good);
    let model = named("m", &server.url());
    let kept = folder.path().join("kept");
    for (name, kept_before) in [("first", false), ("second", true)] {
        let out = folder.path().join(name);
        let done = finish(bench(&suite, &[&model], &out).arg("--cache").arg(&kept));
        assert_eq!(done.code, 0, "{}", done.stderr);
        for row in rows(&out) {
            assert_eq!(
                (&row["generation"]["kept"] == true, &row["report"]["passed"]),
                (kept_before, &json!(true)),
                "{row}"
            );
        }
        assert_eq!(asked(&server).len(), 4, "{name}");
    }
}

#[test]
fn bad_arguments_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 2), folder.path().join("run"));
    let model = "openai:m@http://127.0.0.1:9";
    let check = |models: &[&str], flags: &[&str], said: &str| {
        let done = finish(bench(&suite, models, &out).args(flags));
        assert_eq!(done.code, 2, "{flags:?}: {}", done.stderr);
        assert!(done.stderr.contains(said), "{flags:?}: {}", done.stderr);
    };
    check(&["devstral"], &[], "`devstral` is no model: expected `BACKEND:NAME`");
    check(&[model, model], &[], "`openai:m@http://127.0.0.1:9` is named twice");
    check(&[model], &["--task", "U/*"], "no task of `suite` is named `U/*`");
    check(&[model], &["--rate", "0"], "expected requests a second");
    check(&[model], &["--rate", "1", "--concurrency", "1"], "cannot be used with");
    check(&[model], &["--temperature", "9"], "expected 0 to 2");
    check(&[model], &["--idle-timeout", "5 days"], "is no time, such as `500ms`");
    check(&[model], &["--system", "/nowhere"], "`/nowhere`: No such file");
    check(&[model], &["--cache", "http://127.0.0.1"], "replies are kept in a folder or a Redis");
    assert!(!out.exists());
}
