//! What a body may be read into, and where tasks stand in it.

use proofhouse_types::{BatchRequest, CheckRequest, RunRequest, ScoreRequest};
use serde::de::DeserializeOwned;

/// What a body may be read into.
pub(crate) trait Asked: DeserializeOwned + Send + 'static {
    /// Where tasks stand in it, which are held to all that the file of a task is held to.
    const TASKS: Tasks = Tasks::Nowhere;
}

/// Where tasks stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tasks {
    /// There are none.
    Nowhere,
    /// Under `task`.
    Here,
    /// Under `task` of each of `submissions`.
    InSubmissions,
}

impl Asked for RunRequest {}

impl Asked for CheckRequest {}

impl Asked for ScoreRequest {
    const TASKS: Tasks = Tasks::Here;
}

impl Asked for BatchRequest {
    const TASKS: Tasks = Tasks::InSubmissions;
}
