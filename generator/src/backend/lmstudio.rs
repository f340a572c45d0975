//! LM Studio: its own API for what that can do, which tells of loading and has times in seconds; its OpenAI-style one for the rest.

use proofhouse_types::{Ask, GenerationFailure, GenerationRequest, ModelFacts, Thinking};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Backend, Call, openai_style, parameters, parse, pick, text, unknown_model};
use crate::http::Question;
use crate::message::{Framing, Message};
use crate::refusal::{in_stream, unsupported};
use crate::reply::Reply;

/// A model on LM Studio.
pub(super) struct LmStudio {
    pub(super) model: Option<String>,
}

/// An event of `/api/v1/chat`.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Event {
    #[serde(rename = "chat.start")]
    Start { model_instance_id: Option<String> },
    #[serde(rename = "model_load.end")]
    Loaded { load_time_seconds: Option<f64> },
    #[serde(rename = "reasoning.delta")]
    Reasoning { content: String },
    #[serde(rename = "message.delta")]
    Message { content: String },
    #[serde(rename = "chat.end")]
    End { result: ChatResult },
    /// Beginnings, ends and progress.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct ChatResult {
    #[serde(default)]
    stats: Stats,
}

#[derive(Default, Deserialize)]
struct Stats {
    input_tokens: Option<u64>,
    total_output_tokens: Option<u64>,
    reasoning_output_tokens: Option<u64>,
    tokens_per_second: Option<f64>,
    time_to_first_token_seconds: Option<f64>,
    model_load_time_seconds: Option<f64>,
}

impl Backend for LmStudio {
    fn needs_facts(&self, _: &GenerationRequest) -> bool {
        self.model.is_none()
    }

    fn call(&self, request: &GenerationRequest, facts: &ModelFacts) -> Result<Call, GenerationFailure> {
        let sampling = &request.sampling;
        if sampling.grammar.is_some() {
            return Err(unsupported("LM Studio takes no grammar"));
        }
        // Its own API has no seeds, which matter where tokens are drawn, and no stop strings.
        let is_native = sampling.stop.is_empty() && (sampling.seed.is_none() || sampling.temperature == 0.0);
        let reasoning = match sampling.thinking {
            Thinking::Default => None,
            Thinking::On => Some("on"),
            Thinking::Off => Some("off"),
        };
        match (&request.ask, reasoning) {
            (Ask::Chat { system, user }, _) if is_native => {
                let mut body = json!({
                    "model": self.model.as_deref().or(facts.name.as_deref()),
                    "input": user,
                    "stream": true,
                    "store": false,
                    "temperature": sampling.temperature,
                    "max_output_tokens": sampling.max_tokens,
                });
                let optional = [
                    ("system_prompt", system.as_deref().map(Value::from)),
                    ("top_p", sampling.top_p.map(Value::from)),
                    ("reasoning", reasoning.map(Value::from)),
                ];
                for (name, value) in optional {
                    if let Some(value) = value {
                        body[name] = value;
                    }
                }
                Ok(Call { path: "/api/v1/chat", body, framing: Framing::Events })
            }
            (Ask::Chat { .. }, Some(_)) => Err(unsupported(
                "LM Studio turns reasoning on or off for requests without stop strings and drawn seeds alone",
            )),
            (Ask::Chat { .. } | Ask::Complete { .. } | Ask::Fim { .. }, _) => {
                openai_style::call(self.model.as_deref(), request, facts)
            }
        }
    }

    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
        match message.event.as_str() {
            "" => return openai_style::read(message, reply).map(|_| ()),
            // Of both of its APIs.
            "error" => return Err(in_stream(&parse::<Value>(&message.data)?["error"])),
            _ => {}
        }
        match parse(&message.data)? {
            Event::Start { model_instance_id } => reply.model = model_instance_id,
            Event::Loaded { load_time_seconds } => reply.server().load_ms = load_time_seconds.map(|time| time * 1e3),
            Event::Reasoning { content } => reply.reason(&content)?,
            Event::Message { content } => reply.answer(&content)?,
            Event::End { result } => end(&result.stats, reply),
            Event::Other => {}
        }
        Ok(())
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::get("/api/v1/models")]
    }

    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure> {
        let [models] = answers else { return Ok(ModelFacts::default()) };
        let asked = self.model.as_deref();
        let model = match asked {
            Some(_) => pick(&models["models"], asked, |model| model["key"].as_str()),
            // The one that is loaded.
            None => models["models"].as_array().and_then(|models| {
                models
                    .iter()
                    .find(|model| model["loaded_instances"].as_array().is_some_and(|loaded| !loaded.is_empty()))
            }),
        };
        if let (Some(asked), None, Some(there)) = (asked, model, models["models"].as_array()) {
            let there: Vec<&str> = there.iter().filter_map(|model| model["key"].as_str()).collect();
            return Err(unknown_model(asked, &there));
        }
        let model = model.unwrap_or(&Value::Null);
        Ok(ModelFacts {
            name: text(&model["key"]),
            server: Some("LM Studio".to_owned()),
            architecture: text(&model["architecture"]),
            parameters: model["params_string"].as_str().and_then(parameters),
            quantization: text(&model["quantization"]["name"]),
            size_bytes: model["size_bytes"].as_u64(),
            context_tokens: model["loaded_instances"][0]["config"]["context_length"].as_u64(),
            ..ModelFacts::default()
        })
    }
}

fn end(stats: &Stats, reply: &mut Reply<'_>) {
    reply.ended = true;
    reply.has_no_reason = true;
    reply.usage.prompt_tokens = stats.input_tokens;
    reply.usage.completion_tokens = stats.total_output_tokens;
    reply.usage.reasoning_tokens = stats.reasoning_output_tokens;
    let ms = |seconds: Option<f64>| seconds.map(|time| time * 1e3);
    let generation = stats.total_output_tokens.zip(stats.tokens_per_second.filter(|rate| *rate > 0.0));
    let server = reply.server();
    server.load_ms = ms(stats.model_load_time_seconds).or(server.load_ms);
    server.ttft_ms = ms(stats.time_to_first_token_seconds);
    server.generation_ms = generation.map(|(tokens, rate)| tokens as f64 / rate * 1e3);
}
