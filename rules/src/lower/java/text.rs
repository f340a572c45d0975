//! The text of literals: escapes decoded, text blocks without their indentation. C# shares the escapes.

/// Decodes one escape sequence, its backslash included.
pub(in crate::lower) fn unescape(escape: &str, into: &mut String) {
    let rest = escape.strip_prefix('\\').unwrap_or(escape);
    let Some(first) = rest.chars().next() else { return };
    let code = match first {
        'n' => Some(0x0a),
        't' => Some(0x09),
        'r' => Some(0x0d),
        'b' => Some(0x08),
        'f' => Some(0x0c),
        's' => Some(0x20),
        'a' => Some(0x07),
        'v' => Some(0x0b),
        'e' => Some(0x1b),
        'u' | 'U' | 'x' => u32::from_str_radix(rest[1..].trim_start_matches('u'), 16).ok(),
        '0'..='7' => u32::from_str_radix(rest, 8).ok(),
        // A line that goes on.
        '\n' => return,
        _ => None,
    };
    match code.and_then(char::from_u32) {
        Some(decoded) => into.push(decoded),
        None => into.push_str(rest),
    }
}

/// Decodes all escape sequences of a text.
pub(in crate::lower) fn unescaped(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        decoded.push_str(&rest[..at]);
        let (escape, after) = rest[at..].split_at(escape_length(&rest[at..]));
        unescape(escape, &mut decoded);
        rest = after;
    }
    decoded.push_str(rest);
    decoded
}

/// How many bytes the escape sequence at a text's start takes.
fn escape_length(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    let Some((_, first)) = characters.next() else { return text.len() };
    let after = 1 + first.len_utf8();
    let digits = |most: usize, is_digit: fn(&char) -> bool| {
        let skipped = text[after..].len() - text[after..].trim_start_matches('u').len();
        let start = after + if first == 'u' { skipped } else { 0 };
        start + text[start..].chars().take(most).take_while(is_digit).count()
    };
    match first {
        'u' | 'x' => digits(4, |digit| digit.is_ascii_hexdigit()),
        'U' => digits(8, |digit| digit.is_ascii_hexdigit()),
        '0'..='7' => digits(2, |digit| ('0'..='7').contains(digit)),
        _ => after,
    }
}

/// A number without its digit separators and its suffix.
pub(in crate::lower) fn integer(text: &str) -> Option<i64> {
    let digits: String = text.chars().filter(|&digit| digit != '_').collect::<String>().to_ascii_lowercase();
    let (radix, digits) = if let Some(digits) = digits.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = digits.strip_prefix("0b") {
        (2, digits)
    } else {
        (10, digits.as_str())
    };
    i64::from_str_radix(digits.trim_end_matches(['l', 'u']), radix).ok()
}

/// A text block or raw string without the indentation that all its lines share, and without its first and last line break.
pub(in crate::lower) fn dedent(text: &str) -> String {
    let Some((blank, body)) = text.split_once('\n') else { return text.to_owned() };
    if !blank.trim().is_empty() {
        return text.to_owned();
    }
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let last = body.rsplit('\n').next().filter(|line| line.trim().is_empty());
    let shared = body.lines().filter(|line| !line.trim().is_empty()).chain(last).map(indentation).min().unwrap_or(0);
    let lines: Vec<&str> = body.split('\n').map(|line| line.get(shared..).unwrap_or_default()).collect();
    lines.join("\n")
}
