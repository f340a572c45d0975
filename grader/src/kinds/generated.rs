//! Submissions that are tests: they must pass on a right program, and fail on each mutant of it.
//!
//! The program and its mutants stand where submissions do otherwise, in a guest of their own: the tests see what they
//! answer, not what they are.

use std::sync::Arc;

use proofhouse_runtime::{Error, Pair, Plan, TestFile};
use proofhouse_syntax::mutants as mutants_of;
use proofhouse_types::{Blame, Fuel, GeneratedCheck, Language, Limits, Outcome, Task, TestEvidence};

use super::{Check, Runs, function_of};
use crate::prepared::{Test, described};

/// How much more fuel than the program a mutant may use before it counts as one that never ends.
const PATIENCE: u64 = 20;
/// Fuel that it may use in any case: a call costs some, whatever it does.
const LEAST: u64 = 100_000_000;
/// Why the last mutants are not killed.
const SPENT: &str = "the tests used all of their fuel on the mutants before";

/// Tests in one file. Those that models write have some dozens, and each runs once for each mutant.
const MOST_TESTS: usize = 500;

/// A program and the mutants of it that do something else.
pub(crate) struct Mutants {
    entry_point: String,
    subject: String,
    /// Each with its name.
    mutants: Vec<(String, String)>,
}

/// The submission's tests.
pub(super) struct OwnTests {
    /// What runs; or why they pass no member.
    ready: Result<(TestFile, Plan), (Outcome, String)>,
    /// Fuel that they use on the right program.
    fuel: Fuel,
    /// Fuel that they used so far: as much as one test may, all mutants together.
    spent: Fuel,
}

/// One test for each mutant that is proven to differ from the program.
pub(super) fn mutants(
    task: &Task,
    name: &str,
    check: &GeneratedCheck,
    pair: &mut Pair<'_>,
    limits: &Limits,
) -> Result<Vec<Test>, Error> {
    let broken = |reason: String| Ok(vec![Test::new(name, Err(reason))]);
    let function = match function_of(check.function.as_ref(), task) {
        Ok(function) => function,
        Err(reason) => return broken(reason),
    };
    let (right, fuel) = match answers(&check.subject, function, &check.inputs, limits, pair)? {
        Ok(right) => right,
        Err(reason) => return broken(format!("the subject: {reason}")),
    };
    let bounded = Limits { fuel: limits.fuel.min(patience(fuel)), ..limits.clone() };
    let mut mutants = Vec::new();
    for mutant in mutants_of(&check.subject, Language::Python) {
        // One that does not even load, or end, differs as well.
        let same = answers(&mutant.code, function, &check.inputs, &bounded, pair)?;
        if same.is_ok_and(|(answers, _)| answers == right) {
            continue;
        }
        mutants.push((format!("line {}: {}", mutant.line, mutant.change), mutant.code));
    }
    if mutants.is_empty() {
        return broken("no mutant of the subject differs from it on the inputs".to_owned());
    }
    let mutants = Arc::new(Mutants { entry_point: function.clone(), subject: check.subject.clone(), mutants });
    let one = |mutant: usize| {
        let check = Check::Mutant { mutants: mutants.clone(), mutant };
        Test::member(name, &mutants.mutants[mutant].0, Ok(check))
    };
    Ok((0..mutants.mutants.len()).map(one).collect())
}

/// Fuel that a mutant may use, where the program uses so much.
fn patience(fuel: Fuel) -> Fuel {
    Fuel(fuel.0.saturating_mul(PATIENCE).saturating_add(LEAST))
}

