//! Writes the files that follow from the code.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use proofhouse::{Analyser, rule_index, rule_page, rules};
use proofhouse_syntax::{Of, PREDICATES, Predicate};
use proofhouse_types::{CheckReport, Limits, Report, Submission, Summary, Task};
use schemars::{JsonSchema, schema_for};

use crate::{all_or, practical};

/// Where the pages of the rules are; nothing else may be there.
const RULES: &str = "docs/rules";

pub fn generate(root: &Path, check: bool) -> Result<()> {
    let schemas = [
        schema::<Task>("task"),
        schema::<Submission>("submission"),
        schema::<Report>("report"),
        schema::<Summary>("summary"),
        schema::<Limits>("limits"),
        schema::<CheckReport>("check"),
    ];
    let mut files: BTreeMap<String, String> =
        schemas.into_iter().map(|(name, text)| (format!("docs/schema/{name}.json"), text)).collect();
    let api = serde_json::to_string_pretty(&proofhouse_service::api()).expect("a description is plain data");
    files.insert("docs/openapi.json".to_owned(), api + "\n");
    files.insert("docs/serve.toml".to_owned(), proofhouse_service::Config::default().to_toml());
    files.insert("docs/predicates.md".to_owned(), predicates());
    files.insert("docs/suite.md".to_owned(), practical::card(root)?);
    files.extend(rule_pages());
    let mut stale = Vec::new();
    for (name, text) in &files {
        let path = root.join(name);
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        if there == *text {
            continue;
        }
        if check {
            stale.push(name.clone());
        } else {
            std::fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            std::fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
        }
    }
    for name in there(root, RULES)?.into_iter().filter(|name| !files.contains_key(name)) {
        if check {
            stale.push(format!("{name} (of no rule)"));
        } else {
            std::fs::remove_file(root.join(&name)).with_context(|| format!("deleting `{name}`"))?;
        }
    }
    all_or(stale, "out of date; run `cargo xtask generate`")
}

/// A page for each rule, and the list of them.
fn rule_pages() -> Vec<(String, String)> {
    let analyser = Analyser::new();
    let rules = rules(&analyser);
    let pages = rules.iter().map(|rule| (format!("{RULES}/{}.md", rule.id), rule_page(rule)));
    pages.chain([(format!("{RULES}/README.md"), rule_index(&rules))]).collect()
}

/// The files below a folder, by their names below the root.
fn there(root: &Path, folder: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Ok(found) };
    for entry in entries {
        let entry = entry?;
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => found.extend(there(root, &name)?),
            false => found.push(name),
        }
    }
    Ok(found)
}

fn schema<T: JsonSchema>(name: &'static str) -> (&'static str, String) {
    let schema = schema_for!(T);
    let text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    (name, text + "\n")
}

/// The page of the predicates that features may name.
fn predicates() -> String {
    let mut page = "# Predicates\n\nWhat a `[[features]]` of a task may name as its `predicate`, and what `of` lists. One of the list is enough.\n\n\
                    | predicate | holds where the program | `of` |\n|---|---|---|\n"
        .to_owned();
    for Predicate { name, about, of, .. } in PREDICATES {
        let of = match of {
            Of::Nothing => String::new(),
            Of::Optional(what) => format!("{what}; optional"),
            Of::Needed(what) => (*what).to_owned(),
        };
        page.push_str(&format!("| `{name}` | {about} | {of} |\n"));
    }
    page
}
