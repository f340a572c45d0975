//! Credentials inside a longer text: lines of a configuration, JSON, a query of an address, a header.

use crate::schema::Level;
use crate::secrets::checks::decode_64;
use crate::secrets::names::{self, Promise};
use crate::secrets::values::{self, judge, looks_random};

/// A credential inside a text, as a range of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inner<'t> {
    pub(super) name: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) confidence: Level,
}

/// Whether a value needs quotes to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    Needed,
    Optional,
}

/// The names with a value in a text.
pub(super) fn pairs<'t>(text: &'t str, quotes: Quotes) -> Vec<Inner<'t>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = bytes[at..].iter().position(|byte| matches!(byte, b'=' | b':' | b'>')) {
        let operator = at + offset;
        at = operator + 1;
        let Some(name) = name_before(text, operator) else { continue };
        let Some(promise) = names::promise(name) else { continue };
        let Some((start, end, is_quoted)) = value_behind(bytes, operator) else { continue };
        let Some(value) = text.get(start..end) else { continue };
        if quotes == Quotes::Needed && !is_quoted {
            continue;
        }
        if let Some(confidence) = judge_inner(value, name, promise, is_quoted) {
            found.push(Inner { name, start, end, confidence });
            at = end;
        }
    }
    found
}

/// The credential of a header's value: what follows `Bearer` or `Basic`.
pub(super) fn authorization(text: &str) -> Option<(usize, usize)> {
    const SCHEMES: [&str; 6] = ["Bearer ", "bearer ", "Basic ", "token ", "Token ", "ApiKey "];
    SCHEMES.iter().find_map(|scheme| {
        let at = text.find(scheme)?;
        let start = at + scheme.len();
        let length = text[start..]
            .bytes()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'=' | b'+' | b'/' | b'~')
            })
            .count();
        let value = &text[start..start + length];
        let starts = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let is_real = match *scheme {
            "Basic " => is_name_and_password(value),
            _ => length >= 12 && looks_random(value) && !values::is_placeholder(value),
        };
        (starts && is_real).then_some((start, start + length))
    })
}

fn is_name_and_password(encoded: &str) -> bool {
    let mut decoded = [0; 120];
    let length = decode_64(encoded.as_bytes(), &mut decoded);
    let decoded = &decoded[..length];
    let colon = decoded.iter().position(|byte| *byte == b':');
    let is_text = decoded.iter().all(|byte| matches!(byte, b' '..=b'~'));
    is_text && colon.is_some_and(|colon| colon > 0 && colon + 1 < length)
}

fn name_before(text: &str, operator: usize) -> Option<&str> {
    const LONGEST: usize = 60;
    let bytes = text.as_bytes();
    let floor = operator.saturating_sub(LONGEST);
    let mut end = operator;
    let is_tag = bytes[operator] == b'>';
    let mut quoted = false;
    while end > floor && matches!(bytes[end - 1], b' ' | b'"' | b'\'' | b'\\') && !is_tag {
        quoted |= bytes[end - 1] != b' ';
        end -= 1;
    }
    let mut start = end;
    while start > floor && (bytes[start - 1].is_ascii_alphanumeric() || matches!(bytes[start - 1], b'_' | b'-')) {
        start -= 1;
    }
    let before = start.checked_sub(1).map_or(b'\n', |at| bytes[at]);
    let fits = match bytes[operator] {
        // A line, or a key in quotes: `password: ` within a sentence is none.
        b':' => {
            quoted
                || matches!(before, b'\n')
                || bytes[floor..start].iter().rev().find(|byte| **byte != b' ') == Some(&b'\n')
        }
        b'>' => before == b'<',
        _ => true,
    };
    (fits && start < end).then(|| &text[start..end])
}