/// What a program answers to the inputs, and its fuel; the inner error is what it did instead.
fn answers(
    program: &str,
    function: &str,
    inputs: &str,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Result<(Vec<u8>, Fuel), String>, Error> {
    let mut session = pair.tests(limits)?;
    let loaded = session.load(program)?;
    if loaded.outcome != Outcome::Passed {
        return Ok(Err(described(&loaded)));
    }
    Ok(session.answers(function, inputs)?.map_err(|ran| described(&ran)))
}

pub(super) fn run(runs: &mut Runs<'_, '_>, mutants: &Arc<Mutants>, mutant: usize) -> Result<TestEvidence, Error> {
    let known = runs.generated.take().filter(|(owner, _)| Arc::ptr_eq(owner, mutants));
    let mut own = match known {
        Some((_, own)) => own,
        None => own_tests(runs, mutants)?,
    };
    let seen = match (&own.ready, runs.limits.fuel.0.checked_sub(own.spent.0)) {
        (Err((outcome, message)), _) => (*outcome, message.clone(), Fuel(0)),
        (Ok(_), None | Some(0)) => (Outcome::OutOfFuel, SPENT.to_owned(), Fuel(0)),
        (Ok((file, plan)), Some(left)) => {
            let (left, patience) = (Fuel(left), patience(own.fuel));
            let limits = Limits { fuel: patience.min(left), ..runs.limits.clone() };
            let (outcome, _, fuel) = tried(runs.pair, file, plan, &mutants.mutants[mutant].1, &limits)?;
            match outcome {
                Outcome::Passed => (Outcome::Failed, "passes with the mutant".to_owned(), fuel),
                // The end of what is left says nothing of the mutant.
                Outcome::OutOfFuel if left < patience => (Outcome::OutOfFuel, SPENT.to_owned(), fuel),
                _ => (Outcome::Passed, String::new(), fuel),
            }
        }
    };
    let (outcome, message, fuel) = seen;
    // A mutant that never ends is not the tests' doing: it counts like one that takes as long as the program and some.
    own.spent = Fuel(own.spent.0.saturating_add(fuel.0.min(own.fuel.0.saturating_add(LEAST))));
    runs.generated = Some((mutants.clone(), own));
    let blame = (outcome != Outcome::Passed).then_some(Blame::Solution);
    Ok(TestEvidence { outcome, message, blame, fuel, ..TestEvidence::default() })
}

/// Makes the submission's tests ready and runs them on the right program.
fn own_tests(runs: &mut Runs<'_, '_>, mutants: &Mutants) -> Result<OwnTests, Error> {
    let broken = |outcome, message, fuel| OwnTests { ready: Err((outcome, message)), fuel, spent: Fuel(0) };
    let mut session = runs.pair.tests(runs.limits)?;
    let file = match session.compile_file(runs.code)? {
        Ok(file) => file,
        Err(ran) => return Ok(broken(ran.outcome, described(&ran), ran.fuel)),
    };
    let count = file.members().len();
    if count > MOST_TESTS {
        return Ok(broken(Outcome::Failed, format!("{count} tests are more than {MOST_TESTS}"), Fuel(0)));
    }
    let plan = session.plan(&mutants.entry_point, &[], &[], "", &mutants.subject, &[file.code()])?;
    drop(session);
    let (outcome, message, fuel) = tried(runs.pair, &file, &plan, &mutants.subject, runs.limits)?;
    if outcome != Outcome::Passed {
        let outcome = if outcome == Outcome::Raised { Outcome::Failed } else { outcome };
        let message = format!("the tests fail on the program that they are for: {message}");
        return Ok(broken(outcome, message, fuel));
    }
    Ok(OwnTests { ready: Ok((file, plan)), fuel, spent: fuel })
}

/// Runs tests on a program, up to the first that fails. They have the limits' fuel all together, and can't tell by the clock what
/// the program is.
fn tried(
    pair: &mut Pair<'_>,
    file: &TestFile,
    plan: &Plan,
    program: &str,
    limits: &Limits,
) -> Result<(Outcome, String, Fuel), Error> {
    let mut trial = pair.trial(limits)?;
    trial.hide_time();
    let loaded = trial.load(program, plan)?;
    if loaded.outcome != Outcome::Passed {
        return Ok((loaded.outcome, described(&loaded), loaded.fuel));
    }
    let begun = trial.begin(plan, None)?;
    if begun.ran.outcome != Outcome::Passed {
        return Ok((begun.ran.outcome, described(&begun.ran), begun.ran.fuel));
    }
    let judged = trial.members(file)?;
    let fuel = Fuel(judged.ran.fuel.0 + judged.judge_fuel.0);
    // One test that skips itself says nothing.
    let outcome = if judged.ran.outcome == Outcome::Skipped { Outcome::Passed } else { judged.ran.outcome };
    Ok((outcome, described(&judged.ran), fuel))
}
