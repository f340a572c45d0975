//! What the types of a task can't rule out, said once for tasks in files and for those in requests.
//! Judges values alone: what is no key of a task, or a value of a wrong kind, is found when the task is read.

use std::collections::BTreeSet;

use proofhouse_runtime::PACKAGES;
use proofhouse_syntax::{FeatureError, FeatureRule};
use proofhouse_types::{
    Check, CliCheck, EfficiencyCheck, Endpoint, Feature, GeneratedCheck, HttpCheck, Language, LimitOverrides, Limits,
    Rubric, Task, TestCase,
};
use regex::Regex;

use super::flaw::{At, Flaw};
use super::keys::nearest;

/// Sizes without which growth can't be told, and how far apart they must be.
const FEWEST_SIZES: usize = 4;
const RANGE: u64 = 3;
/// Any query that is right: it stands for those that are read elsewhere.
const SOME_QUERY: &str = "(module) @module";

/// The flaws of a task, but for those of its tests. Queries are not read: see [`of_queries`].
pub(super) fn of_task(task: &Task) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if task.id.0.trim().is_empty() {
        flaws.push(Flaw::at(&[At::Key("id")], "`id` must not be empty"));
    }
    let Rubric { syntax, features, tests, efficiency, security, correctness: _ } = &task.rubric;
    let weights = [
        ("syntax", syntax),
        ("features", features),
        ("tests", tests),
        ("efficiency", efficiency),
        ("security", security),
    ];
    for (name, weight) in weights {
        if !weight.is_finite() || *weight < 0.0 {
            let message = format!("a weight must be 0 or more, not `{weight}`");
            flaws.push(Flaw::at(&[At::Key("rubric"), At::Key(name)], message));
        }
    }
    for (position, name) in task.packages.iter().enumerate() {
        if !PACKAGES.contains(&name.as_str()) {
            let path = [At::Key("packages"), At::Item(position)];
            flaws.push(Flaw::at(&path, unknown("package", name, &PACKAGES)));
        }
    }
    for (position, feature) in task.features.iter().enumerate() {
        let query = feature.query.is_some().then(|| SOME_QUERY.to_owned());
        flaws.extend(of_feature(position, &Feature { query, ..feature.clone() }, task.language));
    }
    if task.tests.is_empty() {
        flaws.push(Flaw::at(&[At::Key("tests")], "no `tests`: a task has one or more"));
    }
    flaws.extend(of_limits(&task.limits));
    flaws.extend(of_quotes(task));
    flaws
}

/// Quotes that a task may have. Each is looked for in the whole prompt; the tasks of this project have some 20.
const QUOTES: usize = 500;
/// How much of a quote that is not there is told.
const QUOTED: usize = 200;

fn of_quotes(task: &Task) -> Vec<Flaw> {
    let quotes = task.tests.iter().map(|test| test.quotes.len()).sum::<usize>();
    if quotes > QUOTES {
        return vec![Flaw::at(&[At::Key("tests")], format!("{quotes} quotes of the prompt, {QUOTES} at most"))];
    }
    let prompt = words(&task.prompt);
    let mut flaws = Vec::new();
    for (position, test) in task.tests.iter().enumerate() {
        for (item, quote) in test.quotes.iter().enumerate().filter(|(_, quote)| !is_quoted(quote, &prompt)) {
            let path = [At::Key("tests"), At::Item(position), At::Key("quotes"), At::Item(item)];
            let told: String = words(quote).chars().take(QUOTED).collect();
            flaws.push(Flaw::at(&path, format!("the prompt does not say `{told}`")));
        }
    }
    flaws
}

/// Whether the [`words`] of a prompt have a quote in them.
pub(super) fn is_quoted(quote: &str, prompt: &str) -> bool {
    let quote = words(quote);
    !quote.is_empty() && prompt.contains(&quote)
}

/// A text with one space between its words.
pub(super) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The flaws of a task's queries. tree-sitter reads them, which was not written for whatever a stranger sends: this is for
/// files, and for processes that have little to lose.
pub(super) fn of_queries(task: &Task) -> Vec<Flaw> {
    let with_query = task.features.iter().enumerate().filter(|(_, feature)| feature.query.is_some());
    let readable = with_query.filter(|(_, feature)| feature.predicate.is_none() && feature.of.is_empty());
    readable.flat_map(|(position, feature)| of_feature(position, feature, task.language)).collect()
}

fn of_feature(position: usize, feature: &Feature, language: Language) -> Option<Flaw> {
    let error = FeatureRule::compile(feature, language).err()?;
    let mut path = vec![At::Key("features"), At::Item(position)];
    if feature.query.is_some() {
        path.push(At::Key("query"));
    } else if feature.predicate.is_some() {
        path.push(At::Key("predicate"));
    }
    let message = match &error {
        FeatureError::UnknownPredicate { name, known } => unknown("predicate", name, known),
        error => error.to_string(),
    };
    Some(Flaw { path, message })
}

