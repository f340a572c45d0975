//! Random plain values cross to the solution and back: they are the same on both sides, types included.

use std::fmt::Write as _;

use proofhouse::types::{Bytes, Fuel, LimitOverrides, Submission};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{isolated, task};

/// Values of one submission. With proptest's 256 cases, 10,240 in all; `PROPTEST_CASES=2560` makes it 102,400.
const VALUES: usize = 40;

/// A value as Python writes it, and whether Python can hash it.
#[derive(Debug, Clone)]
struct Literal {
    text: String,
    hashable: bool,
}

fn atom(text: String) -> Literal {
    Literal { text, hashable: true }
}

fn float(value: f64) -> String {
    match value {
        _ if value.is_nan() => "float('nan')".to_owned(),
        f64::INFINITY => "float('inf')".to_owned(),
        f64::NEG_INFINITY => "-float('inf')".to_owned(),
        _ => format!("{value:?}"),
    }
}

/// Any code points, lone surrogates among them.
fn text() -> impl Strategy<Value = String> {
    let point = prop_oneof![4 => 0x20..0x7f_u32, 1 => 0..0x100_u32, 1 => 0xd800..0xe000_u32, 1 => 0..0x11_0000_u32];
    vec(point, 0..12).prop_map(|points| {
        points.iter().fold(String::new(), |mut text, point| {
            let _ = write!(text, "\\U{point:08x}");
            text
        })
    })
}

fn bytes() -> impl Strategy<Value = String> {
    vec(any::<u8>(), 0..12).prop_map(|bytes| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "\\x{byte:02x}");
            text
        })
    })
}

fn leaf() -> impl Strategy<Value = Literal> {
    let day = || (1..=9999_u16, 1..=12_u8, 1..=28_u8);
    let clock = || (0..24_u8, 0..60_u8, 0..60_u8, 0..1_000_000_u32, 0..2_u8);
    let zone = || {
        prop_oneof![
            Just("None".to_owned()),
            (-1439..1440_i32)
                .prop_map(|minutes| { format!("datetime.timezone(datetime.timedelta(minutes={minutes}))") })
        ]
    };
    let plain = |kinds: &'static [&'static str]| prop::sample::select(kinds).prop_map(|kind| atom(kind.to_owned()));
    prop_oneof![
        plain(&["None", "True", "False", "...", "NotImplemented", "int", "ValueError", "datetime.timezone.utc"]),
        any::<i64>().prop_map(|number| atom(format!("({number})"))),
        (any::<bool>(), "[1-9][0-9]{0,80}")
            .prop_map(|(negative, digits)| { atom(format!("({}{digits})", if negative { "-" } else { "" })) }),
        any::<f64>().prop_map(|value| atom(format!("({})", float(value)))),
        (any::<f64>(), any::<f64>()).prop_map(|(a, b)| atom(format!("complex({}, {})", float(a), float(b)))),
        text().prop_map(|text| atom(format!("'{text}'"))),
        bytes().prop_map(|bytes| atom(format!("b'{bytes}'"))),
        bytes().prop_map(|bytes| Literal { text: format!("bytearray(b'{bytes}')"), hashable: false }),
        (any::<i32>(), any::<i32>(), 1..9_i32).prop_map(|(a, b, step)| atom(format!("range({a}, {b}, {step})"))),
        day().prop_map(|(y, m, d)| atom(format!("datetime.date({y}, {m}, {d})"))),
        (day(), clock(), zone()).prop_map(|((y, mo, d), (h, mi, s, us, fold), zone)| {
            atom(format!("datetime.datetime({y}, {mo}, {d}, {h}, {mi}, {s}, {us}, {zone}, fold={fold})"))
        }),
        (clock(), zone()).prop_map(|((h, mi, s, us, fold), zone)| {
            atom(format!("datetime.time({h}, {mi}, {s}, {us}, {zone}, fold={fold})"))
        }),
        any::<(i32, u32, u32)>().prop_map(|(days, s, us)| atom(format!("datetime.timedelta({}, {s}, {us})", days / 9))),
        (any::<i64>(), -40..40_i32)
            .prop_map(|(digits, exponent)| atom(format!("decimal.Decimal('{digits}E{exponent}')"))),
        plain(&["decimal.Decimal('NaN')", "decimal.Decimal('-Infinity')", "decimal.Decimal('-0.00')"]),
        (any::<i64>(), 1..=i64::MAX).prop_map(|(a, b)| atom(format!("fractions.Fraction({a}, {b})"))),
        any::<u128>().prop_map(|number| atom(format!("uuid.UUID(int={number})"))),
    ]
}

