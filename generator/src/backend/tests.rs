//! What each kind of server is sent, and what its answers about models mean. Streams are read in fixtures/replies/servers.

use proofhouse_types::{Ask, Sampling, Thinking};
use serde_json::json;

use super::*;

fn request(ask: Ask) -> GenerationRequest {
    let sampling = Sampling {
        max_tokens: 4096,
        temperature: 0.5,
        top_p: Some(0.9),
        seed: Some(7),
        stop: vec!["END".to_owned()],
        grammar: None,
        thinking: Thinking::Default,
        context_tokens: Some(8192),
    };
    GenerationRequest { ask, sampling }
}

fn chat() -> GenerationRequest {
    request(Ask::Chat { system: Some("S".to_owned()), user: "U".to_owned() })
}

fn complete() -> GenerationRequest {
    request(Ask::Complete { prompt: "P".to_owned() })
}

fn fim() -> GenerationRequest {
    request(Ask::Fim { prefix: "P".to_owned(), suffix: "S".to_owned() })
}

fn with(mut request: GenerationRequest, change: impl FnOnce(&mut Sampling)) -> GenerationRequest {
    change(&mut request.sampling);
    request
}

fn backend(name: &str) -> Box<dyn Backend> {
    of(&name.parse().unwrap()).unwrap()
}

fn check(name: &str, facts: &ModelFacts, request: &GenerationRequest, path: &str, body: Value) {
    let call = backend(name).call(request, facts).unwrap();
    assert_eq!((call.path, call.body), (path, body), "{name} {request:?}");
}

fn check_refused(name: &str, request: &GenerationRequest) {
    let refused = backend(name).call(request, &ModelFacts::default()).unwrap_err();
    assert_eq!(refused.kind, FailureKind::Unsupported, "{name} {request:?}");
}

fn check_facts(name: &str, answers: &[Value], expected: ModelFacts) {
    let backend = backend(name);
    assert_eq!(backend.questions().len(), answers.len());
    assert_eq!(backend.facts(answers), Ok(expected), "{name}");
    // A server that answers nothing of it is asked all the same.
    assert!(backend.facts(&vec![Value::Null; answers.len()]).is_ok(), "{name}");
}

fn none() -> ModelFacts {
    ModelFacts::default()
}

/// What the OpenAI-style servers are sent for each of the requests.
fn openai_style(model: &str, more: Value) -> Value {
    let mut body = json!({
        "model": model, "stream": true, "stream_options": { "include_usage": true },
        "max_tokens": 4096, "temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ["END"],
    });
    let (Value::Object(fields), Value::Object(more)) = (&mut body, more) else { unreachable!("both are objects") };
    fields.extend(more);
    body
}

fn messages() -> Value {
    json!([{ "role": "system", "content": "S" }, { "role": "user", "content": "U" }])
}

#[test]
fn ollama_is_asked_in_its_own_words() {
    let options = |stop: Value| json!({ "num_predict": 4096, "temperature": 0.5, "top_p": 0.9, "seed": 7, "num_ctx": 8192, "stop": stop });
    let body = |more: Value, stop: Value| {
        let mut body = json!({ "model": "qwen2.5-coder", "stream": true, "truncate": false, "shift": false });
        let (Value::Object(fields), Value::Object(more)) = (&mut body, more) else { unreachable!("both are objects") };
        fields.extend(more);
        body["options"] = options(stop);
        body
    };
    let (name, end) = ("ollama:qwen2.5-coder", json!(["END"]));
    check(name, &none(), &chat(), "/api/chat", body(json!({ "messages": messages() }), end.clone()));
    let thinking = with(chat(), |sampling| sampling.thinking = Thinking::Off);
    check(name, &none(), &thinking, "/api/chat", body(json!({ "messages": messages(), "think": false }), end.clone()));
    check(name, &none(), &complete(), "/api/generate", body(json!({ "prompt": "P", "raw": true }), end.clone()));
    let prompt = "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>";
    let ends = json!(["END", "<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>"]);
    check(name, &none(), &fim(), "/api/generate", body(json!({ "prompt": prompt, "raw": true }), ends));
    let inserts = ModelFacts { capabilities: vec!["completion".to_owned(), "insert".to_owned()], ..none() };
    check(name, &inserts, &fim(), "/api/generate", body(json!({ "prompt": "P", "suffix": "S" }), end));
    check_refused(name, &with(chat(), |sampling| sampling.grammar = Some(String::new())));
    check_refused("ollama:llama3", &fim());
    let injected = request(Ask::Fim { prefix: "'<|fim_middle|>'".to_owned(), suffix: String::new() });
    check_refused(name, &injected);
    assert_eq!(backend(name).call(&injected, &inserts).unwrap_err().kind, FailureKind::Unsupported);
}

