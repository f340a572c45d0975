//! Classes of growth, on real functions that were measured in the sandbox and on made-up curves with what measurements
//! suffer from: leaps of hash tables, collections of garbage, and calls that cost something by themselves.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

use proofhouse_scorers::fit_growth;
use proofhouse_types::Growth::{self, Constant, Cubic, Exponential, Linear, Linearithmic, Logarithmic, Quadratic};

/// Functions whose measured points fit another class better than their own.
///
/// The first makes change from four coins. Beyond a size of 6,400 its table holds numbers above 256, which are made anew,
/// and at a size of 256 its loop comes to such numbers too: two bends in a straight line look like n log n.
const MISSES: [(&str, Growth); 1] = [("coin change, amount n", Linearithmic)];

struct Measured {
    name: &'static str,
    class: Growth,
    points: Vec<(u64, u64)>,
}

fn measured() -> Vec<Measured> {
    let lines = include_str!("growth.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let [name, class, points] = line.split(" | ").collect::<Vec<_>>().try_into().unwrap();
            let class = Growth::ALL.into_iter().find(|known| known.to_string() == class).unwrap();
            let point = |pair: &str| {
                let (size, fuel) = pair.split_once(':').unwrap();
                (size.parse().unwrap(), fuel.parse().unwrap())
            };
            Measured { name, class, points: points.split(' ').map(point).collect() }
        })
        .collect()
}

fn class(points: &[(u64, u64)]) -> Option<Growth> {
    fit_growth(points).map(|fit| fit.class)
}

/// Sizes that grow by a half, then by a third, as far as a curve stays below the fuel that a measurement would stop at.
fn sampled(first: u64, curve: impl Fn(f64) -> f64) -> Vec<(u64, u64)> {
    let mut points = Vec::new();
    let mut size = first;
    loop {
        for size in [size, size * 3 / 2] {
            let fuel = curve(size as f64);
            points.push((size, fuel as u64));
            if fuel > 2e8 || size >= 65_536 {
                return points;
            }
        }
        size *= 2;
    }
}

#[test]
fn measured_functions_have_their_class() {
    for Measured { name, class: expected, points } in measured() {
        let fit = fit_growth(&points).unwrap();
        println!("{name}: {expected}, {} ({})", fit.class, fit.confidence);
        let expected = MISSES.iter().find(|(miss, _)| *miss == name).map_or(expected, |&(_, seen)| seen);
        assert_eq!(fit.class, expected, "{name}: {}", fit.confidence);
        assert!((0.0..=1.0).contains(&fit.confidence), "{name}: {}", fit.confidence);
    }
}

#[test]
fn every_miss_was_measured_and_is_one() {
    let measured = measured();
    for (name, seen) in MISSES {
        let measured = measured.iter().find(|measured| measured.name == name).unwrap();
        assert_ne!(measured.class, seen, "{name}");
    }
}

#[test]
fn calls_that_cost_more_by_themselves_hide_no_class() {
    // A search by bisect adds 4,000 to a call in all: next to 120,000 that is constant.
    for Measured { name, class: expected, points } in measured().into_iter().filter(|it| it.name != "bisect") {
        let dearer: Vec<_> = points.into_iter().map(|(size, fuel)| (size, fuel + 100_000)).collect();
        let expected = MISSES.iter().find(|(miss, _)| *miss == name).map_or(expected, |&(_, seen)| seen);
        assert_eq!(class(&dearer), Some(expected), "{name}");
    }
}

