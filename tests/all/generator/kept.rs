//! Replies that are kept: what is asked again is not sent again, and a place that is lost loses no reply.

use std::path::Path;

use proofhouse_generator::{KeepReplies, Options, Piece};
use proofhouse_tests::{Answer, Asked, Redis, Replay};
use proofhouse_types::{FailureKind, Generation, GenerationRequest};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{chat, open};

/// llama.cpp's server with one model, which counts its replies.
fn server() -> Replay {
    let mut count = 0;
    Replay::start(move |asked| match asked.path.as_str() {
        "/props" => Answer::json(&json!({ "model_ftype": "F32", "chat_template": "t" })),
        "/v1/models" => Answer::json(&json!({ "data": [{ "id": "tiny", "meta": { "size": 7 } }] })),
        _ => {
            count += 1;
            let delta = |delta: serde_json::Value| format!("data: {}\n\n", json!({ "choices": [{ "delta": delta }] }));
            let usage = json!({ "choices": [], "usage": { "prompt_tokens": 1, "completion_tokens": 2 } });
            let reasoning = delta(json!({ "reasoning_content": "hm" }));
            let answer = delta(json!({ "content": format!("reply {count}") }));
            Answer::events(&format!("{reasoning}{answer}data: {usage}\n\ndata: [DONE]\n\n"))
        }
    })
}

fn with_seed(seed: u64) -> GenerationRequest {
    let mut request = chat();
    request.sampling.seed = Some(seed);
    request
}

/// Asks a new model: what the first knew is forgotten.
async fn ask(server: &Replay, replies: &KeepReplies, request: &GenerationRequest) -> (Generation, Vec<String>) {
    let model = open("llamacpp", "tiny", server, Options { replies: replies.clone(), ..Options::default() }).await;
    let mut heard = Vec::new();
    let mut on_piece = |piece: Piece<'_>| heard.push(format!("{piece:?}"));
    let generation = model.generate(request, &CancellationToken::new(), &mut on_piece).await;
    (generation, heard)
}

fn chats(server: &Replay) -> usize {
    let is_chat = |asked: &Asked| asked.path == "/v1/chat/completions";
    server.asked().into_iter().filter(is_chat).count()
}

async fn check(replies: &KeepReplies) {
    let server = server();
    let (first, heard) = ask(&server, replies, &with_seed(1)).await;
    assert_eq!((first.text.as_str(), first.attempts, first.kept), ("reply 1", 1, false), "{first:?}");
    let (again, heard_again) = ask(&server, replies, &with_seed(1)).await;
    assert_eq!(again, Generation { kept: true, attempts: 0, ..first });
    assert_eq!(heard_again, heard);
    let (other, _) = ask(&server, replies, &with_seed(2)).await;
    assert_eq!((other.text.as_str(), other.kept), ("reply 2", false));
    // Without a seed, the same question asked again wants another answer.
    for expected in ["reply 3", "reply 4"] {
        let (unseeded, _) = ask(&server, replies, &chat()).await;
        assert_eq!((unseeded.text.as_str(), unseeded.kept), (expected, false));
    }
    assert_eq!(chats(&server), 4);
}

fn folder(path: &Path) -> KeepReplies {
    KeepReplies::Folder(path.to_path_buf())
}

#[tokio::test]
async fn a_reply_is_kept_in_a_folder() {
    let place = tempfile::tempdir().unwrap();
    check(&folder(&place.path().join("replies"))).await;
}

#[tokio::test]
async fn a_reply_is_kept_in_redis_which_may_be_lost() {
    let Some(mut redis) = Redis::start() else { return };
    let replies = KeepReplies::Redis(redis.url());
    check(&replies).await;
    let keys = redis.ask(&["keys", "proofhouse:reply:*"]);
    assert_eq!(keys.lines().count(), 2, "{keys}");
    // What others wrote over it is asked again, and replaced.
    for key in keys.lines() {
        assert_eq!(redis.ask(&["set", key, "{}"]), "OK");
    }
    let server = server();
    let model = open("llamacpp", "tiny", &server, Options { replies, ..Options::default() }).await;
    let request = with_seed(1);
    let mut texts = Vec::new();
    for attempt in 0..3 {
        if attempt == 2 {
            redis.kill();
        }
        let cancel = CancellationToken::new();
        let generation = model.generate(&request, &cancel, &mut |_: Piece<'_>| {}).await;
        assert_eq!(generation.failure, None);
        texts.push((generation.text, generation.kept));
    }
    let expected = [("reply 1", false), ("reply 1", true), ("reply 2", false)];
    assert_eq!(texts, expected.map(|(text, kept)| (text.to_owned(), kept)));
}

#[tokio::test]
async fn half_a_reply_is_not_kept() {
    let place = tempfile::tempdir().unwrap();
    let server = Replay::start(|asked| match asked.path.as_str() {
        "/v1/chat/completions" => Answer::events("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"),
        _ => Answer::json(&json!({})),
    });
    for sent in 1..=2 {
        let (half, _) = ask(&server, &folder(place.path()), &with_seed(1)).await;
        assert_eq!(half.failure.map(|failure| failure.kind), Some(FailureKind::MissingEnd));
        assert_eq!((half.text.as_str(), half.kept, chats(&server)), ("x", false, sent));
    }
}

#[tokio::test]
async fn another_model_under_the_same_name_has_other_replies() {
    let place = tempfile::tempdir().unwrap();
    let mut sizes = 0;
    let server = Replay::start(move |asked| match asked.path.as_str() {
        "/v1/chat/completions" => {
            Answer::events("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n")
        }
        "/v1/models" => {
            sizes += 1;
            Answer::json(&json!({ "data": [{ "id": "tiny", "meta": { "size": sizes } }] }))
        }
        _ => Answer::new("404 Not Found"),
    });
    for _ in 0..2 {
        let (generation, _) = ask(&server, &folder(place.path()), &with_seed(1)).await;
        assert_eq!((generation.failure, generation.kept), (None, false));
    }
}

#[tokio::test]
async fn a_model_that_the_server_lacks_is_not_asked() {
    let place = tempfile::tempdir().unwrap();
    let server = Replay::start(|_| Answer::json(&json!({ "data": [{ "id": "other" }] })));
    let (generation, _) = ask(&server, &folder(place.path()), &with_seed(1)).await;
    assert_eq!(generation.failure.map(|failure| failure.kind), Some(FailureKind::UnknownModel));
    assert_eq!(chats(&server), 0);
}
