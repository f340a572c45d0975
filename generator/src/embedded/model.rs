//! A GGUF file as a model: its process is started with it, asked, and started anew when it died.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use proofhouse_types::{FailureKind, GenerationFailure, GenerationRequest, ModelFacts};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::error::EmbeddedError;
use super::plan::{Plan, digest};
use super::process::Process;
use super::wire::{Event, Load, Order, Part};
use crate::attempt::deadline;
use crate::error::OpenError;
use crate::options::{Deadlines, EmbeddedOptions};
use crate::refusal::failure;
use crate::reply::Reply;

/// Processes that may die one after the other without a whole reply between them; then the model is given up. One request
/// may be what kills them, and others shall have their chance.
const MOST_DEATHS: u32 = 3;

/// A model in a process of its own.
pub(crate) struct Embedded {
    /// How its process is started: the program and its arguments.
    worker: Vec<OsString>,
    load: Load,
    facts: ModelFacts,
    running: Mutex<Arc<Process>>,
    /// Processes that died since the last whole reply.
    deaths: AtomicU32,
}

impl Embedded {
    /// Weighs the file, starts its process and waits until it is loaded.
    pub(crate) async fn start(path: &Path, options: &EmbeddedOptions) -> Result<Embedded, OpenError> {
        if !cfg!(feature = "embedded") {
            return Err(OpenError::NoEmbedded);
        }
        let (path, asked) = (path.to_owned(), options.clone());
        let plan = spawn_blocking(move || Plan::new(&path, &asked)).await.expect("plans don't panic");
        let Plan { load, facts } = plan?;
        let parts = load.parts.clone();
        // While the model is loaded, which reads the same bytes.
        let digest = spawn_blocking(move || digest(&parts));
        let process = Process::start(&options.worker, &load).await.map_err(EmbeddedError::Load)?;
        let digest = digest.await.expect("digests don't panic")?;
        Ok(Embedded {
            worker: options.worker.clone(),
            load,
            facts: ModelFacts { digest: Some(digest), load_ms: Some(process.load_ms), ..facts },
            running: Mutex::new(Arc::new(process)),
            deaths: AtomicU32::new(0),
        })
    }

    /// What the file says of itself, and how it is run.
    pub(crate) fn facts(&self) -> ModelFacts {
        self.facts.clone()
    }

    /// Hands a request over and hears its reply to the end; nothing is started for it. Dropping the future gives the request up.
    pub(crate) async fn attempt(
        &self,
        request: &GenerationRequest,
        deadlines: &Deadlines,
        reply: &mut Reply<'_>,
    ) -> Result<(), GenerationFailure> {
        let process = Arc::clone(&*self.running.lock().await);
        let mut asked = process.ask(|id| Order::Generate { id, request: request.clone() });
        while !reply.ended {
            let (until, late) = deadline(deadlines, reply);
            let event = timeout_at(until, asked.next()).await.map_err(|_| late.failure(deadlines))?;
            let event = event.ok_or_else(|| failure(FailureKind::WorkerDied, &asked.death()))?;
            reply.arrive();
            read(event, reply)?;
        }
        self.deaths.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Starts the process anew where it died. No request's clock runs by then: loading is no part of a reply.
    pub(crate) async fn wake(&self) -> Result<(), GenerationFailure> {
        let mut running = self.running.lock().await;
        let Some(death) = running.death() else { return Ok(()) };
        let deaths = self.deaths.load(Ordering::Relaxed);
        if deaths >= MOST_DEATHS {
            let message = format!("the model is given up after {deaths} deaths of its process: {death}");
            return Err(failure(FailureKind::WorkerDied, &message));
        }
        let started = Process::start(&self.worker, &self.load).await;
        self.deaths.fetch_add(1, Ordering::Relaxed);
        let died = |message: String| failure(FailureKind::WorkerDied, &format!("starting it anew: {message}"));
        let started = started.map_err(died)?;
        tracing::warn!(load_ms = started.load_ms, "the process of a model died, and was started anew");
        *running = Arc::new(started);
        Ok(())
    }
}

fn read(event: Event, reply: &mut Reply<'_>) -> Result<(), GenerationFailure> {
    match event {
        Event::Piece { part: Part::Answer, text, .. } => reply.answer(&text),
        Event::Piece { part: Part::Reasoning, text, .. } => reply.reason(&text),
        Event::Done { stopped, usage, timing, .. } => {
            reply.stop(stopped.name(), stopped.finish());
            reply.usage = usage;
            reply.server = Some(timing);
            reply.ended = true;
            Ok(())
        }
        Event::Failed { failure, .. } => Err(failure),
        Event::Ready { .. } | Event::Refused { .. } | Event::Tokens { .. } => {
            Err(failure(FailureKind::Malformed, "the process of the model answers another question"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "embedded"))]
    #[tokio::test]
    async fn a_build_without_llama_cpp_says_so() {
        let refused = Embedded::start(Path::new("model.gguf"), &EmbeddedOptions::default()).await.err();
        let expected = "this build runs no GGUF files: build it with `--features embedded`";
        assert_eq!(refused.map(|error| error.to_string()).as_deref(), Some(expected));
    }

    /// Dies of its first request and makes a folder by which the next one knows; that one answers.
    #[cfg(unix)]
    const DIES_ONCE: &str = r#"
        read -r load
        echo '{"event":"ready","load_ms":1,"unlocked":[]}'
        read -r order
        /bin/mkdir "$0" 2>&- && exit 3
        echo '{"event":"done","id":0,"stopped":"end_of_text","usage":{},"timing":{}}'
        read -r order
    "#;

    #[cfg(unix)]
    #[tokio::test]
    async fn what_died_is_started_before_a_request_and_not_within_it() {
        use proofhouse_types::{Ask, Sampling};

        let folder = tempfile::tempdir().unwrap();
        let worker = [OsString::from("/bin/sh"), "-c".into(), DIES_ONCE.into(), folder.path().join("died").into()];
        let (threads, gpu_layers, sequences, context_tokens) = (1, 0, 1, 1);
        let load = Load { path: "m".into(), parts: Vec::new(), threads, gpu_layers, sequences, context_tokens };
        let running = Mutex::new(Arc::new(Process::start(&worker, &load).await.unwrap()));
        let (facts, deaths) = (ModelFacts::default(), AtomicU32::default());
        let embedded = Embedded { worker: worker.to_vec(), load, facts, running, deaths };
        let sampling = Sampling::greedy(1);
        let request = GenerationRequest { ask: Ask::Complete { prompt: String::new() }, sampling };
        // The second is sent to the one that died.
        for is_woken in [false, false, true] {
            if is_woken {
                assert_eq!(embedded.wake().await, Ok(()));
                assert_eq!(embedded.deaths.load(Ordering::Relaxed), 1);
            }
            let mut on_piece = |_: crate::reply::Piece<'_>| {};
            let mut reply = Reply::new(&mut on_piece);
            let came = embedded.attempt(&request, &Deadlines::default(), &mut reply).await;
            let expected = (!is_woken).then(|| failure(FailureKind::WorkerDied, "exit status: 3"));
            assert_eq!(came.err(), expected);
        }
        assert_eq!(embedded.deaths.load(Ordering::Relaxed), 0);
    }
}
