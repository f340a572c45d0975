//! One submission in a slot: it is loaded, its tests run one after the other, and the slot is restored.

use std::collections::BTreeMap;
use std::sync::Arc;

use proofhouse_types::{Fuel, HttpCheck, Limits, Outcome};

use crate::error::{Doing, Error, Result};
use crate::files::{Mount, Refusal};
use crate::guest::{self, Broken};
use crate::run::{Answered, Judged, Noticed, Program, Ran, Run, read_answer, read_broken, read_judgement};
use crate::slot::{Live, Slot};
use crate::stop::Stop;

/// What a judge needs to know of a task: its own definitions as code, and the names that its tests take from the solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub(crate) prelude: Vec<u8>,
    pub(crate) wanted: Vec<u8>,
}

/// Operations whose answers have a proof in front.
const JUDGING: &[u8] = b"BTRUH";

/// Test code, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCode {
    pub(crate) code: Vec<u8>,
    assertions: u64,
    /// Names that it reads from its module, and those that it binds there, one a line.
    reads: Vec<u8>,
    binds: Vec<u8>,
}

impl TestCode {
    /// Whether there is any `assert` in it.
    pub fn has_assertions(&self) -> bool {
        self.assertions > 0
    }
}

/// A file of tests, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFile {
    pub(crate) code: TestCode,
    pub(crate) source: String,
    members: Vec<String>,
}

impl TestFile {
    /// The tests in it: `TestClass.test_method`, `test_function`, `test_function[0]`. One without a name stands for a file
    /// that only asserts.
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// Its code, for [`Session::plan`].
    pub fn code(&self) -> &TestCode {
        &self.code
    }
}

/// By what rules an answer is held to the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// EvalPlus's, for answers of a reference.
    Reference,
    /// Those of values that were written in JSON.
    Json,
    /// The same, where the order of a list's items is free.
    Unordered,
    /// Those of JSON, where the expected list may hold the answer as its first item.
    Wrapped,
    /// An exception is expected instead.
    Raises,
}

impl Rules {
    pub(crate) fn name(self) -> &'static [u8] {
        match self {
            Rules::Reference => b"reference",
            Rules::Json => b"json",
            Rules::Unordered => b"unordered",
            Rules::Wrapped => b"wrapped",
            Rules::Raises => b"raises",
        }
    }
}

/// A call's arguments and the expected answer to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedCase(pub(crate) Vec<u8>);

