//! The API that OpenAI began, as others have it too: bodies of chats and completions, and the chunks of their streams.

use proofhouse_types::{Ask, Finish, GenerationFailure, GenerationRequest, ModelFacts};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, parse};
use crate::fim;
use crate::message::{Framing, Message};
use crate::refusal::in_stream;
use crate::reply::Reply;

/// The end of every stream.
const DONE: &str = "[DONE]";

/// A request to `/v1/chat/completions` or `/v1/completions`; gaps are a text of their own there.
pub(super) fn call(
    model: Option<&str>,
    request: &GenerationRequest,
    facts: &ModelFacts,
) -> Result<Call, GenerationFailure> {
    let mut body = body(model.or(facts.name.as_deref()), request);
    let path = match &request.ask {
        Ask::Chat { system, user } => {
            body["messages"] = messages(system.as_deref(), user);
            "/v1/chat/completions"
        }
        Ask::Complete { prompt } => {
            body["prompt"] = json!(prompt);
            "/v1/completions"
        }
        Ask::Fim { prefix, suffix } => {
            let (prompt, ends) = fim::prompt(model, facts, prefix, suffix)?;
            let stop: Vec<&str> =
                request.sampling.stop.iter().map(String::as_str).chain(ends.iter().copied()).collect();
            body["prompt"] = json!(prompt);
            body["stop"] = json!(stop);
            "/v1/completions"
        }
    };
    Ok(Call { path, body, framing: Framing::Events })
}

/// The fields that chats and completions share.
pub(super) fn body(model: Option<&str>, request: &GenerationRequest) -> Value {
    let sampling = &request.sampling;
    let mut body = json!({
        "stream": true,
        "stream_options": { "include_usage": true },
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    });
    let optional = [
        ("model", model.map(Value::from)),
        ("top_p", sampling.top_p.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        ("stop", (!sampling.stop.is_empty()).then(|| json!(sampling.stop))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    body
}

/// The messages of a chat.
pub(super) fn messages(system: Option<&str>, user: &str) -> Value {
    let system = system.map(|text| json!({ "role": "system", "content": text }));
    system.into_iter().chain([json!({ "role": "user", "content": user })]).collect()
}

/// One message of a stream.
#[derive(Deserialize)]
pub(super) struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<ChunkUsage>,
    model: Option<String>,
    /// `error` where the whole message is one, as vLLM before 0.10 has it.
    object: Option<String>,
    error: Option<Value>,
    /// Only of llama.cpp.
    pub(super) timings: Option<super::llamacpp::Timings>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    /// Of completions.
    text: Option<String>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    /// vLLM since 0.12, Ollama, OpenRouter.
    reasoning: Option<String>,
    /// llama.cpp, LM Studio, DeepSeek, and vLLM before.
    reasoning_content: Option<String>,
}

#[derive(Deserialize)]
struct ChunkUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

/// Reads a message; the chunk, unless it was the stream's end.
pub(super) fn read(message: &Message, reply: &mut Reply<'_>) -> Result<Option<Chunk>, GenerationFailure> {
    if message.data.trim() == DONE {
        reply.ended = true;
        return Ok(None);
    }
    let chunk: Chunk = parse(&message.data)?;
    if let Some(error) = &chunk.error {
        return Err(in_stream(error));
    }
    if chunk.object.as_deref() == Some("error") {
        return Err(in_stream(&parse(&message.data)?));
    }
    if let Some(model) = &chunk.model {
        reply.model.get_or_insert_with(|| model.clone());
    }
    // `n` is never asked for: there is one choice at most.
    for choice in &chunk.choices {
        if let Some(delta) = &choice.delta {
            reply.reason(delta.reasoning.as_ref().or(delta.reasoning_content.as_ref()).map_or("", String::as_str))?;
            reply.answer(delta.content.as_deref().unwrap_or_default())?;
        }
        reply.answer(choice.text.as_deref().unwrap_or_default())?;
        if let Some(reason) = &choice.finish_reason {
            reply.stop(reason, Finish::of_reason(reason));
        }
    }
    if let Some(usage) = &chunk.usage {
        reply.usage.prompt_tokens = usage.prompt_tokens;
        reply.usage.completion_tokens = usage.completion_tokens;
        reply.usage.cached_tokens = usage.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens);
        reply.usage.reasoning_tokens =
            usage.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens);
        if let (Some(prompt), Some(completion), Some(total)) =
            (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
            && prompt.saturating_add(completion) != total
        {
            reply.doubt("usage_disagrees");
        }
    }
    Ok(Some(chunk))
}
