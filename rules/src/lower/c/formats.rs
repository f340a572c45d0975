//! Formats of `printf`: the constant pieces and what stands between them.

/// A piece of a format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `*`: an argument that is no text.
    Width,
    /// A conversion to a number.
    Number,
    /// A conversion that prints an argument as it is.
    Value,
}

/// Splits a format.
pub(super) fn print_format(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let is_flag = |character: char| !character.is_ascii_alphabetic() || "hlLqjzt".contains(character);
        let end = rest.find(|character| !is_flag(character)).unwrap_or(rest.len());
        pieces.extend(rest[..end].matches('*').map(|_| Piece::Width));
        let mut characters = rest[end..].chars();
        match characters.next() {
            Some('d' | 'i' | 'u' | 'x' | 'X' | 'o' | 'c' | 'p' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'a' | 'A') => {
                pieces.push(Piece::Number);
            }
            Some('n') => pieces.push(Piece::Width),
            Some(_) => pieces.push(Piece::Value),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_split() {
        let text = |text: &str| Piece::Text(text.to_owned());
        for (format, expected) in [
            ("plain", vec![text("plain")]),
            ("a%sb", vec![text("a"), Piece::Value, text("b")]),
            (
                "%-10s|%*d|%lu%%",
                vec![Piece::Value, text("|"), Piece::Width, Piece::Number, text("|"), Piece::Number, text("%")],
            ),
            ("%.*s", vec![Piece::Width, Piece::Value]),
            ("100%", vec![text("100")]),
        ] {
            assert_eq!(print_format(format), expected, "{format}");
        }
    }
}
