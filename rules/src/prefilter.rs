//! Which rules can concern a text at all, by the words that stand in it. One pass over the bytes; most texts concern none, and
//! are never parsed.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::path::Pattern;
use crate::schema::{Native, Rule};
use crate::table::RuleNumber;

/// The words of a language's rules.
pub(crate) struct Prefilter {
    automaton: AhoCorasick,
    words: Vec<Word>,
    /// Rules that no word can rule out.
    always: Vec<RuleNumber>,
    /// Rules about literals that look random: they need no word, but a long run of letters and digits.
    runs: Vec<RuleNumber>,
    rules: usize,
}

struct Word {
    rules: Vec<RuleNumber>,
    /// Set for the name of a function or a module: it counts only as a whole word, in this case.
    name: Option<Box<str>>,
}

/// The rules that can concern a text.
pub(crate) struct Alive {
    bits: Vec<u64>,
    any: bool,
}

impl Alive {
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    pub(crate) fn has(&self, rule: RuleNumber) -> bool {
        self.bits[usize::from(rule) / 64] & (1 << (rule % 64)) != 0
    }

    fn add(&mut self, rule: RuleNumber) {
        self.any = true;
        self.bits[usize::from(rule) / 64] |= 1 << (rule % 64);
    }
}

impl Prefilter {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut numbers: HashMap<(String, bool), usize> = HashMap::new();
        let mut patterns: Vec<String> = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        let mut always = Vec::new();
        let mut runs = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            let number = RuleNumber::try_from(number).expect("a catalog has fewer than 65,536 rules");
            if rule.native == Some(Native::HighEntropy) {
                runs.push(number);
                continue;
            }
            let Some(anchors) = anchors(rule) else {
                always.push(number);
                continue;
            };
            for (anchor, is_name) in anchors {
                let word = *numbers.entry((anchor.clone(), is_name)).or_insert_with(|| {
                    words.push(Word { rules: Vec::new(), name: is_name.then(|| anchor.as_str().into()) });
                    patterns.push(anchor);
                    patterns.len() - 1
                });
                if words[word].rules.last() != Some(&number) {
                    words[word].rules.push(number);
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&patterns)
            .expect("a few thousand short words");
        Prefilter { automaton, words, always, runs, rules: rules.len() }
    }

    /// The rules that a text can concern.
    pub(crate) fn alive(&self, text: &str) -> Alive {
        let mut alive = Alive { bits: vec![0; self.rules / 64 + 1], any: false };
        self.always.iter().for_each(|&rule| alive.add(rule));
        if !self.runs.is_empty() && has_run(text) {
            self.runs.iter().for_each(|&rule| alive.add(rule));
        }
        let mut seen = vec![false; self.words.len()];
        for found in self.automaton.find_overlapping_iter(text) {
            let number = found.pattern().as_usize();
            if seen[number] || !self.words[number].stands_at(text, found.range()) {
                continue;
            }
            seen[number] = true;
            self.words[number].rules.iter().for_each(|&rule| alive.add(rule));
        }
        alive
    }
}

impl Word {
    fn stands_at(&self, text: &str, range: std::ops::Range<usize>) -> bool {
        let Some(name) = &self.name else { return true };
        let part_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let bytes = text.as_bytes();
        let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(range.end);
        bytes[range] == *name.as_bytes() && !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    }
}

/// Bytes of a run of letters and digits in which a random literal can stand: the shortest that its analysis looks at.
const RUN: usize = *crate::secrets::RANDOM_LENGTHS.start();

/// Whether a text has a run of letters and digits, mixed, that is long enough to be random.
fn has_run(text: &str) -> bool {
    let (mut length, mut digits, mut letters) = (0, false, false);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-' | b'=' | b'.') {
            length += 1;
            digits |= byte.is_ascii_digit();
            letters |= byte.is_ascii_alphabetic();
            if length >= RUN && digits && letters {
                return true;
            }
        } else {
            (length, digits, letters) = (0, false, false);
        }
    }
    false
}

/// The words of a rule, and whether each is a whole name; none where it can concern any text.
fn anchors(rule: &Rule) -> Option<Vec<(String, bool)>> {
    if !rule.anchors.is_empty() {
        return Some(rule.anchors.iter().map(|anchor| (anchor.clone(), false)).collect());
    }
    let paths = rule.sinks.iter().flat_map(|sink| sink.call.iter().chain(&sink.assign).chain(&sink.returns_of));
    let paths = paths.chain(rule.calls.iter().flat_map(|pattern| &pattern.call));
    let paths = paths.chain(rule.uses.iter().flat_map(|pattern| &pattern.path));
    let paths = paths.chain(rule.assigns.iter().flat_map(|pattern| &pattern.path));
    let mut found: Vec<(String, bool)> =
        paths.map(|path| (Pattern::new(path).longest_name().to_owned(), true)).collect();
    found.extend(rule.settings.iter().flat_map(|pattern| &pattern.name).map(|name| (name.clone(), true)));
    found.extend(rule.native.into_iter().flat_map(of_native).map(|&word| (word.to_owned(), false)));
    let wordless = rule.assigns.iter().any(|pattern| pattern.name.is_some())
        || !rule.compares.is_empty()
        || !rule.strings.is_empty()
        || rule.query.is_some();
    let incomplete = wordless || found.is_empty() || found.iter().any(|(word, _)| word.is_empty());
    (!incomplete).then_some(found)
}

/// Words without which an analysis finds nothing.
fn of_native(native: Native) -> &'static [&'static str] {
    match native {
        Native::SwallowedException => &["except", "catch", "rescue"],
        Native::CheckThenUse => &["exist", "access", "is_file", "isfile", "is_dir", "isdir", "stat"],
        Native::UseAfterFree => &["free", "delete"],
        Native::AllocationOverflow => &["alloc"],
        Native::ConstantEquality => {
            &["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__hash__"]
        }
        Native::ExitAtImport => &["exit", "abort", "kill"],
        Native::UnboundedChange => &["update", "delete"],
        Native::DownloadedScript => &["curl", "wget"],
        Native::UnjustifiedUnsafe => &["unsafe"],
        Native::PrivateKey => &["PRIVATE KEY"],
        Native::PasswordInAddress => &["://", "password=", "pwd="],
        Native::ProviderKey
        | Native::NamedCredential
        | Native::HighEntropy
        | Native::OpenRoute
        | Native::PatchedBuiltin
        | Native::DangerousSql
        | Native::UnquotedVariable
        | Native::IgnoredError => &[],
        Native::SecretDefault => &["env", "ENV"],
    }
}
