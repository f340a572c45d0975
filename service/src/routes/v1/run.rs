//! `POST /v1/run`: one whole program.

use std::collections::BTreeSet;

use aide::transform::TransformOperation;
use axum::extract::State;
use proofhouse_types::{Limits, MOST_PATH_BYTES, RaisedException, RunReport, RunRequest};

use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::routes::json::Json;
use crate::routes::v1::submission::check_limits;
use crate::state::AppState;
use crate::worker::{ProgramFrame, RunFrame};

pub(crate) async fn run(
    State(state): State<AppState>,
    client: Client,
    Json(request): Json<RunRequest>,
) -> Result<Json<RunReport>, ApiError> {
    let RunRequest { code, stdin, arguments, files, limits } = request;
    check_limits(&state, &limits, "limits")?;
    check_paths(files.keys())?;
    let program = ProgramFrame {
        name: "main.py".to_owned(),
        source: code.into_bytes(),
        arguments,
        stdin: stdin.into_bytes(),
        files: files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect(),
    };
    let limits = limits.over(&Limits::default());
    let run = state.dispatcher.run(&client, program, &limits, state.patience()).await?;
    Ok(Json(report(run)))
}

/// Whether files can have these paths: below the working directory, and none of them a folder of another.
fn check_paths<'p>(paths: impl Iterator<Item = &'p String>) -> Result<(), ApiError> {
    let paths: BTreeSet<&str> = paths.map(String::as_str).collect();
    for path in &paths {
        let is_name = |name: &str| !["", ".", ".."].contains(&name) && !name.contains('\0');
        if path.len() > MOST_PATH_BYTES || !path.split('/').all(is_name) {
            let message = format!("`{path}` is no path of a file in the working directory");
            return Err(ApiError::invalid("files", message));
        }
        let folder = format!("{path}/");
        if paths.range(folder.as_str()..).next().is_some_and(|other| other.starts_with(&folder)) {
            return Err(ApiError::invalid("files", format!("`{path}` is a file and a folder")));
        }
    }
    Ok(())
}

fn report(run: RunFrame) -> RunReport {
    let RunFrame { outcome, message, exception, exit_code, fuel, stdout, stderr, files } = run;
    let exception = exception.map(|(kind, message, traceback)| RaisedException { kind, message, traceback });
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    RunReport {
        outcome,
        message,
        exit_code,
        exception,
        fuel,
        stdout: text(&stdout),
        stderr: text(&stderr),
        files: files.into_keys().collect(),
    }
}

pub(crate) fn document(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.id("run").summary("Run a program").description(
        "Runs a Python program in the sandbox. What it does, limits among it, is in the answer: the status is 200 whenever \
         it could be run.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can_be(paths: &[&str]) -> bool {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        check_paths(paths.iter()).is_ok()
    }

    #[test]
    fn files_stay_below_the_working_directory() {
        let longest = "a".repeat(MOST_PATH_BYTES);
        for path in ["a", "a/b.txt", ".a", "..a/...", "a b", "é", &longest] {
            assert!(can_be(&[path]), "{path}");
        }
        for path in ["", "/", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", "a\0b", &format!("{longest}a")]
        {
            assert!(!can_be(&[path]), "{path}");
        }
    }

    #[test]
    fn no_file_is_a_folder_too() {
        assert!(can_be(&["a/b", "a/c", "ab"]));
        assert!(!can_be(&["a", "a/b"]));
        assert!(!can_be(&["a/b", "a/b/c"]));
    }
}
