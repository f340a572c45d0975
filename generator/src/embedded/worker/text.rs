//! Tokens to text: characters that end in a later token, stop strings that begin in an earlier one, and the mark that ends a
//! model's reasoning.

use crate::embedded::wire::Part;

/// What ends the reasoning that a template has begun.
const END_OF_REASONING: &str = "</think>";

/// Whom a reply's pieces are handed to.
pub(super) type Emit<'a> = &'a mut dyn FnMut(Part, &str);

/// A reply's text as it grows.
pub(super) struct ReplyText {
    stop: Vec<String>,
    /// The begin of a character.
    bytes: Vec<u8>,
    /// The begin of what may become a stop string.
    held: String,
    /// The begin of what may become the end of the reasoning.
    marked: String,
    part: Part,
    /// Whether the answer follows reasoning, and has not begun.
    fresh: bool,
}

impl ReplyText {
    /// A text that begins with `part`.
    pub(super) fn new(stop: &[String], part: Part) -> ReplyText {
        let stop = stop.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        ReplyText { stop, bytes: Vec::new(), held: String::new(), marked: String::new(), part, fresh: false }
    }

    /// Whether what comes next is reasoning.
    pub(super) fn is_reasoning(&self) -> bool {
        self.part == Part::Reasoning
    }

    /// Adds a token's bytes. Whether they complete a stop string, which is not part of the text.
    pub(super) fn push(&mut self, bytes: &[u8], emit: Emit<'_>) -> bool {
        self.bytes.extend_from_slice(bytes);
        decode(&mut self.bytes, &mut self.held);
        let stop = self.stop.iter().filter_map(|stop| self.held.find(stop)).min();
        let whole = stop.unwrap_or_else(|| self.held.len() - begun(&self.held, &self.stop));
        let text: String = self.held.drain(..whole).collect();
        self.split(&text, emit);
        if stop.is_some() {
            self.flush(emit);
        }
        stop.is_some()
    }

    /// Hands over what was held back: nothing follows.
    pub(super) fn end(&mut self, emit: Emit<'_>) {
        if !self.bytes.is_empty() {
            self.bytes.clear();
            self.held.push(char::REPLACEMENT_CHARACTER);
        }
        let text = std::mem::take(&mut self.held);
        self.split(&text, emit);
        self.flush(emit);
    }

    fn split(&mut self, text: &str, emit: Emit<'_>) {
        match self.part {
            Part::Answer => self.answer(text, emit),
            Part::Reasoning => {
                self.marked.push_str(text);
                let marked = std::mem::take(&mut self.marked);
                match marked.split_once(END_OF_REASONING) {
                    Some((reasoning, answer)) => {
                        piece(Part::Reasoning, reasoning, emit);
                        (self.part, self.fresh) = (Part::Answer, true);
                        self.answer(answer, emit);
                    }
                    None => {
                        let (reasoning, mark) = marked.split_at(marked.len() - begun(&marked, &[END_OF_REASONING]));
                        piece(Part::Reasoning, reasoning, emit);
                        self.marked = mark.to_owned();
                    }
                }
            }
        }
    }

    /// The next of the answer, without the empty lines that part it from the reasoning.
    fn answer(&mut self, text: &str, emit: Emit<'_>) {
        let text = if self.fresh { text.trim_start_matches(['\n', '\r']) } else { text };
        self.fresh &= text.is_empty();
        piece(Part::Answer, text, emit);
    }

    fn flush(&mut self, emit: Emit<'_>) {
        piece(self.part, &std::mem::take(&mut self.marked), emit);
    }
}

fn piece(part: Part, text: &str, emit: Emit<'_>) {
    if !text.is_empty() {
        emit(part, text);
    }
}

