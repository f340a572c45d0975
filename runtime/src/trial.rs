//! One submission before the judge: it is loaded in one guest, its tests run in another.

use proofhouse_types::{Fuel, HttpCheck, Limits, Outcome};
use wasmtime::AsContextMut;

use crate::error::Result;
use crate::guest;
use crate::run::{Judged, Noticed, Ran};
use crate::session::{ExpectedCase, Plan, Rules, Session, TestCode, TestFile};
use crate::wire;

/// One submission and its judge. Dropping it restores both slots.
pub struct Trial<'a, 's> {
    solution: Session<'a, 's>,
    judge: Session<'a, 's>,
    limits: Limits,
    /// What the solution has under the names that the tests use.
    found: Vec<u8>,
}

impl<'a, 's> Trial<'a, 's> {
    pub(crate) fn new(solution: Session<'a, 's>, judge: Session<'a, 's>, limits: Limits) -> Self {
        Trial { solution, judge, limits, found: Vec::new() }
    }

    /// Whether both interpreters can be used further.
    pub fn is_usable(&self) -> bool {
        self.solution.is_usable() && self.judge.is_usable()
    }

    /// Loads the submission. Nothing of the tests is in its guest but the names that they use.
    pub fn load(&mut self, source: &str, plan: &Plan) -> Result<Ran> {
        let answered = self.solution.call(b'L', &[source.as_bytes(), &plan.wanted])?;
        if answered.ran.outcome != Outcome::Passed {
            return Ok(answered.ran);
        }
        let found = answered.payload.unwrap_or_default();
        let checked = match guest::fields(&found).as_deref() {
            Some([_, table]) => table.is_empty() || wire::check_table(table).is_ok(),
            _ => false,
        };
        if !checked {
            let message = "what the program defines is no plain data".to_owned();
            return Ok(Ran { outcome: Outcome::Uncrossable, message, ..answered.ran });
        }
        self.found = found;
        Ok(answered.ran)
    }

    /// Makes the judge's module: the task's definitions, stand-ins for the solution's, and the task's setup.
    pub fn begin(&mut self, plan: &Plan, setup: Option<&TestCode>) -> Result<Judged> {
        let found = std::mem::take(&mut self.found);
        let setup = setup.map_or(&[][..], |code| &code.code);
        self.judged(b'B', &[&plan.prelude, &plan.wanted, &found, setup])
    }

    /// Runs one test.
    pub fn test(&mut self, code: &TestCode) -> Result<Judged> {
        self.judged(b'T', &[&code.code])
    }

    /// Keeps from the tests how long the program's calls take: what they assert of time could tell programs apart that answer
    /// the same.
    pub fn hide_time(&mut self) {
        self.judge.live().store.data_mut().channel.hides_time = true;
    }

    /// Runs several tests of a file, one after the other, up to the first that fails.
    pub fn members(&mut self, file: &TestFile) -> Result<Judged> {
        self.member(file, &file.members().join("\n"))
    }

    /// Runs one test of a file.
    pub fn member(&mut self, file: &TestFile, member: &str) -> Result<Judged> {
        self.judged(b'U', &[&file.code.code, file.source.as_bytes(), member.as_bytes()])
    }

    /// Runs one test with HTTP servers within reach of the submission, and their log as `http` within that of the test.
    pub fn http(&mut self, code: &TestCode, script: &HttpCheck) -> Result<Judged> {
        self.solution.live().store.data_mut().connect(script);
        let judged = self.judged(b'H', &[&code.code]);
        self.solution.live().store.data_mut().disconnect();
        judged
    }

    /// Holds the submission to an expected answer.
    pub fn case(&mut self, function: &str, case: &ExpectedCase, tolerance: f64, rules: Rules) -> Result<Judged> {
        let tolerance = tolerance.to_string();
        self.judged(b'R', &[function.as_bytes(), &case.0, tolerance.as_bytes(), rules.name()])
    }

    /// The pages that differ from the snapshot, of the solution's guest and of the judge's.
    pub(crate) fn dirty_pages(&mut self) -> [Vec<u32>; 2] {
        [self.solution.dirty_pages(), self.judge.dirty_pages()]
    }

    /// Runs something in the judge, with the solution at hand: each has the whole of its limits for it.
    fn judged(&mut self, operation: u8, fields: &[&[u8]]) -> Result<Judged> {
        let fuel = self.limits.fuel.0;
        self.solution.noticed();
        let store = &mut self.solution.live().store;
        // What was printed while loading is no call's.
        store.data_mut().output.news();
        let metered = store.set_fuel(fuel).is_ok();
        let mut context = store.as_context_mut();
        self.judge.live().store.data_mut().channel.connect(&mut context);
        let answered = self.judge.call(operation, fields);
        let record = self.judge.live().store.data_mut().channel.disconnect();
        let left = if metered { context.get_fuel().unwrap_or(0) } else { fuel };
        let used = Fuel(fuel - left);
        let noticed = self.solution.noticed();
        let answered = answered?;
        let mut judged = Judged {
            judge_fuel: answered.ran.fuel,
            ran: Ran { fuel: used, ..answered.ran },
            lost: false,
            calls: record.calls,
            costliest_call: record.costliest,
            held: answered.proof.held,
            vouched: answered.proof.vouched,
            object: answered.proof.object,
        };
        // What happened to the solution decides, whatever the tests made of it.
        if let Some(broken) = record.lost {
            judged.ran = self.solution.ended(broken, noticed, used)?;
            judged.lost = true;
        } else if let Some(why) = record.uncrossable {
            let uncrossable = Ran { outcome: Outcome::Uncrossable, message: why, exception: None, ..judged.ran };
            judged.ran = uncrossable;
            judged.lost = true;
        } else {
            judged.ran = noticed_of_solution(judged.ran, noticed);
        }
        Ok(judged)
    }
}

/// What the host saw in the solution's guest names the outcome more closely than the exception that arrived.
fn noticed_of_solution(ran: Ran, noticed: Noticed) -> Ran {
    let waited = noticed.stdin_ended && ran.exception.as_ref().is_some_and(|exception| exception.kind == "EOFError");
    if ran.outcome == Outcome::Raised && waited {
        return Ran { outcome: Outcome::WaitedForInput, ..ran };
    }
    crate::run::after_denial(ran, noticed)
}
