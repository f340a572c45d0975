//! Other forms of a task's prompt, which leave something open on purpose, and the suite that they make.

use std::collections::BTreeSet;

use proofhouse_types::{Task, TaskId, TestCase};
use serde::Deserialize;

use super::companions::{NativeFiles, WrongProgram, belongs};
use super::digest::digest;
use super::flaw::{At, Flaw};
use super::reader::Suite;
use super::validity::{is_quoted, second_ones, words};

/// Another form of a task's prompt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Variant {
    /// Its name, which variants of many tasks share.
    pub name: String,
    /// What its prompt says nothing of, and who answers has to decide.
    pub leaves_open: String,
    /// What the model is asked.
    pub prompt: String,
    /// The tests that rest on what is open. They are not run.
    pub without: Vec<String>,
}

/// What is wrong with a task's variants.
pub(super) fn flaws(task: &Task, variants: &[Variant]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let at = |position, key| [At::Key("variants"), At::Item(position), At::Key(key)];
    for (position, variant) in variants.iter().enumerate() {
        let texts = [("name", &variant.name), ("leaves_open", &variant.leaves_open), ("prompt", &variant.prompt)];
        for (key, _) in texts.into_iter().filter(|(_, text)| text.trim().is_empty()) {
            flaws.push(Flaw::at(&at(position, key), format!("a variant's `{key}` must not be empty")));
        }
        for name in variant.without.iter().filter(|name| task.tests.iter().all(|test| test.name != **name)) {
            flaws.push(Flaw::at(&at(position, "without"), format!("the task has no test `{name}`")));
        }
        let is_of_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if !variant.name.chars().all(is_of_name) {
            let message = format!("`{}`: a variant's name has small letters, digits and hyphens", variant.name);
            flaws.push(Flaw::at(&at(position, "name"), message));
        }
        let prompt = words(&variant.prompt);
        let mut left = tests(task, variant).peekable();
        if left.peek().is_none() {
            flaws.push(Flaw::at(&at(position, "without"), "no test is left"));
        }
        for test in left {
            for quote in test.quotes.iter().filter(|quote| !is_quoted(quote, &prompt)) {
                let message = format!("the variant's prompt does not say `{quote}`, on which `{}` rests", test.name);
                flaws.push(Flaw::at(&at(position, "prompt"), message));
            }
        }
    }
    for second in second_ones(variants.iter().map(|variant| variant.name.as_str())) {
        let message = format!("a second variant is named `{}`", variants[second].name);
        flaws.push(Flaw::at(&at(second, "name"), message));
    }
    flaws
}

fn tests<'t>(task: &'t Task, variant: &'t Variant) -> impl Iterator<Item = &'t TestCase> {
    task.tests.iter().filter(|test| !variant.without.contains(&test.name))
}

impl Suite {
    /// The names of the variants that tasks have.
    #[must_use]
    pub fn variants(&self) -> BTreeSet<&str> {
        self.natives.values().flat_map(|files| &files.variants).map(|variant| variant.name.as_str()).collect()
    }

    /// The tasks that have a variant of this name, each as `ID@VARIANT`, with its prompt and without the tests that rest on what
    /// it leaves open. None where no task has one.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<Suite> {
        let mut varied = Suite { name: format!("{}@{name}", self.name), tasks: Vec::new(), ..self.clone() };
        varied.natives.clear();
        for task in &self.tasks {
            let Some(files) = self.natives.get(&task.id) else { continue };
            let Some(variant) = files.variants.iter().find(|variant| variant.name == name) else { continue };
            let id = TaskId(format!("{}@{name}", task.id));
            varied.natives.insert(id.clone(), without(files, variant));
            let (prompt, tests) = (variant.prompt.clone(), tests(task, variant).cloned().collect());
            varied.tasks.push(Task { id, prompt, tests, ..task.clone() });
        }
        varied.digest = digest(&varied.tasks);
        (!varied.tasks.is_empty()).then_some(varied)
    }
}

/// The programs of a variant. What was wrong in nothing but what is open is neither right nor wrong there.
fn without(files: &NativeFiles, variant: &Variant) -> NativeFiles {
    let of_open = |name: &String| variant.without.iter().any(|test| belongs(name, test));
    let left = |wrong: &WrongProgram| {
        let fails: Vec<String> = wrong.fails.iter().filter(|name| !of_open(name)).cloned().collect();
        // What its verdict says is said of its first test.
        let says = wrong.says.clone().filter(|_| fails.first() == wrong.fails.first());
        (!fails.is_empty()).then(|| WrongProgram { fails, says, ..wrong.clone() })
    };
    NativeFiles { wrong: files.wrong.iter().filter_map(left).collect(), variants: Vec::new(), ..files.clone() }
}
