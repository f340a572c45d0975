//! Reads the catalog, refuses what is wrong in it, and packs it into tables that the program carries.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/schema/mod.rs"]
#[expect(unused_imports, reason = "the library uses them")]
mod schema;

use schema::{Rule, Tables};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("catalog");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=catalog");
    println!("cargo::rerun-if-changed=src/schema");
    let mut listing = String::from("pub(crate) static CATALOG: &[Packed] = &[\n");
    for (language, files) in files(&root) {
        let (tables, rules) = read(&root, &language, &files);
        // What people read stays out of the table that every check loads.
        let lean: Vec<Rule> = rules.iter().cloned().map(without_prose).collect();
        let pack = |name: &str, bytes: Vec<u8>| {
            fs::write(out.join(format!("{language}.{name}")), bytes).expect("cargo's own folder can be written");
        };
        pack("rules", postcard::to_stdvec(&(&tables, &lean)).expect("plain data"));
        pack("pages", postcard::to_stdvec(&rules).expect("plain data"));
        writeln!(
            listing,
            "    Packed {{ language: {language:?}, rules: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{language}.rules\")), \
             pages: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{language}.pages\")) }},"
        )
        .expect("writing to a string");
    }
    listing.push_str("];\n");
    fs::write(out.join("catalog.rs"), listing).expect("cargo's own folder can be written");
}

/// The files of each language, in order.
fn files(root: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for language in entries(root).into_iter().filter(|path| path.is_dir()) {
        let name = language.file_name().and_then(|name| name.to_str()).expect("names are plain").to_owned();
        found.insert(name, entries(&language));
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    if !folder.exists() {
        return Vec::new();
    }
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

fn read(root: &Path, language: &str, files: &[PathBuf]) -> (Tables, Vec<Rule>) {
    let mut tables = Tables::default();
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    for path in files {
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let name = path.file_stem().and_then(|name| name.to_str()).expect("names are plain");
        if name == "language" {
            tables = toml::from_str(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
            continue;
        }
        let problem = match toml::from_str::<Rule>(&text) {
            Err(error) => Some(error.to_string()),
            Ok(rule) if rule.id != format!("{language}/{name}") => Some(format!("the id is `{}`", rule.id)),
            Ok(rule) => {
                let problem = rule.problem();
                rules.push(rule);
                problem
            }
        };
        problems.extend(problem.map(|problem| format!("{shown}: {problem}")));
    }
    assert!(problems.is_empty(), "the catalog has files that can't be used:\n{}", problems.join("\n"));
    (tables, rules)
}

fn without_prose(rule: Rule) -> Rule {
    Rule {
        title: String::new(),
        why: String::new(),
        remedy: String::new(),
        bad: Vec::new(),
        good: Vec::new(),
        missed: Vec::new(),
        noisy: Vec::new(),
        ..rule
    }
}
