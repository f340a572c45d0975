//! A line of source with a caret under the place that is meant, as a terminal shows it.

use proofhouse::types::Place;
use unicode_width::UnicodeWidthChar;

use super::lines::Lines;

/// Columns of a terminal that a line may take; longer ones are cut around the caret.
const WIDTH: usize = 100;

/// Columns that are kept before the caret of a line that is cut.
const BEFORE: usize = 30;

/// Columns between two stops of a tab.
const TAB: usize = 4;

/// A line, and what goes under it.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub line: String,
    pub carets: String,
}

/// The line on which a place starts.
pub fn excerpt(lines: &Lines<'_>, place: &Place) -> Excerpt {
    let line = lines.line(place.line);
    let from = lines.byte(place.line, place.column);
    let to = if place.end_line > place.line { line.len() } else { lines.byte(place.line, place.end_column).max(from) };
    let fits = line.chars().scan(0, |column, char| {
        *column += cell(char, *column).1;
        Some(*column)
    });
    let start = if fits.take(WIDTH + 1).all(|column| column <= WIDTH) { 0 } else { cut(line, from) };

    let mut out = Excerpt { line: String::new(), carets: String::new() };
    let mut column = 0;
    if start > 0 {
        out.line.push('…');
        out.carets.push(' ');
        column = 1;
    }
    for (at, char) in line[start..].char_indices().map(|(at, char)| (start + at, char)) {
        let (shown, width) = cell(char, column);
        if column + width > WIDTH {
            out.line.push('…');
            break;
        }
        match shown {
            Some(char) => out.line.push(char),
            None => out.line.push_str(&" ".repeat(width)),
        }
        if at < to {
            let under = if at < from { " " } else { "^" };
            out.carets.push_str(&under.repeat(width));
        }
        column += width;
    }
    // A place without extent, or behind the line's end, has a caret all the same.
    if !out.carets.ends_with('^') {
        out.carets.push('^');
    }
    out
}

/// Where a long line starts to be shown.
fn cut(line: &str, from: usize) -> usize {
    let mut column = 0;
    let before = line[..from].char_indices().rev().take_while(|(_, char)| {
        column += cell(*char, 0).1;
        column <= BEFORE
    });
    before.last().map_or(from, |(at, _)| at)
}

/// What a character shows as, none for spaces, and how many columns it takes. What could change the terminal, or hide the order of
/// the text, shows as U+FFFD.
fn cell(char: char, column: usize) -> (Option<char>, usize) {
    match char {
        '\t' => (None, TAB - column % TAB),
        _ if is_hidden(char) => (Some('\u{fffd}'), 1),
        _ => (Some(char), char.width().unwrap_or(1)),
    }
}

/// Controls, and the marks that turn the direction of text or join and split it without being seen.
pub fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, (line, column, end_line, end_column): (usize, usize, usize, usize), expected: (&str, &str)) {
        let found = excerpt(&Lines::new(text), &Place { line, column, end_line, end_column });
        assert_eq!((found.line.as_str(), found.carets.as_str()), expected, "{text:?}");
    }

    #[test]
    fn carets_stand_under_the_place() {
        check("x = eval(y)", (1, 5, 1, 12), ("x = eval(y)", "    ^^^^^^^"));
        check("a\r\nb = 1\r\n", (2, 1, 2, 2), ("b = 1", "^"));
        check("f(\n  x)", (1, 1, 2, 5), ("f(", "^^"));
        check("f()", (1, 4, 1, 4), ("f()", "   ^"));
        check("f()", (1, 2, 1, 2), ("f()", " ^"));
        check("", (1, 1, 1, 1), ("", "^"));
        check("x", (7, 1, 7, 2), ("", "^"));
        check("f()", (1, 0, 0, 0), ("f()", "^"));
    }

    #[test]
    fn tabs_and_wide_characters_take_their_columns() {
        check("\tf(x)", (1, 2, 1, 6), ("    f(x)", "    ^^^^"));
        check("a\tb", (1, 3, 1, 4), ("a   b", "    ^"));
        check("'漢字' f", (1, 6, 1, 7), ("'漢字' f", "       ^"));
        check("'漢字'", (1, 2, 1, 4), ("'漢字'", " ^^^^"));
        check("e\u{301} f", (1, 4, 1, 5), ("e\u{301} f", "  ^"));
    }

    #[test]
    fn what_could_change_the_terminal_is_not_shown() {
        check("a\u{1b}[31m b", (1, 8, 1, 9), ("a\u{fffd}[31m b", "       ^"));
        check("a\u{202e}b", (1, 3, 1, 4), ("a\u{fffd}b", "  ^"));
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let long = format!("{}eval(x){}", "a".repeat(5000), "b".repeat(5000));
        let shown = excerpt(&Lines::new(&long), &Place { line: 1, column: 5001, end_line: 1, end_column: 5008 });
        assert_eq!(shown.line, format!("…{}eval(x){}…", "a".repeat(30), "b".repeat(62)));
        assert_eq!(shown.carets, format!("{}^^^^^^^", " ".repeat(31)));
        let all = excerpt(&Lines::new(&long), &Place { line: 1, column: 1, end_line: 1, end_column: 9000 });
        assert_eq!((all.line.chars().count(), all.carets.len()), (WIDTH + 1, WIDTH));
        let end = excerpt(&Lines::new(&long), &Place { line: 1, column: 10_008, end_line: 1, end_column: 10_008 });
        assert_eq!(end.line, format!("…{}", "b".repeat(30)));
        assert_eq!(end.carets, format!("{}^", " ".repeat(31)));
        let exact = "c".repeat(WIDTH);
        assert_eq!(excerpt(&Lines::new(&exact), &Place { line: 1, column: 1, end_line: 1, end_column: 2 }).line, exact);
    }
}
