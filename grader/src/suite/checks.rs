//! The tests of a `task.toml`: each read into its kind, and what the types can't rule out checked, on its line.

use std::collections::BTreeSet;
use std::ops::Range;

use proofhouse_types::{
    AssertCheck, CallCase, CallCheck, Check, CliCheck, CliStep, EfficiencyCheck, Endpoint, GeneratedCheck, HttpCheck,
    IoCase, IoCheck, Pages, RateLimit, Response, SqlCheck, TestCase, UnittestCheck,
};
use regex::Regex;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Document, Keys, nearest};
use super::problem::Problem;

/// Every kind of test that a file may have.
const KINDS: [&str; 9] = ["assert", "unittest", "io", "call", "cli", "sql", "http", "generated", "efficiency"];
const EITHER: &str = "expected either `expected` or `raises`";
/// The keys of every test.
const HEAD: [&str; 2] = ["name", "kind"];
/// Sizes without which growth can't be told, and how far apart they must be.
const FEWEST_SIZES: usize = 4;
const RANGE: u64 = 3;

/// Reads the `[[tests]]` of a document. Those that can't be read are problems.
/// Each comes with the place of its kind.
pub(super) fn read(document: &Document<'_>, problems: &mut Vec<Problem>) -> Vec<(TestCase, Range<usize>)> {
    let mut names = BTreeSet::new();
    let mut tests = Vec::new();
    for table in document.tables("tests") {
        match test(document, table) {
            Ok(read) => {
                if !names.insert(read.name.clone()) {
                    let span = table.get_ref().get("name").map_or(table.span(), Spanned::span);
                    problems.push(document.problem(span, format!("a second test is named `{}`", read.name)));
                }
                let kind = table.get_ref().get("kind").map_or(table.span(), Spanned::span);
                tests.push((read, kind));
            }
            Err(found) => problems.extend(found),
        }
    }
    tests
}

fn test(document: &Document<'_>, table: &Spanned<DeValue<'_>>) -> Result<TestCase, Vec<Problem>> {
    let one = |span, message| vec![document.problem(span, message)];
    let Some(entries) = table.get_ref().as_table() else {
        return Err(one(table.span(), "expected a table".to_owned()));
    };
    let text = |key: &str| match entries.get(key).map(|value| (value.span(), value.get_ref().as_str())) {
        Some((span, Some(text))) => Ok((span, text.to_owned())),
        Some((span, None)) => Err(one(span, format!("`{key}` must be a text"))),
        None => Err(one(table.span(), format!("missing field `{key}`"))),
    };
    let (name_span, name) = text("name")?;
    if name.trim().is_empty() {
        return Err(one(name_span, "a test's `name` must not be empty".to_owned()));
    }
    let (kind_span, kind) = text("kind")?;
    let body = Body { document, table, entries };
    let check = match kind.as_str() {
        "assert" => Check::Assert(body.read::<AssertCheck>(&Keys::of::<AssertCheck>())?),
        "unittest" => Check::Unittest(body.read::<UnittestCheck>(&Keys::of::<UnittestCheck>())?),
        "io" => Check::Io(body.io()?),
        "call" => Check::Call(body.call()?),
        "cli" => Check::Cli(body.cli()?),
        "sql" => Check::Sql(body.read::<SqlCheck>(&Keys::of::<SqlCheck>())?),
        "http" => Check::Http(body.http()?),
        "generated" => Check::Generated(body.generated()?),
        "efficiency" => Check::Efficiency(body.efficiency()?),
        other => {
            let message = match nearest(other, &KINDS) {
                Some(near) => format!("unknown kind `{other}`, did you mean `{near}`?"),
                None => format!("unknown kind `{other}`, expected one of `{}`", KINDS.join("`, `")),
            };
            return Err(one(kind_span, message));
        }
    };
    Ok(TestCase { name, check })
}

/// One test's table.
struct Body<'b, 'd> {
    document: &'b Document<'d>,
    table: &'b Spanned<DeValue<'d>>,
    entries: &'b DeTable<'d>,
}

