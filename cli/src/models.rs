//! What commands that ask models have in common: how tokens are chosen, when a request is given up, where replies are kept.
//! Keys are read from the environment here, and nowhere else.

use std::ffi::OsStr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum};
use proofhouse_bench::Mode;
use proofhouse_generator::{Deadlines, EmbeddedOptions, KeepReplies, Key, ModelName, Options, Retries};
use proofhouse_types::{Sampling, Thinking};

use crate::arguments::CacheFlags;
use crate::exit::UserError;
use crate::run::read;

/// Sequences of a file unless more are asked for: each has its part of the memory.
const MOST_SEQUENCES: NonZeroU32 = NonZeroU32::new(8).expect("it is not zero");

/// How models are asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Asking")]
pub struct ModelFlags {
    /// Tokens of a reply at most, reasoning among them
    // The longest programs of public benchmarks are below 2,000 tokens; models that reason want more.
    #[arg(long, value_name = "N", default_value_t = NonZeroU32::new(4096).expect("it is not zero"))]
    pub max_tokens: NonZeroU32,
    /// 0 takes the likeliest token each time
    #[arg(long, value_name = "T", default_value_t = 0.0, value_parser = parse_temperature)]
    pub temperature: f64,
    /// Nucleus sampling [default: the server's own]
    #[arg(long, value_name = "P", value_parser = parse_top_p)]
    pub top_p: Option<f64>,
    /// Where the server's random numbers start; each further sample of a prompt has the next seed
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Whether a model that can reason in front of its answer does
    #[arg(long, value_enum, default_value_t = ThinkingName::Default)]
    pub thinking: ThinkingName,
    /// Tokens of prompt and reply that there is room for; Ollama and GGUF files alone are told [default: theirs]
    #[arg(long, value_name = "N")]
    pub context: Option<NonZeroU32>,
    /// A grammar in GBNF that replies must follow; llama.cpp, vLLM and GGUF files alone know one
    #[arg(long, value_name = "FILE", value_parser = read_grammar)]
    pub grammar: Option<String>,
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help = deadline("For the connection", Deadlines::default().connect))]
    pub connect_timeout: Option<Duration>,
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help = deadline("From sending to the first piece of a reply, loading the model included", Deadlines::default().first_token))]
    pub first_token_timeout: Option<Duration>,
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help = deadline("From each piece of a reply to the next", Deadlines::default().idle))]
    pub idle_timeout: Option<Duration>,
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help = deadline("For a whole reply", Deadlines::default().total))]
    pub timeout: Option<Duration>,
    #[arg(long, value_name = "N", help = format!("How often a request that failed is sent again, as long as nothing of a reply came [default: {}]", Retries::default().most))]
    pub retries: Option<u32>,
    /// Keep whole replies in this folder or Redis, and take them from there when the same is asked again
    #[arg(long = "cache", value_name = "DIR|redis://…", value_parser = parse_replies)]
    pub replies: Option<KeepReplies>,
    #[command(flatten)]
    pub file: FileFlags,
}

/// How a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeName {
    /// By a message to a chat: a task, and in which form to answer
    Chat,
    /// By a text to go on with: a task's prompt as it is
    Complete,
    /// By a program with a gap: of a task, the reference solution; tasks without one can't be asked for so
    Fim,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Mode {
        match name {
            ModeName::Chat => Mode::Chat,
            ModeName::Complete => Mode::Complete,
            ModeName::Fim => Mode::Fim,
        }
    }
}

/// Reads a model's name. Clap's own message would repeat it, and an address may have a key in it.
#[derive(Clone)]
pub struct ModelParser;

impl TypedValueParser for ModelParser {
    type Value = ModelName;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<ModelName, clap::Error> {
        let invalid = |error| clap::Error::raw(ErrorKind::ValueValidation, format!("{error}\n")).with_cmd(command);
        value.to_string_lossy().parse::<ModelName>().map_err(invalid)
    }
}

fn read_grammar(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("it can't be read: {error}"))
}

/// How a GGUF file is run.
#[derive(Debug, Args)]
#[command(next_help_heading = "GGUF files")]
pub struct FileFlags {
    /// Threads [default: all cores but those that the sandbox works on]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroU32>,
    /// Layers that the GPU has
    #[arg(long, value_name = "N", default_value_t = EmbeddedOptions::default().gpu_layers)]
    pub gpu_layers: u32,
    /// Replies that are written at a time [default: as many as are asked for at a time, 8 at most]
    #[arg(long, value_name = "N")]
    pub sequences: Option<NonZeroU32>,
}

/// Where the sandbox is kept, for commands whose `--cache` is that of replies.
#[derive(Debug, Args)]
pub struct SandboxFlags {
    /// Where the compiled interpreter is kept [default: `proofhouse` in the user's cache folder]
    #[arg(long, value_name = "DIR", env = "PROOFHOUSE_CACHE")]
    pub sandbox_cache: Option<PathBuf>,
}

