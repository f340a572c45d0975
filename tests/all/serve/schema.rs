//! The service against its own description: schemathesis, as pip has it, asks whatever `/openapi.json` lets it, and holds each
//! answer to it. It is installed into `target/schemathesis`.

use std::path::{Path, PathBuf};
use std::process::Command;

use proofhouse_tests::{Server, fixtures};
use sha2::{Digest, Sha256};

const VERSION: &str = "schemathesis==4.32.5";
const KEY: &str = "key-of-the-test";

/// Requests for each operation in each phase that makes them up.
const EXAMPLES: &str = "100";
/// Seconds for all of it, of which fuzzing and stateful testing take what is left.
const SECONDS: &str = "240";

/// Every check stands but for two, where what JSON Schema can say ends.
///
/// Tasks are held to more than their schema: names are unique, regular expressions and sizes are right. What is valid by the
/// schema may be refused there, so that 422 is no failure. And `DELETE` cancels a batch whose reports stay, as is said of it.
const SETTINGS: &str = r#"
[[operations]]
include-path-regex = "^/v1/(score|batches)$"
include-method = "POST"
checks.positive_data_acceptance.expected-statuses = ["2xx", "404", "422"]

[[operations]]
include-path-regex = "^/v1/batches/"
checks.use_after_free.enabled = false
"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/schemathesis")
}

fn program() -> PathBuf {
    let environment = folder().join("venv");
    let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    run(Command::new(environment.join("bin/python")).args(["-m", "pip", "install", "--quiet", VERSION]));
    environment.join("bin/schemathesis")
}

#[test]
#[ignore = "needs pip"]
fn what_is_described_is_what_is_answered() {
    let program = program();
    let suite = fixtures("tasks").display().to_string();
    let key = format!("{:x}", Sha256::digest(KEY));
    let server = Server::start(&format!(
        "workers = 2\n[[suites]]\npath = {suite:?}\nname = \"tasks\"\n[[keys]]\nname = \"schemathesis\"\nsha256 = \"{key}\"\n"
    ));
    let settings = server.folder().join("schemathesis.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let output = Command::new(program)
        .arg("--config-file")
        .arg(settings)
        .args(["run", &server.url("/openapi.json"), "--header", &format!("Authorization: Bearer {KEY}")])
        .args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--max-examples", EXAMPLES, "--max-time", SECONDS, "--generation-deterministic", "--no-color"])
        .current_dir(server.folder())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    println!("{printed}");
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
}
