//! What `/v1` answers, and what it says of requests that it can't use.

use proofhouse_tests::{Server, fixtures};
use serde_json::{Value, json};

fn server() -> Server {
    let suite = fixtures("tasks");
    Server::start(&format!("[[suites]]\npath = {:?}\nname = \"tasks\"\n", suite.display().to_string()))
}

fn double(code: &str) -> Value {
    let test = json!({ "name": "doubles", "kind": "assert", "code": "assert double(2) == 4" });
    json!({ "task": { "id": "d", "language": "python", "prompt": "", "tests": [test] }, "code": code })
}

#[test]
fn programs_are_run_and_limits_are_outcomes() {
    let server = server();
    let check = |request: Value, expected: Value| {
        let answered = server.post("/v1/run", &request);
        assert_eq!(answered.status, 200, "{answered:?}");
        let report = answered.json();
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(&report[key], value, "{key} of {report}");
        }
    };
    check(json!({ "code": "print(1 + 1)" }), json!({ "outcome": "passed", "stdout": "2\n", "stderr": "" }));
    check(
        json!({ "code": "import sys\nprint(sys.argv[1], input(), open('a.txt').read())\nopen('b', 'w')",
                "arguments": ["x"], "stdin": "y\n", "files": { "a.txt": "z" } }),
        json!({ "outcome": "passed", "stdout": "x y z\n", "files": ["a.txt", "b"] }),
    );
    check(json!({ "code": "raise SystemExit(3)" }), json!({ "outcome": "exited", "exit_code": 3 }));
    check(json!({ "code": "1 / 0" }), json!({ "outcome": "raised" }));
    check(
        json!({ "code": "while True: pass", "limits": { "fuel": 100_000_000 } }),
        json!({ "outcome": "out_of_fuel" }),
    );
    check(json!({ "code": "print('x' * 1000)", "limits": { "output": 10 } }), json!({ "outcome": "output_limit" }));
    check(
        json!({ "code": "", "files": { "a": "", "b": "" }, "limits": { "files": 1 } }),
        json!({ "outcome": "disk_limit" }),
    );
    check(json!({ "code": "open('/etc/passwd')" }), json!({ "outcome": "raised" }));
}

#[test]
fn submissions_are_scored_for_tasks_that_come_along_and_for_those_of_suites() {
    let server = server();
    let check = |request: Value, passed: bool, outcome: &str, method: &str| {
        let answered = server.post("/v1/score", &request);
        assert_eq!(answered.status, 200, "{answered:?}");
        let report = answered.json();
        let found = (&report["passed"], &report["outcome"], &report["extraction"]["method"]);
        assert_eq!(found, (&json!(passed), &json!(outcome), &json!(method)), "{report}");
    };
    check(double("def double(x): return 2 * x"), true, "passed", "program");
    check(double("def double(x): return 3 * x"), false, "failed", "program");
    check(double("def double(x:"), false, "truncated", "program");
    let mut reply = double("");
    reply["reply"] = json!("Sure:\n```python\ndef double(x):\n    return x + x\n```\n");
    reply.as_object_mut().expect("an object").remove("code");
    check(reply, true, "passed", "fence");
    let task = json!({ "suite": "tasks", "task_id": "algorithms/binary-search", "code": "def binary_search(a, x):\n    return a.index(x) if x in a else -1\n" });
    check(task, true, "passed", "program");
}

#[test]
fn the_same_program_is_not_run_again() {
    let server = server();
    let ask = |request: &Value| {
        let answered = server.post("/v1/score", request);
        let cache = answered.header("cache-status").expect("it is said").to_owned();
        let mut report = answered.json();
        let sample = report["sample_id"].take();
        (cache, sample, report)
    };
    let mut request = double("def double(x): return x * 2");
    let (first, _, report) = ask(&request);
    request["sample_id"] = json!("other");
    let (again, sample, same) = ask(&request);
    assert_eq!((first.as_str(), again.as_str()), ("proofhouse; fwd=miss; stored", "proofhouse; hit"));
    assert_eq!((sample, same), (json!("other"), report));
    request["limits"] = json!({ "fuel": 1_000_000_000 });
    assert_eq!(ask(&request).0, "proofhouse; fwd=miss; stored", "other limits are another verdict");
    request["task"]["tests"][0]["code"] = json!("assert double(3) == 6");
    assert_eq!(ask(&request).0, "proofhouse; fwd=miss; stored", "other tests are another verdict");
}

