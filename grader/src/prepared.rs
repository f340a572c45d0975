//! A task made ready once: its tests compiled, the reference's answers taken, and how its submissions are judged decided.
//! Submissions pay for none of it, and none of them has a say in it.

use proofhouse_runtime::{Error, ExpectedCase, Pair, Plan, Ran, Session, TestCode};
use proofhouse_types::{Check as TaskCheck, Evidence, Limits, Outcome, Task};

use crate::isolation::{Isolating, Judging, decide};

/// What runs against each submission of a task.
pub(crate) struct Prepared {
    /// What the judge needs to know.
    pub plan: Plan,
    /// Runs after the submission was loaded; an error is why Python refuses it.
    pub setup: Option<Result<TestCode, String>>,
    /// One for each test of the task.
    pub tests: Vec<Test>,
    /// Where the tests run.
    pub judging: Judging,
    /// What the reference did, where it passed everything: the same program need not run again.
    pub reference: Option<Evidence>,
}

/// A test made ready. An error says that it is broken, and why.
pub(crate) struct Test {
    pub check: Result<Check, String>,
    /// Whether a pass must have seen an assertion hold.
    pub asserts: bool,
    /// Whether the reference answers with plain data alone: an object then answers to the tests as it likes.
    pub plain: bool,
    /// What the reference did, where it was run: what it fails is the tests' fault.
    pub reference_passes: Option<bool>,
}

pub(crate) enum Check {
    /// Statements that raise when the answer is wrong.
    Code(TestCode),
    /// A call, and the reference's answer to it.
    Case { case: ExpectedCase, tolerance: f64 },
}

impl Prepared {
    pub(crate) fn of(task: &Task, pair: &mut Pair<'_>, limits: &Limits, isolating: Isolating) -> Result<Self, Error> {
        let mut session = pair.tests(limits)?;
        let mut compile = |code: &str| -> Result<Result<TestCode, String>, Error> {
            Ok(session.compile_tests(code)?.map_err(|ran| described(&ran)))
        };
        let setup = if task.setup.is_empty() { None } else { Some(compile(&task.setup)?) };
        let mut tests = Vec::with_capacity(task.tests.len());
        for test in &task.tests {
            let check = match &test.check {
                TaskCheck::Assert { code } => compile(code)?.map(Check::Code),
                TaskCheck::Reference { .. } => Err("the task has no reference with an entry point".to_owned()),
            };
            let asserts = match &check {
                Ok(Check::Code(code)) => code.has_assertions(),
                Ok(Check::Case { .. }) | Err(_) => true,
            };
            tests.push(Test { check, asserts, plain: false, reference_passes: None });
        }
        let plan = plan(task, &mut session, setup.as_ref(), &tests)?;
        drop(session);
        take_references(task, pair, limits, &mut tests)?;
        let mut prepared = Prepared { plan, setup, tests, judging: Judging::Isolated, reference: None };
        decide(task, &mut prepared, pair, limits, isolating)?;
        Ok(prepared)
    }
}

fn plan(
    task: &Task,
    session: &mut Session<'_, '_>,
    setup: Option<&Result<TestCode, String>>,
    tests: &[Test],
) -> Result<Plan, Error> {
    let setup = setup.and_then(|setup| setup.as_ref().ok());
    let tests = tests.iter().filter_map(|test| match &test.check {
        Ok(Check::Code(code)) => Some(code),
        Ok(Check::Case { .. }) | Err(_) => None,
    });
    let code: Vec<&TestCode> = setup.into_iter().chain(tests).collect();
    let entry_point = task.entry_point.as_deref().unwrap_or_default();
    session.plan(entry_point, &task.prompt, task.reference.as_deref().unwrap_or_default(), &code)
}

pub(crate) fn described(ran: &Ran) -> String {
    if ran.message.is_empty() { ran.outcome.to_string() } else { ran.message.clone() }
}

/// Lets the reference answer every call that submissions will be held to.
fn take_references(task: &Task, pair: &mut Pair<'_>, limits: &Limits, tests: &mut [Test]) -> Result<(), Error> {
    let calls: Vec<(usize, &str, f64)> = task
        .tests
        .iter()
        .enumerate()
        .filter_map(|(position, test)| match &test.check {
            TaskCheck::Reference { arguments, tolerance } => Some((position, arguments.as_str(), *tolerance)),
            TaskCheck::Assert { .. } => None,
        })
        .collect();
    let (Some(reference), Some(entry_point)) = (&task.reference, &task.entry_point) else { return Ok(()) };
    let mut left = calls.iter();
    while !left.as_slice().is_empty() {
        let mut session = pair.shared(limits)?;
        let loaded = session.load(reference)?;
        if loaded.outcome != Outcome::Passed {
            for (position, _, _) in left {
                tests[*position].check = Err(format!("the reference does not load: {}", described(&loaded)));
            }
            return Ok(());
        }
        while session.is_usable()
            && let Some((position, arguments, tolerance)) = left.next()
        {
            tests[*position].check = match session.expect(entry_point, arguments)? {
                Ok(case) => Ok(Check::Case { case, tolerance: *tolerance }),
                Err(ran) => Err(format!("the reference does not answer: {}", described(&ran))),
            };
        }
    }
    Ok(())
}
