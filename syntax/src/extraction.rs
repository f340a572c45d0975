//! What the search for a program is given, and what it gives back. How it searches is no business of this file.

use std::fmt;

use proofhouse_types::{Finish, Language};

use crate::absence::Absence;

/// The version of the extractor. It grows with every change that could find another program in the same text.
pub const EXTRACTOR_VERSION: u32 = 2;

/// A reply with what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What the model wrote.
    pub reply: &'a str,
    /// What it was asked: for completion tasks, the code that the reply goes on from. May be empty.
    pub prompt: &'a str,
    /// The name that the tests call, where there is one.
    pub entry_point: Option<&'a str>,
    /// The language of the program.
    pub language: Language,
    /// Why the model stopped.
    pub finish: Finish,
}

/// What was found in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extracted {
    /// A program, which need not parse. Lines end in `\n`; what the prompt defines before the entry point is in it.
    Program {
        /// The program.
        code: String,
        /// How it was found.
        method: Method,
    },
    /// The reply ended in the middle of its program.
    Truncated {
        /// The program as far as it goes, never repaired: the block that was not closed, or for completions the prompt and the reply.
        code: String,
    },
    /// The reply ended before its program began.
    Unbegun(Absence),
    /// There is none.
    NoCode(Absence),
}

/// How a program was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// A fenced block.
    Fence,
    /// Several fenced blocks, of which one needs the others.
    JoinedFences,
    /// A fenced block with only the function's body, behind the prompt.
    FencedBody,
    /// The whole reply, behind the prompt.
    Completion,
    /// The start of the reply, behind the prompt. The rest does not parse.
    CompletionPrefix,
    /// The whole reply.
    WholeReply,
    /// An interactive session without its prompts and output.
    Session,
    /// The part of an unfenced reply that is code.
    LongestSpan,
}

impl Method {
    /// The name that stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::JoinedFences => "joined_fences",
            Self::FencedBody => "fenced_body",
            Self::Completion => "completion",
            Self::CompletionPrefix => "completion_prefix",
            Self::WholeReply => "whole_reply",
            Self::Session => "session",
            Self::LongestSpan => "longest_span",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
