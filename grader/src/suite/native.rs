//! `task.toml`: a native task. What stands beside it is read elsewhere.

use std::path::Path;

use proofhouse_runtime::PACKAGES;
use proofhouse_syntax::{FeatureError, FeatureRule};
use proofhouse_types::{Bytes, Check, Feature, Fuel, Language, LimitOverrides, Rubric, Task, TestCase};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::checks;
use super::keys::{Document, Keys, nearest};
use super::problem::Problem;

const LANGUAGES: [&str; 2] = ["python", "sql"];
/// What loading an empty program takes, rounded up.
const LEAST_FUEL: Fuel = Fuel(1_000_000);
/// What a new instance of the interpreter has, rounded up.
const LEAST_MEMORY: Bytes = Bytes(64 << 20);
/// A recursion of a few calls deep.
const LEAST_STACK: Bytes = Bytes(256 << 10);
/// What the sandbox's threads are made for.
const MOST_STACK: Bytes = Bytes(48 << 20);

/// The version of the format that is read here.
pub(super) const FORMAT_VERSION: i64 = 1;

#[derive(Deserialize)]
struct TaskFile {
    version: Spanned<i64>,
    id: Spanned<String>,
    language: Spanned<String>,
    category: Option<String>,
    difficulty: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    prompt: String,
    entry_point: Option<String>,
    #[serde(default)]
    setup: String,
    #[serde(default)]
    fresh: bool,
    #[serde(default)]
    allow_vouched: bool,
    #[serde(default)]
    limits: LimitOverrides,
    #[serde(default)]
    packages: Vec<Spanned<String>>,
    #[serde(default)]
    features: Vec<Feature>,
    rubric: Option<Spanned<Rubric>>,
    /// Read by kind, elsewhere.
    #[serde(default)]
    tests: Vec<IgnoredAny>,
}

/// Reads a task without its reference, which stands in a file of its own. Fails with all that is wrong.
pub(super) fn task(file: &Path, text: &str) -> Result<Task, Vec<Problem>> {
    let keys = Keys::of::<TaskFile>()
        .with("limits", Keys::of::<LimitOverrides>())
        .with("rubric", Keys::of::<Rubric>())
        .with("features", Keys::of::<Feature>());
    let document = Document::parse(file, text).map_err(|problem| vec![problem])?;
    let read: TaskFile = document.read(&keys)?;
    let language = match read.language.get_ref().as_str() {
        "sql" => Language::Sql,
        _ => Language::Python,
    };
    let mut problems = problems(&read, language, &document);
    let tests = checks::read(&document, &mut problems);
    for (test, span) in &tests {
        let complaint = of_language(test, language).or_else(|| without_function(test, read.entry_point.as_deref()));
        problems.extend(complaint.map(|message| document.problem(span.clone(), message)));
    }
    let tests = tests.into_iter().map(|(test, _)| test).collect();
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.line);
        return Err(problems);
    }
    Ok(Task {
        language,
        entry_point: read.entry_point,
        setup: read.setup,
        tests,
        category: read.category,
        difficulty: read.difficulty,
        tags: read.tags,
        fresh: read.fresh,
        allow_vouched: read.allow_vouched,
        packages: read.packages.into_iter().map(Spanned::into_inner).collect(),
        features: read.features,
        limits: read.limits,
        rubric: read.rubric.map(Spanned::into_inner).unwrap_or_default(),
        ..Task::new(read.id.get_ref(), &read.prompt)
    })
}

