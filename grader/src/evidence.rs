//! Runs one program against a prepared task and writes down what happened.

use proofhouse_runtime::{Error, Judged, Pair, Ran};
use proofhouse_syntax::ends_inside;
use proofhouse_types::{Blame, Evidence, Fuel, IsolationMode, Limits, Outcome, SyntaxEvidence, Task, TestEvidence};

use crate::attempt::Attempt;
use crate::isolation::Judging;
use crate::kinds;
use crate::prepared::{Prepared, Test};
use crate::text;

/// Runs every test, each with the task's full fuel.
pub(crate) fn gather(
    task: &Task,
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Evidence, Error> {
    let known = prepared.reference.as_ref().filter(|_| task.reference.as_deref() == Some(code));
    let mut evidence = match known {
        Some(known) => known.clone(),
        None => gather_all(task, prepared, code, limits, pair)?,
    };
    evidence.isolation = prepared.judging.isolation();
    (evidence.tests_total, evidence.efficiency_total) = prepared.totals();
    let read = text::read(prepared, code);
    (evidence.features, evidence.findings) = (read.features, read.findings);
    evidence.is_checked = prepared.against.analyser.is_some();
    if let Some(load) = evidence.load.as_mut().filter(|load| load.outcome == Outcome::SyntaxError)
        && ends_inside(code, task.language)
    {
        load.outcome = Outcome::Truncated;
    }
    Ok(evidence)
}

fn gather_all(
    task: &Task,
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Evidence, Error> {
    let calling = prepared.tests.iter().filter(|test| test.is_of_module()).count();
    let all = prepared.tests.len();
    let mut evidence = Evidence::default();
    let mut found: Vec<Option<TestEvidence>> = vec![None; all];
    if calling > 0 || all == 0 {
        let mut run = |mode| gather_calling(mode, task, prepared, code, limits, pair);
        let called = match &prepared.judging {
            Judging::Isolated => run(IsolationMode::Isolated)?,
            Judging::Shared { .. } => run(IsolationMode::Shared)?,
            Judging::NotJudged { why } => not_judged(prepared, why),
        };
        if called.load.is_some() && (calling == all || called.syntax != SyntaxEvidence::Valid) {
            return Ok(called);
        }
        evidence.load_fuel = called.load_fuel;
        let mut tests = called.tests.into_iter();
        for (test, place) in prepared.tests.iter().zip(&mut found).filter(|(test, _)| test.is_of_module()) {
            let failed = |load: &TestEvidence| {
                let message = format!("when loaded: {}", load.message);
                TestEvidence { name: test.name.clone(), message, fuel: Fuel(0), ..load.clone() }
            };
            *place = called.load.as_ref().map(failed).or_else(|| tests.next());
        }
    }
    kinds::run(prepared, code, limits, pair, &mut evidence, &mut found)?;
    if evidence.load.is_none() {
        evidence.tests = found.into_iter().flatten().collect();
    }
    Ok(evidence)
}

fn not_judged(prepared: &Prepared, why: &str) -> Evidence {
    let test = |test: &Test| TestEvidence {
        name: test.name.clone(),
        outcome: Outcome::NotJudged,
        message: why.to_owned(),
        ..TestEvidence::default()
    };
    let tests = prepared.tests.iter().filter(|test| test.is_of_module()).map(test).collect();
    Evidence { tests, ..Evidence::default() }
}

/// Loads the program, then runs the tests that call what it defines, in one of the two ways.
pub(crate) fn gather_calling(
    mode: IsolationMode,
    task: &Task,
    prepared: &Prepared,
    code: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Evidence, Error> {
    let tests: Vec<&Test> = prepared.tests.iter().filter(|test| test.is_of_module()).collect();
    let count = tests.len();
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
            let test = tests[evidence.tests.len()];
            evidence.tests.push(match &test.check {
                Ok(check) => tested(task, test, attempt.test(check)?),
                Err(reason) => broken(&test.name, reason),
            });
            fresh = false;
        }
    }
    Ok(evidence)
}

/// The evidence about a submission in which there is no whole program. What there is of it is read for features.
pub(crate) fn without_program(prepared: &Prepared, outcome: Outcome, message: &str, code: &str) -> Evidence {
    let load =
        TestEvidence { outcome, message: message.to_owned(), blame: Some(Blame::Solution), ..TestEvidence::default() };
    let features = text::read(prepared, code).features;
    let (tests_total, efficiency_total) = prepared.totals();
    Evidence {
        syntax: SyntaxEvidence::Absent,
        load: Some(load),
        tests_total,
        efficiency_total,
        features,
        is_checked: prepared.against.analyser.is_some(),
        ..Evidence::default()
    }
}

/// The evidence about any submission of a task that needs packages, where there are none.
pub(crate) fn unmeasured(task: &Task) -> Evidence {
    let packages = task.packages.join("`, `");
    let message = format!("the task needs `{packages}`: run `proofhouse setup --packages`");
    let load = TestEvidence { outcome: Outcome::Skipped, message, ..TestEvidence::default() };
    Evidence { load: Some(load), tests_total: task.tests.len(), unmeasured: true, ..Evidence::default() }
}

pub(crate) fn is_pass(test: &TestEvidence) -> bool {
    test.outcome == Outcome::Passed
}

fn loaded(ran: &Ran, blame: Blame) -> TestEvidence {
    let (outcome, message) = (ran.outcome, ran.message.clone());
    TestEvidence { outcome, message, blame: Some(blame), fuel: ran.fuel, ..TestEvidence::default() }
}

/// A pass needs proof: an assertion that held, and nothing that only the solution vouches for.
fn tested(task: &Task, test: &Test, judged: Judged) -> TestEvidence {
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
        name: test.name.clone(),
        outcome,
        message,
        blame,
        fuel: ran.fuel,
        judge_fuel,
        calls,
        held,
        object,
        vouched,
        ..TestEvidence::default()
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
