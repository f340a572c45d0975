//! What this program and the process that runs a model say to each other: JSON, one message a line.

use std::path::PathBuf;

use proofhouse_types::{Ask, Finish, GenerationFailure, GenerationRequest, ServerTiming, Thinking, Usage};
use serde::{Deserialize, Serialize};

/// What the process is told, on its standard input. Its end is the end of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(super) enum Order {
    /// Load this model. The first order, and once.
    Load(Load),
    /// Write a reply.
    Generate { id: u64, request: GenerationRequest },
    /// Nobody wants that reply any more; there is no answer to this.
    Cancel { id: u64 },
    /// Say which tokens the model would be handed.
    Tokens { id: u64, ask: Ask, thinking: Thinking },
}

/// Which model is loaded, and how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Load {
    /// The file, or the first of several.
    pub(super) path: PathBuf,
    /// All of them: nothing else is read.
    pub(super) parts: Vec<PathBuf>,
    pub(super) threads: u32,
    /// Layers that the GPU has.
    pub(super) gpu_layers: u32,
    /// Replies that are written at a time.
    pub(super) sequences: u32,
    /// Tokens of one prompt and its reply.
    pub(super) context_tokens: u32,
}

/// What the process says, on its standard output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    /// The model is loaded. The first event, and once.
    Ready {
        load_ms: u64,
        /// Rights that could not be given up on this system.
        unlocked: Vec<String>,
    },
    /// The model can't be loaded. The process ends.
    Refused { message: String },
    /// The next of a reply.
    Piece { id: u64, part: Part, text: String },
    /// The end of a reply.
    Done { id: u64, stopped: Stopped, usage: Usage, timing: ServerTiming },
    /// There is no reply, or no more of it.
    Failed { id: u64, failure: GenerationFailure },
    /// The answer to [`Order::Tokens`].
    Tokens { id: u64, tokens: Vec<i32> },
}

/// What a piece is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Answer,
    Reasoning,
}

/// Why a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stopped {
    /// The model said so.
    EndOfText,
    /// A stop string came.
    StopString,
    /// As many tokens as were asked for.
    MaxTokens,
    /// The context is full.
    ContextFull,
}

impl Stopped {
    /// Its name, as JSON has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Stopped::EndOfText => "end_of_text",
            Stopped::StopString => "stop_string",
            Stopped::MaxTokens => "max_tokens",
            Stopped::ContextFull => "context_full",
        }
    }

    /// What it means for the reply.
    pub(super) fn finish(self) -> Finish {
        match self {
            Stopped::EndOfText | Stopped::StopString => Finish::Stop,
            Stopped::MaxTokens | Stopped::ContextFull => Finish::Length,
        }
    }
}

impl Event {
    /// The order that it answers.
    pub(super) fn id(&self) -> Option<u64> {
        match self {
            Event::Ready { .. } | Event::Refused { .. } => None,
            Event::Piece { id, .. } | Event::Done { id, .. } | Event::Failed { id, .. } | Event::Tokens { id, .. } => {
                Some(*id)
            }
        }
    }
}