/// Limits under which no program could run.
pub(super) fn of_limits(limits: &LimitOverrides) -> Vec<Flaw> {
    let (least_fuel, least_memory) = (Limits::LEAST_FUEL, Limits::LEAST_MEMORY);
    let (least_stack, most_stack) = (Limits::LEAST_STACK, Limits::MOST_STACK);
    let mut flaws = Vec::new();
    let mut add = |name, message: String| flaws.push(Flaw::at(&[At::Key("limits"), At::Key(name)], message));
    if limits.fuel.is_some_and(|fuel| fuel < least_fuel) {
        add("fuel", format!("expected {least_fuel} fuel or more: loading an empty program takes about that"));
    }
    if limits.memory.is_some_and(|memory| memory < least_memory) {
        add("memory", format!("expected {least_memory} or more: the interpreter itself needs about that"));
    }
    if limits.stack.is_some_and(|stack| !(least_stack..=most_stack).contains(&stack)) {
        add("stack", format!("expected a stack between {least_stack} and {most_stack}"));
    }
    if limits.wall.is_some_and(|wall| wall.0 == 0) {
        add("wall", "expected 1 second or more".to_owned());
    }
    flaws
}

/// The flaws of a test of a task; paths begin at the test. Programs in it are not read: see [`of_subject`].
pub(super) fn of_test(test: &TestCase, language: Language, entry_point: Option<&str>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if test.name.trim().is_empty() {
        flaws.push(Flaw::at(&[At::Key("name")], "a test's `name` must not be empty"));
    }
    flaws.extend(of_language(test, language).or_else(|| without_function(test, entry_point)));
    match &test.check {
        Check::Io(check) => {
            flaws.extend(of_members("cases", check.cases.iter().map(|case| case.name.as_ref())));
            flaws.extend(of_tolerance(check.tolerance));
        }
        Check::Call(check) => {
            flaws.extend(of_members("cases", check.cases.iter().map(|case| case.name.as_ref())));
            flaws.extend(of_tolerance(Some(check.tolerance)));
        }
        Check::Cli(check) => flaws.extend(of_cli(check)),
        Check::Http(check) => flaws.extend(of_http(check)),
        Check::Efficiency(check) => flaws.extend(of_efficiency(check)),
        Check::Reference(check) => flaws.extend(of_tolerance(Some(check.tolerance))),
        Check::Assert(_) | Check::Unittest(_) | Check::Sql(_) | Check::Generated(_) | Check::Security(_) => {}
    }
    flaws
}

/// What is wrong with the program that a test's submission must tell from its mutants. tree-sitter reads it: see [`of_queries`].
pub(super) fn of_subject(test: &TestCase) -> Option<Flaw> {
    let Check::Generated(GeneratedCheck { subject, .. }) = &test.check else { return None };
    let parsed = proofhouse_syntax::parse(subject, Language::Python);
    let error = parsed.errors().first()?;
    Some(Flaw::at(&[At::Key("subject")], format!("the subject does not parse: {error}")))
}

/// The positions of names that another has already.
pub(super) fn second_ones<'n>(names: impl Iterator<Item = &'n str>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    names.enumerate().filter_map(|(position, name)| (!seen.insert(name)).then_some(position)).collect()
}

/// SQL is tested as SQL, and programs are not.
fn of_language(test: &TestCase, language: Language) -> Option<Flaw> {
    let message = match (matches!(test.check, Check::Sql(_)), language) {
        (true, Language::Python) => "tests of kind `sql` are for tasks with `language = \"sql\"`",
        (false, Language::Sql) => "a task with `language = \"sql\"` has tests of kind `sql` alone",
        (true, Language::Sql) | (false, Language::Python) => return None,
    };
    Some(Flaw::at(&[At::Key("kind")], message))
}

/// Some kinds call a function by its name.
fn without_function(test: &TestCase, entry_point: Option<&str>) -> Option<Flaw> {
    let function = match &test.check {
        Check::Call(check) => &check.function,
        Check::Generated(check) => &check.function,
        Check::Efficiency(check) => &check.function,
        Check::Assert(_)
        | Check::Unittest(_)
        | Check::Io(_)
        | Check::Cli(_)
        | Check::Sql(_)
        | Check::Http(_)
        | Check::Security(_)
        | Check::Reference(_) => return None,
    };
    let named = function.is_some() || entry_point.is_some();
    (!named).then(|| Flaw::at(&[At::Key("kind")], "no `function`: the task has no `entry_point` that it could be"))
}

