//! `task.toml`: a native task. What stands beside it is read elsewhere.

use std::collections::BTreeSet;
use std::path::Path;

use proofhouse_types::{Check, LimitOverrides, Rubric, Task, TestCase};
use serde::Deserialize;
use toml::Spanned;

use super::keys::{Document, Keys, nearest};
use super::problem::Problem;

/// The version of the format that is read here.
pub(super) const FORMAT_VERSION: i64 = 1;

/// Every kind of test that the format names. Those but the first are for later versions.
const TEST_KINDS: [&str; 9] = ["assert", "unittest", "io", "call", "cli", "sql", "http", "generated", "efficiency"];

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
    rubric: Option<Spanned<Rubric>>,
    #[serde(default)]
    tests: Vec<TestEntry>,
}

#[derive(Deserialize)]
struct TestEntry {
    name: Spanned<String>,
    kind: Spanned<String>,
    code: String,
}

/// Reads a task without its reference, which stands in a file of its own. Fails with all that is wrong.
pub(super) fn task(file: &Path, text: &str) -> Result<Task, Vec<Problem>> {
    let keys = Keys::of::<TaskFile>()
        .with("limits", Keys::of::<LimitOverrides>())
        .with("rubric", Keys::of::<Rubric>())
        .with("tests", Keys::of::<TestEntry>())
        .later("features", "`features` are not in this version");
    let document = Document::parse(file, text).map_err(|problem| vec![problem])?;
    let read: TaskFile = document.read(&keys)?;
    let problems = problems(&read, &document);
    if !problems.is_empty() {
        return Err(problems);
    }
    let test = |entry: TestEntry| TestCase { name: entry.name.into_inner(), check: Check::Assert { code: entry.code } };
    Ok(Task {
        entry_point: read.entry_point,
        setup: read.setup,
        tests: read.tests.into_iter().map(test).collect(),
        category: read.category,
        difficulty: read.difficulty,
        tags: read.tags,
        fresh: read.fresh,
        allow_vouched: read.allow_vouched,
        limits: read.limits,
        rubric: read.rubric.map(Spanned::into_inner).unwrap_or_default(),
        ..Task::new(read.id.get_ref(), &read.prompt)
    })
}

/// What the types could not rule out.
fn problems(read: &TaskFile, document: &Document<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = version_problem(&read.version, document).into_iter().collect();
    let mut add = |span, message: String| problems.push(document.problem(span, message));
    if read.id.get_ref().trim().is_empty() {
        add(read.id.span(), "`id` must not be empty".to_owned());
    }
    if read.language.get_ref() != "python" {
        add(
            read.language.span(),
            format!("language `{}` is not in this version, only `python`", read.language.get_ref()),
        );
    }
    if let Some(rubric) = &read.rubric {
        let Rubric { syntax, features, tests } = rubric.get_ref();
        if let Some(weight) = [syntax, features, tests].into_iter().find(|weight| !weight.is_finite() || **weight < 0.0)
        {
            add(rubric.span(), format!("a weight must be 0 or more, not `{weight}`"));
        }
    }
    if read.tests.is_empty() {
        add(0..0, "no `[[tests]]`: a task has one or more".to_owned());
    }
    let mut names = BTreeSet::new();
    for TestEntry { name, kind, .. } in &read.tests {
        if name.get_ref().trim().is_empty() {
            add(name.span(), "a test's `name` must not be empty".to_owned());
        } else if !names.insert(name.get_ref()) {
            add(name.span(), format!("a second test is named `{}`", name.get_ref()));
        }
        if kind.get_ref() != TEST_KINDS[0] {
            add(kind.span(), wrong_kind(kind.get_ref()));
        }
    }
    problems
}

