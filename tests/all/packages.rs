//! Tasks that need packages. The tests that run them want the network once, for `proofhouse setup --packages`, and are ignored
//! without it: `cargo test --workspace --test all packages -- --ignored`.

use proofhouse::types::{Category, Check, Endpoint, HttpCheck, Outcome, Report, Response, Submission, Task, TestCase};
use proofhouse::{Cache, Grader, Profile, Sandbox, SandboxOptions, Settings, install_packages};
use proofhouse_tests::{cache, grader, sandbox};

fn task(package: &str, code: &str) -> Task {
    Task { packages: vec![package.to_owned()], ..Task::new("packages", "").test("works", code) }
}

fn grade(grader: &Grader, task: &Task, program: &str) -> Report {
    grader.grade(task, &Submission::program("packages", program)).unwrap()
}

fn with_packages() -> Grader {
    install_packages(&Cache::new(cache())).unwrap();
    sandbox();
    let options = SandboxOptions { profile: Profile::Packages, ..SandboxOptions::default() };
    let packages = Sandbox::open(&Cache::new(cache()), options, &mut |_| {}).unwrap();
    let base = Sandbox::open(&Cache::new(cache()), SandboxOptions::default(), &mut |_| {}).unwrap();
    Grader::new(base, Settings::default()).with_packages(packages)
}

#[test]
fn a_task_that_needs_packages_is_skipped_without_them_and_says_why() {
    let report = grade(&grader(), &task("requests", "assert f() == 1"), "def f():\n    return 1\n");
    assert_eq!((report.outcome, report.score, report.passed), (Some(Outcome::Skipped), None, false));
    assert_eq!(report.message, "the task needs `requests`: run `proofhouse setup --packages`");
    assert_eq!((report.blame, report.fault), (None, None));
}

#[test]
#[ignore = "needs the network once"]
fn real_packages_are_there() {
    let grader = with_packages();
    let cases = [
        (
            "SQLAlchemy",
            "from sqlalchemy import create_engine, text\n\ndef f():\n    with create_engine('sqlite://').connect() as c:\n        \
             return c.execute(text('select 1 + 1')).scalar()\n",
        ),
        (
            "PyJWT",
            "import jwt\n\ndef f():\n    token = jwt.encode({'n': 2}, 'k' * 32)\n    return jwt.decode(token, 'k' * 32, ['HS256'])['n']\n",
        ),
        ("pytest", "import pytest\n\ndef f():\n    with pytest.raises(ValueError):\n        int('x')\n    return 2\n"),
        ("httpx", "import httpx\n\ndef f():\n    return len(httpx.URL('https://a.test/b').path)\n"),
        (
            "requests",
            "import requests\n\ndef f():\n    return int(requests.Request('GET', 'http://a.test/2').prepare().url[-1])\n",
        ),
    ];
    for (package, program) in cases {
        let report = grade(&grader, &task(package, "assert f() == 2"), program);
        assert!(report.passed, "{package}: {report:?}");
        // A key that stands in the program is found, and rightly; no name of the package is missing.
        let names: Vec<_> = report.findings.iter().filter(|finding| finding.category == Category::Names).collect();
        assert!(names.is_empty(), "{package}: {names:?}");
    }
}

#[test]
#[ignore = "needs the network once"]
fn requests_and_httpx_reach_the_scripted_servers() {
    let grader = with_packages();
    let response = |status, json| Response { status, json, ..Response::default() };
    let found = response(200, Some(serde_json::json!({"id": 7})));
    let endpoint = Endpoint {
        url: "https://api.test/item".to_owned(),
        responses: vec![response(503, None), response(503, None), found],
        ..Endpoint::default()
    };
    let code = "assert f('https://api.test/item') == 7\nassert [call.status for call in http.calls] == [503, 503, 200]\n\
                assert http.calls[2].at - http.calls[1].at >= 1\n";
    let check = Check::Http(HttpCheck { code: code.to_owned(), endpoints: vec![endpoint], requests: 5 });
    let programs = [
        r#"
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

def f(url):
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(3, backoff_factor=1, status_forcelist=[503])))
    return session.get(url, timeout=5).json()["id"]
"#,
        r#"
import time
import httpx

def f(url):
    with httpx.Client() as client:
        while (response := client.get(url)).status_code == 503:
            time.sleep(1)
        return response.json()["id"]
"#,
        r#"
import asyncio
import httpx

async def get(url):
    async with httpx.AsyncClient() as client:
        while (response := await client.get(url)).status_code == 503:
            await asyncio.sleep(1)
        return response.json()["id"]

def f(url):
    return asyncio.run(get(url))
"#,
    ];
    for program in programs {
        let tests = vec![TestCase::new("http", check.clone())];
        let packages = vec!["requests".to_owned(), "httpx".to_owned()];
        let task = Task { tests, packages, ..Task::new("packages", "") };
        let report = grade(&grader, &task, program);
        assert!(report.passed, "{program}: {:?}", report.tests);
    }
}
