//! Reads the request line and the headers, and what they say of the body. Errors are status codes.

use std::collections::BTreeMap;

use super::request::{BODY_BYTES, Request};

pub(crate) struct Head {
    /// The request without its body.
    pub request: Request,
    /// Whether the client waits for leave to send the body.
    pub expects: bool,
    pub framing: Framing,
}

/// How the end of the body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(usize),
    Chunked,
}

pub(crate) fn read_head(lines: &[Vec<u8>]) -> Result<Head, u16> {
    let (first, lines) = lines.split_first().ok_or(400_u16)?;
    let first = std::str::from_utf8(first).map_err(|_| 400_u16)?;
    let mut parts = first.split(' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(400);
    };
    let kept = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        _ if version.starts_with("HTTP/") => return Err(505),
        _ => return Err(400),
    };
    if !is_token(method.as_bytes()) || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(400);
    }
    let headers = read_headers(lines)?;
    let says = |name: &str, word: &str| {
        let value = headers.get(name).map_or("", String::as_str);
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    // A second `Host` would have been joined to the first.
    if kept && headers.get("host").is_none_or(|host| host.contains(',')) {
        return Err(400);
    }
    let framing = match (headers.get("transfer-encoding"), headers.get("content-length")) {
        (Some(_), Some(_)) => return Err(400),
        (Some(encoding), None) if encoding.eq_ignore_ascii_case("chunked") => Framing::Chunked,
        (Some(_), None) => return Err(501),
        (None, Some(length)) => Framing::Length(body_length(length)?),
        (None, None) => Framing::Length(0),
    };
    let expects = says("expect", "100-continue");
    let last = says("connection", "close") || !kept && !says("connection", "keep-alive");
    let (method, target) = (method.to_owned(), origin_form(target)?.to_owned());
    Ok(Head { request: Request { method, target, headers, body: Vec::new(), last }, expects, framing })
}

fn read_headers(lines: &[Vec<u8>]) -> Result<BTreeMap<String, String>, u16> {
    let mut headers = BTreeMap::<String, String>::new();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':').ok_or(400_u16)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let printable = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if !is_token(name) || !value.iter().all(printable) {
            return Err(400);
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let value: String = value.iter().copied().map(char::from).collect();
        headers.entry(name).and_modify(|earlier| *earlier = format!("{earlier}, {value}")).or_insert(value);
    }
    Ok(headers)
}

/// Path and query of a target, which may be a whole URL. Where it goes is the connection's affair.
fn origin_form(target: &str) -> Result<&str, u16> {
    let path = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.find(['/', '?']).map_or("/", |start| &rest[start..]),
        _ => target,
    };
    if path.starts_with(['/', '?']) { Ok(path) } else { Err(400) }
}

fn body_length(text: &str) -> Result<usize, u16> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(400);
    }
    text.parse().ok().filter(|length| *length <= BODY_BYTES).ok_or(413)
}

fn is_token(bytes: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(allowed)
}
