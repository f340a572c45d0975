//! Tasks as they come in from files, with their ids kept unique and their problems kept beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proofhouse_types::{Task, TaskId};

use super::companions::NativeFiles;
use super::problem::Problem;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Collection {
    pub(super) tasks: Vec<Task>,
    pub(super) natives: BTreeMap<TaskId, NativeFiles>,
    pub(super) problems: Vec<Problem>,
    places: BTreeMap<TaskId, (PathBuf, Option<usize>)>,
}

impl Collection {
    /// Adds a task, or the problem that its id is taken. The task that came first stays.
    pub(super) fn add(&mut self, task: Task, native: Option<NativeFiles>, file: &Path, line: Option<usize>) {
        if let Some((other, at)) = self.places.get(&task.id) {
            let place = match at {
                Some(line) => format!("{}:{line}", other.display()),
                None => other.display().to_string(),
            };
            return self.problem(file, line, format!("task `{}` is there already, in `{place}`", task.id));
        }
        self.places.insert(task.id.clone(), (file.to_owned(), line));
        if let Some(native) = native {
            self.natives.insert(task.id.clone(), native);
        }
        self.tasks.push(task);
    }

    pub(super) fn problem(&mut self, file: &Path, line: Option<usize>, message: String) {
        self.problems.push(Problem { file: file.to_owned(), line, message });
    }
}
