//! Shows a reply as it comes, and its numbers.

use std::io::{IsTerminal, Write};

use anstyle::Style;
use proofhouse_bench::tpot_ms;
use proofhouse_generator::Piece;
use proofhouse_types::Generation;

use super::Generate;
use crate::text::{self, harmless};

const QUIET: Style = Style::new().dimmed();

/// Where the pieces of one reply go.
pub struct Show {
    answer: bool,
    reasoning: bool,
    /// The last piece that was shown ends in the middle of a line.
    midway: bool,
}

impl Show {
    pub fn new(arguments: &Generate) -> Show {
        Show { answer: !arguments.json && !arguments.code, reasoning: arguments.reasoning, midway: false }
    }

    pub fn piece(&mut self, piece: Piece<'_>) {
        // Nobody reads what can't be written.
        let written = match piece {
            Piece::Answer(text) if self.answer => {
                self.midway = !text.ends_with('\n');
                let mut stdout = std::io::stdout();
                let text = if stdout.is_terminal() { harmless(text) } else { text.to_owned() };
                stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
            }
            Piece::Reasoning(text) if self.reasoning => {
                write!(anstream::stderr(), "{QUIET}{}{QUIET:#}", harmless(text))
            }
            Piece::Retry(failure) => {
                text::error_text(&format!("once more: {}: {}", failure.kind.name(), harmless(&failure.message)));
                Ok(())
            }
            Piece::Answer(_) | Piece::Reasoning(_) => Ok(()),
        };
        let _ = written;
    }

    /// Ends the last line of the answer.
    pub fn end(&self) {
        if self.midway {
            text::line("");
        }
    }
}

/// The numbers of a request, on standard error, and why it failed.
pub fn numbers(generation: &Generation) {
    let Generation { usage, timing, finish_reason, kept, doubts, failure, .. } = generation;
    let mut parts = Vec::new();
    parts.extend(usage.prompt_tokens.map(|tokens| format!("{tokens} tokens of prompt")));
    parts.extend(usage.completion_tokens.map(|tokens| format!("{tokens} of reply")));
    parts.extend(usage.reasoning_tokens.map(|tokens| format!("{tokens} of them reasoning")));
    parts.extend(timing.ttft_ms.map(|ms| format!("TTFT {ms:.0} ms")));
    parts.extend(tpot_ms(generation).map(|ms| format!("TPOT {ms:.1} ms")));
    parts.extend(timing.e2el_ms.map(|ms| format!("E2EL {ms:.0} ms")));
    parts.extend(finish_reason.as_ref().map(|reason| format!("ended by `{}`", harmless(reason))));
    parts.extend(kept.then(|| "kept from before".to_owned()));
    parts.extend(doubts.iter().map(|doubt| format!("doubt: {doubt}")));
    if !parts.is_empty() {
        text::error_text(&format!("{QUIET}{}{QUIET:#}", parts.join(", ")));
    }
    if let Some(failure) = failure {
        text::error_text(&format!("failed: {}: {}", failure.kind.name(), harmless(&failure.message)));
    }
}
