//! One submission in a slot: it is loaded, its tests run one after the other, and the slot is restored.

use std::sync::Arc;

use proofhouse_types::{Fuel, Limits, Outcome};

use crate::error::{Doing, Error, Result};
use crate::files::{Mount, Refusal};
use crate::guest::Broken;
use crate::run::{Answered, Noticed, Program, Ran, Run, read_answer, read_broken};
use crate::slot::{Live, Slot};
use crate::stop::Stop;

/// Test code, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCode(Vec<u8>);

/// A call's arguments and the reference's answer to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedCase(Vec<u8>);

/// One submission in a slot. Dropping it restores the slot.
pub struct Session<'a, 's> {
    slot: &'a mut Slot<'s>,
    live: Option<Live>,
    usable: bool,
    limits: Limits,
}

impl<'a, 's> Session<'a, 's> {
    pub(crate) fn new(slot: &'a mut Slot<'s>, live: Live, limits: Limits) -> Self {
        Session { slot, live: Some(live), usable: true, limits }
    }

    fn live(&mut self) -> &mut Live {
        self.live.as_mut().expect("only drop takes it")
    }

    /// Whether the interpreter can be used further; not after a trap or a limit that ended it.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Stdin for what is run next.
    pub(crate) fn prepare(&mut self, program: &Program) -> Result<()> {
        let host = self.live().store.data_mut();
        host.stdin = crate::host::Stdin::new(program.stdin.clone());
        for (path, content) in &program.files {
            host.tree.put(path, content).map_err(|refusal| {
                let reason = match refusal {
                    Refusal::Errno(errno) => format!("{errno:?}").to_lowercase(),
                    Refusal::Stop(stop) => stop.to_string(),
                };
                Error::Grant { host: path.into(), reason }
            })?;
        }
        for grant in &program.grants {
            let refused = |reason: String| Error::Grant { host: grant.host.clone(), reason };
            let mount = Mount::open(grant).map_err(|error| refused(error.to_string()))?;
            host.tree.mount(&grant.guest, Arc::new(mount)).map_err(refused)?;
        }
        Ok(())
    }

    pub(crate) fn run(&mut self, program: &Program) -> Result<Run> {
        let mut fields = vec![program.source.as_slice(), program.name.as_bytes()];
        fields.extend(program.arguments.iter().map(String::as_bytes));
        let ran = self.call(b'P', &fields)?.ran;
        let host = self.live().store.data_mut();
        let (stdout, stderr) = (std::mem::take(&mut host.output.stdout), std::mem::take(&mut host.output.stderr));
        Ok(Run { ran, stdout, stderr, files: host.tree.workspace_files() })
    }

    /// Loads a program as the module that tests then call into.
    pub fn load(&mut self, source: &str) -> Result<Ran> {
        Ok(self.call(b'L', &[source.as_bytes()])?.ran)
    }

    /// Runs one test in the loaded program's namespace.
    pub fn test(&mut self, code: &TestCode) -> Result<Ran> {
        Ok(self.call(b'T', &[&code.0])?.ran)
    }

    /// Compiles test code, so that running it costs a submission the same fuel every time.
    ///
    /// The inner error is the reason why Python refuses the code.
    pub fn compile_tests(&mut self, source: &str) -> Result<Result<TestCode, Ran>> {
        Ok(payload(self.call(b'C', &[source.as_bytes()])?).map(TestCode))
    }

    /// Calls the loaded reference: submissions are held to what it answers. The arguments are a JSON array.
    ///
    /// The inner error is what the reference did instead of answering.
    pub fn expect(&mut self, entry_point: &str, arguments: &str) -> Result<Result<ExpectedCase, Ran>> {
        Ok(payload(self.call(b'E', &[entry_point.as_bytes(), arguments.as_bytes()])?).map(ExpectedCase))
    }

    /// Holds the loaded program to the reference's answer.
    pub fn case(&mut self, entry_point: &str, case: &ExpectedCase, tolerance: f64) -> Result<Ran> {
        let tolerance = tolerance.to_string();
        Ok(self.call(b'R', &[entry_point.as_bytes(), &case.0, tolerance.as_bytes()])?.ran)
    }

    pub(crate) fn compile_module(&mut self, source: &[u8], path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.call(b'M', &[source, path.as_bytes()])?.payload)
    }

    pub(crate) fn dirty_pages(&mut self) -> Vec<u32> {
        Slot::dirty_pages(self.live())
    }

    fn call(&mut self, operation: u8, fields: &[&[u8]]) -> Result<Answered> {
        let mut request = vec![operation];
        for field in fields {
            let len = u32::try_from(field.len()).map_err(|_| Error::Guest("was handed more than 4 GiB".to_owned()))?;
            request.extend_from_slice(&len.to_le_bytes());
            request.extend_from_slice(field);
        }
        if !self.usable {
            return Err(Error::Guest("was used after its end".to_owned()));
        }
        let fuel = self.limits.fuel.0;
        let serve = self.slot.serve();
        let limits = self.limits.clone();
        let live = self.live();
        // An unmetered engine has no fuel to set, and reports none used.
        let metered = live.store.set_fuel(fuel).is_ok();
        let host = live.store.data_mut();
        host.clock.call_begins(if metered { fuel } else { 0 });
        host.memory_denied = false;
        host.stdin.wanted_more = false;
        let reply = live.exports.call(&mut live.store, serve, &request);
        let left = live.store.get_fuel().unwrap_or(fuel);
        let used = Fuel(fuel - left);
        let host = live.store.data_mut();
        host.clock.call_ended(if metered { left } else { 0 });
        let noticed = Noticed { memory_denied: host.memory_denied, stdin_ended: host.stdin.wanted_more };
        let broken = match reply {
            Ok(bytes) => match read_answer(&bytes, noticed, used) {
                Some(answered) => return Ok(answered),
                None => Broken::Silent,
            },
            Err(broken) => broken,
        };
        self.usable = false;
        match read_broken(broken, &limits, noticed, used) {
            Ok(ran) => Ok(Answered { ran, payload: None }),
            Err(Broken::Stop(Stop::WallLimit)) => Err(Error::WallLimit { limit: limits.wall }),
            Err(Broken::Host(error)) => Err(error).doing("running the guest"),
            Err(other) => Err(Error::Guest(format!("ended as {other:?}"))),
        }
    }
}

fn payload(answered: Answered) -> Result<Vec<u8>, Ran> {
    match answered.payload {
        Some(payload) if answered.ran.outcome == Outcome::Passed => Ok(payload),
        _ => Err(answered.ran),
    }
}

impl Drop for Session<'_, '_> {
    fn drop(&mut self) {
        if let Some(live) = self.live.take() {
            self.slot.take_back(live, self.usable);
        }
    }
}
