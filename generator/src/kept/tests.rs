//! The key has everything that matters, and a place that fails or is damaged costs no reply.

use std::path::Path;

use proofhouse_types::{Ask, FailureKind, Sampling, Thinking, Usage};

use super::*;
use crate::message::Framing;
use crate::refusal::failure;

fn request() -> GenerationRequest {
    let sampling = Sampling { seed: Some(1), ..Sampling::greedy(16) };
    GenerationRequest { ask: Ask::Complete { prompt: "a".to_owned() }, sampling }
}

fn name() -> ModelName {
    "llamacpp:tiny".parse().unwrap()
}

fn key() -> ReplyKey {
    ReplyKey::new(&name(), &ModelFacts::default(), &request(), None)
}

fn whole() -> Generation {
    Generation { text: "x = 1".to_owned(), attempts: 2, ..Generation::default() }
}

fn in_folder(path: &Path) -> Kept {
    Kept::open(&KeepReplies::Folder(path.to_path_buf())).unwrap()
}

#[tokio::test]
async fn a_reply_is_found_again_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let kept = in_folder(folder.path());
    assert_eq!(kept.find(&key()).await, None);
    kept.keep(&key(), &request(), &whole()).await;
    let expected = Generation { kept: true, attempts: 0, ..whole() };
    assert_eq!(in_folder(folder.path()).find(&key()).await, Some(expected));
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let kept = in_folder(folder.path());
    let failure = Some(failure(FailureKind::MissingEnd, ""));
    kept.keep(&key(), &request(), &Generation { failure, ..whole() }).await;
    assert_eq!(kept.find(&key()).await, None);
}

#[tokio::test]
async fn a_reply_that_had_no_room_is_not_kept() {
    for (finish, tokens, is_kept) in [
        (Finish::Length, Some(15), false),
        (Finish::Length, Some(16), true),
        (Finish::Length, None, true),
        (Finish::Stop, Some(15), true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let kept = in_folder(folder.path());
        let usage = Usage { completion_tokens: tokens, ..Usage::default() };
        kept.keep(&key(), &request(), &Generation { finish, usage, ..whole() }).await;
        assert_eq!(kept.find(&key()).await.is_some(), is_kept, "{finish:?} {tokens:?}");
    }
}

#[tokio::test]
async fn a_damaged_entry_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let kept = in_folder(folder.path());
    kept.keep(&key(), &request(), &whole()).await;
    let file = folder.path().join(&key().0[..2]).join(format!("{}.json", key().0));
    let text = std::fs::read(&file).unwrap();
    let of_another = String::from_utf8(text.clone()).unwrap().replace(&key().0, &"0".repeat(64)).into_bytes();
    for damaged in [&text[..text.len() / 2], b"", b"{}", &of_another] {
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(kept.find(&key()).await, None);
    }
    std::fs::write(&file, &text).unwrap();
    assert!(kept.find(&key()).await.is_some());
}

#[tokio::test]
async fn a_folder_that_takes_nothing_fails_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let kept = in_folder(folder.path());
    // A file stands where the key's folder should be.
    std::fs::write(folder.path().join(&key().0[..2]), "").unwrap();
    kept.keep(&key(), &request(), &whole()).await;
    assert_eq!(kept.find(&key()).await, None);
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = Kept::open(&KeepReplies::Folder(file)).err();
    assert!(matches!(refused, Some(OpenError::Folder { .. })));
}

#[tokio::test]
async fn a_redis_that_is_not_there_fails_nothing() {
    let kept = Kept::open(&KeepReplies::Redis("redis+unix:///nowhere/at/all".to_owned())).unwrap();
    kept.keep(&key(), &request(), &whole()).await;
    assert_eq!(kept.find(&key()).await, None);
    let refused = Kept::open(&KeepReplies::Redis("http://:secret@host".to_owned())).err().unwrap();
    assert!(!format!("{refused} {refused:?}").contains("secret"), "{refused:?}");
}

#[test]
fn a_request_without_a_seed_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = request();
    assert!(in_folder(folder.path()).keeps(&request));
    assert!(!Kept::Nowhere.keeps(&request));
    request.sampling.seed = None;
    assert!(!in_folder(folder.path()).keeps(&request));
}

#[test]
fn everything_that_matters_is_in_the_key() {
    let (same, facts) = (request(), ModelFacts::default());
    let key_of = |name: &str, facts: &ModelFacts, request: &GenerationRequest, call: Option<&Call>| {
        ReplyKey::new(&name.parse().unwrap(), facts, request, call)
    };
    let call = Call { path: "/completion", body: json!({ "prompt": "a" }), framing: Framing::Events };
    let mut keys = vec![
        key_of("llamacpp:tiny", &facts, &same, None),
        key_of("llamacpp:other", &facts, &same, None),
        key_of("vllm:tiny", &facts, &same, None),
        key_of("llamacpp:tiny@http://127.0.0.1:1", &facts, &same, None),
        key_of("llamacpp:tiny", &facts, &same, Some(&call)),
        key_of("llamacpp:tiny", &facts, &same, Some(&Call { body: json!({ "prompt": "b" }), ..call.clone() })),
        key_of("llamacpp:tiny", &facts, &same, Some(&Call { path: "/infill", ..call })),
    ];
    for changed in [
        ModelFacts { digest: Some("d".to_owned()), ..facts.clone() },
        ModelFacts { template_sha256: Some("d".to_owned()), ..facts.clone() },
        ModelFacts { quantization: Some("Q4_0".to_owned()), ..facts.clone() },
    ] {
        keys.push(key_of("llamacpp:tiny", &changed, &same, None));
    }
    let changes: [fn(&mut GenerationRequest); 9] = [
        |request| request.ask = Ask::Complete { prompt: "b".to_owned() },
        |request| request.ask = Ask::Chat { system: None, user: "a".to_owned() },
        |request| request.sampling.max_tokens = 17,
        |request| request.sampling.temperature = 0.1,
        |request| request.sampling.top_p = Some(0.9),
        |request| request.sampling.seed = Some(2),
        |request| request.sampling.stop = vec!["x".to_owned()],
        |request| request.sampling.grammar = Some("root ::= \"a\"".to_owned()),
        |request| request.sampling.thinking = Thinking::Off,
    ];
    for change in changes {
        let mut changed = same.clone();
        change(&mut changed);
        keys.push(key_of("llamacpp:tiny", &facts, &changed, None));
    }
    for (number, key) in keys.iter().enumerate() {
        assert!(!keys[..number].contains(key), "{number}");
    }
    let loaded = ModelFacts { load_ms: Some(7), parallel: Some(7), ..facts.clone() };
    assert_eq!(key_of("llamacpp:tiny", &loaded, &same, None), keys[0]);
    let roomy = ModelFacts { context_tokens: Some(7), ..facts.clone() };
    for (name, is_told) in [("ollama:tiny", true), ("llamacpp:tiny", false), ("gguf:tiny", false)] {
        let is_same = key_of(name, &roomy, &same, None) == key_of(name, &facts, &same, None);
        assert_eq!(is_same, is_told, "{name}");
    }
}
