//! What running and parsing found out: everything that scorers may see.

use crate::{Blame, Fuel, Isolation, Outcome};

/// The facts about one submission.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// What came of parsing the program.
    pub syntax: SyntaxEvidence,
    /// Set where the program could not be loaded, with the reason that the tests did not run.
    pub load: Option<TestEvidence>,
    /// One entry a test, in the task's order. Empty where the program could not be loaded.
    pub tests: Vec<TestEvidence>,
    /// How many tests the task has.
    pub tests_total: usize,
    /// Fuel of loading the program and its setup.
    pub load_fuel: Fuel,
    /// Whether the tests ran apart from the program, and if not, why.
    pub isolation: Isolation,
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
}
