//! A task made ready once: its tests compiled, expected answers taken, and how its submissions are judged decided.
//! Submissions pay for none of it, and none of them has a say in it.

use proofhouse_runtime::{Error, Pair, Plan, Ran, Session, TestCode};
use proofhouse_syntax::FeatureRule;
use proofhouse_types::{Evidence, Limits, Task};

use crate::isolation::{Isolating, Judging, decide};
use crate::kinds::{self, Check};
use crate::text::Against;

/// What runs against each submission of a task.
pub(crate) struct Prepared {
    /// What the judge needs to know.
    pub plan: Plan,
    /// Runs after the submission was loaded; an error is why Python refuses it.
    pub setup: Option<Result<TestCode, String>>,
    /// One for each verdict, in the task's order.
    pub tests: Vec<Test>,
    /// The features that are looked for, by their names; an error is why a rule can't be read.
    pub features: Vec<(String, Result<FeatureRule, String>)>,
    /// What programs are held against without being run.
    pub against: Against,
    /// Where the tests run that call the submission.
    pub judging: Judging,
    /// What the reference did, where it passed everything: the same program need not run again.
    pub reference: Option<Evidence>,
}

/// A test made ready, or one of its members.
pub(crate) struct Test {
    /// The name that its verdict has.
    pub name: String,
    /// An error says that it is broken, and why.
    pub check: Result<Check, String>,
    /// Whether a pass must have seen an assertion hold.
    pub asserts: bool,
    /// Whether the reference answers with plain data alone: an object then answers to the tests as it likes.
    pub plain: bool,
    /// What the reference did, where it was run: what it fails is the tests' fault.
    pub reference_passes: Option<bool>,
}

impl Test {
    pub(crate) fn new(name: &str, check: Result<Check, String>) -> Test {
        let asserts = match &check {
            Ok(Check::Code(code) | Check::Http { code, .. }) => code.has_assertions(),
            Ok(_) | Err(_) => true,
        };
        Test { name: name.to_owned(), check, asserts, plain: false, reference_passes: None }
    }

    /// A member of a test of several: a case, a step, a mutant.
    pub(crate) fn member(test: &str, member: &str, check: Result<Check, String>) -> Test {
        Test::new(&format!("{test}: {member}"), check)
    }

    /// Whether it calls what the submission defines, so that it needs the submission loaded.
    pub(crate) fn is_of_module(&self) -> bool {
        self.check.as_ref().map_or(true, Check::is_of_module)
    }
}

impl Prepared {
    pub(crate) fn of(
        task: &Task,
        pair: &mut Pair<'_>,
        limits: &Limits,
        isolating: Isolating,
        against: Against,
    ) -> Result<Self, Error> {
        let setup = match task.setup.as_str() {
            "" => None,
            setup => Some(compile(&mut pair.tests(limits)?, setup)?),
        };
        let tests = kinds::expand(task, pair, limits)?;
        let plan = plan(task, &mut pair.tests(limits)?, setup.as_ref(), &tests)?;
        let rule = |feature| FeatureRule::compile(feature, task.language).map_err(|error| error.to_string());
        let features = task.features.iter().map(|feature| (feature.name.clone(), rule(feature))).collect();
        let judging = Judging::Isolated;
        let mut prepared = Prepared { plan, setup, tests, features, against, judging, reference: None };
        decide(task, &mut prepared, pair, limits, isolating)?;
        Ok(prepared)
    }

    /// How many verdicts there are, and how many of them are on efficiency.
    pub(crate) fn totals(&self) -> (usize, usize) {
        let efficiency = |test: &&Test| matches!(test.check, Ok(Check::Efficiency { .. }));
        (self.tests.len(), self.tests.iter().filter(efficiency).count())
    }
}

/// Test code made ready; the inner error is why Python refuses it.
pub(crate) fn compile(session: &mut Session<'_, '_>, code: &str) -> Result<Result<TestCode, String>, Error> {
    Ok(session.compile_tests(code)?.map_err(|ran| described(&ran)))
}

fn plan(
    task: &Task,
    session: &mut Session<'_, '_>,
    setup: Option<&Result<TestCode, String>>,
    tests: &[Test],
) -> Result<Plan, Error> {
    let setup = setup.and_then(|setup| setup.as_ref().ok());
    let checks = || tests.iter().filter_map(|test| test.check.as_ref().ok());
    let code: Vec<&TestCode> = setup.into_iter().chain(checks().filter_map(Check::code)).collect();
    let names: Vec<&str> = checks().flat_map(Check::names).flatten().collect();
    let entry_point = task.entry_point.as_deref().unwrap_or_default();
    let given: &[&str] = if checks().any(|check| matches!(check, Check::Http { .. })) { &["http"] } else { &[] };
    session.plan(entry_point, &names, given, &task.prompt, task.reference.as_deref().unwrap_or_default(), &code)
}

pub(crate) fn described(ran: &Ran) -> String {
    if ran.message.is_empty() { ran.outcome.to_string() } else { ran.message.clone() }
}
