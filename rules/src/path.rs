//! Paths: how a value is reached or made, such as `os.system`, `request.args[]` or `sqlite3.connect().cursor().execute`; and the
//! patterns that rules match them with.

use std::collections::HashMap;

use crate::symbols::{Symbol, Symbols};

/// A path of one analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathId(u32);

/// One segment of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    Name(Symbol),
    /// What a call returned.
    Call,
    /// An item.
    Item,
}

/// The paths of one analysis, as a tree: each is its parent and one segment more.
pub(crate) struct Paths<'a> {
    program: &'a Symbols,
    /// Names that the program does not have, such as the parts of an import's path; they count on from the program's.
    extra: Symbols,
    nodes: Vec<(Option<PathId>, Segment)>,
    children: HashMap<(Option<PathId>, Segment), PathId>,
}

/// How many segments a path may have: a chain of calls on one value in a long file would grow for ever.
const LONGEST: usize = 24;

impl<'a> Paths<'a> {
    pub(crate) fn new(program: &'a Symbols) -> Self {
        Paths { program, extra: Symbols::default(), nodes: Vec::new(), children: HashMap::new() }
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        let count = self.program.count();
        match (symbol.0 as usize).checked_sub(count) {
            None => self.program.text(symbol),
            Some(number) => self.extra.text(Symbol(u32::try_from(number).expect("it was made from one"))),
        }
    }

    fn symbol(&mut self, text: &str) -> Symbol {
        self.program.find(text).unwrap_or_else(|| {
            let count = u32::try_from(self.program.count()).expect("symbols are counted in 32 bits");
            Symbol(self.extra.intern(text).0 + count)
        })
    }

    /// The path with one segment more.
    pub(crate) fn child(&mut self, parent: Option<PathId>, segment: Segment) -> PathId {
        if let Some(&path) = self.children.get(&(parent, segment)) {
            return path;
        }
        // Past the longest, only the end is kept.
        let kept = parent.filter(|&parent| self.ancestors(parent).count() < LONGEST);
        let path = PathId(u32::try_from(self.nodes.len()).expect("fewer paths than expressions"));
        self.nodes.push((kept, segment));
        self.children.insert((parent, segment), path);
        path
    }

    /// The path of a dotted text, such as an import has.
    pub(crate) fn dotted(&mut self, text: &str) -> Option<PathId> {
        let mut path = None;
        for name in text.split('.').filter(|name| !name.is_empty()) {
            let symbol = self.symbol(name);
            path = Some(self.child(path, Segment::Name(symbol)));
        }
        path
    }

    pub(crate) fn segment(&self, path: PathId) -> Segment {
        self.nodes[path.0 as usize].1
    }

    pub(crate) fn parent(&self, path: PathId) -> Option<PathId> {
        self.nodes[path.0 as usize].0
    }

    /// The last name of a path: of `a.b()[]`, `b`.
    pub(crate) fn last_name(&self, path: PathId) -> Option<&str> {
        self.ancestors(path).find_map(|path| match self.segment(path) {
            Segment::Name(symbol) => Some(self.text(symbol)),
            Segment::Call | Segment::Item => None,
        })
    }

    /// The path and what it stands on, from its end.
    fn ancestors(&self, path: PathId) -> impl Iterator<Item = PathId> {
        std::iter::successors(Some(path), |&path| self.parent(path))
    }

    /// The path as people write it.
    pub(crate) fn print(&self, path: PathId) -> String {
        let mut segments: Vec<PathId> = self.ancestors(path).collect();
        segments.reverse();
        let mut text = String::new();
        for path in segments {
            match self.segment(path) {
                Segment::Name(symbol) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(self.text(symbol));
                }
                Segment::Call => text.push_str("()"),
                Segment::Item => text.push_str("[]"),
            }
        }
        text
    }
}

/// A pattern over paths, read from a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// From the path's end.
    segments: Vec<Wanted>,
    ahead: Ahead,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Name(Box<str>),
    Call,
    Item,
}

