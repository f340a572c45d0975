//! Why a reply has no program. A guess by its words, for people who count such replies: no verdict depends on it.

use std::fmt;

use proofhouse_types::Language;

use crate::fences::{self, Tag};

/// What a reply is that has no program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Absence {
    /// Nothing but white space.
    Empty,
    /// Nothing but reasoning.
    OnlyReasoning,
    /// The model declines, in English.
    Refusal,
    /// Its fenced blocks say that they are something else.
    OtherLanguage,
    /// None of these: prose.
    Prose,
}

impl Absence {
    /// The name that stands in reports where the method stands that found a program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::OnlyReasoning => "only_reasoning",
            Self::Refusal => "refusal",
            Self::OtherLanguage => "other_language",
            Self::Prose => "none",
        }
    }

    /// What a text is in which no program was found. There is more than reasoning in it.
    pub(crate) fn of(text: &str, language: Language) -> Self {
        if fences::blocks(text, language).iter().any(|block| block.tag == Tag::Other) {
            Self::OtherLanguage
        } else if is_refusal(text) {
            Self::Refusal
        } else {
            Self::Prose
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much of a reply is read for a refusal: models decline in their first sentence or two.
const OPENING_CHARACTERS: usize = 240;

/// What refusals begin with.
const OPENINGS: [&str; 12] = [
    "i ",
    "i'm ",
    "sorry",
    "apologies",
    "my apologies",
    "unfortunately",
    "no,",
    "as an ai",
    "as a language model",
    "as a large language model",
    "thank you",
    "this request",
];

/// What says that nothing will come.
const DECLINES: [&str; 12] = [
    "must decline",
    "have to decline",
    "need to decline",
    "respectfully decline",
    "refuse to",
    "would rather not",
    "prefer not to",
    "not comfortable",
    "beyond me",
    "beyond my",
    "against my",
    "not something i can",
];

/// What says the same of the model, with one of [`HELP`] behind it.
const CANNOT: [&str; 9] = [
    "can't ",
    "cannot ",
    "can not ",
    "won't ",
    "will not ",
    "unable to ",
    "not able to ",
    "won't be able to ",
    "not going to ",
];

/// What is declined: to do the task, rather than one thing in the course of it.
const HELP: [&str; 16] = [
    "help", "assist", "do that", "do this", "comply", "fulfil", "provide", "write", "create", "generate", "produce",
    "complete", "answer", "solve", "continue", "share",
];

/// Whether a text declines: it begins as refusals do and soon says so, or it is an apology and nothing else.
fn is_refusal(text: &str) -> bool {
    let words = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let opening = words.chars().take(OPENING_CHARACTERS).collect::<String>().to_lowercase().replace('’', "'");
    let apologises = ["sorry", "i'm sorry", "i am sorry", "my apologies"];
    if apologises.contains(&opening.trim_end_matches(|c: char| !c.is_alphabetic())) {
        return true;
    }
    let declines = || DECLINES.iter().any(|words| opening.contains(words));
    let of_itself = |before: &str| ["i ", "i'm ", "i am "].iter().any(|subject| before.ends_with(subject));
    let helps = |behind: &str| HELP.iter().any(|help| behind.starts_with(help));
    let cannot_help = || {
        let mut places = CANNOT.iter().flat_map(|words| opening.match_indices(words));
        places.any(|(at, words)| of_itself(&opening[..at]) && helps(&opening[at + words.len()..]))
    };
    OPENINGS.iter().any(|words| opening.starts_with(words)) && (declines() || cannot_help())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Absence, texts: &[&str]) {
        for text in texts {
            assert_eq!(Absence::of(text, Language::Python), expected, "{text:?}");
        }
    }

    #[test]
    fn a_model_that_declines_is_told_from_one_that_talks() {
        check(
            Absence::Refusal,
            &[
                "Sorry",
                "I'm sorry.",
                "I’m sorry, but I can’t help with that.",
                "**I cannot assist** with this request.",
                "As an AI language model, I am unable to write such code.",
                "Unfortunately, I won't be able to provide that.",
                "I must decline: it is against the rules.",
                "No, I will not do that.",
            ],
        );
        check(
            Absence::Prose,
            &[
                "Sorry for the wait. First sort the list, then look at neighbours.",
                "I can't see a faster way than sorting; the loop then compares neighbours.",
                "I would sort the list. It can't help to look at pairs twice.\n\nThen return the count.",
                "The function can't help but loop.",
                "Sorting helps.",
                "...",
            ],
        );
        let late = format!("I would sort the list first. {} I cannot help more.", "Then compare. ".repeat(20));
        check(Absence::Prose, &[&late]);
    }

    #[test]
    fn a_block_that_says_it_is_something_else_is_no_refusal() {
        check(Absence::OtherLanguage, &["Sorry, I can't write Python:\n```go\nfunc f() {}\n```\n"]);
    }
}
