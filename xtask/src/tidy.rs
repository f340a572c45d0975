//! Checks what compilers don't: the floors between crates, what each must never import, the length of files, and what the practical
//! suite promises.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{all_or, practical};

/// The edges that exist between our crates. Imports point down, and there are no others.
const EDGES: [(&str, &[&str]); 10] = [
    ("proofhouse-types", &[]),
    ("proofhouse-syntax", &["proofhouse-types"]),
    ("proofhouse-rules", &["proofhouse-syntax", "proofhouse-types"]),
    ("proofhouse-runtime", &["proofhouse-types"]),
    ("proofhouse-scorers", &["proofhouse-types"]),
    (
        "proofhouse",
        &["proofhouse-rules", "proofhouse-syntax", "proofhouse-runtime", "proofhouse-scorers", "proofhouse-types"],
    ),
    ("proofhouse-generator", &["proofhouse-types"]),
    ("proofhouse-bench", &["proofhouse", "proofhouse-generator", "proofhouse-types"]),
    ("proofhouse-service", &["proofhouse", "proofhouse-types"]),
    (
        "proofhouse-cli",
        &["proofhouse", "proofhouse-bench", "proofhouse-generator", "proofhouse-service", "proofhouse-types"],
    ),
];

/// What a crate must never import directly.
const NEVER: [(&str, &[&str]); 10] = [
    ("proofhouse-types", &["tokio", "wasmtime", "tree-sitter", "anyhow"]),
    ("proofhouse-syntax", &["wasmtime", "tokio", "reqwest", "anyhow"]),
    ("proofhouse-rules", &["wasmtime", "tokio", "reqwest", "anyhow"]),
    ("proofhouse-runtime", &["tree-sitter", "reqwest", "axum", "anyhow"]),
    ("proofhouse-scorers", &["wasmtime", "tree-sitter", "tokio", "rand", "anyhow"]),
    ("proofhouse", &["wasmtime", "tree-sitter", "reqwest", "axum", "clap", "anyhow"]),
    ("proofhouse-generator", &["wasmtime", "tree-sitter", "axum", "clap", "anyhow"]),
    ("proofhouse-bench", &["wasmtime", "tree-sitter", "axum", "clap", "anyhow"]),
    ("proofhouse-service", &["wasmtime", "tree-sitter", "clap", "anyhow"]),
    ("proofhouse-cli", &["wasmtime", "tree-sitter", "axum", "sqlx", "rusqlite"]),
];

/// Past this, a file has a second job in it.
const LINES: usize = 500;

pub fn tidy(root: &Path) -> Result<()> {
    let mut problems = floors(root)?;
    let files = tracked(root)?;
    for name in &files {
        let path = root.join(name);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        problems.extend(file(name, &text));
    }
    problems.extend(practical::problems(root)?);
    all_or(problems, "not tidy")?;
    println!("tidy: {} crates, {} files", EDGES.len(), files.len());
    Ok(())
}

/// Tracked files, and new ones that git does not ignore.
fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("running `git ls-files`")?;
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

fn floors(root: &Path) -> Result<Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("running `cargo metadata`")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("reading cargo's metadata")?;
    let mut imports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().context("metadata without packages")? {
        let dependencies = package["dependencies"].as_array().context("a package without dependencies")?;
        // Build scripts and tests may reach further.
        let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
        let names = normal.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect();
        imports.insert(package["name"].as_str().context("a package without a name")?.to_owned(), names);
    }
    let mut problems = Vec::new();
    for (name, names) in &imports {
        if ["proofhouse-tests", "xtask"].contains(&name.as_str()) {
            continue;
        }
        let Some((_, allowed)) = EDGES.iter().find(|(crate_, _)| crate_ == name) else {
            problems
                .push(format!("crate `{name}` stands on no floor: add it to xtask/src/tidy.rs and ARCHITECTURE.md"));
            continue;
        };
        let ours = names.iter().filter(|import| import.starts_with("proofhouse"));
        problems.extend(
            ours.filter(|import| !allowed.contains(&import.as_str()))
                .map(|import| format!("`{name}` imports `{import}`, an edge that does not exist")),
        );
        let never = NEVER.iter().find(|(crate_, _)| crate_ == name).map_or(&[][..], |(_, never)| never);
        problems.extend(
            names
                .iter()
                .filter(|import| never.contains(&import.as_str()))
                .map(|import| format!("`{name}` must never import `{import}`")),
        );
    }
    Ok(problems)
}

fn file(name: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if name.ends_with(".rs") || (name.ends_with(".py") && name.starts_with("runtime/")) {
        let lines = text.lines().count();
        if lines > LINES {
            problems.push(format!("{name}: {lines} lines, {LINES} at most"));
        }
    }
    if name.ends_with(".rs") {
        let opens = text.starts_with("//!") || text.starts_with("#![") || text.trim_start().starts_with("//!");
        if !opens {
            problems.push(format!("{name}: a module opens with `//!`, its job"));
        }
        for (position, line) in text.lines().enumerate() {
            let unfinished = ["TODO", "FIXME", "XXX"].iter().any(|word| line.contains(&format!("{word}:")));
            if unfinished && !line.contains('#') {
                problems.push(format!("{name}:{}: unfinished work without an issue", position + 1));
            }
        }
    }
    problems
}