/// What the types could not rule out.
fn problems(read: &TaskFile, language: Language, document: &Document<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = version_problem(&read.version, document).into_iter().collect();
    let mut add = |span, message: String| problems.push(document.problem(span, message));
    if read.id.get_ref().trim().is_empty() {
        add(read.id.span(), "`id` must not be empty".to_owned());
    }
    if !LANGUAGES.contains(&read.language.get_ref().as_str()) {
        let language = read.language.get_ref();
        let message = match nearest(language, &LANGUAGES) {
            Some(near) => format!("unknown language `{language}`, did you mean `{near}`?"),
            None => format!("language `{language}` is not in this version, only `python` and `sql`"),
        };
        add(read.language.span(), message);
    }
    if let Some(rubric) = &read.rubric {
        let Rubric { syntax, features, tests, efficiency, security, correctness: _ } = rubric.get_ref();
        let weights = [syntax, features, tests, efficiency, security];
        if let Some(weight) = weights.into_iter().find(|weight| !weight.is_finite() || **weight < 0.0) {
            add(rubric.span(), format!("a weight must be 0 or more, not `{weight}`"));
        }
    }
    for package in &read.packages {
        let name = package.get_ref().as_str();
        if !PACKAGES.contains(&name) {
            add(package.span(), unknown("package", name, &PACKAGES));
        }
    }
    for (feature, table) in read.features.iter().zip(document.tables("features")) {
        if let Err(error) = FeatureRule::compile(feature, language) {
            let entries = table.get_ref().as_table();
            let rule = ["query", "predicate"].into_iter().find_map(|key| entries?.get(key));
            add(rule.map_or(table.span(), Spanned::span), feature_message(&error));
        }
    }
    if read.tests.is_empty() {
        add(0..0, "no `[[tests]]`: a task has one or more".to_owned());
    }
    problems.extend(impossible(&read.limits, document));
    problems
}

/// Limits under which no program could run.
pub(super) fn impossible(limits: &LimitOverrides, document: &Document<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |name, message: String| problems.push(document.problem(document.span(&["limits", name]), message));
    if limits.fuel.is_some_and(|fuel| fuel < LEAST_FUEL) {
        add("fuel", format!("expected {LEAST_FUEL} fuel or more: loading an empty program takes about that"));
    }
    if limits.memory.is_some_and(|memory| memory < LEAST_MEMORY) {
        add("memory", format!("expected {LEAST_MEMORY} or more: the interpreter itself needs about that"));
    }
    if limits.stack.is_some_and(|stack| !(LEAST_STACK..=MOST_STACK).contains(&stack)) {
        add("stack", format!("expected a stack between {LEAST_STACK} and {MOST_STACK}"));
    }
    if limits.wall.is_some_and(|wall| wall.0 == 0) {
        add("wall", "expected 1 second or more".to_owned());
    }
    problems
}

/// SQL is tested as SQL, and programs are not.
fn of_language(test: &TestCase, language: Language) -> Option<String> {
    match (matches!(test.check, Check::Sql(_)), language) {
        (true, Language::Python) => Some("tests of kind `sql` are for tasks with `language = \"sql\"`".to_owned()),
        (false, Language::Sql) => Some("a task with `language = \"sql\"` has tests of kind `sql` alone".to_owned()),
        (true, Language::Sql) | (false, Language::Python) => None,
    }
}

/// Some kinds call a function by its name.
fn without_function(test: &TestCase, entry_point: Option<&str>) -> Option<String> {
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
        | Check::Reference(_) => return None,
    };
    let named = function.is_some() || entry_point.is_some();
    (!named).then(|| "no `function`: the task has no `entry_point` that it could be".to_owned())
}

fn feature_message(error: &FeatureError) -> String {
    match error {
        FeatureError::UnknownPredicate { name, known } => unknown("predicate", name, known),
        error => error.to_string(),
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {what} `{name}`, did you mean `{near}`?"),
        None => format!("unknown {what} `{name}`, expected one of `{}`", known.join("`, `")),
    }
}

/// A file of another version may mean other things by the same keys.
pub(super) fn version_problem(version: &Spanned<i64>, document: &Document<'_>) -> Option<Problem> {
    let found = *version.get_ref();
    let message = || format!("version `{found}` is unknown: this program reads version `{FORMAT_VERSION}`");
    (found != FORMAT_VERSION).then(|| document.problem(version.span(), message()))
}

