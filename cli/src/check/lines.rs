//! Places of a text in the units that others count in: bytes, and the UTF-16 code units of SARIF.

use std::cell::RefCell;
use std::collections::HashMap;

/// Bytes of a line from which on its places are kept in marks: otherwise many findings in one line of megabytes would each walk it
/// from its start.
const LONG: usize = 4096;

/// Characters between two marks.
const STRIDE: usize = 512;

/// The lines of a text.
pub struct Lines<'t> {
    text: &'t str,
    /// The first byte of each.
    starts: Vec<usize>,
    /// Of long lines, byte and UTF-16 offset of every [`STRIDE`]th character.
    marks: RefCell<HashMap<usize, Vec<(usize, usize)>>>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Lines<'t> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts, marks: RefCell::default() }
    }

    /// A line, from 1, without its line break; empty where there is none.
    pub fn line(&self, number: usize) -> &'t str {
        let Some(start) = self.start(number) else { return "" };
        let end = self.starts.get(number).map_or(self.text.len(), |next| next - 1);
        let line = &self.text[start..end];
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// The byte within its line of a character, from 1; the line's end where it has fewer.
    pub fn byte(&self, number: usize, column: usize) -> usize {
        self.offsets(number, column).0
    }

    /// The column of a character in UTF-16 code units, from 1.
    pub fn utf16(&self, number: usize, column: usize) -> usize {
        self.offsets(number, column).1 + 1
    }

    /// The line, and the column in UTF-16 code units, of a byte of the text.
    pub fn utf16_at(&self, at: usize) -> (usize, usize) {
        let number = self.starts.partition_point(|start| *start <= at);
        let before = self.text.get(self.starts[number - 1]..at).unwrap_or_default();
        (number, 1 + before.encode_utf16().count())
    }

    fn start(&self, number: usize) -> Option<usize> {
        number.checked_sub(1).and_then(|index| self.starts.get(index)).copied()
    }

    fn offsets(&self, number: usize, column: usize) -> (usize, usize) {
        let line = self.line(number);
        let characters = column.saturating_sub(1);
        if line.len() < LONG {
            return walk(line, (0, 0), characters);
        }
        let mut marks = self.marks.borrow_mut();
        let marks = marks.entry(number).or_insert_with(|| {
            let mut marks = vec![(0, 0)];
            let mut utf16 = 0;
            for (index, (byte, char)) in line.char_indices().enumerate() {
                if index > 0 && index % STRIDE == 0 {
                    marks.push((byte, utf16));
                }
                utf16 += char.len_utf16();
            }
            marks
        });
        let mark = (characters / STRIDE).min(marks.len() - 1);
        walk(line, marks[mark], characters - mark * STRIDE)
    }
}

/// From byte and UTF-16 offset, so many characters on.
fn walk(line: &str, (byte, utf16): (usize, usize), characters: usize) -> (usize, usize) {
    line[byte..]
        .chars()
        .take(characters)
        .fold((byte, utf16), |(byte, utf16), char| (byte + char.len_utf8(), utf16 + char.len_utf16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_bytes_and_in_utf16() {
        let lines = Lines::new("ab\r\né𝒳z\n");
        assert_eq!((lines.line(1), lines.line(2), lines.line(3), lines.line(4)), ("ab", "é𝒳z", "", ""));
        let cases = [(1, 1, 0, 1), (1, 3, 2, 3), (1, 99, 2, 3), (2, 2, 2, 2), (2, 3, 6, 4), (2, 4, 7, 5), (9, 1, 0, 1)];
        for (line, column, byte, utf16) in cases {
            assert_eq!((lines.byte(line, column), lines.utf16(line, column)), (byte, utf16), "{line}:{column}");
        }
        assert_eq!((lines.utf16_at(0), lines.utf16_at(10), lines.utf16_at(12)), ((1, 1), (2, 4), (3, 1)));
    }

    #[test]
    fn long_lines_have_the_same_places() {
        let text = "é𝒳z".repeat(3000);
        let lines = Lines::new(&text);
        for column in [1, 2, 511, 512, 513, 514, 1025, 8999, 9001, 9999] {
            let before: String = text.chars().take(column - 1).collect();
            assert_eq!(lines.byte(1, column), before.len(), "{column}");
            assert_eq!(lines.utf16(1, column), 1 + before.encode_utf16().count(), "{column}");
        }
    }
}