#[test]
fn texts_are_checked_in_every_language() {
    let server = server();
    let check = |request: Value, rules: &[&str]| {
        let report = server.post("/v1/check", &request).json();
        let found = report["findings"].as_array().expect("a list").iter();
        let found: Vec<&str> = found.filter_map(|finding| finding["rule"].as_str()).collect();
        assert_eq!(found, rules, "{report}");
    };
    check(json!({ "code": "eval(input())", "language": "python" }), &["python/code-injection"]);
    check(json!({ "code": "eval(input())", "path": "a.py" }), &["python/code-injection"]);
    check(json!({ "code": "x = 1", "language": "py" }), &[]);
    let languages = server.get("/v1/languages").json();
    let names = languages.as_array().expect("a list").iter().filter_map(|language| language["name"].as_str());
    for name in names {
        check(json!({ "code": "", "language": name }), &[]);
    }
}

#[test]
fn problems_name_the_field() {
    let server = server();
    let check = |path: &str, request: Value, status: u16, field: Option<&str>, says: &str| {
        let answered = server.post(path, &request);
        let problem = answered.json();
        assert_eq!(answered.header("content-type"), Some("application/problem+json"), "{answered:?}");
        assert_eq!((answered.status, problem["field"].as_str()), (status, field), "{problem}");
        assert!(problem["detail"].as_str().expect("a text").contains(says), "{problem}");
    };
    check("/v1/run", json!({}), 422, Some("code"), "missing field `code`");
    check("/v1/run", json!({ "code": 1 }), 422, Some("code"), "expected a string");
    check("/v1/run", json!({ "code": "", "cod": 1 }), 422, Some("cod"), "unknown field `cod`");
    let limits = |limits: Value| json!({ "code": "", "limits": limits });
    check("/v1/run", limits(json!({ "fuel": "x" })), 422, Some("limits.fuel"), "expected u64");
    check("/v1/run", limits(json!({ "fuel": u64::MAX })), 422, Some("limits.fuel"), "ceiling");
    check("/v1/run", limits(json!({ "memory": 1 })), 422, Some("limits.memory"), "the interpreter itself needs");
    check("/v1/run", limits(json!({ "stack": "1GiB" })), 422, Some("limits.stack"), "a whole number");
    check("/v1/run", limits(json!({ "stack": 0 })), 422, Some("limits.stack"), "expected a stack between");
    check("/v1/run", limits(json!({ "wall": 0 })), 422, Some("limits.wall"), "1 second or more");
    check("/v1/run", limits(json!([null])), 422, Some("limits"), "expected an object");
    check("/v1/run", json!({ "code": "", "files": { "../x": "" } }), 422, Some("files"), "no path of a file");
    check("/v1/run", json!({ "code": "", "files": { "a": "", "a/b": "" } }), 422, Some("files"), "a file and a folder");
    check("/v1/score", json!({ "code": "" }), 422, Some("task"), "expected `task`, or `suite` and `task_id`");
    check("/v1/score", json!({ "suite": "tasks", "task_id": "x" }), 422, Some("code"), "expected `code` or `reply`");
    check("/v1/score", json!({ "suite": "no", "task_id": "x", "code": "" }), 404, None, "suite `no` does not exist");
    check("/v1/score", json!({ "suite": "tasks", "task_id": "no", "code": "" }), 404, None, "task `no` does not");
    check("/v1/check", json!({ "code": "", "language": "cobol" }), 422, Some("language"), "no rules for `cobol`");
    check("/v1/check", json!({ "code": "" }), 422, Some("language"), "expected `language` or `path`");
}