#[cfg(test)]
mod tests {
    use proofhouse_types::AssertCheck;

    use super::*;

    const DOUBLE: &str = r#"version = 1
id = "numbers/double"
language = "python"
category = "numbers"
difficulty = "easy"
tags = ["arithmetic"]
prompt = "Double it."
entry_point = "double"
setup = "import math"

[limits]
fuel = 5_000_000
memory = "64MiB"

[rubric]
tests = 80
syntax = 20.5

[[tests]]
name = "doubles two"
kind = "assert"
code = "assert double(2) == 4"
"#;

    fn check(from: &str, to: &str, expected: &[&str]) {
        let text = DOUBLE.replacen(from, to, 1);
        assert_ne!(text, DOUBLE, "{from}");
        let problems = task(Path::new("task.toml"), &text).map(|_| ()).unwrap_err();
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{to}");
    }

    #[test]
    fn every_key_is_read() {
        let task = task(Path::new("task.toml"), DOUBLE).unwrap();
        assert_eq!((task.id.0.as_str(), task.prompt.as_str()), ("numbers/double", "Double it."));
        assert_eq!((task.entry_point.as_deref(), task.setup.as_str()), (Some("double"), "import math"));
        assert_eq!((task.category.as_deref(), task.difficulty.as_deref()), (Some("numbers"), Some("easy")));
        assert_eq!(task.tags, ["arithmetic"]);
        let limits =
            LimitOverrides { fuel: Some(Fuel(5_000_000)), memory: Some(Bytes(64 << 20)), ..LimitOverrides::default() };
        assert_eq!(task.limits, limits);
        assert_eq!(task.rubric, Rubric { syntax: 20.5, tests: 80.0, ..Rubric::default() });
        let check = Check::Assert(AssertCheck { code: "assert double(2) == 4".to_owned() });
        assert_eq!(task.tests, [TestCase { name: "doubles two".to_owned(), check }]);
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        check("entry_point", "entrypoint", &["task.toml:8: unknown key `entrypoint`, did you mean `entry_point`?"]);
        check("memory", "memroy", &["task.toml:13: unknown key `memroy`, did you mean `memory`?"]);
        check("syntax", "syntaxes", &["task.toml:17: unknown key `syntaxes`, did you mean `syntax`?"]);
        check("code =", "cod =", &["task.toml:22: unknown key `cod`, did you mean `code`?"]);
        check("[[tests]]", "[[test]]", &["task.toml:19: unknown key `test`, did you mean `tests`?"]);
        check("kind =", "expected =", &["task.toml:19: missing field `kind`"]);
    }

    #[test]
    fn every_unknown_key_is_named_at_once() {
        let expected = [
            "task.toml:2: unknown key `name`, expected one of `version`, `id`, `language`, `category`, `difficulty`, `tags`, \
             `prompt`, `entry_point`, `setup`, `fresh`, `allow_vouched`, `limits`, `packages`, `features`, `rubric`, `tests`",
            "task.toml:3: unknown key `langage`, did you mean `language`?",
        ];
        check("id = \"numbers/double\"\nlanguage", "name = \"numbers/double\"\nlangage", &expected);
    }

