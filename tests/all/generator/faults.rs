//! Servers that fail in every known way: each is named, what came is kept, and what is tried again is bounded.

use std::num::NonZeroU32;
use std::time::Duration;

use proofhouse_generator::{Deadlines, Key, Model, Options, Piece, Retries};
use proofhouse_tests::{Answer, Asked, Replay, Step};
use proofhouse_types::{Ask, FailureKind, Finish, Generation};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{chat, generate, open, request};

/// A whole reply of an OpenAI-style server.
const WHOLE: &str = concat!(
    "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"é = \"}}]}\n\n",
    "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"1\"},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}\n\n",
    "data: [DONE]\n\n",
);

/// Behind the first piece.
const IN_MID_REPLY: usize = 63;

/// What no test waits for.
const LONG: Duration = Duration::from_secs(600);

/// What those wait that are about waiting.
const SHORT: Duration = Duration::from_millis(100);

/// Patience, and three retries in no time.
fn options() -> Options {
    let deadlines = Deadlines { connect: LONG, first_token: LONG, idle: LONG, total: LONG };
    let retries = Retries { most: 3, first_wait: Duration::from_millis(1), longest_wait: Duration::from_millis(4) };
    Options { deadlines, retries, ..Options::default() }
}

/// What comes of a chat with a server that answers so.
async fn ask(options: Options, answers: impl IntoIterator<Item = Answer>) -> (Generation, Vec<Asked>) {
    let server = Replay::answering(answers);
    let model = open("openai", "m", &server, options).await;
    (generate(&model, &chat()).await, server.asked())
}

fn kind(generation: &Generation) -> Option<FailureKind> {
    generation.failure.as_ref().map(|failure| failure.kind)
}

