//! Judges what a program imports and reads by what there is.

use std::collections::HashSet;

use proofhouse_types::{Category, Confidence, Finding, Place, Severity};

use super::imports::{Absence, absence, is_elsewhere, is_standard};
use super::inventory::Inventory;
use super::nearest::nearest;
use super::program::{Import, Meaning, Program, Read};
use super::walk;
use crate::tree::Parsed;

/// Findings that are listed. A program with more is beyond repair, and the figure bounds the report.
const FINDINGS_LISTED: usize = 50;

/// Names of a program that are compared with one that is not defined. Larger programs get suggestions from the builtins alone: the
/// figure bounds the time that a hostile program can take.
const NAMES_COMPARED: usize = 500;

/// Bytes of one message. The longest that an honest program gets has about 150; the figure bounds what made-up names can fill.
const MESSAGE_BYTES: usize = 300;

/// Modules whose members programs use without importing them, the likelier home first.
const HOMES: [&str; 14] = [
    "collections",
    "itertools",
    "functools",
    "math",
    "heapq",
    "bisect",
    "dataclasses",
    "enum",
    "abc",
    "copy",
    "decimal",
    "fractions",
    "operator",
    "typing",
];

/// What `gettext` puts among the builtins, and a builtin of Windows that only handlers name.
const NEVER_REPORTED: [&str; 2] = ["_", "WindowsError"];

const IMPORT: &str = "hallucinated-import";
const PACKAGE: &str = "missing-package";
const MODULE: &str = "missing-module";
const ATTRIBUTE: &str = "hallucinated-attribute";
const MISSING_ATTRIBUTE: &str = "missing-attribute";
const NAME: &str = "undefined-name";

/// What a Python program uses and what doesn't exist, by line; each thing once, where it comes first, and at most 50, with
/// messages of at most 300 bytes.
///
/// The rules: `hallucinated-import` (no such module, or Python removed it), `missing-package` (a real one, but not in the guest),
/// `missing-module` and `missing-attribute` (in Python on other systems), `hallucinated-attribute` and `undefined-name`.
///
/// Code that guards itself is left alone: in a `try` that catches the error, or under a condition on the platform or version. So are
/// annotations, which Python 3.14 doesn't evaluate. A program that doesn't parse has no undefined names. An inventory without
/// `builtins` knows nothing, and there are no findings.
pub fn findings(parsed: &Parsed, text: &str, inventory: &Inventory) -> Vec<Finding> {
    if !inventory.has_module("builtins") {
        return Vec::new();
    }
    let mut program = walk::read(parsed.tree(), text);
    let guarded = program.regions.guarded();
    doubt_guarded_imports(&mut program, &guarded);
    let judge = Judge { program: &program, inventory, guarded };
    let attributes = judge.attributes();
    let mut found = judge.members(&attributes.loose);
    found.extend(judge.absent(attributes));
    if !program.has_unseen_modules {
        found.extend(judge.imports());
    }
    if parsed.is_valid() && !program.has_unseen_names {
        found.extend(judge.names());
    }
    found.sort_by(|one, other| (one.place, &one.rule, &one.message).cmp(&(other.place, &other.rule, &other.message)));
    let mut seen = HashSet::new();
    found.retain(|finding| seen.insert((finding.rule.clone(), finding.message.clone())));
    found.truncate(FINDINGS_LISTED);
    found
}

/// A name that a guarded import binds may be absent, or be bound to something else by what guards it.
fn doubt_guarded_imports(program: &mut Program<'_>, guarded: &[bool]) {
    let is_doubtful = |import: &&Import<'_>| guarded[import.region] || import.is_damaged;
    let doubtful = program.imports.iter().filter(is_doubtful).filter_map(|import| import.binds).collect::<Vec<_>>();
    for name in doubtful {
        program.doubt(name);
    }
}

