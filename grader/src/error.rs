//! What grading can fail at, apart from what a submission does.

/// A failure of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The sandbox could not be used.
    #[error("sandbox")]
    Sandbox(#[from] proofhouse_runtime::Error),
    /// The submission is for another task.
    #[error("submission for task `{submission}` handed in for task `{task}`")]
    WrongTask {
        /// The task it was handed in for.
        task: String,
        /// The task that it says it is for.
        submission: String,
    },
}