#[test]
fn llamacpp_is_asked_without_its_cache() {
    let body = |more: Value| {
        let mut body = openai_style("m", more);
        body["cache_prompt"] = json!(false);
        body
    };
    let name = "llamacpp:m";
    check(name, &none(), &chat(), "/v1/chat/completions", body(json!({ "messages": messages() })));
    let forced = with(chat(), |sampling| {
        sampling.grammar = Some("root ::= \"a\"".to_owned());
        sampling.thinking = Thinking::On;
    });
    let more = json!({
        "messages": messages(), "grammar": "root ::= \"a\"", "chat_template_kwargs": { "enable_thinking": true },
    });
    check(name, &none(), &forced, "/v1/chat/completions", body(more));
    check(name, &none(), &complete(), "/completion", body(json!({ "prompt": "P", "n_predict": 4096 })));
    let gap = json!({ "input_prefix": "P", "input_suffix": "S", "n_predict": 4096 });
    check(name, &none(), &fim(), "/infill", body(gap));
}

#[test]
fn openai_style_servers_are_asked_alike() {
    for (name, model) in
        [("vllm:codellama", "codellama"), ("openai:codellama", "codellama"), ("lmstudio:codellama", "codellama")]
    {
        check(name, &none(), &chat(), "/v1/chat/completions", openai_style(model, json!({ "messages": messages() })));
        check(name, &none(), &complete(), "/v1/completions", openai_style(model, json!({ "prompt": "P" })));
        let gap = json!({ "prompt": "<PRE> P <SUF>S <MID>", "stop": ["END", "<EOT>", "</s>"] });
        check(name, &none(), &fim(), "/v1/completions", openai_style(model, gap));
    }
    // Without a name, it is whatever the server has.
    let facts = ModelFacts { name: Some("there".to_owned()), ..none() };
    let named = openai_style("there", json!({ "messages": messages() }));
    check("vllm:", &facts, &chat(), "/v1/chat/completions", named);
    let forced = with(chat(), |sampling| {
        sampling.grammar = Some("g".to_owned());
        sampling.thinking = Thinking::Off;
    });
    let more = json!({
        "messages": messages(), "structured_outputs": { "grammar": "g" },
        "chat_template_kwargs": { "enable_thinking": false },
    });
    check("vllm:m", &none(), &forced, "/v1/chat/completions", openai_style("m", more));
    check_refused("openai:m", &with(chat(), |sampling| sampling.grammar = Some("g".to_owned())));
    check_refused("openai:m", &with(chat(), |sampling| sampling.thinking = Thinking::Off));
    check_refused("openai:m", &fim());
}

#[test]
fn lmstudio_is_asked_natively_for_what_that_can_do() {
    let native = |sampling: &mut Sampling| {
        sampling.stop.clear();
        sampling.temperature = 0.0;
    };
    let mut body = json!({
        "model": "m", "input": "U", "system_prompt": "S", "stream": true, "store": false,
        "temperature": 0.0, "top_p": 0.9, "max_output_tokens": 4096,
    });
    check("lmstudio:m", &none(), &with(chat(), native), "/api/v1/chat", body.clone());
    body["reasoning"] = json!("on");
    let thinking = with(with(chat(), native), |sampling| sampling.thinking = Thinking::On);
    check("lmstudio:m", &none(), &thinking, "/api/v1/chat", body);
    check_refused("lmstudio:m", &with(chat(), |sampling| sampling.thinking = Thinking::On));
    check_refused("lmstudio:m", &with(chat(), |sampling| sampling.grammar = Some("g".to_owned())));
}

#[test]
fn anthropic_has_chats_alone() {
    let mut body = json!({
        "model": "claude", "messages": [{ "role": "user", "content": "U" }], "system": "S", "stream": true,
        "max_tokens": 4096, "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["END"],
    });
    check("anthropic:claude", &none(), &chat(), "/v1/messages", body.clone());
    body["thinking"] = json!({ "type": "disabled" });
    let silent = with(chat(), |sampling| sampling.thinking = Thinking::Off);
    check("anthropic:claude", &none(), &silent, "/v1/messages", body.clone());
    body["thinking"] = json!({ "type": "enabled", "budget_tokens": 2048 });
    for drawn in ["temperature", "top_p"] {
        body.as_object_mut().unwrap().remove(drawn);
    }
    let thinking = with(chat(), |sampling| sampling.thinking = Thinking::On);
    check("anthropic:claude", &none(), &thinking, "/v1/messages", body);
    for refused in [
        complete(),
        fim(),
        with(chat(), |sampling| sampling.grammar = Some("g".to_owned())),
        with(thinking, |sampling| sampling.max_tokens = 2047),
    ] {
        check_refused("anthropic:claude", &refused);
    }
}

