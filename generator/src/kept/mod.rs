//! Replies that are kept for the next time that the same is asked, in a folder or in a Redis.
//!
//! Nothing here fails a request: what can't be read is asked again, what can't be written is not kept, and both are logged.

mod folder;
mod store;

use std::sync::atomic::{AtomicBool, Ordering};

use proofhouse_types::{Finish, Generation, GenerationRequest, ModelFacts};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::backend::Call;
use crate::error::OpenError;
use crate::fim::TEMPLATES_VERSION;
use crate::model_name::{BackendKind, ModelName};
use crate::options::KeepReplies;

/// The version of what is kept. Another one may mean something else by the same fields.
const FORMAT: u32 = 1;

/// Where replies are kept.
pub(crate) enum Kept {
    Nowhere,
    Folder(folder::Folder),
    Redis(Box<store::Store>),
}

/// What a reply is kept under: SHA-256, in hex, of everything that it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplyKey(String);

/// Says once that a place for replies fails, until it takes one again: a run of a thousand requests shall not say it a thousand
/// times.
#[derive(Default)]
struct Complaint {
    is_made: AtomicBool,
}

/// A kept reply as it is written, with what tells a damaged one.
#[derive(Serialize, Deserialize)]
struct Entry {
    format: u32,
    key: String,
    generation: Generation,
}

impl Complaint {
    fn make(&self, error: &impl std::fmt::Display, what: &'static str) {
        if !self.is_made.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "{what}");
        }
    }

    fn settle(&self) {
        self.is_made.store(false, Ordering::Relaxed);
    }
}

impl Kept {
    /// Opens it; a folder is made, a Redis is not asked yet.
    pub(crate) fn open(options: &KeepReplies) -> Result<Kept, OpenError> {
        match options {
            KeepReplies::No => Ok(Kept::Nowhere),
            KeepReplies::Folder(path) => Ok(Kept::Folder(folder::Folder::open(path)?)),
            KeepReplies::Redis(url) => Ok(Kept::Redis(Box::new(store::Store::open(url)?))),
        }
    }

    /// Whether the reply to a request is kept at all: without a seed, the same question wants another answer each time.
    pub(crate) fn keeps(&self, request: &GenerationRequest) -> bool {
        match self {
            Kept::Nowhere => false,
            Kept::Folder(_) | Kept::Redis(_) => request.sampling.seed.is_some(),
        }
    }

    /// The reply that was kept; none where there is none, or a damaged one.
    pub(crate) async fn find(&self, key: &ReplyKey) -> Option<Generation> {
        let text = match self {
            Kept::Nowhere => None,
            Kept::Folder(folder) => folder.find(key).await,
            Kept::Redis(store) => store.find(key).await,
        }?;
        match serde_json::from_slice::<Entry>(&text) {
            Ok(entry) if entry.format == FORMAT && entry.key == key.0 => {
                Some(Generation { kept: true, attempts: 0, retries: Vec::new(), ..entry.generation })
            }
            Ok(_) | Err(_) => {
                tracing::warn!(key = key.0, "a kept reply is damaged, and asked for again");
                None
            }
        }
    }

    /// Keeps a reply that came whole.
    pub(crate) async fn keep(&self, key: &ReplyKey, request: &GenerationRequest, generation: &Generation) {
        if generation.failure.is_some() || is_cut_early(request, generation) {
            return;
        }
        let entry = Entry { format: FORMAT, key: key.0.clone(), generation: generation.clone() };
        let text = serde_json::to_vec(&entry).expect("its keys are texts, and its numbers finite");
        match self {
            Kept::Nowhere => {}
            Kept::Folder(folder) => folder.keep(key, text).await,
            Kept::Redis(store) => store.keep(key, text).await,
        }
    }
}

/// Whether a reply ran out of something else than its tokens: with more room, the same request has another reply.
fn is_cut_early(request: &GenerationRequest, generation: &Generation) -> bool {
    let is_early = |tokens| tokens < u64::from(request.sampling.max_tokens);
    generation.finish == Finish::Length && generation.usage.completion_tokens.is_some_and(is_early)
}

impl ReplyKey {
    /// The key of a request: who is asked, what is sent, and what is known of the model behind its name. The request is part
    /// of it besides what is sent, as not every server is told the seed, which says which sample of many it is.
    pub(crate) fn new(
        name: &ModelName,
        facts: &ModelFacts,
        request: &GenerationRequest,
        call: Option<&Call>,
    ) -> ReplyKey {
        let context_tokens = match name.backend {
            // It makes the room that is asked for: what it has right now was another request's.
            BackendKind::Ollama => None,
            // These cut a reply that has no room, or refuse it.
            BackendKind::LlamaCpp
            | BackendKind::Vllm
            | BackendKind::LmStudio
            | BackendKind::OpenAi
            | BackendKind::Anthropic
            | BackendKind::Gguf => facts.context_tokens,
        };
        let facts = ModelFacts { load_ms: None, parallel: None, context_tokens, ..facts.clone() };
        let sent = call.map(|call| json!([call.path, call.body]));
        let all = json!([FORMAT, TEMPLATES_VERSION, name.backend.name(), name.name, name.url, facts, request, sent]);
        ReplyKey(format!("{:x}", Sha256::digest(all.to_string())))
    }
}

#[cfg(test)]
mod tests;
