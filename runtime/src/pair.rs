//! A pair of slots: one for submissions, one for the tests that judge them.

use proofhouse_types::Limits;

use crate::channel::Role;
use crate::error::Result;
use crate::run::{Program, Run};
use crate::sandbox::Sandbox;
use crate::session::Session;
use crate::slot::Slot;
use crate::trial::Trial;

/// Two guests of one worker. They know nothing of each other but the messages that the host carries.
pub struct Pair<'s> {
    solution: Slot<'s>,
    judge: Slot<'s>,
}

impl<'s> Pair<'s> {
    pub(crate) fn new(sandbox: &'s Sandbox) -> Result<Pair<'s>> {
        Ok(Pair { solution: Slot::new(sandbox)?, judge: Slot::new(sandbox)? })
    }

    /// Begins a submission whose tests run apart from it.
    ///
    /// # Errors
    /// Where the limits can't be kept or no instance can be had.
    pub fn trial(&mut self, limits: &Limits) -> Result<Trial<'_, 's>> {
        let solution = self.solution.session_as(Role::Solution, limits)?;
        let judge = self.judge.session_as(Role::Judge, limits)?;
        Ok(Trial::new(solution, judge, limits.clone()))
    }

    /// Begins a submission that shares its interpreter with its tests, which can be forged then.
    ///
    /// # Errors
    /// Where the limits can't be kept or no instance can be had.
    pub fn shared(&mut self, limits: &Limits) -> Result<Session<'_, 's>> {
        self.solution.session(limits)
    }

    /// A session for the tests alone: to compile them where no submission ever runs.
    ///
    /// # Errors
    /// Where the limits can't be kept or no instance can be had.
    pub fn tests(&mut self, limits: &Limits) -> Result<Session<'_, 's>> {
        self.judge.session(limits)
    }

    /// Runs a whole program of a submission's.
    ///
    /// # Errors
    /// Only what is not the program's doing.
    pub fn run(&mut self, program: &Program, limits: &Limits) -> Result<Run> {
        self.solution.run(program, limits)
    }

    /// Runs a whole program of the task's, where no submission ever runs.
    ///
    /// # Errors
    /// Only what is not the program's doing.
    pub fn run_checker(&mut self, program: &Program, limits: &Limits) -> Result<Run> {
        self.judge.run(program, limits)
    }

    /// The pages of both guests that differ from the snapshot, between submissions: none. See [`Slot::audit`].
    pub fn audit(&mut self) -> Vec<usize> {
        [self.solution.audit(), self.judge.audit()].concat()
    }

    /// Instances made so far, of the solution's guest and of the judge's.
    pub fn instances(&self) -> (u64, u64) {
        (self.solution.instances(), self.judge.instances())
    }
}
