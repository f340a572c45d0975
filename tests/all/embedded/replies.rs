//! What a model from a file writes, and what is said of it.

use proofhouse_generator::Piece;
use proofhouse_tests::Gguf;
use proofhouse_types::{Ask, FailureKind, Finish, Generation};
use tokio_util::sync::CancellationToken;

use super::{chat, embedded, forced, generate, open, request, runtime};

fn ended(generation: &Generation) -> (&str, Finish, Option<&str>) {
    assert_eq!(generation.failure, None);
    (&generation.text, generation.finish, generation.finish_reason.as_deref())
}

#[test]
#[ignore = "needs pip"]
fn a_grammar_is_followed_to_the_letter() {
    runtime().block_on(async {
        let model = open(&Gguf::Tiny.file(), embedded(1)).await.unwrap();
        for reply in ["x", "Here:\n\n```python\ndef f():\n    return \"日本 🦀\\n\"\n```\n", "<think>hm</think>\nyes"]
        {
            let generation = generate(&model, &forced(reply)).await;
            assert_eq!(ended(&generation), (reply, Finish::Stop, Some("end_of_text")));
        }
        let mut unreadable = forced("x");
        unreadable.sampling.grammar = Some("root ::= (".to_owned());
        let failure = generate(&model, &unreadable).await.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::Rejected, "{failure:?}");
    });
}

#[test]
#[ignore = "needs pip"]
fn replies_are_cut_where_they_are_to_be_cut() {
    runtime().block_on(async {
        let model = open(&Gguf::Tiny.file(), embedded(1)).await.unwrap();
        let whole = "one two three four five six";
        let mut few = forced(whole);
        few.sampling.max_tokens = 3;
        let generation = generate(&model, &few).await;
        let (text, finish, reason) = ended(&generation);
        assert!(whole.starts_with(text) && !text.is_empty() && text.len() < whole.len(), "{text}");
        assert_eq!((finish, reason), (Finish::Length, Some("max_tokens")));
        assert_eq!(generation.usage.completion_tokens, Some(3));
        let mut stopped = forced("code()\n```\nand more 日本");
        for (stop, text) in [
            ("\n```", "code()"),
            ("本", "code()\n```\nand more 日"),
            ("o", "c"),
            ("absent", "code()\n```\nand more 日本"),
        ] {
            stopped.sampling.stop = vec!["\n```!".to_owned(), stop.to_owned()];
            let reason = if stop == "absent" { "end_of_text" } else { "stop_string" };
            assert_eq!(ended(&generate(&model, &stopped).await), (text, Finish::Stop, Some(reason)), "{stop:?}");
        }
    });
}

#[test]
#[ignore = "needs pip"]
fn reasoning_that_the_template_begins_is_told_from_the_answer() {
    runtime().block_on(async {
        let model = open(&Gguf::Think.file(), embedded(1)).await.unwrap();
        let mut heard = Vec::new();
        let mut on_piece = |piece: Piece<'_>| heard.push(matches!(piece, Piece::Reasoning(_)));
        let request = forced("hm, 日本\n</think>\n\n    return 1");
        let generation = model.generate(&request, &CancellationToken::new(), &mut on_piece).await;
        assert_eq!(ended(&generation), ("    return 1", Finish::Stop, Some("end_of_text")));
        assert_eq!(generation.reasoning, "hm, 日本\n");
        assert!(heard.is_sorted_by(|before, after| before >= after) && heard.contains(&false), "{heard:?}");
        assert!(generation.timing.ttft_ms < generation.timing.ttfo_ms, "{:?}", generation.timing);
        let usage = generation.usage;
        assert!(usage.reasoning_tokens > Some(0) && usage.reasoning_tokens < usage.completion_tokens, "{usage:?}");
        let mut endless = forced("hm, and no end");
        endless.sampling.max_tokens = 4;
        let generation = generate(&model, &endless).await;
        assert_eq!((generation.text.as_str(), generation.finish), ("", Finish::Length));
    });
}

#[test]
#[ignore = "needs pip"]
fn replies_written_together_are_those_written_one_by_one() {
    runtime().block_on(async {
        // Of 32 bits: sums of other sizes end in other last digits, which weights of 8 bits make other words of, on the
        // server too.
        let file = Gguf::Tiny.file();
        let long = "word ".repeat(80);
        let mut requests: Vec<_> = ["a", "def f():", "日本", &long, "b", "c"].map(chat).map(request).into();
        requests.push(request(Ask::Fim { prefix: "def f(".to_owned(), suffix: "pass".to_owned() }));
        requests.push(request(Ask::Complete { prompt: "import ".to_owned() }));
        let mut alone = Vec::new();
        let model = open(&file, embedded(1)).await.unwrap();
        for request in &requests {
            alone.push(generate(&model, request).await.text);
        }
        let model = open(&file, embedded(4)).await.unwrap();
        let together: Vec<_> = requests
            .iter()
            .map(|request| {
                let (model, request) = (model.clone(), request.clone());
                tokio::spawn(async move { generate(&model, &request).await })
            })
            .collect();
        for ((together, alone), request) in together.into_iter().zip(alone).zip(&requests) {
            let together = together.await.unwrap();
            assert_eq!(together.failure, None);
            assert_eq!(together.text, alone, "{:?}", request.ask);
            assert!(!alone.is_empty(), "{:?}", request.ask);
        }
    });
}

