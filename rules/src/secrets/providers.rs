//! The form of a provider's keys, and the match of a text against it.

use crate::schema::Level;
use crate::secrets::checks::{CHECKSUM_DIGITS, checksum_62, is_jwt_header, is_made_up};

/// A provider's keys of one form.
#[derive(Debug)]
pub(super) struct Provider {
    /// Known by it in samples: `github`.
    #[cfg_attr(not(test), expect(dead_code, reason = "samples are made in tests"))]
    pub(super) key: &'static str,
    /// What a message calls it.
    pub(super) name: &'static str,
    pub(super) anchor: Anchor,
    /// What follows the anchor.
    pub(super) parts: &'static [Part],
    pub(super) check: Check,
}

/// What a key is found by.
#[derive(Debug)]
pub(super) enum Anchor {
    /// What it begins with, in this very case.
    Prefix(&'static [&'static str]),
    /// What it has in the middle, and what stands before that.
    Infix { text: &'static str, before: Part },
    /// A word, in any case, that stands shortly before it: the key alone is like many others.
    Keyword(&'static [&'static str]),
}

/// A part of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Text(&'static str),
    Run { of: Alphabet, least: usize, most: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    Digit,
    Hex,
    /// `A-Z2-7`.
    Base32,
    UpperDigit,
    LowerDigit,
    Alnum,
    /// Letters, digits, `_` and `-`.
    Word,
    /// Letters, digits, `_`, `-`, `=` and `%`.
    Token,
    /// Letters, digits, `_`, `-`, `.` and `~`.
    Dotted,
    Base64,
}

/// What is looked at besides the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    None,
    /// The last six characters are a checksum of the others. One that is wrong makes it less sure: it is still no text that
    /// belongs into a program.
    Checksum,
    /// The first part decodes to JSON with an algorithm.
    Jwt,
    /// Eight, and four times four, digits with dashes between.
    Uuid,
    /// It has a digit and a letter: words of a program have the same form.
    Mixed,
}

/// A key that was found, as a range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) confidence: Level,
}

impl Alphabet {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
            Self::UpperDigit => matches!(byte, b'A'..=b'Z' | b'0'..=b'9'),
            Self::LowerDigit => matches!(byte, b'a'..=b'z' | b'0'..=b'9'),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'%'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
        }
    }
}

impl Provider {
    /// Matches at an anchor that was found at `start..end`.
    pub(super) fn matches(&self, text: &str, start: usize, end: usize) -> Option<Match> {
        let bytes = text.as_bytes();
        let (key_start, body_start) = match self.anchor {
            Anchor::Prefix(prefixes) => {
                let found = text.get(start..end)?;
                prefixes.contains(&found).then_some((start, end))?
            }
            Anchor::Infix { text: infix, before } => {
                if text.get(start..end)? != infix {
                    return None;
                }
                (back(bytes, start, before)?, end)
            }
            Anchor::Keyword(_) => {
                let value = value_behind(bytes, end)?;
                (value, value)
            }
        };
        if key_start > 0 && is_word(bytes[key_start - 1]) && !is_escape(bytes, key_start) {
            return None;
        }
        let key_end = forward(bytes, body_start, self.parts)?;
        let body = text.get(body_start..key_end)?;
        if is_made_up(body) {
            return None;
        }
        let confidence = self.checked(text.get(key_start..key_end)?, body)?;
        Some(Match { start: key_start, end: key_end, confidence })
    }

    fn checked(&self, key: &str, body: &str) -> Option<Level> {
        match self.check {
            Check::None => Some(Level::High),
            Check::Checksum => {
                let (random, sum) = body.as_bytes().split_at_checked(body.len().checked_sub(CHECKSUM_DIGITS)?)?;
                Some(if checksum_62(random) == *sum { Level::High } else { Level::Medium })
            }
            Check::Jwt => is_jwt_header(key.as_bytes()).then_some(Level::High),
            Check::Uuid => {
                let dashes = [8, 13, 18, 23];
                let is_uuid = body.bytes().enumerate().all(|(at, byte)| dashes.contains(&at) == (byte == b'-'));
                is_uuid.then_some(Level::Medium)
            }
            Check::Mixed => {
                let mixed = body.bytes().any(|byte| byte.is_ascii_digit())
                    && body.bytes().any(|byte| byte.is_ascii_alphabetic());
                mixed.then_some(if matches!(self.anchor, Anchor::Keyword(_)) { Level::Medium } else { Level::High })
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the letter before is that of `\n` or `\t`.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    at >= 2 && bytes[at - 2] == b'\\' && matches!(bytes[at - 1], b'n' | b't' | b'r')
}

/// Where the part begins that ends at `end`.
fn back(bytes: &[u8], end: usize, part: Part) -> Option<usize> {
    match part {
        Part::Text(text) => {
            let start = end.checked_sub(text.len())?;
            (&bytes[start..end] == text.as_bytes()).then_some(start)
        }
        Part::Run { of, least, most } => {
            let length = bytes[..end].iter().rev().take(most).take_while(|byte| of.has(**byte)).count();
            (length >= least).then_some(end - length)
        }
    }
}

/// Where a key's parts end; none if they don't fit, or if more of the last one follows.
fn forward(bytes: &[u8], start: usize, parts: &[Part]) -> Option<usize> {
    let mut at = start;
    for part in parts {
        at = match part {
            Part::Text(text) => bytes[at..].starts_with(text.as_bytes()).then_some(at + text.len())?,
            Part::Run { of, least, most } => {
                let length = bytes[at..].iter().take(*most).take_while(|byte| of.has(**byte)).count();
                (length >= *least).then_some(at + length)?
            }
        };
    }
    let goes_on = bytes.get(at).is_some_and(|byte| match parts.last() {
        Some(Part::Run { of: Alphabet::Dotted, .. }) => is_word(*byte) || *byte == b'-',
        Some(Part::Run { of, .. }) => of.has(*byte) || is_word(*byte),
        Some(Part::Text(_)) | None => is_word(*byte),
    });
    (!goes_on).then_some(at)
}

/// Where the value stands that a name before it is given: behind the rest of the name, an operator and a quote.
fn value_behind(bytes: &[u8], name_end: usize) -> Option<usize> {
    // The rest of a name, a type and some blanks.
    const FARTHEST: usize = 48;
    let rest = &bytes[name_end..bytes.len().min(name_end + FARTHEST)];
    let operator = rest.iter().position(|byte| matches!(byte, b'=' | b':' | b',' | b'('))?;
    let is_name =
        rest[..operator].iter().all(|byte| is_word(*byte) || matches!(byte, b'-' | b'.' | b'"' | b'\'' | b']' | b' '));
    if !is_name {
        return None;
    }
    let mut is_behind_operator = true;
    for (at, byte) in rest.iter().enumerate().skip(operator) {
        match byte {
            b'=' | b':' | b',' | b'(' | b'>' => is_behind_operator = true,
            b' ' | b'"' | b'\'' | b'`' => {}
            _ if is_behind_operator && at > 0 && !is_word(rest[at - 1]) => {
                // A type's name may stand before the value: `key: str = "..."`.
                let word = rest[at..].iter().take_while(|byte| is_word(**byte)).count();
                let behind = rest[at + word..].iter().find(|byte| **byte != b' ');
                if word < 12 && matches!(behind, Some(b'=' | b'(')) {
                    continue;
                }
                return Some(name_end + at);
            }
            _ => {}
        }
    }
    None
}
