//! Clients that others wrote, as their registries have them, each in its normal flow against a running server. They are installed
//! into `target/compat-clients`: by pip into a virtual environment, from `clients/requirements.txt`, which pins everything, and by npm
//! with the two packages named below.

use std::path::{Path, PathBuf};
use std::process::Command;

use proofhouse_tests::Server;

use super::compat::write_suite;

const PISTON_CLIENTS: [&str; 2] = ["piston-client@1.0.2", "piston-api-client@2.0.1"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/compat-clients")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("all/serve/clients").join(name)
}

/// Runs a command that must succeed, and hands on what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// A Python that has the clients. verl comes without what it depends on: its reward client needs `requests` alone.
fn python() -> PathBuf {
    let environment = folder().join("venv");
    let python = environment.join("bin/python");
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"])
        .arg(script("requirements.txt")));
    python
}

fn check(command: &mut Command, server: &Server) {
    let printed = run(command.arg(server.url("")));
    println!("{printed}");
    assert!(printed.ends_with("all as expected\n"), "{printed}");
}

#[test]
#[ignore = "needs pip"]
fn verls_reward_client_scores_completions() {
    let python = python();
    // One worker: the script fills its line, to see what becomes of a request that waits too long.
    let server = Server::start("workers = 1\nresult_cache = 0\n");
    check(Command::new(python).arg(script("verl_reward.py")), &server);
}

#[test]
#[ignore = "needs pip"]
fn the_sandbox_fusion_sdk_runs_and_submits() {
    let python = python();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&format!("workers = 2\n{}", write_suite(folder.path())));
    check(Command::new(python).arg(script("sandbox_fusion_sdk.py")), &server);
}

#[test]
#[ignore = "needs pip"]
fn the_judge0_sdk_runs_test_cases() {
    let python = python();
    let server = Server::start("workers = 2\n");
    check(Command::new(python).arg(script("judge0_sdk.py")), &server);
}

#[test]
#[ignore = "needs npm"]
fn piston_clients_execute() {
    let modules = folder().join("npm");
    std::fs::create_dir_all(&modules).unwrap();
    std::fs::copy(script("piston.mjs"), modules.join("piston.mjs")).unwrap();
    run(Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(&modules)
        .args(PISTON_CLIENTS));
    let server = Server::start("workers = 2\n");
    check(Command::new("node").arg(modules.join("piston.mjs")), &server);
}
