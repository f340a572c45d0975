//! The proxy that has llama.cpp's server answer as a test wants.

use proofhouse_tests::{Forced, Forcing, Gguf, LlamaServer};
use serde_json::{Value, json};

fn ask(url: &str, prompt: &str, stream: bool) -> String {
    let request = json!({
        "messages": [{ "role": "user", "content": prompt }],
        "temperature": 0, "max_tokens": 200, "stream": stream,
    });
    let mut response = ureq::post(format!("{url}/v1/chat/completions")).send_json(request).unwrap();
    response.body_mut().read_to_string().unwrap()
}

fn check(url: &str, prompt: &str, reply: &str, finish: &str) {
    let answer: Value = serde_json::from_str(&ask(url, prompt, false)).unwrap();
    let choice = &answer["choices"][0];
    assert_eq!((choice["message"]["content"].as_str().unwrap(), &choice["finish_reason"]), (reply, &json!(finish)));
}

#[test]
#[ignore = "needs pip"]
fn a_forced_model_answers_word_for_word_and_the_servers_times_are_kept() {
    let server = LlamaServer::start(Gguf::Tiny, 2);
    let program = "Here:\n\n```python\ndef \"f\"():\t# 日本 \\n\n    return 1\n```\n";
    let cut = Forced { max_tokens: Some(3), ..Forced::new("third", &"word ".repeat(50)) };
    let turns = Forced { replies: vec!["one".to_owned(), "two".to_owned()], ..Forced::new("fourth", "") };
    let forced = vec![Forced::new("first", program), Forced::new("second", ""), cut, turns];
    let forcing = Forcing::start(&server.url, forced);
    check(&forcing.url, "the first", program, "stop");
    check(&forcing.url, "the second", "", "stop");
    let truncated: Value = serde_json::from_str(&ask(&forcing.url, "the third", false)).unwrap();
    assert_eq!(truncated["choices"][0]["finish_reason"], "length");
    for reply in ["one", "two", "one"] {
        check(&forcing.url, "the fourth", reply, "stop");
    }
    let stream = ask(&forcing.url, "the first", true);
    assert!(stream.ends_with("data: [DONE]\n\n"), "{stream}");
    let served = forcing.served();
    let found: Vec<_> = served.iter().map(|served| served.found.as_deref().unwrap()).collect();
    assert_eq!(found, ["first", "second", "third", "fourth", "fourth", "fourth", "first"]);
    assert_eq!(served[2].timings["predicted_n"], 3);
    let last = format!("\"predicted_ms\":{}", served[6].timings["predicted_ms"]);
    assert!(stream.contains(&last), "{last} in {stream}");
}
