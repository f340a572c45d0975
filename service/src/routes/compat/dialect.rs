//! Errors of what stands before the handlers - keys, rates, sizes - in the words of the API that was called.

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{judge0, piston, sandbox_fusion};
use crate::error::{ApiError, Foreign};

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    SandboxFusion,
    Piston,
    Judge0,
}

impl Dialect {
    /// The API that an address is of.
    fn of(path: &str) -> Option<Dialect> {
        let is_at = |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if sandbox_fusion::PATHS.contains(&path) {
            Some(Dialect::SandboxFusion)
        } else if path.starts_with(piston::PREFIX) {
            Some(Dialect::Piston)
        } else if judge0::PATHS.iter().any(|start| is_at(start)) {
            Some(Dialect::Judge0)
        } else {
            None
        }
    }

    fn foreign(self, error: &ApiError) -> Foreign {
        match self {
            Dialect::SandboxFusion => sandbox_fusion::foreign(error),
            Dialect::Piston => piston::foreign(error),
            Dialect::Judge0 => judge0::foreign(error),
        }
    }
}

/// A layer outside of all that refuses requests. What was added to the answer stays, but for its type.
pub(crate) async fn in_dialect(request: Request, next: Next) -> Response {
    let dialect = Dialect::of(request.uri().path());
    let mut response = next.run(request).await;
    let error = response.extensions_mut().remove::<ApiError>();
    let (Some(dialect), Some(error)) = (dialect, error) else { return response };
    let (said, body) = dialect.foreign(&error).into_response().into_parts();
    let (mut parts, _) = response.into_parts();
    parts.status = said.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(said.headers);
    Response::from_parts(parts, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_the_api() {
        let cases = [
            ("/run_code", Some(Dialect::SandboxFusion)),
            ("/run_code/x", None),
            ("/api/v2/piston/execute", Some(Dialect::Piston)),
            ("/submissions", Some(Dialect::Judge0)),
            ("/submissions/batch", Some(Dialect::Judge0)),
            ("/submissionsx", None),
            ("/about", Some(Dialect::Judge0)),
            ("/v1/run", None),
            ("/", None),
        ];
        for (path, expected) in cases {
            assert_eq!(Dialect::of(path), expected, "{path}");
        }
    }
}
