//! The search for the program in a model's reply.
//!
//! It chooses and cuts; it writes nothing of its own. A reply that was cut off stays cut off.

use proofhouse_types::{Finish, Language};

use crate::absence::Absence;
use crate::candidate::{self, Candidate, looks_like_code};
use crate::extraction::{Extracted, Method, Source};
use crate::fences::{self, Block, Tag};
use crate::lines::{dedent, first_line, indentation};
use crate::names::Names;
use crate::search::Search;
use crate::statements::code_range;
use crate::stub::Stub;
use crate::tree::Parsed;
use crate::{body, reasoning, session, spans, sql};

/// Finds the program in a reply. The work is bounded whatever the reply: beyond about 2 MiB of text, fences alone decide.
pub fn extract(source: &Source<'_>) -> Extracted {
    let reply = with_line_feeds(source.reply);
    let reply = until_end_mark(&reply);
    let answer = reasoning::strip(reply);
    let text = answer.text;
    if text.trim().is_empty() {
        let why = if reply.trim().is_empty() { Absence::Empty } else { Absence::OnlyReasoning };
        return match (source.finish, answer.unfinished) {
            (Finish::Length, _) | (Finish::Unknown, true) => Extracted::Unbegun(why),
            (Finish::Stop | Finish::Unknown, _) => Extracted::NoCode(why),
        };
    }
    let found = match source.language {
        Language::Python => Extraction::new(source).run(&text),
        Language::Sql => sql::extract(&text, source.finish),
    };
    found.unwrap_or_else(|| {
        let why = Absence::of(&text, source.language);
        match source.finish {
            Finish::Length => Extracted::Unbegun(why),
            Finish::Stop | Finish::Unknown => Extracted::NoCode(why),
        }
    })
}

/// Marks that servers leave at the end of a reply. What stands behind them is no part of it.
const END_MARKS: [&str; 5] = ["<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end|>", "\n[DONE]"];

/// The reply up to the first end mark that is not quoted.
fn until_end_mark(reply: &str) -> &str {
    let end = END_MARKS.iter().filter_map(|mark| reply.find(mark)).min().unwrap_or(reply.len());
    if reply[..end].ends_with(['"', '\'', '`']) { reply } else { &reply[..end] }
}

/// The text without a byte order mark, its lines ended as Python and SQLite both read them.
fn with_line_feeds(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n")
}

/// The search for Python.
struct Extraction {
    search: Search,
    stub: Option<Stub>,
    entry_point: Option<String>,
    finish: Finish,
}

impl Extraction {
    fn new(source: &Source<'_>) -> Self {
        let mut search = Search::new(source.language);
        let stub = Stub::of(&mut search, &with_line_feeds(source.prompt), source.entry_point);
        let entry_point = source.entry_point.map(str::to_owned).or_else(|| stub.as_ref().map(|stub| stub.name.clone()));
        Self { search, stub, entry_point, finish: source.finish }
    }

    /// Tries the readings of a reply in the order of how sure they are.
    fn run(mut self, text: &str) -> Option<Extracted> {
        let found = self.shifted(text).or_else(|| self.completion(text)).or_else(|| self.whole(text));
        if found.is_some() {
            return found;
        }
        let blocks = fences::blocks(text, Language::Python);
        let fenced = blocks
            .iter()
            .filter(|block| block.tag != Tag::Other)
            .map(|block| {
                let tagged = block.tag == Tag::Wanted;
                Candidate::new(&mut self.search, block.content.clone(), Method::Fence, tagged, block.closed)
            })
            .filter(Candidate::may_be_program)
            .collect::<Vec<_>>();
        let unfenced = self.unfenced(text, &blocks);
        self.defining(&fenced, &unfenced)
            .or_else(|| self.fenced_body(&fenced))
            .or_else(|| self.choice(&fenced, candidate::best(&fenced)))
            .or_else(|| self.broken_completion(text))
            .or_else(|| self.choice(&unfenced, candidate::longest(&unfenced)))
    }

    /// A whole program whose every line is indented, which must not be taken for a body.
    fn shifted(&mut self, text: &str) -> Option<Extracted> {
        let (_, first) = first_line(text)?;
        let shifted = if indentation(first).is_empty() { return None } else { dedent(text) };
        let parsed = self.search.read(&shifted)?;
        let names = Names::of(&parsed, &shifted);
        let is_program =
            names.has_definition && self.entry_point.as_ref().is_some_and(|name| names.defined.contains(name));
        (parsed.is_valid() && is_program).then(|| self.whole(&shifted)).flatten()
    }

    /// The prompt and the reply, if the reply goes on with the prompt's function.
    fn completion(&mut self, text: &str) -> Option<Extracted> {
        let completed = body::complete(&mut self.search, self.stub.as_ref()?, text)?;
        if completed.open_ended && self.finish == Finish::Length {
            return Some(Extracted::Truncated { code: completed.code });
        }
        let method = if completed.whole { Method::Completion } else { Method::CompletionPrefix };
        Some(Extracted::Program { code: completed.code, method })
    }

