//! The APIs of SandboxFusion, Piston and Judge0 over real workers: what their documentation says, field by field.

use std::path::Path;

use proofhouse_tests::Server;
use serde_json::{Value, json};

/// A suite in HumanEval's form, with the right answer to its one task.
pub fn write_suite(folder: &Path) -> String {
    let row = json!({
        "task_id": "HumanEval/0", "prompt": "def double(n):\n    \"\"\"Twice n.\"\"\"\n", "entry_point": "double",
        "canonical_solution": "    return 2 * n\n", "test": "def check(candidate):\n    assert candidate(2) == 4\n",
    });
    let path = folder.join("humaneval.jsonl");
    std::fs::write(&path, format!("{row}\n")).unwrap();
    format!("[[suites]]\npath = {:?}\nname = \"HumanEval\"\n", path.display().to_string())
}

/// Holds an answer to the fields that are given.
fn check(answer: &Value, expected: Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&answer[key], value, "{key} of {answer}");
    }
}

#[test]
fn sandbox_fusion_runs_programs() {
    let server = Server::start("workers = 2\n");
    let run = |mut request: Value| {
        request["language"] = json!("python");
        let answered = server.post("/run_code", &request);
        assert_eq!(answered.status, 200, "{answered:?}");
        answered.json()
    };
    let hello = run(json!({ "code": "print(input())", "stdin": "hi" }));
    check(&hello, json!({ "status": "Success", "message": "", "compile_result": null, "files": {} }));
    check(&hello["run_result"], json!({ "status": "Finished", "return_code": 0, "stdout": "hi\n", "stderr": "" }));
    let seconds = hello["run_result"]["execution_time"].as_f64().unwrap();
    assert!(0.0 < seconds && seconds < 0.1, "{seconds}");
    let exited = run(json!({ "code": "import sys; sys.exit(3)" }));
    check(&exited["run_result"], json!({ "status": "Finished", "return_code": 3 }));
    let endless = run(json!({ "code": "print(1, flush=True)\nwhile True: pass", "run_timeout": 0.1 }));
    assert_eq!(endless["status"], "Failed");
    check(&endless["run_result"], json!({ "status": "TimeLimitExceeded", "return_code": null, "stdout": "1\n" }));
    let sleepy = run(json!({ "code": "import time; time.sleep(60)", "run_timeout": 5 }));
    assert_eq!(sleepy["run_result"]["status"], "TimeLimitExceeded");
    let broken = run(json!({ "code": "print(" }));
    check(&broken["run_result"], json!({ "status": "Finished", "return_code": 1 }));
    assert!(broken["run_result"]["stderr"].as_str().unwrap().contains("SyntaxError"), "{broken}");
    let greedy = run(json!({ "code": "x = bytearray(10**9)", "memory_limit_MB": 16 }));
    assert_eq!(greedy["status"], "Failed", "{greedy}");
    let files = run(json!({
        "code": "import helper\nopen('d/out.txt', 'w').write(helper.text)",
        "files": { "helper.py": "dGV4dCA9ICdoaSc=", "d/in.txt": "eA==" }, "fetch_files": ["d/out.txt", "absent"],
    }));
    assert_eq!(files["files"], json!({ "d/out.txt": "aGk=" }), "{files}");
}

