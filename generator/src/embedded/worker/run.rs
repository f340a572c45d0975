//! The process from its first line to its last.

use std::io::{self, BufRead, Write};
use std::num::NonZeroU32;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use tracing::level_filters::LevelFilter;

use super::engine::Engine;
use super::lockdown;
use super::prompt::Prompts;
use crate::embedded::memory::BATCH_TOKENS;
use crate::embedded::wire::{Event, Load, Order};

/// Orders that wait to be read by the engine, which does so after every step.
const MOST_ORDERS: usize = 64;

/// Why the process could not begin, or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// Its standard streams failed.
    #[error("talking to the program that runs models")]
    Streams(#[from] io::Error),
    /// Its standard input is not what it is started with.
    #[error("standard input has no order to load a model: this process is started by commands that run GGUF files")]
    NoLoad,
    /// llama.cpp can't be had.
    #[error("starting llama.cpp")]
    Llama(#[from] llama_cpp_2::LlamaCppError),
}

/// The process that runs a model. It is alone in its process, and has opened nothing.
///
/// # Errors
/// Where it can't begin. What becomes of the model is said on standard output.
pub fn run_worker() -> Result<(), WorkerError> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let Ok(Order::Load(load)) = serde_json::from_str(&line) else { return Err(WorkerError::NoLoad) };
    // Only what failed: it is the reason when this process ends.
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::ERROR)
        .with_writer(io::stderr)
        .without_time()
        .with_ansi(false)
        .with_target(false)
        .with_level(false)
        .init();
    // On the only thread: what it gives up, those to come don't have.
    let unlocked = lockdown::give_up_rights(&load.parts);
    let (sender, orders) = sync_channel(MOST_ORDERS);
    thread::spawn(move || hear(&sender));
    send_logs_to_tracing(LogOptions::default());
    let backend = LlamaBackend::init()?;
    let begun = Instant::now();
    match open(&backend, &load) {
        Ok(model) => run(&backend, &model, &load, begun, unlocked, &orders)?,
        Err(message) => say(Event::Refused { message })?,
    }
    Ok(())
}

/// Reads orders until there is nobody who could give any; then there is nothing left to do, whatever is under way.
fn hear(orders: &SyncSender<Order>) {
    for line in io::stdin().lock().lines() {
        let Some(order) = line.ok().and_then(|line| serde_json::from_str(&line).ok()) else { break };
        if orders.send(order).is_err() {
            break;
        }
    }
    // SAFETY: `_exit` takes a number and touches nothing of this process, whose other threads may be amid anything.
    unsafe { libc::_exit(0) }
}

/// Tells the program that started this process. An error means that it is no more.
fn say(event: Event) -> io::Result<()> {
    let mut line = serde_json::to_vec(&event)?;
    line.push(b'\n');
    let mut stdout = io::stdout().lock();
    stdout.write_all(&line)?;
    stdout.flush()
}

fn open(backend: &LlamaBackend, load: &Load) -> Result<LlamaModel, String> {
    let parameters = LlamaModelParams::default().with_n_gpu_layers(load.gpu_layers);
    // Why not is in the log.
    LlamaModel::load_from_file(backend, &load.path, &parameters).map_err(|_| "llama.cpp can't load it".to_owned())
}

fn context<'model>(
    backend: &LlamaBackend,
    model: &'model LlamaModel,
    load: &Load,
) -> Result<LlamaContext<'model>, String> {
    let tokens = load.context_tokens.checked_mul(load.sequences).and_then(NonZeroU32::new);
    let tokens = tokens.ok_or("no room for tokens, or for more than llama.cpp can count")?;
    let threads = i32::try_from(load.threads).unwrap_or(i32::MAX);
    let parameters = LlamaContextParams::default()
        .with_n_ctx(Some(tokens))
        .with_n_seq_max(load.sequences)
        // Each sequence has room of its own, so that none takes another's.
        .with_kv_unified(false)
        .with_n_batch(BATCH_TOKENS)
        .with_n_ubatch(BATCH_TOKENS)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_no_perf(true);
    model.new_context(backend, parameters).map_err(|_| "llama.cpp can't make room for its tokens".to_owned())
}

fn run(
    backend: &LlamaBackend,
    model: &LlamaModel,
    load: &Load,
    begun: Instant,
    unlocked: Vec<String>,
    orders: &Receiver<Order>,
) -> io::Result<()> {
    let opened = context(backend, model, load).and_then(|context| Ok((context, Prompts::of(model)?)));
    let (context, prompts) = match opened {
        Ok(opened) => opened,
        Err(message) => return say(Event::Refused { message }),
    };
    let load_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    say(Event::Ready { load_ms, unlocked })?;
    Engine::new(model, context, prompts, load).run(orders, &mut say)
}
