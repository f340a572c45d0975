//! Models from GGUF files, in processes of their own: the real command with llama.cpp in it, over files with random weights,
//! beside the real llama.cpp server.

mod process;
mod prompts;
mod replies;
mod worker;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use proofhouse_generator::{EmbeddedOptions, Model, OpenError, Options};
use proofhouse_tests::{command, grammar};
use proofhouse_types::{Ask, Generation, GenerationRequest, Sampling};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// How the command runs a file: one thread, so many replies at a time, with room for 512 tokens each.
fn embedded(sequences: u32) -> EmbeddedOptions {
    EmbeddedOptions {
        worker: vec![command().get_program().to_owned(), OsString::from("model-worker")],
        threads: Some(NonZeroU32::MIN),
        sequences: NonZeroU32::new(sequences).unwrap(),
        context_tokens: Some(512),
        ..EmbeddedOptions::default()
    }
}

async fn open(file: &Path, embedded: EmbeddedOptions) -> Result<Model, OpenError> {
    let concurrency = embedded.sequences;
    let name = format!("gguf:{}", file.display()).parse().unwrap();
    Model::open(name, Options { embedded, concurrency, ..Options::default() }).await
}

/// The same, where the process leaves its number in a file.
fn with_number(mut embedded: EmbeddedOptions, folder: &Path) -> (EmbeddedOptions, PathBuf) {
    let file = folder.join("pid");
    let script = format!("echo $$ > '{}'; exec \"$@\"", file.display());
    let before = ["sh", "-c", &script, "sh"].map(OsString::from);
    embedded.worker.splice(0..0, before);
    (embedded, file)
}

fn number(file: &Path) -> i32 {
    std::fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

fn chat(user: &str) -> Ask {
    Ask::Chat { system: None, user: user.to_owned() }
}

/// The likeliest reply, of 40 tokens at most.
fn request(ask: Ask) -> GenerationRequest {
    let sampling = Sampling::greedy(40);
    GenerationRequest { ask, sampling }
}

/// A request whose reply is a text, whatever the weights are.
fn forced(reply: &str) -> GenerationRequest {
    let mut request = request(chat("Hi"));
    request.sampling.max_tokens = 200;
    request.sampling.grammar = Some(grammar(reply));
    request
}

async fn generate(model: &Model, request: &GenerationRequest) -> Generation {
    model.generate(request, &CancellationToken::new(), &mut |_| {}).await
}
