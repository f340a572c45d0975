//! A submission: one candidate program for one task, with where it came from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TaskId;

/// Tells the samples of one task apart. By default the index of the sample within its task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SampleId(pub String);

impl std::fmt::Display for SampleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One candidate program for one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Submission {
    /// The task that it answers.
    pub task_id: TaskId,
    /// Which sample of the task it is.
    pub sample_id: SampleId,
    /// The model that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What was written.
    pub text: SubmissionText,
}

impl Submission {
    /// A whole program for a task.
    #[must_use]
    pub fn program(task_id: &str, code: &str) -> Submission {
        Submission::of(task_id, SubmissionText::Program(code.to_owned()))
    }

    /// A model's reply to a task's prompt.
    #[must_use]
    pub fn reply(task_id: &str, text: &str) -> Submission {
        Submission::of(task_id, SubmissionText::Reply(text.to_owned()))
    }

    fn of(task_id: &str, text: SubmissionText) -> Submission {
        Submission { task_id: TaskId(task_id.to_owned()), sample_id: SampleId("0".to_owned()), model: None, text }
    }
}

/// What a submission's text is, which decides how its program is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionText {
    /// A whole program, taken as it is.
    Program(String),
    /// What a model went on with after the task's prompt, or a whole reply with prose around the code.
    Reply(String),
}
