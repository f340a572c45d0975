//! The kinds of tests: how each is made ready, and how those run that don't call what a submission defines.

mod call;
mod compare;
mod efficiency;
mod generated;
mod program;
mod security;
mod sql;

use std::sync::Arc;

use proofhouse_runtime::{Error, ExpectedCase, Pair, Rules, SqlResult, TestCode, TestFile};
use proofhouse_types::{
    Check as TaskCheck, CliCheck, EfficiencyCheck, Evidence, HttpCheck, IoCheck, Limits, Outcome, SecurityCheck,
    SqlCheck, SyntaxEvidence, Task, TestCase, TestEvidence,
};

use crate::prepared::{Prepared, Test, compile};
pub(crate) use efficiency::Sizes;
pub(crate) use generated::Mutants;
pub(crate) use program::Step;

/// The class that has the function where it is none of the module's: LeetCode's way, and verl's.
const SOLUTION_CLASS: &str = "Solution";

/// A test made ready, by its kind.
pub(crate) enum Check {
    /// Statements that raise when the answer is wrong.
    Code(TestCode),
    /// One test of a file of tests.
    Member { file: Arc<TestFile>, member: String },
    /// Statements that raise, with HTTP servers to call.
    Http { code: TestCode, script: Arc<HttpCheck> },
    /// A call, and the answer to it that is expected.
    Case { function: String, case: ExpectedCase, tolerance: f64, rules: Rules },
    /// A run of the program whose output is compared.
    Io { check: Arc<IoCheck>, case: usize },
    /// A run of the program over the workspace that the step before it left.
    Step { check: Arc<CliCheck>, step: Step },
    /// SQL, and what the reference's comes to.
    Sql { check: SqlCheck, expected: SqlResult, ordered: bool },
    /// A mutant that the submission's tests must tell from the program.
    Mutant { mutants: Arc<Mutants>, mutant: usize },
    /// Fuel at growing sizes.
    Efficiency { check: EfficiencyCheck, function: String, sizes: Sizes },
    /// What rules must not find in the program's text.
    Holes(SecurityCheck),
}

impl Check {
    pub(crate) fn is_of_module(&self) -> bool {
        match self {
            Check::Code(_) | Check::Member { .. } | Check::Http { .. } | Check::Case { .. } => true,
            Check::Io { .. }
            | Check::Step { .. }
            | Check::Sql { .. }
            | Check::Mutant { .. }
            | Check::Efficiency { .. }
            | Check::Holes(_) => false,
        }
    }

    /// The code in which the judge must find the submission's names.
    pub(crate) fn code(&self) -> Option<&TestCode> {
        match self {
            Check::Code(code) | Check::Http { code, .. } => Some(code),
            Check::Member { file, .. } => Some(file.code()),
            Check::Case { .. }
            | Check::Io { .. }
            | Check::Step { .. }
            | Check::Sql { .. }
            | Check::Mutant { .. }
            | Check::Efficiency { .. }
            | Check::Holes(_) => None,
        }
    }

    /// The names that it takes from the submission by other ways than code: a function, or the class that has it.
    pub(crate) fn names(&self) -> [Option<&str>; 2] {
        match self {
            Check::Case { function, .. } => [function.split('.').next(), Some(SOLUTION_CLASS)],
            Check::Code(_)
            | Check::Member { .. }
            | Check::Http { .. }
            | Check::Io { .. }
            | Check::Step { .. }
            | Check::Sql { .. }
            | Check::Mutant { .. }
            | Check::Efficiency { .. }
            | Check::Holes(_) => [None, None],
        }
    }
}

