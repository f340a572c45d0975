//! Asks models, one after the other, for what a run still lacks, and hands on what comes back. Writes nothing and judges nothing.

use std::sync::mpsc::Sender;
use std::time::Duration;

use futures_util::StreamExt;
use proofhouse::explained;
use proofhouse_generator::{BackendKind, Model, ModelName, Options};
use proofhouse_types::{
    FailureKind, Generation, GenerationFailure, GenerationRequest, ModelFacts, Sampling, TaskId, Thinking,
};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::came::Came;
use crate::config::{Asking, Load, Manner};
use crate::prompts::Prompt;
use crate::row::SampleRow;
use crate::schedule::{Place, arrivals};

/// Requests in a row that find no server, or none that answers this program, after which a model is given up: each of them was
/// sent again as often as asked.
const LOST_AFTER: usize = 3;

/// Tokens that a warm-up may write: enough to load the model and to start writing.
const WARM_UP_TOKENS: u32 = 16;

/// A model, how it is asked, and for what.
pub(crate) struct Turn {
    pub model: ModelName,
    pub options: Options,
    pub manner: Manner,
    /// What its server said when the run first came to it.
    pub known: Option<ModelFacts>,
    pub places: Vec<Place>,
}

/// What all models are asked alike.
pub(crate) struct Asker<'a> {
    pub asking: &'a Asking,
    /// By task.
    pub prompts: &'a [(TaskId, Prompt)],
    /// Ends the asking; what is under way is waited for.
    pub stop: &'a CancellationToken,
    /// Gives up what is under way.
    pub give_up: &'a CancellationToken,
    pub came: Sender<Came>,
}

/// What became of one request, for whether to go on.
enum Outcome {
    Replied,
    Failed(GenerationFailure),
    /// The run was ended meanwhile.
    NotAsked,
}

impl Asker<'_> {
    /// Every model gets its turn.
    pub(crate) async fn ask_all(&self, turns: Vec<Turn>) {
        for (number, turn) in turns.into_iter().enumerate() {
            let (idle, is_idle) = oneshot::channel();
            self.tell(Came::Turn { number, idle });
            self.give_up.run_until_cancelled(is_idle).await;
            if turn.places.is_empty() || self.is_over() {
                continue;
            }
            let model = turn.model.to_string();
            if let Err(why) = self.ask_model(turn, &model).await
                && !self.give_up.is_cancelled()
            {
                self.tell(Came::Lost { model, why });
            }
        }
        self.tell(Came::AllAsked);
    }

    /// Asks one model for all that it still lacks.
    ///
    /// # Errors
    /// Why it can't be asked, or no more.
    async fn ask_model(&self, turn: Turn, name: &str) -> Result<(), String> {
        let Turn { model, options, manner, known, places } = turn;
        let warming = self.warm(model, options, known.as_ref());
        let Some(warm) = self.unless_over(warming).await else { return Ok(()) };
        let (model, facts, warm_up) = warm?;
        let is_fatal = |kind| is_lost(kind) || kind == FailureKind::Unsupported;
        let lost = warm_up.failure.as_ref().filter(|failure| is_fatal(failure.kind)).map(said);
        let (manner, facts, warm_up) = (Box::new(manner), Box::new(facts), Box::new(warm_up));
        self.tell(Came::Warm { model: name.to_owned(), manner, facts, warm_up });
        if let Some(lost) = lost {
            return Err(lost);
        }

        let start = Instant::now();
        let seed = self.asking.sampling.seed.unwrap_or_default();
        let times: Box<dyn Iterator<Item = Option<Duration>> + Send> = match self.asking.load {
            Load::Concurrency(_) => Box::new(std::iter::repeat(None)),
            Load::Rate(rate) => Box::new(arrivals(rate, seed).map(Some)),
        };
        let requests = places.into_iter().zip(times).map(|(place, at)| {
            let at = at.map(|at| start + at);
            self.ask(&model, name, place, at)
        });
        let most = self.asking.load.most_at_a_time().get() as usize;
        let mut outcomes = futures_util::stream::iter(requests).buffer_unordered(most);
        let mut lost = 0;
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Outcome::Failed(failure) if is_lost(failure.kind) => {
                    lost += 1;
                    if lost == LOST_AFTER {
                        return Err(format!("{lost} requests in a row failed: {}", said(&failure)));
                    }
                }
                Outcome::Failed(_) | Outcome::Replied => lost = 0,
                Outcome::NotAsked => {}
            }
        }
        Ok(())
    }

    /// Makes a model ready: it is there, it is the one from before, it is loaded.
    ///
    /// # Errors
    /// Why it can't be asked.
    async fn warm(
        &self,
        name: ModelName,
        options: Options,
        known: Option<&ModelFacts>,
    ) -> Result<(Model, ModelFacts, Generation), String> {
        let model = Model::open(name.clone(), options.clone()).await.map_err(|error| explained(&error))?;
        let mut facts = model.facts().await.map_err(|failure| said(&failure))?;
        if let Some((what, there, now)) = known.and_then(|known| other_fact(name.backend, known, &facts)) {
            return Err(format!("its server has another model than before: `{what}` was {there}, now {now}"));
        }
        let warm_up = model.generate(&self.warm_up(), self.give_up, &mut |_| ()).await;
        if knows_more_once_loaded(name.backend)
            && let Ok(again) = Model::open(name, options).await
            && let Ok(now) = again.facts().await
        {
            facts = now;
        }
        Ok((model, facts, warm_up))
    }

    /// What comes of something, unless the run is ended meanwhile.
    async fn unless_over<T>(&self, something: impl Future<Output = T>) -> Option<T> {
        self.give_up.run_until_cancelled(self.stop.run_until_cancelled(something)).await.flatten()
    }

    /// Asks for one sample, at its time where it has one, and ends when what came is written down: who is killed then has lost
    /// nothing but what was under way.
    async fn ask(&self, model: &Model, name: &str, place: Place, at: Option<Instant>) -> Outcome {
        if let Some(at) = at {
            self.stop.run_until_cancelled(tokio::time::sleep_until(at)).await;
        }
        if self.is_over() {
            return Outcome::NotAsked;
        }
        let late = at.map(|at| at.elapsed()).unwrap_or_default();
        let (task_id, prompt) = &self.prompts[place.task];
        let request = prompt.request(&self.asking.sampling, place.repeat);
        let mut generation = model.generate(&request, self.give_up, &mut |_| ()).await;
        let failure = generation.failure.clone();
        if failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Cancelled) {
            return Outcome::NotAsked;
        }
        generation.timing.queue_ms += late.as_secs_f64() * 1000.0;
        let row = SampleRow {
            model: name.to_owned(),
            task_id: task_id.clone(),
            sample_id: place.sample_id(),
            request,
            generation,
            code: String::new(),
            report: None,
            grading_ms: None,
        };
        let (written, is_written) = oneshot::channel();
        self.tell(Came::Reply { row: Box::new(row), written });
        // Where it can't be written, the run ends.
        let _ = is_written.await;
        failure.map_or(Outcome::Replied, Outcome::Failed)
    }

    /// Without a seed: it is truly sent, whatever replies are kept. Without a word on reasoning, for which it has no room.
    fn warm_up(&self) -> GenerationRequest {
        let max_tokens = self.asking.sampling.max_tokens.min(WARM_UP_TOKENS);
        let thinking = Thinking::Default;
        let sampling = Sampling { max_tokens, seed: None, thinking, ..self.asking.sampling.clone() };
        GenerationRequest { ask: Prompt::to_warm_up(self.asking), sampling }
    }

    fn is_over(&self) -> bool {
        self.stop.is_cancelled() || self.give_up.is_cancelled()
    }

    fn tell(&self, came: Came) {
        // Where nobody listens any more, the run is over.
        let _ = self.came.send(came);
    }
}