    /// The reply as a program of its own, less what prose parses at its ends.
    fn whole(&mut self, text: &str) -> Option<Extracted> {
        let parsed = self.search.read(text).filter(Parsed::is_valid)?;
        let fenced = first_line(text).is_some_and(|(_, line)| line.starts_with("~~~"));
        let range = code_range(&parsed, text).filter(|_| !fenced)?;
        let names = Names::of(&parsed, text);
        if self.entry_point.as_ref().is_some_and(|name| !names.defined.contains(name)) {
            return None;
        }
        if self.finish == Finish::Length && body::is_open_ended(&parsed, text, self.entry_point.as_deref()) {
            return Some(Extracted::Truncated { code: text[range].to_owned() });
        }
        let method = if range == (0..text.len()) { Method::WholeReply } else { Method::LongestSpan };
        Some(self.program(text[range].to_owned(), method))
    }

    /// The last piece that defines the entry point: of the fenced ones, or else of the others.
    fn defining(&mut self, fenced: &[Candidate], unfenced: &[Candidate]) -> Option<Extracted> {
        let name = self.entry_point.clone()?;
        if let Some(chosen) = candidate::last_that_defines(fenced, &name) {
            return self.choice(fenced, Some(chosen));
        }
        self.choice(unfenced, candidate::last_that_defines(unfenced, &name))
    }

    /// A fenced block with the body of the prompt's function.
    fn fenced_body(&mut self, fenced: &[Candidate]) -> Option<Extracted> {
        let stub = self.stub.as_ref()?;
        fenced.iter().rev().find_map(|candidate| {
            let completed = body::complete(&mut self.search, stub, &candidate.raw)?;
            Some(match (candidate.closed, self.finish) {
                (false, Finish::Length) => Extracted::Truncated { code: completed.code },
                _ => Extracted::Program { code: completed.code, method: Method::FencedBody },
            })
        })
    }

    /// The chosen piece with those that it needs, unless the reply was cut off in it.
    fn choice(&mut self, candidates: &[Candidate], chosen: Option<usize>) -> Option<Extracted> {
        let chosen = chosen?;
        if let Some(open) = candidates.last().filter(|candidate| !candidate.closed) {
            let name = self.entry_point.as_deref();
            // A piece that was cut off behind the answer, such as an example of its use, is no loss.
            let matters = chosen + 1 == candidates.len()
                || name.is_none_or(|name| open.defines(name) || !candidates[chosen].defines(name));
            if matters && self.is_cut_off(open) {
                return Some(Extracted::Truncated { code: open.code.clone() });
            }
        }
        let parts = candidate::joined(candidates, chosen);
        let method = match (candidates[chosen].method, parts.len()) {
            (Method::Fence, 2..) => Method::JoinedFences,
            (method, _) => method,
        };
        let code = parts.iter().map(|part| candidates[*part].code.as_str()).collect::<Vec<_>>().join("\n\n");
        Some(self.program(code, method))
    }

    /// Whether the reply ended in the middle of its last piece.
    fn is_cut_off(&self, open: &Candidate) -> bool {
        match self.finish {
            Finish::Stop => false,
            Finish::Unknown => open.is_broken(),
            Finish::Length if open.method == Method::Fence => true,
            Finish::Length => open.parsed().is_none_or(|parsed| {
                !parsed.is_valid() || body::is_open_ended(parsed, &open.code, self.entry_point.as_deref())
            }),
        }
    }

    /// A completion with a syntax error inside the function. Python will say which.
    fn broken_completion(&mut self, text: &str) -> Option<Extracted> {
        let stub = self.stub.as_ref()?;
        let (start, first) = first_line(text)?;
        // A sentence starts with a capital, and hardly a statement does.
        let indented =
            indentation(first).len() >= stub.body_indentation.len() && !first.trim().starts_with(char::is_uppercase);
        let lost =
            ["return ", "for ", "while ", "if "].iter().any(|word| first.starts_with(word)) && looks_like_code(first);
        if !indented && !lost {
            return None;
        }
        let code = match indented {
            true => stub.text.clone() + text,
            false => format!("{}{}{}", stub.text, stub.body_indentation, &text[start..]),
        };
        let cut_off = match self.finish {
            Finish::Stop => false,
            Finish::Length => true,
            Finish::Unknown => body::ends_midway(&mut self.search, &code),
        };
        Some(match cut_off {
            true => Extracted::Truncated { code },
            false => Extracted::Program { code, method: Method::Completion },
        })
    }

    /// The pieces of code outside the fences.
    fn unfenced(&mut self, text: &str, blocks: &[Block]) -> Vec<Candidate> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for (end, next) in
            blocks.iter().map(|block| (block.place.start, block.place.end)).chain([(text.len(), text.len())])
        {
            let region = &text[at..end];
            let last = end == text.len();
            let spans = spans::spans(&mut self.search, region, last);
            // Prompts that are indented stand in a docstring.
            let is_session = region.lines().any(|line| line.starts_with(">>> "))
                && !spans.iter().any(|span| span.names.has_definition);
            match session::code_anywhere(region).filter(|_| is_session) {
                Some(code) => pieces.push(Candidate::new(&mut self.search, code, Method::Session, false, !last)),
                None => pieces.extend(spans),
            }
            at = next;
        }
        pieces
    }

    /// A program with what the prompt defines for it.
    fn program(&mut self, code: String, method: Method) -> Extracted {
        let code = match (&self.stub, self.search.read(&code)) {
            (Some(stub), Some(parsed)) => stub.with_preamble(code, &parsed),
            _ => code,
        };
        Extracted::Program { code, method }
    }
}