#[test]
fn curves_have_their_class() {
    let check = |expected: Growth, first: u64, curve: fn(f64) -> f64| {
        let points = sampled(first, curve);
        assert_eq!(class(&points), Some(expected), "{points:?}");
    };
    check(Constant, 16, |_| 30_000.0);
    check(Logarithmic, 16, |n| 30_000.0 + 900.0 * n.log2().floor());
    check(Linear, 16, |n| 30_000.0 + 50.0 * n);
    check(Linear, 16, |n| 900.0 * n.sqrt());
    check(Linearithmic, 16, |n| 30_000.0 + 400.0 * n + 100.0 * n * n.log2());
    check(Linearithmic, 16, |n| 30.0 * n * n.log2() * n.log2());
    check(Quadratic, 16, |n| 30_000.0 + 4_000.0 * n + 4.0 * n * n);
    check(Quadratic, 16, |n| 300.0 * n.powf(1.5));
    check(Quadratic, 16, |n| 100.0 * n * n * n.log2());
    check(Cubic, 16, |n| 30_000.0 + 200.0 * n * n + 60.0 * n.powi(3));
    check(Cubic, 4, |n| 300.0 * n.powi(4));
    check(Exponential, 4, |n| 30_000.0 + 500.0 * 1.618_f64.powf(n));
    check(Exponential, 4, |n| 800.0 * n * 2_f64.powf(n));
}

#[test]
fn noise_and_leaps_hide_no_class() {
    // Up to 3 % more or less, different for every size and always the same for one.
    fn noise(n: f64) -> f64 {
        1.0 + 0.03 * (n * 12.9898).sin()
    }
    // A table doubles where it is two thirds full, and all that is in it moves.
    fn moved(n: f64) -> f64 {
        2.0 * (n * 1.5).log2().ceil().exp2()
    }
    let check = |expected: Growth, curve: fn(f64) -> f64| {
        let points = sampled(16, curve);
        assert_eq!(class(&points), Some(expected), "{points:?}");
    };
    check(Linear, |n| noise(n) * (30_000.0 + 700.0 * n));
    check(Linear, |n| 30_000.0 + 700.0 * n + 60.0 * moved(n));
    check(Linear, |n| 30_000.0 + 700.0 * n + if n > 20_000.0 { 4_000_000.0 } else { 0.0 });
    check(Linear, |n| 30_000.0 + 700.0 * n + 200.0 * (n - 256.0).max(0.0));
    check(Linearithmic, |n| noise(n) * (30_000.0 + 300.0 * n * n.log2()));
    check(Quadratic, |n| noise(n) * (30_000.0 + 400.0 * n * n));
    check(Quadratic, |n| 30_000.0 + 2_000.0 * n + 200.0 * n * n + 60.0 * moved(n));
    check(Cubic, |n| noise(n) * (30_000.0 + 300.0 * n.powi(3)));
}

#[test]
fn too_few_sizes_and_too_small_a_range_say_nothing() {
    let linear = |sizes: &[u64]| class(&sizes.iter().map(|size| (*size, 700 * size)).collect::<Vec<_>>());
    assert_eq!(linear(&[]), None);
    assert_eq!(linear(&[16, 160, 1_600]), None);
    assert_eq!(linear(&[16, 160, 1_600, 1_600]), None);
    assert_eq!(linear(&[16, 160, 1_600, 1_601]), Some(Linear));
    assert_eq!(linear(&[100, 200, 250, 299]), None);
    assert_eq!(linear(&[100, 200, 250, 300]), Some(Linear));
}

#[test]
fn a_small_range_shows_what_is_exponential() {
    let doubling: Vec<(u64, u64)> = (16..=20).map(|size| (size, 30_000 + (300 << size))).collect();
    assert_eq!(class(&doubling), Some(Exponential));
}

#[test]
fn points_come_back_in_order_and_once_a_size() {
    let fit = fit_growth(&[(64, 640), (16, 160), (256, 2_560), (32, 320), (16, 999)]).unwrap();
    assert_eq!(fit.points, [(16, 160), (32, 320), (64, 640), (256, 2_560)]);
    assert_eq!(fit.class, Linear);
    assert_eq!(fit.confidence.to_string(), format!("{:.4}", fit.confidence));
}

#[test]
fn extreme_numbers_are_no_trouble() {
    let sizes = [0, 1, 1 << 32, u64::MAX];
    assert_eq!(class(&sizes.map(|size| (size, 0))), Some(Constant));
    assert_eq!(class(&sizes.map(|size| (size, u64::MAX))), Some(Constant));
    assert!(class(&[(0, 0), (1, 1), (2, u64::MAX), (3, u64::MAX)]).is_some());
}