/// Whether a failure says that the next request will fail as well.
fn is_lost(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Unreachable
        | FailureKind::Unauthorized
        | FailureKind::UnknownModel
        | FailureKind::WorkerDied => true,
        FailureKind::FirstTokenTimeout
        | FailureKind::IdleTimeout
        | FailureKind::TotalTimeout
        | FailureKind::RateLimited
        | FailureKind::ServerError
        | FailureKind::ContextOverflow
        | FailureKind::Rejected
        // A task may have in its code what this model can't be sent. Of one that can't do it at all, the warm-up says so.
        | FailureKind::Unsupported
        | FailureKind::Disconnected
        | FailureKind::Malformed
        | FailureKind::MissingEnd
        | FailureKind::TooLong
        | FailureKind::Cancelled => false,
    }
}

/// Whether a server makes room for a context when it loads a model, and says only then how much.
fn knows_more_once_loaded(backend: BackendKind) -> bool {
    match backend {
        BackendKind::Ollama | BackendKind::LmStudio => true,
        BackendKind::LlamaCpp
        | BackendKind::Vllm
        | BackendKind::OpenAi
        | BackendKind::Anthropic
        | BackendKind::Gguf => false,
    }
}

/// What a server says otherwise than before. What it said only once is no difference: some know more once a model is loaded. Nor is
/// the room for a context where another client may have asked for it.
fn other_fact(backend: BackendKind, there: &ModelFacts, now: &ModelFacts) -> Option<(String, String, String)> {
    let fields = |facts: &ModelFacts| {
        let context_tokens = match backend {
            BackendKind::LlamaCpp | BackendKind::Gguf => facts.context_tokens,
            BackendKind::Ollama
            | BackendKind::Vllm
            | BackendKind::LmStudio
            | BackendKind::OpenAi
            | BackendKind::Anthropic => None,
        };
        let value = serde_json::to_value(ModelFacts { load_ms: None, context_tokens, ..facts.clone() });
        match value.expect("it is plain data") {
            serde_json::Value::Object(fields) => fields,
            _ => unreachable!("a struct is an object"),
        }
    };
    let now = fields(now);
    fields(there).into_iter().find_map(|(name, there)| {
        let now = now.get(&name).filter(|now| **now != there)?;
        Some((name, there.to_string(), now.to_string()))
    })
}

fn said(failure: &GenerationFailure) -> String {
    format!("{}: {}", failure.kind.name(), failure.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_now_and_before_must_be_the_same() {
        let facts = |name: &str, digest: Option<&str>, load_ms| ModelFacts {
            name: Some(name.to_owned()),
            digest: digest.map(str::to_owned),
            load_ms,
            ..ModelFacts::default()
        };
        let there = facts("m", Some("a"), Some(1));
        let cases = [
            (facts("m", Some("a"), Some(2)), None),
            (facts("m", None, None), None),
            (facts("m", Some("b"), None), Some("digest")),
            (facts("n", Some("a"), None), Some("name")),
        ];
        for (now, expected) in cases {
            let other = other_fact(BackendKind::Ollama, &there, &now);
            assert_eq!(other.map(|(what, ..)| what).as_deref(), expected, "{now:?}");
        }
        let room = |context_tokens| ModelFacts { context_tokens: Some(context_tokens), ..ModelFacts::default() };
        let differs = |backend| other_fact(backend, &room(1), &room(2)).is_some();
        assert_eq!([BackendKind::Gguf, BackendKind::LlamaCpp, BackendKind::Ollama].map(differs), [true, true, false]);
    }
}