impl SandboxFlags {
    pub fn cache(&self) -> CacheFlags {
        CacheFlags { folder: self.sandbox_cache.clone() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThinkingName {
    /// As it does by itself
    Default,
    On,
    Off,
}

impl From<ThinkingName> for Thinking {
    fn from(name: ThinkingName) -> Thinking {
        match name {
            ThinkingName::Default => Thinking::Default,
            ThinkingName::On => Thinking::On,
            ThinkingName::Off => Thinking::Off,
        }
    }
}

impl ModelFlags {
    pub fn sampling(&self) -> Sampling {
        Sampling {
            max_tokens: self.max_tokens.get(),
            temperature: self.temperature,
            top_p: self.top_p,
            seed: Some(self.seed),
            stop: Vec::new(),
            grammar: self.grammar.clone(),
            thinking: self.thinking.into(),
            context_tokens: self.context.map(NonZeroU32::get),
        }
    }

    /// How a model is asked, so many requests at a time, while the sandbox works on so many cores.
    pub fn options(&self, model: &ModelName, concurrency: NonZeroU32, sandbox_cores: u32) -> Result<Options> {
        let deadlines = Deadlines::default();
        let program = std::env::current_exe().context("finding this program")?;
        Ok(Options {
            deadlines: Deadlines {
                connect: self.connect_timeout.unwrap_or(deadlines.connect),
                first_token: self.first_token_timeout.unwrap_or(deadlines.first_token),
                idle: self.idle_timeout.unwrap_or(deadlines.idle),
                total: self.timeout.unwrap_or(deadlines.total),
            },
            retries: Retries { most: self.retries.unwrap_or(Retries::default().most), ..Retries::default() },
            concurrency,
            key: key(model)?,
            replies: self.replies.clone().unwrap_or_default(),
            embedded: EmbeddedOptions {
                worker: vec![program.into_os_string(), "model-worker".into()],
                threads: self.file.threads,
                gpu_layers: self.file.gpu_layers,
                sequences: self.file.sequences.unwrap_or(concurrency.min(MOST_SEQUENCES)),
                context_tokens: self.context.map(NonZeroU32::get),
                stand_aside: sandbox_cores,
            },
        })
    }
}

/// The text of a file, or of standard input where it is `-`.
pub fn text_of(file: &Path) -> Result<String> {
    let text = String::from_utf8(read(file)?);
    text.map_err(|_| UserError(format!("`{}` is no UTF-8", file.display())).into())
}

/// The system prompt of a file; an empty one is none.
pub fn system_of(file: &Path) -> Result<Option<String>> {
    Ok(Some(text_of(file)?.trim().to_owned()).filter(|system| !system.is_empty()))
}

/// The key of a model's server, where the environment has one. An empty one is none.
fn key(model: &ModelName) -> Result<Option<Key>> {
    let Some(variable) = model.backend.key_variable() else { return Ok(None) };
    match std::env::var(variable) {
        Ok(key) => Ok((!key.is_empty()).then(|| Key::new(key))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(UserError(format!("`{variable}` is no text")).into()),
    }
}

fn deadline(what: &str, default: Duration) -> String {
    format!("{what} [default: {}s]", default.as_secs())
}

fn parse_temperature(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value| (0.0..=2.0).contains(value)).ok_or_else(|| "expected 0 to 2".to_owned())
}

fn parse_top_p(text: &str) -> Result<f64, String> {
    let is_share = |value: &f64| *value > 0.0 && *value <= 1.0;
    text.parse().ok().filter(is_share).ok_or_else(|| "expected a number above 0, and 1 at most".to_owned())
}

/// Reads `500ms`, `10s`, `5m`, `1h`, or a number of seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is no time, such as `500ms`, `10s`, `5m` or `1h`");
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(expected()),
    };
    let number: f64 = number.parse().map_err(|_| expected())?;
    let duration = Duration::try_from_secs_f64(number * seconds).map_err(|_| expected())?;
    if duration.is_zero() { Err(expected()) } else { Ok(duration) }
}

fn parse_replies(text: &str) -> Result<KeepReplies, String> {
    match text.split_once("://") {
        Some((scheme, _)) if scheme.starts_with("redis") => Ok(KeepReplies::Redis(text.to_owned())),
        Some((scheme, _)) => Err(format!("replies are kept in a folder or a Redis, not in `{scheme}`")),
        None => Ok(KeepReplies::Folder(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let cases = [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("1.5", Some(1_500)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("0", None),
            ("", None),
            ("s", None),
            ("5 s", None),
            ("1e9h", None),
            ("-1s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_duration(text).ok(), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn replies_are_kept_in_a_folder_or_a_redis() {
        assert_eq!(parse_replies("kept/here"), Ok(KeepReplies::Folder("kept/here".into())));
        let address = "redis://127.0.0.1:6379/1";
        assert_eq!(parse_replies(address), Ok(KeepReplies::Redis(address.to_owned())));
        assert!(parse_replies("http://127.0.0.1").is_err());
    }
}
