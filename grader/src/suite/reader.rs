//! Reads a suite from wherever it is, told apart by content and not by name.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use proofhouse_types::{LimitOverrides, Task, TaskId};

use super::collection::Collection;
use super::companions::NativeFiles;
use super::digest::digest;
use super::folder::{self, SUITE_FILE, Title};
use super::format::Format;
use super::problem::Problem;
use super::records::{Opening, Records, read_text};
use super::row::{Row, RowError};

/// A set of tasks that were read together.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// What `suite.toml` says; the one task's id; or the file's or folder's name.
    pub name: String,
    /// Which release of the suite it is, where `suite.toml` says so.
    pub release: Option<String>,
    /// The tasks, in the order of the file or of the folders' names. Their ids are unique. Never empty.
    pub tasks: Vec<Task>,
    /// What stands beside the native ones among the tasks.
    pub natives: BTreeMap<TaskId, NativeFiles>,
    /// What could not be read, in the order in which it was met.
    pub problems: Vec<Problem>,
    /// Hex SHA-256 over everything in the tasks that decides a verdict.
    pub digest: String,
}

/// Why there is no suite at all.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The file system refused.
    #[error("can't read `{path}`", path = path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Not one task was found.
    #[error(
        "{}; known are JSON lines, plain or gzip, of {}, a `task.toml`, and folders of them",
        no_task(path, problems),
        Format::known()
    )]
    NoTask {
        /// What was read.
        path: PathBuf,
        /// What was wrong with each thing in it. Empty where there was nothing.
        problems: Vec<Problem>,
    },
}

/// Reads a suite: a file of JSON lines from HumanEval, MBPP or EvalPlus, plain or gzip; a native `task.toml` or
/// `suite.toml`; or a folder above native tasks.
///
/// A task that can't be read becomes a problem, and the others are read all the same. A task that is read by itself has
/// the limits of its own file alone, whatever `suite.toml` stands above it.
///
/// # Errors
/// Where the path can't be read, or not one task is found.
pub fn read(path: &Path) -> Result<Suite, SuiteError> {
    let mut collection = Collection::default();
    let failed = |source| SuiteError::Read { path: path.to_owned(), source };
    let title = if path.is_dir() {
        folder::read(path, &LimitOverrides::default(), &mut collection).map_err(failed)?
    } else if path.file_name().is_some_and(|name| name == SUITE_FILE) {
        folder::read(folder::folder_of(path), &LimitOverrides::default(), &mut collection).map_err(failed)?
    } else {
        read_file(path, &mut collection).map_err(failed)?;
        None
    };
    let Collection { tasks, natives, problems, .. } = collection;
    let (name, release) = match (title, tasks.as_slice()) {
        (_, []) => return Err(SuiteError::NoTask { path: path.to_owned(), problems }),
        (Some(Title { name, release }), _) => (name, release),
        (None, [task]) if !natives.is_empty() => (task.id.0.clone(), None),
        (None, _) => (stem(path), None),
    };
    let digest = digest(&tasks);
    Ok(Suite { name, release, tasks, natives, problems, digest })
}

fn read_file(path: &Path, into: &mut Collection) -> io::Result<()> {
    let (opening, records) = Records::open_suite(path)?;
    if opening == Opening::Other && is_toml(path)? {
        folder::read_task(path, &LimitOverrides::default(), into);
        return Ok(());
    }
    for (line, record) in records {
        match record.and_then(|text| read_row(&text)) {
            Ok(task) => into.add(task, None, path, Some(line)),
            Err(error) => into.problem(path, Some(line), error.to_string()),
        }
    }
    Ok(())
}

/// A row that is no task.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BadRow(#[from] RowError);

/// Reads one row of a public benchmark, as it stands in a file of JSON lines.
///
/// # Errors
/// What is wrong with it.
pub fn task_of_row(text: &str) -> Result<Task, BadRow> {
    Ok(read_row(text)?)
}

fn read_row(text: &str) -> Result<Task, RowError> {
    let row = Row::parse(text)?;
    Format::of(&row)?.task(&row)
}

/// A file that says it is TOML may have a slip in it, which is then for the parser to name.
fn is_toml(path: &Path) -> io::Result<bool> {
    let named = path.extension().is_some_and(|extension| extension == "toml");
    Ok(named || toml::from_str::<toml::Table>(&read_text(path)?).is_ok())
}

/// The file's name without `.jsonl`, `.json` and `.gz`, or the folder's name.
fn stem(path: &Path) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = resolved.file_name().unwrap_or(resolved.as_os_str()).to_string_lossy().into_owned();
    let unzipped = name.strip_suffix(".gz").unwrap_or(&name);
    let bare = [".jsonl", ".json"].into_iter().find_map(|extension| unzipped.strip_suffix(extension));
    bare.unwrap_or(unzipped).to_owned()
}

fn no_task(path: &Path, problems: &[Problem]) -> String {
    match problems {
        [] => format!("`{}` has no task in it", path.display()),
        [only] => format!("{only}; no other task is there"),
        [first, others @ ..] => format!("{first}; no task is there, and {} more problems", others.len()),
    }
}
