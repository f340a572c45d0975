//! What a model is asked, and what came back: the prompt, the reply, and every time and count that was measured with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Finish;

/// One request to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GenerationRequest {
    /// What it is asked to write.
    pub ask: Ask,
    /// How it chooses its tokens, and when it stops.
    pub sampling: Sampling,
}

/// What a model is asked to write.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Ask {
    /// A reply to a message, through the model's chat template.
    Chat {
        /// The system prompt; none leaves the template's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        system: Option<String>,
        /// What the user says.
        user: String,
    },
    /// What comes after a text, without a template.
    Complete {
        /// The text.
        prompt: String,
    },
    /// What stands between two texts.
    Fim {
        /// The text before the gap.
        prefix: String,
        /// The text behind it.
        suffix: String,
    },
}

/// How a model chooses its tokens, and when it stops.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sampling {
    /// Tokens of the reply at most, reasoning among them.
    pub max_tokens: u32,
    /// 0 takes the likeliest token each time.
    pub temperature: f64,
    /// Nucleus sampling; none leaves the server's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Where the server's random numbers start, as far as it listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Texts that end the reply, and are not part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// A grammar in GBNF that the reply must follow; llama.cpp, vLLM and the embedded backend alone know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grammar: Option<String>,
    /// Whether a model that can reason in front of its answer does.
    #[serde(default)]
    pub thinking: Thinking,
    /// Tokens of prompt and reply that the server makes room for; Ollama and the embedded backend alone are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
}

impl Sampling {
    /// The likeliest token each time, so many of them at most; everything else is left to the server.
    #[must_use]
    pub fn greedy(max_tokens: u32) -> Sampling {
        Sampling {
            max_tokens,
            temperature: 0.0,
            top_p: None,
            seed: None,
            stop: Vec::new(),
            grammar: None,
            thinking: Thinking::Default,
            context_tokens: None,
        }
    }
}

/// Whether a model reasons in front of its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Thinking {
    /// As the model does by itself.
    #[default]
    Default,
    /// It does.
    On,
    /// It does not.
    Off,
}

/// What came of one request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generation {
    /// The answer as it was written, as far as it came.
    pub text: String,
    /// What the server handed over apart from the answer as reasoning.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// Why the model stopped.
    #[serde(default)]
    pub finish: Finish,
    /// The same in the server's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Tokens, as the server counts them.
    pub usage: Usage,
    /// Times, as the client measured them.
    pub timing: Timing,
    /// Times, as the server measured them; absent where it tells none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerTiming>,
    /// Requests that were sent, the last one among them; 0 for a reply that was kept from before.
    pub attempts: u32,
    /// Why each but the last was given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<GenerationFailure>,
    /// Whether the reply was kept from before: its times are those of that day, and nothing was billed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// The model that the server says wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the server says that can't be so, or did without being asked: `usage_disagrees`, `usage_missing`,
    /// `prompt_trimmed`, `another_model`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// Why there is no whole reply. Such a sample is in no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<GenerationFailure>,
}

/// Tokens of one request, as the server counts them. Absent is unknown, not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Of the prompt, those among them that were in the server's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Of the prompt, those that the server had in its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Of the reply, reasoning among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// Of the reply's reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

/// Times of one request, by the client's clock, in milliseconds from when the last attempt was sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// When the first attempt was sent, in milliseconds since the Unix epoch.
    pub sent_unix_ms: u64,
    /// What the request waited for a place of its own before that, by the limit on requests at a time.
    pub queue_ms: f64,
    /// From the first attempt to the last: what was lost to attempts that failed, and to waiting between them.
    pub retry_ms: f64,
    /// Until the first piece of answer or reasoning that is not empty: TTFT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Until the first piece of the answer that is not empty: TTFO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttfo_ms: Option<f64>,
    /// Until the last piece: E2EL. What comes after it, such as usage, is not waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e2el_ms: Option<f64>,
    /// Until the last attempt ended, whatever the end was: a whole reply, a time that ran out, a connection that broke. None
    /// where nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<f64>,
    /// From each piece to the next: inter-chunk latencies. A chunk is not a token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icl_ms: Vec<f64>,
}

