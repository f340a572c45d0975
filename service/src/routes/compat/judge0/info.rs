//! What clients ask of the server itself.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::VERSION;
use super::handlers::MOST_IN_BATCH;
use super::request::Ranges;
use super::status::Status;
use crate::state::AppState;

pub(super) async fn statuses() -> Json<Value> {
    Json(Value::Array(Status::ALL.iter().map(|status| status.json()).collect()))
}

pub(super) async fn about() -> Json<Value> {
    Json(json!({
        "version": VERSION,
        "homepage": "",
        "source_code": "",
        "maintainer": format!("Proofhouse {}", env!("CARGO_PKG_VERSION")),
    }))
}

pub(super) async fn version() -> &'static str {
    VERSION
}

pub(super) async fn isolate() -> String {
    format!("Proofhouse {}: WebAssembly in locked-down worker processes\n", env!("CARGO_PKG_VERSION"))
}

pub(super) async fn license() -> &'static str {
    "MIT OR Apache-2.0\n"
}

/// Nothing of the machine is told but what runs programs.
pub(super) async fn system() -> Json<Value> {
    Json(json!({ "Architecture": std::env::consts::ARCH, "Sandbox": "WebAssembly" }))
}

pub(super) async fn workers(State(state): State<AppState>) -> Json<Value> {
    let ready = state.dispatcher.is_ready();
    Json(
        json!([{ "queue": VERSION, "available": i32::from(ready), "idle": i32::from(ready), "working": 0, "paused": 0, "failed": 0 }]),
    )
}

pub(super) async fn config(State(state): State<AppState>) -> Json<Value> {
    let ranges = Ranges::of(&state.config.ceilings);
    let whole = |number: f64| number as u64;
    Json(json!({
        "maintenance_mode": false,
        "enable_wait_result": true,
        "enable_compiler_options": false,
        "allowed_languages_for_compile_options": [],
        "enable_command_line_arguments": true,
        "enable_submission_delete": false,
        "enable_callbacks": false,
        "callbacks_max_tries": 0,
        "callbacks_timeout": 0.0,
        "enable_additional_files": true,
        "max_queue_size": state.config.queue.length,
        "cpu_time_limit": ranges.cpu_time_limit.default,
        "max_cpu_time_limit": ranges.cpu_time_limit.most,
        "cpu_extra_time": ranges.cpu_extra_time.default,
        "max_cpu_extra_time": ranges.cpu_extra_time.most,
        "wall_time_limit": ranges.wall_time_limit.default,
        "max_wall_time_limit": ranges.wall_time_limit.most,
        "memory_limit": whole(ranges.memory_limit.default),
        "max_memory_limit": whole(ranges.memory_limit.most),
        "stack_limit": whole(ranges.stack_limit.default),
        "max_stack_limit": whole(ranges.stack_limit.most),
        "max_processes_and_or_threads": whole(ranges.max_processes_and_or_threads.default),
        "max_max_processes_and_or_threads": whole(ranges.max_processes_and_or_threads.most),
        "enable_per_process_and_thread_time_limit": false,
        "allow_enable_per_process_and_thread_time_limit": true,
        "enable_per_process_and_thread_memory_limit": false,
        "allow_enable_per_process_and_thread_memory_limit": true,
        "max_file_size": whole(ranges.max_file_size.default),
        "max_max_file_size": whole(ranges.max_file_size.most),
        "number_of_runs": whole(ranges.number_of_runs.default),
        "max_number_of_runs": whole(ranges.number_of_runs.most),
        "redirect_stderr_to_stdout": false,
        // Kilobytes: what a workspace holds by default.
        "max_extract_size": 16_384,
        "enable_batched_submissions": true,
        "max_submission_batch_size": MOST_IN_BATCH,
        "submission_cache_duration": 0.0,
        "use_docs_as_homepage": false,
        "allow_enable_network": false,
        "enable_network": false,
    }))
}
