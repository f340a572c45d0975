//! A task in JSON, as requests bring it, held to what the file of a task is held to.

use proofhouse_types::{CallCase, CallCheck, Check, Feature, LimitOverrides, ReferenceCheck, Rubric, Task, TestCase};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::flaw::{At, Flaw, field};
use super::keys::Keys;
use super::kinds::{self, EITHER, HEAD, Head, Written};
use super::problem::FieldProblem;
use super::validity;

/// Reads a task in JSON, with its reference and, as imported suites have them, tests of kind `reference`. Nothing of what is
/// written in it is parsed but its regular expressions: programs and queries are for [`problems_of_texts`].
///
/// # Errors
/// All that is wrong, by field: unknown keys with the nearest that is known, values of a wrong kind, and what could never be.
pub fn task_of_json(json: &str) -> Result<Task, Vec<FieldProblem>> {
    let value: Value = serde_json::from_str(json).map_err(|error| vec![whole(format!("no JSON: {error}"))])?;
    let Value::Object(mut object) = value else { return Err(vec![whole("expected an object".to_owned())]) };
    let keys = Keys::of::<Task>()
        .with("limits", Keys::of::<LimitOverrides>())
        .with("rubric", Keys::of::<Rubric>())
        .with("features", Keys::of::<Feature>());
    let mut problems = keys.problems_of_json(&object, &[], "");
    let mut tests = Vec::new();
    if let Some(Value::Array(written)) = object.get_mut("tests") {
        for (position, value) in std::mem::take(written).into_iter().enumerate() {
            match test(value, format!("tests[{position}]")) {
                Ok(test) => tests.push((position, test)),
                Err(found) => problems.extend(found),
            }
        }
    }
    let has_unread_tests = !problems.is_empty();
    match read_value::<Task>(Value::Object(object), "") {
        // A task with an unknown key often lacks the one that was meant: that says the same again.
        Err(problem) if problems.is_empty() => problems.push(problem),
        Err(_) => {}
        Ok(mut task) => {
            for (position, test) in &tests {
                let flaws = validity::of_test(test, task.language, task.entry_point.as_deref());
                problems.extend(flaws.into_iter().map(|flaw| below_test(*position, flaw)));
            }
            for second in validity::second_ones(tests.iter().map(|(_, test)| test.name.as_str())) {
                let (position, test) = &tests[second];
                let flaw = Flaw::at(&[At::Key("name")], format!("a second test is named `{}`", test.name));
                problems.push(below_test(*position, flaw));
            }
            task.tests = tests.into_iter().map(|(_, test)| test).collect();
            if !(task.tests.is_empty() && has_unread_tests) {
                problems.extend(validity::of_task(&task).into_iter().map(problem));
            }
            if problems.is_empty() {
                return Ok(task);
            }
        }
    }
    Err(problems)
}

/// What is wrong with the queries of a task's features, and with the programs that its submissions are to test. A parser written
/// in C reads them, so this is for where submitted code is parsed.
#[must_use]
pub fn problems_of_texts(task: &Task) -> Vec<FieldProblem> {
    let of_tests = task.tests.iter().enumerate();
    let subjects = of_tests.filter_map(|(position, test)| Some(below_test(position, validity::of_subject(test)?)));
    validity::of_queries(task).into_iter().map(problem).chain(subjects).collect()
}

/// What is wrong with limits, by name.
#[must_use]
pub fn problems_of_limits(limits: &LimitOverrides) -> Vec<FieldProblem> {
    validity::of_limits(limits).into_iter().map(problem).collect()
}

fn test(value: Value, path: String) -> Result<TestCase, Vec<FieldProblem>> {
    let one = |field: String, message: String| vec![FieldProblem { field, message }];
    let Value::Object(object) = value else { return Err(one(path, "expected an object".to_owned())) };
    let text = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(one(format!("{path}.{key}"), format!("`{key}` must be a text"))),
        None => Err(one(format!("{path}.{key}"), format!("missing field `{key}`"))),
    };
    let (name, kind) = (text("name")?, text("kind")?);
    let body = Body { object: &object, path: &path };
    let check = match kind.as_str() {
        // What imported suites have; no file of a task can write it.
        "reference" => Check::Reference(body.read(&Keys::of::<ReferenceCheck>())?),
        kind => kinds::read(kind, &body)?,
    };
    let Head { visible, quotes } = read_value(Value::Object(object.clone()), &path).map_err(|problem| vec![problem])?;
    Ok(TestCase { name, visible, quotes, check })
}

