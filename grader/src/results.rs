//! A results file: one row a sample, appended as it is made, so that a run that was killed goes on where it was.
//!
//! Beside `FILE` stands `FILE.made.json`, which says what the rows were made with. Rows of another suite, other limits,
//! another guest or another version are not mixed with new ones.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use proofhouse_types::{LimitOverrides, Report, SampleId, TaskId, Versions};
use serde::{Deserialize, Serialize};

use crate::grader::{Grader, Settings};
use crate::isolation::Isolating;
use crate::suite::Suite;

/// What a file's rows were made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Digest of the suite.
    pub suite: String,
    /// Limits from the command line; those of the tasks are part of the suite.
    pub limits: LimitOverrides,
    /// What was asked of the isolation of tests.
    pub isolation: Isolating,
    /// Program, guest and extractor.
    pub versions: Versions,
}

impl Made {
    /// What rows of this suite are made with now.
    #[must_use]
    pub fn of(suite: &Suite, settings: &Settings) -> Made {
        let (limits, isolation) = (settings.limits.clone(), settings.isolating);
        Made { suite: suite.digest.clone(), limits, isolation, versions: Grader::versions() }
    }
}

/// A results file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The system said no.
    #[error("{doing} `{}`", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The rows were made with something else.
    #[error("`{}` was made with another {what}: {there}, now {now}; start over with `--fresh`, or write to another file", path.display())]
    MadeOtherwise {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the file was made with.
        there: String,
        /// What it would go on with.
        now: String,
    },
    /// There are rows, and nothing says what they were made with.
    #[error("`{}` has rows but no `{}` beside it that says what made them; start over with `--fresh`, or write to another file", path.display(), made.display())]
    MadeUnknown {
        /// The file.
        path: PathBuf,
        /// The missing file.
        made: PathBuf,
    },
    /// A line that is no row, and not the last.
    #[error("`{}`, line {line}: not a result row: {reason}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// An open results file and the rows that it had.
pub struct ResultsFile {
    path: PathBuf,
    file: File,
    rows: HashMap<(TaskId, SampleId), Report>,
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ResultsError {
    let path = path.to_owned();
    move |source| ResultsError::Io { doing, path, source }
}

impl ResultsFile {
    /// Opens a results file to go on with it. A torn last line is cut off; rows with a fault are dropped, to be run again.
    ///
    /// # Errors
    /// Where the file was made with something else, or can't be read.
    pub fn resume(path: &Path, made: &Made) -> Result<ResultsFile, ResultsError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed("reading", path)(error)),
        };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut rows = HashMap::new();
        let mut keep = Vec::new();
        for (position, line) in bytes[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let row: Report = serde_json::from_slice(line).map_err(|error| ResultsError::Row {
                path: path.to_owned(),
                line: position + 1,
                reason: error.to_string(),
            })?;
            // What could not be measured, or was our fault, is run again.
            if row.score.is_some() {
                keep.extend_from_slice(line);
                rows.insert((row.task_id.clone(), row.sample_id.clone()), row);
            }
        }
        if whole > 0 {
            check_made(path, made)?;
        }
        write_made(path, made)?;
        if keep.len() != bytes.len() {
            replace(path, &keep)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed("opening", path))?;
        Ok(ResultsFile { path: path.to_owned(), file, rows })
    }

    /// Starts over.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn fresh(path: &Path, made: &Made) -> Result<ResultsFile, ResultsError> {
        File::create(path).map_err(failed("making", path))?;
        write_made(path, made)?;
        let file = OpenOptions::new().append(true).open(path).map_err(failed("opening", path))?;
        Ok(ResultsFile { path: path.to_owned(), file, rows: HashMap::new() })
    }

    /// The row that is already there for a sample, of whatever program.
    #[must_use]
    pub fn row(&self, task_id: &TaskId, sample_id: &SampleId) -> Option<&Report> {
        self.rows.get(&(task_id.clone(), sample_id.clone()))
    }

    /// Appends one row, in one write, so that a kill tears at most the last line.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn append(&mut self, report: &Report) -> Result<(), ResultsError> {
        self.file.write_all(&line(report)).map_err(failed("writing", &self.path))
    }

    /// Ends the file: exactly these rows, in this order, so that the same samples give the same bytes.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn finish(self, reports: &[Report]) -> Result<(), ResultsError> {
        replace(&self.path, &reports.iter().flat_map(line).collect::<Vec<u8>>())
    }
}

fn line(report: &Report) -> Vec<u8> {
    let mut line = serde_json::to_vec(report).expect("a report is plain data");
    line.push(b'\n');
    line
}

/// Writes a whole file, or leaves the one that is there.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    let beside = beside(path, "new");
    fs::write(&beside, bytes).map_err(failed("writing", &beside))?;
    fs::rename(&beside, path).map_err(failed("replacing", path))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    PathBuf::from(name)
}

fn write_made(path: &Path, made: &Made) -> Result<(), ResultsError> {
    let path = beside(path, "made.json");
    let bytes = serde_json::to_vec_pretty(made).expect("it is plain data");
    fs::write(&path, bytes).map_err(failed("writing", &path))
}

fn check_made(path: &Path, now: &Made) -> Result<(), ResultsError> {
    let beside = beside(path, "made.json");
    let unknown = || ResultsError::MadeUnknown { path: path.to_owned(), made: beside.clone() };
    let bytes = fs::read(&beside).map_err(|_| unknown())?;
    let there: Made = serde_json::from_slice(&bytes).map_err(|_| unknown())?;
    let json = |limits: &LimitOverrides| serde_json::to_string(limits).unwrap_or_default();
    let differences = [
        ("suite", there.suite.clone(), now.suite.clone()),
        ("limits", json(&there.limits), json(&now.limits)),
        ("isolation", there.isolation.to_string(), now.isolation.to_string()),
        ("version", there.versions.proofhouse.clone(), now.versions.proofhouse.clone()),
        ("guest", there.versions.guest.clone(), now.versions.guest.clone()),
        ("extractor", there.versions.extractor.to_string(), now.versions.extractor.to_string()),
    ];
    match differences.into_iter().find(|(_, there, now)| there != now) {
        Some((what, there, now)) => {
            Err(ResultsError::MadeOtherwise { path: path.to_owned(), what, there: short(&there), now: short(&now) })
        }
        None => Ok(()),
    }
}

/// A digest needs only its first characters to be told from another.
fn short(text: &str) -> String {
    if text.len() == 64 { text[..12].to_owned() } else { text.to_owned() }
}
