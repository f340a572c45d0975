//! What a run, or several side by side, came to: everything that a report says, as data. What `--json` writes.

use std::collections::BTreeMap;

use proofhouse_types::{FailureKind, ModelFacts, TaskId, Versions};
use serde::{Deserialize, Serialize};

/// All models of one or more runs, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The suite.
    pub suite: SuiteFacts,
    /// The runs, in the order in which they were named.
    pub runs: Vec<RunFacts>,
    /// The models, best first: by pass@1, then by name.
    pub models: Vec<ModelSummary>,
    /// Each two models, the better one first.
    pub pairs: Vec<Pair>,
    /// One row a task, in the suite's order.
    pub tasks: Vec<TaskRow>,
    /// What a reader should know before comparing: other hardware, other prompts, missing samples.
    pub notes: Vec<String>,
}

/// The suite that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteFacts {
    /// Its name.
    pub name: String,
    /// Which release of it, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// SHA-256 over its tasks, in hex.
    pub digest: String,
    /// How many tasks it has.
    pub tasks: usize,
}

impl SuiteFacts {
    /// Its name, with the release where there is one.
    #[must_use]
    pub fn title(&self) -> String {
        self.release.as_ref().map_or_else(|| self.name.clone(), |release| format!("{} {release}", self.name))
    }
}

/// One run, as far as a report tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Its folder; of imported results, the file.
    pub folder: String,
    /// When it began, in milliseconds since the Unix epoch; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_unix_ms: Option<u64>,
    /// The machine that sent the requests and ran the code.
    pub hardware: Hardware,
    /// What verdicts depend on; absent where others gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
    /// How models were asked, in words, such as `chat, temperature 0, 3 repeats, 4 at a time`.
    pub asked: String,
}

/// The machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// The processor's name.
    pub cpu: String,
    /// Its cores, as far as this program may use them.
    pub cores: usize,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// The names of its GPUs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gpus: Vec<String>,
    /// The operating system and its version.
    pub system: String,
}

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How many tasks or samples it rests on.
    pub count: usize,
}

impl Estimate {
    /// The same in another unit.
    pub(crate) fn times(self, factor: f64) -> Estimate {
        Estimate { value: factor * self.value, low: factor * self.low, high: factor * self.high, ..self }
    }
}

/// How a measure is spread over samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many values there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The median, and so on: linear between closest ranks.
    pub p50: f64,
    /// See above.
    pub p90: f64,
    /// See above.
    pub p95: f64,
    /// See above.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Its name in this report: the model as it was named, with the run where two have the same.
    pub name: String,
    /// The model as its run names it, and its rows.
    pub model: String,
    /// Which of the runs it is from, from 0.
    pub run: usize,
    /// What its server says of it.
    pub facts: ModelFacts,
    /// Samples that were asked for.
    pub asked: usize,
    /// Rows that there are.
    pub samples: usize,
    /// Rows with a verdict: neither the request nor our own host failed.
    pub graded: usize,
    /// Rows whose code passed every test.
    pub passed: usize,
    /// Rows that our own host failed at.
    pub faults: usize,
    /// Why it could not be asked, or no more, when that was last tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// How good its code is.
    pub quality: Quality,
    /// How fast it came; absent for results of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Speed>,
    /// How its replies ended.
    pub endings: Endings,
    /// Requests a second that met all objectives and whose code passed; absent where none were set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goodput: Option<Goodput>,
    /// What it costs; absent where no price was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// How good a model's code is. Each value is over graded samples alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// pass@k (Chen et al. 2021), by k, over the tasks that have k samples; only where most have.
    pub pass_at_k: BTreeMap<u32, Estimate>,
    /// pass^k (Yao et al. 2024), by k from 2: all of k samples pass. The same tasks as for pass@k.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pass_hat_k: BTreeMap<u32, Estimate>,
    /// pass@1 of each category of tasks; those without one are under `none`.
    pub by_category: BTreeMap<String, Estimate>,
    /// pass@1 of each language.
    pub by_language: BTreeMap<String, Estimate>,
    /// The share of samples whose program parses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syntax: Option<Estimate>,
    /// The mean share of the features that tasks ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Estimate>,
    /// The mean score, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Estimate>,
    /// Security findings per 100 samples that have a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings_per_100: Option<Estimate>,
    /// The same by severity: `high`, `medium`, `low`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings_by_severity: BTreeMap<String, Estimate>,
    /// Names that don't exist, per 100 samples that have a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hallucinated_per_100: Option<Estimate>,
    /// The share of tests of efficiency that pass, over samples of tasks that have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficiency: Option<Estimate>,
    /// Fuel of the samples that pass, as a multiple of the least that any model's passing sample of the same task used:
    /// the geometric mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel_ratio: Option<Estimate>,
    /// The share of the pairs of a task's samples with the same outcome; absent where no task has two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
    /// Tasks with a sample that passed and one that did not.
    pub flips: usize,
}

