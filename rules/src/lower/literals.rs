//! What the C-like languages share: escapes and numbers of literals, formats with braces, chains of `+`.

use tree_sitter::Node;

use crate::ir::ExprKind;
use crate::lower::named;

/// The text of a literal once its escapes are read. What is no escape loses its backslash.
pub(crate) fn unescape(text: &str) -> Box<str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        read.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut read);
    }
    read.push_str(rest);
    read.into()
}

/// Reads what follows a backslash; the rest comes back.
fn escape<'t>(rest: &'t str, read: &mut String) -> &'t str {
    let mut characters = rest.chars();
    let Some(first) = characters.next() else {
        read.push('\\');
        return rest;
    };
    let after = characters.as_str();
    match first {
        'n' => read.push('\n'),
        't' => read.push('\t'),
        'r' => read.push('\r'),
        'a' => read.push('\u{7}'),
        'b' => read.push('\u{8}'),
        'f' => read.push('\u{c}'),
        'v' => read.push('\u{b}'),
        '0'..='7' => return number(rest, 8, 3, read),
        'x' => return number(after, 16, 2, read),
        'u' if after.starts_with('{') => {
            let Some((digits, rest)) = after[1..].split_once('}') else { return "" };
            number(digits, 16, 6, read);
            return rest;
        }
        'u' => return number(after, 16, 4, read),
        'U' => return number(after, 16, 8, read),
        // A line that goes on: Rust skips the next line's indentation, C has none inside a literal.
        '\n' => return after.trim_start(),
        other => read.push(other),
    }
    after
}

fn number<'t>(text: &'t str, radix: u32, most: usize, read: &mut String) -> &'t str {
    let length = text.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let (digits, rest) = text.split_at(length);
    read.extend(u32::from_str_radix(digits, radix).ok().and_then(char::from_u32));
    rest
}

/// What stands between the first and the last quote.
pub(crate) fn inside(text: &str, quote: char) -> &str {
    let start = text.find(quote).map_or(0, |at| at + quote.len_utf8());
    let rest = &text[start..];
    &rest[..rest.rfind(quote).unwrap_or(rest.len())]
}

/// A number, with prefixes, suffixes and separators as C, Go and Rust write them.
pub(crate) fn number_kind(text: &str) -> ExprKind {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let plain: String = text.chars().filter(|character| !matches!(character, '_' | '\'')).collect();
    let lower = plain.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ => (10, lower.as_str()),
    };
    let length = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let (digits, suffix) = digits.split_at(length);
    let is_integer = suffix.is_empty()
        || matches!(suffix, "u" | "l" | "ul" | "lu" | "ll" | "ull" | "llu" | "z" | "uz")
        || (suffix.starts_with(['i', 'u']) && suffix.len() > 1);
    // C and Go write octal numbers with a leading zero alone.
    let radix = if radix == 10 && digits.len() > 1 && digits.starts_with('0') { 8 } else { radix };
    match i64::from_str_radix(digits, radix) {
        Ok(value) if is_integer => ExprKind::Integer(sign * value),
        _ => ExprKind::Number,
    }
}

/// A piece of a format with holes in braces.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Text(String),
    /// `{}`: the next argument.
    Next,
    At(usize),
    Named(&'t str),
}

/// Splits a format as Rust and C++ write it: `{}`, `{0}`, `{name:>8}`; doubled braces stand for themselves.
pub(crate) fn brace_format(format: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        let Some((hole, after)) = rest.split_once('}').filter(|_| brace == "{") else { continue };
        rest = after;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        let name = hole.split(':').next().unwrap_or_default().trim();
        pieces.push(match name.parse() {
            Ok(at) => Piece::At(at),
            Err(_) if name.is_empty() => Piece::Next,
            Err(_) => Piece::Named(name),
        });
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// The named children that are neither comments nor damaged, for lists whose places count.
pub(crate) fn sound<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    named(node).filter(|child| !child.is_error())
}

/// The operator of a binary expression or an assignment.
pub(crate) fn operator_of<'t>(node: Node<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| operator.kind())
}

/// The operands of a chain of `+`, from left to right, without recursion; of anything else, the node alone.
pub(crate) fn operands<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut current = node;
    while current.kind() == "binary_expression" && operator_of(current) == "+" {
        let (Some(left), Some(right)) = (current.child_by_field_name("left"), current.child_by_field_name("right"))
        else {
            break;
        };
        found.push(right);
        current = left;
    }
    found.push(current);
    found.reverse();
    found
}

/// A text's lowered form, printed.
#[cfg(test)]
pub(crate) fn printed(text: &str, grammar: proofhouse_syntax::Grammar) -> String {
    crate::print::print(&crate::lower::lower(text, &grammar.tree(text), grammar))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read() {
        for (text, expected) in [
            ("plain", "plain"),
            (r"a\n\t\\b", "a\n\t\\b"),
            (r"\x41\101\u0042\u{1F600}!", "AAB\u{1F600}!"),
            (r"\q\", "q\\"),
            (r"\u{41", ""),
            ("a\\\n   b", "ab"),
            (r"\xé", "é"),
        ] {
            assert_eq!(&*unescape(text), expected, "{text}");
        }
    }

    #[test]
    fn brace_formats_are_split() {
        let text = |text: &str| Piece::Text(text.to_owned());
        for (format, expected) in [
            ("a{}b", vec![text("a"), Piece::Next, text("b")]),
            ("{0}{name:?}{:>5}", vec![Piece::At(0), Piece::Named("name"), Piece::Next]),
            ("{{x}} {", vec![text("{x} ")]),
            ("", vec![]),
        ] {
            assert_eq!(brace_format(format), expected, "{format}");
        }
    }

    #[test]
    fn numbers_are_read() {
        for (text, expected) in [
            ("12", Some(12)),
            ("0x1F", Some(31)),
            ("0o600", Some(384)),
            ("0600", Some(384)),
            ("1_000", Some(1000)),
            ("10UL", Some(10)),
            ("7u8", Some(7)),
            ("-3", Some(-3)),
            ("1.5", None),
            ("1e3", None),
            ("0x", None),
        ] {
            let read = match number_kind(text) {
                ExprKind::Integer(value) => Some(value),
                _ => None,
            };
            assert_eq!(read, expected, "{text}");
        }
    }
}