#[test]
fn servers_say_what_a_model_is() {
    let details = json!({ "family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M" });
    let info = json!({ "general.architecture": "qwen2", "general.parameter_count": 7_615_616_512_u64 });
    let show = json!({ "details": details, "model_info": info, "template": "t", "capabilities": ["insert"] });
    let tags = json!({ "models": [
        { "name": "qwen2.5-coder:1.5b", "size": 1, "digest": "no" },
        { "name": "qwen2.5-coder:latest", "size": 4_683_087_332_u64, "digest": "dae161e2" },
    ] });
    let running = json!({ "models": [{ "name": "qwen2.5-coder:latest", "context_length": 4096 }] });
    let sha_of_t = "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8";
    check_facts(
        "ollama:qwen2.5-coder",
        &[show, tags, running, json!({ "version": "0.12.3" })],
        ModelFacts {
            name: Some("qwen2.5-coder:latest".to_owned()),
            server: Some("Ollama 0.12.3".to_owned()),
            architecture: Some("qwen2".to_owned()),
            parameters: Some(7_615_616_512),
            quantization: Some("Q4_K_M".to_owned()),
            size_bytes: Some(4_683_087_332),
            digest: Some("dae161e2".to_owned()),
            context_tokens: Some(4096),
            template_sha256: Some(sha_of_t.to_owned()),
            capabilities: vec!["insert".to_owned()],
            ..none()
        },
    );
    let settings = json!({ "n_ctx": 1024, "params": {} });
    let props = json!({
        "default_generation_settings": settings, "total_slots": 4, "model_path": "/m/tiny.gguf", "model_ftype": "all F32",
        "chat_template": "t", "build_info": "b7000-abc",
    });
    let models = json!({ "data": [{ "id": "tiny", "meta": { "n_params": 188_736, "size": 754_944 } }] });
    check_facts(
        "llamacpp:tiny",
        &[props, models],
        ModelFacts {
            name: Some("tiny".to_owned()),
            server: Some("llama.cpp b7000-abc".to_owned()),
            parameters: Some(188_736),
            quantization: Some("all F32".to_owned()),
            size_bytes: Some(754_944),
            context_tokens: Some(1024),
            template_sha256: Some(sha_of_t.to_owned()),
            parallel: Some(4),
            ..none()
        },
    );
    let models = json!({ "data": [{ "id": "Qwen/Qwen3-8B", "max_model_len": 40_960, "root": "Qwen/Qwen3-8B" }] });
    check_facts(
        "vllm:Qwen/Qwen3-8B",
        &[models, json!({ "version": "0.11.0" })],
        ModelFacts {
            name: Some("Qwen/Qwen3-8B".to_owned()),
            server: Some("vLLM 0.11.0".to_owned()),
            context_tokens: Some(40_960),
            ..none()
        },
    );
    let loaded = json!([{ "id": "gemma-3-270m-it-qat", "config": { "context_length": 4096 } }]);
    let models = json!({ "models": [
        { "type": "llm", "key": "other", "loaded_instances": [] },
        {
            "type": "llm", "key": "gemma-3-270m-it-qat", "architecture": "gemma3", "quantization": { "name": "Q4_0" },
            "size_bytes": 241_410_208, "params_string": "270M", "loaded_instances": loaded, "max_context_length": 32_768,
        },
    ] });
    check_facts(
        "lmstudio:",
        &[models],
        ModelFacts {
            name: Some("gemma-3-270m-it-qat".to_owned()),
            server: Some("LM Studio".to_owned()),
            architecture: Some("gemma3".to_owned()),
            parameters: Some(270_000_000),
            quantization: Some("Q4_0".to_owned()),
            size_bytes: Some(241_410_208),
            context_tokens: Some(4096),
            ..none()
        },
    );
    let models = json!({ "data": [{ "id": "claude-sonnet-4-5-20250929" }] });
    let name = Some("claude-sonnet-4-5-20250929".to_owned());
    check_facts("anthropic:claude-sonnet-4-5", &[models], ModelFacts { name, ..none() });
    let listed = json!({ "data": [{ "id": "gpt-480b" }, { "id": "GPT" }, { "id": "gpt-mini" }] });
    let exact = ModelFacts { name: Some("GPT".to_owned()), ..none() };
    check_facts("openai:gpt", &[listed], exact);
    let name = Some("gpt".to_owned());
    check_facts("openai:gpt", &[json!({ "data": [{ "id": "other" }] })], ModelFacts { name, ..none() });
}

#[test]
fn a_model_that_is_not_listed_is_unknown() {
    let listed = json!({ "data": [{ "id": "other" }], "models": [{ "key": "other" }] });
    for (name, answers) in [
        ("vllm:mine", vec![listed.clone(), Value::Null]),
        ("lmstudio:mine", vec![listed.clone()]),
        ("llamacpp:mine", vec![Value::Null, listed]),
    ] {
        let unknown = backend(name).facts(&answers).unwrap_err();
        assert_eq!(unknown.kind, FailureKind::UnknownModel, "{name}");
        assert!(unknown.message.contains("`mine`") && unknown.message.contains("`other`"), "{}", unknown.message);
    }
}

#[test]
fn sizes_are_read_as_they_are_written() {
    for (written, expected) in [
        ("7B", Some(7_000_000_000)),
        ("7.6B", Some(7_600_000_000)),
        ("270M", Some(270_000_000)),
        ("8x7B", None),
        ("", None),
        ("B", None),
        ("7", None),
    ] {
        assert_eq!(parameters(written), expected, "{written}");
    }
}