/// Whether the files that a program brings are within its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Enough,
    TooLittle,
}

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

    pub(crate) fn live(&mut self) -> &mut Live {
        self.live.as_mut().expect("only drop takes it")
    }

    /// Whether the interpreter can be used further; not after a trap or a limit that ended it.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Limits the fuel of what is run next to less than it was.
    pub fn limit_fuel(&mut self, fuel: Fuel) {
        self.limits.fuel = self.limits.fuel.min(fuel);
    }

    /// Stdin and files for what is run next.
    pub(crate) fn prepare(&mut self, program: &Program) -> Result<Room> {
        let host = self.live().store.data_mut();
        host.stdin = crate::host::Stdin::new(program.stdin.clone());
        for (path, content) in &program.files {
            let reason = match host.tree.put(path, content) {
                Ok(_) => continue,
                Err(Refusal::Stop(Stop::DiskLimit)) => return Ok(Room::TooLittle),
                Err(Refusal::Errno(errno)) => format!("{errno:?}").to_lowercase(),
                Err(Refusal::Stop(stop)) => stop.to_string(),
            };
            return Err(Error::Grant { host: path.into(), reason });
        }
        for grant in &program.grants {
            let refused = |reason: String| Error::Grant { host: grant.host.clone(), reason };
            let mount = Mount::open(grant).map_err(|error| refused(error.to_string()))?;
            host.tree.mount(&grant.guest, Arc::new(mount)).map_err(refused)?;
        }
        Ok(Room::Enough)
    }

    pub(crate) fn run(&mut self, program: &Program) -> Result<Run> {
        let mut fields = vec![program.source.as_slice(), program.name.as_bytes()];
        fields.extend(program.arguments.iter().map(String::as_bytes));
        let mut ran = self.call(b'P', &fields)?.ran;
        let host = self.live().store.data_mut();
        let wanted_input = host.stdin.is_wanted();
        let (stdout, stderr) = (std::mem::take(&mut host.output.stdout), std::mem::take(&mut host.output.stderr));
        let files = host.tree.workspace_files().unwrap_or_else(|| {
            let message = format!("more than {} in the files, each link to one counted", self.limits.disk);
            ran = Ran { outcome: Outcome::DiskLimit, message, exception: None, exit_code: None, fuel: ran.fuel };
            BTreeMap::new()
        });
        Ok(Run { ran, stdout, stderr, files, wanted_input })
    }

    /// Loads a program as the module that tests then call into.
    pub fn load(&mut self, source: &str) -> Result<Ran> {
        Ok(self.call(b'L', &[source.as_bytes()])?.ran)
    }

    /// Runs one test in the loaded program's namespace.
    pub fn test(&mut self, code: &TestCode) -> Result<Judged> {
        Ok(shared(self.call(b'T', &[&code.code])?))
    }

    /// Compiles a file of tests, and finds the tests in it.
    ///
    /// The inner error is the reason why Python refuses it.
    pub fn compile_file(&mut self, source: &str) -> Result<Result<TestFile, Ran>> {
        let code = match self.compile_tests(source)? {
            Ok(code) => code,
            Err(ran) => return Ok(Err(ran)),
        };
        Ok(payload(self.call(b'F', &[source.as_bytes()])?).map(|listed| {
            let mut members: Vec<String> = String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect();
            if members.is_empty() {
                members.push(String::new());
            }
            TestFile { code, source: source.to_owned(), members }
        }))
    }

    /// Runs one test of a file in the loaded program's namespace.
    pub fn member(&mut self, file: &TestFile, member: &str) -> Result<Judged> {
        Ok(shared(self.call(b'U', &[&file.code.code, file.source.as_bytes(), member.as_bytes()])?))
    }

    /// Runs one test with HTTP servers within reach of the loaded program, and their log as `http` within that of the test.
    pub fn http(&mut self, code: &TestCode, script: &HttpCheck) -> Result<Judged> {
        self.live().store.data_mut().connect(script);
        let judged = self.call(b'H', &[&code.code]).map(shared);
        self.live().store.data_mut().disconnect();
        judged
    }

    /// Finds out what a judge needs to know of a task: from its prompt, its reference and all of its tests' code.
    ///
    /// `names` are those that tests call by other ways than code, and `given` those that they get from the host.
    pub fn plan(
        &mut self,
        entry_point: &str,
        names: &[&str],
        given: &[&str],
        prompt: &str,
        reference: &str,
        tests: &[&TestCode],
    ) -> Result<Plan> {
        let reads: Vec<&[u8]> =
            names.iter().map(|name| name.as_bytes()).chain(tests.iter().map(|test| test.reads.as_slice())).collect();
        let binds: Vec<&[u8]> =
            tests.iter().map(|test| test.binds.as_slice()).chain(given.iter().map(|name| name.as_bytes())).collect();
        let (reads, binds) = (reads.join(&b'\n'), binds.join(&b'\n'));
        let fields = [entry_point.as_bytes(), prompt.as_bytes(), reference.as_bytes(), &reads, &binds];
        let payload = self.call(b'N', &fields)?.payload.unwrap_or_default();
        match guest::fields(&payload).as_deref() {
            Some([prelude, wanted]) => Ok(Plan { prelude: prelude.clone(), wanted: wanted.clone() }),
            _ => Err(Error::Guest("made no plan for the tests".to_owned())),
        }
    }

    /// Compiles test code, so that running it costs a submission the same fuel every time.
    ///
    /// The inner error is the reason why Python refuses the code.
    pub fn compile_tests(&mut self, source: &str) -> Result<Result<TestCode, Ran>> {
        let compiled = match payload(self.call(b'C', &[source.as_bytes()])?) {
            Ok(compiled) => compiled,
            Err(ran) => return Ok(Err(ran)),
        };
        let parts = guest::fields(&compiled);
        let assertions = |count: &[u8]| std::str::from_utf8(count).ok()?.parse().ok();
        match parts.as_deref() {
            Some([code, count, reads, binds]) if let Some(assertions) = assertions(count) => {
                Ok(Ok(TestCode { code: code.clone(), assertions, reads: reads.clone(), binds: binds.clone() }))
            }
            _ => Err(Error::Guest("compiled tests into something unknown".to_owned())),
        }
    }

    /// Calls the loaded reference: submissions are held to what it answers. The arguments are a JSON array.
    ///
    /// The inner error is what the reference did instead of answering.
    pub fn expect(&mut self, entry_point: &str, arguments: &str) -> Result<Result<ExpectedCase, Ran>> {
        Ok(payload(self.call(b'E', &[entry_point.as_bytes(), arguments.as_bytes()])?).map(ExpectedCase))
    }

    /// A call and the answer to it that is expected, each in JSON: an array, and a value. Or the exception's name instead.
    ///
    /// The inner error is why Python refuses them.
    pub fn json_case(&mut self, arguments: &str, expected: &str, raises: &str) -> Result<Result<ExpectedCase, Ran>> {
        let parts = [arguments, expected, raises].map(str::as_bytes);
        Ok(payload(self.call(b'V', &parts)?).map(ExpectedCase))
    }

    /// Holds the loaded program to an expected answer.
    pub fn case(&mut self, function: &str, case: &ExpectedCase, tolerance: f64, rules: Rules) -> Result<Judged> {
        let tolerance = tolerance.to_string();
        Ok(shared(self.call(b'R', &[function.as_bytes(), &case.0, tolerance.as_bytes(), rules.name()])?))
    }

    /// What can be imported, and what each module has: a line a module. The interpreter is of no other use after it.
    pub(crate) fn inventory(&mut self) -> Result<Vec<u8>> {
        match payload(self.call(b'I', &[])?) {
            Ok(listed) => Ok(listed),
            Err(ran) => Err(Error::Guest(format!("can't list its modules: {}", ran.message))),
        }
    }

    pub(crate) fn compile_module(&mut self, source: &[u8], path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.call(b'M', &[source, path.as_bytes()])?.payload)
    }

    pub(crate) fn dirty_pages(&mut self) -> Vec<u32> {
        Slot::dirty_pages(self.live())
    }

    /// What the host noticed in the calls so far, and forgets.
    pub(crate) fn noticed(&mut self) -> Noticed {
        let host = self.live().store.data_mut();
        let noticed = Noticed { memory_denied: host.memory_denied, stdin_ended: host.stdin.wanted_more };
        host.memory_denied = false;
        host.stdin.wanted_more = false;
        noticed
    }

    /// What a call that did not return means; the interpreter can't be used after it.
    pub(crate) fn ended(&mut self, broken: Broken, noticed: Noticed, used: Fuel) -> Result<Ran> {
        self.usable = false;
        match read_broken(broken, &self.limits, noticed, used) {
            Ok(ran) => Ok(ran),
            Err(Broken::Stop(Stop::WallLimit)) => Err(Error::WallLimit { limit: self.limits.wall }),
            Err(Broken::Host(error)) => Err(error).doing("running the guest"),
            Err(other) => Err(Error::Guest(format!("ended as {other:?}"))),
        }
    }

    pub(crate) fn call(&mut self, operation: u8, fields: &[&[u8]]) -> Result<Answered> {
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
        self.noticed();
        let live = self.live();
        // An unmetered engine has no fuel to set, and reports none used.
        let metered = live.store.set_fuel(fuel).is_ok();
        live.store.data_mut().clock.call_begins(if metered { fuel } else { 0 });
        let reply = live.exports.call(&mut live.store, serve, &request);
        let left = live.store.get_fuel().unwrap_or(fuel);
        let used = Fuel(fuel - left);
        let host = live.store.data_mut();
        host.clock.call_ended(if metered { left } else { 0 });
        // A judge that ended inside a call of the solution's says so there.
        let inside = host.channel.record.judge_broken.take();
        let noticed = self.noticed();
        let read = if JUDGING.contains(&operation) { read_judgement } else { read_answer };
        let broken = match reply {
            Ok(bytes) => match read(&bytes, noticed, used) {
                Some(answered) => return Ok(answered),
                None => Broken::Silent,
            },
            Err(broken) => inside.unwrap_or(broken),
        };
        Ok(Answered::bare(self.ended(broken, noticed, used)?))
    }
}

/// A test that ran in the solution's own interpreter.
fn shared(answered: Answered) -> Judged {
    Judged {
        ran: answered.ran,
        lost: false,
        judge_fuel: Fuel(0),
        calls: 0,
        costliest_call: Fuel(0),
        held: answered.proof.held,
        vouched: None,
        object: None,
    }
}

pub(crate) fn payload(answered: Answered) -> Result<Vec<u8>, Ran> {
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