struct Judge<'p, 'a> {
    program: &'p Program<'a>,
    inventory: &'p Inventory,
    /// For each region.
    guarded: Vec<bool>,
}

/// The attributes of modules that a program reads.
#[derive(Default)]
struct Attributes<'a> {
    /// Module, attribute, line: those that don't exist.
    absent: Vec<(String, &'a str, usize)>,
    /// Modules that are changed, or used as values: `hasattr(os, "fork")`. What they have isn't certain.
    loose: HashSet<String>,
}

impl<'a> Judge<'_, 'a> {
    fn imports(&self) -> Vec<Finding> {
        let guarded = self.program.imports.iter().filter(|import| self.guarded[import.region]);
        let expected = guarded.map(|import| top(import.module)).collect::<HashSet<_>>();
        let (mut found, mut seen) = (Found::default(), HashSet::new());
        for import in self.certain_imports().filter(|import| import.member.is_none()) {
            let module = import.module;
            // Where one import of it is guarded, the program knows what to do without it.
            if found.is_full() || expected.contains(top(module)) || !seen.insert(module) {
                continue;
            }
            match absence(module, self.inventory) {
                Some(Absence::Unknown { nearest }) => {
                    found.add(IMPORT, import.line, format!("no module `{module}`{}", did_you_mean(nearest)));
                }
                Some(Absence::Removed { version }) => {
                    found.add(IMPORT, import.line, format!("Python {version} removed `{module}`"));
                }
                Some(Absence::StandardElsewhere) => found.add(MODULE, import.line, elsewhere(module)),
                Some(Absence::Package { name }) => {
                    found.add(PACKAGE, import.line, format!("`{name}` is a real package, but not in this guest"));
                }
                None => {}
            }
        }
        found.0
    }

    fn certain_imports(&self) -> impl Iterator<Item = &Import<'a>> {
        self.program.imports.iter().filter(|import| !self.guarded[import.region] && !import.is_damaged)
    }

    /// What `from module import member` names.
    fn members(&self, loose: &HashSet<String>) -> Vec<Finding> {
        let (mut found, mut seen) = (Found::default(), HashSet::new());
        for import in self.certain_imports() {
            if let Some(member) = import.member
                && self.lacks(import.module, member)
                && !loose.contains(import.module)
                && !found.is_full()
                && seen.insert((import.module, member))
            {
                self.report_attribute(import.module, member, import.line, &mut found);
            }
        }
        found.0
    }

    fn attributes(&self) -> Attributes<'a> {
        let mut attributes = Attributes::default();
        for read in &self.program.reads {
            let (name, chain) = read.chain.split_once('.').unwrap_or((read.chain, ""));
            if let Some(module) = self.module(name.trim_end()) {
                self.follow(module, chain, read, &mut attributes);
            }
        }
        attributes
    }

    /// Goes from a module along the attributes that are read from it, as long as they are modules themselves.
    fn follow(&self, mut module: String, chain: &'a str, read: &Read<'a>, attributes: &mut Attributes<'a>) {
        for attribute in chain.split('.').map(str::trim).filter(|attribute| !attribute.is_empty()) {
            if read.is_changed {
                attributes.loose.insert(module.clone());
            }
            let is_plain = attribute.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_plain || attribute == "__dict__" {
                attributes.loose.insert(module);
                return;
            }
            if self.lacks(&module, attribute) {
                if !self.guarded[read.region] && !read.is_damaged {
                    attributes.absent.push((module, attribute, read.line));
                }
                return;
            }
            let inner = format!("{module}.{attribute}");
            if !self.inventory.has_module(&inner) {
                return;
            }
            module = inner;
        }
        attributes.loose.insert(module);
    }

    /// The module that a name stands for, if it certainly is one.
    fn module(&self, name: &str) -> Option<String> {
        let module = match self.program.meaning(name) {
            Meaning::Module(module) => module.to_owned(),
            Meaning::Member(module, member) => format!("{module}.{member}"),
            Meaning::Declared | Meaning::Other => return None,
        };
        self.inventory.has_module(&module).then_some(module)
    }

    /// Whether a module certainly lacks a name. What is in CPython's own private modules depends on how it was built.
    fn lacks(&self, module: &str, name: &str) -> bool {
        let is_private = module.starts_with('_') && module != "__future__";
        name.is_ascii() && !is_private && self.inventory.lacks(module, name)
    }

    fn absent(&self, attributes: Attributes<'a>) -> Vec<Finding> {
        let (mut found, mut seen) = (Found::default(), HashSet::new());
        for (module, name, line) in &attributes.absent {
            if !found.is_full() && !attributes.loose.contains(module) && seen.insert((module, name)) {
                self.report_attribute(module, name, *line, &mut found);
            }
        }
        found.0
    }

    fn report_attribute(&self, module: &str, name: &str, line: usize, found: &mut Found) {
        let full = format!("{module}.{name}");
        if is_standard(&full) {
            return found.add(MODULE, line, elsewhere(&full));
        }
        if is_elsewhere(module, name) {
            return found.add(MISSING_ATTRIBUTE, line, elsewhere(&full));
        }
        let home = self.inventory.submodules(module).find(|inner| self.inventory.has(inner, name));
        let hint = home.map_or_else(
            || {
                let inner = self.inventory.submodules(module).map(|inner| &inner[module.len() + 1..]);
                did_you_mean(nearest(name, self.inventory.names(module).iter().map(String::as_str).chain(inner)))
            },
            |home| format!("; `{home}` has it"),
        );
        found.add(ATTRIBUTE, line, format!("`{module}` has no `{name}`{hint}"));
    }

    fn names(&self) -> Vec<Finding> {
        let (mut found, mut seen) = (Found::default(), HashSet::new());
        for read in &self.program.reads {
            let name = read.chain.split('.').next().unwrap_or(read.chain).trim_end();
            let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_plain || name.starts_with("__") || NEVER_REPORTED.contains(&name) || self.guarded[read.region] {
                continue;
            }
            if self.program.is_bound(name, read.scope) || self.inventory.has("builtins", name) {
                continue;
            }
            if !found.is_full() && seen.insert(name) {
                found.add(NAME, read.line, format!("`{name}` is not defined{}", self.name_hint(name, read.scope)));
            }
        }
        found.0
    }

    fn name_hint(&self, name: &str, scope: usize) -> String {
        if !name.starts_with('_') && self.inventory.has_module(name) {
            return format!("; `import {name}` is missing");
        }
        if name.len() > 2
            && let Some(home) = HOMES.iter().find(|home| self.inventory.has(home, name))
        {
            return format!("; `{home}` has it");
        }
        let own = self.program.names().filter(|own| self.program.is_bound(own, scope));
        let own = if self.program.name_count() > NAMES_COMPARED { None } else { Some(own) };
        let builtins = self.inventory.names("builtins").iter().map(String::as_str);
        did_you_mean(nearest(name, own.into_iter().flatten().chain(builtins)))
    }
}

/// The first name of a dotted one.
fn top(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

fn elsewhere(what: &str) -> String {
    format!("`{what}` is in Python's standard library, but not in this guest")
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Findings of one kind, in the order of the text.
#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, rule: &str, line: usize, mut message: String) {
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES));
        if !self.0.iter().any(|found| found.rule == rule && found.message == message) {
            self.0.push(Finding {
                rule: rule.to_owned(),
                category: Category::Names,
                severity: Severity::Medium,
                confidence: Confidence::High,
                cwe: Vec::new(),
                place: Place { line, ..Place::default() },
                message,
                flow: Vec::new(),
                damaged: false,
                fingerprint: String::new(),
                fix: None,
            });
        }
    }

    fn is_full(&self) -> bool {
        self.0.len() >= FINDINGS_LISTED
    }
}
