//! From what was asked to a task and a submission that workers can take.

use std::sync::Arc;

use proofhouse::suite::problems_of_limits;
use proofhouse_types::{LimitOverrides, Limits, SampleId, ScoreRequest, Submission, SubmissionText, Task};

use crate::dispatcher::ReadyTask;
use crate::error::ApiError;
use crate::state::AppState;

/// The task and the submission of a request.
///
/// # Errors
/// What is missing, too much, unknown or above a ceiling, with its field.
pub(crate) fn resolve(state: &AppState, request: ScoreRequest) -> Result<(Arc<ReadyTask>, Submission), ApiError> {
    let ScoreRequest { task, suite, task_id, code, reply, finish_reason, sample_id, model, limits } = request;
    check_limits(state, &limits, "limits")?;
    let text = match (code, reply) {
        (Some(code), None) => SubmissionText::Program(code),
        (None, Some(reply)) => SubmissionText::Reply(reply),
        (None, None) => return Err(ApiError::invalid("code", "missing: expected `code` or `reply`")),
        (Some(_), Some(_)) => return Err(ApiError::invalid("reply", "expected either `code` or `reply`, not both")),
    };
    let served = match (task, suite, task_id) {
        (Some(task), None, task_id) => {
            if let Some(task_id) = task_id.filter(|task_id| *task_id != task.id) {
                let message = format!("`{task_id}` is not the id of the task beside it, `{}`", task.id);
                return Err(ApiError::invalid("task_id", message));
            }
            check_limits(state, &task.limits, "task.limits")?;
            Arc::new(ReadyTask::of(task))
        }
        (None, Some(suite), Some(task_id)) => {
            let not_found = |what, name| ApiError::NotFound { what, name };
            let served = state.suites.0.get(&suite).ok_or_else(|| not_found("suite", suite.clone()))?;
            served.task(&task_id).ok_or_else(|| not_found("task", task_id.to_string()))?.clone()
        }
        (Some(_), Some(_), _) => {
            return Err(ApiError::invalid("suite", "expected either `task` or `suite`, not both"));
        }
        (None, Some(_), None) => return Err(ApiError::invalid("task_id", "missing: `suite` alone names no task")),
        (None, None, _) => {
            return Err(ApiError::invalid("task", "missing: expected `task`, or `suite` and `task_id`"));
        }
    };
    let ready = with_limits(served, &limits);
    let submission = Submission {
        task_id: ready.task.id.clone(),
        sample_id: sample_id.unwrap_or_else(|| SampleId("0".to_owned())),
        model,
        finish: finish_reason.unwrap_or_default(),
        text,
    };
    Ok((ready, submission))
}

/// The task under the limits of a request, which makes another task of it.
fn with_limits(ready: Arc<ReadyTask>, limits: &LimitOverrides) -> Arc<ReadyTask> {
    if *limits == LimitOverrides::default() {
        return ready;
    }
    let merged = limits.or(&ready.task.limits);
    Arc::new(ReadyTask::of(Task { limits: merged, ..ready.task.clone() }))
}

/// Whether limits are within what the settings and the guest allow.
///
/// # Errors
/// The first limit that is not, by its field below `field`.
pub(crate) fn check_limits(state: &AppState, limits: &LimitOverrides, field: &str) -> Result<(), ApiError> {
    if let Some((name, ceiling)) = state.config.ceilings.exceeded(limits) {
        return Err(ApiError::invalid(&format!("{field}.{name}"), format!("above this server's ceiling of {ceiling}")));
    }
    if let Some(problem) = problems_of_limits(limits).into_iter().next() {
        let name = problem.field.trim_start_matches("limits");
        return Err(ApiError::invalid(&format!("{field}{name}"), problem.message));
    }
    let Some(hello) = state.dispatcher.hello() else { return Ok(()) };
    let Limits { memory, stack, .. } = limits.over(&Limits::default());
    if memory.0 < hello.least_memory {
        let message = format!("the interpreter alone needs {} bytes", hello.least_memory);
        return Err(ApiError::invalid(&format!("{field}.memory"), message));
    }
    if stack.0 > hello.most_stack {
        let message = format!("above the {} bytes that a thread has", hello.most_stack);
        return Err(ApiError::invalid(&format!("{field}.stack"), message));
    }
    Ok(())
}
