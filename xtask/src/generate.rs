//! Writes the files that follow from the code.

use std::path::Path;

use anyhow::{Context, Result};
use proofhouse_syntax::{Of, PREDICATES, Predicate};
use proofhouse_types::{Limits, Report, Submission, Summary, Task};
use schemars::{JsonSchema, schema_for};

use crate::all_or;

pub fn generate(root: &Path, check: bool) -> Result<()> {
    let schemas = [
        schema::<Task>("task"),
        schema::<Submission>("submission"),
        schema::<Report>("report"),
        schema::<Summary>("summary"),
        schema::<Limits>("limits"),
    ];
    std::fs::create_dir_all(root.join("docs/schema"))?;
    let schemas = schemas.into_iter().map(|(name, text)| (format!("docs/schema/{name}.json"), text));
    let mut stale = Vec::new();
    for (name, text) in schemas.chain([("docs/predicates.md".to_owned(), predicates())]) {
        let path = root.join(&name);
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        if there == text {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            std::fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
        }
    }
    all_or(stale, "out of date; run `cargo xtask generate`")
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
