//! What the task's endpoints answer, one request after the other.

use std::collections::{BTreeSet, VecDeque};

use proofhouse_types::{Endpoint, Failure, Pages, RateLimit, Response};
use serde_json::json;

use super::address::{Origin, Target, parse_url};
use super::response::{Answer, nanoseconds};

const NS_PER_S: u64 = 1_000_000_000;

pub(crate) struct Script {
    endpoints: Vec<Scripted>,
}

struct Scripted {
    endpoint: Endpoint,
    origin: Origin,
    target: Target,
    /// Responses that were given.
    given: usize,
    /// When the requests in the window of the rate limit came.
    admitted: VecDeque<u64>,
}

/// What comes of a request, and after which time.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub latency_ns: u64,
    pub answer: Result<Answer, Failure>,
}

/// An attempt to reach a server that failed, with the endpoint that said so, if any did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub failure: Failure,
    pub endpoint: Option<(String, String)>,
}

impl Script {
    /// An endpoint whose URL can't be read answers nothing; suites are checked for that where they are read.
    pub(crate) fn new(endpoints: &[Endpoint]) -> Script {
        let scripted = endpoints.iter().filter_map(|endpoint| {
            let (origin, target) = parse_url(&endpoint.url)?;
            Some(Scripted { endpoint: endpoint.clone(), origin, target, given: 0, admitted: VecDeque::new() })
        });
        Script { endpoints: scripted.collect() }
    }

    /// Whether a server is there that speaks the origin's scheme.
    pub(crate) fn speaks(&self, origin: &Origin) -> bool {
        self.endpoints.iter().any(|one| one.origin == *origin)
    }

    /// Looks a name up, for a port or for 0. A `dns` that is next at that address is used up.
    pub(crate) fn resolve(&mut self, host: &str, port: u16) -> Result<(), Unreachable> {
        if self.endpoints.iter().all(|one| one.origin.host != host) {
            // Everybody knows these, whether or not a server is there.
            let known = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok();
            return if known { Ok(()) } else { Err(Unreachable { failure: Failure::Dns, endpoint: None }) };
        }
        match self.closed(host, port) {
            Some((endpoint, Failure::Dns)) => Err(endpoint.unreachable(Failure::Dns)),
            _ => Ok(()),
        }
    }

    /// Connects. A `refused` or `dns` that is next at that address is used up.
    pub(crate) fn connect(&mut self, host: &str, port: u16) -> Result<(), Unreachable> {
        self.resolve(host, port)?;
        if !self.endpoints.iter().any(|one| one.origin.host == host && one.origin.port == port) {
            return Err(Unreachable { failure: Failure::Refused, endpoint: None });
        }
        match self.closed(host, port) {
            Some((endpoint, failure)) => Err(endpoint.unreachable(failure)),
            None => Ok(()),
        }
    }

    /// Whether no endpoint at an address would answer now.
    pub(crate) fn is_closed(&mut self, host: &str, port: u16) -> bool {
        self.closed(host, port).is_some()
    }

    /// The first endpoint at an address, if the next response of each there is that there is no server.
    fn closed(&mut self, host: &str, port: u16) -> Option<(&mut Scripted, Failure)> {
        let at = |one: &Scripted| one.origin.host == host && (port == 0 || one.origin.port == port);
        let mut here = self.endpoints.iter_mut().filter(|one| at(one));
        let first = here.next()?;
        let failure = first.without_server()?;
        here.all(|one| one.without_server().is_some()).then_some((first, failure))
    }

