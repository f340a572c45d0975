//! llama.cpp's server: chats by its OpenAI-style API, completions and gaps by its own, which alone knows grammars' and prompts'
//! details. Times are milliseconds.

use proofhouse_types::{Ask, Finish, GenerationFailure, GenerationRequest, ModelFacts, Thinking};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Backend, Call, openai_style, parse, text, unknown_model};
use crate::doubts::is_same_model;
use crate::http::Question;
use crate::message::{Framing, Message};
use crate::refusal::in_stream;
use crate::reply::Reply;

/// A model on llama.cpp's server.
pub(super) struct LlamaCpp {
    pub(super) model: Option<String>,
}

/// What the server measured.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Timings {
    cache_n: Option<u64>,
    prompt_ms: Option<f64>,
    predicted_n: Option<u64>,
    predicted_ms: Option<f64>,
}

/// A message of `/completion` and `/infill`.
#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    content: String,
    #[serde(default)]
    stop: bool,
    stop_type: Option<String>,
    model: Option<String>,
    tokens_predicted: Option<u64>,
    tokens_evaluated: Option<u64>,
    #[serde(default)]
    truncated: bool,
    /// The prompt as the model saw it, in the last message.
    prompt: Option<String>,
    timings: Option<Timings>,
    error: Option<Value>,
}

impl Backend for LlamaCpp {
    fn needs_facts(&self, _: &GenerationRequest) -> bool {
        false
    }

    fn call(&self, request: &GenerationRequest, _: &ModelFacts) -> Result<Call, GenerationFailure> {
        let sampling = &request.sampling;
        let mut body = openai_style::body(self.model.as_deref(), request);
        // A prompt that was read before would be read in no time, and the second sample of a task be quicker than its first.
        body["cache_prompt"] = json!(false);
        if let Some(grammar) = &sampling.grammar {
            body["grammar"] = json!(grammar);
        }
        let path = match &request.ask {
            Ask::Chat { system, user } => {
                body["messages"] = openai_style::messages(system.as_deref(), user);
                match sampling.thinking {
                    Thinking::Default => {}
                    Thinking::On => body["chat_template_kwargs"] = json!({ "enable_thinking": true }),
                    Thinking::Off => body["chat_template_kwargs"] = json!({ "enable_thinking": false }),
                }
                "/v1/chat/completions"
            }
            Ask::Complete { prompt } => {
                body["prompt"] = json!(prompt);
                body["n_predict"] = json!(sampling.max_tokens);
                "/completion"
            }
            Ask::Fim { prefix, suffix } => {
                body["input_prefix"] = json!(prefix);
                body["input_suffix"] = json!(suffix);
                body["n_predict"] = json!(sampling.max_tokens);
                "/infill"
            }
        };
        Ok(Call { path, body, framing: Framing::Events })
    }

    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
        let timings = if message.data.contains("\"choices\"") || message.data.starts_with('[') {
            openai_style::read(message, reply)?.and_then(|chunk| chunk.timings)
        } else {
            read_part(&parse(&message.data)?, reply)?
        };
        if let Some(timings) = timings {
            note(&timings, reply);
        }
        Ok(())
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::get("/props"), Question::get("/v1/models")]
    }

    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure> {
        let [props, models] = answers else { return Ok(ModelFacts::default()) };
        let model = &models["data"][0];
        let name = text(&model["id"]).or(text(&props["model_alias"])).or(text(&props["model_path"]));
        if let (Some(asked), Some(there)) = (&self.model, &name)
            && !is_same_model(asked, there)
        {
            return Err(unknown_model(asked, &[there]));
        }
        let template = props["chat_template"].as_str();
        Ok(ModelFacts {
            name,
            server: Some(format!("llama.cpp {}", props["build_info"].as_str().unwrap_or_default()).trim().to_owned()),
            parameters: model["meta"]["n_params"].as_u64(),
            quantization: text(&props["model_ftype"]),
            size_bytes: model["meta"]["size"].as_u64(),
            context_tokens: props["default_generation_settings"]["n_ctx"].as_u64(),
            template_sha256: template.map(|text| format!("{:x}", Sha256::digest(text))),
            parallel: props["total_slots"].as_u64(),
            ..ModelFacts::default()
        })
    }
}

fn read_part(part: &Part, reply: &mut Reply<'_>) -> Result<Option<Timings>, GenerationFailure> {
    if let Some(error) = &part.error {
        return Err(in_stream(error));
    }
    reply.answer(&part.content)?;
    if let Some(model) = &part.model {
        reply.model = Some(model.clone());
    }
    if part.stop {
        reply.ended = true;
        reply.usage.prompt_tokens = part.tokens_evaluated;
        reply.usage.completion_tokens = part.tokens_predicted;
        reply.repeated_prompt = part.prompt.as_ref().map(String::len);
        if part.truncated {
            reply.doubt("prompt_trimmed");
        }
        match part.stop_type.as_deref() {
            Some("limit") => reply.stop("limit", Finish::Length),
            Some("word") => reply.stop("word", Finish::Stop),
            Some(other) => reply.stop(other, Finish::of_reason(other)),
            None => {}
        }
    }
    Ok(part.timings.clone())
}

fn note(timings: &Timings, reply: &mut Reply<'_>) {
    let server = reply.server();
    server.prompt_ms = timings.prompt_ms;
    server.generation_ms = timings.predicted_ms;
    server.total_ms = timings.prompt_ms.zip(timings.predicted_ms).map(|(prompt, predicted)| prompt + predicted);
    if reply.usage.cached_tokens.is_none() {
        reply.usage.cached_tokens = timings.cache_n;
    }
    if let (Some(counted), Some(timed)) = (reply.usage.completion_tokens, timings.predicted_n)
        && counted != timed
    {
        reply.doubt("usage_disagrees");
    }
}