/// What may stand before the segments of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ahead {
    Nothing,
    Anything,
    Something,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        // `*.name`, and `*[]` for an item of anything.
        let (text, any) = match text.strip_prefix('*') {
            Some(rest) => (rest.strip_prefix('.').unwrap_or(rest), true),
            None => (text, false),
        };
        let mut segments = Vec::new();
        for mut name in text.split('.').filter(|name| !name.is_empty()) {
            let mut after = Vec::new();
            loop {
                if let Some(rest) = name.strip_suffix("()") {
                    after.push(Wanted::Call);
                    name = rest;
                } else if let Some(rest) = name.strip_suffix("[]") {
                    after.push(Wanted::Item);
                    name = rest;
                } else {
                    break;
                }
            }
            if !name.is_empty() {
                segments.push(Wanted::Name(name.into()));
            }
            segments.extend(after.into_iter().rev());
        }
        let ahead = match (any, segments.iter().filter(|segment| matches!(segment, Wanted::Name(_))).count()) {
            (true, _) => Ahead::Something,
            (false, 0 | 1) => Ahead::Nothing,
            (false, _) => Ahead::Anything,
        };
        segments.reverse();
        Pattern { segments, ahead }
    }

    /// The last name, by which patterns are looked up.
    pub(crate) fn last_name(&self) -> &str {
        let name = |segment: &'_ Wanted| matches!(segment, Wanted::Name(_));
        match self.segments.iter().find(|segment| name(segment)) {
            Some(Wanted::Name(name)) => name,
            Some(Wanted::Call | Wanted::Item) | None => "",
        }
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Wanted::Name(name) => Some(&**name),
            Wanted::Call | Wanted::Item => None,
        })
    }

    /// The name that tells most: a text without it has no such path.
    pub(crate) fn longest_name(&self) -> &str {
        let names = self.segments.iter().filter_map(|segment| match segment {
            Wanted::Name(name) => Some(&**name),
            Wanted::Call | Wanted::Item => None,
        });
        names.max_by_key(|name| name.len()).unwrap_or_default()
    }

    pub(crate) fn matches(&self, paths: &Paths<'_>, path: PathId) -> bool {
        self.matches_as(paths, path, false)
    }

    /// As [`Self::matches`]; a function that the text calls by its bare name has no receiver, wherever it was imported from.
    pub(crate) fn matches_as(&self, paths: &Paths<'_>, path: PathId, is_bare: bool) -> bool {
        let mut at = Some(path);
        for wanted in &self.segments {
            let Some(path) = at else { return false };
            let agrees = match (wanted, paths.segment(path)) {
                (Wanted::Name(name), Segment::Name(symbol)) => paths.text(symbol) == &**name,
                (Wanted::Call, Segment::Call) | (Wanted::Item, Segment::Item) => true,
                (Wanted::Name(_) | Wanted::Call | Wanted::Item, _) => false,
            };
            if !agrees {
                return false;
            }
            at = paths.parent(path);
        }
        match self.ahead {
            Ahead::Nothing => at.is_none() || is_bare,
            Ahead::Anything => true,
            Ahead::Something => at.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of a text in the form that patterns have.
    fn path(paths: &mut Paths<'_>, text: &str) -> PathId {
        let mut at = None;
        for segment in Pattern::new(text).segments.iter().rev() {
            let segment = match segment {
                Wanted::Name(name) => Segment::Name(paths.symbol(name)),
                Wanted::Call => Segment::Call,
                Wanted::Item => Segment::Item,
            };
            at = Some(paths.child(at, segment));
        }
        at.expect("a path has a segment")
    }

    #[test]
    fn patterns_match_the_end_of_a_path() {
        let cases = [
            ("os.system", "os.system", true),
            ("os.system", "self.os.system", true),
            ("os.system", "system", false),
            ("os.system", "os.system()", false),
            ("eval", "eval", true),
            ("eval", "model.eval", false),
            ("*.execute", "execute", false),
            ("*.execute", "cursor.execute", true),
            ("*.execute", "a.b().execute", true),
            ("Runtime.getRuntime().exec", "java.lang.Runtime.getRuntime().exec", true),
            ("Runtime.getRuntime().exec", "Runtime.exec", false),
            ("params[]", "params[]", true),
            ("params[]", "self.params[]", false),
            ("params[].split", "params[].split", true),
            ("$_GET", "$_GET", true),
        ];
        for (pattern, text, expected) in cases {
            let symbols = Symbols::default();
            let mut paths = Paths::new(&symbols);
            let path = path(&mut paths, text);
            assert_eq!(paths.print(path), text);
            assert_eq!(Pattern::new(pattern).matches(&paths, path), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_path_that_grows_for_ever_keeps_its_end() {
        let symbols = Symbols::default();
        let mut paths = Paths::new(&symbols);
        let name = Segment::Name(paths.symbol("then"));
        let mut at = None;
        for _ in 0..1000 {
            at = Some(paths.child(at, name));
        }
        assert!(paths.print(at.expect("a thousand segments")).len() <= 5 * LONGEST);
    }
}
