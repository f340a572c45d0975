//! Servers with Anthropic's Messages API: events with names, blocks of text and of thinking, and cached tokens counted apart.

use proofhouse_types::{Ask, Finish, GenerationFailure, GenerationRequest, ModelFacts, Thinking};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Backend, Call, parse, pick, text};
use crate::http::{KeyHeader, Question};
use crate::message::{Framing, Message};
use crate::refusal::{in_stream, unsupported};
use crate::reply::Reply;

/// The least that the API takes as a budget for thinking.
const LEAST_THINKING_TOKENS: u32 = 1024;

/// A model on such a server.
pub(super) struct Anthropic {
    pub(super) model: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        content_block: Delta,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        delta: MessageDelta,
        usage: Option<Tokens>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    /// Pings, ends of blocks, and what is new.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    model: Option<String>,
    usage: Option<Tokens>,
}

/// What a block begins with, or goes on with.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    #[serde(alias = "text_delta")]
    Text { text: String },
    #[serde(alias = "thinking_delta")]
    Thinking { thinking: String },
    /// Signatures, redacted thinking and calls of tools.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct MessageDelta {
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl Backend for Anthropic {
    fn key_header(&self) -> KeyHeader {
        KeyHeader { name: "x-api-key", before: "" }
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn needs_facts(&self, _: &GenerationRequest) -> bool {
        false
    }

    fn call(&self, request: &GenerationRequest, _: &ModelFacts) -> Result<Call, GenerationFailure> {
        let sampling = &request.sampling;
        let Ask::Chat { system, user } = &request.ask else {
            return Err(unsupported("Anthropic's API has chats alone"));
        };
        if sampling.grammar.is_some() {
            return Err(unsupported("Anthropic's API takes no grammar"));
        }
        let thinking = match sampling.thinking {
            Thinking::Default => None,
            Thinking::Off => Some(json!({ "type": "disabled" })),
            Thinking::On if sampling.max_tokens / 2 < LEAST_THINKING_TOKENS => {
                return Err(unsupported(&format!(
                    "Anthropic's API reasons with {LEAST_THINKING_TOKENS} tokens at least, and as many are left for the answer: \
                     {} in all, not {}",
                    2 * LEAST_THINKING_TOKENS,
                    sampling.max_tokens
                )));
            }
            Thinking::On => Some(json!({ "type": "enabled", "budget_tokens": sampling.max_tokens / 2 })),
        };
        let mut body = json!({
            "model": self.model,
            "messages": [{ "role": "user", "content": user }],
            "stream": true,
            "max_tokens": sampling.max_tokens,
        });
        // The API takes neither beside reasoning: a temperature other than 1 is an error there.
        let is_drawn_as_asked = sampling.thinking != Thinking::On;
        // It has no seeds.
        let optional = [
            ("system", system.as_deref().map(Value::from)),
            ("temperature", is_drawn_as_asked.then(|| json!(sampling.temperature))),
            ("top_p", sampling.top_p.filter(|_| is_drawn_as_asked).map(Value::from)),
            ("stop_sequences", (!sampling.stop.is_empty()).then(|| json!(sampling.stop))),
            ("thinking", thinking),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        Ok(Call { path: "/v1/messages", body, framing: Framing::Events })
    }

    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
        match parse(&message.data)? {
            Event::MessageStart { message } => {
                reply.model = message.model;
                count(message.usage.as_ref(), reply);
            }
            Event::ContentBlockStart { content_block: delta } | Event::ContentBlockDelta { delta } => match delta {
                Delta::Text { text } => reply.answer(&text)?,
                Delta::Thinking { thinking } => reply.reason(&thinking)?,
                Delta::Other => {}
            },
            Event::MessageDelta { delta, usage } => {
                if let Some(reason) = &delta.stop_reason {
                    let finish = match reason.as_str() {
                        "model_context_window_exceeded" => Finish::Length,
                        reason => Finish::of_reason(reason),
                    };
                    reply.stop(reason, finish);
                }
                count(usage.as_ref(), reply);
            }
            Event::MessageStop => reply.ended = true,
            Event::Error { error } => return Err(in_stream(&error)),
            Event::Other => {}
        }
        Ok(())
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::get("/v1/models?limit=1000")]
    }

    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure> {
        // Aliases are not listed: one that is missing shows when it is asked.
        let [models] = answers else { return Ok(ModelFacts::default()) };
        let model = pick(&models["data"], Some(&self.model), |model| model["id"].as_str());
        let name = model.and_then(|model| text(&model["id"])).or(Some(self.model.clone()));
        Ok(ModelFacts { name, ..ModelFacts::default() })
    }
}

/// Takes over what a message says of tokens. Each number is the total so far; those of the prompt may come once.
fn count(tokens: Option<&Tokens>, reply: &mut Reply<'_>) {
    let Some(tokens) = tokens else { return };
    if let Some(input) = tokens.input_tokens {
        let cached = tokens.cache_read_input_tokens;
        let apart = cached.unwrap_or_default().saturating_add(tokens.cache_creation_input_tokens.unwrap_or_default());
        reply.usage.prompt_tokens = Some(input.saturating_add(apart));
        reply.usage.cached_tokens = cached;
    }
    if tokens.output_tokens.is_some() {
        reply.usage.completion_tokens = tokens.output_tokens;
    }
}
