//! Requests that once took the server's memory, its time, or another client's answer.

use proofhouse_tests::Server;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn number(answer: i64) -> Value {
    let test = json!({ "name": "t", "kind": "assert", "code": format!("assert f() == {answer}") });
    let task = json!({ "id": format!("t{answer}"), "language": "python", "prompt": "", "tests": [test] });
    json!({ "task": task, "code": format!("def f(): return {answer}"), "sample_id": answer.to_string() })
}

#[test]
fn a_task_that_no_worker_can_read_costs_nobody_else_an_answer() {
    let server = Server::start("workers = 1\n");
    let deep = format!("{}1{}", "[".repeat(123), "]".repeat(123));
    let row = json!({ "inputs": ["1"], "outputs": [deep], "fn_name": "f" });
    let submit = json!({ "dataset": "x", "id": 1, "completion": "def f(x): return x",
        "config": { "dataset_type": "HumanEvalDataset", "language": "python", "provided_data": row } });
    std::thread::scope(|scope| {
        let abuse = scope.spawn(|| (0..5).map(|_| server.post("/submit", &submit).status).collect::<Vec<u16>>());
        for answer in 0..40 {
            let report = server.post("/v1/score", &number(answer)).json();
            let found = (&report["task_id"], &report["sample_id"], &report["passed"]);
            assert_eq!(found, (&json!(format!("t{answer}")), &json!(answer.to_string()), &json!(true)), "{report}");
        }
        assert!(abuse.join().expect("it is answered").iter().all(|status| *status != 0));
    });
}

#[test]
fn a_file_is_fetched_once_however_often_it_is_asked_for() {
    let server = Server::start("workers = 1\n");
    let spellings: Vec<String> = (0..50).map(|number| format!("{}a", "./".repeat(number))).collect();
    let code = "open('a', 'wb').write(b'x' * 1000)";
    let answered = server.post("/run_code", &json!({ "code": code, "language": "python", "fetch_files": spellings }));
    assert_eq!(answered.json()["files"].as_object().map(|files| files.len()), Some(1), "{answered:?}");
}

#[test]
fn what_can_be_no_request_is_refused_at_once() {
    let server = Server::start("workers = 1\n");
    let check = |request: Value| {
        let answered = server.post("/run_code", &request);
        assert_eq!(answered.status, 422, "{answered:?}");
    };
    check(json!({ "code": "", "language": "python", "run_timeout": "nan" }));
    check(json!({ "code": "", "language": "python", "files": { "a/".repeat(1 << 20) + "b": "" } }));
    let cases: Vec<Value> = (0..2000).map(|_| json!({ "input": {}, "output": {} })).collect();
    let submit = json!({ "dataset": "x", "id": 1, "completion": "```python\nx = 1\n```",
        "config": { "dataset_type": "CommonOJDataset", "language": "python", "provided_data": { "test": cases } } });
    let answered = server.post("/submit", &submit);
    assert!((400..500).contains(&answered.status), "{answered:?}");
}

#[test]
fn submissions_of_another_key_are_not_there() {
    let keys: String = ["one", "two"].iter().fold(String::new(), |text, key| {
        let sha256 = format!("{:x}", Sha256::digest(key));
        format!("{text}[[keys]]\nname = \"{key}\"\nsha256 = \"{sha256}\"\n")
    });
    let server = Server::start(&format!("workers = 1\n{keys}"));
    let ask = |key: &str, path: &str| {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent: ureq::Agent = config.into();
        let mut response = agent.get(server.url(path)).header("x-auth-token", key).call().expect("it is answered");
        (response.status().as_u16(), response.body_mut().read_to_string().expect("a text"))
    };
    let mut response = ureq::post(server.url("/submissions?wait=true"))
        .header("x-auth-token", "one")
        .send_json(json!({ "source_code": "print('secret')", "language_id": 71 }))
        .expect("it is taken");
    let taken: Value = serde_json::from_str(&response.body_mut().read_to_string().expect("a text")).expect("JSON");
    let token = taken["token"].as_str().expect("a token");
    assert!(ask("one", &format!("/submissions/{token}")).1.contains("secret"));
    assert_eq!(ask("two", &format!("/submissions/{token}")).0, 404);
    assert_eq!(ask("one", "/submissions/%00").0, 404);
    let (status, text) = ask("two", &format!("/submissions/batch?tokens={token},%00"));
    assert_eq!((status, text.as_str()), (200, r#"{"submissions":[null,null]}"#));
}
