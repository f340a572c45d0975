//! Runs one program against a prepared task and writes down what happened.

use proofhouse_runtime::{Error, Judged, Pair, Ran};
use proofhouse_types::{
    Blame, Evidence, Fuel, IsolationMode, Limits, Outcome, SyntaxEvidence, Task, TestCase, TestEvidence,
};

use crate::attempt::Attempt;
use crate::isolation::Judging;
use crate::prepared::{Prepared, Test};

/// Loads the program, then runs every test, each with the task's full fuel.
pub(crate) fn gather(
    task: &Task,
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Evidence, Error> {
    let known = prepared.reference.as_ref().filter(|_| task.reference.as_deref() == Some(code));
    let mut run = |mode| match known {
        Some(known) => Ok(known.clone()),
        None => gather_in(mode, task, prepared, code, limits, pair),
    };
    let evidence = match &prepared.judging {
        Judging::Isolated => run(IsolationMode::Isolated)?,
        Judging::Shared { .. } => run(IsolationMode::Shared)?,
        Judging::NotJudged { why } => not_judged(task, why),
    };
    Ok(Evidence { isolation: prepared.judging.isolation(), ..evidence })
}

fn not_judged(task: &Task, why: &str) -> Evidence {
    let test = |test: &TestCase| TestEvidence {
        name: test.name.clone(),
        outcome: Outcome::NotJudged,
        message: why.to_owned(),
        ..TestEvidence::default()
    };
    Evidence { tests: task.tests.iter().map(test).collect(), tests_total: task.tests.len(), ..Evidence::default() }
}

/// The same in one of the two ways.
pub(crate) fn gather_in(
    mode: IsolationMode,
    task: &Task,
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Evidence, Error> {
    let count = task.tests.len();
    let mut evidence = Evidence { tests_total: count, ..Evidence::default() };
    let mut first = true;
    // After a test that ended its interpreter the next gets a new one; so does every test of a task that asks for it.
    while first || evidence.tests.len() < count {
        let mut attempt = Attempt::new(pair, mode, limits)?;
        let (ran, blame) = attempt.load(task, prepared, code)?;
        // Only the first load counts: the others stand in for a state that a test destroyed.
        if first {
            evidence.load_fuel = ran.fuel;
            if ran.outcome == Outcome::SyntaxError {
                evidence.syntax = SyntaxEvidence::Invalid;
            }
        }
        if ran.outcome != Outcome::Passed {
            evidence.load = Some(loaded(&ran, blame));
            evidence.tests.clear();
            return Ok(evidence);
        }
        first = false;
        let mut fresh = true;
        while attempt.is_usable() && evidence.tests.len() < count && (fresh || !task.fresh) {
            let position = evidence.tests.len();
            let (name, test) = (&task.tests[position].name, &prepared.tests[position]);
            evidence.tests.push(match &test.check {
                Ok(check) => tested(task, name, test, attempt.test(task, check)?),
                Err(reason) => broken(name, reason),
            });
            fresh = false;
        }
    }
    Ok(evidence)
}

/// The evidence about a submission in which there is no program to run.
pub(crate) fn without_program(task: &Task, outcome: Outcome, message: &str) -> Evidence {
    let load =
        TestEvidence { outcome, message: message.to_owned(), blame: Some(Blame::Solution), ..TestEvidence::default() };
    Evidence { syntax: SyntaxEvidence::Absent, load: Some(load), tests_total: task.tests.len(), ..Evidence::default() }
}

pub(crate) fn is_pass(test: &TestEvidence) -> bool {
    test.outcome == Outcome::Passed
}

fn loaded(ran: &Ran, blame: Blame) -> TestEvidence {
    let (outcome, message) = (ran.outcome, ran.message.clone());
    TestEvidence { outcome, message, blame: Some(blame), fuel: ran.fuel, ..TestEvidence::default() }
}

/// A pass needs proof: an assertion that held, and nothing that only the solution vouches for.
fn tested(task: &Task, name: &str, test: &Test, judged: Judged) -> TestEvidence {
    let Judged { ran, lost, judge_fuel, calls, held, vouched, object, .. } = judged;
    // Where the reference answers with plain data, an object of the solution's stands for its own word alone.
    let vouched = vouched.or_else(|| object.clone().filter(|_| test.plain));
    let (outcome, message) = match &vouched {
        _ if ran.outcome != Outcome::Passed => (ran.outcome, ran.message),
        Some(by) if !task.allow_vouched => (Outcome::Failed, format!("only the solution's own {by} vouches for it")),
        _ if test.asserts && held == 0 => (Outcome::Failed, "no assertion of the test was reached".to_owned()),
        _ => (Outcome::Passed, String::new()),
    };
    // What the reference fails as well is no fault of a submission's, unless its guest ended.
    let blame = if test.reference_passes == Some(false) && !lost { Blame::Tests } else { Blame::Solution };
    let blame = (outcome != Outcome::Passed).then_some(blame);
    TestEvidence {
        name: name.to_owned(),
        outcome,
        message,
        blame,
        fuel: ran.fuel,
        judge_fuel,
        calls,
        held,
        object,
        vouched,
    }
}

fn broken(name: &str, reason: &str) -> TestEvidence {
    TestEvidence {
        name: name.to_owned(),
        outcome: Outcome::Skipped,
        message: format!("the test is broken: {reason}"),
        blame: Some(Blame::Tests),
        fuel: Fuel(0),
        ..TestEvidence::default()
    }
}
