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
    /// Why the model stopped writing.
    #[serde(default, rename = "finish_reason", skip_serializing_if = "Finish::is_unknown")]
    pub finish: Finish,
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
        Submission {
            task_id: TaskId(task_id.to_owned()),
            sample_id: SampleId("0".to_owned()),
            model: None,
            finish: Finish::Unknown,
            text,
        }
    }
}

/// Why a model stopped writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// Nobody said.
    #[default]
    Unknown,
    /// It was done, or wrote a stop string.
    Stop,
    /// It ran into the limit on its tokens.
    Length,
}

impl Finish {
    /// Reads a reason as a server wrote it, in any case: `stop` and `length` (OpenAI, Ollama), `eos`, `eos_token`, `end_turn`,
    /// `stop_sequence` and `max_tokens` (others). Any other, such as `content_filter`, says nothing about the length of a reply.
    #[must_use]
    pub fn of_reason(reason: &str) -> Finish {
        match reason.to_ascii_lowercase().as_str() {
            "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => Finish::Stop,
            "length" | "max_tokens" => Finish::Length,
            _ => Finish::Unknown,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    fn is_unknown(&self) -> bool {
        *self == Finish::Unknown
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reasons: &[&str], expected: Finish) {
        for reason in reasons {
            assert_eq!(Finish::of_reason(reason), expected, "{reason}");
        }
    }

    #[test]
    fn servers_have_many_names_for_the_end() {
        check(&["stop", "STOP", "eos", "eos_token", "end_turn", "stop_sequence"], Finish::Stop);
        check(&["length", "max_tokens", "MAX_TOKENS"], Finish::Length);
        check(&["", "content_filter", "tool_calls", "unknown"], Finish::Unknown);
    }

    #[test]
    fn a_reason_is_written_where_it_is_known() {
        let submission = Submission::reply("a", "x");
        let written = serde_json::to_value(&submission).unwrap();
        assert_eq!(written.get("finish_reason"), None);
        assert_eq!(serde_json::from_value::<Submission>(written).unwrap(), submission);
        let cut_off = Submission { finish: Finish::Length, ..submission };
        let written = serde_json::to_value(&cut_off).unwrap();
        assert_eq!(written["finish_reason"], "length");
        assert_eq!(serde_json::from_value::<Submission>(written).unwrap(), cut_off);
    }
}