fn of_cli(check: &CliCheck) -> Vec<Flaw> {
    let mut flaws = of_members("steps", check.steps.iter().map(|step| step.name.as_ref()));
    for (position, step) in check.steps.iter().enumerate() {
        let lists = [("stdout", &step.stdout), ("stdout_not", &step.stdout_not), ("stderr", &step.stderr)];
        for (key, patterns) in lists {
            for (item, pattern) in patterns.iter().enumerate() {
                if let Err(error) = Regex::new(pattern) {
                    let path = [At::Key("steps"), At::Item(position), At::Key(key), At::Item(item)];
                    flaws.push(Flaw::at(&path, format!("no regular expression: {}", one_line(&error))));
                }
            }
        }
    }
    flaws
}

fn of_http(check: &HttpCheck) -> Vec<Flaw> {
    if check.endpoints.is_empty() {
        return vec![Flaw::at(&[], "no `endpoints`: expected one or more")];
    }
    let below = |(position, endpoint)| {
        let flaws = of_endpoint(endpoint).into_iter();
        flaws.map(move |flaw| {
            let path = [&[At::Key("endpoints"), At::Item(position)], &flaw.path[..]].concat();
            Flaw { path, message: flaw.message }
        })
    };
    check.endpoints.iter().enumerate().flat_map(below).collect()
}

fn of_endpoint(endpoint: &Endpoint) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut add = |key, message: &str| flaws.push(Flaw::at(&[At::Key(key)], message));
    if !is_address(&endpoint.url) {
        add("url", "no address: expected `http://` or `https://`, a host, and a path");
    }
    if endpoint.responses.is_empty() == endpoint.pages.is_none() {
        add("url", "expected either `responses` or `pages`");
    }
    if endpoint.pages.as_ref().is_some_and(|pages| pages.size == 0) {
        add("pages", "a page's `size` must be 1 or more");
    }
    if endpoint.rate_limit.is_some_and(|limit| !(limit.per.is_finite() && limit.per > 0.0)) {
        add("rate_limit", "`per` must be more than 0 seconds");
    }
    for (item, response) in endpoint.responses.iter().enumerate() {
        let mut add = |key, message: &str| {
            flaws.push(Flaw::at(&[At::Key("responses"), At::Item(item), At::Key(key)], message));
        };
        if !(100..=599).contains(&response.status) {
            add("status", "a status is between 100 and 599");
        }
        if !(response.latency.is_finite() && response.latency >= 0.0) {
            add("latency", "a latency is 0 seconds or more");
        }
        if response.body.is_some() && response.json.is_some() {
            add("json", "expected either `body` or `json`");
        }
    }
    flaws
}

fn of_efficiency(check: &EfficiencyCheck) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut add = |message: String| flaws.push(Flaw::at(&[At::Key("sizes")], message));
    if !check.sizes.is_empty() && check.sizes.len() < FEWEST_SIZES {
        add(format!("expected {FEWEST_SIZES} sizes or more"));
    }
    let range = check.sizes.first().zip(check.sizes.last());
    if range.is_some_and(|(first, last)| last / (*first).max(1) < RANGE) {
        add(format!("the last size must be {RANGE} times the first"));
    }
    if !check.sizes.is_sorted_by(|a, b| a < b) {
        add("sizes must grow".to_owned());
    }
    flaws
}

/// There are some, and no two of one name.
fn of_members<'n>(key: &'static str, given: impl Iterator<Item = Option<&'n String>>) -> Vec<Flaw> {
    let name = |(position, name): (usize, Option<&String>)| name.cloned().unwrap_or_else(|| (position + 1).to_string());
    let names: Vec<String> = given.enumerate().map(name).collect();
    if names.is_empty() {
        return vec![Flaw::at(&[At::Key(key)], format!("no `{key}`: expected one or more"))];
    }
    let second = |position: usize| {
        let message = format!("a second one of its `{key}` is named `{}`", names[position]);
        Flaw::at(&[At::Key(key), At::Item(position)], message)
    };
    second_ones(names.iter().map(String::as_str)).into_iter().map(second).collect()
}

fn of_tolerance(tolerance: Option<f64>) -> Option<Flaw> {
    let bad = tolerance.filter(|tolerance| !(tolerance.is_finite() && *tolerance >= 0.0))?;
    Some(Flaw::at(&[At::Key("tolerance")], format!("a tolerance is 0 or more, not `{bad}`")))
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !rest.starts_with(['/', '?', ':']) && !rest.is_empty() && !rest.contains(char::is_whitespace)
    })
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {what} `{name}`, did you mean `{near}`?"),
        None => format!("unknown {what} `{name}`, expected one of `{}`", known.join("`, `")),
    }
}

/// A regex's error draws a picture over several lines; the last says what is wrong.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
