//! The process that runs a model, told what to do as the command tells it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use proofhouse_tests::{Gguf, command};
use proofhouse_types::{Ask, GenerationRequest, Thinking};
use serde_json::{Value, json};

use super::{chat, forced, request};

/// A process.
pub(super) struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Worker {
    /// A process with a loaded model that writes one reply at a time.
    pub(super) fn start(model: Gguf) -> Worker {
        let mut command = command();
        command.arg("model-worker").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut worker = Worker { child, stdin, stdout };
        let file = model.file();
        let load = json!({
            "order": "load", "path": file, "parts": [file],
            "threads": 1, "gpu_layers": 0, "sequences": 1, "context_tokens": 512,
        });
        assert_eq!(worker.ask(&load)["event"], "ready");
        worker
    }

    fn tell(&mut self, order: &Value) {
        writeln!(self.stdin, "{order}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, order: &Value) -> Value {
        self.tell(order);
        self.hear()
    }

    /// What it is handed for what is asked.
    pub(super) fn tokens(&mut self, ask: &Ask, thinking: Thinking) -> Value {
        let answer = self.ask(&json!({ "order": "tokens", "id": 1, "ask": ask, "thinking": thinking }));
        assert_eq!(answer["event"], "tokens", "{answer}");
        answer["tokens"].clone()
    }

    /// Ends what gives it orders, and waits for it to end of itself.
    pub(super) fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
    }
}

/// A reply of 400 tokens.
fn long() -> GenerationRequest {
    let mut request = request(chat("Hi"));
    request.sampling.max_tokens = 400;
    request.sampling.grammar = Some("root ::= [a-z]*".to_owned());
    request
}

#[test]
#[ignore = "needs pip"]
fn the_process_ends_with_its_orders_whatever_is_under_way() {
    let mut worker = Worker::start(Gguf::Steady);
    let first = worker.ask(&json!({ "order": "generate", "id": 1, "request": long() }));
    assert_eq!(first["event"], "piece");
    worker.end();
}

#[test]
#[ignore = "needs pip"]
fn a_reply_that_nobody_wants_is_left() {
    let mut worker = Worker::start(Gguf::Steady);
    for id in [1, 2] {
        worker.tell(&json!({ "order": "generate", "id": id, "request": long() }));
    }
    assert_eq!(worker.hear()["event"], "piece");
    // The one that is under way, and the one that waits for its place.
    for id in [1, 2] {
        worker.tell(&json!({ "order": "cancel", "id": id }));
    }
    worker.tell(&json!({ "order": "generate", "id": 3, "request": forced("next") }));
    let events = std::iter::from_fn(|| Some(worker.hear()));
    let done = events.into_iter().find(|event| event["event"] != "piece").unwrap();
    assert_eq!((&done["event"], &done["id"]), (&json!("done"), &json!(3)));
    worker.end();
}