    /// Answers a request that came now.
    pub(crate) fn answer(&mut self, method: &str, origin: &Origin, target: &Target, now_ns: u64) -> Outcome {
        let mut others = BTreeSet::new();
        let mut best: Option<usize> = None;
        for (position, one) in self.endpoints.iter().enumerate() {
            if one.origin != *origin || !one.fits(target) {
                continue;
            }
            match &one.endpoint.method {
                Some(wanted) if !wanted.eq_ignore_ascii_case(method) => {
                    others.insert(wanted.to_ascii_uppercase());
                }
                _ if best.is_none_or(|best| self.endpoints[best].target.query.len() < one.target.query.len()) => {
                    best = Some(position);
                }
                _ => {}
            }
        }
        match best {
            Some(best) => self.endpoints[best].answer(origin, target, now_ns),
            None if others.is_empty() => Outcome { latency_ns: 0, answer: Ok(Answer::plain(404)) },
            None => {
                let mut answer = Answer::plain(405);
                let allowed: Vec<String> = others.into_iter().collect();
                answer.headers.push(("Allow".to_owned(), allowed.join(", ")));
                Outcome { latency_ns: 0, answer: Ok(answer) }
            }
        }
    }
}

impl Scripted {
    fn fits(&self, target: &Target) -> bool {
        self.target.path == target.path && self.target.query.iter().all(|pair| target.query.contains(pair))
    }

    fn next_response(&self) -> Option<&Response> {
        let responses = &self.endpoint.responses;
        responses.get(self.given).or(responses.last()).filter(|_| self.endpoint.pages.is_none())
    }

    /// The failure that is next, where it means that there is no server.
    fn without_server(&self) -> Option<Failure> {
        self.next_response()?.fail.filter(|failure| match failure {
            Failure::Refused | Failure::Dns => true,
            Failure::Reset | Failure::Timeout => false,
        })
    }

    fn unreachable(&mut self, failure: Failure) -> Unreachable {
        self.given += 1;
        let endpoint = (self.endpoint.method.clone().unwrap_or_default(), self.endpoint.url.clone());
        Unreachable { failure, endpoint: Some(endpoint) }
    }

    fn answer(&mut self, origin: &Origin, target: &Target, now_ns: u64) -> Outcome {
        if let Some(limit) = self.endpoint.rate_limit
            && let Some(wait_ns) = self.over(limit, now_ns)
        {
            let mut answer = Answer::plain(429);
            answer.headers.push(("Retry-After".to_owned(), wait_ns.div_ceil(NS_PER_S).to_string()));
            return Outcome { latency_ns: 0, answer: Ok(answer) };
        }
        if let Some(pages) = &self.endpoint.pages {
            return Outcome { latency_ns: 0, answer: Ok(page(pages, origin, target)) };
        }
        let response = self.next_response().cloned().unwrap_or_default();
        self.given += 1;
        let answer = response.fail.map_or_else(|| Ok(Answer::scripted(&response)), Err);
        Outcome { latency_ns: nanoseconds(response.latency), answer }
    }

    /// How long a client must wait for its next request to be within the limit; `None` where this one is.
    fn over(&mut self, limit: RateLimit, now_ns: u64) -> Option<u64> {
        let window_ns = nanoseconds(limit.per);
        while self.admitted.front().is_some_and(|at| at.saturating_add(window_ns) <= now_ns) {
            self.admitted.pop_front();
        }
        if self.admitted.len() < limit.requests as usize {
            self.admitted.push_back(now_ns);
            return None;
        }
        let oldest = self.admitted.front().copied().unwrap_or(now_ns);
        Some(oldest.saturating_add(window_ns) - now_ns)
    }
}

fn page(pages: &Pages, origin: &Origin, target: &Target) -> Answer {
    let size = pages.size.max(1);
    let (total, count) = (pages.items.len(), pages.items.len().div_ceil(size));
    let asked = target.query.iter().find(|(name, _)| *name == pages.parameter);
    let Some(number) = asked.map_or(Some(1), |(_, text)| text.parse::<usize>().ok()).filter(|number| *number > 0)
    else {
        return Answer::plain(400);
    };
    let start = (number - 1).saturating_mul(size).min(total);
    let items = &pages.items[start..start.saturating_add(size).min(total)];
    let next = (number < count).then(|| origin.text() + &target.with(&pages.parameter, &(number + 1).to_string()));
    let mut answer =
        Answer::json(&json!({ "items": items, "page": number, "pages": count, "total": total, "next": next }));
    if let Some(next) = next {
        answer.headers.push(("Link".to_owned(), format!("<{next}>; rel=\"next\"")));
    }
    answer
}