fn wrong_kind(kind: &str) -> String {
    if TEST_KINDS.contains(&kind) {
        return format!("tests of kind `{kind}` are not in this version, only `assert`");
    }
    match nearest(kind, &TEST_KINDS) {
        Some(near) => format!("unknown kind `{kind}`, did you mean `{near}`?"),
        None => format!("unknown kind `{kind}`, expected `assert`"),
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
    use proofhouse_types::{Bytes, Fuel};

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
fuel = 5_000
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
            LimitOverrides { fuel: Some(Fuel(5000)), memory: Some(Bytes(64 << 20)), ..LimitOverrides::default() };
        assert_eq!(task.limits, limits);
        assert_eq!(task.rubric, Rubric { syntax: 20.5, features: 40.0, tests: 80.0 });
        let check = Check::Assert { code: "assert double(2) == 4".to_owned() };
        assert_eq!(task.tests, [TestCase { name: "doubles two".to_owned(), check }]);
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        check("entry_point", "entrypoint", &["task.toml:8: unknown key `entrypoint`, did you mean `entry_point`?"]);
        check("memory", "memroy", &["task.toml:13: unknown key `memroy`, did you mean `memory`?"]);
        check("syntax", "syntaxes", &["task.toml:17: unknown key `syntaxes`, did you mean `syntax`?"]);
        check("code =", "cod =", &["task.toml:22: unknown key `cod`, did you mean `code`?"]);
        check("[[tests]]", "[[test]]", &["task.toml:19: unknown key `test`, did you mean `tests`?"]);
        check(
            "kind =",
            "expected =",
            &["task.toml:21: unknown key `expected`, expected one of `name`, `kind`, `code`"],
        );
        check("[[tests]]", "[[features]]\n[[tests]]", &["task.toml:19: `features` are not in this version"]);
    }

    #[test]
    fn every_unknown_key_is_named_at_once() {
        let expected = [
            "task.toml:2: unknown key `name`, expected one of `version`, `id`, `language`, `category`, `difficulty`, `tags`, \
             `prompt`, `entry_point`, `setup`, `fresh`, `allow_vouched`, `limits`, `rubric`, `tests`",
            "task.toml:3: unknown key `langage`, did you mean `language`?",
        ];
        check("id = \"numbers/double\"\nlanguage", "name = \"numbers/double\"\nlangage", &expected);
    }

    #[test]
    fn values_are_checked_on_their_lines() {
        check("version = 1", "version = 2", &["task.toml:1: version `2` is unknown: this program reads version `1`"]);
        check("numbers/double", " ", &["task.toml:2: `id` must not be empty"]);
        check("python", "rust", &["task.toml:3: language `rust` is not in this version, only `python`"]);
        check("5_000", "\"much\"", &["task.toml:12: invalid type: string \"much\", expected u64"]);
        check(
            "64MiB",
            "64miles",
            &["task.toml:13: `64miles` is not a number of bytes, such as `65536`, `64KiB` or `256MiB`"],
        );
        check("= 80", "= -1", &["task.toml:15: a weight must be 0 or more, not `-1`"]);
        check("= 80", "= nan", &["task.toml:15: a weight must be 0 or more, not `NaN`"]);
        check("\"assert\"", "\"io\"", &["task.toml:21: tests of kind `io` are not in this version, only `assert`"]);
        check("\"assert\"", "\"asert\"", &["task.toml:21: unknown kind `asert`, did you mean `assert`?"]);
        check("\"assert\"", "\"doctest\"", &["task.toml:21: unknown kind `doctest`, expected `assert`"]);
        check("\"doubles two\"", "\"\"", &["task.toml:20: a test's `name` must not be empty"]);
        check("prompt = \"Double it.\"\n", "", &["task.toml:1: missing field `prompt`"]);
        check("tags = [", "tags = ", &["task.toml:6: unexpected key or value, expected newline, `#`"]);
    }

    #[test]
    fn tests_are_there_and_named_apart() {
        let (start, test) = DOUBLE.split_at(DOUBLE.find("[[tests]]").unwrap());
        check(test, "", &["task.toml:1: no `[[tests]]`: a task has one or more"]);
        check(test, &format!("{test}{test}"), &["task.toml:24: a second test is named `doubles two`"]);
        assert!(start.ends_with("\n\n"));
    }
}