/// Makes every test ready; one with members becomes a test for each.
pub(crate) fn expand(task: &Task, pair: &mut Pair<'_>, limits: &Limits) -> Result<Vec<Test>, Error> {
    let mut tests = Vec::with_capacity(task.tests.len());
    let mut references = Vec::new();
    let mut codes = compiled(task, pair, limits)?.into_iter();
    for TestCase { name, check, visible: _, quotes: _ } in &task.tests {
        match check {
            TaskCheck::Assert(_) => {
                tests.extend(codes.next().map(|code| Test::new(name, code.map(Check::Code))));
            }
            TaskCheck::Unittest(check) => tests.extend(call::members(name, check, pair, limits)?),
            TaskCheck::Http(check) => {
                let script = Arc::new(check.clone());
                let http = |code: Result<_, _>| Test::new(name, code.map(|code| Check::Http { code, script }));
                tests.extend(codes.next().map(http));
            }
            TaskCheck::Call(check) => tests.extend(call::cases(task, name, check, pair, limits)?),
            TaskCheck::Reference(check) => {
                references.push((tests.len(), check));
                tests.push(Test::new(name, Err("the task has no reference with an entry point".to_owned())));
            }
            TaskCheck::Io(check) => tests.extend(program::cases(name, check)),
            TaskCheck::Cli(check) => tests.extend(program::steps(name, check)),
            TaskCheck::Sql(check) => tests.push(Test::new(name, sql::expected(task, check, pair, limits)?)),
            TaskCheck::Generated(check) => tests.extend(generated::mutants(task, name, check, pair, limits)?),
            TaskCheck::Efficiency(check) => {
                tests.push(Test::new(name, efficiency::sizes(task, check, pair, limits)?));
            }
            TaskCheck::Security(check) => tests.push(Test::new(name, Ok(Check::Holes(*check)))),
        }
    }
    call::take_references(task, &references, pair, limits, &mut tests)?;
    Ok(tests)
}

/// The code of every test that is code, in their order, compiled in one session.
fn compiled(task: &Task, pair: &mut Pair<'_>, limits: &Limits) -> Result<Vec<Result<TestCode, String>>, Error> {
    let codes = task.tests.iter().filter_map(|test| match &test.check {
        TaskCheck::Assert(check) => Some(&check.code),
        TaskCheck::Http(check) => Some(&check.code),
        TaskCheck::Unittest(_)
        | TaskCheck::Io(_)
        | TaskCheck::Call(_)
        | TaskCheck::Cli(_)
        | TaskCheck::Sql(_)
        | TaskCheck::Generated(_)
        | TaskCheck::Efficiency(_)
        | TaskCheck::Security(_)
        | TaskCheck::Reference(_) => None,
    });
    let mut codes = codes.peekable();
    if codes.peek().is_none() {
        return Ok(Vec::new());
    }
    let mut session = pair.tests(limits)?;
    codes.map(|code| compile(&mut session, code)).collect()
}

/// Runs the tests that don't call what the submission defines; the others have their evidence already.
pub(crate) fn run(
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
    evidence: &mut Evidence,
    found: &mut [Option<TestEvidence>],
) -> Result<(), Error> {
    let mut runs = Runs { code, limits, pair, workspace: None, generated: None };
    for (position, test) in prepared.tests.iter().enumerate() {
        let Ok(check) = &test.check else { continue };
        let seen = match check {
            Check::Io { check, case } => program::io(&mut runs, check, *case)?,
            Check::Step { check, step } => program::step(&mut runs, check, step)?,
            Check::Sql { check, expected, ordered } => sql::run(&mut runs, check, expected, *ordered)?,
            Check::Mutant { mutants, mutant } => generated::run(&mut runs, mutants, *mutant)?,
            Check::Efficiency { check, function, sizes } => efficiency::run(&mut runs, check, function, sizes)?,
            Check::Holes(check) => security::run(prepared, code, *check),
            Check::Code(_) | Check::Member { .. } | Check::Http { .. } | Check::Case { .. } => continue,
        };
        // A program that does not parse fails as a whole.
        if seen.outcome == Outcome::SyntaxError {
            evidence.syntax = SyntaxEvidence::Invalid;
            evidence.load = Some(seen);
            return Ok(());
        }
        found[position] = Some(TestEvidence { name: test.name.clone(), ..seen });
    }
    Ok(())
}

/// The function that a test calls: its own, or the task's entry point. The error is why there is none.
fn function_of<'t>(own: Option<&'t String>, task: &'t Task) -> Result<&'t String, String> {
    let missing = || "it has no `function`, and the task no `entry_point`".to_owned();
    own.or(task.entry_point.as_ref()).ok_or_else(missing)
}

/// A text for a message, cut to so many characters.
fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What the tests of one submission share.
pub(crate) struct Runs<'r, 's> {
    code: &'r str,
    limits: &'r Limits,
    pair: &'r mut Pair<'s>,
    /// The workspace that the last step left, with the test that it belongs to.
    workspace: Option<(Arc<CliCheck>, program::Workspace)>,
    /// The submission's tests, made ready and run on the right program.
    generated: Option<(Arc<Mutants>, generated::OwnTests)>,
}
