//! Ollama's own API: a line of JSON a message, times in nanoseconds, and counts and times of zero left out.

use proofhouse_types::{Ask, Finish, GenerationFailure, GenerationRequest, ModelFacts, Thinking};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Backend, Call, openai_style, parse, text};
use crate::fim::{self, Family};
use crate::http::Question;
use crate::message::{Framing, Message};
use crate::refusal::{in_stream, unsupported};
use crate::reply::Reply;

/// A model on Ollama.
pub(super) struct Ollama {
    pub(super) model: String,
}

/// A message of `/api/chat` and `/api/generate`.
#[derive(Deserialize)]
struct Part {
    model: Option<String>,
    message: Option<ChatPart>,
    response: Option<String>,
    thinking: Option<String>,
    #[serde(default)]
    done: bool,
    done_reason: Option<String>,
    total_duration: Option<u64>,
    load_duration: Option<u64>,
    prompt_eval_count: Option<u64>,
    prompt_eval_duration: Option<u64>,
    eval_count: Option<u64>,
    eval_duration: Option<u64>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct ChatPart {
    content: Option<String>,
    thinking: Option<String>,
}

impl Backend for Ollama {
    fn needs_facts(&self, request: &GenerationRequest) -> bool {
        matches!(request.ask, Ask::Fim { .. })
    }

    fn call(&self, request: &GenerationRequest, facts: &ModelFacts) -> Result<Call, GenerationFailure> {
        let sampling = &request.sampling;
        if sampling.grammar.is_some() {
            return Err(unsupported("Ollama takes no grammar"));
        }
        let mut options = json!({ "num_predict": sampling.max_tokens, "temperature": sampling.temperature });
        let optional = [
            ("top_p", sampling.top_p.map(Value::from)),
            ("seed", sampling.seed.map(Value::from)),
            ("num_ctx", sampling.context_tokens.map(Value::from)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                options[name] = value;
            }
        }
        let mut stop: Vec<&str> = sampling.stop.iter().map(String::as_str).collect();
        // What does not fit is refused, where it would be cut off in silence, or the text's beginning be forgotten.
        let mut body = json!({ "model": self.model, "stream": true, "truncate": false, "shift": false });
        match sampling.thinking {
            Thinking::Default => {}
            Thinking::On => body["think"] = json!(true),
            Thinking::Off => body["think"] = json!(false),
        }
        let path = match &request.ask {
            Ask::Chat { system, user } => {
                body["messages"] = openai_style::messages(system.as_deref(), user);
                "/api/chat"
            }
            Ask::Complete { prompt } => {
                body["prompt"] = json!(prompt);
                body["raw"] = json!(true);
                "/api/generate"
            }
            Ask::Fim { prefix, suffix } => {
                if facts.capabilities.iter().any(|capability| capability == "insert") {
                    if let Some(family) = Family::of(Some(&self.model), facts) {
                        family.check(prefix, suffix)?;
                    }
                    body["prompt"] = json!(prefix);
                    body["suffix"] = json!(suffix);
                } else {
                    let (prompt, ends) = fim::prompt(Some(&self.model), facts, prefix, suffix)?;
                    body["prompt"] = json!(prompt);
                    body["raw"] = json!(true);
                    stop.extend(ends);
                }
                "/api/generate"
            }
        };
        if !stop.is_empty() {
            options["stop"] = json!(stop);
        }
        body["options"] = options;
        Ok(Call { path, body, framing: Framing::Lines })
    }

    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
        let part: Part = parse(&message.data)?;
        if let Some(error) = &part.error {
            return Err(in_stream(error));
        }
        let (content, thinking) = match &part.message {
            Some(message) => (&message.content, &message.thinking),
            None => (&part.response, &part.thinking),
        };
        reply.reason(thinking.as_deref().unwrap_or_default())?;
        reply.answer(content.as_deref().unwrap_or_default())?;
        if let Some(model) = &part.model {
            reply.model.get_or_insert_with(|| model.clone());
        }
        if part.done {
            reply.ended = true;
            if let Some(reason) = &part.done_reason {
                reply.stop(reason, Finish::of_reason(reason));
            }
            reply.usage.prompt_tokens = part.prompt_eval_count;
            // Left out is zero here. Of the prompt it may mean as well that the server had all of it.
            reply.usage.completion_tokens = Some(part.eval_count.unwrap_or_default());
            let ms = |nanoseconds: Option<u64>| nanoseconds.map(|time| time as f64 / 1e6);
            let server = reply.server();
            server.load_ms = ms(part.load_duration);
            server.prompt_ms = ms(part.prompt_eval_duration);
            server.generation_ms = ms(part.eval_duration);
            server.total_ms = ms(part.total_duration);
        }
        Ok(())
    }

    fn questions(&self) -> Vec<Question> {
        vec![
            Question { path: "/api/show", body: Some(json!({ "model": self.model })) },
            Question::get("/api/tags"),
            Question::get("/api/ps"),
            Question::get("/api/version"),
        ]
    }

    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure> {
        let [show, tags, running, version] = answers else { return Ok(ModelFacts::default()) };
        let name_of = |model: &'_ Value| model["name"].as_str().map(str::to_owned);
        let full = if self.model.contains(':') { self.model.clone() } else { format!("{}:latest", self.model) };
        let named = |models: &Value| {
            models["models"].as_array()?.iter().find(|model| name_of(model).is_some_and(|name| name == full)).cloned()
        };
        let tag = named(tags).unwrap_or_default();
        let details = &show["details"];
        let template = show["template"].as_str();
        let capabilities = show["capabilities"].as_array().into_iter().flatten().filter_map(text);
        Ok(ModelFacts {
            name: text(&tag["name"]).or(Some(self.model.clone())),
            server: Some(format!("Ollama {}", version["version"].as_str().unwrap_or_default()).trim().to_owned()),
            architecture: text(&show["model_info"]["general.architecture"]).or(text(&details["family"])),
            parameters: show["model_info"]["general.parameter_count"].as_u64(),
            quantization: text(&details["quantization_level"]),
            size_bytes: tag["size"].as_u64(),
            digest: text(&tag["digest"]),
            // What it has room for now; what it was trained with says nothing of that.
            context_tokens: named(running).and_then(|model| model["context_length"].as_u64()),
            template_sha256: template.map(|template| format!("{:x}", Sha256::digest(template))),
            capabilities: capabilities.collect(),
            ..ModelFacts::default()
        })
    }
}