impl<'d> Body<'_, 'd> {
    /// The table as one kind of check: unknown keys first, then values of a wrong kind.
    fn read<T: for<'de> Deserialize<'de>>(&self, keys: &Keys) -> Result<T, Vec<Problem>> {
        self.document.check_entries(self.entries, &HEAD, keys)?;
        self.document.read_value(self.table)
    }

    /// Where something stands: below a key, at a position, below another key.
    fn span(&self, path: &[At<'_>]) -> Range<usize> {
        let mut found = self.table;
        for step in path {
            let next = match step {
                At::Key(key) => found.get_ref().as_table().and_then(|table| table.get(*key)),
                At::Item(position) => found.get_ref().as_array().and_then(|items| items.get(*position)),
            };
            match next {
                Some(next) => found = next,
                None => break,
            }
        }
        found.span()
    }

    fn problem(&self, path: &[At<'_>], message: impl Into<String>) -> Problem {
        self.document.problem(self.span(path), message.into())
    }

    fn io(&self) -> Result<IoCheck, Vec<Problem>> {
        let check: IoCheck = self.read(&Keys::of::<IoCheck>().with("cases", Keys::of::<IoCase>()))?;
        let mut problems = self.members("cases", check.cases.iter().map(|case| case.name.as_ref()));
        problems.extend(self.tolerance(check.tolerance));
        or_problems(check, problems)
    }

    fn call(&self) -> Result<CallCheck, Vec<Problem>> {
        let keys = Keys::of::<CallCheck>().with("cases", Keys::of::<CallCase>());
        let written = self.entries.get("cases").and_then(|cases| cases.get_ref().as_str());
        let check: CallCheck = match written {
            // TOML has no null, so cases may be written in JSON.
            Some(text) => {
                self.document.check_entries(self.entries, &HEAD, &keys)?;
                let refused = |message: String| vec![self.problem(&[At::Key("cases")], message)];
                let unread = |error: serde_json::Error| refused(format!("no JSON list of cases: {error}"));
                let maps: Vec<serde_json::Map<String, serde_json::Value>> =
                    serde_json::from_str(text).map_err(unread)?;
                for case in &maps {
                    if let Some(message) = case.keys().find_map(|key| Keys::of::<CallCase>().complaint(key)) {
                        return Err(refused(message));
                    }
                    if case.contains_key("expected") == case.contains_key("raises") {
                        return Err(refused(EITHER.to_owned()));
                    }
                }
                let cases: Vec<CallCase> = serde_json::from_str(text).map_err(unread)?;
                let mut rest = self.table.clone();
                if let DeValue::Table(table) = rest.get_mut() {
                    table.insert(
                        Spanned::new(0..0, "cases".into()),
                        Spanned::new(0..0, DeValue::Array(Default::default())),
                    );
                }
                CallCheck { cases, ..self.document.read_value(&rest)? }
            }
            None => self.read(&keys)?,
        };
        let written = self.entries.get("cases").and_then(|cases| cases.get_ref().as_array());
        for case in written.into_iter().flatten() {
            let has = |key| case.get_ref().as_table().is_some_and(|case| case.contains_key(key));
            if has("expected") == has("raises") {
                return Err(vec![self.document.problem(case.span(), EITHER.to_owned())]);
            }
        }
        let mut problems = self.members("cases", check.cases.iter().map(|case| case.name.as_ref()));
        problems.extend(self.tolerance(Some(check.tolerance)));
        or_problems(check, problems)
    }

    fn cli(&self) -> Result<CliCheck, Vec<Problem>> {
        let check: CliCheck = self.read(&Keys::of::<CliCheck>().with("steps", Keys::of::<CliStep>()))?;
        let mut problems = self.members("steps", check.steps.iter().map(|step| step.name.as_ref()));
        for (position, step) in check.steps.iter().enumerate() {
            let lists = [("stdout", &step.stdout), ("stdout_not", &step.stdout_not), ("stderr", &step.stderr)];
            for (key, patterns) in lists {
                for (item, pattern) in patterns.iter().enumerate() {
                    if let Err(error) = Regex::new(pattern) {
                        let path = [At::Key("steps"), At::Item(position), At::Key(key), At::Item(item)];
                        problems.push(self.problem(&path, format!("no regular expression: {}", one_line(&error))));
                    }
                }
            }
        }
        or_problems(check, problems)
    }

    fn http(&self) -> Result<HttpCheck, Vec<Problem>> {
        let endpoint = Keys::of::<Endpoint>()
            .with("responses", Keys::of::<Response>())
            .with("pages", Keys::of::<Pages>())
            .with("rate_limit", Keys::of::<RateLimit>());
        let check: HttpCheck = self.read(&Keys::of::<HttpCheck>().with("endpoints", endpoint))?;
        let mut problems = Vec::new();
        if check.endpoints.is_empty() {
            problems.push(self.problem(&[], "no `endpoints`: expected one or more"));
        }
        for (position, endpoint) in check.endpoints.iter().enumerate() {
            let mut add = |key, message: &str| {
                problems.push(self.problem(&[At::Key("endpoints"), At::Item(position), At::Key(key)], message));
            };
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
                    let path = [At::Key("endpoints"), At::Item(position), At::Key("responses"), At::Item(item)];
                    problems.push(self.problem(&[&path[..], &[At::Key(key)]].concat(), message));
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
        }
        or_problems(check, problems)
    }

    fn generated(&self) -> Result<GeneratedCheck, Vec<Problem>> {
        let check: GeneratedCheck = self.read(&Keys::of::<GeneratedCheck>())?;
        let parsed = proofhouse_syntax::parse(&check.subject, proofhouse_types::Language::Python);
        let errors = parsed.errors().first().map(|error| format!("the subject does not parse: {error}"));
        let problems = errors.map(|message| self.problem(&[At::Key("subject")], message));
        or_problems(check, problems.into_iter().collect())
    }

    fn efficiency(&self) -> Result<EfficiencyCheck, Vec<Problem>> {
        let check: EfficiencyCheck = self.read(&Keys::of::<EfficiencyCheck>())?;
        let mut problems = Vec::new();
        if !check.sizes.is_empty() && check.sizes.len() < FEWEST_SIZES {
            problems.push(self.problem(&[At::Key("sizes")], format!("expected {FEWEST_SIZES} sizes or more")));
        }
        let range = check.sizes.first().zip(check.sizes.last());
        if range.is_some_and(|(first, last)| last / (*first).max(1) < RANGE) {
            problems.push(self.problem(&[At::Key("sizes")], format!("the last size must be {RANGE} times the first")));
        }
        if !check.sizes.is_sorted_by(|a, b| a < b) {
            problems.push(self.problem(&[At::Key("sizes")], "sizes must grow"));
        }
        or_problems(check, problems)
    }

    /// There are some, and no two of one name.
    fn members<'n>(&self, key: &'static str, given: impl Iterator<Item = Option<&'n String>>) -> Vec<Problem> {
        let mut names = BTreeSet::new();
        let mut problems = Vec::new();
        let mut count = 0;
        for (position, name) in given.enumerate() {
            count += 1;
            let name = name.cloned().unwrap_or_else(|| (position + 1).to_string());
            if !names.insert(name.clone()) {
                let path = [At::Key(key), At::Item(position)];
                problems.push(self.problem(&path, format!("a second one of its `{key}` is named `{name}`")));
            }
        }
        if count == 0 {
            problems.push(self.problem(&[At::Key(key)], format!("no `{key}`: expected one or more")));
        }
        problems
    }

    fn tolerance(&self, tolerance: Option<f64>) -> Option<Problem> {
        let bad = tolerance.filter(|tolerance| !(tolerance.is_finite() && *tolerance >= 0.0))?;
        Some(self.problem(&[At::Key("tolerance")], format!("a tolerance is 0 or more, not `{bad}`")))
    }
}

