//! The TOML files of native suites: their keys checked against the types that they are read into, and each error put on its
//! line.

use std::ops::Range;
use std::path::Path;

use serde::de::value::Error;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::flaw::{At, Flaw};
use super::problem::{FieldProblem, Problem};

/// One TOML file.
pub(super) struct Document<'a> {
    file: &'a Path,
    text: &'a str,
    root: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(file: &'a Path, text: &'a str) -> Result<Self, Problem> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Document { file, text, root }),
            Err(error) => Err(problem(file, text, error.span(), message(&error))),
        }
    }

    /// The file as a `T`. Fails with every unknown key, or else with the first value of a wrong kind.
    pub(super) fn read<T: Deserialize<'a>>(&self, known: &Keys) -> Result<T, Vec<Problem>> {
        let mut problems = Vec::new();
        self.check(self.root.get_ref(), &[], known, &mut problems);
        if !problems.is_empty() {
            // The parser's tables are in the order of the keys.
            problems.sort_by_key(|problem| problem.line);
            return Err(problems);
        }
        toml::from_str(self.text).map_err(|error| vec![problem(self.file, self.text, error.span(), message(&error))])
    }

    /// The tables under a key that holds a list of them.
    pub(super) fn tables(&self, key: &str) -> impl Iterator<Item = &Spanned<DeValue<'a>>> {
        self.root.get_ref().get(key).and_then(|list| list.get_ref().as_array()).into_iter().flatten()
    }

    /// Fails with every unknown key of a table, where some keys, the `head`, are known besides.
    pub(super) fn check_entries(&self, table: &DeTable<'_>, head: &[&str], known: &Keys) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        self.check(table, head, known, &mut problems);
        problems.sort_by_key(|problem| problem.line);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// One value of the file as a `T`.
    pub(super) fn read_value<T: for<'de> Deserialize<'de>>(
        &self,
        value: &Spanned<DeValue<'a>>,
    ) -> Result<T, Vec<Problem>> {
        T::deserialize(ValueDeserializer::from(value.clone())).map_err(|error| {
            let span = error.span().unwrap_or_else(|| value.span());
            vec![problem(self.file, self.text, Some(span), message(&error))]
        })
    }

    /// A flaw of the file's task, on its line.
    pub(super) fn flaw(&self, flaw: Flaw) -> Problem {
        let first = flaw.path.first().and_then(|step| match step {
            At::Key(key) => self.root.get_ref().get(*key),
            At::Item(_) => None,
        });
        let span = first.map_or(0..0, |first| below(first, &flaw.path[1..]).span());
        self.problem(span, flaw.message)
    }

    pub(super) fn problem(&self, span: Range<usize>, message: String) -> Problem {
        problem(self.file, self.text, Some(span), message)
    }

    fn check(&self, table: &DeTable<'_>, head: &[&str], known: &Keys, problems: &mut Vec<Problem>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if head.contains(&name) {
                continue;
            }
            if !known.names.contains(&name) {
                problems.push(self.problem(key.span(), unknown_key(name, &[head, known.names].concat())));
            } else if let Some(below) = known.below(name) {
                self.check_below(value.get_ref(), below, problems);
            }
        }
    }

    /// A table, or each table of a list. A value of another kind is found when the file is read into its type.
    fn check_below(&self, value: &DeValue<'_>, known: &Keys, problems: &mut Vec<Problem>) {
        if let Some(table) = value.as_table() {
            self.check(table, &[], known, problems);
        }
        for item in value.as_array().into_iter().flatten() {
            if let Some(table) = item.get_ref().as_table() {
                self.check(table, &[], known, problems);
            }
        }
    }
}

/// The value at the end of a way, or the last one on it that there is.
pub(super) fn below<'v, 'd>(value: &'v Spanned<DeValue<'d>>, path: &[At]) -> &'v Spanned<DeValue<'d>> {
    let mut found = value;
    for step in path {
        let next = match step {
            At::Key(key) => found.get_ref().as_table().and_then(|table| table.get(*key)),
            At::Item(position) => found.get_ref().as_array().and_then(|items| items.get(*position)),
        };
        match next {
            Some(next) => found = next,
            None => break,
        }
    }
    found
}

