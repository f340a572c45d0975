//! The suite's card: what it is made of, counted from its files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use proofhouse::Suite;
use proofhouse::suite::NativeFiles;
use proofhouse_syntax::mutants;
use proofhouse_types::{Check, Task};

use super::promises::{CATEGORIES, DIFFICULTIES, MISTAKES};
use super::{FOLDER, read};

/// The kinds of tests, in the order of their descriptions.
const KINDS: [&str; 10] =
    ["assert", "unittest", "io", "call", "cli", "sql", "http", "generated", "efficiency", "security"];

/// One task with what stands beside it.
struct Entry<'a> {
    task: &'a Task,
    files: &'a NativeFiles,
    mutants: usize,
}

/// The page `docs/suite.md`.
pub fn card(root: &Path) -> Result<String> {
    let suite = read(root, FOLDER)?;
    let entries: Vec<Entry<'_>> = suite.tasks.iter().filter_map(|task| Entry::of(task, &suite)).collect();
    let mut page = opening(&suite, &entries);
    categories(&mut page, &entries);
    kinds(&mut page, &entries);
    mistakes(&mut page, &entries);
    variants(&mut page, &entries);
    tasks(&mut page, &entries);
    Ok(page)
}

impl<'a> Entry<'a> {
    fn of(task: &'a Task, suite: &'a Suite) -> Option<Entry<'a>> {
        let files = suite.natives.get(&task.id)?;
        let reference = task.reference.as_deref().unwrap_or_default();
        Some(Entry { task, files, mutants: mutants(reference, task.language).len() })
    }

    fn is_of(&self, category: &str) -> bool {
        self.task.category.as_deref() == Some(category)
    }

    /// Mutants that some test fails: all but those that are said to survive, as `verify --mutants` holds.
    fn killed(&self) -> usize {
        self.mutants.saturating_sub(self.files.survivors.len())
    }

    fn kinds(&self) -> BTreeSet<&'static str> {
        self.task.tests.iter().map(|test| kind(&test.check)).collect()
    }
}