    #[test]
    fn values_are_checked_on_their_lines() {
        check("version = 1", "version = 2", &["task.toml:1: version `2` is unknown: this program reads version `1`"]);
        check("numbers/double", " ", &["task.toml:2: `id` must not be empty"]);
        check("python", "rust", &["task.toml:3: language `rust` is not in this version, only `python` and `sql`"]);
        check("5_000_000", "\"much\"", &["task.toml:12: invalid type: string \"much\", expected u64"]);
        check(
            "64MiB",
            "64miles",
            &["task.toml:13: `64miles` is not a number of bytes, such as `65536`, `64KiB` or `256MiB`"],
        );
        check("= 80", "= -1", &["task.toml:15: a weight must be 0 or more, not `-1`"]);
        check("= 80", "= nan", &["task.toml:15: a weight must be 0 or more, not `NaN`"]);
        check("\"assert\"", "\"asert\"", &["task.toml:21: unknown kind `asert`, did you mean `assert`?"]);
        check(
            "\"assert\"",
            "\"doctest\"",
            &[
                "task.toml:21: unknown kind `doctest`, expected one of `assert`, `unittest`, `io`, `call`, `cli`, `sql`, `http`, `generated`, `efficiency`",
            ],
        );
        check("\"doubles two\"", "\"\"", &["task.toml:20: a test's `name` must not be empty"]);
        check("prompt = \"Double it.\"\n", "", &["task.toml:1: missing field `prompt`"]);
        check("tags = [", "tags = ", &["task.toml:6: unexpected key or value, expected newline, `#`"]);
    }

    #[test]
    fn limits_that_nothing_could_run_under_are_refused() {
        let few = "task.toml:12: expected 1000000 fuel or more: loading an empty program takes about that";
        check("5_000_000", "0", &[few]);
        let little = "task.toml:13: expected 64MiB or more: the interpreter itself needs about that";
        check("64MiB", "1KiB", &[little]);
        check("64MiB\"", "64MiB\"\nstack = \"1GiB\"", &["task.toml:14: expected a stack between 256KiB and 48MiB"]);
        check("64MiB\"", "64MiB\"\nwall = 0", &["task.toml:14: expected 1 second or more"]);
        check("5_000_000", "-1", &["task.toml:12: invalid value: integer `-1`, expected u64"]);
    }

    #[test]
    fn features_have_a_rule_that_can_be_read() {
        let feature = |rule: &str| format!("[[features]]\nname = \"f\"\n{rule}\n\n[[tests]]");
        let check = |rule: &str, message: &str| check("[[tests]]", &feature(rule), &[message]);
        check("", "task.toml:19: expected a `predicate` or a `query`");
        check("predicate = \"main_gard\"", "task.toml:21: unknown predicate `main_gard`, did you mean `main_guard`?");
        check("predicate = \"imports\"", "task.toml:21: predicate `imports` needs `of`: modules");
        check("query = '(call'", "task.toml:21: query, line 1, column 6: invalid syntax");
        check("query = '(cal) @c'", "task.toml:21: query, line 1, column 2: no node is called `cal`");
        check("predicat = \"main_guard\"", "task.toml:21: unknown key `predicat`, did you mean `predicate`?");
    }

    #[test]
    fn packages_are_those_that_setup_brings() {
        check(
            "setup =",
            "packages = [\"request\"]\nsetup =",
            &["task.toml:9: unknown package `request`, did you mean `requests`?"],
        );
        let all = "task.toml:9: unknown package `numpy`, expected one of `requests`, `httpx`, `PyJWT`, `SQLAlchemy`, `pytest`";
        check("setup =", "packages = [\"numpy\"]\nsetup =", &[all]);
    }

    #[test]
    fn sql_is_tested_as_sql() {
        let message = "task.toml:21: a task with `language = \"sql\"` has tests of kind `sql` alone";
        check("\"python\"", "\"sql\"", &[message]);
        let message = "task.toml:21: tests of kind `sql` are for tasks with `language = \"sql\"`";
        check("kind = \"assert\"\ncode = \"assert double(2) == 4\"", "kind = \"sql\"\nschema = \"\"", &[message]);
    }

    #[test]
    fn tests_are_there_and_named_apart() {
        let (start, test) = DOUBLE.split_at(DOUBLE.find("[[tests]]").unwrap());
        check(test, "", &["task.toml:1: no `[[tests]]`: a task has one or more"]);
        check(test, &format!("{test}{test}"), &["task.toml:24: a second test is named `doubles two`"]);
        assert!(start.ends_with("\n\n"));
    }
}
