//! Growth classes of functions, from their fuel: each file of the fixtures says its own.

use std::collections::BTreeSet;

use proofhouse::Grader;
use proofhouse::types::{Check, EfficiencyCheck, Growth, GrowthFit, Submission, Task, TestCase};
use proofhouse_tests::{Header, files, grader};

/// The fit of a function's growth. The code defines `make(n)` as well.
fn grown(grader: &Grader, code: &str, function: &str) -> GrowthFit {
    let check = EfficiencyCheck {
        function: Some(function.to_owned()),
        generator: code.to_owned(),
        bound: Growth::Exponential,
        sizes: Vec::new(),
        compare: true,
    };
    let tests = vec![TestCase::new("growth", Check::Efficiency(check))];
    let task = Task { tests, reference: Some(code.to_owned()), ..Task::new("growth", "") };
    let report = grader.grade(&task, &Submission::program("growth", code)).unwrap();
    report.tests[0].growth.clone().unwrap_or_else(|| panic!("{function}: {:?}", report.tests))
}

/// The names that a file gives: its functions, parameters and variables.
fn own_names(code: &str) -> BTreeSet<String> {
    let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let kept = [
        "make",
        "False",
        "None",
        "True",
        "and",
        "bytearray",
        "bytes",
        "break",
        "by",
        "collections",
        "count",
        "def",
        "deque",
        "else",
        "enumerate",
        "for",
        "from",
        "functools",
        "grows",
        "function",
        "heapq",
        "if",
        "import",
        "in",
        "int",
        "is",
        "key",
        "len",
        "list",
        "lru_cache",
        "maxsize",
        "min",
        "max",
        "not",
        "range",
        "return",
        "sorted",
        "str",
        "sum",
        "while",
        "zip",
        "Counter",
        "heapify",
        "heappop",
        "heappush",
        "append",
        "get",
        "join",
        "most_common",
        "pop",
        "popleft",
        "setdefault",
        "split",
        "upper",
        "e",
    ];
    let names = words.filter(|word| word.starts_with(|letter: char| letter.is_lowercase()) && !kept.contains(word));
    names.map(str::to_owned).collect()
}

/// The same program with other names.
fn renamed(code: &str, function: &str) -> (String, String) {
    let names: Vec<String> = own_names(code).into_iter().collect();
    let other = |word: &str| match names.iter().position(|name| name == word) {
        Some(number) => format!("renamed_{number}"),
        None => word.to_owned(),
    };
    let mut text = String::new();
    let mut word = String::new();
    for letter in code.chars().chain(['\n']) {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else {
            text.push_str(&other(&word));
            word.clear();
            text.push(letter);
        }
    }
    (text, other(function))
}

#[test]
fn growth_is_told_whatever_the_names_are() {
    let grader = grader();
    let mut wrong = Vec::new();
    for path in files("growth", &["py"]) {
        let header = Header::of(&std::fs::read(&path).unwrap(), &["grows", "function"]);
        let expected: Growth = serde_json::from_value(header.get("grows").unwrap().into()).unwrap();
        let code = String::from_utf8(header.body.clone()).unwrap();
        let function = header.get("function").unwrap();
        let (other, other_function) = renamed(&code, function);
        assert!(!other.contains(&format!("def {function}(")), "{other}");
        let fits = [grown(&grader, &code, function), grown(&grader, &other, &other_function)];
        if fits.iter().any(|fit| fit.class != expected) {
            wrong.push(format!(
                "{}: {} and {}, is {expected}: {:?}",
                path.display(),
                fits[0].class,
                fits[1].class,
                fits[0].points
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn growth_is_the_same_in_every_run() {
    let grader = grader();
    let path = &files("growth", &["py"])[0];
    let header = Header::of(&std::fs::read(path).unwrap(), &["grows", "function"]);
    let code = String::from_utf8(header.body.clone()).unwrap();
    let fits: Vec<GrowthFit> = (0..10).map(|_| grown(&grader, &code, header.get("function").unwrap())).collect();
    assert!(fits.windows(2).all(|pair| pair[0] == pair[1]));
}