fn opening(suite: &Suite, entries: &[Entry<'_>]) -> String {
    let release = suite.release.as_deref().unwrap_or("without a release");
    let hidden = sum(entries, |entry| entry.task.tests.iter().filter(|test| !test.visible).count());
    let (tests, wrong) = (sum(entries, |entry| entry.task.tests.len()), sum(entries, |entry| entry.files.wrong.len()));
    let (mutants, killed) = (sum(entries, |entry| entry.mutants), sum(entries, |entry| entry.killed()));
    format!(
        "# The practical suite

<!-- `cargo xtask generate` writes this page from fixtures/suites/practical. -->

{tasks} tasks of the kinds that real work is made of, in four categories, written for this project. It is what `proofhouse bench` asks where
no `--suite` is given, and it comes with the program:

    proofhouse bench --model llamacpp:@http://127.0.0.1:8099 --out runs/first

Release {release}: {tests} tests, {hidden} of which the prompt does not show; {wrong} wrong solutions, each of which fails exactly the tests that it
names; {killed} of {mutants} mutants of the references killed ({share:.1} %).

## What a task promises

- Its prompt says all that its tests rely on. A test is either an example that the prompt shows (`visible`), or it quotes the words of the prompt
  that it rests on (`quotes`), which are looked for there. The first line of each `task.toml` says what was mended when prompt and tests were read against
  each other. That names and formats which tests use are in the prompt is checked by `cargo xtask tidy`.
- Its tests tell right from wrong. Beside it stand a reference, right solutions in other styles, and at least four wrong ones, each a mistake that models
  make: `proofhouse verify --suite {FOLDER}` runs them all.
- Its tests notice small faults: `proofhouse verify --suite {FOLDER} --mutants` runs every mutant of the reference. At least 90 % are killed over the suite and
  75 % in each task; of those that live, the task's `survivors.toml` says why they do what the reference does.
- No two tasks are alike, in prompt or reference, nor like those of this project's other suites.

Nothing but Python's standard library is needed. HTTP servers are scripts of the task, and their time is virtual; a database is SQLite.

## Releases

`releases.toml` names each release with a digest of what of the suite's files decides a verdict: prompts, tests, references, limits and rubrics.
Whoever changes one of those makes a new release, and the changelog says what changed. Rules, default limits and the interpreter belong to the
program, whose versions are in every run. A report over runs of two releases says that they differ.

",
        tasks = entries.len(),
        share = percent(killed, mutants),
    )
}

fn categories(page: &mut String, entries: &[Entry<'_>]) {
    page.push_str("## Categories\n\n| category | tasks | easy | medium | hard | tests | right | wrong | mutants killed | with a variant |\n|---|---|---|---|---|---|---|---|---|---|\n");
    let mut row = |name: &str, of: &[&Entry<'_>]| {
        let count = |count: &dyn Fn(&Entry<'_>) -> usize| of.iter().map(|entry| count(entry)).sum::<usize>();
        let difficulties = DIFFICULTIES
            .map(|name| count(&|entry| usize::from(entry.task.difficulty.as_deref() == Some(name))).to_string())
            .join(" | ");
        let (killed, mutants) = (count(&|entry| entry.killed()), count(&|entry| entry.mutants));
        let _ = writeln!(
            page,
            "| {name} | {} | {difficulties} | {} | {} | {} | {killed} of {mutants} ({:.1} %) | {} |",
            of.len(),
            count(&|entry| entry.task.tests.len()),
            count(&|entry| entry.files.right.len() + 1),
            count(&|entry| entry.files.wrong.len()),
            percent(killed, mutants),
            count(&|entry| usize::from(!entry.files.variants.is_empty())),
        );
    };
    for category in CATEGORIES {
        row(category, &entries.iter().filter(|entry| entry.is_of(category)).collect::<Vec<_>>());
    }
    row("all", &entries.iter().collect::<Vec<_>>());
    page.push_str("\nThe reference is among the right ones.\n\n");
}

fn kinds(page: &mut String, entries: &[Entry<'_>]) {
    page.push_str(
        "## Kinds of tests\n\n[What each kind is](tasks.md). Of each, how many tests, and how many tasks have one.\n\n",
    );
    by_category(page, "kind", &KINDS, entries, |entry, name| {
        entry.task.tests.iter().filter(|test| kind(&test.check) == name).count()
    });
}

fn mistakes(page: &mut String, entries: &[Entry<'_>]) {
    page.push_str("## Kinds of wrong solutions\n\nOf each, how many solutions, and how many tasks have one.\n\n");
    by_category(page, "mistake", &MISTAKES, entries, |entry, name| {
        entry.files.wrong.iter().filter(|wrong| wrong.mistake.as_deref() == Some(name)).count()
    });
}

/// A table of counts: a row for each name, a column for each category, then all of them and the number of tasks.
fn by_category(
    page: &mut String,
    head: &str,
    names: &[&str],
    entries: &[Entry<'_>],
    count: impl Fn(&Entry<'_>, &str) -> usize,
) {
    let _ = writeln!(
        page,
        "| {head} | {} | all | tasks |\n|---|{}---|---|",
        CATEGORIES.join(" | "),
        "---|".repeat(CATEGORIES.len())
    );
    for name in names {
        let of = |category: &str| sum(entries, |entry| if entry.is_of(category) { count(entry, name) } else { 0 });
        let cells: Vec<String> = CATEGORIES.iter().map(|category| of(category).to_string()).collect();
        let (all, tasks) =
            (sum(entries, |entry| count(entry, name)), sum(entries, |entry| usize::from(count(entry, name) > 0)));
        let _ = writeln!(page, "| {name} | {} | {all} | {tasks} |", cells.join(" | "));
    }
    page.push('\n');
}

fn variants(page: &mut String, entries: &[Entry<'_>]) {
    let mut open: BTreeMap<&str, String> = BTreeMap::new();
    for entry in entries {
        for variant in &entry.files.variants {
            open.insert(&entry.task.id.0, variant.leaves_open.trim().to_owned());
        }
    }
    let _ = writeln!(
        page,
        "## Variants\n\n{} tasks have a second prompt that leaves one thing open on purpose, as people do; the tests that rest on it are left out there.\n\
         `--variant open` asks these, as tasks of their own with `@open` behind their id. They carry the tag `open`.\n\n| task | what is left open |\n|---|---|",
        open.len()
    );
    for (task, what) in open {
        let _ = writeln!(page, "| {task} | {} |", cell(&what));
    }
    page.push('\n');
}

fn tasks(page: &mut String, entries: &[Entry<'_>]) {
    page.push_str("## Tasks\n\n| task | difficulty | language | tests | kinds | right | wrong | mutants killed |\n|---|---|---|---|---|---|---|---|\n");
    for entry in entries {
        let language = serde_json::to_value(entry.task.language).ok();
        let _ = writeln!(
            page,
            "| [{id}](../{FOLDER}/{id}/task.toml) | {} | {} | {} | {} | {} | {} | {} of {} |",
            entry.task.difficulty.as_deref().unwrap_or_default(),
            language.as_ref().and_then(|language| language.as_str()).unwrap_or_default(),
            entry.task.tests.len(),
            entry.kinds().into_iter().collect::<Vec<_>>().join(", "),
            entry.files.right.len() + 1,
            entry.files.wrong.len(),
            entry.killed(),
            entry.mutants,
            id = entry.task.id,
        );
    }
}

fn kind(check: &Check) -> &'static str {
    match check {
        Check::Assert(_) => "assert",
        Check::Unittest(_) => "unittest",
        Check::Io(_) => "io",
        Check::Call(_) => "call",
        Check::Cli(_) => "cli",
        Check::Sql(_) => "sql",
        Check::Http(_) => "http",
        Check::Generated(_) => "generated",
        Check::Efficiency(_) => "efficiency",
        Check::Security(_) => "security",
        Check::Reference(_) => "reference",
    }
}

fn sum(entries: &[Entry<'_>], count: impl Fn(&Entry<'_>) -> usize) -> usize {
    entries.iter().map(count).sum()
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { part as f64 / whole as f64 * 100.0 }
}

/// A text as a cell of a table, on one line.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
