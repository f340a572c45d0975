//! The flags of `proofhouse bench`.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

use clap::Args;
use proofhouse_bench::Load;
use proofhouse_generator::ModelName;

use crate::arguments::{Isolation, LimitFlags};
use crate::exit;
use crate::measures::MeasureFlags;
use crate::models::{ModeName, ModelFlags, ModelParser, SandboxFlags};

/// What stands at the end of its help.
const MODELS: &str = "\
Models are named BACKEND:NAME, BACKEND:NAME@URL or BACKEND:@URL, with a backend of ollama, llamacpp, vllm, lmstudio, openai,
anthropic or gguf, such as `ollama:devstral`, `llamacpp:@http://127.0.0.1:8099` or `gguf:./model.gguf`. Keys are read from the
environment: OLLAMA_API_KEY, LLAMA_API_KEY, VLLM_API_KEY, LM_API_TOKEN, OPENAI_API_KEY, ANTHROPIC_API_KEY.

A run that was stopped or killed goes on with the same command: nothing that was answered is asked again.";

#[derive(Debug, Args)]
#[command(after_help = format!("{MODELS}\n\n{}", exit::HELP))]
pub struct Bench {
    /// A suite, as for `score` [default: the practical suite, which comes with this program]
    #[arg(long, value_name = "FILE|DIR")]
    pub suite: Option<PathBuf>,
    /// Ask for the tasks that have such a variant, with its prompt: `open` leaves one thing unsaid
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// The models, which are run one after the other
    #[arg(long = "model", value_name = "MODEL", value_parser = ModelParser, num_args = 1.., required = true)]
    pub models: Vec<ModelName>,
    /// The run's folder: its settings, one row a sample, and the report
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Throw away the run that the folder has, and start over
    #[arg(long)]
    pub fresh: bool,
    /// Only tasks with such an id; `*` stands for any text. Repeat for more
    #[arg(long = "task", value_name = "ID")]
    pub tasks: Vec<String>,
    /// Only so many tasks, the first ones
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroU32>,
    /// Samples of each task, each a request of its own with the next seed
    #[arg(long, value_name = "N", value_parser = parse_repeats, default_value_t = NonZeroU32::new(3).expect("it is not zero"))]
    pub repeats: NonZeroU32,
    /// How tasks become prompts
    #[arg(long, value_enum, default_value_t = ModeName::Chat)]
    pub mode: ModeName,
    /// The system prompt of chats; an empty file sends none [default: a short one]
    #[arg(long, value_name = "FILE")]
    pub system: Option<PathBuf>,
    /// Closed loop: so many requests at a time
    #[arg(long, value_name = "N", default_value_t = NonZeroU32::MIN)]
    pub concurrency: NonZeroU32,
    /// Open loop: so many requests a second on average, at random times that are the same for every model (Poisson arrivals),
    /// whatever is still under way
    #[arg(long, value_name = "R", value_parser = parse_rate, conflicts_with = "concurrency")]
    pub rate: Option<f64>,
    /// Where the tests run
    #[arg(long, value_enum, default_value_t = Isolation::Auto)]
    pub isolation: Isolation,
    /// Replies graded at a time. One: programs run while models are measured, maybe on the same cores
    #[arg(long, value_name = "N", default_value_t = NonZeroU16::MIN)]
    pub jobs: NonZeroU16,
    /// Grade a model's replies when all of them are there, so that nothing disturbs a model that runs on this machine
    #[arg(long)]
    pub grade_last: bool,
    #[command(flatten)]
    pub model: ModelFlags,
    #[command(flatten)]
    pub measures: MeasureFlags,
    #[command(flatten)]
    pub sandbox: SandboxFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

impl Bench {
    pub fn load(&self) -> Load {
        self.rate.map_or(Load::Concurrency(self.concurrency.get()), Load::Rate)
    }
}

/// More samples of a task than any study takes: pass@100 wants 200.
const MOST_REPEATS: u32 = 1000;

fn parse_repeats(text: &str) -> Result<NonZeroU32, String> {
    let is_meant = |repeats: &NonZeroU32| repeats.get() <= MOST_REPEATS;
    text.parse().ok().filter(is_meant).ok_or_else(|| format!("expected a number from 1 to {MOST_REPEATS}"))
}

/// Requests a second: one in a quarter of an hour is a broken flag rather than a load, and so are more than one client can send.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=10_000.0;

fn parse_rate(text: &str) -> Result<f64, String> {
    let expected = || format!("expected requests a second, from {} to {}, such as 0.5", RATES.start(), RATES.end());
    text.parse().ok().filter(|rate| RATES.contains(rate)).ok_or_else(expected)
}

/// Whether an id is as a pattern says, in which `*` stands for any text.
pub fn matches(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == id,
        Some((start, rest)) => id.strip_prefix(start).is_some_and(|left| {
            left.char_indices().map(|(at, _)| at).chain([left.len()]).any(|at| matches(rest, &left[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_nobody_means_are_refused() {
        for (text, is_taken) in
            [("0.001", true), ("10000", true), ("0", false), ("1e-300", false), ("NaN", false), ("inf", false)]
        {
            assert_eq!(parse_rate(text).is_ok(), is_taken, "{text}");
        }
        for (text, is_taken) in [("1", true), ("1000", true), ("0", false), ("1001", false), ("4294967295", false)] {
            assert_eq!(parse_repeats(text).is_ok(), is_taken, "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let cases = [
            ("sql/count", "sql/count", true),
            ("sql/*", "sql/count", true),
            ("*", "", true),
            ("*/co*t", "sql/count", true),
            ("sql", "sql/count", false),
            ("*/x", "sql/count", false),
            ("é*", "éa", true),
        ];
        for (pattern, id, expected) in cases {
            assert_eq!(matches(pattern, id), expected, "{pattern} {id}");
        }
    }
}