fn value_behind(bytes: &[u8], operator: usize) -> Option<(usize, usize, bool)> {
    const LONGEST: usize = 200;
    let mut start = operator + 1;
    while matches!(bytes.get(start), Some(b' ' | b'\\' | b'=')) {
        start += 1;
    }
    let quote = bytes.get(start).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    start += usize::from(quote.is_some());
    let limit = bytes.len().min(start + LONGEST);
    let rest = bytes.get(start..limit)?;
    let length = rest
        .iter()
        .position(|byte| match quote {
            Some(quote) => *byte == quote || matches!(byte, b'\\' | b'\n'),
            None => {
                byte.is_ascii_whitespace()
                    || matches!(byte, b',' | b';' | b'&' | b'"' | b'\'' | b'<' | b'}' | b')' | b'\\' | b'`')
            }
        })
        .unwrap_or(rest.len());
    (length > 0).then_some((start, start + length, quote.is_some()))
}

/// Inside a text nothing but its look tells a value from a word of a manual.
fn judge_inner(value: &str, name: &str, promise: Promise, is_quoted: bool) -> Option<Level> {
    let confidence = judge(value, name, promise)?;
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_mark = value.bytes().any(|byte| matches!(byte, b'!' | b'@' | b'#' | b'$' | b'^' | b'*'));
    let is_constant = name.bytes().all(|byte| !byte.is_ascii_lowercase());
    let is_shouted = value.bytes().all(|byte| !byte.is_ascii_lowercase());
    let is_sure = looks_random(value) || ((has_digit || has_mark) && value.len() >= 5);
    let is_likely = is_quoted || (is_constant && !is_shouted && value.len() >= 5);
    (is_sure || is_likely).then_some(confidence.min(if is_sure { Level::High } else { Level::Medium }))
}

/// What a whole literal `${jwt.secret:value}` names, and where the value begins that stands for it where it is not set.
pub(super) fn fallback(content: &str) -> Option<(&str, usize)> {
    let inner = content.strip_prefix("${")?.strip_suffix('}')?;
    let (path, value) = inner.split_once(':')?;
    let is_path = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    let dash = usize::from(value.starts_with('-'));
    is_path.then(|| (path.rsplit('.').next().unwrap_or(path), 2 + path.len() + 1 + dash))
}

#[cfg(test)]
mod tests {
    use super::{Quotes, authorization, pairs};

    #[test]
    fn pairs_inside_texts_are_found() {
        for (text, expected) in [
            (r#"{"password": "hunter2"}"#, "hunter2"),
            (r#"{\"password\": \"hunter2\"}"#, "hunter2"),
            ("DB_HOST=x\nDB_PASSWORD=swordfish\n", "swordfish"),
            ("password: s3cr3tpw\nuser: x", "s3cr3tpw"),
            ("https://api.test/v1?api_key=a1b2c3d4e5f6&x=1", "a1b2c3d4e5f6"),
            ("<password>hunter2</password>", "hunter2"),
            ("SELECT 1 FROM t WHERE password = 'hunter2'", "hunter2"),
        ] {
            let found = pairs(text, Quotes::Optional);
            assert_eq!(found.first().map(|inner| &text[inner.start..inner.end]), Some(expected), "{text}");
        }
    }

    #[test]
    fn words_of_manuals_are_not() {
        for text in [
            "usage: --password=PASSWORD",
            "Invalid password: try again",
            "The password: must have 8 characters",
            "<input type=\"password\" name=\"password\" id=\"password\">",
            "password=",
            "password={password}",
            "SELECT * FROM users WHERE password = ?",
            "WHERE password = %s AND x = 1",
            "token_url=https://x.test/token",
            "password = :password",
        ] {
            assert_eq!(pairs(text, Quotes::Optional), [], "{text}");
        }
    }

    #[test]
    fn headers_are_read() {
        for (text, expected) in [
            ("Bearer a1b2c3d4e5f6g7h8", Some("a1b2c3d4e5f6g7h8")),
            ("Authorization: Bearer a1b2c3d4e5f6g7h8", Some("a1b2c3d4e5f6g7h8")),
            ("Basic YWRtaW46aHVudGVyMg==", Some("YWRtaW46aHVudGVyMg==")),
            ("Bearer ", None),
            ("Bearer token", None),
            ("Basic authentication", None),
            ("Bearer YOUR_TOKEN_1", None),
        ] {
            assert_eq!(authorization(text).map(|(start, end)| &text[start..end]), expected, "{text}");
        }
    }
}
