//! Pieces of a reply that may be the program, and the choice between them.

use std::collections::BTreeSet;

use crate::lines::{dedent, defines};
use crate::names::Names;
use crate::search::Search;
use crate::statements::has_code;
use crate::tree::Parsed;
use crate::{Method, session};

/// One piece of a reply.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The piece as a program.
    pub(crate) code: String,
    /// The piece as it stood in the reply.
    pub(crate) raw: String,
    /// How it was found.
    pub(crate) method: Method,
    /// Whether the reply called it Python.
    pub(crate) tagged: bool,
    /// Whether it ended before the reply did.
    pub(crate) closed: bool,
    /// The names in it.
    pub(crate) names: Names,
    /// Its tree; none where the budget was spent.
    parsed: Option<Parsed>,
}

impl Candidate {
    /// Reads one piece of a reply.
    pub(crate) fn new(search: &mut Search, raw: String, method: Method, tagged: bool, closed: bool) -> Self {
        let (mut code, method) = match session::code(&raw) {
            Some(code) => (code, Method::Session),
            None => (raw.clone(), method),
        };
        let mut parsed = search.read(&code);
        if code.starts_with([' ', '\t', '\n']) && parsed.as_ref().is_some_and(|parsed| !parsed.is_valid()) {
            let shifted = dedent(&code);
            if let Some(valid) = search.read(&shifted).filter(Parsed::is_valid) {
                (code, parsed) = (shifted, Some(valid));
            }
        }
        let names = parsed.as_ref().map(|parsed| Names::of(parsed, &code)).unwrap_or_default();
        Self { code, raw, method, tagged, closed, names, parsed }
    }

    /// Whether it is known to parse.
    pub(crate) fn is_valid(&self) -> bool {
        self.parsed.as_ref().is_some_and(Parsed::is_valid)
    }

    /// Whether it is known not to parse.
    pub(crate) fn is_broken(&self) -> bool {
        self.parsed.as_ref().is_some_and(|parsed| !parsed.is_valid())
    }

    /// Whether it defines a name at its top level; goes by the look of its lines where it does not parse.
    pub(crate) fn defines(&self, name: &str) -> bool {
        if self.is_valid() {
            self.names.defined.contains(name)
        } else {
            self.code.lines().any(|line| defines(line, Some(name)))
        }
    }

    /// Whether it may be a program at all: it was called Python, or it holds code, or lines that look like it.
    pub(crate) fn may_be_program(&self) -> bool {
        self.tagged
            || if self.is_valid() {
                self.has_code()
            } else {
                self.code.lines().any(|line| looks_like_code(line.trim_start()))
            }
    }

    /// Its tree, unless the budget was spent.
    pub(crate) fn parsed(&self) -> Option<&Parsed> {
        self.parsed.as_ref()
    }

    fn has_code(&self) -> bool {
        self.parsed.as_ref().is_some_and(has_code)
    }
}

/// Whether a line, less its indentation, starts like a Python statement and unlike a sentence.
pub(crate) fn looks_like_code(line: &str) -> bool {
    let header = ["for ", "while ", "if ", "with ", "try", "else"].iter().any(|word| line.starts_with(word));
    let simple = ["import ", "return ", "@", "raise ", "yield "].iter().any(|word| line.starts_with(word));
    let from = line.starts_with("from ") && line.contains(" import ");
    defines(line, None) || simple || from || (header && line.trim_end().ends_with(':')) || line.contains(" = ")
}

/// The last candidate that defines the name: the last that parses, or if none does, the last.
pub(crate) fn last_that_defines(candidates: &[Candidate], name: &str) -> Option<usize> {
    last(candidates, |candidate| candidate.defines(name) && candidate.is_valid())
        .or_else(|| last(candidates, |candidate| candidate.defines(name)))
}

/// The last candidate with a definition, else the last that parses, else the largest.
pub(crate) fn best(candidates: &[Candidate]) -> Option<usize> {
    last(candidates, |candidate| candidate.is_valid() && candidate.names.has_definition)
        .or_else(|| last(candidates, |candidate| candidate.is_valid() && candidate.has_code()))
        .or_else(|| last(candidates, |candidate| candidate.is_valid() && candidate.tagged))
        .or_else(|| largest(candidates, Candidate::may_be_program))
}

/// The longest candidate that parses and holds code, else the longest that may be a program.
pub(crate) fn longest(candidates: &[Candidate]) -> Option<usize> {
    largest(candidates, |candidate| candidate.is_valid() && candidate.has_code())
        .or_else(|| largest(candidates, Candidate::may_be_program))
}

/// The candidates that make up the program with the chosen one: also those, before it or else behind it, that define what it needs.
pub(crate) fn joined(candidates: &[Candidate], chosen: usize) -> Vec<usize> {
    let mut needed = candidates[chosen].names.needed().cloned().collect::<BTreeSet<_>>();
    let mut parts = vec![chosen];
    let behind = candidates.iter().enumerate().skip(chosen + 1).filter(|(_, other)| {
        other.names.has_definition && other.names.defined.is_disjoint(&candidates[chosen].names.defined)
    });
    for (at, other) in candidates.iter().enumerate().take(chosen).rev().chain(behind) {
        if other.is_valid() && other.names.defined.iter().any(|name| needed.contains(name)) {
            needed.retain(|name| !other.names.defined.contains(name));
            needed.extend(other.names.needed().cloned());
            parts.push(at);
        }
    }
    parts.sort_unstable();
    parts
}

fn last(candidates: &[Candidate], suits: impl Fn(&Candidate) -> bool) -> Option<usize> {
    candidates.iter().rposition(suits)
}

fn largest(candidates: &[Candidate], suits: impl Fn(&Candidate) -> bool) -> Option<usize> {
    let suitable = candidates.iter().enumerate().filter(|(_, candidate)| suits(candidate));
    suitable.max_by_key(|(_, candidate)| candidate.code.len()).map(|(at, _)| at)
}
