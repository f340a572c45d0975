//! Tells the good rows of a batch from the bad ones, each by itself.

use std::collections::{HashMap, HashSet};

use proofhouse::TaskKey;
use proofhouse_types::{RowProblem, SampleId, ScoreRequest, TaskId};
use sha2::{Digest, Sha256};

use super::lines::Row;
use crate::error::ApiError;
use crate::routes::json::read_row;
use crate::routes::v1::submission::resolve;
use crate::state::AppState;
use crate::store::StagedRow;

/// Problems that are told: whoever has made more has made the same one again and again.
const MOST_PROBLEMS: usize = 100;

/// Characters of a problem's message, which may repeat what was sent.
const MOST_MESSAGE: usize = 500;

/// What is known of the rows so far.
pub(super) struct Sieve {
    state: AppState,
    suite: Option<String>,
    most_rows: usize,
    /// How many rows each task has had, bad ones included, as in the samples' files of the command line.
    counts: HashMap<Name, u64>,
    seen: HashSet<Name>,
    tasks: HashSet<TaskKey>,
    accepted: usize,
    /// The suite or the task that the first row names and that is not there.
    missing: Option<ApiError>,
    /// Rows that are no good.
    pub rejected: u64,
    /// What was wrong with the first of them.
    pub problems: Vec<RowProblem>,
}

/// Half a SHA-256 of a name: names have any length, and a batch has 100,000 of them.
type Name = [u8; 16];

fn name(parts: &[&str]) -> Name {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    *digest.finalize().first_chunk().expect("it has 32 bytes")
}

impl Sieve {
    /// Rows that name neither a suite nor a task are for this suite.
    pub(super) fn new(state: AppState, suite: Option<String>) -> Sieve {
        let most_rows = state.config.http.batch_submissions;
        Sieve {
            state,
            suite,
            most_rows,
            counts: HashMap::new(),
            seen: HashSet::new(),
            tasks: HashSet::new(),
            accepted: 0,
            missing: None,
            rejected: 0,
            problems: Vec::new(),
        }
    }

    /// The good ones of these rows.
    ///
    /// # Errors
    /// Where there are more rows, good and bad, than a batch may have.
    pub(super) fn sift(&mut self, rows: Vec<Row>) -> Result<Vec<StagedRow>, ApiError> {
        let mut good = Vec::with_capacity(rows.len());
        for Row { line, text } in rows {
            if self.accepted + self.rejected as usize >= self.most_rows {
                let message = format!("more than the {} submissions that a batch may have", self.most_rows);
                return Err(ApiError::invalid("submissions", message));
            }
            let staged = match text {
                Some(text) => self.staged(&text),
                None => Err((None, ApiError::TooLarge { most: self.state.config.http.body.0 }.to_string())),
            };
            match staged {
                Ok(row) => {
                    self.accepted += 1;
                    good.push(row);
                }
                Err((field, message)) => self.reject(line, field, &message),
            }
        }
        Ok(good)
    }

    /// Why there is no batch, where no row was good.
    pub(super) fn nothing_left(&mut self) -> Option<ApiError> {
        if self.accepted > 0 {
            return None;
        }
        let Some(RowProblem { line, field, message }) = self.problems.first() else {
            return Some(ApiError::invalid("submissions", "there is none"));
        };
        if let Some(missing) = self.missing.take() {
            return Some(missing);
        }
        let place = format!("submissions[{}]", line - 1);
        let field = field.as_ref().map_or_else(|| place.clone(), |field| format!("{place}.{field}"));
        Some(ApiError::Invalid {
            field: Some(field),
            message: format!("no submission can be used; the first: {message}"),
        })
    }

    fn reject(&mut self, line: u64, field: Option<String>, message: &str) {
        self.rejected += 1;
        if self.problems.len() < MOST_PROBLEMS {
            let message = message.chars().take(MOST_MESSAGE).collect();
            self.problems.push(RowProblem { line, field, message });
        }
    }

    fn staged(&mut self, text: &[u8]) -> Result<StagedRow, (Option<String>, String)> {
        let mut request: ScoreRequest = read_row(text, self.state.config.http.json_values)?;
        if request.task.is_none() && request.suite.is_none() {
            request.suite.clone_from(&self.suite);
        }
        let task_id: Option<&TaskId> = request.task.as_ref().map(|task| &task.id).or(request.task_id.as_ref());
        let number = task_id.map(|id| {
            let count = self.counts.entry(name(&[&id.0])).or_default();
            *count += 1;
            *count - 1
        });
        let named = request.sample_id.is_some();
        let (task, mut submission) = resolve(&self.state, request).map_err(|error| {
            if self.accepted == 0 && self.rejected == 0 && matches!(error, ApiError::NotFound { .. }) {
                self.missing = Some(error.clone());
            }
            said(error)
        })?;
        if let (false, Some(number)) = (named, number) {
            submission.sample_id = SampleId(number.to_string());
        }
        if !self.seen.insert(name(&[&submission.task_id.0, &submission.sample_id.0])) {
            let (sample, task) = (&submission.sample_id, &submission.task_id);
            let message = format!("sample `{sample}` of task `{task}` is there already");
            return Err((Some("sample_id".to_owned()), message));
        }
        let json = || String::from_utf8(task.json.to_vec()).expect("JSON is UTF-8");
        Ok(StagedRow {
            task_key: task.key.0.iter().map(|byte| format!("{byte:02x}")).collect(),
            task: self.tasks.insert(task.key).then(json),
            submission: serde_json::to_string(&submission).expect("texts serialise"),
        })
    }
}

/// The field and the words of what is wrong with a row.
fn said(error: ApiError) -> (Option<String>, String) {
    let message = error.to_string();
    let field = match error {
        ApiError::Invalid { field, .. } => field,
        ApiError::NotFound { what: "suite", .. } => Some("suite".to_owned()),
        ApiError::NotFound { what: "task", .. } => Some("task_id".to_owned()),
        _ => None,
    };
    (field, message)
}
