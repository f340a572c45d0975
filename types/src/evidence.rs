//! What running and parsing found out: everything that scorers may see.

use crate::{Blame, Fuel, Outcome};

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
#[derive(Debug, Clone, PartialEq)]
pub struct TestEvidence {
    /// The test's name.
    pub name: String,
    /// What it did.
    pub outcome: Outcome,
    /// The assertion and its values, the exception, or which limit was reached.
    pub message: String,
    /// Whose doing it is; none for a pass.
    pub blame: Option<Blame>,
    /// Fuel that the test used.
    pub fuel: Fuel,
}
