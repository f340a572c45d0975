//! Bytes of a stream to its messages: server-sent events, or lines of JSON. Chunks may end anywhere, also within a character.

use proofhouse_types::{FailureKind, GenerationFailure};

/// Bytes of one message at most: llama.cpp's last one repeats the prompt, and prompts have megabytes at most.
const MOST_MESSAGE_BYTES: usize = 16 << 20;

/// How messages follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Events,
    /// A JSON value a line.
    Lines,
}

/// One message of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// The event's name; empty where it has none.
    pub(crate) event: String,
    /// What it says.
    pub(crate) data: String,
}

/// Collects chunks to messages.
pub(crate) struct Messages {
    framing: Framing,
    /// What came since the last whole line.
    line: Vec<u8>,
    /// The event so far.
    event: Message,
    lines: usize,
}

impl Messages {
    pub(crate) fn new(framing: Framing) -> Messages {
        Messages { framing, line: Vec::new(), event: Message::default(), lines: 0 }
    }

    /// Takes the next bytes; hands over each message that they complete.
    pub(crate) fn take(
        &mut self,
        mut bytes: &[u8],
        read: &mut dyn FnMut(&Message) -> Result<(), GenerationFailure>,
    ) -> Result<(), GenerationFailure> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            if let Some(message) = self.end_line()? {
                read(&message)?;
            }
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() + self.event.data.len() > MOST_MESSAGE_BYTES {
            let message = format!("a message of the stream has more than {MOST_MESSAGE_BYTES} bytes");
            return Err(GenerationFailure { kind: FailureKind::TooLong, message });
        }
        Ok(())
    }

    /// Takes the end of the stream: the message that no line's end ended, whole or not.
    pub(crate) fn finish(mut self) -> Result<Option<Message>, GenerationFailure> {
        if str::from_utf8(&self.line).is_err_and(|error| error.error_len().is_none()) {
            return Err(malformed("the stream ends within a character"));
        }
        let ended = if self.line.is_empty() { None } else { self.end_line()? };
        Ok(ended.or_else(|| self.end_event()))
    }

    fn end_line(&mut self) -> Result<Option<Message>, GenerationFailure> {
        let bytes = std::mem::take(&mut self.line);
        let line = str::from_utf8(&bytes).map_err(|_| malformed("a line of the stream is no UTF-8"))?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = if self.lines == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        self.lines += 1;
        match self.framing {
            Framing::Lines if line.trim().is_empty() => Ok(None),
            Framing::Lines => Ok(Some(Message { event: String::new(), data: line.to_owned() })),
            Framing::Events if line.is_empty() => Ok(self.end_event()),
            Framing::Events => {
                let (field, value) = line.split_once(':').unwrap_or((line, ""));
                let value = value.strip_prefix(' ').unwrap_or(value);
                match field {
                    "event" => self.event.event = value.to_owned(),
                    "data" => {
                        if !self.event.data.is_empty() {
                            self.event.data.push('\n');
                        }
                        self.event.data.push_str(value);
                    }
                    // A comment, such as a ping, or what only clients that reconnect need.
                    _ => {}
                }
                Ok(None)
            }
        }
    }

    fn end_event(&mut self) -> Option<Message> {
        Some(std::mem::take(&mut self.event)).filter(|event| !event.data.is_empty())
    }
}

fn malformed(message: &str) -> GenerationFailure {
    GenerationFailure { kind: FailureKind::Malformed, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(framing: Framing, chunks: &[&[u8]]) -> (Vec<(String, String)>, Option<GenerationFailure>) {
        let (mut messages, mut found) = (Messages::new(framing), Vec::new());
        let mut read = |message: &Message| {
            found.push((message.event.clone(), message.data.clone()));
            Ok(())
        };
        let taken = chunks.iter().try_for_each(|chunk| messages.take(chunk, &mut read));
        let last = taken.and_then(|()| messages.finish());
        found.extend(last.iter().flatten().map(|message| (message.event.clone(), message.data.clone())));
        (found, last.err())
    }

    fn check(framing: Framing, text: &str, expected: &[(&str, &str)]) {
        let owned = |(event, data): &(&str, &str)| ((*event).to_owned(), (*data).to_owned());
        let expected: Vec<(String, String)> = expected.iter().map(owned).collect();
        for at in 0..=text.len() {
            let (one, two) = text.as_bytes().split_at(at);
            assert_eq!(read(framing, &[one, two]), (expected.clone(), None), "{text:?} at {at}");
        }
    }

    #[test]
    fn events_are_the_same_wherever_chunks_end() {
        check(Framing::Events, "data: a\n\ndata:b\r\n\r\n", &[("", "a"), ("", "b")]);
        check(
            Framing::Events,
            "event: ping\ndata: {}\n\n: note\n\nid: 1\ndata: é\ndata: 日\n\n",
            &[("ping", "{}"), ("", "é\n日")],
        );
        check(Framing::Events, "\u{feff}data: a\n\ndata: [DONE]", &[("", "a"), ("", "[DONE]")]);
        check(Framing::Events, "event: nothing\n\ndata\n\ndata: \n\n", &[]);
    }

    #[test]
    fn lines_are_the_same_wherever_chunks_end() {
        check(Framing::Lines, "{\"a\":1}\r\n\n{\"é\":2}", &[("", "{\"a\":1}"), ("", "{\"é\":2}")]);
    }

    #[test]
    fn what_is_no_text_is_malformed() {
        let (found, failure) = read(Framing::Events, &[b"data: a\n\ndata: \xe6\x97"]);
        assert_eq!(found.len(), 1);
        assert_eq!(failure.map(|failure| failure.kind), Some(FailureKind::Malformed));
        let (_, failure) = read(Framing::Lines, &[b"a\xffb\n"]);
        assert_eq!(failure.map(|failure| failure.message).as_deref(), Some("a line of the stream is no UTF-8"));
    }

    #[test]
    fn a_message_is_bounded() {
        let half = vec![b'x'; MOST_MESSAGE_BYTES / 2];
        assert_eq!(read(Framing::Lines, &[&half, &half]).1, None);
        assert_eq!(
            read(Framing::Lines, &[&half, &half, b"x"]).1.map(|failure| failure.kind),
            Some(FailureKind::TooLong)
        );
        let lines = [b"data: ".as_slice(), &half, b"\ndata: ", &half, b"\n"].concat();
        assert_eq!(read(Framing::Events, &[&lines]).1.map(|failure| failure.kind), Some(FailureKind::TooLong));
    }
}
