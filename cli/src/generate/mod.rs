//! `proofhouse generate`: asks one model once, and shows what it writes as it comes.

mod question;
mod show;

use std::io::IsTerminal;
use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use proofhouse::Grader;
use proofhouse_bench::submission_text;
use proofhouse_generator::{Model, ModelName};
use proofhouse_types::{Extraction, Generation, GenerationRequest, SampleId, Submission};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::question::{Place, Question};
use self::show::Show;
use crate::exit::{self, Ending, Exit, UserError};
use crate::models::{ModeName, ModelFlags, ModelParser};
use crate::text;

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
#[group(id = "question", required = true, args = ["prompt", "task"])]
pub struct Generate {
    /// The model, such as `ollama:devstral`, `llamacpp:@http://127.0.0.1:8099` or `gguf:./model.gguf`
    #[arg(long, value_name = "BACKEND:NAME", value_parser = ModelParser)]
    pub model: ModelName,
    /// What is asked, or `-` for standard input; with `--mode fim` the program with the gap
    #[arg(long, value_name = "FILE")]
    pub prompt: Option<PathBuf>,
    /// Ask for this task of a suite, in the words in which `bench` does
    #[arg(long, value_name = "ID", requires = "suite")]
    pub task: Option<String>,
    /// A suite, as for `score`
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "prompt")]
    pub suite: Option<PathBuf>,
    /// How it is asked
    #[arg(long, value_enum, default_value_t = ModeName::Chat)]
    pub mode: ModeName,
    /// The system prompt of a chat [default: none; for a task that of `bench`]
    #[arg(long, value_name = "FILE")]
    pub system: Option<PathBuf>,
    /// Where the gap is: the smallest statement or expression there. Without it, at `<FILL>` in the prompt
    #[arg(long, value_name = "LINE[:COLUMN]", conflicts_with = "task")]
    pub at: Option<Place>,
    /// Bytes around a gap that are sent: the nearest lines, and the imports from above them
    // Some 2,500 tokens: they and a reply fit into a context of 4,096.
    #[arg(long, value_name = "BYTES", default_value_t = 8192)]
    pub window: usize,
    /// Samples, one request for each, with seeds of their own
    #[arg(short, long, value_name = "N", default_value_t = NonZeroU32::MIN)]
    pub n: NonZeroU32,
    /// The language of the program that is looked for in the reply to a prompt
    #[arg(long, value_enum, default_value_t = LanguageName::Python, conflicts_with = "task")]
    pub language: LanguageName,
    /// Print only the program that is found in the reply
    #[arg(long, conflicts_with = "json")]
    pub code: bool,
    /// Print one JSON object for each sample instead of the reply
    #[arg(long)]
    pub json: bool,
    /// Show what the model reasons, dimmed, on standard error
    #[arg(long)]
    pub reasoning: bool,
    #[command(flatten)]
    pub asking: ModelFlags,
}

/// The language of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageName {
    Python,
    Sql,
}

/// One sample, as `--json` prints it.
#[derive(Serialize)]
struct Sample<'a> {
    model: String,
    request: &'a GenerationRequest,
    generation: &'a Generation,
    /// The program that was found, as far as it goes.
    code: &'a str,
    extraction: &'a Extraction,
}

pub fn generate(arguments: &Generate) -> Result<Exit> {
    text::show_warnings();
    let question = Question::of(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let ending = runtime.context("starting the runtime")?.block_on(ask(arguments, &question))?;
    Ok(Exit::Ending(ending))
}

async fn ask(arguments: &Generate, question: &Question) -> Result<Ending> {
    let options = arguments.asking.options(&arguments.model, NonZeroU32::MIN, 0)?;
    let model = Model::open(arguments.model.clone(), options).await;
    let model = model.map_err(|error| UserError(format!("{:#}", anyhow::Error::from(error))))?;
    let cancel = CancellationToken::new();
    let interrupted = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let mut ending = Ending::AllGood;
    for sample in 0..arguments.n.get() {
        if cancel.is_cancelled() {
            return Ok(Ending::SomeFailed);
        }
        ending = ending.max(ask_once(arguments, question, &model, sample, &cancel).await?);
    }
    Ok(ending)
}

async fn ask_once(
    arguments: &Generate,
    question: &Question,
    model: &Model,
    sample: u32,
    cancel: &CancellationToken,
) -> Result<Ending> {
    let request = question.prompt.request(&arguments.asking.sampling(), sample);
    let mut show = Show::new(arguments);
    let generation = model.generate(&request, cancel, &mut |piece| show.piece(piece)).await;
    let name = model.name().to_string();
    let submission = Submission {
        task_id: question.task.id.clone(),
        sample_id: SampleId(sample.to_string()),
        model: Some(name.clone()),
        finish: generation.finish,
        text: submission_text(&question.whole, &generation),
    };
    let (code, extraction) = Grader::program(&question.task, &submission);
    show.end();
    if arguments.json {
        let sample =
            Sample { model: name, request: &request, generation: &generation, code: &code, extraction: &extraction };
        text::line(&serde_json::to_string(&sample)?);
    } else if arguments.code && !code.is_empty() {
        let code = code.trim_end_matches('\n');
        text::line(&if std::io::stdout().is_terminal() { text::harmless(code) } else { code.to_owned() });
    }
    show::numbers(&generation);
    let lacks_code = arguments.code && code.is_empty() && generation.failure.is_none();
    if lacks_code {
        text::error_text(&format!("no program: {}", extraction.method));
    }
    Ok(if generation.failure.is_some() || lacks_code { Ending::SomeFailed } else { Ending::AllGood })
}
