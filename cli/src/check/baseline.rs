//! Findings that are known and not to be reported again, in a file that is kept with the code.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::replace::replace;
use crate::exit::UserError;

/// The version of the form.
const VERSION: u32 = 1;

/// What the file has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: u32,
    /// For each path, the fingerprints and, for people, their rules.
    files: BTreeMap<String, BTreeMap<String, String>>,
}

/// Known findings. Paths are kept from the file's own folder on, so that it does not matter where the command runs.
#[derive(Debug)]
pub struct Baseline {
    file: PathBuf,
    folder: PathBuf,
    files: BTreeMap<String, BTreeMap<String, String>>,
}

impl Baseline {
    /// An empty one, to be written to a file.
    pub fn new(file: &Path) -> Result<Baseline, UserError> {
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize().map_err(|error| UserError(format!("`{}`: {error}", folder.display())))?;
        Ok(Baseline { file: file.to_owned(), folder, files: BTreeMap::new() })
    }

    pub fn read(file: &Path) -> Result<Baseline, UserError> {
        let bad = |why: String| UserError(format!("the baseline `{}`: {why}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
        let read: serde_json::Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        match read.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                return Err(bad(format!(
                    "it has version {version}, and this program reads version {VERSION}; make it anew with --write-baseline"
                )));
            }
            None => return Err(bad("it has no `version`, so it is none that --write-baseline made".to_owned())),
        }
        let form: Form = serde_json::from_value(read).map_err(|error| bad(error.to_string()))?;
        Ok(Baseline { files: form.files, ..Baseline::new(file)? })
    }

    /// Whether it knows a finding of a file.
    pub fn has(&self, key: &str, fingerprint: &str) -> bool {
        self.files.get(key).is_some_and(|known| known.contains_key(fingerprint))
    }

    /// By what it calls a file.
    pub fn key(&self, path: Option<&Path>) -> String {
        let Some(path) = path else { return "<stdin>".to_owned() };
        match resolved(path) {
            Some(path) => relative(&self.folder, &path),
            None => path.to_string_lossy().into_owned(),
        }
    }

    pub fn add(&mut self, key: String, found: impl Iterator<Item = (String, String)>) {
        let mut found = found.peekable();
        if found.peek().is_some() {
            self.files.entry(key).or_default().extend(found);
        }
    }

    pub fn write(self) -> Result<(), UserError> {
        let form = Form { version: VERSION, files: self.files };
        let mut text = serde_json::to_string_pretty(&form).expect("it is plain data");
        text.push('\n');
        replace(&self.file, text.as_bytes())
            .map_err(|error| UserError(format!("writing the baseline `{}`: {error}", self.file.display())))
    }
}

/// Where a file is, by the folder that it stands in: a link keeps its own name.
pub fn resolved(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(name))
}

/// The way from a folder to a file, `/` between names.
fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) = (from.components().collect(), to.components().collect());
    let same = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = from[same..].iter().map(|_| "..".to_owned());
    let down = to[same..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_file_goes_up_as_far_as_it_must() {
        let cases =
            [("/a/b", "/a/b/c.py", "c.py"), ("/a/b", "/a/c/d.py", "../c/d.py"), ("/", "/x", "x"), ("/a", "/b", "../b")];
        for (from, to, expected) in cases {
            assert_eq!(relative(Path::new(from), Path::new(to)), expected);
        }
    }
}
