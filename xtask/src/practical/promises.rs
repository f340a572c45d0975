//! What every task of the practical suite has, as far as its files show it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use proofhouse::Suite;
use proofhouse::suite::{NativeFiles, WrongProgram, belongs};
use proofhouse_syntax::parses;
use proofhouse_types::{Language, Task, TestCase};

/// The categories, and how many tasks each has.
pub(super) const CATEGORIES: [&str; 4] = ["algorithms", "api-integration", "database", "security"];
const TASKS: usize = 30;
/// The difficulties, and how many tasks of a category have each.
pub(super) const DIFFICULTIES: [&str; 3] = ["easy", "medium", "hard"];
const OF_DIFFICULTY: usize = 10;
/// Wrong solutions of a task, and tasks with a variant, at least.
const WRONG: usize = 4;
const VARIANTS: usize = 20;
/// The tag of tasks with a variant, and the variant's name.
const OPEN: &str = "open";
/// How the note begins that a person compared the prompt with the tests.
const READ_THROUGH: &str = "# Read through on ";

/// The kinds of mistakes that wrong solutions make.
pub(super) const MISTAKES: [&str; 32] = [
    "blocks the loop",
    "dates and times",
    "edge case",
    "encoding",
    "examples only",
    "hallucinated API",
    "injection",
    "leaks secret",
    "loses data",
    "misread prompt",
    "mutates input",
    "never stops",
    "no timeout",
    "no validation",
    "not atomic",
    "null handling",
    "off by one",
    "path escape",
    "precision",
    "retries wrongly",
    "shared state",
    "skipped check",
    "stops early",
    "string-built SQL",
    "swallowed exception",
    "ties",
    "too slow",
    "weak cryptography",
    "wrong algorithm",
    "wrong exception",
    "wrong join",
    "wrong order",
];

pub(super) fn problems(suite: &Suite) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut of_category: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for task in &suite.tasks {
        let files = suite.natives.get(&task.id).context("a task of a folder has files")?;
        let text = std::fs::read_to_string(files.folder.join("task.toml"))?;
        problems.extend(of_task(task, files, &text).into_iter().map(|problem| format!("{}: {problem}", task.id)));
        let category = task.category.as_deref().unwrap_or_default();
        *of_category.entry((category, task.difficulty.as_deref().unwrap_or_default())).or_default() += 1;
    }
    for category in CATEGORIES {
        let count = |difficulty| of_category.get(&(category, difficulty)).copied().unwrap_or(0);
        let total: usize = DIFFICULTIES.into_iter().map(count).sum();
        if total != TASKS {
            problems.push(format!("{category}: {total} tasks, expected {TASKS}"));
        }
        for difficulty in DIFFICULTIES.into_iter().filter(|difficulty| count(difficulty) != OF_DIFFICULTY) {
            problems.push(format!("{category}: {} {difficulty} tasks, expected {OF_DIFFICULTY}", count(difficulty)));
        }
    }
    let varied = suite.natives.values().filter(|files| !files.variants.is_empty()).count();
    if varied < VARIANTS {
        problems.push(format!("{varied} tasks with a variant, expected {VARIANTS} or more"));
    }
    Ok(problems)
}

fn of_task(task: &Task, files: &NativeFiles, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut demand = |holds: bool, message: String| problems.extend((!holds).then_some(message));
    let category = task.category.as_deref().unwrap_or_default();
    demand(
        CATEGORIES.contains(&category),
        format!("category `{category}`, expected one of `{}`", CATEGORIES.join("`, `")),
    );
    demand(task.id.0.starts_with(&format!("{category}/")), format!("its id does not begin with `{category}/`"));
    demand(files.folder.ends_with(&task.id.0), "its folder is not named after its id".to_owned());
    let difficulty = task.difficulty.as_deref().unwrap_or_default();
    demand(DIFFICULTIES.contains(&difficulty), format!("difficulty `{difficulty}`"));
    demand(!task.tags.is_empty(), "no tags".to_owned());
    demand(
        text.starts_with(READ_THROUGH),
        format!("no first line `{READ_THROUGH}…`: its prompt was held against its tests by nobody"),
    );
    demand(text.contains("\n[rubric]\n"), "no [rubric]".to_owned());
    demand(task.tests.iter().any(|test| test.visible), "no visible test".to_owned());
    demand(task.tests.iter().any(|test| !test.visible), "no hidden test".to_owned());
    for test in task.tests.iter().filter(|test| !test.visible && test.quotes.is_empty()) {
        demand(false, format!("`{}` is not visible, and quotes nothing of the prompt", test.name));
    }
    let is_open = task.tags.iter().any(|tag| tag == OPEN);
    demand(is_open != files.variants.is_empty(), format!("the tag `{OPEN}` and a variant go together"));
    demand(files.variants.iter().all(|variant| variant.name == OPEN), format!("variants are named `{OPEN}`"));
    demand(files.wrong.len() >= WRONG, format!("{} wrong solutions, expected {WRONG} or more", files.wrong.len()));
    for wrong in &files.wrong {
        problems.extend(of_wrong(task, wrong));
    }
    problems
}

fn of_wrong(task: &Task, wrong: &WrongProgram) -> Vec<String> {
    let name = wrong.file.file_name().unwrap_or_default().to_string_lossy();
    let mut problems = Vec::new();
    match &wrong.mistake {
        None => problems.push(format!("{name} does not say `mistake: …`")),
        Some(kind) if !MISTAKES.contains(&kind.as_str()) => {
            problems.push(format!("{name}: mistake `{kind}`, expected one of `{}`", MISTAKES.join("`, `")));
        }
        Some(_) => {}
    }
    if task.language == Language::Python && !parses(&wrong.program, Language::Python) {
        problems.push(format!("{name} does not parse"));
    }
    let fails_in = |test: &&TestCase| wrong.fails.iter().any(|name| belongs(name, &test.name));
    if wrong.says.is_none() && task.tests.iter().filter(fails_in).count() == task.tests.len() {
        problems.push(format!("{name} fails every test, and does not say how: `says: …`"));
    }
    problems
}
