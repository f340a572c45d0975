//! The loop that writes replies: in each step, every reply under way gets its next token, and the rest of the step's room
//! reads prompts of those that begin. Requests join and leave between two steps.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use proofhouse_types::{FailureKind, GenerationFailure, GenerationRequest};

use super::prompt::Prompts;
use super::sequence::{Sequence, Step};
use crate::embedded::memory::BATCH_TOKENS;
use crate::embedded::wire::{Event, Load, Order};
use crate::refusal::failure;

/// Requests that wait for a place at most: more than any program asks at a time.
const MOST_WAITING: usize = 1024;

/// Whom the engine tells of what it wrote.
pub(super) type Say<'a> = &'a mut dyn FnMut(Event) -> io::Result<()>;

/// A loaded model with its replies under way.
pub(super) struct Engine<'model> {
    model: &'model LlamaModel,
    context: LlamaContext<'model>,
    prompts: Prompts<'model>,
    batch: LlamaBatch<'static>,
    /// A reply for each of llama.cpp's sequences.
    places: Vec<Option<Sequence>>,
    waiting: VecDeque<Waiting>,
    /// Tokens of one prompt and its reply.
    room: u32,
}

struct Waiting {
    id: u64,
    request: GenerationRequest,
    since: Instant,
}

impl<'model> Engine<'model> {
    pub(super) fn new(
        model: &'model LlamaModel,
        context: LlamaContext<'model>,
        prompts: Prompts<'model>,
        load: &Load,
    ) -> Engine<'model> {
        let places = (0..load.sequences).map(|_| None).collect();
        let batch = LlamaBatch::new(BATCH_TOKENS as usize, 1);
        Engine { model, context, prompts, batch, places, waiting: VecDeque::new(), room: load.context_tokens }
    }

    /// Works until nobody gives orders any more, or nobody hears what is written.
    pub(super) fn run(mut self, orders: &Receiver<Order>, say: Say<'_>) -> io::Result<()> {
        loop {
            if self.waiting.is_empty() && self.places.iter().all(Option::is_none) {
                let Ok(order) = orders.recv() else { return Ok(()) };
                self.obey(order, say)?;
            }
            loop {
                match orders.try_recv() {
                    Ok(order) => self.obey(order, say)?,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            self.admit(say)?;
            self.step(say)?;
        }
    }

    fn obey(&mut self, order: Order, say: Say<'_>) -> io::Result<()> {
        match order {
            Order::Generate { id, request } if self.waiting.len() < MOST_WAITING => {
                self.waiting.push_back(Waiting { id, request, since: Instant::now() });
                Ok(())
            }
            Order::Generate { id, .. } => {
                let message = format!("{MOST_WAITING} requests are waiting already");
                say(Event::Failed { id, failure: failure(FailureKind::RateLimited, &message) })
            }
            Order::Cancel { id } => {
                self.waiting.retain(|waiting| waiting.id != id);
                let place = self.places.iter().position(|there| there.as_ref().is_some_and(|there| there.id() == id));
                place.into_iter().for_each(|place| self.free(place));
                Ok(())
            }
            Order::Tokens { id, ask, thinking } => say(match self.prompts.of_ask(&ask, thinking) {
                Ok(prompt) => Event::Tokens { id, tokens: prompt.tokens.iter().map(|token| token.0).collect() },
                Err(failure) => Event::Failed { id, failure },
            }),
            // The model is loaded.
            Order::Load(_) => Ok(()),
        }
    }

    /// Gives free places to those who wait.
    fn admit(&mut self, say: Say<'_>) -> io::Result<()> {
        for place in &mut self.places {
            while place.is_none() {
                let Some(Waiting { id, request, since }) = self.waiting.pop_front() else { return Ok(()) };
                match Sequence::begin(id, &request, since, self.room, self.model, &self.prompts) {
                    Ok(sequence) => *place = Some(sequence),
                    Err(failure) => say(Event::Failed { id, failure })?,
                }
            }
        }
        Ok(())
    }

    /// One step of all replies under way.
    fn step(&mut self, say: Say<'_>) -> io::Result<()> {
        self.batch.clear();
        let places = self.places.iter_mut().zip(0..);
        let mut under_way: Vec<(&mut Sequence, i32)> =
            places.filter_map(|(sequence, place)| Some((sequence.as_mut()?, place))).collect();
        under_way.iter_mut().for_each(|(sequence, place)| sequence.add_written(*place, &mut self.batch));
        under_way.iter_mut().for_each(|(sequence, place)| sequence.add_prompt(*place, &mut self.batch, BATCH_TOKENS));
        if self.batch.n_tokens() == 0 {
            return Ok(());
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            return self.fail_all(&failure(FailureKind::ServerError, &format!("llama.cpp: {error}")), say);
        }
        for place in 0..self.places.len() {
            let Some(sequence) = &mut self.places[place] else { continue };
            let id = sequence.id();
            let mut pieces = Vec::new();
            let step = sequence.write(&self.context, self.model, &mut |part, text| {
                pieces.push(Event::Piece { id, part, text: text.to_owned() });
            });
            pieces.into_iter().try_for_each(&mut *say)?;
            match step {
                Ok(Step::More) => continue,
                Ok(Step::Done(stopped)) => {
                    let (usage, timing) = (sequence.usage(), sequence.timing());
                    say(Event::Done { id, stopped, usage, timing })?;
                }
                Err(failure) => say(Event::Failed { id, failure })?,
            }
            self.free(place);
        }
        Ok(())
    }

    /// Forgets a reply and all of its tokens.
    fn free(&mut self, place: usize) {
        self.places[place] = None;
        let sequence = u32::try_from(place).expect("there are 256 places at most");
        // Whole sequences can always be removed.
        let _ = self.context.clear_kv_cache_seq(Some(sequence), None, None);
    }

    fn fail_all(&mut self, failure: &GenerationFailure, say: Say<'_>) -> io::Result<()> {
        for place in 0..self.places.len() {
            if let Some(sequence) = &self.places[place] {
                say(Event::Failed { id: sequence.id(), failure: failure.clone() })?;
                self.free(place);
            }
        }
        Ok(())
    }
}
