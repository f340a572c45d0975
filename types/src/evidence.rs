//! What running and parsing found out: everything that scorers may see.

use crate::{Blame, Finding, Fuel, GrowthFit, Isolation, Outcome};

/// The facts about one submission.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// What came of parsing the program.
    pub syntax: SyntaxEvidence,
    /// Set where the program could not be loaded, with the reason that the tests did not run.
    pub load: Option<TestEvidence>,
    /// One entry a test, in the task's order. Empty where the program could not be loaded.
    pub tests: Vec<TestEvidence>,
    /// How many tests the task has, each case, step and member counted.
    pub tests_total: usize,
    /// How many of them are tests of efficiency.
    pub efficiency_total: usize,
    /// The task's features, and which of them the program's text has; read from damaged programs too.
    pub features: Vec<FeatureEvidence>,
    /// What the program's text says that is wrong whatever it does: names that don't exist, and hits of
    /// rules.
    pub findings: Vec<Finding>,
    /// Whether rules were tried on the program's text.
    pub is_checked: bool,
    /// Fuel of loading the program and its setup.
    pub load_fuel: Fuel,
    /// Whether the tests ran apart from the program, and if not, why.
    pub isolation: Isolation,
    /// Whether nothing could be measured for want of something on our side: such a sample has no score.
    pub unmeasured: bool,
}

/// What came of parsing the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyntaxEvidence {
    /// The program parses.
    #[default]
    Valid,
    /// The program does not parse.
    Invalid,
    /// There is no program to parse.
    Absent,
}

/// A feature that a task asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureEvidence {
    /// The feature's name.
    pub name: String,
    /// Whether the program's text has it.
    pub found: bool,
}

/// What one test did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestEvidence {
    /// The test's name.
    pub name: String,
    /// What it did.
    pub outcome: Outcome,
    /// The assertion and its values, the exception, or which limit was reached.
    pub message: String,
    /// Whose doing it is; none for a pass.
    pub blame: Option<Blame>,
    /// Fuel that the solution's guest used.
    pub fuel: Fuel,
    /// Fuel that the tests' own guest used.
    pub judge_fuel: Fuel,
    /// Calls from the tests into the solution's guest.
    pub calls: u64,
    /// Assertions that held.
    pub held: u64,
    /// The first object of a class of the solution's among its answers.
    pub object: Option<String>,
    /// What only the solution's own word stands for.
    pub vouched: Option<String>,
    /// How the fuel grew, in a test of efficiency.
    pub growth: Option<GrowthFit>,
    /// Whether it is a test of efficiency, which a rubric can weigh apart.
    pub is_efficiency: bool,
}