#[test]
fn sandbox_fusion_refuses_in_its_own_words() {
    let server = Server::start("workers = 1\n");
    let check = |body: &str, place: Value, message: &str| {
        let answered = server.post_text("/run_code", "application/json", body);
        assert_eq!(answered.status, 422, "{answered:?}");
        let detail = &answered.json()["detail"][0];
        assert_eq!(detail["loc"], place, "{detail}");
        assert!(detail["msg"].as_str().unwrap().contains(message), "{detail}");
    };
    check("{}", json!(["body"]), "missing field `code`");
    check("{", json!(["body"]), "EOF");
    check(r#"{"code": "", "language": "cpp"}"#, json!(["body", "language"]), "no other language");
    check(r#"{"code": "", "language": "python", "files": {"../a": ""}}"#, json!(["body", "files"]), "leads out");
    let unknown = server.post("/submit", &json!({ "dataset": "d", "id": 0, "completion": "", "config": {} }));
    assert_eq!((unknown.status, unknown.text.as_str()), (400, r#"{"detail":"no eval class found for dataset d"}"#));
}

#[test]
fn sandbox_fusion_judges_answers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&format!("workers = 2\n{}", write_suite(folder.path())));
    let submit = |request: Value| {
        let answered = server.post("/submit", &request);
        assert_eq!(answered.status, 200, "{answered:?}");
        answered.json()
    };
    let right =
        submit(json!({ "dataset": "humaneval_python", "id": 0, "completion": "    return 2 * n\n", "config": {} }));
    check(&right, json!({ "id": 0, "accepted": true, "extracted_type": "heuristic" }));
    check(&right["tests"][0], json!({ "passed": true }));
    let fenced = "```python\ndef double(n):\n    return 3 * n\n```";
    let wrong = submit(json!({ "dataset": "humaneval_python", "id": "HumanEval/0", "completion": fenced }));
    check(
        &wrong,
        json!({ "accepted": false, "extracted_type": "fenced", "extracted_code": "def double(n):\n    return 3 * n\n" }),
    );
    let mbpp = json!({
        "dataset": "mbpp", "id": 11, "completion": "```python\ndef add(a, b):\n    return a + b\n```",
        "config": { "provided_data": {
            "id": 11, "content": "Write a function to add.", "labels": "{\"test_setup_code\": \"\"}",
            "test": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
        } },
    });
    let mbpp = submit(mbpp);
    assert_eq!((mbpp["accepted"].clone(), mbpp["tests"].as_array().unwrap().len()), (json!(true), 2), "{mbpp}");
    let oj = |completion: &str| {
        submit(json!({
            "dataset": "code_contests", "id": "x", "completion": completion,
            "config": { "language": "python", "provided_data": { "test": [
                { "input": { "stdin": "1 2" }, "output": { "stdout": "3" } },
                { "input": { "stdin": "2 2" }, "output": { "stdout": "4" } },
            ] } },
        }))
    };
    let sum = oj("```python\nprint(sum(map(int, input().split())))\n```");
    assert_eq!((sum["accepted"].clone(), sum["tests"].as_array().unwrap().len()), (json!(true), 2), "{sum}");
    let three = oj("print(3)");
    assert_eq!(three["tests"][1]["exec_info"]["run_result"]["stdout"], "3\n", "{three}");
    assert_eq!(three["accepted"], false);
    let auto = |completion: &str, test: &str| {
        submit(json!({
            "dataset": "own", "id": 1, "completion": completion,
            "config": { "dataset_type": "AutoEvalDataset", "provided_data": {
                "labels": { "programming_language": "python" }, "test": { "code": test },
            } },
        }))["accepted"]
            .clone()
    };
    assert_eq!(auto("def f(): return 1", "assert f() == 1"), true);
    assert_eq!(auto("def f(): return 2", "assert f() == 1"), false);
    assert_eq!(auto("import sys; sys.exit(0)", "assert f() == 1"), false);
    assert_eq!(auto("x = 1", "#<INSERT>\nassert x == 1"), true);
    let prompts = server.post("/get_prompts", &json!({ "dataset": "humaneval_python", "config": {} })).json();
    assert_eq!(prompts[0]["id"], "HumanEval/0", "{prompts}");
}

#[test]
fn piston_runs_programs() {
    let server = Server::start("workers = 1\n");
    let runtimes = server.get("/api/v2/piston/runtimes").json();
    check(&runtimes[0], json!({ "language": "python", "version": "3.14.0" }));
    let execute = |mut request: Value, files: Value| {
        (request["language"], request["version"], request["files"]) = (json!("py"), json!(">=3.10"), files);
        let answered = server.post("/api/v2/execute", &request);
        assert_eq!(answered.status, 200, "{answered:?}");
        check(&answered.json(), json!({ "language": "python", "version": "3.14.0" }));
        answered.json()["run"].clone()
    };
    let files = json!([
        { "name": "main.py", "content": "import sys, helper\nprint(helper.x, sys.argv[1], input())\nprint('e', file=sys.stderr)" },
        { "name": "helper.py", "content": "eCA9IDE=", "encoding": "base64" },
    ]);
    check(
        &execute(json!({ "args": ["a"], "stdin": "in" }), files),
        json!({ "stdout": "1 a in\n", "stderr": "e\n", "output": "1 a in\ne\n", "code": 0, "signal": null, "status": null }),
    );
    let code = |text: &str| json!([{ "content": text }]);
    let endless = execute(json!({ "run_timeout": 100 }), code("while True: pass"));
    check(&endless, json!({ "code": null, "signal": "SIGKILL", "status": "TO", "message": "Time limit exceeded" }));
    check(&execute(json!({}), code("1 / 0")), json!({ "code": 1, "status": "RE" }));
    check(&execute(json!({}), code("print('x' * (2 << 20))")), json!({ "signal": "SIGKILL", "status": "OL" }));
    let refused = server.post("/api/v2/execute", &json!({ "language": "python", "version": "2", "files": [] }));
    assert_eq!((refused.status, refused.text.as_str()), (400, r#"{"message":"python-2 runtime is unknown"}"#));
}

#[test]
fn judge0_runs_submissions() {
    let server = Server::start("workers = 2\n");
    let submission = |source: &str| json!({ "source_code": source, "language_id": 71 });
    let waited = server.post(
        "/submissions?wait=true",
        &json!({
            "source_code": "print(int(input()) * 2)", "language_id": 71, "stdin": "21", "expected_output": "42\n\n",
        }),
    );
    assert_eq!(waited.status, 201, "{waited:?}");
    check(
        &waited.json(),
        json!({ "stdout": "42\n", "stderr": null, "status": { "id": 3, "description": "Accepted" } }),
    );
    let token = waited.json()["token"].as_str().unwrap().to_owned();
    let all = server.get(&format!("/submissions/{token}?base64_encoded=true&fields=*")).json();
    check(
        &all,
        json!({ "stdout": "NDIK\n", "status_id": 3, "exit_code": 0, "memory_limit": 128_000, "stdin": "MjE=\n" }),
    );
    let taken = server.post("/submissions", &submission("1 / 0"));
    let token = taken.json()["token"].as_str().unwrap().to_owned();
    let done = server.until("the submission is done", |server| {
        let answer = server.get(&format!("/submissions/{token}")).json();
        (answer["status"]["id"].as_u64() > Some(2)).then_some(answer)
    });
    check(
        &done,
        json!({ "message": "Exited with error status 1", "status": { "id": 11, "description": "Runtime Error (NZEC)" } }),
    );
    assert!(done["stderr"].as_str().unwrap().contains("ZeroDivisionError"), "{done}");
    let batch = server.post(
        "/submissions/batch",
        &json!({ "submissions": [submission("print(1)"), {}, submission("while True: pass")] }),
    );
    assert_eq!(batch.status, 201, "{batch:?}");
    assert_eq!(batch.json()[1]["source_code"], json!(["can't be blank"]));
    let tokens =
        format!("{},none,{}", batch.json()[0]["token"].as_str().unwrap(), batch.json()[2]["token"].as_str().unwrap());
    let done = server.until("the batch is done", |server| {
        let answer = server.get(&format!("/submissions/batch?tokens={tokens}&fields=status_id")).json();
        (answer["submissions"][2]["status_id"].as_u64() > Some(2)).then_some(answer)
    });
    assert_eq!(done["submissions"], json!([{ "status_id": 3 }, null, { "status_id": 5 }]));
    let refused = server.post("/submissions", &json!({ "source_code": "x", "language_id": 50 }));
    assert_eq!(refused.status, 422);
    assert_eq!(server.get("/submissions/none").status, 404);
    assert_eq!(server.get("/languages/71").json()["name"], "Python (3.14.0)");
    assert_eq!(server.get("/statuses").json().as_array().unwrap().len(), 14);
}

#[test]
fn a_queue_without_room_is_full_in_judge0s_words() {
    let server = Server::start("workers = 1\n[queue]\nlength = 1\n");
    let submission = json!({ "source_code": "while True: pass", "language_id": 71 });
    assert_eq!(server.post("/submissions", &submission).status, 201);
    let refused = server.post("/submissions", &submission);
    assert_eq!((refused.status, refused.text.as_str()), (503, r#"{"error":"queue is full"}"#));
}