/// Moves whole characters to a text. What is no character becomes U+FFFD; what may become one stays.
fn decode(bytes: &mut Vec<u8>, text: &mut String) {
    loop {
        match str::from_utf8(bytes) {
            Ok(whole) => {
                text.push_str(whole);
                return bytes.clear();
            }
            Err(error) => {
                let valid = error.valid_up_to();
                text.push_str(&String::from_utf8_lossy(&bytes[..valid]));
                bytes.drain(..valid);
                let Some(invalid) = error.error_len() else { return };
                text.push(char::REPLACEMENT_CHARACTER);
                bytes.drain(..invalid);
            }
        }
    }
}

/// Bytes at the end of a text that one of the marks begins with.
fn begun(text: &str, marks: &[impl AsRef<str>]) -> usize {
    let longest = |mark: &str| {
        let lengths = (1..mark.len()).rev().filter(|length| mark.is_char_boundary(*length));
        lengths.into_iter().find(|length| text.ends_with(&mark[..*length])).unwrap_or_default()
    };
    marks.iter().map(|mark| longest(mark.as_ref())).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reasoning, answer, and whether a stop string ended them; with pieces of `size` bytes.
    fn read(bytes: &[u8], stop: &[&str], part: Part, size: usize) -> (String, String, bool) {
        let stop: Vec<String> = stop.iter().map(|stop| (*stop).to_owned()).collect();
        let (mut text, mut reasoning, mut answer) = (ReplyText::new(&stop, part), String::new(), String::new());
        let mut emit = |part: Part, piece: &str| match part {
            Part::Answer => answer.push_str(piece),
            Part::Reasoning => reasoning.push_str(piece),
        };
        let stopped = bytes.chunks(size).any(|token| text.push(token, &mut emit));
        if !stopped {
            text.end(&mut emit);
        }
        (reasoning, answer, stopped)
    }

    fn check(bytes: &[u8], stop: &[&str], part: Part, expected: (&str, &str, bool)) {
        let expected = (expected.0.to_owned(), expected.1.to_owned(), expected.2);
        for size in 1..=bytes.len().max(1) {
            assert_eq!(read(bytes, stop, part, size), expected, "{:?} by {size}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn characters_are_whole_wherever_tokens_end() {
        check("aé日本🦀".as_bytes(), &[], Part::Answer, ("", "aé日本🦀", false));
        check(b"a\xffb\xc3", &[], Part::Answer, ("", "a\u{fffd}b\u{fffd}", false));
        check(b"\xe6\x97", &[], Part::Answer, ("", "\u{fffd}", false));
        check(b"", &[], Part::Answer, ("", "", false));
    }

    #[test]
    fn nothing_of_a_stop_string_is_part_of_the_text() {
        check(b"code\n```\nmore", &["\n```"], Part::Answer, ("", "code", true));
        check(b"code\n``", &["\n```"], Part::Answer, ("", "code\n``", false));
        check(b"ababac", &["abac"], Part::Answer, ("", "ab", true));
        check("x日z".as_bytes(), &["日z"], Part::Answer, ("", "x", true));
        check(b"text", &["", "ext"], Part::Answer, ("", "t", true));
        check(b"abc", &["abd", "bcd"], Part::Answer, ("", "abc", false));
    }

    #[test]
    fn the_first_stop_string_ends_the_text() {
        let text = b"one two three";
        assert_eq!(read(text, &["three", "two"], Part::Answer, text.len()).1, "one ");
    }

    #[test]
    fn reasoning_ends_at_its_mark() {
        let whole = b"hm</think>\n\n  a</think>b";
        check(whole, &[], Part::Reasoning, ("hm", "  a</think>b", false));
        check(whole, &[], Part::Answer, ("", "hm</think>\n\n  a</think>b", false));
        check(b"hm</thin", &[], Part::Reasoning, ("hm</thin", "", false));
        check(b"hm</thin.", &["."], Part::Reasoning, ("hm</thin", "", true));
        check(b"</think>a", &[], Part::Reasoning, ("", "a", false));
    }
}
