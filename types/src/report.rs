//! The verdict on one submission: one row of a results file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Blame, Finding, Fuel, GrowthFit, Outcome, SampleId, TaskId};

/// The scores of one submission, with the reasons. One line of a results file; it has no clock time, so two runs give identical rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The task that was answered.
    pub task_id: TaskId,
    /// Which sample of the task it is.
    pub sample_id: SampleId,
    /// The model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// SHA-256 of the program that ran, in hex; of the submitted text where no program was found.
    pub code_sha256: String,
    /// Whether every test passed.
    pub passed: bool,
    /// 0 to 100; null where a fault of ours, or something missing on this machine, kept it from being measured.
    pub score: Option<f64>,
    /// What the submission did: `passed`, or what its first test that didn't pass did; null with a fault.
    pub outcome: Option<Outcome>,
    /// Why the program could not be loaded; empty where it was, and the tests have messages of their own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Whose doing the outcome is; null for a pass.
    pub blame: Option<Blame>,
    /// What the score is made of.
    pub parts: Parts,
    /// What would raise the score: one entry a part that is not full, the largest loss first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// One entry a test, in the task's order.
    pub tests: Vec<TestReport>,
    /// Names that don't exist, and hits of rules, of which those of low confidence are left out. A comment in the program that
    /// ignores them is not heard.
    pub findings: Vec<Finding>,
    /// Fuel of loading the program and of all its tests, in both guests.
    pub fuel: Fuel,
    /// How the program was found in the submitted text.
    pub extraction: Extraction,
    /// Whether the tests shared an interpreter with the code under test.
    pub isolation: Isolation,
    /// What our own host failed at. Such a sample is in no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What the score is made of. A part that the task lacks, or that was not measured, is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// Whether the program parses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syntax: Option<bool>,
    /// How many features were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<FeaturesPart>,
    /// How many tests passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestsPart>,
    /// How many tests of efficiency passed, where the rubric weighs them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficiency: Option<TestsPart>,
    /// How many holes the program's text has; absent in languages whose programs are not read for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<SecurityPart>,
}

/// How many of the task's features were found in the program's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeaturesPart {
    /// Features that were found.
    pub found: usize,
    /// Features that the task asks for.
    pub of: usize,
    /// The names of the others.
    pub missing: Vec<String>,
}

/// The security findings of medium and high confidence, by their severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityPart {
    /// Findings of high severity.
    pub high: usize,
    /// Findings of medium severity.
    pub medium: usize,
    /// Findings of low severity.
    pub low: usize,
    /// What is left of 1 after 1 for each of high severity, 0.4 for each of medium and 0.1 for each of low, 0 at least; 0 for a
    /// program that does not parse.
    pub share: f64,
}

/// Points that one part lost, and how to win them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Loss {
    /// The part: `syntax`, `features`, `tests`, `efficiency` or `security`.
    pub part: String,
    /// Points of 100 that it lost.
    pub points: f64,
    /// What would win them.
    pub to_win: String,
}

/// How many of how many tests passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestsPart {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that the task has.
    pub of: usize,
}

/// What one test did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestReport {
    /// The test's name.
    pub name: String,
    /// What it did.
    pub outcome: Outcome,
    /// The assertion and its values, the exception, or which limit was reached. Empty for a pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Whose doing it is; null for a pass.
    pub blame: Option<Blame>,
    /// Fuel that the solution's guest used in the test.
    pub fuel: Fuel,
    /// Fuel that the tests' own guest used; absent where there was none.
    #[serde(default, skip_serializing_if = "is_none_used")]
    pub judge_fuel: Fuel,
    /// Calls from the tests into the solution's guest.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub calls: u64,
    /// What only the solution's own word stands for, such as `` `Point.__eq__` ``. No pass, unless the task allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<String>,
    /// How fuel grew with the size of the input, in a test of efficiency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<GrowthFit>,
    /// Whether the test shared an interpreter with the code under test.
    pub isolation: IsolationMode,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none_used(fuel: &Fuel) -> bool {
    fuel.0 == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Whether tests run in an interpreter of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IsolationMode {
    /// The tests ran in a guest of their own and called the solution's through the host.
    #[default]
    Isolated,
    /// The tests ran in the same interpreter as the code under test, which can then forge their verdict.
    Shared,
}

/// Whether tests run in an interpreter of their own, and if not, why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Isolation {
    /// What was done.
    pub mode: IsolationMode,
    /// Why the tests were not isolated, or can't be. Empty where they were.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// How the program was found in the submitted text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extraction {
    /// The method's name, such as `fence` or `completion`.
    pub method: String,
    /// The extractor's version: another version may find another program.
    pub version: u32,
}
