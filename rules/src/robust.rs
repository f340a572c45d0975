//! Damaged, deep and huge texts: no panic, no place outside the text, the same findings again.

use proofhouse_syntax::Grammar;
use proofhouse_types::{Finding, Place};

use crate::Analyser;

/// How many damaged texts a run takes without `PROOFHOUSE_MUTATIONS`: some seconds of a debug build.
const MUTATIONS: usize = 600;

/// Xorshift: the same seed, the same texts on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end.max(1)
    }

    fn of<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.below(list.len())]
    }
}

/// Every example of the catalog.
fn examples(analyser: &Analyser) -> Vec<String> {
    let rules = analyser.rules();
    let examples = rules.iter().flat_map(|rule| [&rule.bad, &rule.good, &rule.missed, &rule.noisy]).flatten();
    examples.map(|example| crate::secrets::samples::expand(&example.code)).collect()
}

/// A damaged text made of examples, a few damages one after the other.
fn mutated(random: &mut Random, examples: &[String]) -> String {
    const TOKENS: [&str; 30] = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "'",
        "\"",
        "`",
        "\"\"\"",
        "/*",
        "*/",
        "//",
        "#",
        "${",
        "#{",
        "f'{",
        "<<EOF\n",
        "<?php ",
        "?>",
        "\\",
        "\0",
        "\r\n",
        "\u{feff}",
        "\u{1f600}",
        "é",
        "=",
        ";",
    ];
    let mut bytes = random.of(examples).clone().into_bytes();
    for _ in 0..=random.below(4) {
        let (one, other) = (random.below(bytes.len() + 1), random.below(bytes.len() + 1));
        let (from, to) = (one.min(other), one.max(other));
        match random.below(9) {
            0 => bytes.truncate(to),
            1 => drop(bytes.drain(from..to.min(from + 20))),
            2 => drop(bytes.drain(..from)),
            3 => {
                let copy = bytes[from..to].to_vec();
                bytes.splice(from..from, copy);
            }
            4 => bytes[from..to].rotate_left((to - from) / 2),
            5 => drop(bytes.splice(from..from, random.of(&TOKENS).repeat(1 + random.below(3)).into_bytes())),
            6 => {
                let other = random.of(examples).as_bytes();
                let at = random.below(other.len());
                bytes.splice(from..to, other[at..].iter().copied());
            }
            7 => bytes[from..to.min(from + 4)].iter_mut().for_each(|byte| *byte = random.next() as u8),
            _ => bytes = (0..random.below(200)).map(|_| random.next() as u8).collect(),
        }
    }
    // What users give was made text the same way.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a place is inside lines of these widths. Columns are characters, and bytes far out on a line: bytes are the bound.
fn is_within(place: Place, widths: &[usize]) -> bool {
    let width = |line: usize| widths.get(line.checked_sub(1)?);
    let fits = |line: usize, column: usize| column >= 1 && width(line).is_some_and(|&width| column <= width + 1);
    fits(place.line, place.column)
        && fits(place.end_line, place.end_column)
        && (place.line, place.column) <= (place.end_line, place.end_column)
}

/// Checks a text twice. `label` tells the text when it fails.
fn check(analyser: &Analyser, grammar: Grammar, text: &str, label: &str) -> Vec<Finding> {
    let findings = check_once(analyser, grammar, text, label);
    assert_eq!(findings, analyser.check(text, grammar), "{}: not the same again\n{label}", grammar.name());
    findings
}

/// Checks a text, and its findings against it.
fn check_once(analyser: &Analyser, grammar: Grammar, text: &str, label: &str) -> Vec<Finding> {
    let name = grammar.name();
    let findings = analyser.check(text, grammar);
    let widths: Vec<usize> = text.split('\n').map(str::len).collect();
    for finding in &findings {
        let places = std::iter::once(finding.place).chain(finding.flow.iter().map(|step| step.place));
        for place in places {
            assert!(is_within(place, &widths), "{name} {}: {place:?} is not in\n{label}", finding.rule);
        }
        if let Some(edit) = &finding.fix {
            assert!(
                text.get(edit.start..edit.end).is_some(),
                "{name} {}: {edit:?} does not fit\n{label}",
                finding.rule
            );
        }
    }
    findings
}

/// Runs with the stack that a thread gets by default.
fn on_a_thread(run: impl FnOnce() + Send + 'static) {
    const STACK_BYTES: usize = 2 << 20;
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).expect("a thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn damaged_texts_are_read_without_a_panic() {
    on_a_thread(|| {
        let analyser = Analyser::new();
        let examples = examples(&analyser);
        let mutations = std::env::var("PROOFHOUSE_MUTATIONS").ok().and_then(|number| number.parse().ok());
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for number in 0..mutations.unwrap_or(MUTATIONS) {
            let text = mutated(&mut random, &examples);
            // Every grammar for every text costs fourteen times as much as each in its turn, and finds little more.
            check(&analyser, Grammar::ALL[number % Grammar::ALL.len()], &text, &text);
            let other = *random.of(&Grammar::ALL);
            check(&analyser, other, &text, &text);
        }
    });
}

