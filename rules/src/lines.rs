//! Bytes of a text to lines and columns.

use proofhouse_types::Place;

use crate::ir::Span;

/// Where the lines of a text start.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    pub(crate) fn place(&self, span: Span) -> Place {
        let (line, column) = self.position(span.start as usize);
        let (end_line, end_column) = self.position(span.end as usize);
        Place { line, column, end_line, end_column }
    }

    /// Line and character of a byte, from 1.
    fn position(&self, byte: usize) -> (usize, usize) {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|&start| start <= byte);
        let start = self.starts[line - 1];
        // A line of megabytes would be counted again for each finding on it: past here, bytes stand for characters.
        const COUNTED: usize = 10_000;
        let column = if byte - start > COUNTED {
            byte - start
        } else {
            self.text.get(start..byte).map_or(byte - start, |before| before.chars().count())
        };
        (line, column + 1)
    }
}
