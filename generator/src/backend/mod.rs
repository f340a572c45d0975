//! The kinds of model servers: what each is sent, and what its answers mean. No sockets and no clock here: each backend is a
//! pure translation between our words and its own.

mod anthropic;
mod llamacpp;
mod lmstudio;
mod ollama;
mod openai;
mod openai_style;
mod vllm;

use proofhouse_types::{FailureKind, GenerationFailure, GenerationRequest, ModelFacts};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::doubts::is_same_model;
use crate::http::{KeyHeader, Question};
use crate::message::{Framing, Message};
use crate::model_name::{BackendKind, ModelName};
use crate::refusal::failure;
use crate::reply::Reply;

/// One kind of model server, and a model on it.
pub(crate) trait Backend: Send + Sync {
    /// The header that a key goes into.
    fn key_header(&self) -> KeyHeader {
        KeyHeader { name: "authorization", before: "Bearer " }
    }

    /// Headers that every request has.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether the call depends on what the server says of the model.
    fn needs_facts(&self, request: &GenerationRequest) -> bool;

    /// What a request is for this server. `facts` are empty where they are not needed, or could not be had.
    fn call(&self, request: &GenerationRequest, facts: &ModelFacts) -> Result<Call, GenerationFailure>;

    /// Learns from a refusal how the server wants to be asked: the next call may be another one.
    fn learn(&self, _: &GenerationFailure) {}

    /// Reads the next message of the stream that answers a call.
    fn read(&self, message: &Message, reply: &mut Reply<'_>) -> Result<(), GenerationFailure>;

    /// What to ask of the server about the model.
    fn questions(&self) -> Vec<Question>;

    /// What the answers say, in the order of the questions; `null` where the server does not know the question.
    fn facts(&self, answers: &[Value]) -> Result<ModelFacts, GenerationFailure>;
}

/// A request in a server's own words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) path: &'static str,
    pub(crate) body: Value,
    /// How the answer's messages follow each other.
    pub(crate) framing: Framing,
}

/// The backend of a model; none where it is no server.
pub(crate) fn of(name: &ModelName) -> Option<Box<dyn Backend>> {
    let model = name.name.clone();
    match name.backend {
        BackendKind::Ollama => Some(Box::new(ollama::Ollama { model: model.unwrap_or_default() })),
        BackendKind::LlamaCpp => Some(Box::new(llamacpp::LlamaCpp { model })),
        BackendKind::Vllm => Some(Box::new(vllm::Vllm { model })),
        BackendKind::LmStudio => Some(Box::new(lmstudio::LmStudio { model })),
        BackendKind::OpenAi => Some(Box::new(openai::OpenAi::new(model))),
        BackendKind::Anthropic => Some(Box::new(anthropic::Anthropic { model: model.unwrap_or_default() })),
        BackendKind::Gguf => None,
    }
}

/// Reads a message as JSON.
fn parse<T: DeserializeOwned>(data: &str) -> Result<T, GenerationFailure> {
    let malformed =
        |error: serde_json::Error| failure(FailureKind::Malformed, &format!("a message of the stream: {error}"));
    serde_json::from_str(data).map_err(malformed)
}

/// A text that says something.
fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// One of a server's models: that of a name, else the first that may be meant by it; the first of all where no name is asked for.
fn pick<'v>(
    models: &'v Value,
    asked: Option<&str>,
    name_of: impl Fn(&'v Value) -> Option<&'v str>,
) -> Option<&'v Value> {
    let models = models.as_array()?;
    let Some(asked) = asked else { return models.first() };
    let find = |is_meant: &dyn Fn(&str) -> bool| models.iter().find(|model| name_of(model).is_some_and(is_meant));
    find(&|name| name.eq_ignore_ascii_case(asked)).or_else(|| find(&|name| is_same_model(asked, name)))
}

/// The server lists models, and not the one that was asked for.
fn unknown_model(asked: &str, there: &[&str]) -> GenerationFailure {
    let there = there.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    failure(FailureKind::UnknownModel, &format!("the server has no model `{asked}`, but {there}"))
}

/// How many parameters a model has, from `7B` or `270M`.
fn parameters(written: &str) -> Option<u64> {
    let number = written.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit = match &written[number.len()..] {
        "K" => 1e3,
        "M" => 1e6,
        "B" => 1e9,
        "T" => 1e12,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    Some((number * unit).round() as u64)
}

#[cfg(test)]
mod tests;
