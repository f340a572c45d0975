//! Recorded replies of every kind of server, with chunks that end at every byte. Each file says what is asked in its first
//! lines; beside it is what must come of it.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proofhouse_generator::{Options, Retries};
use proofhouse_tests::{Answer, Header, Replay, files, fixtures};
use proofhouse_types::{Ask, GenerationRequest, Thinking};
use serde_json::Value;

use super::{generate, open, request};

/// What the first lines of a file say.
const KEYS: [&str; 6] = ["max_tokens", "model", "mode", "path", "stop", "thinking"];

const BACKENDS: [&str; 6] = ["anthropic", "llamacpp", "lmstudio", "ollama", "openai", "vllm"];

/// Requests at a time: enough to keep the machine busy, and the sockets few.
const CONCURRENCY: u32 = 8;

#[test]
fn recorded_replies_are_read_the_same_wherever_chunks_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for backend in BACKENDS {
        let folder = format!("replies/servers/{backend}");
        let recorded = files(&folder, &["http"]);
        assert!(!recorded.is_empty(), "{folder}");
        let expected: Vec<PathBuf> = recorded.iter().map(|path| path.with_extension("json")).collect();
        assert_eq!(files(&folder, &["json"]), expected, "each has what must come of it beside it");
        for path in recorded {
            runtime.block_on(check(backend, &path));
        }
    }
    let folders = std::fs::read_dir(fixtures("replies/servers")).unwrap();
    assert_eq!(folders.count(), BACKENDS.len(), "a folder that no test reads");
}

async fn check(backend: &str, path: &Path) {
    let header = Header::of(&std::fs::read(path).unwrap(), &KEYS);
    let answer = Answer::recorded(&header.body);
    let offsets = answer.body().len();
    let expected: Value = serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
    let mut at = 0;
    let of = header.get("path").unwrap().to_owned();
    let server = Replay::start(move |asked| {
        if asked.path != of {
            // What the server says of its models.
            return Answer::new("404 Not Found");
        }
        at += 1;
        answer.split(at - 1)
    });
    let retries = Retries { most: 0, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
    let concurrency = NonZeroU32::new(CONCURRENCY).unwrap();
    let model =
        open(backend, header.get("model").unwrap(), &server, Options { retries, concurrency, ..Options::default() });
    let (model, request) = (model.await, Arc::new(asked(&header)));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..=offsets {
        let (model, request) = (model.clone(), Arc::clone(&request));
        asking.spawn(async move { generate(&model, &request).await });
    }
    while let Some(generation) = asking.join_next().await {
        let mut generation = serde_json::to_value(generation.unwrap()).unwrap();
        generation.as_object_mut().unwrap().remove("timing");
        assert_eq!(generation, expected, "{}", path.display());
    }
}

fn asked(header: &Header) -> GenerationRequest {
    let ask = match header.get("mode") {
        Some("chat") => Ask::Chat { system: None, user: "Write add.".to_owned() },
        Some("complete") => Ask::Complete { prompt: "def add(a, b):\n".to_owned() },
        Some("fim") => Ask::Fim { prefix: "def add(a, b):\n".to_owned(), suffix: "\n\nprint(add(1, 2))\n".to_owned() },
        other => panic!("{other:?} is no mode"),
    };
    let mut request = request(ask);
    request.sampling.max_tokens = header.get("max_tokens").map_or(16, |tokens| tokens.parse().unwrap());
    request.sampling.stop = header.get("stop").into_iter().map(str::to_owned).collect();
    if header.get("thinking") == Some("on") {
        request.sampling.thinking = Thinking::On;
    }
    request
}
