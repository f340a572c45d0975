//! One reply under way: its prompt, its tokens so far, and when it ends.

use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use proofhouse_types::{FailureKind, GenerationFailure, GenerationRequest, ServerTiming, Usage};

use super::prompt::Prompts;
use super::sampler::Sampler;
use super::text::{Emit, ReplyText};
use crate::embedded::wire::Stopped;
use crate::refusal::failure;
use crate::reply::milliseconds;

/// A reply under way.
pub(super) struct Sequence {
    id: u64,
    prompt: Vec<LlamaToken>,
    /// Tokens of the prompt that were read.
    read: usize,
    /// The token that was written last, which has not been read yet.
    last: Option<LlamaToken>,
    /// Where the scores for its next token are, after a step.
    row: Option<i32>,
    sampler: Sampler,
    text: ReplyText,
    written: u32,
    reasoned: u32,
    most: u32,
    /// What it means when there are that many.
    at_most: Stopped,
    since: Instant,
    begun: Instant,
    first: Option<Instant>,
}

/// What came of a step.
pub(super) enum Step {
    More,
    Done(Stopped),
}

impl Sequence {
    /// A reply to a request that came at `since`, in a room for as many tokens.
    pub(super) fn begin(
        id: u64,
        request: &GenerationRequest,
        since: Instant,
        room: u32,
        model: &LlamaModel,
        prompts: &Prompts<'_>,
    ) -> Result<Sequence, GenerationFailure> {
        let begun = Instant::now();
        let sampling = &request.sampling;
        let asked = sampling.context_tokens.unwrap_or(room);
        if asked > room {
            let message = format!("room for {asked} tokens was asked for, and the model was loaded with {room}");
            return Err(failure(FailureKind::Rejected, &message));
        }
        let prompt = prompts.of_ask(&request.ask, sampling.thinking)?;
        let length = u32::try_from(prompt.tokens.len()).unwrap_or(u32::MAX);
        if length == 0 || sampling.max_tokens == 0 {
            return Err(failure(FailureKind::Rejected, "a prompt or a reply without tokens"));
        }
        let left = asked.saturating_sub(length);
        if left == 0 {
            let message = format!("the prompt has {length} tokens, and there is room for {asked} with the reply");
            return Err(failure(FailureKind::ContextOverflow, &message));
        }
        let most = sampling.max_tokens.min(left);
        Ok(Sequence {
            id,
            prompt: prompt.tokens,
            read: 0,
            last: None,
            row: None,
            sampler: Sampler::new(model, sampling)?,
            text: ReplyText::new(&sampling.stop, prompt.part),
            written: 0,
            reasoned: 0,
            most,
            at_most: if sampling.max_tokens <= left { Stopped::MaxTokens } else { Stopped::ContextFull },
            since,
            begun,
            first: None,
        })
    }

    /// The request that it answers.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Adds the last token to a step, for the scores of the next one.
    pub(super) fn add_written(&mut self, place: i32, batch: &mut LlamaBatch<'_>) {
        if let Some(token) = self.last.take() {
            let position = self.prompt.len() + self.written as usize - 1;
            self.row = Some(add(batch, token, position, place, Scores::Wanted));
        }
    }

    /// Adds as much of the prompt to a step of `most` tokens as there is room for.
    pub(super) fn add_prompt(&mut self, place: i32, batch: &mut LlamaBatch<'_>, most: u32) {
        while self.read < self.prompt.len() && batch.n_tokens().unsigned_abs() < most {
            let (token, position) = (self.prompt[self.read], self.read);
            self.read += 1;
            let is_last = self.read == self.prompt.len();
            let row = add(batch, token, position, place, if is_last { Scores::Wanted } else { Scores::Unwanted });
            self.row = is_last.then_some(row);
        }
    }

    /// Chooses the next token, where the step found scores for it.
    pub(super) fn write(
        &mut self,
        context: &LlamaContext<'_>,
        model: &LlamaModel,
        emit: Emit<'_>,
    ) -> Result<Step, GenerationFailure> {
        let Some(row) = self.row.take() else { return Ok(Step::More) };
        let token = self.sampler.sample(context, row)?;
        self.first.get_or_insert_with(Instant::now);
        self.written += 1;
        self.reasoned += u32::from(self.text.is_reasoning());
        let vocabulary = model.vocab();
        let stopped = if vocabulary.is_eog(token) {
            Some(Stopped::EndOfText)
        } else if self.text.push(&vocabulary.token_to_piece(token, false, None), emit) {
            return Ok(Step::Done(Stopped::StopString));
        } else {
            (self.written == self.most).then_some(self.at_most)
        };
        match stopped {
            Some(stopped) => {
                self.text.end(emit);
                Ok(Step::Done(stopped))
            }
            None => {
                self.last = Some(token);
                Ok(Step::More)
            }
        }
    }

    /// Its tokens.
    pub(super) fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: Some(self.prompt.len() as u64),
            cached_tokens: Some(0),
            completion_tokens: Some(self.written.into()),
            reasoning_tokens: Some(self.reasoned.into()),
        }
    }

    /// Its times, as they are now.
    pub(super) fn timing(&self) -> ServerTiming {
        let first = self.first.unwrap_or(self.begun);
        ServerTiming {
            prompt_ms: Some(milliseconds(first.duration_since(self.begun))),
            generation_ms: Some(milliseconds(first.elapsed())),
            total_ms: Some(milliseconds(self.since.elapsed())),
            ..ServerTiming::default()
        }
    }
}

/// Whether a step shall find the scores of what follows a token.
#[derive(PartialEq, Eq)]
enum Scores {
    Wanted,
    Unwanted,
}

/// Adds a token to a step; its row there.
fn add(batch: &mut LlamaBatch<'_>, token: LlamaToken, position: usize, place: i32, scores: Scores) -> i32 {
    let row = batch.n_tokens();
    let position = i32::try_from(position).expect("prompts are within the context");
    batch
        .add(token, position, &[place], scores == Scores::Wanted)
        .expect("there are no more places than a step has room for");
    row
}
