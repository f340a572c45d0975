//! The tests of a `task.toml`: each read into its kind, and what is wrong put on its line.

use std::ops::Range;

use proofhouse_types::{CallCase, CallCheck, Language, TestCase};
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::flaw::At;
use super::keys::{Document, Keys, below};
use super::kinds::{self, EITHER, HEAD, Head, Written};
use super::problem::Problem;
use super::validity;

/// Reads the `[[tests]]` of a document. Those that can't be read are problems.
pub(super) fn read(
    document: &Document<'_>,
    language: Language,
    entry_point: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Vec<TestCase> {
    let mut tests = Vec::new();
    let mut tables = Vec::new();
    for table in document.tables("tests") {
        match test(document, table) {
            Ok(read) => {
                let flaws = validity::of_test(&read, language, entry_point).into_iter();
                let flaws = flaws.chain(validity::of_subject(&read));
                problems.extend(flaws.map(|flaw| document.problem(below(table, &flaw.path).span(), flaw.message)));
                tests.push(read);
                tables.push(table);
            }
            Err(found) => problems.extend(found),
        }
    }
    for position in validity::second_ones(tests.iter().map(|test| test.name.as_str())) {
        let span = below(tables[position], &[At::Key("name")]).span();
        problems.push(document.problem(span, format!("a second test is named `{}`", tests[position].name)));
    }
    tests
}

fn test(document: &Document<'_>, table: &Spanned<DeValue<'_>>) -> Result<TestCase, Vec<Problem>> {
    let one = |span, message| vec![document.problem(span, message)];
    let Some(entries) = table.get_ref().as_table() else {
        return Err(one(table.span(), "expected a table".to_owned()));
    };
    let text = |key: &str| match entries.get(key).map(|value| (value.span(), value.get_ref().as_str())) {
        Some((_, Some(text))) => Ok(text.to_owned()),
        Some((span, None)) => Err(one(span, format!("`{key}` must be a text"))),
        None => Err(one(table.span(), format!("missing field `{key}`"))),
    };
    let name = text("name")?;
    let check = kinds::read(&text("kind")?, &Body { document, table, entries })?;
    let Head { visible, quotes } = document.read_value(table)?;
    Ok(TestCase { name, visible, quotes, check })
}

/// One test's table.
struct Body<'b, 'd> {
    document: &'b Document<'d>,
    table: &'b Spanned<DeValue<'d>>,
    entries: &'b DeTable<'d>,
}

impl Written for Body<'_, '_> {
    type Problem = Problem;

    fn read<T: DeserializeOwned>(&self, keys: &Keys) -> Result<T, Vec<Problem>> {
        self.document.check_entries(self.entries, &HEAD, keys)?;
        self.document.read_value(self.table)
    }

    fn read_call(&self, keys: &Keys) -> Result<CallCheck, Vec<Problem>> {
        let written = self.entries.get("cases").map(Spanned::get_ref);
        // TOML has no null, so cases may be written in JSON.
        if let Some(text) = written.and_then(DeValue::as_str) {
            return self.call_of_json(text, keys);
        }
        let check = self.read(keys)?;
        for case in written.and_then(DeValue::as_array).into_iter().flatten() {
            let has = |key| case.get_ref().as_table().is_some_and(|case| case.contains_key(key));
            if has("expected") == has("raises") {
                return Err(vec![self.document.problem(case.span(), EITHER.to_owned())]);
            }
        }
        Ok(check)
    }

    fn of_kind(&self, message: String) -> Problem {
        self.document.problem(self.span("kind"), message)
    }
}

impl Body<'_, '_> {
    fn span(&self, key: &'static str) -> Range<usize> {
        below(self.table, &[At::Key(key)]).span()
    }

    fn call_of_json(&self, text: &str, keys: &Keys) -> Result<CallCheck, Vec<Problem>> {
        self.document.check_entries(self.entries, &HEAD, keys)?;
        let refused = |message: String| vec![self.document.problem(self.span("cases"), message)];
        let unread = |error: serde_json::Error| refused(format!("no JSON list of cases: {error}"));
        let maps: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).map_err(unread)?;
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
            table.insert(Spanned::new(0..0, "cases".into()), Spanned::new(0..0, DeValue::Array(Default::default())));
        }
        Ok(CallCheck { cases, ..self.document.read_value(&rest)? })
    }
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
        let language = if kind == "sql" { Language::Sql } else { Language::Python };
        let tests = read(&document, language, Some("f"), &mut problems);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected, "{body}");
        assert!(!tests.is_empty() || !problems.is_empty());
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
                "task.toml:4: unknown key `limit`, expected one of `name`, `kind`, `visible`, `quotes`, `function`, `generator`, `bound`, `sizes`, `compare`",
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
