//! One submission loaded, its tests apart from it or in the same interpreter.

use proofhouse_runtime::{Error, Judged, Pair, Ran, Session, Trial};
use proofhouse_types::{Blame, Fuel, IsolationMode, Limits, Outcome, Task};

use crate::kinds::Check;
use crate::prepared::Prepared;

/// A submission that is loaded and can be tested.
pub(crate) enum Attempt<'a, 's> {
    Isolated(Box<Trial<'a, 's>>),
    Shared(Box<Session<'a, 's>>),
}

impl<'a, 's> Attempt<'a, 's> {
    pub(crate) fn new(pair: &'a mut Pair<'s>, mode: IsolationMode, limits: &Limits) -> Result<Self, Error> {
        Ok(match mode {
            IsolationMode::Isolated => Attempt::Isolated(Box::new(pair.trial(limits)?)),
            IsolationMode::Shared => Attempt::Shared(Box::new(pair.shared(limits)?)),
        })
    }

    /// Not after a trap or a limit that ended an interpreter.
    pub(crate) fn is_usable(&self) -> bool {
        match self {
            Attempt::Isolated(trial) => trial.is_usable(),
            Attempt::Shared(session) => session.is_usable(),
        }
    }

    /// Loads the program, then the task's setup; the fuel of both.
    pub(crate) fn load(&mut self, task: &Task, prepared: &Prepared, code: &str) -> Result<(Ran, Blame), Error> {
        let loaded = match self {
            Attempt::Isolated(trial) => trial.load(code, &prepared.plan)?,
            Attempt::Shared(session) => session.load(code)?,
        };
        if loaded.outcome != Outcome::Passed {
            return Ok((loaded, Blame::Solution));
        }
        let setup = match prepared.setup.as_ref().map(Result::as_ref) {
            Some(Err(reason)) => {
                let message = format!("in the task's setup: {reason}");
                return Ok((Ran { outcome: Outcome::Skipped, message, ..loaded }, Blame::Tests));
            }
            Some(Ok(setup)) => Some(setup),
            None => None,
        };
        let begun = match self {
            Attempt::Isolated(trial) => trial.begin(&prepared.plan, setup)?,
            Attempt::Shared(session) => match setup {
                Some(setup) => session.test(setup)?,
                None => return Ok((loaded, Blame::Solution)),
            },
        };
        let mut ran = begun.ran;
        if let Some(by) = begun.vouched.filter(|_| ran.outcome == Outcome::Passed && !task.allow_vouched) {
            ran.outcome = Outcome::Failed;
            ran.message = format!("only the solution's own {by} vouches for it");
        }
        if ran.outcome != Outcome::Passed {
            ran.message = format!("in the task's setup: {}", ran.message);
        }
        ran.fuel = Fuel(ran.fuel.0 + begun.judge_fuel.0 + loaded.fuel.0);
        Ok((ran, Blame::Solution))
    }

    /// Runs one test.
    pub(crate) fn test(&mut self, check: &Check) -> Result<Judged, Error> {
        match (self, check) {
            (Attempt::Isolated(trial), Check::Code(code)) => trial.test(code),
            (Attempt::Shared(session), Check::Code(code)) => session.test(code),
            (Attempt::Isolated(trial), Check::Member { file, member }) => trial.member(file, member),
            (Attempt::Shared(session), Check::Member { file, member }) => session.member(file, member),
            (Attempt::Isolated(trial), Check::Http { code, script }) => trial.http(code, script),
            (Attempt::Shared(session), Check::Http { code, script }) => session.http(code, script),
            (Attempt::Isolated(trial), Check::Case { function, case, tolerance, rules }) => {
                trial.case(function, case, *tolerance, *rules)
            }
            (Attempt::Shared(session), Check::Case { function, case, tolerance, rules }) => {
                session.case(function, case, *tolerance, *rules)
            }
            (
                _,
                Check::Io { .. }
                | Check::Step { .. }
                | Check::Sql { .. }
                | Check::Mutant { .. }
                | Check::Efficiency { .. }
                | Check::Holes(_),
            ) => unreachable!("these call nothing of a loaded submission"),
        }
    }
}
