//! Tests of efficiency: a function's fuel at growing sizes of input, fitted against the classes of growth.
//!
//! Every size is measured in an interpreter of its own, so that nothing a program keeps from one call helps the next.

use proofhouse_runtime::{Arguments, Error, Measured, Pair, Ran};
use proofhouse_scorers::fit_growth;
use proofhouse_types::{Blame, EfficiencyCheck, Fuel, Limits, Outcome, Task, TestEvidence};

use super::{Check, Runs, function_of};
use crate::prepared::described;

/// The sizes by default: each about 1.4 times the one before, since a fit needs a range and growth shows in ratios.
const SIZES: [u64; 29] = [
    4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448, 2048, 2896, 4096, 5793, 8192, 11585,
    16384, 23170, 32768, 46341, 65536,
];
/// Fuel of a call of the reference's after which there is no larger size: about 15 ms.
const ENOUGH: Fuel = Fuel(200_000_000);
/// Fuel that a call may use in any case.
const LEAST: u64 = 2_000_000_000;
/// How much more than the reference it may use: what is slower by more at the largest size grows faster, or may as well.
const PATIENCE: u64 = 16;
/// Sizes without which there is no fit.
const FEWEST: usize = 4;
/// Fuel around a call may be more than the reference's by a tenth and this much. What is above counts as the function's: it may have
/// put its work there, into an answer that is made when it is read.
const AROUND: u64 = 100_000;

/// The inputs of each size, and what the reference did with them.
#[derive(Debug)]
pub(crate) struct Sizes(Vec<Size>);

#[derive(Debug)]
struct Size {
    n: u64,
    arguments: Arguments,
    reference: Option<Measured>,
}

/// Makes the inputs, and has the reference answer them. The inner error is why it can't be done.
pub(super) fn sizes(
    task: &Task,
    check: &EfficiencyCheck,
    pair: &mut Pair<'_>,
    limits: &Limits,
) -> Result<Result<Check, String>, Error> {
    let function = match function_of(check.function.as_ref(), task) {
        Ok(function) => function,
        Err(reason) => return Ok(Err(reason)),
    };
    let wanted: &[u64] = if check.sizes.is_empty() { &SIZES } else { &check.sizes };
    let mut sizes: Vec<Size> = Vec::new();
    for &n in wanted {
        // Default sizes are there as far as the generator and the reference go: recursion has an end, and so has memory.
        let goes_on = check.sizes.is_empty() && sizes.len() >= FEWEST;
        let arguments = match pair.tests(limits)?.arguments(&check.generator, &[n])? {
            Ok(mut made) if made.len() == 1 => made.remove(0),
            Ok(_) | Err(_) if goes_on => break,
            Ok(_) => return Ok(Err("the generator makes no arguments".to_owned())),
            Err(ran) => return Ok(Err(format!("the generator, at n = {n}: {}", described(&ran)))),
        };
        let mut size = Size { n, arguments, reference: None };
        if let Some(reference) = &task.reference {
            match measure(reference, function, &size, limits, pair)? {
                Ok(measured) => size.reference = Some(measured),
                Err(_) if goes_on => break,
                Err(ran) => return Ok(Err(format!("the reference, at n = {n}: {}", described(&ran)))),
            }
        }
        let enough = size.reference.as_ref().is_some_and(|measured| measured.call > ENOUGH);
        sizes.push(size);
        if enough && check.sizes.is_empty() {
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
    let mut ended = None;
    for size in &sizes.0 {
        let measured = match measure(runs.code, function, size, runs.limits, runs.pair)? {
            Ok(measured) => measured,
            Err(ran) => {
                total += ran.fuel.0;
                if ran.outcome == Outcome::OutOfFuel && is_natural(&points, size, sizes) {
                    break;
                }
                ended = Some((ran.outcome, format!("at n = {}: {}", size.n, described(&ran))));
                break;
            }
        };
        let cost = cost(&measured, size.reference.as_ref());
        points.push((size.n, cost));
        total += cost;
        let expected = size.reference.as_ref().filter(|_| check.compare);
        if expected.is_some_and(|expected| expected.answer != measured.answer) {
            let message = format!("its answer at n = {} is not the reference's", size.n);
            ended = Some((Outcome::Failed, message));
            break;
        }
        // Without a reference, nothing says how far a right program goes.
        if size.reference.is_none() && check.sizes.is_empty() && cost > ENOUGH.0 {
            break;
        }
    }
    let growth = fit_growth(&points);
    let grown = growth.as_ref().filter(|fit| fit.class > check.bound).map(|fit| {
        let confidence = fit.confidence;
        format!("grows like {}, where {} was possible (confidence {confidence:.2})", fit.class, check.bound)
    });
    let (outcome, message) = match (ended, grown) {
        (Some((Outcome::OutOfFuel, why)), Some(grown)) => (Outcome::Failed, format!("{grown}; {why}")),
        (Some((outcome, message)), _) => (outcome, message),
        (None, Some(grown)) => (Outcome::Failed, grown),
        (None, None) if growth.is_none() => {
            (Outcome::Failed, format!("{} sizes are too few to tell its growth", points.len()))
        }
        (None, None) => (Outcome::Passed, String::new()),
    };
    let blame = (outcome != Outcome::Passed).then_some(Blame::Solution);
    Ok(TestEvidence {
        outcome,
        message,
        blame,
        fuel: Fuel(total),
        growth,
        is_efficiency: true,
        ..TestEvidence::default()
    })
}

/// Whether a function that grows as it did may well run out of fuel at this size: it used a good part of it at the size before,
/// and what was measured goes far enough to tell its growth.
fn is_natural(points: &[(u64, u64)], size: &Size, sizes: &Sizes) -> bool {
    let largest = sizes.0.last().map_or(0, |size| size.n);
    let most = most(size).0;
    points.last().is_some_and(|&(n, cost)| n.saturating_mul(8) >= largest && cost.saturating_mul(4) >= most)
}

/// Fuel that a call may use.
fn most(size: &Size) -> Fuel {
    let patience = size.reference.as_ref().map_or(0, |reference| reference.call.0.saturating_mul(PATIENCE));
    Fuel(patience.max(LEAST))
}

/// Fuel of a call, with what went beyond the reference's around it.
fn cost(measured: &Measured, reference: Option<&Measured>) -> u64 {
    let allowed = reference.map_or(u64::MAX, |reference| reference.around.0 + reference.around.0 / 10 + AROUND);
    measured.call.0.saturating_add(measured.around.0.saturating_sub(allowed))
}

/// One call in an interpreter of its own. The inner error is what the program did instead of answering.
fn measure(
    code: &str,
    function: &str,
    size: &Size,
    limits: &Limits,
    pair: &mut Pair<'_>,
) -> Result<Result<Measured, Ran>, Error> {
    let mut session = pair.shared(limits)?;
    let loaded = session.load(code)?;
    if loaded.outcome != Outcome::Passed {
        return Ok(Err(loaded));
    }
    session.limit_fuel(most(size));
    session.measured(function, &size.arguments)
}
