//! What a run is made of, as its folder's `run.json` says: the suite, the models, how they are asked, and on what
//! machine.

use std::num::NonZeroU32;
use std::time::SystemTime;

use proofhouse::{Grader, Isolating, Suite};
use proofhouse_generator::{BackendKind, EmbeddedOptions, ModelName, Options};
use proofhouse_types::{Check, Generation, LimitOverrides, ModelFacts, Sampling, Task, TaskId, TestCase, Versions};
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::prompts::Prompt;
use crate::run::Graded;

use crate::summary::{Hardware, SuiteFacts};

/// The version of a run's folder. Another one may mean something else by the same fields.
pub const FORMAT: u32 = 1;

/// One run: what `run.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// The version of the folder's format.
    pub format: u32,
    /// When the run began, in milliseconds since the Unix epoch.
    pub started_unix_ms: u64,
    /// What verdicts depend on.
    pub versions: Versions,
    /// The suite.
    pub suite: SuiteFacts,
    /// What reports need to know of its tasks, in the suite's order.
    pub tasks: Vec<TaskFacts>,
    /// How every model is asked.
    pub asking: Asking,
    /// The models, in the order in which they are run.
    pub models: Vec<ModelRun>,
    /// How programs are judged.
    #[serde(default)]
    pub grading: Grading,
    /// The machine that the run began on.
    pub hardware: Hardware,
    /// Other machines that it was gone on with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_hardware: Vec<Hardware>,
    /// Whose results these are, such as `EvalPlus`; absent for a run of this program. Nothing is known then of
    /// versions, of the machine, and of how models were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
}

impl RunConfig {
    /// A run of models over a suite, or over some of its tasks, that begins now on this machine.
    ///
    /// # Errors
    /// Where the mode can ask for none of the tasks. Single ones that it can't ask for are left out.
    pub fn new(
        suite: &Suite,
        chosen: &[&Task],
        models: &[ModelName],
        asking: Asking,
        grading: Grading,
    ) -> Result<RunConfig, BenchError> {
        let tasks: Vec<TaskFacts> =
            chosen.iter().filter(|task| Prompt::of(task, &asking).is_some()).map(|task| TaskFacts::of(task)).collect();
        if tasks.is_empty() {
            return Err(BenchError::NothingToAsk);
        }
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Ok(RunConfig {
            format: FORMAT,
            started_unix_ms: started.as_millis() as u64,
            versions: Grader::versions(),
            suite: SuiteFacts {
                name: suite.name.clone(),
                release: suite.release.clone(),
                digest: suite.digest.clone(),
                tasks: suite.tasks.len(),
            },
            tasks,
            asking,
            models: models.iter().map(|model| ModelRun::new(model.to_string())).collect(),
            grading,
            hardware: Hardware::here(),
            other_hardware: Vec::new(),
            imported: None,
        })
    }
}

/// How programs are judged, as far as the command line says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grading {
    /// Limits that stand above those of the tasks.
    pub limits: LimitOverrides,
    /// Where tests run.
    pub isolation: Isolating,
}

/// What reports need to know of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFacts {
    /// The task.
    pub id: TaskId,
    /// Its category, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its language, as JSON has it.
    pub language: String,
    /// How many of its tests are tests of efficiency.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub efficiency_tests: usize,
}

impl TaskFacts {
    fn of(task: &Task) -> TaskFacts {
        let language = match serde_json::to_value(task.language) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(_) | Err(_) => unreachable!("a language is written as its name"),
        };
        let is_efficiency = |test: &&TestCase| matches!(test.check, Check::Efficiency(_));
        TaskFacts {
            id: task.id.clone(),
            category: task.category.clone(),
            language,
            efficiency_tests: task.tests.iter().filter(is_efficiency).count(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// How every model of a run is asked: what makes it fair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asking {
    /// How tasks become prompts.
    pub mode: Mode,
    /// The version of the words around tasks.
    #[serde(default)]
    pub prompts: u32,
    /// The system prompt of chats; none sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Samples of each task.
    pub repeats: u32,
    /// How tokens are chosen. Each repeat has this seed plus its number.
    pub sampling: Sampling,
    /// When requests are sent.
    pub load: Load,
}

/// How tasks become prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As a message to a chat.
    Chat,
    /// As a text to go on with.
    Complete,
    /// As a gap in the reference to fill.
    Fim,
}

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Closed loop: so many at a time.
    Concurrency(u32),
    /// Open loop: so many a second, apart by the exponential distribution (Poisson arrivals), whatever is still under
    /// way.
    Rate(f64),
}

/// Requests of an open loop that may be under way at a time: more than local servers take in. What comes then waits, and its
/// wait is part of the sample's `queue_ms`.
const MOST_UNDER_WAY: NonZeroU32 = NonZeroU32::new(512).expect("it is not zero");

impl Load {
    /// Requests that are under way at a time at most.
    #[must_use]
    pub fn most_at_a_time(self) -> NonZeroU32 {
        match self {
            Load::Concurrency(number) => NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN),
            Load::Rate(_) => MOST_UNDER_WAY,
        }
    }
}

/// One model of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRun {
    /// The model as it was named on the command line, without a key.
    pub name: String,
    /// What its server said of it, when the run first came to it.
    #[serde(default)]
    pub facts: ModelFacts,
    /// The request that warmed it up; absent before the run first came to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<Generation>,
    /// How it was run besides, once for each way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manners: Vec<Manner>,
    /// Why it could not be asked, or no more; absent once it could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

impl ModelRun {
    /// A model that nothing is known of yet.
    #[must_use]
    pub fn new(name: String) -> ModelRun {
        ModelRun { name, facts: ModelFacts::default(), warm_up: None, manners: Vec::new(), lost: None }
    }
}

/// What times depend on besides how a model is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// Replies that are graded at a time.
    pub jobs: NonZeroU32,
    /// When they are.
    pub graded: Graded,
    /// How its file was run; absent where a server runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileManner>,
}

/// How a GGUF file was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileManner {
    /// Threads; absent for all cores that the sandbox leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<NonZeroU32>,
    /// Layers that the GPU had.
    pub gpu_layers: u32,
    /// Replies that were written at a time.
    pub sequences: NonZeroU32,
}

impl Manner {
    pub(crate) fn of(model: &ModelName, options: &Options, jobs: NonZeroU32, graded: Graded) -> Manner {
        let EmbeddedOptions { threads, gpu_layers, sequences, .. } = options.embedded;
        let file = (model.backend == BackendKind::Gguf).then_some(FileManner { threads, gpu_layers, sequences });
        Manner { jobs, graded, file }
    }
}