/// One test's object.
struct Body<'b> {
    object: &'b Map<String, Value>,
    path: &'b str,
}

impl Written for Body<'_> {
    type Problem = FieldProblem;

    fn read<T: DeserializeOwned>(&self, keys: &Keys) -> Result<T, Vec<FieldProblem>> {
        let problems = keys.problems_of_json(self.object, &HEAD, self.path);
        if !problems.is_empty() {
            return Err(problems);
        }
        read_value(Value::Object(self.object.clone()), self.path).map_err(|problem| vec![problem])
    }

    fn read_call(&self, keys: &Keys) -> Result<CallCheck, Vec<FieldProblem>> {
        let check: CallCheck = self.read(keys)?;
        let written = self.object.get("cases").and_then(Value::as_array).into_iter().flatten();
        let is_unclear = |(case, written): (&CallCase, &Value)| match &case.raises {
            None => written.get("expected").is_none(),
            // A case that was written by a program may have both keys.
            Some(_) => !case.expected.is_null(),
        };
        match check.cases.iter().zip(written).position(is_unclear) {
            Some(position) => {
                let field = format!("{}.cases[{position}]", self.path);
                Err(vec![FieldProblem { field, message: EITHER.to_owned() }])
            }
            None => Ok(check),
        }
    }

    fn of_kind(&self, message: String) -> FieldProblem {
        FieldProblem { field: format!("{}.kind", self.path), message }
    }
}

/// A value as a `T`; what is wrong has the path to it, which begins with the one before.
fn read_value<T: DeserializeOwned>(value: Value, before: &str) -> Result<T, FieldProblem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let message = error.inner().to_string();
        let missing =
            message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
        let path = error.path().to_string();
        let steps = [before, if path == "." { "" } else { &path }, missing.unwrap_or_default()];
        let field = steps.into_iter().filter(|step| !step.is_empty()).collect::<Vec<_>>().join(".");
        FieldProblem { field, message }
    })
}

fn below_test(position: usize, flaw: Flaw) -> FieldProblem {
    let path = [&[At::Key("tests"), At::Item(position)], &flaw.path[..]].concat();
    problem(Flaw { path, message: flaw.message })
}

fn problem(flaw: Flaw) -> FieldProblem {
    FieldProblem { field: field(&flaw.path), message: flaw.message }
}