/// A step on the way to a value.
#[derive(Clone, Copy)]
enum At<'k> {
    Key(&'k str),
    Item(usize),
}

fn or_problems<T>(check: T, problems: Vec<Problem>) -> Result<T, Vec<Problem>> {
    if problems.is_empty() { Ok(check) } else { Err(problems) }
}

fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !rest.starts_with(['/', '?', ':']) && !rest.is_empty() && !rest.contains(char::is_whitespace)
    })
}

/// A regex's error draws a picture over several lines; the last says what is wrong.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What is wrong with a test, which begins in line 1 of the file.
    #[track_caller]
    fn check(kind: &str, body: &str, expected: &[&str]) {
        let text = format!("[[tests]]\nname = \"t\"\nkind = \"{kind}\"\n{body}\n");
        let document = Document::parse(Path::new("task.toml"), &text).unwrap();
        let mut problems = Vec::new();
        let tests = read(&document, &mut problems);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{body}");
        assert_eq!(tests.is_empty(), !expected.is_empty());
    }

    #[test]
    fn every_kind_is_read() {
        check("assert", "code = 'assert f() == 1'", &[]);
        check("unittest", "code = 'def test_f(): pass'", &[]);
        check("io", "cases = [{ stdin = '1', expected = '2' }]\nfiles = { 'a.txt' = 'x' }", &[]);
        check("call", "cases = [{ arguments = [1, 'a', [2.5, true]], expected = { a = 1 } }]", &[]);
        check("call", "tolerance = 1e-6\ncases = '[{\"arguments\": [null], \"expected\": null}]'", &[]);
        check("cli", "[[tests.steps]]\nargs = ['a']\nstdout = ['^a$']\nfiles_not = ['x']", &[]);
        check("sql", "schema = 'CREATE TABLE t (a)'\ncompare = 'database'", &[]);
        let endpoints = "endpoints = [{ url = 'https://a.test/x', responses = [{ status = 503, headers = { Retry-After = '2' } }] }]";
        check("http", &format!("code = ''\n{endpoints}"), &[]);
        check("generated", "subject = 'def f(): return 1'\ninputs = '[()]'", &[]);
        check("efficiency", "generator = ''\nbound = 'n log n'\nsizes = [4, 8, 16, 32]", &[]);
    }

    #[test]
    fn keys_are_checked_at_every_depth() {
        check(
            "io",
            "cases = [{ stdin = '1', expect = '2' }]",
            &["task.toml:4: unknown key `expect`, did you mean `expected`?"],
        );
        check(
            "cli",
            "[[tests.steps]]\nargs = ['a']\nstdot = ['x']",
            &["task.toml:6: unknown key `stdot`, did you mean `stdout`?"],
        );
        check(
            "http",
            "code = ''\n[[tests.endpoints]]\nurl = 'http://a.test/'\n[[tests.endpoints.responses]]\nstatsu = 500",
            &["task.toml:8: unknown key `statsu`, did you mean `status`?"],
        );
        check("sql", "scheme = ''", &["task.toml:4: unknown key `scheme`, did you mean `schema`?"]);
        check(
            "efficiency",
            "limit = 1",
            &[
                "task.toml:4: unknown key `limit`, expected one of `name`, `kind`, `function`, `generator`, `bound`, `sizes`, `compare`",
            ],
        );
    }

    #[test]
    fn values_are_checked_on_their_lines() {
        check("sql", "rows = ''", &["task.toml:1: missing field `schema`"]);
        check("io", "cases = []", &["task.toml:4: no `cases`: expected one or more"]);
        check(
            "io",
            "compare = 'about'\ncases = [{}]",
            &["task.toml:4: unknown variant `about`, expected one of `exact`, `trimmed`, `tokens`, `numeric`"],
        );
        check("io", "tolerance = -1.0\ncases = [{}]", &["task.toml:4: a tolerance is 0 or more, not `-1`"]);
        check("io", "cases = [{ name = '2' }, {}]", &["task.toml:4: a second one of its `cases` is named `2`"]);
        check(
            "call",
            "cases = '[{\"arguments\": [1], \"expeted\": 2}]'",
            &["task.toml:4: unknown key `expeted`, did you mean `expected`?"],
        );
        check("call", "cases = '[{\"arguments\": [1]}]'", &["task.toml:4: expected either `expected` or `raises`"]);
        check(
            "call",
            "cases = '[{]'",
            &["task.toml:4: no JSON list of cases: key must be a string at line 1 column 3"],
        );
        check(
            "cli",
            "[[tests.steps]]\nstdout = ['ok', '(']\n[[tests.steps]]\nstderr = ['[']",
            &[
                "task.toml:5: no regular expression: unclosed group",
                "task.toml:7: no regular expression: unclosed character class",
            ],
        );
        check("cli", "[[tests.steps]]\nexit_code = 'no'", &["task.toml:5: invalid type: string \"no\", expected i32"]);
        check("http", "code = ''\nendpoints = []", &["task.toml:1: no `endpoints`: expected one or more"]);
        check(
            "http",
            "code = ''\nendpoints = [{ url = 'a.test', responses = [{}] }]",
            &["task.toml:5: no address: expected `http://` or `https://`, a host, and a path"],
        );
        check(
            "http",
            "code = ''\nendpoints = [{ url = 'http://a.test/' }]",
            &["task.toml:5: expected either `responses` or `pages`"],
        );
        check(
            "http",
            "code = ''\nendpoints = [{ url = 'http://a.test/', responses = [{ status = 99 }] }]",
            &["task.toml:5: a status is between 100 and 599"],
        );
        check(
            "generated",
            "subject = 'def f(:'\ninputs = ''",
            &["task.toml:4: the subject does not parse: line 1, column 7: missing `)`"],
        );
        check(
            "efficiency",
            "generator = ''\nbound = 'n log'",
            &[
                "task.toml:5: unknown variant `n log`, expected one of `1`, `log n`, `n`, `n log n`, `n^2`, `n²`, `n^3`, `n³`, `2^n`, `2ⁿ`",
            ],
        );
        check("efficiency", "generator = ''\nbound = 'n'\nsizes = [1, 2, 4, 4]", &["task.toml:6: sizes must grow"]);
        check(
            "efficiency",
            "generator = ''\nbound = 'n'\nsizes = [10, 11, 12, 13]",
            &["task.toml:6: the last size must be 3 times the first"],
        );
        check("efficiency", "generator = ''\nbound = 'n'\nsizes = [1, 4]", &["task.toml:6: expected 4 sizes or more"]);
    }
}
