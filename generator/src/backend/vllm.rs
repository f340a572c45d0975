//! vLLM: the OpenAI-style API with some fields more.

use proofhouse_types::{Ask, GenerationFailure, GenerationRequest, ModelFacts, Thinking};
use serde_json::{Value, json};

use super::{Backend, Call, openai_style, pick, text, unknown_model};
use crate::http::Question;
use crate::message::Message;
use crate::reply::Reply;

/// A model on vLLM.
pub(super) struct Vllm {
    pub(super) model: Option<String>,
}

impl Backend for Vllm {
    fn needs_facts(&self, _: &GenerationRequest) -> bool {
        self.model.is_none()
    }

    fn call(&self, request: &GenerationRequest, facts: &ModelFacts) -> Result<Call, GenerationFailure> {
        let mut call = openai_style::call(self.model.as_deref(), request, facts)?;
        if let Some(grammar) = &request.sampling.grammar {
            call.body["structured_outputs"] = json!({ "grammar": grammar });
        }
        if matches!(request.ask, Ask::Chat { .. }) {
            match request.sampling.thinking {
                Thinking::Default => {}
                Thinking::On => call.body["chat_template_kwargs"] = json!({ "enable_thinking": true }),
                Thinking::Off => call.body["chat_template_kwargs"] = json!({ "enable_thinking": false }),
            }
        }
        Ok(call)
    }

    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
        openai_style::read(message, reply).map(|_| ())
    }

    fn questions(&self) -> Vec<Question> {
        vec![Question::get("/v1/models"), Question::get("/version")]
    }

    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure> {
        let [models, version] = answers else { return Ok(ModelFacts::default()) };
        let asked = self.model.as_deref();
        let model = pick(&models["data"], asked, |model| model["id"].as_str());
        if let (Some(asked), None, Some(there)) = (asked, model, models["data"].as_array()) {
            let there: Vec<&str> = there.iter().filter_map(|model| model["id"].as_str()).collect();
            return Err(unknown_model(asked, &there));
        }
        let model = model.unwrap_or(&Value::Null);
        Ok(ModelFacts {
            name: text(&model["id"]),
            server: Some(format!("vLLM {}", version["version"].as_str().unwrap_or_default()).trim().to_owned()),
            context_tokens: model["max_model_len"].as_u64(),
            ..ModelFacts::default()
        })
    }
}
