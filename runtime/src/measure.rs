//! Calls of a loaded program one at a time: their fuel, and their answers as text that can be compared.

use proofhouse_types::{Fuel, Outcome};

use crate::error::Result;
use crate::guest;
use crate::run::Ran;
use crate::session::{Session, payload};

/// The arguments of a call, as guests exchange them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments(Vec<u8>);

/// What one call took, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Fuel of the call itself.
    pub call: Fuel,
    /// Fuel of taking its arguments and of reading its answer: work that is not the function's, unless it is put there.
    pub around: Fuel,
    /// The answer, as text in which equal answers are equal.
    pub answer: Vec<u8>,
}

impl Session<'_, '_> {
    /// Lets a task's `make(n)` make the arguments for each size. Where no submission ever runs.
    ///
    /// The inner error is what it did instead.
    pub fn arguments(&mut self, generator: &str, sizes: &[u64]) -> Result<Result<Vec<Arguments>, Ran>> {
        let sizes: Vec<String> = sizes.iter().map(u64::to_string).collect();
        let made = payload(self.call(b'A', &[generator.as_bytes(), sizes.join(" ").as_bytes()])?);
        Ok(made.map(|made| guest::fields(&made).unwrap_or_default().into_iter().map(Arguments).collect()))
    }

    /// Calls a function of the loaded program.
    ///
    /// The inner error is what it did instead of answering.
    pub fn measured(&mut self, function: &str, arguments: &Arguments) -> Result<Result<Measured, Ran>> {
        let taken = self.call(b'G', &[function.as_bytes(), &arguments.0])?.ran;
        if taken.outcome != Outcome::Passed {
            return Ok(Err(taken));
        }
        let called = self.call(b'Y', &[])?.ran;
        if called.outcome != Outcome::Passed {
            return Ok(Err(called));
        }
        let read = self.call(b'Z', &[])?;
        let around = Fuel(taken.fuel.0 + read.ran.fuel.0);
        Ok(payload(read).map(|answer| Measured { call: called.fuel, around, answer }))
    }

    /// What the loaded program does with each input of a list, a Python expression, as text; and the fuel.
    ///
    /// The inner error is what it did instead of ending.
    pub fn answers(&mut self, function: &str, inputs: &str) -> Result<Result<(Vec<u8>, Fuel), Ran>> {
        let answered = self.call(b'D', &[function.as_bytes(), inputs.as_bytes()])?;
        let fuel = answered.ran.fuel;
        Ok(payload(answered).map(|answers| (answers, fuel)))
    }
}
