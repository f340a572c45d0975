//! Writes the files that follow from the code.

use std::path::Path;

use anyhow::{Context, Result};
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
    let folder = root.join("docs/schema");
    std::fs::create_dir_all(&folder)?;
    let mut stale = Vec::new();
    for (name, text) in schemas {
        let path = folder.join(format!("{name}.json"));
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        if there == text {
            continue;
        }
        if check {
            stale.push(format!("docs/schema/{name}.json"));
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
