//! A task made ready once: its tests compiled, and the reference's answers taken. Submissions pay for none of it.

use proofhouse_runtime::{Error, ExpectedCase, Ran, Session, Slot, TestCode};
use proofhouse_types::{Check, Limits, Outcome, Task};

/// What runs against each submission of a task.
pub(crate) struct Prepared {
    /// Runs after the submission was loaded; an error is why Python refuses it.
    pub setup: Option<Result<TestCode, String>>,
    /// One for each test of the task.
    pub tests: Vec<Test>,
}

pub(crate) enum Test {
    /// Statements that raise when the answer is wrong.
    Code(TestCode),
    /// A call, and the reference's answer to it.
    Case { case: ExpectedCase, tolerance: f64 },
    /// The test itself is broken, and why.
    Broken(String),
}

/// Runs items in sessions that have loaded a program. After an item that ends its session the next gets a new one.
///
/// `load` answers whether to go on.
pub(crate) fn in_sessions(
    slot: &mut Slot<'_>,
    limits: &Limits,
    count: usize,
    mut load: impl FnMut(&mut Session<'_, '_>) -> Result<bool, Error>,
    mut run: impl FnMut(&mut Session<'_, '_>, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut next = 0;
    loop {
        let mut session = slot.session(limits)?;
        if !load(&mut session)? {
            return Ok(());
        }
        while next < count && session.is_usable() {
            run(&mut session, next)?;
            next += 1;
        }
        if next >= count {
            return Ok(());
        }
    }
}

impl Prepared {
    pub(crate) fn of(task: &Task, slot: &mut Slot<'_>, limits: &Limits) -> Result<Prepared, Error> {
        let mut session = slot.session(limits)?;
        let mut compile = |code: &str| -> Result<Result<TestCode, String>, Error> {
            Ok(session.compile_tests(code)?.map_err(|ran| described(&ran)))
        };
        let setup = if task.setup.is_empty() { None } else { Some(compile(&task.setup)?) };
        let mut tests = Vec::with_capacity(task.tests.len());
        for test in &task.tests {
            tests.push(match &test.check {
                Check::Assert { code } => compile(code)?.map_or_else(Test::Broken, Test::Code),
                Check::Reference { .. } => Test::Broken("the task has no reference with an entry point".to_owned()),
            });
        }
        drop(session);
        take_references(task, slot, limits, &mut tests)?;
        Ok(Prepared { setup, tests })
    }
}

fn described(ran: &Ran) -> String {
    if ran.message.is_empty() { ran.outcome.to_string() } else { ran.message.clone() }
}

/// Lets the reference answer every call that submissions will be held to.
fn take_references(task: &Task, slot: &mut Slot<'_>, limits: &Limits, tests: &mut [Test]) -> Result<(), Error> {
    let calls: Vec<(usize, &str, f64)> = task
        .tests
        .iter()
        .enumerate()
        .filter_map(|(position, test)| match &test.check {
            Check::Reference { arguments, tolerance } => Some((position, arguments.as_str(), *tolerance)),
            Check::Assert { .. } => None,
        })
        .collect();
    let (Some(reference), Some(entry_point)) = (&task.reference, &task.entry_point) else { return Ok(()) };
    if calls.is_empty() {
        return Ok(());
    }
    let mut broken = None;
    let load = |session: &mut Session<'_, '_>| {
        let ran = session.load(reference)?;
        if ran.outcome != Outcome::Passed {
            broken = Some(format!("the reference does not load: {}", described(&ran)));
        }
        Ok(ran.outcome == Outcome::Passed)
    };
    in_sessions(slot, limits, calls.len(), load, |session, next| {
        let (position, arguments, tolerance) = calls[next];
        tests[position] = match session.expect(entry_point, arguments)? {
            Ok(case) => Test::Case { case, tolerance },
            Err(ran) => Test::Broken(format!("the reference does not answer: {}", described(&ran))),
        };
        Ok(())
    })?;
    if let Some(reason) = broken {
        for (position, _, _) in calls {
            tests[position] = Test::Broken(reason.clone());
        }
    }
    Ok(())
}
