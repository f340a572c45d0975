//! The practical suite: what it promises of every task, its release, and its card.

mod alike;
mod card;
mod promises;
mod release;
mod sufficient;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use proofhouse::{Suite, suite};

pub use card::card;

/// Where it stands, from the project's root.
const FOLDER: &str = "fixtures/suites/practical";
/// Suites of the project whose tasks it must not repeat.
const OTHERS: [&str; 2] = ["fixtures/tasks", "fixtures/suites/todo"];

/// What does not hold.
pub fn problems(root: &Path) -> Result<Vec<String>> {
    let practical = read(root, FOLDER)?;
    let mut problems = promises::problems(&practical)?;
    problems.extend(sufficient::problems(&practical));
    let others = OTHERS.iter().map(|folder| read(root, folder)).collect::<Result<Vec<Suite>>>()?;
    problems.extend(alike::problems(&practical, &others));
    problems.extend(release::problems(root, &practical)?);
    Ok(problems)
}

fn read(root: &Path, folder: &str) -> Result<Suite> {
    let suite = suite::read(&root.join(folder)).with_context(|| format!("reading `{folder}`"))?;
    let problems: Vec<String> = suite.problems.iter().map(ToString::to_string).collect();
    ensure!(problems.is_empty(), "`{folder}`:\n  {}", problems.join("\n  "));
    Ok(suite)
}
