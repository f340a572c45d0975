//! A task: a prompt and the tests that decide whether an answer to it is right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssertCheck, Check, Feature, LimitOverrides, Rubric};

/// A task's name within its suite, such as `HumanEval/0` or `algorithms/binary-search`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TaskId(#[schemars(regex(pattern = r"\S"))] pub String);

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The language that a task is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Python 3.14.
    Python,
    /// SQL as SQLite has it.
    Sql,
}

/// One task, native or imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Task {
    /// Its name within the suite.
    pub id: TaskId,
    /// The language that it is answered in.
    pub language: Language,
    /// What the model is asked. For completion tasks, the code that the answer goes on from.
    pub prompt: String,
    /// The name that the tests call, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<String>,
    /// Code that runs after the submission and before the tests, in their namespace.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub setup: String,
    /// The tests, in their order.
    #[schemars(length(min = 1))]
    pub tests: Vec<TestCase>,
    /// A solution that must pass every test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Free text that reports group by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Free text, such as `easy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<String>,
    /// Free words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether each test gets a solution that was loaded for it alone. Otherwise all tests of a task call the same one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fresh: bool,
    /// Whether a pass may rest on the solution's own word, such as an `__eq__` that it wrote.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_vouched: bool,
    /// Distributions that the task needs besides the standard library, such as `requests`. See `proofhouse setup --packages`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// What the program's text must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
    /// The limits that this task sets.
    #[serde(default)]
    pub limits: LimitOverrides,
    /// How the parts weigh in the score.
    #[serde(default)]
    pub rubric: Rubric,
}

impl Task {
    /// A Python task without tests.
    #[must_use]
    pub fn new(id: &str, prompt: &str) -> Task {
        Task {
            id: TaskId(id.to_owned()),
            language: Language::Python,
            prompt: prompt.to_owned(),
            entry_point: None,
            setup: String::new(),
            tests: Vec::new(),
            reference: None,
            category: None,
            difficulty: None,
            tags: Vec::new(),
            fresh: false,
            allow_vouched: false,
            packages: Vec::new(),
            features: Vec::new(),
            limits: LimitOverrides::default(),
            rubric: Rubric::default(),
        }
    }

    /// The task with one more test: statements that raise when the answer is wrong.
    #[must_use]
    pub fn test(mut self, name: &str, code: &str) -> Task {
        self.tests.push(TestCase::new(name, Check::Assert(AssertCheck { code: code.to_owned() })));
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// One named test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("unevaluatedProperties" = false))]
pub struct TestCase {
    /// A name that is unique within its task.
    #[schemars(regex(pattern = r"\S"))]
    pub name: String,
    /// Whether the prompt shows what it checks, as its examples.
    #[serde(default, skip_serializing_if = "is_false")]
    pub visible: bool,
    /// What it rests on, word for word from the prompt; how words are spaced does not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<String>,
    /// What is checked.
    #[serde(flatten)]
    pub check: Check,
}

impl TestCase {
    /// A test that says nothing of the prompt.
    #[must_use]
    pub fn new(name: &str, check: Check) -> TestCase {
        TestCase { name: name.to_owned(), visible: false, quotes: Vec::new(), check }
    }
}