/// How fast replies came, with the terms of the field; over whole replies that were not kept from before, and without
/// warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Time to first token: send to the first piece of answer or reasoning, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<Spread>,
    /// Time to first output token: the first piece of the answer, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttfo_ms: Option<Spread>,
    /// Time per output token: (E2EL - TTFT) / (completion tokens - 1), in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpot_ms: Option<Spread>,
    /// Inter-chunk latency, over all chunks, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icl_ms: Option<Spread>,
    /// End-to-end latency: send to the last token, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e2el_ms: Option<Spread>,
    /// What requests waited for a place on the client's side, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_ms: Option<Spread>,
    /// The same as TPOT by the server's own clock, in ms, where it tells: its time for the reply / (completion tokens
    /// - 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_tpot_ms: Option<Spread>,
    /// Seconds from the first request to the last reply, pauses between sessions of the run left out.
    pub span_s: f64,
    /// Whole replies a second of the span.
    pub requests_per_s: f64,
    /// Tokens of replies a second of the span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens_per_s: Option<f64>,
    /// Tokens of prompts and replies a second of the span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_tokens_per_s: Option<f64>,
    /// Loading the model, as the server or this program measured it, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_ms: Option<f64>,
    /// TTFT of the warm-up request, which is in no other number, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up_ttft_ms: Option<f64>,
}

/// How replies ended, over all rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Endings {
    /// The share of whole replies that ran into the limit on their tokens, among those whose end the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<Estimate>,
    /// The share of requests that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Estimate>,
    /// How many failed in which way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<FailureKind, usize>,
    /// How many attempts were given up in which way before one held.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retries: BTreeMap<FailureKind, usize>,
    /// How programs were found, or why there is none, such as `fence`, `refusal`, `empty`, `only_reasoning`.
    pub extraction: BTreeMap<String, usize>,
    /// What samples did, by the outcome's name.
    pub outcomes: BTreeMap<String, usize>,
    /// What servers said that can't be so, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub doubts: BTreeMap<String, usize>,
    /// Replies that were kept from before.
    pub kept: usize,
    /// Tokens of prompts.
    pub prompt_tokens: u64,
    /// Tokens of replies, reasoning among them.
    pub completion_tokens: u64,
    /// Tokens of reasoning, as far as the server tells them apart; absent where it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// The mean length of a reply in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_tokens_mean: Option<f64>,
}

/// Requests that met their objectives with code that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goodput {
    /// The objectives, as they were given, such as `ttft=500ms,e2e=10s`.
    pub objectives: String,
    /// Such requests a second of the span.
    pub requests_per_s: f64,
    /// The share of all requests that met the objectives with code that passed.
    pub share: Estimate,
    /// The share of all requests that met the objectives, whatever their code did.
    pub in_time: Estimate,
}

/// What a model costs at a price per hour of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Price per hour of a GPU.
    pub gpu_hour: f64,
    /// GPUs.
    pub gpus: f64,
    /// Per 1,000 tokens of replies, at the rate of this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_1k_output_tokens: Option<f64>,
    /// Per sample whose code passed every test; absent where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_accepted: Option<f64>,
}

/// Two models over the tasks that both were measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The name of the one with the higher pass@1.
    pub better: String,
    /// The name of the other.
    pub other: String,
    /// pass@1 of the one less that of the other, over the tasks that both have.
    pub difference: Estimate,
    /// Tasks that only `better` solves, where each task was sampled once; else those where its rate is higher.
    pub wins: usize,
    /// The same of `other`.
    pub losses: usize,
    /// The two-sided p-value of the test.
    pub p_value: f64,
    /// The same, corrected by Holm for as many pairs as this report has.
    pub p_corrected: f64,
    /// The test: `McNemar, exact` for one sample a task, or else `sign-flip permutation over tasks`.
    pub test: String,
    /// What it comes to, in words: that one is better, or that no difference is shown.
    pub verdict: String,
    /// Whether the corrected p-value is below 0.05.
    pub is_shown: bool,
    /// The smallest difference of pass@1 that tasks like these show four times of five, as a share; 1 where they can
    /// show none.
    pub detectable: f64,
}

/// One task across all models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRow {
    /// The task.
    pub id: TaskId,
    /// Its category, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its language.
    pub language: String,
    /// For each model of the summary, in its order, its samples in the order of their numbers.
    pub samples: Vec<Vec<Mark>>,
}

/// What one sample came to, for the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Which sample of the task.
    pub sample_id: String,
    /// Whether its code passed every test.
    pub passed: bool,
    /// The outcome's name, the failure's name, or `fault`.
    pub outcome: String,
}
