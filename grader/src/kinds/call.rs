//! Tests that call what the submission defines: cases of calls, and the members of test files.

use std::sync::Arc;

use proofhouse_runtime::{Error, Pair, Rules};
use proofhouse_types::{CallCheck, Limits, Outcome, ReferenceCheck, Task, UnittestCheck};

use super::{Check, function_of};
use crate::prepared::{Test, described};

/// One test for each case.
pub(super) fn cases(
    task: &Task,
    name: &str,
    check: &CallCheck,
    pair: &mut Pair<'_>,
    limits: &Limits,
) -> Result<Vec<Test>, Error> {
    let mut session = pair.tests(limits)?;
    let function = function_of(check.function.as_ref(), task);
    let mut tests = Vec::with_capacity(check.cases.len());
    for (position, case) in check.cases.iter().enumerate() {
        let rules = match (&case.raises, check.unordered, check.wrapped) {
            (Some(_), _, _) => Rules::Raises,
            (None, true, _) => Rules::Unordered,
            (None, false, true) => Rules::Wrapped,
            (None, false, false) => Rules::Json,
        };
        let arguments = serde_json::Value::from(case.arguments.clone()).to_string();
        let made =
            session.json_case(&arguments, &case.expected.to_string(), case.raises.as_deref().unwrap_or_default())?;
        let ready = match (made, &function) {
            (_, Err(reason)) => Err(reason.clone()),
            (Err(ran), _) => Err(described(&ran)),
            (Ok(case), Ok(function)) => {
                Ok(Check::Case { function: (*function).clone(), case, tolerance: check.tolerance, rules })
            }
        };
        tests.push(Test::member(name, &member(case.name.as_ref(), position), ready));
    }
    Ok(tests)
}

/// A member's name, or its number from 1.
pub(super) fn member(name: Option<&String>, position: usize) -> String {
    name.cloned().unwrap_or_else(|| (position + 1).to_string())
}

/// One test for each test in a file; the file itself, where it only asserts.
pub(super) fn members(
    name: &str,
    check: &UnittestCheck,
    pair: &mut Pair<'_>,
    limits: &Limits,
) -> Result<Vec<Test>, Error> {
    let file = match pair.tests(limits)?.compile_file(&check.code)? {
        Ok(file) => Arc::new(file),
        Err(ran) => return Ok(vec![Test::new(name, Err(described(&ran)))]),
    };
    let one = |member: &String| {
        let check = Ok(Check::Member { file: file.clone(), member: member.clone() });
        if member.is_empty() { Test::new(name, check) } else { Test::member(name, member, check) }
    };
    Ok(file.members().iter().map(one).collect())
}

/// Lets the reference answer every call that submissions will be held to.
pub(super) fn take_references(
    task: &Task,
    references: &[(usize, &ReferenceCheck)],
    pair: &mut Pair<'_>,
    limits: &Limits,
    tests: &mut [Test],
) -> Result<(), Error> {
    let (Some(reference), Some(entry_point)) = (&task.reference, &task.entry_point) else { return Ok(()) };
    let mut left = references.iter();
    while !left.as_slice().is_empty() {
        let mut session = pair.shared(limits)?;
        let loaded = session.load(reference)?;
        if loaded.outcome != Outcome::Passed {
            for (position, _) in left {
                tests[*position].check = Err(format!("the reference does not load: {}", described(&loaded)));
            }
            return Ok(());
        }
        while session.is_usable()
            && let Some((position, check)) = left.next()
        {
            tests[*position].check = match session.expect(entry_point, &check.arguments)? {
                Ok(case) => Ok(Check::Case {
                    function: entry_point.clone(),
                    case,
                    tolerance: check.tolerance,
                    rules: Rules::Reference,
                }),
                Err(ran) => Err(format!("the reference does not answer: {}", described(&ran))),
            };
        }
    }
    Ok(())
}