/// Times of one request, as the server measured them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerTiming {
    /// Loading the model, where it was not loaded yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<f64>,
    /// Reading the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_ms: Option<f64>,
    /// Writing the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_ms: Option<f64>,
    /// All of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<f64>,
    /// Until the first token, where the server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
}

/// Why a request came to nothing, or to half a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GenerationFailure {
    /// Which of the known ways it was.
    pub kind: FailureKind,
    /// What the server or the network said, in one line, without keys.
    pub message: String,
}

/// The ways in which a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No connection: refused, no such host, or not within its time.
    Unreachable,
    /// Nothing of a reply within its time.
    FirstTokenTimeout,
    /// The reply stood still for too long.
    IdleTimeout,
    /// The reply took too long as a whole.
    TotalTimeout,
    /// The server has too much to do (HTTP 429), and still had when the last attempt was made.
    RateLimited,
    /// The server failed (HTTP 5xx, or an error in the stream).
    ServerError,
    /// The server does not take the key, or wants one (HTTP 401, 403).
    Unauthorized,
    /// The server has no such model.
    UnknownModel,
    /// Prompt and reply don't fit into the model's context.
    ContextOverflow,
    /// The server refuses the request for another reason (other HTTP 4xx).
    Rejected,
    /// The backend or the model can't do what was asked, such as fill in the middle.
    Unsupported,
    /// The connection broke in mid-reply.
    Disconnected,
    /// The reply is not what the server's protocol says.
    Malformed,
    /// The stream ended without its end mark: the reply may lack its end.
    MissingEnd,
    /// The reply is longer than any model writes.
    TooLong,
    /// It was given up from this side.
    Cancelled,
    /// The process that runs an embedded model died.
    WorkerDied,
}

impl FailureKind {
    /// Its name, as JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::Unreachable => "unreachable",
            FailureKind::FirstTokenTimeout => "first_token_timeout",
            FailureKind::IdleTimeout => "idle_timeout",
            FailureKind::TotalTimeout => "total_timeout",
            FailureKind::RateLimited => "rate_limited",
            FailureKind::ServerError => "server_error",
            FailureKind::Unauthorized => "unauthorized",
            FailureKind::UnknownModel => "unknown_model",
            FailureKind::ContextOverflow => "context_overflow",
            FailureKind::Rejected => "rejected",
            FailureKind::Unsupported => "unsupported",
            FailureKind::Disconnected => "disconnected",
            FailureKind::Malformed => "malformed",
            FailureKind::MissingEnd => "missing_end",
            FailureKind::TooLong => "too_long",
            FailureKind::Cancelled => "cancelled",
            FailureKind::WorkerDied => "worker_died",
        }
    }
}

/// What a server or a file says of a model, before anything is asked of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelFacts {
    /// The name by which the server knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The server, and its version as far as it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Its architecture, such as `llama` or `qwen2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// How many parameters it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// How its weights are quantized, such as `Q4_K_M`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantization: Option<String>,
    /// Bytes of its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// What tells its weights from others: a digest by the server, or of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Tokens of prompt and reply that fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// SHA-256 of its chat template, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_sha256: Option<String>,
    /// How many requests it works on at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u64>,
    /// What the server says that it can do besides chats, in its own words, such as `insert` or `thinking`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Milliseconds that loading it took, where this program had it loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_named_as_json_has_it() {
        for kind in [FailureKind::Unreachable, FailureKind::FirstTokenTimeout, FailureKind::WorkerDied] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        let written = serde_json::to_value(Generation::default()).unwrap();
        assert_eq!(written["usage"], serde_json::json!({}));
        assert_eq!(serde_json::from_value::<Generation>(written).unwrap(), Generation::default());
    }
}
