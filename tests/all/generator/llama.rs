//! The client of llama.cpp against its real server, over a model with random weights, which a grammar makes say what is wanted.

use proofhouse_generator::{Model, ModelName, Options, Piece};
use proofhouse_tests::{Gguf, LlamaServer, grammar};
use proofhouse_types::{Ask, FailureKind, Finish, Generation, GenerationRequest};
use tokio_util::sync::CancellationToken;

use super::{generate, request};

async fn open(name: &str, server: &LlamaServer) -> Model {
    let name: ModelName = format!("llamacpp:{name}@{}", server.url).parse().unwrap();
    Model::open(name, Options::default()).await.unwrap()
}

fn forced(ask: Ask, reply: &str) -> GenerationRequest {
    let mut request = request(ask);
    request.sampling.grammar = Some(grammar(reply));
    request.sampling.max_tokens = 256;
    request
}

fn user(text: &str) -> Ask {
    Ask::Chat { system: None, user: text.to_owned() }
}

fn gap(prefix: &str, suffix: &str) -> Ask {
    Ask::Fim { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
}

fn kind(generation: &Generation) -> Option<FailureKind> {
    generation.failure.as_ref().map(|failure| failure.kind)
}

#[tokio::test]
#[ignore = "needs pip"]
async fn the_real_server_is_understood() {
    const REPLY: &str = "Here:\n```python\nx = '日本'\n```\n";
    let mut server = LlamaServer::start(Gguf::Tiny, 1);
    let model = open("", &server).await;

    let facts = model.facts().await.unwrap();
    assert!(facts.server.is_some_and(|server| server.starts_with("llama.cpp")));
    assert_eq!((facts.context_tokens, facts.parallel), (Some(8192), Some(1)));
    assert!(facts.parameters.is_some() && facts.template_sha256.is_some() && facts.size_bytes.is_some());
    let unknown = open("nothing", &server).await.facts().await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::UnknownModel);

    let asks = [user("Write x."), Ask::Complete { prompt: "x".to_owned() }, gap("def f():\n    ", "\n\nf()\n")];
    for (number, ask) in asks.into_iter().enumerate() {
        let whole = forced(ask, REPLY);
        let mut cut = whole.clone();
        cut.sampling.max_tokens = 3;
        let mut stopped = whole.clone();
        stopped.sampling.stop = vec!["```\n".to_owned()];
        // Asked for the third time, each prompt is read anew: nothing comes out of the server's cache.
        for (request, finish, text) in [
            (whole, Finish::Stop, Some(REPLY)),
            (cut, Finish::Length, None),
            (stopped, Finish::Stop, Some("Here:\n```python\nx = '日本'\n")),
        ] {
            let generation = generate(&model, &request).await;
            let what = format!("{number} {generation:?}");
            assert_eq!((&generation.failure, generation.finish, generation.attempts), (&None, finish, 1), "{what}");
            assert_eq!(generation.usage.cached_tokens, Some(0), "{what}");
            assert_eq!(generation.doubts, Vec::<String>::new(), "{what}");
            match text {
                Some(text) => assert_eq!(generation.text, text),
                None => {
                    assert!(REPLY.starts_with(&generation.text), "{what}");
                    assert_eq!(generation.usage.completion_tokens, Some(3));
                }
            }
            let server = generation.server.unwrap();
            assert!(server.prompt_ms.unwrap() > 0.0 && server.prompt_ms < generation.timing.ttft_ms, "{what}");
        }
    }

    let long = "word ".repeat(20_000);
    for ask in [user(&long), Ask::Complete { prompt: long.clone() }] {
        assert_eq!(kind(&generate(&model, &request(ask)).await), Some(FailureKind::ContextOverflow));
    }
    // `/infill` cuts the text before the gap, and says nothing.
    let trimmed = generate(&model, &request(gap(&long, "\n"))).await;
    assert_eq!((trimmed.failure.is_none(), trimmed.doubts), (true, vec!["prompt_trimmed".to_owned()]));

    let mut endless = forced(user("Go on."), "x");
    endless.sampling.grammar = Some("root ::= \"x\"+".to_owned());
    endless.sampling.max_tokens = 100_000;
    let mut on_piece = |_: Piece<'_>| server.kill();
    let killed = model.generate(&endless, &CancellationToken::new(), &mut on_piece).await;
    assert_eq!(kind(&killed), Some(FailureKind::Disconnected), "{killed:?}");
    assert!(killed.text.starts_with('x'));
}
