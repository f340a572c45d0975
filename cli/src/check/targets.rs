//! What is to be checked: the files that were named, and those in the folders that were.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use proofhouse::Grammar;
use proofhouse::types::CheckMessage;

/// Bytes of a file without an extension in which its first line is looked for: the kernel reads as many.
const FIRST_LINE: u64 = 256;

/// A text to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub from: From,
    /// As it is shown, `/` between folders, without a `./` before it.
    pub name: String,
    /// Its language; none for a standard input that has to tell by its first line.
    pub grammar: Option<Grammar>,
}

/// Where a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    Stdin,
    /// A file that was named: what can't be checked in it is an error.
    Named(PathBuf),
    /// A file found in a folder: what is no source text is skipped and counted.
    Found(PathBuf),
}

impl Target {
    /// The file, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.from {
            From::Stdin => None,
            From::Named(path) | From::Found(path) => Some(path),
        }
    }
}

/// What was collected.
#[derive(Debug, Default)]
pub struct Targets {
    /// By name; none twice.
    pub targets: Vec<Target>,
    /// How many files were left out, by extension or by another reason.
    pub skipped: BTreeMap<String, usize>,
    pub errors: Vec<CheckMessage>,
}

/// Collects what the paths name. `language` is that of named files, and the only one that is looked for in folders.
pub fn collect(paths: &[PathBuf], language: Option<Grammar>) -> Targets {
    let mut found = Targets::default();
    for path in paths {
        if path.as_os_str() == "-" {
            found.targets.push(Target { from: From::Stdin, name: "<stdin>".to_owned(), grammar: language });
            continue;
        }
        match std::fs::metadata(path) {
            Err(error) => found.error(path, format!("reading it: {error}")),
            Ok(there) if there.is_dir() => found.walk(path, language),
            // What is no file, such as a pipe, can be read once only.
            Ok(there) => match language
                .or_else(|| Grammar::of_path(path))
                .or_else(|| there.is_file().then(|| of_first_line(path)).flatten())
            {
                Some(grammar) => found.push(From::Named(path.clone()), path, Some(grammar)),
                None => found.error(path, "its language is not known; say it with --language".to_owned()),
            },
        }
    }
    // A file that was named keeps that standing, whatever folder it is in.
    found.targets.sort_by(|one, other| {
        let rank = |target: &Target| matches!(target.from, From::Found(_));
        (&one.name, rank(one)).cmp(&(&other.name, rank(other)))
    });
    found.targets.dedup_by(|later, kept| later.name == kept.name);
    found
}

impl Targets {
    fn walk(&mut self, folder: &Path, language: Option<Grammar>) {
        for entry in WalkBuilder::new(folder).require_git(false).build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.error(folder, error.to_string());
                    continue;
                }
            };
            let path = entry.path();
            match entry.file_type() {
                Some(kind) if kind.is_file() => {}
                Some(kind) if kind.is_symlink() && entry.depth() > 0 => {
                    self.skip("symbolic link");
                    continue;
                }
                _ => continue,
            }
            let grammar = Grammar::of_path(path).or_else(|| {
                // Only what has no extension is opened: the others say what they are.
                path.extension().is_none().then(|| of_first_line(path)).flatten()
            });
            match grammar {
                Some(grammar) if language.is_none_or(|language| language == grammar) => {
                    self.push(From::Found(path.to_owned()), path, Some(grammar));
                }
                _ => self.skip(&kind(path)),
            }
        }
    }

    fn push(&mut self, from: From, path: &Path, grammar: Option<Grammar>) {
        self.targets.push(Target { from, name: shown(path), grammar });
    }

    fn skip(&mut self, reason: &str) {
        *self.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    fn error(&mut self, path: &Path, message: String) {
        self.errors.push(CheckMessage { path: shown(path), line: None, message });
    }
}

/// A path as it is shown.
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let mut rest = text.as_ref();
    while let Some(after) = rest.strip_prefix("./") {
        rest = after.trim_start_matches('/');
    }
    if rest.is_empty() { text.into_owned() } else { rest.to_owned() }
}

/// What skipped files are counted by.
fn kind(path: &Path) -> String {
    match path.extension() {
        Some(extension) => format!(".{}", extension.to_string_lossy().to_lowercase()),
        None => "no extension".to_owned(),
    }
}

fn of_first_line(path: &Path) -> Option<Grammar> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(FIRST_LINE).read_to_end(&mut start).ok()?;
    Grammar::of_shebang(&String::from_utf8_lossy(&start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_what_says_nothing() {
        let cases =
            [("./a/b.py", "a/b.py"), (".//./a", "a"), ("../a", "../a"), ("/a/b", "/a/b"), (".", "."), ("./", "./")];
        for (path, expected) in cases {
            assert_eq!(shown(Path::new(path)), expected, "{path}");
        }
    }
}
