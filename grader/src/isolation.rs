//! Where a task's tests run: apart from the submission, unless the task itself can't be judged so. Decided from the task,
//! its tests and its reference, before any submission is there.

use std::collections::BTreeSet;
use std::fmt;

use proofhouse_runtime::{Error, Pair, Rules};
use proofhouse_types::{Evidence, Isolation, IsolationMode, Limits, Outcome, Task};
use serde::{Deserialize, Serialize};

use crate::evidence::{gather_calling, is_pass};
use crate::kinds::Check;
use crate::prepared::{Prepared, Test};

/// What is asked of the isolation of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolating {
    /// Apart wherever the task can be judged so, shared otherwise, and the report says why.
    #[default]
    Auto,
    /// Apart, or not at all.
    Isolated,
    /// In the interpreter of the code under test, which can forge its verdict then.
    Shared,
}

impl fmt::Display for Isolating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Isolating::Auto => "auto",
            Isolating::Isolated => "isolated",
            Isolating::Shared => "shared",
        })
    }
}

/// How a task's submissions are judged.
#[derive(Debug, Clone)]
pub(crate) enum Judging {
    Isolated,
    Shared { why: String },
    NotJudged { why: String },
}

impl Judging {
    pub(crate) fn isolation(&self) -> Isolation {
        match self {
            Judging::Isolated => Isolation { mode: IsolationMode::Isolated, why: String::new() },
            Judging::Shared { why } => Isolation { mode: IsolationMode::Shared, why: why.clone() },
            Judging::NotJudged { why } => Isolation { mode: IsolationMode::Isolated, why: why.clone() },
        }
    }
}

/// Tries the reference before the judge. What it fails there and passes with the interpreter shared, the judge can't tell.
pub(crate) fn decide(
    task: &Task,
    prepared: &mut Prepared,
    pair: &mut Pair<'_>,
    limits: &Limits,
    isolating: Isolating,
) -> Result<(), Error> {
    if isolating == Isolating::Shared {
        prepared.judging = Judging::Shared { why: "asked for".to_owned() };
        return Ok(());
    }
    // Answers that were taken from the reference have crossed already.
    let runs_code = prepared.tests.iter().any(|test| {
        matches!(test.check, Ok(Check::Code(_) | Check::Member { .. } | Check::Http { .. }))
            || matches!(&test.check, Ok(Check::Case { rules, .. }) if *rules != Rules::Reference)
    });
    let Some(reference) = task.reference.as_ref().filter(|_| runs_code) else { return Ok(()) };
    let mut apart = gather_calling(IsolationMode::Isolated, task, prepared, reference, limits, pair)?;
    drop_skipped(prepared, &mut apart);
    if apart.tests.len() == apart.tests_total && apart.tests.iter().all(is_pass) {
        note(prepared, &apart);
        prepared.reference = Some(apart).filter(|apart| apart.tests_total == prepared.tests.len());
        return Ok(());
    }
    let shared = gather_calling(IsolationMode::Shared, task, prepared, reference, limits, pair)?;
    let Some(why) = only_shared(&apart, &shared) else {
        note(prepared, &apart);
        return Ok(());
    };
    if isolating == Isolating::Isolated {
        let why = format!("can't be judged apart from its tests: {why}");
        prepared.judging = Judging::NotJudged { why };
    } else {
        note(prepared, &shared);
        prepared.judging = Judging::Shared { why };
    }
    Ok(())
}

/// Takes away the members of test files that skip themselves, which is nothing that a submission could pass.
fn drop_skipped(prepared: &mut Prepared, apart: &mut Evidence) {
    let is_member = |test: &Test| matches!(test.check, Ok(Check::Member { .. }));
    let skipped: BTreeSet<String> = {
        let called = prepared.tests.iter().filter(|test| test.is_of_module());
        let seen = called.zip(&apart.tests).filter(|(test, seen)| is_member(test) && seen.outcome == Outcome::Skipped);
        seen.map(|(test, _)| test.name.clone()).collect()
    };
    prepared.tests.retain(|test| !(is_member(test) && skipped.contains(&test.name)));
    apart.tests.retain(|test| !skipped.contains(&test.name));
    apart.tests_total -= skipped.len();
}

/// Writes down what the reference did.
fn note(prepared: &mut Prepared, evidence: &Evidence) {
    for (position, test) in prepared.tests.iter_mut().filter(|test| test.is_of_module()).enumerate() {
        let seen = evidence.tests.get(position);
        test.reference_passes = Some(seen.is_some_and(is_pass));
        // A pass of the reference without any assertion asks none of a submission.
        test.plain = seen.is_some_and(|seen| is_pass(seen) && seen.object.is_none());
        test.asserts &= seen.is_none_or(|seen| seen.held > 0);
    }
}

/// The first thing that the reference passes with the interpreter shared, and not before the judge.
fn only_shared(apart: &Evidence, shared: &Evidence) -> Option<String> {
    let said = |name: &str, outcome: Outcome, message: &str| match name {
        "" => format!("the reference is {outcome} when loaded: {message}"),
        _ => format!("the reference is {outcome} in `{name}`: {message}"),
    };
    if shared.load.is_some() {
        return None;
    }
    if let Some(load) = &apart.load {
        return Some(said("", load.outcome, &load.message));
    }
    let differs = apart.tests.iter().zip(&shared.tests).find(|(apart, shared)| !is_pass(apart) && is_pass(shared));
    differs.map(|(apart, _)| said(&apart.name, apart.outcome, &apart.message))
}