fn joined(items: &[Literal]) -> String {
    items.iter().map(|item| format!("{}, ", item.text)).collect()
}

fn value() -> impl Strategy<Value = Literal> {
    leaf().prop_recursive(3, 10, 3, |inner| {
        let some = || vec(inner.clone(), 0..4);
        let hashable = || {
            some().prop_map(|mut items| {
                items.retain(|item| item.hashable);
                items
            })
        };
        let paired = || {
            (hashable(), some()).prop_map(|(keys, values)| {
                keys.iter()
                    .zip(&values)
                    .map(|(key, value)| format!("({}, {}), ", key.text, value.text))
                    .collect::<String>()
            })
        };
        let mutable = |text: String| Literal { text, hashable: false };
        prop_oneof![
            some().prop_map(move |items| mutable(format!("[{}]", joined(&items)))),
            some().prop_map(|items| {
                Literal { text: format!("({})", joined(&items)), hashable: items.iter().all(|item| item.hashable) }
            }),
            paired().prop_map(move |pairs| mutable(format!("dict([{pairs}])"))),
            paired().prop_map(move |pairs| mutable(format!("collections.OrderedDict([{pairs}])"))),
            paired().prop_map(move |pairs| mutable(format!("collections.defaultdict(list, [{pairs}])"))),
            hashable().prop_map(move |items| mutable(format!("set([{}])", joined(&items)))),
            hashable().prop_map(|items| atom(format!("frozenset([{}])", joined(&items)))),
            hashable().prop_map(move |items| mutable(format!("collections.Counter([{}])", joined(&items)))),
            (some(), prop::sample::select(vec!["None", "3"]))
                .prop_map(move |(items, most)| mutable(format!("collections.deque([{}], {most})", joined(&items)))),
            // The same object twice.
            inner.clone().prop_map(move |item| mutable(format!("(lambda x: [x, [x]])({})", item.text))),
        ]
    })
}

/// Says all that there is to say of a value, in both guests.
const TOLD: &str = "
import collections, datetime, decimal, fractions, uuid
def told(x, seen=None):
    seen = {} if seen is None else seen
    kind = type(x)
    if isinstance(x, (list, dict, set, collections.deque)):
        if id(x) in seen:
            return f'again {seen[id(x)]}'
        seen[id(x)] = len(seen)
    if kind in (list, tuple, collections.deque):
        return f'{kind.__name__}({[told(item, seen) for item in x]}, {getattr(x, \"maxlen\", None)})'
    if kind in (set, frozenset):
        return f'{kind.__name__}({sorted(told(item, seen) for item in x)})'
    if isinstance(x, dict):
        items = [(told(key, seen), told(value, seen)) for key, value in x.items()]
        return f'{kind.__name__}({items}, {getattr(x, \"default_factory\", None)})'
    if kind is str:
        return ascii(x)
    return f'{kind.__name__} {x!r} {getattr(x, \"fold\", 0)}'
";

#[test]
fn random_values_are_the_same_on_both_sides_and_after_the_way_back() {
    let solution = format!("{TOLD}\ndef f(x):\n    return told(x), x\n");
    let config = Config { max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    // The same values in every run.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&vec(value(), VALUES), |values| {
        let list: String = values.iter().map(|value| format!("    {},\n", value.text)).collect();
        let test = format!(
            "{TOLD}\nvalues = [\n{list}]\nfor value in values:\n    seen, back = f(value)\n    mine = told(value)\n    assert seen == mine and told(back) == mine, value\n"
        );
        let mut task = task("f", &[&test]);
        task.limits = LimitOverrides { fuel: Some(Fuel(1 << 40)), memory: Some(Bytes(1 << 30)), ..task.limits };
        let report = isolated().grade(&task, &Submission::program("t", &solution)).expect("a slot is to be had");
        prop_assert!(report.passed, "{:?} {:?}", report.fault, report.tests);
        prop_assert_eq!(report.tests[0].calls, VALUES as u64);
        Ok(())
    });
    outcome.unwrap();
}
