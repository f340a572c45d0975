//! A revision of the git repository that the files are in: what was in them before.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::baseline::resolved;
use crate::exit::UserError;

/// A revision.
pub struct Revision {
    root: PathBuf,
    commit: String,
    /// Every file that it has, from the root on.
    files: HashSet<PathBuf>,
    /// Files that are otherwise now, and where they were.
    changed: HashMap<PathBuf, PathBuf>,
}

/// What a file was.
pub enum Before {
    /// Not there, or not known to git.
    Nothing,
    /// The same.
    Same,
    /// Something else.
    Bytes(Vec<u8>),
}

impl Revision {
    /// Asks git about the repository that a path is in.
    pub fn of(name: &str, path: &Path) -> Result<Revision, UserError> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let root = git(folder, &["rev-parse", "--show-toplevel"])
            .map_err(|why| UserError(format!("--diff needs a git repository: {why}")))?;
        let root = PathBuf::from(OsString::from_vec(trimmed(root)));
        let wanted = format!("{name}^{{commit}}");
        let commit = git(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
            .map_err(|_| UserError(format!("git knows no revision `{name}`")))?;
        let commit = String::from_utf8_lossy(&trimmed(commit)).into_owned();
        let failed = |why| UserError(format!("asking git for revision `{name}`: {why}"));
        let files = git(&root, &["ls-tree", "-r", "-z", "--name-only", &commit]).map_err(failed)?;
        let files = fields(&files).map(path_of).collect();
        let flags = ["diff", "--name-status", "--no-ext-diff", "-z", "-M", &commit, "--"];
        let changed = changes(&git(&root, &flags).map_err(failed)?);
        let root = root.canonicalize().map_err(|error| UserError(format!("`{}`: {error}", root.display())))?;
        Ok(Revision { root, commit, files, changed })
    }

    /// What a file was, by where it was then.
    pub fn before(&self, path: &Path) -> Result<Before, String> {
        let there = resolved(path).ok_or("it has no name")?;
        let Ok(name) = there.strip_prefix(&self.root) else {
            return Err(format!("it is not in the repository `{}`", self.root.display()));
        };
        let was = match self.changed.get(name) {
            Some(was) => was,
            None if self.files.contains(name) => return Ok(Before::Same),
            None => return Ok(Before::Nothing),
        };
        if !self.files.contains(was) {
            return Ok(Before::Nothing);
        }
        let mut object = OsString::from(format!("{}:", self.commit));
        object.push(was);
        git(&self.root, &[OsStr::new("cat-file"), OsStr::new("blob"), &object]).map(Before::Bytes)
    }
}

/// Runs git and hands its output on, or what it said.
fn git<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    // Hooks of git set these for the repository, and from the folder, that they run in.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    let output = command.output();
    let output = output.map_err(|error| format!("running `git`: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("git failed and did not say why").to_owned())
}

fn trimmed(mut line: Vec<u8>) -> Vec<u8> {
    line.truncate(line.trim_ascii_end().len());
    line
}

fn fields(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output.split(|byte| *byte == 0).filter(|field| !field.is_empty())
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Reads `--name-status -z`: a letter and a path, or, of renames and copies, two.
fn changes(output: &[u8]) -> HashMap<PathBuf, PathBuf> {
    let mut changed = HashMap::new();
    let mut fields = fields(output);
    while let (Some(status), Some(first)) = (fields.next(), fields.next()) {
        let moved = matches!(status.first(), Some(b'R' | b'C'));
        let now = if moved { fields.next().unwrap_or(first) } else { first };
        changed.insert(path_of(now), path_of(first));
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_have_two_names() {
        let changed = changes(b"M\0a.py\0R087\0old name.py\0new.py\0A\0b.py\0");
        let was = |name: &str| changed.get(Path::new(name)).map(|was| was.to_str().unwrap());
        assert_eq!(
            (was("a.py"), was("new.py"), was("b.py"), was("old name.py")),
            (Some("a.py"), Some("old name.py"), Some("b.py"), None)
        );
    }
}
