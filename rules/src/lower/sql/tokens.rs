//! Words and marks of a text of SQL, with their places.

use crate::ir::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A name in quotes, or a variable: `@x`, `:x`.
    Name,
    Number,
    /// `'...'`; the token's text is what is inside.
    Text,
    /// `||`.
    Join,
    /// `:=`.
    Assign,
    /// A comparison other than `=`.
    Compare,
    /// `$$` or `$body$`.
    Dollar,
    Mark(u8),
}

#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// The text in lower case.
    pub(super) lower: Box<str>,
    pub(super) span: Span,
    /// The first of its line.
    pub(super) leads: bool,
}

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut leads = true;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\n' {
            leads = true;
            at += 1;
            continue;
        }
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let rest = &bytes[at..];
        if rest.starts_with(b"--") {
            at += length_while(rest, |byte| byte != b'\n');
            continue;
        }
        if rest.starts_with(b"/*") {
            at += rest.windows(2).skip(2).position(|pair| pair == b"*/").map_or(rest.len(), |end| end + 4);
            continue;
        }
        let (kind, length, inner) = token(rest);
        let offset = |byte: usize| u32::try_from(byte).expect("a text of 4 GiB is refused before");
        let text = text.get(at + inner.0..at + inner.1).unwrap_or_default();
        let span = Span { start: offset(at), end: offset(at + length) };
        let lower = match kind {
            Kind::Word => text.to_ascii_lowercase().into(),
            _ => Box::default(),
        };
        tokens.push(Token { kind, text, lower, span, leads });
        leads = false;
        at += length;
    }
    tokens
}

/// Kind and length of the token that comes, and where in it its text is.
fn token(rest: &[u8]) -> (Kind, usize, (usize, usize)) {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#' | b'$') || byte >= 0x80;
    let second = rest.get(1).copied().unwrap_or(b' ');
    let whole = |kind: Kind, length: usize| (kind, length, (0, length));
    match rest[0] {
        b'N' | b'n' | b'E' | b'e' if second == b'\'' => {
            let length = quoted(&rest[1..], b'\'') + 1;
            (Kind::Text, length, (2, length.max(3) - 1))
        }
        b'\'' => {
            let length = quoted(rest, b'\'');
            (Kind::Text, length, (1, length.max(2) - 1))
        }
        b'"' | b'`' => {
            let length = quoted(rest, rest[0]);
            (Kind::Name, length, (1, length.max(2) - 1))
        }
        b'[' => {
            let length = quoted(rest, b']');
            (Kind::Name, length, (1, length.max(2) - 1))
        }
        b'$' => {
            let name = length_while(&rest[1..], |byte| byte.is_ascii_alphabetic() || byte == b'_');
            match rest.get(name + 1) {
                Some(b'$') => whole(Kind::Dollar, name + 2),
                _ => whole(Kind::Name, 1 + length_while(&rest[1..], is_word)),
            }
        }
        b'@' => whole(Kind::Name, 1 + length_while(&rest[1..], |byte| is_word(byte) || byte == b'@')),
        b':' if second == b'=' => whole(Kind::Assign, 2),
        b':' if second == b':' => whole(Kind::Mark(b':'), 2),
        b':' if is_word(second) => whole(Kind::Name, 1 + length_while(&rest[1..], is_word)),
        b'|' if second == b'|' => whole(Kind::Join, 2),
        b'<' | b'>' | b'!' => {
            whole(Kind::Compare, length_while(rest, |byte| matches!(byte, b'<' | b'>' | b'!' | b'=')))
        }
        b'0'..=b'9' => whole(Kind::Number, length_while(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'.')),
        byte if is_word(byte) => whole(Kind::Word, length_while(rest, is_word)),
        byte => whole(Kind::Mark(byte), 1),
    }
}

fn length_while(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !belongs(*byte)).unwrap_or(bytes.len())
}

/// How long what is in quotes is, quotes included; a doubled one stands for itself.
fn quoted(rest: &[u8], close: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match (rest[at] == close, rest.get(at + 1) == Some(&close)) {
            (true, true) => at += 2,
            (true, false) => return at + 1,
            (false, _) => at += 1,
        }
    }
    rest.len()
}
