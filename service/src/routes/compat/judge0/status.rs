//! What became of a submission.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::routes::compat::ending::Signal;

/// Judge0's statuses. Compilation errors and formats that can't be executed don't come up: Python's syntax errors are errors at
/// run time there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    InQueue,
    Processing,
    Accepted,
    WrongAnswer,
    TimeLimitExceeded,
    CompilationError,
    Segmentation,
    FileSize,
    FloatingPoint,
    Abort,
    NonZeroExit,
    OtherSignal,
    InternalError,
    ExecFormat,
}

impl Status {
    pub(super) const ALL: [Status; 14] = [
        Status::InQueue,
        Status::Processing,
        Status::Accepted,
        Status::WrongAnswer,
        Status::TimeLimitExceeded,
        Status::CompilationError,
        Status::Segmentation,
        Status::FileSize,
        Status::FloatingPoint,
        Status::Abort,
        Status::NonZeroExit,
        Status::OtherSignal,
        Status::InternalError,
        Status::ExecFormat,
    ];

    pub(super) fn of_signal(signal: Signal) -> Status {
        match signal {
            Signal::Segmentation => Status::Segmentation,
            Signal::FileSize => Status::FileSize,
            Signal::Abort => Status::Abort,
            Signal::Kill => Status::OtherSignal,
        }
    }

    /// 1 to 14, in the order above.
    pub(super) fn id(self) -> u8 {
        self as u8 + 1
    }

    fn description(self) -> &'static str {
        match self {
            Status::InQueue => "In Queue",
            Status::Processing => "Processing",
            Status::Accepted => "Accepted",
            Status::WrongAnswer => "Wrong Answer",
            Status::TimeLimitExceeded => "Time Limit Exceeded",
            Status::CompilationError => "Compilation Error",
            Status::Segmentation => "Runtime Error (SIGSEGV)",
            Status::FileSize => "Runtime Error (SIGXFSZ)",
            Status::FloatingPoint => "Runtime Error (SIGFPE)",
            Status::Abort => "Runtime Error (SIGABRT)",
            Status::NonZeroExit => "Runtime Error (NZEC)",
            Status::OtherSignal => "Runtime Error (Other)",
            Status::InternalError => "Internal Error",
            Status::ExecFormat => "Exec Format Error",
        }
    }

    pub(super) fn json(self) -> Value {
        json!({ "id": self.id(), "description": self.description() })
    }
}