#[test]
fn odd_texts_are_read_without_a_panic() {
    on_a_thread(|| {
        let analyser = Analyser::new();
        let python = "import os\r\ndef f(x):\r\n    os.system('a' + x)\r\n";
        let texts = [
            String::new(),
            "\0".repeat(1_000),
            "\u{feff}".to_owned(),
            format!("\u{feff}{python}"),
            format!("{python}\0{python}"),
            python.replace("\r\n", "\r"),
            python.replace('x', "\u{301}é\u{1f600}"),
            "\u{fffd}".repeat(1_000),
            "\n".repeat(10_000),
            "\\".repeat(1_000),
            "\"".repeat(1_001),
            "<<A <<B <<C\n".repeat(100),
        ];
        for grammar in Grammar::ALL {
            for text in &texts {
                check(&analyser, grammar, text, text);
            }
        }
        let plain = check(&analyser, Grammar::Python, python, python);
        assert_eq!(plain.len(), 1, "line ends of Windows hide nothing: {plain:?}");
        let marked = check(&analyser, Grammar::Python, &texts[3], python);
        assert_eq!(marked.len(), 1, "a byte order mark hides nothing: {marked:?}");
    });
}

/// Opening, middle and closing of what nests.
const NESTS: [(&str, &str, &str); 22] = [
    ("(", "x", ")"),
    ("[", "x", "]"),
    ("{", "x", "}"),
    ("eval(", "x", ")"),
    ("{a: ", "x", "}"),
    ("x[", "0", "]"),
    ("-", "x", ""),
    ("!", "x", ""),
    ("not ", "x", ""),
    ("await ", "x", ""),
    ("*", "x", ""),
    ("a = ", "x", ""),
    ("a ? b : ", "x", ""),
    ("lambda: ", "x", ""),
    ("() => ", "x", ""),
    ("|a| ", "x", ""),
    ("`${", "x", "}`"),
    ("\"#{", "x", "}\""),
    ("f'{", "x", "}'"),
    ("$(", "x", ")"),
    ("if (a) { ", "eval(x);", " }"),
    ("function f() { ", "eval(x);", " }"),
];

/// What goes on and on: its beginning, and what comes again.
const CHAINS: [(&str, &str); 14] = [
    ("x = a", " + a"),
    ("x = 'a'", " . 'a'"),
    ("x = a", " && a"),
    ("x = a", " or a"),
    ("x", ".f(a)"),
    ("x", "->f(a)"),
    ("x", "[0]"),
    ("x", "()"),
    ("if (a) { eval(x); }", " else if (a) { eval(x); }"),
    ("if a:\n    eval(x)\n", "elif a:\n    eval(x)\n"),
    ("cat a", " | eval $x"),
    ("SELECT 1", " UNION SELECT 1"),
    ("x = a", " ? a : a"),
    ("class A", "<A"),
];

/// Whether to take the time that a nightly run has.
fn is_thorough() -> bool {
    std::env::var("PROOFHOUSE_MUTATIONS").is_ok()
}

/// The grammars that a shape is read with: all of them take minutes in a debug build, so a quick run has one, in turn.
fn grammars_of(number: usize) -> impl Iterator<Item = Grammar> {
    let (count, is_thorough) = (Grammar::ALL.len(), is_thorough());
    let grammars = Grammar::ALL.into_iter().enumerate();
    grammars.filter(move |(at, _)| is_thorough || (at + number).is_multiple_of(count)).map(|(_, grammar)| grammar)
}

#[test]
fn deep_nesting_fits_the_stack_of_a_thread() {
    on_a_thread(|| {
        let analyser = Analyser::new();
        for (number, (open, middle, close)) in NESTS.into_iter().enumerate() {
            let text = format!("{}{middle}{}", open.repeat(10_000), close.repeat(10_000));
            for grammar in grammars_of(number) {
                check_once(&analyser, grammar, &text, open);
            }
        }
        let blocks: String = (0..500).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect();
        check_once(&analyser, Grammar::Python, &format!("{blocks}{}eval(x)\n", " ".repeat(500)), "blocks of Python");
    });
}

#[test]
fn long_chains_fit_the_stack_of_a_thread() {
    on_a_thread(|| {
        let analyser = Analyser::new();
        // The scanner of Bash's grammar takes the square of a word's length: `[0]` is what bounds this.
        let times = if is_thorough() { 10_000 } else { 3_000 };
        for (number, (first, next)) in CHAINS.into_iter().enumerate() {
            let text = format!("{first}{}\n", next.repeat(times));
            for grammar in grammars_of(number) {
                check_once(&analyser, grammar, &text, next);
            }
        }
    });
}

#[test]
fn one_huge_line_is_read() {
    on_a_thread(|| {
        let analyser = Analyser::new();
        let sum = format!("eval(a{})", " + a".repeat(100_000));
        let numbers = format!("x = [{}]; eval(y)", "1234567, ".repeat((1 << 20) / 9));
        let word = "a".repeat(1 << 20);
        for (grammar, text) in
            [(Grammar::Python, &sum), (Grammar::JavaScript, &numbers), (Grammar::Ruby, &word), (Grammar::Bash, &word)]
        {
            check_once(&analyser, grammar, text, "one line");
        }
    });
}
