//! Text that somebody submitted, with the characters shown that would hide or reorder others.

use maud::{Markup, html};

/// Whether a reader would see something else than what is there, or nothing: control characters, marks of direction, and
/// spaces without width ("Trojan Source", CVE-2021-42574).
fn is_hidden(character: char) -> bool {
    match character {
        '\t' | '\n' => false,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

/// The text, with each hidden character as its number.
pub(super) fn visible(text: &str) -> Markup {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((at, hidden)) = rest.char_indices().find(|(_, character)| is_hidden(*character)) {
        pieces.push((&rest[..at], Some(hidden)));
        rest = &rest[at + hidden.len_utf8()..];
    }
    html! {
        @for (before, hidden) in pieces {
            (before)
            @if let Some(hidden) = hidden {
                span.hidden-character title="a character that can't be seen" { (format!("U+{:04X}", u32::from(hidden))) }
            }
        }
        (rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = visible(text).into_string();
        let plain = shown.replace("<span class=\"hidden-character\" title=\"a character that can't be seen\">", "[");
        assert_eq!(plain.replace("</span>", "]"), expected);
    }

    #[test]
    fn what_can_be_seen_is_left_as_it_is() {
        check("def f(x):\n\treturn \"ü – 漢 \u{1f600}\"", "def f(x):\n\treturn &quot;ü – 漢 \u{1f600}&quot;");
        check("</script><img src=x onerror=alert(1)>", "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
    }

    #[test]
    fn what_hides_is_shown() {
        check("a\u{202e}b\u{2066}", "a[U+202E]b[U+2066]");
        check("\u{0}\u{1b}[31m\r\u{200b}", "[U+0000][U+001B][31m[U+000D][U+200B]");
        check("tag\u{e0041}", "tag[U+E0041]");
    }
}
