//! What an HTTP status and a server's error text mean.

use proofhouse_types::{FailureKind, GenerationFailure};
use serde_json::Value;

use crate::clean::one_line;

/// A failure with what the server said, in one line, however long. It is cut when it goes out, and not before: half a key
/// is not known for one.
pub(crate) fn failure(kind: FailureKind, message: &str) -> GenerationFailure {
    GenerationFailure { kind, message: one_line(message) }
}

/// What a backend or a model can't do.
pub(crate) fn unsupported(message: &str) -> GenerationFailure {
    failure(FailureKind::Unsupported, message)
}

/// What an answer with another status than 2xx means.
pub(crate) fn of_status(status: u16, body: &[u8]) -> GenerationFailure {
    let text = String::from_utf8_lossy(body);
    let said = serde_json::from_str::<Value>(&text).ok().and_then(|body| said(&body)).unwrap_or(text.into_owned());
    let by_status = match status {
        401 | 403 => FailureKind::Unauthorized,
        // llama.cpp, of models without tokens for it.
        501 => FailureKind::Unsupported,
        429 => FailureKind::RateLimited,
        // The server waited too long for the request: its failure, as it was sent at once.
        408 | 500.. => FailureKind::ServerError,
        _ => FailureKind::Rejected,
    };
    let kind = match by_status {
        FailureKind::Rejected | FailureKind::ServerError => of_text(&said).unwrap_or(by_status),
        known => known,
    };
    failure(kind, &format!("HTTP {status}: {said}"))
}

/// What an error in mid-stream means.
pub(crate) fn in_stream(error: &Value) -> GenerationFailure {
    let said = said(error).unwrap_or_else(|| error.to_string());
    let status = error.get("code").and_then(Value::as_u64);
    let kind = error.get("type").and_then(Value::as_str).unwrap_or_default();
    let kind = match (kind, status) {
        ("rate_limit_error", _) | (_, Some(429)) => FailureKind::RateLimited,
        (_, _) => of_text(&said).unwrap_or(FailureKind::ServerError),
    };
    failure(kind, &said)
}

/// What servers say in their own ways: `{"error": {"type", "code", "message"}}`, `{"error": "…"}`, `{"message"}` or `{"detail"}`.
fn said(body: &Value) -> Option<String> {
    let error = body.get("error").unwrap_or(body);
    let message =
        [error.get("message"), error.get("detail"), Some(error)].into_iter().flatten().find_map(Value::as_str)?;
    let mut words: Vec<&str> = ["type", "code"].iter().filter_map(|name| error.get(name)?.as_str()).collect();
    words.dedup();
    words.push(message);
    Some(words.join(": "))
}

/// What an error's text alone tells; servers put these under statuses that say less.
fn of_text(said: &str) -> Option<FailureKind> {
    let lower = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        // llama.cpp; OpenAI and vLLM; Anthropic; Ollama; LM Studio.
        "exceed_context_size_error",
        "context_length_exceeded",
        "maximum context length",
        "prompt is too long",
        "exceeds the context length",
        "exceeds the available context",
        "exceed context limit",
        "greater than the context length",
    ]) {
        Some(FailureKind::ContextOverflow)
    } else if lower.contains("model") && has(&["not found", "not_found", "does not exist"]) {
        Some(FailureKind::UnknownModel)
    } else if has(&["does not support", "not supported by this model", "infill is not supported"]) {
        Some(FailureKind::Unsupported)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, kind: FailureKind, message: &str) {
        let expected = GenerationFailure { kind, message: message.to_owned() };
        assert_eq!(of_status(status, body.as_bytes()), expected, "{status} {body}");
    }

    #[test]
    fn a_refusal_is_named_by_its_status_and_text() {
        let overflow =
            r#"{"error":{"code":400,"message":"request (6001 tokens) exceeds it","type":"exceed_context_size_error"}}"#;
        check(
            400,
            overflow,
            FailureKind::ContextOverflow,
            "HTTP 400: exceed_context_size_error: request (6001 tokens) exceeds it",
        );
        let coded =
            r#"{"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"too many"}}"#;
        check(
            400,
            coded,
            FailureKind::ContextOverflow,
            "HTTP 400: invalid_request_error: context_length_exceeded: too many",
        );
        let coded = r#"{"error":{"type":"invalid_request_error","code":"model_not_found","message":"`x`"}}"#;
        check(404, coded, FailureKind::UnknownModel, "HTTP 404: invalid_request_error: model_not_found: `x`");
        let twice = r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"pay"}}"#;
        check(429, twice, FailureKind::RateLimited, "HTTP 429: insufficient_quota: pay");
        check(400, "\u{1b}[2Ja\u{9b}b\tc", FailureKind::Rejected, "HTTP 400: �[2Ja�b c");
        let missing = r#"{"error":"model 'x' not found"}"#;
        check(404, missing, FailureKind::UnknownModel, "HTTP 404: model 'x' not found");
        check(401, "no\n key", FailureKind::Unauthorized, "HTTP 401: no key");
        check(429, "{}", FailureKind::RateLimited, "HTTP 429: {}");
        check(500, "", FailureKind::ServerError, "HTTP 500:");
        check(408, "", FailureKind::ServerError, "HTTP 408:");
        check(501, "", FailureKind::Unsupported, "HTTP 501:");
        check(404, "not here", FailureKind::Rejected, "HTTP 404: not here");
        check(
            400,
            r#"{"error":"\"x\" does not support thinking"}"#,
            FailureKind::Unsupported,
            r#"HTTP 400: "x" does not support thinking"#,
        );
    }
}