/// A fault after which nothing is tried again: its name, and the text that is kept.
async fn check(answer: Answer, expected: FailureKind, text: &str) {
    let mut options = options();
    match expected {
        FailureKind::FirstTokenTimeout => options.deadlines.first_token = SHORT,
        FailureKind::IdleTimeout => options.deadlines.idle = SHORT,
        FailureKind::TotalTimeout => options.deadlines.total = SHORT,
        _ => {}
    }
    let (generation, asked) = ask(options, [answer]).await;
    assert_eq!((kind(&generation), generation.text.as_str()), (Some(expected), text), "{:?}", generation.failure);
    assert_eq!((generation.attempts, asked.len()), (1, 1), "{expected:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_has_the_name_of_its_fault() {
    let whole = Answer::events(WHOLE);
    let at = |step| whole.broken(IN_MID_REPLY, step);
    check(at(Step::Cut), FailureKind::Disconnected, "é = ").await;
    check(whole.broken(0, Step::Cut), FailureKind::Disconnected, "").await;

    check(at(Step::Stall), FailureKind::IdleTimeout, "é = ").await;
    check(at(Step::Stall), FailureKind::TotalTimeout, "é = ").await;
    check(whole.broken(0, Step::Stall), FailureKind::FirstTokenTimeout, "").await;
    check(whole.broken(0, Step::Stall), FailureKind::TotalTimeout, "").await;
    // Pings are no tokens.
    check(Answer::events(": ping\n\n").and(Step::Stall), FailureKind::FirstTokenTimeout, "").await;

    let body = |end: usize| Answer::events(&WHOLE[..end]);
    check(body(IN_MID_REPLY), FailureKind::MissingEnd, "é = ").await;
    check(body(WHOLE.len() - "data: [DONE]\n\n".len()), FailureKind::MissingEnd, "é = 1").await;
    check(body(IN_MID_REPLY + 30), FailureKind::MissingEnd, "é = ").await;
    check(Answer::events(""), FailureKind::MissingEnd, "").await;

    check(body(IN_MID_REPLY).then("data: {oh\n\n"), FailureKind::Malformed, "é = ").await;
    check(body(IN_MID_REPLY).then("data: {\"choices\":7}\n\n"), FailureKind::Malformed, "é = ").await;
    check(body(IN_MID_REPLY).then(b"data: {\"a\":\"\xe6\x97"), FailureKind::Malformed, "é = ").await;
    check(body(IN_MID_REPLY).then(b"data: \xff\n\n"), FailureKind::Malformed, "é = ").await;

    check(body(IN_MID_REPLY).then("data: ").then("x".repeat(17 << 20)), FailureKind::TooLong, "é = ").await;
}

#[tokio::test]
async fn a_refusal_has_the_name_of_its_reason() {
    check(Answer::new("401 Unauthorized"), FailureKind::Unauthorized, "").await;
    check(Answer::new("403 Forbidden"), FailureKind::Unauthorized, "").await;
    let unknown = r#"{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}"#;
    check(Answer::new("404 Not Found").then(unknown), FailureKind::UnknownModel, "").await;
    let overflow = r#"{"error":{"message":"maximum context length is 8 tokens","code":"context_length_exceeded"}}"#;
    check(Answer::new("400 Bad Request").then(overflow), FailureKind::ContextOverflow, "").await;
    check(Answer::new("422 Unprocessable Content").then("no"), FailureKind::Rejected, "").await;
    check(Answer::new("501 Not Implemented"), FailureKind::Unsupported, "").await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_before_the_first_token() {
    let busy = Answer::new("429 Too Many Requests").with("retry-after", "0").then("slow down");
    let broken = Answer::new("500 Internal Server Error").then("oh");
    let overloaded = Answer::events("data: {\"error\":{\"type\":\"rate_limit_error\",\"message\":\"busy\"}}\n\n");
    let whole = Answer::events(WHOLE);
    let (generation, asked) = ask(options(), [busy, broken, overloaded, whole]).await;
    assert_eq!((generation.failure.clone(), generation.text.as_str()), (None, "é = 1"));
    assert_eq!((generation.attempts, asked.len()), (4, 4));
    let why: Vec<FailureKind> = generation.retries.iter().map(|failure| failure.kind).collect();
    assert_eq!(why, [FailureKind::RateLimited, FailureKind::ServerError, FailureKind::RateLimited]);
    assert!(generation.timing.retry_ms > 0.0);
    assert!(asked.iter().all(|request| *request == asked[0]), "the same is asked again");
}

#[tokio::test]
async fn retries_have_an_end() {
    for (status, expected) in [
        ("429 Too Many Requests", FailureKind::RateLimited),
        ("503 Service Unavailable", FailureKind::ServerError),
        ("408 Request Timeout", FailureKind::ServerError),
    ] {
        // A server that asks for an hour does not get it.
        let answer = Answer::new(status).with("retry-after", "3600");
        let (generation, asked) = ask(options(), [answer]).await;
        assert_eq!(kind(&generation), Some(expected), "{status}");
        assert_eq!((generation.attempts, generation.retries.len(), asked.len()), (4, 3, 4), "{status}");
    }
}

#[tokio::test]
async fn nobody_there_is_tried_again_and_named() {
    let server = Replay::answering([Answer::events(WHOLE)]);
    let model = open("openai", "m", &server, options()).await;
    drop(server);
    let generation = generate(&model, &chat()).await;
    assert_eq!(kind(&generation), Some(FailureKind::Unreachable), "{generation:?}");
    assert_eq!(generation.attempts, 4);
}

#[tokio::test]
async fn a_handshake_that_fails_is_a_server_that_is_not_there() {
    let server = Replay::answering([Answer::events(WHOLE)]);
    let name = format!("openai:m@{}", server.url().replace("http:", "https:")).parse().unwrap();
    let model = Model::open(name, options()).await.unwrap();
    let generation = generate(&model, &chat()).await;
    assert_eq!(kind(&generation), Some(FailureKind::Unreachable), "{generation:?}");
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn facts_are_asked_once_and_waited_for_while_the_server_loads() {
    let loading = Answer::new("503 Service Unavailable").then(r#"{"error":{"message":"Loading model"}}"#);
    let models = Answer::json(&json!({ "data": [{ "id": "m", "max_model_len": 8 }] }));
    let server = Replay::answering([loading.clone(), loading.clone(), models.clone(), models]);
    let model = open("vllm", "m", &server, options()).await;
    for _ in 0..2 {
        assert_eq!(model.facts().await.unwrap().context_tokens, Some(8));
    }
    assert_eq!(server.asked().len(), 4);
    let server = Replay::answering([loading]);
    let model = open("vllm", "m", &server, options()).await;
    assert_eq!(model.facts().await.unwrap_err().kind, FailureKind::ServerError);
    let model = open("vllm", "m", &server, Options::default()).await;
    drop(server);
    assert_eq!(model.facts().await.unwrap_err().kind, FailureKind::Unreachable);
}

#[tokio::test]
async fn a_reply_that_began_is_not_asked_for_again() {
    let error = "data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n";
    let answers = [Answer::events(&WHOLE[..IN_MID_REPLY]).then(error), Answer::events(WHOLE)];
    let (generation, asked) = ask(options(), answers).await;
    assert_eq!((kind(&generation), generation.text.as_str()), (Some(FailureKind::ServerError), "é = "));
    assert_eq!((generation.attempts, asked.len()), (1, 1));
}

#[tokio::test]
async fn a_request_is_given_up_wherever_it_is() {
    let stalls = [
        Answer::events(WHOLE).broken(0, Step::Stall),
        Answer::events(WHOLE).broken(IN_MID_REPLY, Step::Stall),
        Answer::new("503 Service Unavailable"),
    ];
    for (number, answer) in stalls.into_iter().enumerate() {
        let server = Replay::answering([answer]);
        let mut options = options();
        options.retries.first_wait = LONG;
        options.retries.longest_wait = LONG;
        let model = open("openai", "m", &server, options).await;
        let cancel = CancellationToken::new();
        let mut on_piece = |_: Piece<'_>| cancel.cancel();
        let request = chat();
        let generating = model.generate(&request, &cancel, &mut on_piece);
        // The first waits for what never comes, and hears nothing.
        let cancelling = async {
            while number == 0 && server.asked().is_empty() {
                tokio::task::yield_now().await;
            }
            if number == 0 {
                cancel.cancel();
            }
        };
        let (generation, ()) = tokio::join!(generating, cancelling);
        assert_eq!(kind(&generation), Some(FailureKind::Cancelled), "{number}");
        assert_eq!(generation.text, ["", "é = ", ""][number]);
        assert_eq!((generation.attempts, server.asked().len()), (1, 1), "{number}");
    }
}

#[tokio::test]
async fn a_request_that_waits_for_its_place_can_be_given_up() {
    let server = Replay::answering([Answer::events(WHOLE).broken(0, Step::Stall)]);
    let model = open("openai", "m", &server, options()).await;
    let (first, second) = (CancellationToken::new(), CancellationToken::new());
    let holding = tokio::spawn({
        let (model, first) = (model.clone(), first.clone());
        async move { model.generate(&chat(), &first, &mut |_: Piece<'_>| {}).await }
    });
    while server.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    second.cancel();
    let generation = model.generate(&chat(), &second, &mut |_: Piece<'_>| {}).await;
    assert_eq!((kind(&generation), generation.attempts), (Some(FailureKind::Cancelled), 0));
    first.cancel();
    assert_eq!(kind(&holding.await.unwrap()), Some(FailureKind::Cancelled));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn requests_at_a_time_are_bounded() {
    const REQUESTS: usize = 8;
    let (release, held) = std::sync::mpsc::channel();
    let server = Replay::start(move |_| {
        held.recv().unwrap();
        Answer::events(WHOLE)
    });
    let concurrency = NonZeroU32::new(2).unwrap();
    let model = open("openai", "m", &server, Options { concurrency, ..options() }).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..REQUESTS {
        let model = model.clone();
        asking.spawn(async move { generate(&model, &chat()).await });
    }
    while server.asked().len() < 2 {
        tokio::task::yield_now().await;
    }
    // Whatever was sent with the two is there by the time that others came and went.
    for _ in 0..REQUESTS {
        assert_eq!(ask(options(), [Answer::events(WHOLE)]).await.0.failure, None);
    }
    assert_eq!(server.asked().len(), 2);
    for _ in 0..REQUESTS {
        release.send(()).unwrap();
    }
    let generations = asking.join_all().await;
    assert!(generations.iter().all(|generation| generation.failure.is_none()));
    let waited = generations.iter().filter(|generation| generation.timing.queue_ms > 1.0).count();
    assert_eq!((waited, server.asked().len()), (REQUESTS - 2, REQUESTS));
}

#[tokio::test]
async fn a_key_goes_to_its_server_in_one_header_and_nowhere_else() {
    for (backend, header, expected) in
        [("openai", "authorization", "Bearer sk-secret"), ("anthropic", "x-api-key", "sk-secret")]
    {
        let elsewhere = Replay::answering([Answer::events(WHOLE)]);
        let unauthorized = Answer::new("401 Unauthorized").then("sk-secret is none");
        let echo = Answer::new("400 Bad Request").then(r#"{"error":{"message":"what is sk-secret?"}}"#);
        let moved = Answer::new("307 Temporary Redirect").with("location", &format!("{}/sk-secret", elsewhere.url()));
        let in_stream = "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"sk-secret!\"}}\n\n";
        let server = Replay::answering([echo, moved, Answer::events(in_stream), unauthorized]);
        let key = Some(Key::new("sk-secret".to_owned()));
        let retries = Retries { most: 0, ..Retries::default() };
        let model = open(backend, "m", &server, Options { key, retries, ..options() }).await;
        for expected in [FailureKind::Rejected, FailureKind::Rejected, FailureKind::ServerError] {
            let generation = generate(&model, &chat()).await;
            assert_eq!(kind(&generation), Some(expected));
            let written = serde_json::to_string(&generation).unwrap();
            assert!(!written.contains("secret"), "{written}");
        }
        let refused = model.facts().await.unwrap_err();
        assert!(refused.kind == FailureKind::Unauthorized && !refused.message.contains("secret"), "{refused:?}");
        assert_eq!(elsewhere.asked(), [], "redirects are not followed");
        for asked in server.asked() {
            assert_eq!(asked.header(header), Some(expected));
            let others = asked.headers.iter().filter(|(name, _)| name != header);
            assert!(!format!("{:?}{:?}", others.collect::<Vec<_>>(), asked.body).contains("secret"));
        }
    }
}

#[tokio::test]
async fn a_key_that_a_server_repeats_is_kept_nowhere() {
    let whole = WHOLE.replace("\"m\"", "\"sk-secret\"").replace("é = ", "sk-secret = ").replace("stop", "sk-secret");
    let busy = || Answer::new("503 Service Unavailable").then(format!("{}sk-secret", "x".repeat(485)));
    let listed = Answer::new("200 OK").then(r#"{"data":[{"id":"m-sk-secret\u001b[2J"}]}"#);
    let server = Replay::answering([busy(), Answer::events(&whole), listed]);
    let options = Options { key: Some(Key::new("sk-secret".to_owned())), ..options() };
    let model = open("openai", "m", &server, options).await;
    let mut heard = String::new();
    let mut on_piece = |piece: Piece<'_>| {
        if let Piece::Retry(failure) = piece {
            heard.push_str(&failure.message);
        }
    };
    let generation = model.generate(&chat(), &CancellationToken::new(), &mut on_piece).await;
    assert_eq!((generation.text.as_str(), generation.attempts), ("… = 1", 2));
    assert_eq!(generation.model.as_deref(), Some("…"));
    let written = format!("{heard}{}", serde_json::to_string(&generation).unwrap());
    assert!(heard.starts_with("HTTP 503: xxx") && !written.contains("sk-"), "{written}");
    assert_eq!(model.facts().await.unwrap().name.as_deref(), Some("m-…\u{fffd}[2J"));
}

#[tokio::test]
async fn a_server_that_wants_the_limit_by_another_name_is_asked_again() {
    let refused = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error"}}"#;
    let server = Replay::answering([Answer::new("400 Bad Request").then(refused), Answer::events(WHOLE)]);
    let model = open("openai", "m", &server, options()).await;
    assert_eq!(generate(&model, &chat()).await.attempts, 2);
    assert_eq!(generate(&model, &chat()).await.attempts, 1);
    let asked: Vec<[bool; 2]> = server
        .asked()
        .iter()
        .map(|asked| ["max_tokens", "max_completion_tokens"].map(|name| asked.body.get(name) == Some(&json!(16))))
        .collect();
    assert_eq!(asked, [[true, false], [false, true], [false, true]]);
    // One that refuses both is not asked for ever.
    let server = Replay::answering([Answer::new("400 Bad Request").then(refused)]);
    let model = open("openai", "m", &server, options()).await;
    assert_eq!(kind(&generate(&model, &chat()).await), Some(FailureKind::Rejected));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn what_can_not_be_is_doubted() {
    let said = |usage: &str, model: &str| {
        Answer::events(&format!(
            "data: {{\"model\":\"{model}\",\"choices\":[{{\"delta\":{{\"content\":\"x\"}},\"finish_reason\":\"stop\"}}]}}\n\n\
             data: {{\"choices\":[],\"usage\":{usage}}}\n\ndata: [DONE]\n\n"
        ))
    };
    let fine = r#"{"prompt_tokens":700,"completion_tokens":3,"total_tokens":703}"#;
    for (usage, model, doubt) in [
        (fine, "m-2026-01-01", None),
        (fine, "other", Some("another_model")),
        ("null", "m", Some("usage_missing")),
        (r#"{"prompt_tokens":700,"completion_tokens":3,"total_tokens":704}"#, "m", Some("usage_disagrees")),
        (r#"{"prompt_tokens":700,"completion_tokens":0}"#, "m", Some("usage_disagrees")),
        (r#"{"prompt_tokens":700,"completion_tokens":99}"#, "m", Some("usage_disagrees")),
        (
            r#"{"prompt_tokens":700,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":4}}"#,
            "m",
            Some("usage_disagrees"),
        ),
        (
            r#"{"prompt_tokens":700,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":701}}"#,
            "m",
            Some("usage_disagrees"),
        ),
        (r#"{"prompt_tokens":100,"completion_tokens":3}"#, "m", Some("prompt_trimmed")),
    ] {
        let server = Replay::answering([said(usage, model)]);
        let model = open("openai", "m", &server, options()).await;
        let request = request(Ask::Chat { system: None, user: "word ".repeat(600) });
        let generation = generate(&model, &request).await;
        assert_eq!(generation.failure, None);
        assert_eq!(generation.finish, Finish::Stop);
        assert_eq!(generation.doubts, Vec::from_iter(doubt), "{usage}");
    }
}
