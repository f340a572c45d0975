//! One reply as it comes: its text, its pieces' times, and what the server says of it.

use std::time::{Duration, Instant};

use proofhouse_types::{FailureKind, Finish, Generation, GenerationFailure, ServerTiming, Timing, Usage};

/// Bytes of answer and reasoning at most: a million tokens, where models write 128,000.
const MOST_TEXT_BYTES: usize = 4 << 20;

/// What is heard of a request while it is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next of the answer, as the server wrote it.
    Answer(&'a str),
    /// The next of the reasoning, where the server tells it from the answer.
    Reasoning(&'a str),
    /// The attempt came to nothing, and the next one follows.
    Retry(&'a GenerationFailure),
}

/// Whom a request tells of its pieces.
pub(crate) type OnPiece<'a> = &'a mut (dyn FnMut(Piece<'_>) + Send);

/// The reply of one attempt.
pub(crate) struct Reply<'a> {
    sent: Instant,
    /// When the bytes came that are being read.
    arrived: Instant,
    last_piece: Option<Instant>,
    on_piece: OnPiece<'a>,
    text: String,
    reasoning: String,
    /// Where each piece of the answer ends in `text`, and when it came.
    answers: Vec<(usize, f64)>,
    timing: Timing,
    finish: Finish,
    finish_reason: Option<String>,
    /// Bytes of the prompt as the server repeats it, where it does.
    pub(crate) repeated_prompt: Option<usize>,
    /// Tokens.
    pub(crate) usage: Usage,
    /// The server's times.
    pub(crate) server: Option<ServerTiming>,
    /// Who wrote it, as the server says.
    pub(crate) model: Option<String>,
    /// What can't be, or wasn't asked for.
    pub(crate) doubts: Vec<String>,
    /// The server has no word for why a model stops; where it has one and does not say it, nobody knows.
    pub(crate) has_no_reason: bool,
    /// The stream's end mark came.
    pub(crate) ended: bool,
}

impl<'a> Reply<'a> {
    /// A reply to what is sent now.
    pub(crate) fn new(on_piece: OnPiece<'a>) -> Reply<'a> {
        let sent = Instant::now();
        Reply {
            sent,
            arrived: sent,
            last_piece: None,
            on_piece,
            text: String::new(),
            reasoning: String::new(),
            answers: Vec::new(),
            timing: Timing::default(),
            finish: Finish::Unknown,
            finish_reason: None,
            repeated_prompt: None,
            usage: Usage::default(),
            server: None,
            model: None,
            doubts: Vec::new(),
            has_no_reason: false,
            ended: false,
        }
    }

    /// When the request was sent.
    pub(crate) fn sent(&self) -> Instant {
        self.sent
    }

    /// When the last piece came; none before the first.
    pub(crate) fn last_piece(&self) -> Option<Instant> {
        self.last_piece
    }

    /// The next bytes are there.
    pub(crate) fn arrive(&mut self) {
        self.arrived = Instant::now();
    }

    /// The next of the answer. What is empty is no piece.
    pub(crate) fn answer(&mut self, text: &str) -> Result<(), GenerationFailure> {
        if text.is_empty() {
            return Ok(());
        }
        self.text.push_str(text);
        let at = self.piece()?;
        self.answers.push((self.text.len(), at));
        (self.on_piece)(Piece::Answer(text));
        Ok(())
    }

    /// The next of the reasoning. What is empty is no piece.
    pub(crate) fn reason(&mut self, text: &str) -> Result<(), GenerationFailure> {
        if text.is_empty() {
            return Ok(());
        }
        self.reasoning.push_str(text);
        self.piece()?;
        (self.on_piece)(Piece::Reasoning(text));
        Ok(())
    }

    /// The attempt came to nothing, and another follows.
    pub(crate) fn retry(&mut self, failure: &GenerationFailure) {
        (self.on_piece)(Piece::Retry(failure));
    }

    /// Why the model stopped, in the server's word and in ours.
    pub(crate) fn stop(&mut self, reason: &str, finish: Finish) {
        self.finish = finish;
        self.finish_reason = Some(reason.to_owned());
    }

    /// Why the model stopped, where the server has no word for it but counts tokens: a reply ends by itself or at the limit.
    pub(crate) fn stop_by_count(&mut self, max_tokens: u32) {
        if let (true, Some(tokens)) = (self.has_no_reason, self.usage.completion_tokens) {
            self.finish = if tokens < u64::from(max_tokens) { Finish::Stop } else { Finish::Length };
        }
    }

    /// The server's times, for what it adds to them.
    pub(crate) fn server(&mut self) -> &mut ServerTiming {
        self.server.get_or_insert_default()
    }

    /// Says once what can't be, or wasn't asked for.
    pub(crate) fn doubt(&mut self, doubt: &str) {
        if !self.doubts.iter().any(|there| there == doubt) {
            self.doubts.push(doubt.to_owned());
        }
    }

    /// All that came, with the failure that ended it. It ends now.
    pub(crate) fn into_generation(mut self, failure: Option<GenerationFailure>) -> Generation {
        let ms = |at: Instant| milliseconds(at.duration_since(self.sent));
        self.timing.e2el_ms = self.last_piece.map(ms);
        self.timing.ended_ms = Some(ms(Instant::now()));
        self.timing.ttfo_ms = answer_start(&self.text)
            .and_then(|start| self.answers.iter().find(|(end, _)| *end > start).map(|(_, at)| *at));
        Generation {
            text: self.text,
            reasoning: self.reasoning,
            finish: self.finish,
            finish_reason: self.finish_reason,
            usage: self.usage,
            timing: self.timing,
            server: self.server,
            model: self.model,
            doubts: self.doubts,
            failure,
            ..Generation::default()
        }
    }

    /// Notes when a piece came: milliseconds from sending.
    fn piece(&mut self) -> Result<f64, GenerationFailure> {
        if self.text.len() + self.reasoning.len() > MOST_TEXT_BYTES {
            let message = format!("the reply has more than {MOST_TEXT_BYTES} bytes");
            return Err(GenerationFailure { kind: FailureKind::TooLong, message });
        }
        let at = milliseconds(self.arrived.duration_since(self.sent));
        match self.last_piece.replace(self.arrived) {
            Some(last) => self.timing.icl_ms.push(milliseconds(self.arrived.duration_since(last))),
            None => self.timing.ttft_ms = Some(at),
        }
        Ok(at)
    }
}

/// Where the answer starts in a text that may begin with reasoning: behind `</think>`, where the text begins with `<think>`
/// or where that mark opens a line without any before it (templates that write the first mark themselves). None where the
/// reasoning has no end.
fn answer_start(text: &str) -> Option<usize> {
    const END: &str = "</think>";
    if text.trim_start().starts_with("<think>") {
        return text.find(END).map(|at| at + END.len());
    }
    let bare = text.find(END).filter(|at| text[..*at].trim_end_matches([' ', '\t']).ends_with('\n') || *at == 0);
    Some(bare.map_or(0, |at| at + END.len()))
}

/// A time as it is written down.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces' numbers at which the first token and the first of the answer came.
    fn check(pieces: &[&str], first_of_answer: Option<usize>) {
        let mut heard = Vec::new();
        let mut on_piece = |piece: Piece<'_>| heard.push(format!("{piece:?}"));
        let mut reply = Reply::new(&mut on_piece);
        let sent = reply.sent;
        for (number, piece) in pieces.iter().enumerate() {
            reply.arrived = sent + Duration::from_millis(number as u64);
            match piece.strip_prefix("R:") {
                Some(reasoning) => reply.reason(reasoning).unwrap(),
                None => reply.answer(piece).unwrap(),
            }
        }
        let timing = reply.into_generation(None).timing;
        let came: Vec<usize> = (0..pieces.len()).filter(|number| !["", "R:"].contains(&pieces[*number])).collect();
        assert_eq!(timing.ttft_ms, came.first().map(|number| *number as f64), "{pieces:?}");
        assert_eq!(timing.e2el_ms, came.last().map(|number| *number as f64), "{pieces:?}");
        assert_eq!(timing.icl_ms.len(), came.len().saturating_sub(1), "{pieces:?}");
        assert_eq!(timing.ttfo_ms, first_of_answer.map(|number| number as f64), "{pieces:?}");
        assert_eq!(heard.len(), came.len(), "{pieces:?}");
    }

    #[test]
    fn times_are_those_of_pieces_that_are_not_empty() {
        check(&[], None);
        check(&["", "R:"], None);
        check(&["", "a", "", "b"], Some(1));
        check(&["R:", "R:think", "", "a"], Some(3));
        check(&["R:think"], None);
    }

    #[test]
    fn what_stands_in_think_marks_is_no_answer() {
        check(&["<thi", "nk>", "a", "</think>", "b"], Some(4));
        check(&["\n<think>", "a</thi", "nk>b"], Some(2));
        check(&["<think>", "a"], None);
        check(&["a\n", "</think>", "\n", "b"], Some(2));
        check(&["x = '", "</think>", "'"], Some(0));
        check(&["<thin", "g>"], Some(0));
    }

    #[test]
    fn an_attempt_without_a_piece_has_an_end_too() {
        for failure in [None, Some(GenerationFailure { kind: FailureKind::IdleTimeout, message: String::new() })] {
            let mut on_piece = |_: Piece<'_>| {};
            let mut reply = Reply::new(&mut on_piece);
            reply.sent = reply.sent.checked_sub(Duration::from_secs(1)).unwrap();
            let timing = reply.into_generation(failure).timing;
            assert_eq!(timing.e2el_ms, None);
            assert!(timing.ended_ms.is_some_and(|ended| ended >= 1000.0), "{timing:?}");
        }
    }

    #[test]
    fn a_reply_stops_by_count_where_the_server_has_no_word_for_it() {
        for (has_no_reason, tokens, finish) in [
            (true, Some(9), Finish::Stop),
            (true, Some(10), Finish::Length),
            (true, None, Finish::Unknown),
            (false, Some(9), Finish::Unknown),
        ] {
            let mut on_piece = |_: Piece<'_>| {};
            let mut reply = Reply::new(&mut on_piece);
            reply.has_no_reason = has_no_reason;
            reply.usage.completion_tokens = tokens;
            reply.stop_by_count(10);
            assert_eq!(reply.into_generation(None).finish, finish, "{has_no_reason} {tokens:?}");
        }
    }

    #[test]
    fn a_reply_is_bounded() {
        let mut on_piece = |_: Piece<'_>| {};
        let mut reply = Reply::new(&mut on_piece);
        let half = "x".repeat(MOST_TEXT_BYTES / 2);
        assert_eq!((reply.answer(&half), reply.reason(&half)), (Ok(()), Ok(())));
        assert_eq!(reply.answer("x").map_err(|failure| failure.kind), Err(FailureKind::TooLong));
    }
}
