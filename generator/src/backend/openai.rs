//! Any server with an OpenAI-style API.

use std::sync::atomic::{AtomicBool, Ordering};

use proofhouse_types::{GenerationFailure, GenerationRequest, ModelFacts, Thinking};
use serde_json::Value;

use super::{Backend, Call, openai_style, pick, text};
use crate::http::Question;
use crate::message::Message;
use crate::refusal::unsupported;
use crate::reply::Reply;

/// A model on such a server.
pub(super) struct OpenAi {
    model: Option<String>,
    /// The server wants `max_completion_tokens`, where others know `max_tokens` alone.
    completion_tokens: AtomicBool,
}

impl OpenAi {
    pub(super) fn new(model: Option<String>) -> OpenAi {
        OpenAi { model, completion_tokens: AtomicBool::new(false) }
    }
}

impl Backend for OpenAi {
    fn needs_facts(&self, _: &GenerationRequest) -> bool {
        self.model.is_none()
    }

    fn call(&self, request: &GenerationRequest, facts: &ModelFacts) -> Result<Call, GenerationFailure> {
        if request.sampling.grammar.is_some() {
            return Err(unsupported("OpenAI's API takes no grammar"));
        }
        match request.sampling.thinking {
            Thinking::Default => {}
            Thinking::On | Thinking::Off => {
                return Err(unsupported("OpenAI's API has no way to turn reasoning on or off that all servers know"));
            }
        }
        let mut call = openai_style::call(self.model.as_deref(), request, facts)?;
        if self.completion_tokens.load(Ordering::Relaxed) {
            let most = call.body["max_tokens"].take();
            call.body["max_completion_tokens"] = most;
            if let Some(fields) = call.body.as_object_mut() {
                fields.remove("max_tokens");
            }
        }
        Ok(call)
    }

    fn learn(&self, failure: &GenerationFailure) {
        if failure.message.contains("max_completion_tokens") {
            self.completion_tokens.store(true, Ordering::Relaxed);
        }
    }

    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
        openai_style::read(message, reply).map(|_| ())
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::get("/v1/models")]
    }

    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure> {
        // Not every server lists every model that it has: one that is missing shows when it is asked.
        let [models] = answers else { return Ok(ModelFacts::default()) };
        let model = pick(&models["data"], self.model.as_deref(), |model| model["id"].as_str());
        let name = model.and_then(|model| text(&model["id"])).or(self.model.clone());
        Ok(ModelFacts { name, ..ModelFacts::default() })
    }
}
