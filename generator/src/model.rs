//! One model: requests to it, how many at a time, and what becomes of those that fail.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use proofhouse_types::{FailureKind, Generation, GenerationFailure, GenerationRequest, ModelFacts};
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::error::OpenError;
use crate::http::Refused;
use crate::kept::{Kept, ReplyKey};
use crate::model_name::ModelName;
use crate::options::Options;
use crate::refusal::failure;
use crate::reply::{OnPiece, Piece, Reply, milliseconds};
use crate::source::{Ready, Source};
use crate::{clean, doubts, retry};

/// One model on one server. Clones share its connections and its limit on requests at a time.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Inner>,
}

struct Inner {
    name: ModelName,
    options: Options,
    source: Source,
    kept: Kept,
    places: Semaphore,
    facts: OnceCell<ModelFacts>,
}

impl Model {
    /// Makes a model ready to be asked. No request is sent yet; a file is loaded.
    ///
    /// # Errors
    /// Where no request can be made with the key, the address or the place for replies, or the file can't be run.
    pub async fn open(name: ModelName, options: Options) -> Result<Model, OpenError> {
        let kept = Kept::open(&options.replies)?;
        let source = Source::open(&name, &options).await?;
        let places = Semaphore::new(options.concurrency.get() as usize);
        let facts = OnceCell::new();
        Ok(Model { inner: Arc::new(Inner { name, options, source, kept, places, facts }) })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &ModelName {
        &self.inner.name
    }

    /// What the server says of it. The server is asked once; what failed is asked again. One that loads is waited for.
    ///
    /// # Errors
    /// Where the server can't be asked, or has no such model ([`FailureKind::UnknownModel`]).
    pub async fn facts(&self) -> Result<ModelFacts, GenerationFailure> {
        self.inner.facts.get_or_try_init(|| self.ask_facts()).await.cloned()
    }

    /// Sends a request, and hears its reply to the end. What fails is part of what came: it never fails by itself.
    ///
    /// `on_piece` hears each piece as it comes; a reply that was kept comes in one. Dropping the future cancels the request, too.
    pub async fn generate(
        &self,
        request: &GenerationRequest,
        cancel: &CancellationToken,
        on_piece: &mut (dyn FnMut(Piece<'_>) + Send),
    ) -> Generation {
        let generating = self.generate_or_find(request, cancel, on_piece);
        generating.await.unwrap_or_else(|failure| Generation { failure: Some(failure), ..Generation::default() })
    }

    async fn generate_or_find(
        &self,
        request: &GenerationRequest,
        cancel: &CancellationToken,
        on_piece: OnPiece<'_>,
    ) -> Result<Generation, GenerationFailure> {
        let Inner { name, source, kept, places, .. } = &*self.inner;
        let is_kept = kept.keeps(request);
        let facts = match is_kept || source.needs_facts(request) {
            true => self.facts_within(cancel).await?,
            false => Some(ModelFacts::default()),
        };
        // Where the server tells nothing of the model, the request itself will say why, and nothing is kept: weights may be others.
        let is_kept = is_kept && facts.is_some();
        let facts = facts.unwrap_or_default();
        let ready = source.ready(request, &facts)?;
        let key = is_kept.then(|| ReplyKey::new(name, &facts, request, ready.call()));
        if let Some(key) = &key
            && let Some(generation) = kept.find(key).await
        {
            for piece in [Piece::Reasoning(&generation.reasoning), Piece::Answer(&generation.text)] {
                if !matches!(piece, Piece::Reasoning("") | Piece::Answer("")) {
                    on_piece(piece);
                }
            }
            return Ok(generation);
        }
        let waiting = Instant::now();
        let place = cancel.run_until_cancelled(places.acquire()).await.ok_or_else(cancelled)?;
        let queue_ms = milliseconds(waiting.elapsed());
        let mut generation = self.generate_now(request, &facts, ready, cancel, on_piece).await;
        drop(place);
        generation.timing.queue_ms = queue_ms;
        if let Some(key) = &key {
            kept.keep(key, request, &generation).await;
        }
        Ok(generation)
    }

    /// Sends a request until it is answered, or failed for good.
    async fn generate_now<'a>(
        &'a self,
        request: &'a GenerationRequest,
        facts: &ModelFacts,
        mut ready: Ready<'a>,
        cancel: &CancellationToken,
        on_piece: OnPiece<'_>,
    ) -> Generation {
        let Inner { name, options, source, .. } = &*self.inner;
        let mut first = None;
        let mut retries = Vec::new();
        loop {
            let awake = cancel.run_until_cancelled(ready.wake()).await.unwrap_or_else(|| Err(cancelled()));
            let mut reply = Reply::new(&mut *on_piece);
            let (first, unix) = *first.get_or_insert_with(|| (reply.sent(), since_1970()));
            let attempt = async {
                awake?;
                ready.attempt(&options.deadlines, &mut reply).await
            };
            let mut came = cancel.run_until_cancelled(attempt).await.unwrap_or_else(|| Err(cancelled().into()));
            if let Err(refused) = &mut came {
                clean::failure(options.key.as_ref(), &mut refused.failure);
            }
            let made = retries.len() as u32 + 1;
            let mut wait = None;
            if let (Err(refused), None) = (&came, reply.last_piece()) {
                ready.learn(&refused.failure);
                let next = source.ready(request, facts).ok().filter(|next| next.call() != ready.call());
                wait = match next {
                    Some(next) => {
                        ready = next;
                        Some(Duration::ZERO)
                    }
                    None => retry::wait(&options.retries, made, refused, rand::random()),
                };
            }
            if let (Some(wait), Err(Refused { failure, .. })) = (wait, &came) {
                reply.retry(failure);
                if cancel.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
                    retries.push(failure.clone());
                    continue;
                }
                came = Err(cancelled().into());
            }
            if came.is_ok() {
                reply.stop_by_count(request.sampling.max_tokens);
                doubts::note(name.name.as_deref(), request, &mut reply);
            }
            let retry_ms = milliseconds(reply.sent().duration_since(first));
            let mut generation = reply.into_generation(came.err().map(|refused| refused.failure));
            generation.timing.sent_unix_ms = unix.as_millis() as u64;
            generation.timing.retry_ms = retry_ms;
            generation.attempts = made;
            generation.retries = retries;
            clean::generation(options.key.as_ref(), &mut generation);
            return generation;
        }
    }

    /// Asks until the server answers. One that is not there is not waited for: nothing is lost yet.
    async fn ask_facts(&self) -> Result<ModelFacts, GenerationFailure> {
        let Inner { options, source, .. } = &*self.inner;
        let mut made = 1;
        loop {
            let refused = match source.facts().await {
                Ok(mut facts) => {
                    clean::facts(options.key.as_ref(), &mut facts);
                    return Ok(facts);
                }
                Err(mut refused) => {
                    clean::failure(options.key.as_ref(), &mut refused.failure);
                    refused
                }
            };
            let is_there = refused.failure.kind != FailureKind::Unreachable;
            match retry::wait(&options.retries, made, &refused, rand::random()).filter(|_| is_there) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(refused.failure),
            }
            made += 1;
        }
    }

    /// What the server says of the model; nothing where it can't be asked.
    async fn facts_within(&self, cancel: &CancellationToken) -> Result<Option<ModelFacts>, GenerationFailure> {
        let facts = cancel.run_until_cancelled(self.facts()).await.ok_or_else(cancelled)?;
        match facts {
            Ok(facts) => Ok(Some(facts)),
            Err(failure) if failure.kind == FailureKind::UnknownModel => Err(failure),
            Err(_) => Ok(None),
        }
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn cancelled() -> GenerationFailure {
    failure(FailureKind::Cancelled, "given up from this side")
}
