//! `task.toml`: a native task. What stands beside it is read elsewhere.

use std::path::Path;

use proofhouse_types::{Feature, Language, LimitOverrides, Rubric, Task};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::flaw::{At, Flaw};
use super::keys::{Document, Keys, nearest};
use super::problem::Problem;
use super::variant::{self, Variant};
use super::{checks, validity};

const LANGUAGES: [&str; 2] = ["python", "sql"];

/// The version of the format that is read here.
pub(super) const FORMAT_VERSION: i64 = 1;

#[derive(Deserialize)]
struct TaskFile {
    version: Spanned<i64>,
    id: String,
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
    packages: Vec<String>,
    #[serde(default)]
    features: Vec<Feature>,
    #[serde(default)]
    rubric: Rubric,
    #[serde(default)]
    variants: Vec<Variant>,
    /// Read by kind, elsewhere.
    #[serde(default)]
    tests: Vec<IgnoredAny>,
}

/// Reads a task and its variants without its reference, which stands in a file of its own. Fails with all that is wrong.
pub(super) fn task(file: &Path, text: &str) -> Result<(Task, Vec<Variant>), Vec<Problem>> {
    let keys = Keys::of::<TaskFile>()
        .with("limits", Keys::of::<LimitOverrides>())
        .with("rubric", Keys::of::<Rubric>())
        .with("features", Keys::of::<Feature>())
        .with("variants", Keys::of::<Variant>());
    let document = Document::parse(file, text).map_err(|problem| vec![problem])?;
    let read: TaskFile = document.read(&keys)?;
    let mut problems: Vec<Problem> = version_problem(&read.version, &document).into_iter().collect();
    let language = match read.language.get_ref().as_str() {
        "sql" => Language::Sql,
        "python" => Language::Python,
        other => {
            let message = match nearest(other, &LANGUAGES) {
                Some(near) => format!("unknown language `{other}`, did you mean `{near}`?"),
                None => format!("language `{other}` is not in this version, only `python` and `sql`"),
            };
            problems.push(document.problem(read.language.span(), message));
            Language::Python
        }
    };
    let tests = checks::read(&document, language, read.entry_point.as_deref(), &mut problems);
    let task = Task {
        language,
        entry_point: read.entry_point,
        setup: read.setup,
        tests,
        category: read.category,
        difficulty: read.difficulty,
        tags: read.tags,
        fresh: read.fresh,
        allow_vouched: read.allow_vouched,
        packages: read.packages,
        features: read.features,
        limits: read.limits,
        rubric: read.rubric,
        ..Task::new(&read.id, &read.prompt)
    };
    // Tests that could not be read are problems already.
    let is_told = |flaw: &Flaw| flaw.path == [At::Key("tests")] && !read.tests.is_empty();
    let flaws = validity::of_task(&task).into_iter().chain(validity::of_queries(&task));
    let flaws = flaws.chain(variant::flaws(&task, &read.variants));
    problems.extend(flaws.filter(|flaw| !is_told(flaw)).map(|flaw| document.flaw(flaw)));
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.line);
        return Err(problems);
    }
    Ok((task, read.variants))
}

/// A file of another version may mean other things by the same keys.
pub(super) fn version_problem(version: &Spanned<i64>, document: &Document<'_>) -> Option<Problem> {
    let found = *version.get_ref();
    let message = || format!("version `{found}` is unknown: this program reads version `{FORMAT_VERSION}`");
    (found != FORMAT_VERSION).then(|| document.problem(version.span(), message()))
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{AssertCheck, Bytes, Check, Fuel, TestCase};

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
        let problems = task(Path::new("task.toml"), &text).unwrap_err();
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{to}");
    }

    #[test]
    fn every_key_is_read() {
        let (task, variants) = task(Path::new("task.toml"), DOUBLE).unwrap();
        assert_eq!(variants, []);
        assert_eq!((task.id.0.as_str(), task.prompt.as_str()), ("numbers/double", "Double it."));
        assert_eq!((task.entry_point.as_deref(), task.setup.as_str()), (Some("double"), "import math"));
        assert_eq!((task.category.as_deref(), task.difficulty.as_deref()), (Some("numbers"), Some("easy")));
        assert_eq!(task.tags, ["arithmetic"]);
        let limits =
            LimitOverrides { fuel: Some(Fuel(5_000_000)), memory: Some(Bytes(64 << 20)), ..LimitOverrides::default() };
        assert_eq!(task.limits, limits);
        assert_eq!(task.rubric, Rubric { syntax: 20.5, tests: 80.0, ..Rubric::default() });
        let check = Check::Assert(AssertCheck { code: "assert double(2) == 4".to_owned() });
        assert_eq!(task.tests, [TestCase::new("doubles two", check)]);
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
             `prompt`, `entry_point`, `setup`, `fresh`, `allow_vouched`, `limits`, `packages`, `features`, `rubric`, `variants`, `tests`",
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
        check("= 80", "= -1", &["task.toml:16: a weight must be 0 or more, not `-1`"]);
        check("= 80", "= nan", &["task.toml:16: a weight must be 0 or more, not `NaN`"]);
        check("\"assert\"", "\"asert\"", &["task.toml:21: unknown kind `asert`, did you mean `assert`?"]);
        check(
            "\"assert\"",
            "\"doctest\"",
            &[
                "task.toml:21: unknown kind `doctest`, expected one of `assert`, `unittest`, `io`, `call`, `cli`, `sql`, `http`, `generated`, `efficiency`, `security`",
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
        check(test, "", &["task.toml:1: no `tests`: a task has one or more"]);
        check(test, &format!("{test}{test}"), &["task.toml:24: a second test is named `doubles two`"]);
        assert!(start.ends_with("\n\n"));
    }
}
