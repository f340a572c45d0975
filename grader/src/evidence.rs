//! Runs one program against a prepared task and writes down what happened.

use proofhouse_runtime::{Error, Ran, Session, Slot};
use proofhouse_types::{Blame, Evidence, Fuel, Limits, Outcome, SyntaxEvidence, Task, TestEvidence};

use crate::prepared::{Prepared, Test, in_sessions};

/// Loads the program, then runs every test, each with the task's full fuel.
pub(crate) fn gather(
    task: &Task,
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    slot: &mut Slot<'_>,
) -> Result<Evidence, Error> {
    let mut evidence = Evidence { tests_total: task.tests.len(), ..Evidence::default() };
    let mut tests = Vec::with_capacity(task.tests.len());
    let mut first = true;
    let load = |session: &mut Session<'_, '_>| {
        let (ran, blame) = load(session, prepared, code)?;
        // Only the first load counts: the others stand in for a state that a test destroyed.
        if first {
            evidence.load_fuel = ran.fuel;
            if ran.outcome == Outcome::SyntaxError {
                evidence.syntax = SyntaxEvidence::Invalid;
            }
            if ran.outcome != Outcome::Passed {
                evidence.load = Some(tested("", &ran, blame));
            }
        }
        first = false;
        Ok(ran.outcome == Outcome::Passed)
    };
    in_sessions(slot, limits, task.tests.len(), load, |session, next| {
        let name = &task.tests[next].name;
        let ran = match &prepared.tests[next] {
            Test::Code(code) => session.test(code)?,
            Test::Case { case, tolerance } => {
                session.case(task.entry_point.as_deref().unwrap_or_default(), case, *tolerance)?
            }
            Test::Broken(reason) => {
                tests.push(broken(name, reason));
                return Ok(());
            }
        };
        tests.push(tested(name, &ran, Blame::Solution));
        Ok(())
    })?;
    evidence.tests = tests;
    Ok(evidence)
}

/// The evidence about a submission in which there is no program to run.
pub(crate) fn without_program(task: &Task, outcome: Outcome, message: &str) -> Evidence {
    let load = TestEvidence {
        name: String::new(),
        outcome,
        message: message.to_owned(),
        blame: Some(Blame::Solution),
        fuel: Fuel(0),
    };
    Evidence { syntax: SyntaxEvidence::Absent, load: Some(load), tests_total: task.tests.len(), ..Evidence::default() }
}

/// The program, then the task's setup; the fuel of both.
fn load(session: &mut Session<'_, '_>, prepared: &Prepared, code: &str) -> Result<(Ran, Blame), Error> {
    let loaded = session.load(code)?;
    let Some(setup) = prepared.setup.as_ref().filter(|_| loaded.outcome == Outcome::Passed) else {
        return Ok((loaded, Blame::Solution));
    };
    let (mut ran, blame) = match setup {
        Ok(setup) => (session.test(setup)?, Blame::Solution),
        Err(reason) => {
            let broken = Ran { outcome: Outcome::Skipped, message: reason.clone(), ..loaded.clone() };
            (Ran { fuel: Fuel(0), ..broken }, Blame::Tests)
        }
    };
    if ran.outcome != Outcome::Passed {
        ran.message = format!("in the task's setup: {}", ran.message);
    }
    ran.fuel = Fuel(ran.fuel.0 + loaded.fuel.0);
    Ok((ran, blame))
}

fn tested(name: &str, ran: &Ran, blame: Blame) -> TestEvidence {
    let blame = (ran.outcome != Outcome::Passed).then_some(blame);
    TestEvidence { name: name.to_owned(), outcome: ran.outcome, message: ran.message.clone(), blame, fuel: ran.fuel }
}

fn broken(name: &str, reason: &str) -> TestEvidence {
    TestEvidence {
        name: name.to_owned(),
        outcome: Outcome::Skipped,
        message: format!("the test is broken: {reason}"),
        blame: Some(Blame::Tests),
        fuel: Fuel(0),
    }
}