fn whole(message: String) -> FieldProblem {
    FieldProblem { field: String::new(), message }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::suite;

    fn double() -> Value {
        json!({
            "id": "numbers/double",
            "language": "python",
            "prompt": "Double it.",
            "entry_point": "double",
            "limits": { "memory": "64MiB" },
            "rubric": { "tests": 80 },
            "features": [{ "name": "f", "predicate": "main_guard" }],
            "tests": [{ "name": "doubles two", "kind": "assert", "code": "assert double(2) == 4" }],
        })
    }

    fn shown(task: &Value) -> Vec<String> {
        let problems = task_of_json(&task.to_string()).map(|_| ()).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(at: &str, value: Value, expected: &[&str]) {
        let mut task = double();
        let (parent, key) = at.rsplit_once('/').unwrap();
        task.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value);
        assert_eq!(shown(&task), expected, "{at}");
    }

    #[track_caller]
    fn check_test(test: Value, expected: &[&str]) {
        check("/tests", json!([test]), expected);
    }

    #[test]
    fn tasks_of_suites_come_back_as_they_were_written() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/tasks");
        let tasks = suite::read(&fixtures).unwrap().tasks;
        assert!(tasks.len() >= 8);
        for task in tasks {
            assert_eq!(task_of_json(&serde_json::to_string(&task).unwrap()), Ok(task.clone()));
            assert_eq!(problems_of_texts(&task), []);
        }
        let reference = json!({ "name": "t", "kind": "reference", "arguments": "[1]", "tolerance": 0.0 });
        let mut task = double();
        task["tests"] = json!([reference]);
        assert!(task_of_json(&task.to_string()).is_ok());
    }

    #[test]
    fn unknown_keys_name_the_nearest_at_every_depth() {
        check("/promt", json!(""), &["`promt`: unknown key `promt`, did you mean `prompt`?"]);
        check("/limits/memroy", json!(1), &["`limits.memroy`: unknown key `memroy`, did you mean `memory`?"]);
        check(
            "/features",
            json!([{ "name": "f", "predicat": "main_guard" }]),
            &["`features[0].predicat`: unknown key `predicat`, did you mean `predicate`?"],
        );
        let message = "unknown key `cod`, did you mean `code`?";
        check_test(json!({ "name": "t", "kind": "assert", "cod": "" }), &[&format!("`tests[0].cod`: {message}")]);
        check_test(
            json!({ "name": "t", "kind": "io", "cases": [{}, { "expect": "" }] }),
            &["`tests[0].cases[1].expect`: unknown key `expect`, did you mean `expected`?"],
        );
        let endpoint = json!({ "url": "http://a.test/", "responses": [{ "statsu": 500 }] });
        check_test(
            json!({ "name": "t", "kind": "http", "code": "", "endpoints": [endpoint] }),
            &["`tests[0].endpoints[0].responses[0].statsu`: unknown key `statsu`, did you mean `status`?"],
        );
    }

    #[test]
    fn values_are_checked_in_their_fields() {
        check("/id", json!(" "), &["`id`: `id` must not be empty"]);
        check("/language", json!("rust"), &["`language`: unknown variant `rust`, expected `python` or `sql`"]);
        check("/limits/fuel", json!("much"), &["`limits.fuel`: invalid type: string \"much\", expected u64"]);
        check("/limits/wall", json!(0), &["`limits.wall`: expected 1 second or more"]);
        check("/rubric/tests", json!(-1), &["`rubric.tests`: a weight must be 0 or more, not `-1`"]);
        check(
            "/packages",
            json!(["requests", "request"]),
            &["`packages[1]`: unknown package `request`, did you mean `requests`?"],
        );
        check(
            "/features/0/predicate",
            json!("main_gard"),
            &["`features[0].predicate`: unknown predicate `main_gard`, did you mean `main_guard`?"],
        );
        check("/tests", json!([]), &["`tests`: no `tests`: a task has one or more"]);
        check("/tests", json!({}), &["`tests`: invalid type: map, expected a sequence"]);
        let test = double()["tests"][0].clone();
        check("/tests", json!([test, test]), &["`tests[1].name`: a second test is named `doubles two`"]);
        assert_eq!(shown(&json!({})), ["`id`: missing field `id`"]);
        assert_eq!(shown(&json!([])), ["``: expected an object"]);
    }

    #[test]
    fn tests_are_checked_in_their_fields() {
        check_test(json!(1), &["`tests[0]`: expected an object"]);
        check_test(json!({ "name": "t" }), &["`tests[0].kind`: missing field `kind`"]);
        check_test(json!({ "name": "t", "kind": "assert" }), &["`tests[0].code`: missing field `code`"]);
        check_test(
            json!({ "name": "t", "kind": "asert" }),
            &["`tests[0].kind`: unknown kind `asert`, did you mean `assert`?"],
        );
        check_test(
            json!({ "name": "", "kind": "assert", "code": "" }),
            &["`tests[0].name`: a test's `name` must not be empty"],
        );
        check_test(
            json!({ "name": "t", "kind": "io", "cases": [{ "stdin": 1 }] }),
            &["`tests[0].cases[0].stdin`: invalid type: integer `1`, expected a string"],
        );
        check_test(
            json!({ "name": "t", "kind": "cli", "steps": [{ "stdout": ["ok", "("] }] }),
            &["`tests[0].steps[0].stdout[1]`: no regular expression: unclosed group"],
        );
        check_test(
            json!({ "name": "t", "kind": "sql", "schema": "" }),
            &["`tests[0].kind`: tests of kind `sql` are for tasks with `language = \"sql\"`"],
        );
        check_test(
            json!({ "name": "t", "kind": "call", "cases": [{ "arguments": [1], "expected": null }, { "arguments": [2] }] }),
            &["`tests[0].cases[1]`: expected either `expected` or `raises`"],
        );
    }

    #[test]
    fn texts_are_parsed_where_that_is_asked_for() {
        let mut task = double();
        task["features"] = json!([{ "name": "f", "query": "(call" }]);
        task["tests"] = json!([{ "name": "t", "kind": "generated", "subject": "def f(:", "inputs": "" }]);
        let task = task_of_json(&task.to_string()).unwrap();
        let shown: Vec<String> = problems_of_texts(&task).iter().map(ToString::to_string).collect();
        let expected = [
            "`features[0].query`: query, line 1, column 6: invalid syntax",
            "`tests[0].subject`: the subject does not parse: line 1, column 7: missing `)`",
        ];
        assert_eq!(shown, expected);
        check(
            "/features",
            json!([{ "name": "f", "query": "(call", "predicate": "main_guard" }]),
            &["`features[0].query`: expected either a `predicate` or a `query`, not both"],
        );
    }
}
