//! The way of a request through all that is checked before a handler sees it, and of the answer back.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::sync::OwnedSemaphorePermit;

use super::body::{self, Paced};
use super::finish::finish;
use super::request_id::RequestId;
use super::site::{self, Names};
use crate::access::{Admitted, Keys, Known, Left, Sessions, TurnedAway, presented};
use crate::config::{Config, ConfigError, HttpSettings};
use crate::dispatcher::Client;
use crate::error::ApiError;
use crate::metrics::{Metrics, Refusal};
use crate::pages::{self, Viewer};
use crate::server::Held;
use crate::spans::RequestSpan;

/// What is asked by those who watch over the server, who have no key and learn nothing.
const WITHOUT_KEY: [&str; 2] = ["/healthz", "/readyz"];
/// How a browser gets a session, and what that page is made of.
const BEFORE_SIGN_IN: [&str; 2] = [pages::SIGN_IN, "/assets/{name}"];
/// Routes that take as much as a batch has.
const OF_BATCHES: [&str; 1] = ["/v1/batches"];

/// What requests are checked against. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Edge {
    keys: Keys,
    sessions: Sessions,
    http: Arc<HttpSettings>,
    names: Names,
    metrics: Metrics,
}

impl Edge {
    /// The edge of a server that listens at an address.
    ///
    /// # Errors
    /// Where a key's settings can't be.
    pub(crate) fn new(config: &Config, listens_at: IpAddr, metrics: Metrics) -> Result<Edge, ConfigError> {
        let keys = Keys::of(&config.keys)?;
        let is_loopback = listens_at.to_canonical().is_loopback();
        let names = if keys.is_empty() && is_loopback { Names::Loopback } else { Names::Any };
        let sessions = Sessions::of(keys.clone());
        Ok(Edge { keys, sessions, http: Arc::new(config.http.clone()), names, metrics })
    }

    /// Where browsers sign in.
    pub(crate) fn sessions(&self) -> Sessions {
        self.sessions.clone()
    }
}

/// A router behind the edge: with answers for what it has no route or no method for.
pub(crate) fn wrap<S: Clone + Send + Sync + 'static>(router: Router<S>, edge: Edge) -> Router<S> {
    router
        .fallback(pages::missing)
        .method_not_allowed_fallback(async || ApiError::Method)
        // The edge has bounds of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(edge, pass))
}

/// Why a request may not go on, and what is left of its key's rate.
type Turned = (ApiError, Option<Left>);

/// What a request that may go on has.
struct Passed {
    request: Request,
    place: Option<OwnedSemaphorePermit>,
    left: Option<Left>,
}

async fn pass(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let span = RequestSpan::begin(&method, route.as_ref(), &id.0, request.headers());
    let abandoned = Abandoned(&span);
    let reader = pages::Reader::of(&request);
    let (response, place) = match edge.check(request, &id, &span) {
        Err((refused, left)) => (finish(reader.told(refused), &id, left), None),
        Ok(Passed { request, place, left }) => {
            // What a handler that broke off leaves behind is shared state, whose locks all stand a panic.
            let answered = AssertUnwindSafe(span.around(next.run(request))).catch_unwind().await;
            let answer = answered.unwrap_or_else(|_| {
                edge.metrics.faulted();
                ApiError::Fault("the request broke off".to_owned()).into_response()
            });
            (finish(answer, &id, left), place)
        }
    };
    std::mem::forget(abandoned);
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        edge.metrics.refused(*refusal);
    }
    span.answered(response.status());
    edge.metrics.answered(&method, route.as_ref(), response.status(), started.elapsed());
    match place {
        Some(place) => response.map(|body| Body::new(Held::new(body, place))),
        None => response,
    }
}

/// Tells of a request that is dropped before its answer, since its client went away.
struct Abandoned<'s>(&'s RequestSpan);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.0.abandoned();
    }
}

impl Edge {
    fn check(&self, mut request: Request, id: &RequestId, span: &RequestSpan) -> Result<Passed, Turned> {
        site::check(&request, self.names).map_err(|refused| (refused, None))?;
        let (client, viewer, Admitted { place, left }) = self.admit(&request, span)?;
        let matched = request.extensions().get::<MatchedPath>();
        let is_batch = matched.is_some_and(|path| OF_BATCHES.contains(&path.as_str()));
        let most = if is_batch { self.http.batch_body.0 } else { self.http.body.0 };
        body::check_head(request.headers(), most).map_err(|refused| (refused, left))?;
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(viewer);
        request.extensions_mut().insert(id.clone());
        let most_pause = Duration::from_secs(self.http.body_pause.0);
        let request = request.map(|body| Body::new(Paced::new(body, most, most_pause)));
        Ok(Passed { request, place, left })
    }

    fn admit(&self, request: &Request, span: &RequestSpan) -> Result<(Client, Viewer, Admitted), Turned> {
        let matched = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let is_open = WITHOUT_KEY.contains(&request.uri().path()) || BEFORE_SIGN_IN.contains(&matched);
        if self.keys.is_empty() || is_open {
            let client = Client::anonymous();
            span.asked_by(&client);
            return Ok((client, Viewer::Nobody, Admitted::default()));
        }
        let (known, viewer) = self.who(request).ok_or((ApiError::Unauthorized, None))?;
        span.asked_by(&known.client);
        match known.allowance.admit() {
            Ok(admitted) => Ok((known.client.clone(), viewer, admitted)),
            Err(TurnedAway { message, retry_after, left }) => Err((ApiError::TooMany { message, retry_after }, left)),
        }
    }

    /// Whose key a request shows, or whose session: one that changes something must come from a page of ours, as cookies come
    /// along whoever asks.
    fn who(&self, request: &Request) -> Option<(&Known, Viewer)> {
        if let Some(known) = presented(request.headers()).find_map(|key| self.keys.find(&key)) {
            return Some((known, Viewer::Nobody));
        }
        let known = self.sessions.known(request.headers())?;
        let is_ours = request.method().is_safe() || site::is_of_own_page(request.headers());
        is_ours.then(|| (known, Viewer::SignedIn(known.client.clone())))
    }
}
