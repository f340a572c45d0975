//! Parsing under a budget: the search may try many readings of one text, but its work stays in proportion to a bound.

use proofhouse_types::Language;

use crate::lines::statement_end;
use crate::tree::{Parsed, parse};

/// Bytes that one search may parse, all tries together. Replies are a few KB and need two or three tries; the worst text that we
/// measured parses at 1.5 s a megabyte, so this is at most about 3 s. Beyond it nothing is parsed: blocks are taken at their word.
const SEARCH_BYTES: usize = 2 << 20;

/// What a try costs beyond its length: setting up a parser is worth about this many bytes of parsing.
const TRY_BYTES: usize = 64;

/// Bytes that one search may read line by line to tell statements apart. That is some twenty times faster than parsing; a text whose
/// brackets never close is read again from each line, and this ends it.
const SCAN_BYTES: usize = 8 << 20;

/// The budget of one search.
#[derive(Debug)]
pub(crate) struct Search {
    language: Language,
    bytes_left: usize,
    scan_bytes_left: usize,
}

impl Search {
    /// A search with its whole budget.
    pub(crate) fn new(language: Language) -> Self {
        Self { language, bytes_left: SEARCH_BYTES, scan_bytes_left: SCAN_BYTES }
    }

    /// Parses a text, or nothing if that would overdraw the budget.
    pub(crate) fn read(&mut self, text: &str) -> Option<Parsed> {
        self.bytes_left = self.bytes_left.checked_sub(text.len() + TRY_BYTES)?;
        Some(parse(text, self.language))
    }

    /// Where the top-level statement that starts at `from` ends, or nothing if that would overdraw the budget.
    pub(crate) fn statement_end(&mut self, text: &str, from: usize) -> Option<usize> {
        let end = statement_end(text, from);
        self.scan_bytes_left = self.scan_bytes_left.checked_sub(end - from)?;
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parsed_up_to_the_budget() {
        let text = |bytes: usize| "\n".repeat(bytes);
        assert!(Search::new(Language::Python).read(&text(SEARCH_BYTES - TRY_BYTES)).is_some());
        assert!(Search::new(Language::Python).read(&text(SEARCH_BYTES - TRY_BYTES + 1)).is_none());
        let mut search = Search::new(Language::Python);
        assert!(search.read(&text(SEARCH_BYTES / 2)).is_some());
        assert!(search.read(&text(SEARCH_BYTES / 2)).is_none());
    }

    #[test]
    fn a_text_is_scanned_up_to_the_budget() {
        let text = format!("#{}", "a".repeat(SCAN_BYTES - 1));
        let mut search = Search::new(Language::Python);
        assert_eq!(search.statement_end(&text, 0), Some(SCAN_BYTES));
        assert_eq!(search.statement_end("a", 0), None);
    }
}