#[test]
#[ignore = "needs pip"]
fn a_seed_makes_chance_the_same_again() {
    runtime().block_on(async {
        let model = open(&Gguf::Tiny.file(), embedded(1)).await.unwrap();
        let mut texts = Vec::new();
        for seed in [Some(1), Some(1), Some(2), None, None] {
            let mut request = request(chat("Hi"));
            (request.sampling.temperature, request.sampling.seed) = (1.0, seed);
            texts.push(generate(&model, &request).await.text);
        }
        assert_eq!(texts[0], texts[1]);
        assert!(texts[0] != texts[2] && texts[3] != texts[4] && texts[3] != texts[0], "{texts:?}");
    });
}

#[test]
#[ignore = "needs pip"]
fn what_does_not_fit_is_refused_and_what_fills_the_context_is_cut() {
    runtime().block_on(async {
        let model = open(&Gguf::Tiny.file(), embedded(1)).await.unwrap();
        let failure = generate(&model, &request(chat(&"word ".repeat(600)))).await.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::ContextOverflow);
        let mut full = forced(&"word ".repeat(200));
        full.sampling.max_tokens = 10_000;
        full.sampling.context_tokens = Some(64);
        let generation = generate(&model, &full).await;
        assert_eq!((generation.finish, generation.finish_reason.as_deref()), (Finish::Length, Some("context_full")));
        let tokens = generation.usage.prompt_tokens.unwrap() + generation.usage.completion_tokens.unwrap();
        assert_eq!(tokens, 64);
        full.sampling.context_tokens = Some(1024);
        assert_eq!(generate(&model, &full).await.failure.unwrap().kind, FailureKind::Rejected);
        // Within the whole room, up to its last token.
        full.sampling.context_tokens = None;
        let usage = generate(&model, &full).await.usage;
        assert_eq!(usage.prompt_tokens.unwrap() + usage.completion_tokens.unwrap(), 512);
    });
}

#[test]
#[ignore = "needs pip"]
fn a_request_that_is_given_up_leaves_its_place() {
    runtime().block_on(async {
        let model = open(&Gguf::Steady.file(), embedded(1)).await.unwrap();
        let cancel = CancellationToken::new();
        let mut long = request(chat("Hi"));
        long.sampling.max_tokens = 450;
        let mut on_piece = |_: Piece<'_>| cancel.cancel();
        let given_up = model.generate(&long, &cancel, &mut on_piece).await;
        assert_eq!(given_up.failure.map(|failure| failure.kind), Some(FailureKind::Cancelled));
        assert!(!given_up.text.is_empty());
        let next = generate(&model, &forced("next")).await;
        assert_eq!(ended(&next).0, "next");
    });
}

#[test]
#[ignore = "needs pip"]
fn the_file_and_the_process_say_what_was_measured() {
    runtime().block_on(async {
        let file = Gguf::Steady.file();
        let model = open(&file, embedded(2)).await.unwrap();
        let facts = model.facts().await.unwrap();
        assert_eq!((facts.name.as_deref(), facts.architecture.as_deref()), (Some("random-llama"), Some("llama")));
        assert_eq!((facts.quantization.as_deref(), facts.parallel), (Some("Q8_0"), Some(2)));
        assert_eq!((facts.size_bytes, facts.context_tokens), (Some(file.metadata().unwrap().len()), Some(512)));
        assert!(facts.digest.is_some_and(|digest| digest.starts_with("sha256:") && digest.len() == 71));
        assert!(facts.template_sha256.is_some() && facts.load_ms.is_some() && facts.parameters > Some(1_000_000));
        let generation = generate(&model, &request(chat("Hi"))).await;
        let (server, timing) = (generation.server.unwrap(), &generation.timing);
        let served = server.prompt_ms.unwrap() + server.generation_ms.unwrap();
        assert!(served <= server.total_ms.unwrap() && server.prompt_ms < timing.ttft_ms, "{server:?} {timing:?}");
        assert_eq!(generation.attempts, 1);
    });
}
