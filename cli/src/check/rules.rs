//! The rules: users' own, the list of all, and the page of one.

use std::path::Path;

use anyhow::Result;
use ignore::WalkBuilder;
use proofhouse::schema::{Level, Rule};
use proofhouse::types::CheckMessage;
use proofhouse::{Analyser, Grammar, RuleError, rule_page, rules, rules_named};

use super::output;
use super::targets::shown;
use crate::exit::UserError;
use crate::text;

/// The built-in rules, and those of a folder; rules that can't be used come with what is wrong with them.
pub fn open(folder: Option<&Path>) -> Result<(Analyser, Vec<CheckMessage>), UserError> {
    let Some(folder) = folder else { return Ok((Analyser::new(), Vec::new())) };
    let bad = |why: &str| UserError(format!("the rules in `{}`: {why}", folder.display()));
    if !folder.is_dir() {
        return Err(bad("it is no folder"));
    }
    let mut files = Vec::new();
    let mut errors = Vec::new();
    let walk = WalkBuilder::new(folder).require_git(false).sort_by_file_path(Path::cmp).build();
    for path in walk.flatten().map(ignore::DirEntry::into_path).filter(|path| is_rule_file(path.as_path())) {
        match std::fs::read_to_string(&path) {
            Ok(text) => files.push((shown(&path), text)),
            Err(error) => errors.push(CheckMessage { path: shown(&path), line: None, message: error.to_string() }),
        }
    }
    if files.is_empty() && errors.is_empty() {
        return Err(bad("there is no .toml file in it"));
    }
    let (analyser, more) = Analyser::with_rules(&files);
    // The parser's messages may have several lines.
    errors.extend(more.into_iter().map(|RuleError { path, line, message }| CheckMessage {
        path,
        line,
        message: message.trim_end().replace('\n', ", "),
    }));
    Ok((analyser, errors))
}

fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml") && path.is_file()
}

/// A line for each rule.
pub fn list(analyser: &Analyser) {
    let rules = rules(analyser);
    let rows: Vec<[String; 4]> = rules.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    for [id, severity, cwe, title] in &rows {
        let [id_width, severity_width, cwe_width] = widths;
        let line = format!("{id:id_width$}  {severity:severity_width$}  {cwe:cwe_width$}  {title}");
        text::line(&output::plain(line.trim_end()));
    }
}

fn row(rule: &Rule) -> [String; 4] {
    let cwe = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect::<Vec<_>>().join(", ");
    let severity = match rule.severity {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    };
    [rule.id.clone(), severity.to_owned(), cwe, rule.title.clone()]
}

/// The page of a rule. A name without its language may be that of several: then the page is that of the language asked for, of
/// Python, or of the first, and the others are named.
pub fn explain(analyser: &Analyser, name: &str, language: Option<Grammar>) -> Result<(), UserError> {
    let rules = rules(analyser);
    let found = rules_named(&rules, name).map_err(|nearest| {
        let meant = nearest
            .map_or_else(|| "; --list-rules lists them".to_owned(), |nearest| format!(", did you mean `{nearest}`?"));
        UserError(format!("no rule is called `{name}`{meant}"))
    })?;
    let of = |folder: &str| found.iter().find(|rule| rule.id.split('/').next() == Some(folder));
    let folder = language.map_or("python", folder);
    let Some(shown) = of(folder).or(found.first()).copied() else { return Ok(()) };
    text::line(rule_page(shown).trim_end());
    let others: Vec<String> =
        found.iter().filter(|rule| rule.id != shown.id).map(|rule| format!("`{}`", rule.id)).collect();
    if !others.is_empty() {
        text::line(&format!("\nThe same in other languages: {}", others.join(", ")));
    }
    Ok(())
}

/// The language's part of its rules' ids.
fn folder(grammar: Grammar) -> &'static str {
    match grammar {
        Grammar::C | Grammar::Cpp => "c",
        Grammar::JavaScript | Grammar::TypeScript | Grammar::Tsx => "javascript",
        Grammar::Bash
        | Grammar::CSharp
        | Grammar::Go
        | Grammar::Java
        | Grammar::Php
        | Grammar::Python
        | Grammar::Ruby
        | Grammar::Rust
        | Grammar::Sql => grammar.name(),
    }
}
