//! Blocks of private keys. A header alone is none: programs that read keys have it.

use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::secrets::checks::entropy;
use crate::secrets::span;

const BEGIN: &str = "-----BEGIN ";

pub(crate) fn private_key(source: &Source<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(offset) = source.text[at..].find(BEGIN) {
        let start = at + offset;
        at = start + BEGIN.len();
        let Some((label, end)) = block(source.text, start) else { continue };
        let value = format!("({} characters)", end - start);
        hits.push(Hit { span: span(start, end), name: label.to_owned(), value, confidence: Level::High });
        at = end;
    }
    hits
}

/// What kind of key the block at `start` has, and where it ends.
fn block(text: &str, start: usize) -> Option<(&str, usize)> {
    // A key of 8192 bits has 6,400 characters; the quotes and marks of one string a line come on top.
    const LONGEST: usize = 16_000;
    // The shortest keys, of elliptic curves, have some 64 characters.
    const LEAST: usize = 60;
    const LONGEST_LABEL: usize = 40;
    let behind = text.get(start + BEGIN.len()..)?;
    let label = &behind[..behind.find("-----")?];
    let is_key = label.ends_with("PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK";
    if !is_key || label.len() > LONGEST_LABEL {
        return None;
    }
    let body_start = start + BEGIN.len() + label.len() + 5;
    let bytes = &text.as_bytes()[body_start..];
    let limit = bytes.len().min(LONGEST);
    let length = bytes[..limit].windows(5).position(|window| window == b"-----").unwrap_or(limit);
    let body = &bytes[..length];
    let mut letters = Vec::new();
    let mut is_escape = false;
    let mut run = 0_usize;
    let mut ends = 0;
    for (at, byte) in body.iter().enumerate() {
        match byte {
            _ if is_escape => is_escape = false,
            b'\\' => is_escape = true,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => {
                run += 1;
                letters.push(*byte);
                ends = at + 1;
                continue;
            }
            _ => {}
        }
        // Words between lines are no part of a key.
        if run < 4 {
            letters.truncate(letters.len() - run);
        }
        run = 0;
        if body[at..].starts_with(b"...") {
            return None;
        }
    }
    // Random base 64 of that length has more than five bits a character.
    let is_random = letters.len() >= LEAST && entropy(&letters[..letters.len().min(200)]) > 4.0;
    let is_closed = length < limit;
    let end = body_start + if is_closed { length } else { ends };
    is_random.then_some((label, end))
}

#[cfg(test)]
mod tests {
    use super::block;

    fn key(line: &str) -> String {
        let random = "MIIEpAIBAAKCAQEAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8S";
        ["-----BEGIN RSA ", "PRIVATE KEY-----", line, random, line, random, line, "-----END RSA ", "PRIVATE KEY-----"]
            .concat()
    }

    #[test]
    fn blocks_are_found_however_they_are_written() {
        for line in ["\n", "\\n", "\\n\" +\n    \"", "\n    ", " "] {
            let text = key(line);
            assert_eq!(block(&text, 0).map(|(label, _)| label), Some("RSA PRIVATE KEY"), "{text}");
        }
    }

    #[test]
    fn headers_and_placeholders_are_not() {
        let header = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
        let public =
            ["-----BEGIN ", "PUBLIC KEY-----\nMIIEpAIBAAKCAQEAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8S"]
                .concat();
        for text in [
            header.clone(),
            format!("{header}\n...\n-----END PRIVATE KEY-----"),
            format!("{header}\nMIIEpAIBAAKCAQEA...\n-----END PRIVATE KEY-----"),
            format!("{header}\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n-----END"),
            format!("if line.startswith(\"{header}\"):\n    return parse(line)\n"),
            public,
        ] {
            assert_eq!(block(&text, 0), None, "{text}");
        }
    }
}
