//! `proofhouse generate`: one model, asked from the command line.

use std::io::Write;
use std::process::Stdio;

use proofhouse_tests::{Answer, Asked, Finished, Replay, command, finish, fixtures};
use serde_json::{Value, json};

use super::scripted::{events, models, named};

/// A server that answers every question with a text, in two pieces.
fn saying(text: &str, finish: &str) -> Replay {
    let (one, two) = text.split_at(text.len() / 2);
    let answer = Answer::events(&events(&[one, two], finish));
    Replay::start(move |asked| if asked.path == "/v1/models" { models() } else { answer.clone() })
}

/// The command, which asks a server for what stands in a file.
fn ask(server: &Replay, prompt: &str, flags: &[&str]) -> Finished {
    let file = written(prompt);
    let model = named("m", &server.url());
    finish(command().args(["generate", "--model", &model]).arg("--prompt").arg(file.path()).args(flags))
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The bodies that the server was sent, less questions about the model.
fn sent(server: &Replay) -> Vec<Value> {
    let is_question = |asked: &Asked| asked.method == "GET";
    server.asked().into_iter().filter(|asked| !is_question(asked)).map(|asked| asked.body).collect()
}

const REPLY: &str = "Here it is: é\n\n```python\ndef f():\n    return 1\n```";

#[test]
fn a_reply_is_printed_as_it_is_and_its_numbers_beside_it() {
    let server = saying(REPLY, "stop");
    let done = ask(&server, "Write f.\n", &[]);
    assert_eq!((done.code, done.stdout.as_str()), (0, format!("{REPLY}\n").as_str()), "{}", done.stderr);
    assert!(done.stderr.contains("9 tokens of prompt, 2 of reply, TTFT "), "{}", done.stderr);
    assert!(done.stderr.contains("ended by `stop`"), "{}", done.stderr);
    assert_eq!(sent(&server)[0]["messages"], json!([{ "role": "user", "content": "Write f.\n" }]));
}

#[test]
fn the_program_alone_is_printed_where_it_is_asked_for() {
    let done = ask(&saying(REPLY, "stop"), "Write f.", &["--code"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "def f():\n    return 1\n"), "{}", done.stderr);
    for (reply, finish, why) in
        [("I'm sorry, I can't help with that.", "stop", "refusal"), ("<think>\nhm", "length", "only_reasoning")]
    {
        let done = ask(&saying(reply, finish), "Write f.", &["--code"]);
        assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{}", done.stderr);
        assert!(done.stderr.contains(&format!("no program: {why}")), "{}", done.stderr);
    }
}

#[test]
fn json_has_all_that_is_known_of_each_sample() {
    let server = saying(REPLY, "stop");
    let done = ask(&server, "Write f.", &["--json", "-n", "2", "--seed", "7", "--max-tokens", "99"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let samples: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(samples.len(), 2);
    for (sample, seed) in samples.iter().zip([7, 8]) {
        assert_eq!(sample["request"]["sampling"]["seed"], seed);
        assert_eq!(
            (&sample["generation"]["text"], &sample["code"]),
            (&json!(REPLY), &json!("def f():\n    return 1\n"))
        );
        assert_eq!(sample["extraction"], json!({ "method": "fence", "version": 2 }));
        assert!(sample["generation"]["timing"]["ttft_ms"].is_number(), "{sample}");
    }
    let seeds: Vec<_> = sent(&server).iter().map(|body| (body["seed"].clone(), body["max_tokens"].clone())).collect();
    assert_eq!(seeds, [(json!(7), json!(99)), (json!(8), json!(99))]);
}

#[test]
fn reasoning_is_shown_where_it_is_asked_for_and_never_among_the_answer() {
    let chunk = |delta: Value| format!("data: {}\n\n", json!({ "choices": [{ "delta": delta }] }));
    let reasoning = chunk(json!({ "reasoning_content": "let me see" }));
    let server = Replay::answering([Answer::events(&(reasoning + &events(&["1"], "stop")))]);
    let quiet = ask(&server, "1?", &[]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.contains("let me see")), ("1\n", false), "{}", quiet.stderr);
    let shown = ask(&server, "1?", &["--reasoning"]);
    assert_eq!((shown.stdout.as_str(), shown.stderr.contains("let me see")), ("1\n", true), "{}", shown.stderr);
}

#[test]
fn a_task_is_asked_for_in_the_words_of_bench() {
    let server = saying("```python\ndef binary_search(items, target):\n    return -1\n```\n", "stop");
    let model = named("m", &server.url());
    let ask = |task: &str| {
        let mut command = command();
        command.args(["generate", "--model", &model, "--code", "--task", task]).arg("--suite").arg(fixtures("tasks"));
        finish(&mut command)
    };
    let done = ask("algorithms/binary-search");
    assert_eq!((done.code, done.stdout.lines().count()), (0, 2), "{}{}", done.stdout, done.stderr);
    let messages = sent(&server)[0]["messages"].clone();
    assert_eq!(messages[0]["role"], "system");
    assert!(messages[1]["content"].as_str().unwrap().contains("Tests use `binary_search`."), "{messages}");
    let unknown = ask("algorithms/unknown");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("no task `algorithms/unknown`"), "{}", unknown.stderr);
}

/// A program whose second function is far from its import.
fn program() -> String {
    format!("import os\n\n\n{}def f(x):\n    y = <FILL>\n    return y\n", "# far\n".repeat(2000))
}

/// llama.cpp's server, which fills every gap with the same, and what it was sent for a gap.
fn fill(program: &str, flags: &[&str]) -> (Finished, Option<(String, String)>) {
    let part = |content: &str, stop: bool| {
        let part = json!({ "content": content, "stop": stop, "stop_type": "eos", "tokens_predicted": 1, "tokens_evaluated": 9 });
        format!("data: {part}\n\n")
    };
    let server = Replay::answering([Answer::events(&(part("os.sep", false) + &part("", true)))]);
    let file = written(program);
    let model = format!("llamacpp:@{}", server.url());
    let mut command = command();
    command.args(["generate", "--mode", "fim", "--model", &model]).arg("--prompt").arg(file.path()).args(flags);
    let done = finish(&mut command);
    let text = |body: &Value, name: &str| body[name].as_str().map(str::to_owned);
    let sent = sent(&server).into_iter().find(|body| body["input_prefix"].is_string());
    (done, sent.and_then(|body| text(&body, "input_prefix").zip(text(&body, "input_suffix"))))
}

#[test]
fn a_gap_is_filled_in_with_the_text_near_it_and_the_imports() {
    let marked = program();
    let (done, sent) = fill(&marked, &["--code", "--window", "100"]);
    let near = format!("{}def f(x):\n    y = ", "# far\n".repeat(9));
    assert_eq!(sent, Some((format!("import os\n{near}"), "\n    return y\n".to_owned())), "{}", done.stderr);
    assert_eq!((done.code, done.stdout), (0, marked.replace("<FILL>", "os.sep")), "{}", done.stderr);

    let plain = "import os\n\n\ndef f(x):\n    y = [x + 1]\n    return y\n";
    let (done, sent) = fill(plain, &["--code", "--at", "5:12"]);
    assert_eq!(sent.map(|(prefix, _)| prefix).as_deref(), plain.split("x + 1").next(), "{}", done.stderr);
    assert_eq!(done.stdout, plain.replace("x + 1", "os.sep"), "{}", done.stderr);
    let (done, _) = fill(plain, &["--code", "--at", "5"]);
    assert_eq!(done.stdout, plain.replace("y = [x + 1]", "os.sep"), "{}", done.stderr);

    for (flags, why) in [(&["--at", "99"][..], "has no such place"), (&[][..], "nothing says where the gap is")] {
        let (done, sent) = fill(plain, flags);
        assert_eq!((done.code, sent), (2, None), "{}", done.stderr);
        assert!(done.stderr.contains(why), "{}", done.stderr);
    }
}

#[test]
fn what_went_wrong_decides_the_exit_code() {
    let check = |model: &str, flags: &[&str], code: i32, why: &str| {
        let done = finish(command().args(["generate", "--retries", "0", "--model", model]).args(flags));
        assert_eq!((done.code, done.stderr.contains(why)), (code, true), "{flags:?}: {}", done.stderr);
    };
    let server = Replay::answering([Answer::new("500 Internal Server Error").then("{\"error\":\"\u{1b}[2J\"}")]);
    let (model, file) = (named("m", &server.url()), written("Write f."));
    let prompt = file.path().to_str().unwrap();
    check(&model, &["--prompt", prompt], 1, "failed: server_error");
    check("openai:m@http://127.0.0.1:1", &["--prompt", prompt], 1, "failed: unreachable");
    check("parrot:m", &["--prompt", prompt], 2, "`parrot:m` is no model");
    check(&model, &["--prompt", "not-there.txt"], 2, "not-there.txt");
    check(&model, &[], 2, "--prompt");
    check(&model, &["--prompt", prompt, "--task", "t", "--suite", prompt], 2, "cannot be used with");
    check(&model, &["--task", "t"], 2, "--suite");
    let done = finish(command().args(["generate", "--retries", "0", "--model", &model, "--prompt", prompt]));
    assert!(!done.stderr.contains('\u{1b}'), "{:?}", done.stderr);
}

#[test]
fn a_prompt_is_read_from_standard_input() {
    let server = saying("1", "stop");
    let mut child = command()
        .args(["generate", "--model", &named("m", &server.url()), "--prompt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"What is 1?").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"1\n"[..]));
    assert_eq!(sent(&server)[0]["messages"][0]["content"], "What is 1?");
}

#[test]
fn a_grammar_reaches_the_servers_that_know_one() {
    let server = Replay::start(|asked| match asked.path.as_str() {
        "/v1/chat/completions" => Answer::events(&events(&["ye", "s"], "stop")),
        _ => models(),
    });
    let grammar = written("root ::= \"yes\"");
    let flags = ["--grammar", grammar.path().to_str().unwrap()];
    let prompt = written("Yes?");
    for (model, code) in [(format!("llamacpp:m@{}", server.url()), 0), (named("m", &server.url()), 1)] {
        let mut ask = command();
        let done = finish(ask.args(["generate", "--model", &model, "--prompt"]).arg(prompt.path()).args(flags));
        assert_eq!(done.code, code, "{model}: {}", done.stderr);
    }
    let asked: Vec<Value> = sent(&server);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["grammar"], "root ::= \"yes\"");
}

#[test]
fn what_names_no_model_is_not_repeated_with_its_key() {
    let done = finish(command().args(["generate", "--model", "openai:x@https://very-secret@host", "--prompt", "-"]));
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("no address behind `@`") && !done.stderr.contains("very-secret"), "{}", done.stderr);
}