/// A TOML file of other settings than a suite's, read with the same care.
///
/// # Errors
/// Every unknown key with the nearest that is known, or else the first value of a wrong kind, each with its line.
pub fn read_toml<T: for<'de> Deserialize<'de>>(file: &Path, text: &str, known: &Keys) -> Result<T, Vec<Problem>> {
    Document::parse(file, text).map_err(|problem| vec![problem])?.read(known)
}

/// The keys that a table may have.
#[derive(Default)]
pub struct Keys {
    names: &'static [&'static str],
    tables: Vec<(&'static str, Keys)>,
}

impl Keys {
    /// The fields of a struct, as serde knows them.
    #[must_use]
    pub fn of<T: for<'de> Deserialize<'de>>() -> Keys {
        let mut names: &'static [&'static str] = &[];
        // The error is how the deserializer below stops; it has no value to give.
        let _stopped = T::deserialize(FieldNames(&mut names)).err();
        Keys { names, ..Keys::default() }
    }

    /// What is wrong with the keys of a JSON object, where some keys, the `head`, are known besides: each with its path.
    pub(super) fn problems_of_json(
        &self,
        object: &Map<String, Value>,
        head: &[&str],
        before: &str,
    ) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        for (key, value) in object {
            if head.contains(&key.as_str()) {
                continue;
            }
            let field = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
            if !self.names.contains(&key.as_str()) {
                problems.push(FieldProblem { field, message: unknown_key(key, &[head, self.names].concat()) });
            } else if let Some(below) = self.below(key) {
                if let Value::Object(object) = value {
                    problems.extend(below.problems_of_json(object, &[], &field));
                }
                for (position, item) in value.as_array().into_iter().flatten().enumerate() {
                    if let Value::Object(object) = item {
                        problems.extend(below.problems_of_json(object, &[], &format!("{field}[{position}]")));
                    }
                }
            }
        }
        problems
    }

    /// What is wrong with a key, if it is none of these.
    #[must_use]
    pub fn complaint(&self, key: &str) -> Option<String> {
        (!self.names.contains(&key)).then(|| unknown_key(key, self.names))
    }

    /// The keys themselves, in the order of the fields.
    #[must_use]
    pub fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// The keys of the table, or list of tables, under a key.
    #[must_use]
    pub fn below(&self, key: &str) -> Option<&Keys> {
        self.tables.iter().find(|(table, _)| *table == key).map(|(_, keys)| keys)
    }

    /// The table, or list of tables, under a key has these keys.
    #[must_use]
    pub fn with(mut self, key: &'static str, keys: Keys) -> Keys {
        self.tables.push((key, keys));
        self
    }
}

/// Writes down the names of a struct's fields and deserializes nothing.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("only the fields are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(near) => format!("unknown key `{key}`, did you mean `{near}`?"),
        None => format!("unknown key `{key}`, expected one of `{}`", known.join("`, `")),
    }
}

/// The name that a misspelt one most likely stands for, if any is near enough.
#[must_use]
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    // One slip, and one more for each three letters, is about what a hurried hand does.
    let bound = 1 + name.chars().count() / 3;
    let ranked = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    ranked
        .filter(|&(distance, _)| distance <= bound)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance: letters inserted, removed or replaced.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// The parser's messages may have several lines; a problem has one.
fn message(error: &toml::de::Error) -> String {
    error.message().replace('\n', ", ")
}

fn problem(file: &Path, text: &str, span: Option<Range<usize>>, message: String) -> Problem {
    Problem { file: file.to_owned(), line: span.map(|span| line(text, span.start)), message }
}

fn line(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use proofhouse_types::{LimitOverrides, Rubric};

    use super::*;

    #[test]
    fn keys_are_the_fields_of_the_type() {
        assert_eq!(
            Keys::of::<Rubric>().names,
            ["syntax", "features", "tests", "efficiency", "security", "correctness"]
        );
        assert!(Keys::of::<LimitOverrides>().names.contains(&"virtual_time"));
    }

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        let known = ["entry_point", "prompt", "tests", "tags", "id"];
        let cases = [
            ("entrypoint", Some("entry_point")),
            ("entry-point", Some("entry_point")),
            ("promt", Some("prompt")),
            ("test", Some("tests")),
            ("ID", None),
            ("difficulty", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
    }

    #[test]
    fn distances_are_exact() {
        let cases =
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("memroy", "memory", 2), ("über", "uber", 1)];
        for (from, to, expected) in cases {
            assert_eq!((distance(from, to), distance(to, from)), (expected, expected), "{from} {to}");
        }
    }
}
