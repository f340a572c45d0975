//! Where a model is: on a server, or in a file that a process of our own runs.

use std::path::Path;

use proofhouse_types::{FailureKind, GenerationFailure, GenerationRequest, ModelFacts};
use serde_json::Value;

use crate::attempt::attempt;
use crate::backend::{self, Backend, Call};
use crate::embedded::Embedded;
use crate::error::OpenError;
use crate::http::{Http, Refused};
use crate::model_name::ModelName;
use crate::options::{Deadlines, Options};
use crate::reply::Reply;

/// Who writes a model's replies.
pub(crate) enum Source {
    /// A server.
    Server { http: Http, backend: Box<dyn Backend> },
    /// A process of our own.
    File(Box<Embedded>),
}

impl Source {
    /// Makes it ready to be asked: a file is loaded, a server is not asked yet.
    pub(crate) async fn open(name: &ModelName, options: &Options) -> Result<Source, OpenError> {
        let Some(backend) = backend::of(name) else {
            let path = Path::new(name.name.as_deref().unwrap_or_default());
            return Ok(Source::File(Box::new(Embedded::start(path, &options.embedded).await?)));
        };
        let url = name.url.as_deref().ok_or_else(|| OpenError::NoAddress(name.to_string()))?;
        let key_header = backend.key_header();
        let http = Http::new(url, options.key.as_ref(), &key_header, backend.headers(), options.deadlines)?;
        Ok(Source::Server { http, backend })
    }

    /// What it says of the model.
    pub(crate) async fn facts(&self) -> Result<ModelFacts, Refused> {
        let (http, backend) = match self {
            Source::Server { http, backend } => (http, backend),
            Source::File(embedded) => return Ok(embedded.facts()),
        };
        let mut answers = Vec::new();
        for question in backend.questions() {
            match http.ask(&question).await {
                Ok(answer) => answers.push(answer),
                Err(refused) if is_unknown_question(refused.failure.kind) => answers.push(Value::Null),
                Err(refused) => return Err(refused),
            }
        }
        Ok(backend.facts(&answers)?)
    }

    /// Whether a request depends on what it says of the model.
    pub(crate) fn needs_facts(&self, request: &GenerationRequest) -> bool {
        match self {
            Source::Server { backend, .. } => backend.needs_facts(request),
            Source::File(_) => false,
        }
    }

    /// A request in its words. `facts` are what it said of the model, where that matters.
    pub(crate) fn ready<'a>(
        &'a self,
        request: &'a GenerationRequest,
        facts: &ModelFacts,
    ) -> Result<Ready<'a>, GenerationFailure> {
        Ok(match self {
            Source::Server { http, backend } => Ready::Call(http, &**backend, backend.call(request, facts)?),
            Source::File(embedded) => Ready::Order(embedded, request),
        })
    }
}

/// A request that is ready to be sent.
pub(crate) enum Ready<'a> {
    /// To a server.
    Call(&'a Http, &'a dyn Backend, Call),
    /// To a process of our own.
    Order(&'a Embedded, &'a GenerationRequest),
}

impl Ready<'_> {
    /// What is sent to a server.
    pub(crate) fn call(&self) -> Option<&Call> {
        match self {
            Ready::Call(_, _, call) => Some(call),
            Ready::Order(..) => None,
        }
    }

    /// Learns from a refusal how a server wants to be asked: what is made ready next may be another call.
    pub(crate) fn learn(&self, failure: &GenerationFailure) {
        match self {
            Ready::Call(_, backend, _) => backend.learn(failure),
            Ready::Order(..) => {}
        }
    }

    /// Makes sure that there is somebody to send it to, as far as that is ours to do: before any clock starts.
    pub(crate) async fn wake(&self) -> Result<(), GenerationFailure> {
        match self {
            Ready::Call(..) => Ok(()),
            Ready::Order(embedded, _) => embedded.wake().await,
        }
    }

    /// Sends it once, and hears the reply to its end.
    pub(crate) async fn attempt(&self, deadlines: &Deadlines, reply: &mut Reply<'_>) -> Result<(), Refused> {
        match self {
            Ready::Call(http, backend, call) => attempt(http, *backend, call, deadlines, reply).await,
            Ready::Order(embedded, request) => Ok(embedded.attempt(request, deadlines, reply).await?),
        }
    }
}

/// Whether a server that failed so may still have the model, and only does not know the question.
fn is_unknown_question(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Rejected | FailureKind::Malformed | FailureKind::Unsupported => true,
        FailureKind::Unreachable
        | FailureKind::FirstTokenTimeout
        | FailureKind::IdleTimeout
        | FailureKind::TotalTimeout
        | FailureKind::RateLimited
        | FailureKind::ServerError
        | FailureKind::Unauthorized
        | FailureKind::UnknownModel
        | FailureKind::ContextOverflow
        | FailureKind::Disconnected
        | FailureKind::MissingEnd
        | FailureKind::TooLong
        | FailureKind::Cancelled
        | FailureKind::WorkerDied => false,
    }
}
