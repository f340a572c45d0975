//! Tests of efficiency: a function's fuel at growing sizes of input, fitted against the classes of growth.
//!
//! Every size is measured in an interpreter of its own, so that nothing a program keeps from one call helps the next.

use std::fmt;

use proofhouse_runtime::{Arguments, Error, Pair, Ran};
use proofhouse_scorers::fit_growth;
use proofhouse_types::{Blame, EfficiencyCheck, Fuel, Limits, Outcome, Task, TestEvidence};

use super::{Check, Runs};
use crate::prepared::described;

/// The sizes by default: each about 1.4 times the one before, since a fit needs a range and growth shows in ratios.
const SIZES: [u64; 29] = [
    4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448, 2048, 2896, 4096, 5793, 8192, 11585,
    16384, 23170, 32768, 46341, 65536,
];
/// Fuel of a call after which no larger size is tried: about 15 ms.
const ENOUGH: Fuel = Fuel(200_000_000);
/// Fuel that one call may use: an exponential function meets it at once.
const MOST: Fuel = Fuel(2_000_000_000);
/// Sizes without which there is no fit.
const FEWEST: usize = 4;

/// The inputs of each size, and the reference's answers.
pub(crate) struct Sizes(Vec<Size>);

struct Size {
    n: u64,
    arguments: Arguments,
    /// The reference's answer, where there is a reference.
    answer: Option<Vec<u8>>,
}

/// What stopped a measurement.
enum Ended {
    /// The function did something else than answer.
    Otherwise(Ran),
    /// Its answer is not the reference's.
    Wrong,
}

/// Makes the inputs, and has the reference answer them. The inner error is why it can't be done.
pub(super) fn sizes(
    task: &Task,
    check: &EfficiencyCheck,
    pair: &mut Pair<'_>,
    limits: &Limits,
) -> Result<Result<Check, String>, Error> {
    let Some(function) = check.function.as_ref().or(task.entry_point.as_ref()) else {
        return Ok(Err("it has no `function`, and the task no `entry_point`".to_owned()));
    };
    let wanted: &[u64] = if check.sizes.is_empty() { &SIZES } else { &check.sizes };
    let mut sizes = Vec::new();
    for &n in wanted {
        let arguments = match pair.tests(limits)?.arguments(&check.generator, &[n])? {
            Ok(mut made) if made.len() == 1 => made.remove(0),
            // Large inputs may be beyond what the generator can make: what is there has to do.
            Ok(_) | Err(_) if check.sizes.is_empty() && sizes.len() >= FEWEST => break,
            Ok(_) => return Ok(Err("the generator makes no arguments".to_owned())),
            Err(ran) => return Ok(Err(format!("the generator, at n = {n}: {}", described(&ran)))),
        };
        let mut size = Size { n, arguments, answer: None };
        let mut fuel = Fuel(0);
        if let Some(reference) = &task.reference {
            match measure(reference, function, &size, limits, pair)? {
                Ok((used, answer)) => (fuel, size.answer) = (used, Some(answer).filter(|_| check.compare)),
                // Sizes are there for submissions as far as the reference goes: recursion has an end, and so has fuel.
                Err(Ended::Otherwise(_)) if check.sizes.is_empty() && sizes.len() >= FEWEST => break,
                Err(Ended::Otherwise(ran)) => {
                    return Ok(Err(format!("the reference, at n = {n}: {}", described(&ran))));
                }
                Err(Ended::Wrong) => unreachable!("nothing was expected of the reference"),
            }
        }
        sizes.push(size);
        if fuel > ENOUGH && check.sizes.is_empty() {
            break;
        }
    }
    Ok(Ok(Check::Efficiency { check: check.clone(), function: function.clone(), sizes: Sizes(sizes) }))
}

pub(super) fn run(
    runs: &mut Runs<'_, '_>,
    check: &EfficiencyCheck,
    function: &str,
    sizes: &Sizes,
) -> Result<TestEvidence, Error> {
    let mut points = Vec::new();
    let mut total = 0_u64;
    let seen = |outcome, message: String, fuel| TestEvidence {
        outcome,
        message,
        blame: Some(Blame::Solution),
        fuel: Fuel(fuel),
        is_efficiency: true,
        ..TestEvidence::default()
    };
    for size in &sizes.0 {
        match measure(runs.code, function, size, runs.limits, runs.pair)? {
            Ok((fuel, _)) => {
                points.push((size.n, fuel.0));
                total += fuel.0;
                if fuel > ENOUGH && check.sizes.is_empty() {
                    break;
                }
            }
            Err(Ended::Wrong) => {
                let message = format!("its answer at n = {} is not the reference's", size.n);
                return Ok(seen(Outcome::Failed, message, total));
            }
            // So fast a growth shows in the sizes before.
            Err(Ended::Otherwise(ran)) if ran.outcome == Outcome::OutOfFuel && points.len() >= FEWEST => {
                total += ran.fuel.0;
                break;
            }
            Err(Ended::Otherwise(ran)) => {
                let message = format!("at n = {}: {}", size.n, described(&ran));
                return Ok(seen(ran.outcome, message, total + ran.fuel.0));
            }
        }
    }
    let Some(fit) = fit_growth(&points) else {
        return Ok(seen(Outcome::Failed, format!("{} sizes are too few to tell its growth", points.len()), total));
    };
    let growth = Some(fit.clone());
    if fit.class <= check.bound {
        let passed =
            TestEvidence { outcome: Outcome::Passed, blame: None, ..seen(Outcome::Passed, String::new(), total) };
        return Ok(TestEvidence { growth, ..passed });
    }
    let message =
        format!("grows like {}, where {} was possible (confidence {:.2})", fit.class, check.bound, fit.confidence);
    Ok(TestEvidence { growth, ..seen(Outcome::Failed, message, total) })
}

/// The fuel of one call, and its answer as text.
fn measure(
    code: &str,
    function: &str,
    size: &Size,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Result<(Fuel, Vec<u8>), Ended>, Error> {
    let limits = Limits { fuel: limits.fuel.min(MOST), ..limits.clone() };
    let mut session = pair.shared(&limits)?;
    let loaded = session.load(code)?;
    if loaded.outcome != Outcome::Passed {
        return Ok(Err(Ended::Otherwise(loaded)));
    }
    let called = session.measured(function, &size.arguments)?;
    if called.outcome != Outcome::Passed {
        return Ok(Err(Ended::Otherwise(called)));
    }
    let answer = match session.measured_answer()? {
        Ok(answer) => answer,
        Err(ran) => return Ok(Err(Ended::Otherwise(ran))),
    };
    if size.answer.as_ref().is_some_and(|expected| *expected != answer) {
        return Ok(Err(Ended::Wrong));
    }
    Ok(Ok((called.fuel, answer)))
}

impl fmt::Debug for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|size| size.n)).finish()
    }
}
