//! The network as the guest sees it: answers its messages and writes down what was called.

use std::collections::{BTreeMap, btree_map};

use proofhouse_types::{Endpoint, Failure};

use super::address::{Origin, Scheme, Target, parse_url};
use super::connection::Connection;
use super::log::{self, Call};
use super::message::{ConnectionId, HELLO, Message, Reply};
use super::request::{Arrived, Request};
use super::response::{Answer, Body, Then};
use super::script::{Outcome, Script, Unreachable};

/// Connections that are open at a time. Clients in common use keep at most 10 to a host, or 100 in all.
const CONNECTIONS: usize = 64;

/// The servers of one test, and all that was asked of them.
pub(crate) struct Network {
    script: Script,
    connections: BTreeMap<ConnectionId, Connection>,
    made: u32,
    calls: Vec<Call>,
    requests: u32,
}

/// An answer to a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub reply: Vec<u8>,
    /// Whether there was one request more than the test allows: it got no answer, and the test is over.
    pub over_limit: bool,
}

/// One request more than the test allows.
struct OverLimit;

impl Network {
    pub(crate) fn new(endpoints: &[Endpoint], requests: u32) -> Network {
        Network { script: Script::new(endpoints), connections: BTreeMap::new(), made: 0, calls: Vec::new(), requests }
    }

    /// The servers of the next test in the same guest. What the guest still holds of this one's connections is closed.
    pub(crate) fn next(&self, endpoints: &[Endpoint], requests: u32) -> Network {
        Network { made: self.made, ..Network::new(endpoints, requests) }
    }

    /// How many requests there may be.
    pub(crate) fn limit(&self) -> u32 {
        self.requests
    }

    /// Answers a message of the guest. `now_ns` is the guest's clock since the test began.
    pub(crate) fn serve(&mut self, message: &[u8], now_ns: u64) -> Served {
        match Message::read(message).map_or(Ok(Reply::Unreadable), |message| self.reply(message, now_ns)) {
            Ok(reply) => Served { reply: reply.encode(), over_limit: false },
            Err(OverLimit) => Served { reply: Reply::Reset.encode(), over_limit: true },
        }
    }

    #[cfg(test)]
    fn log(&self) -> &[Call] {
        &self.calls
    }

    /// The log as JSON, for the judge.
    pub(crate) fn encoded_log(&self) -> Vec<u8> {
        log::encode(&self.calls)
    }

    fn reply(&mut self, message: Message<'_>, now_ns: u64) -> Result<Reply, OverLimit> {
        Ok(match message {
            Message::Resolve { host, port } => match self.script.resolve(&host.to_lowercase(), port) {
                Ok(()) => Reply::Done,
                Err(unreachable) => self.unreachable(unreachable, host, port, now_ns)?,
            },
            Message::Connect { host, port } => self.connect(&host.to_lowercase(), port, now_ns)?,
            Message::Send { id, bytes } => match self.connections.entry(id) {
                btree_map::Entry::Occupied(entry) if !entry.get().is_reset(now_ns) => {
                    self.take(id, bytes, now_ns)?;
                    Reply::Done
                }
                _ => Reply::Reset,
            },
            Message::Receive { id, max } => {
                self.connections.get_mut(&id).map_or(Reply::Closed, |connection| connection.receive(max, now_ns))
            }
            Message::Close { id } => {
                self.connections.remove(&id);
                Reply::Done
            }
        })
    }

    fn connect(&mut self, host: &str, port: u16, now_ns: u64) -> Result<Reply, OverLimit> {
        if self.connections.len() >= CONNECTIONS {
            return Ok(Reply::Refused);
        }
        if let Err(unreachable) = self.script.connect(host, port) {
            return self.unreachable(unreachable, host, port, now_ns);
        }
        self.made = self.made.wrapping_add(1);
        let id = ConnectionId(self.made);
        self.connections.insert(id, Connection::new(host, port));
        Ok(Reply::Connected(id))
    }

    fn unreachable(&mut self, gone: Unreachable, host: &str, port: u16, now_ns: u64) -> Result<Reply, OverLimit> {
        let scheme = if port == 443 { Scheme::Https } else { Scheme::Http };
        let port = if port == 0 { 80 } else { port };
        let unknown = || (String::new(), Origin { scheme, host: host.to_owned(), port }.text());
        let (method, url) = gone.endpoint.unwrap_or_else(unknown);
        let path = parse_url(&url).map_or_else(String::new, |(_, target)| target.path);
        let request = Request { method, ..Request::default() };
        self.write_down(request, url, Target { path, query: Vec::new() }, Err(gone.failure), now_ns)?;
        Ok(if gone.failure == Failure::Dns { Reply::UnknownName } else { Reply::Refused })
    }

    /// Takes bytes of a client, and answers each request that they complete.
    fn take(&mut self, id: ConnectionId, bytes: &[u8], now_ns: u64) -> Result<(), OverLimit> {
        let Some(connection) = self.connections.get_mut(&id).filter(|one| !one.is_ended()) else { return Ok(()) };
        if let Some(scheme) = connection.push(bytes) {
            match (scheme, self.script.speaks(&connection.origin(scheme))) {
                (Scheme::Https, true) => connection.send(HELLO.to_vec(), now_ns),
                (Scheme::Http, true) => {}
                // TLS to a server without it, or the other way round.
                (Scheme::Http | Scheme::Https, false) => return self.turn_away(id, 400, now_ns),
            }
        }
        loop {
            let Some(connection) = self.connections.get_mut(&id).filter(|one| !one.is_ended()) else { return Ok(()) };
            match connection.reader.arrived() {
                Some(Arrived::Request(request)) => self.answer(id, request, now_ns)?,
                Some(Arrived::Expectation) => connection.send(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), now_ns),
                Some(Arrived::Unreadable(status)) => self.turn_away(id, status, now_ns)?,
                None => return Ok(()),
            }
        }
    }

    /// Answers what is no request, and closes.
    fn turn_away(&mut self, id: ConnectionId, status: u16, now_ns: u64) -> Result<(), OverLimit> {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        connection.send(Answer::plain(status).write(Body::Sent, Then::Close, now_ns), now_ns);
        connection.close(now_ns);
        let url = connection.origin(connection.scheme()).text();
        let target = Target { path: String::new(), query: Vec::new() };
        self.write_down(Request::default(), url, target, Ok(status), now_ns)
    }

    fn answer(&mut self, id: ConnectionId, request: Request, now_ns: u64) -> Result<(), OverLimit> {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        if self.calls.len() >= self.requests as usize {
            return Err(OverLimit);
        }
        let origin = connection.origin(connection.scheme());
        let target = Target::parse(&request.target);
        let Outcome { latency_ns, answer } = self.script.answer(&request.method, &origin, &target, now_ns);
        let at_ns = now_ns.saturating_add(latency_ns);
        let status = match answer {
            Ok(answer) => {
                let asked = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
                // A server that will be gone at the next request says so: that one must find out by connecting.
                let ends = request.last || asked || self.script.is_closed(&origin.host, origin.port);
                let body = if request.method == "HEAD" { Body::Withheld } else { Body::Sent };
                let then = if ends { Then::Close } else { Then::Keep };
                connection.send(answer.write(body, then, at_ns), at_ns);
                if ends {
                    connection.close(at_ns);
                }
                Ok(answer.status)
            }
            Err(failure) => {
                match failure {
                    Failure::Timeout => connection.fall_silent(),
                    // Of one endpoint among several at this address: too late to be refused.
                    Failure::Refused | Failure::Dns | Failure::Reset => connection.reset(at_ns),
                }
                Err(failure)
            }
        };
        let url = origin.text() + &request.target;
        self.write_down(request, url, target, status, now_ns)
    }

    fn write_down(
        &mut self,
        request: Request,
        url: String,
        target: Target,
        status: Result<u16, Failure>,
        at_ns: u64,
    ) -> Result<(), OverLimit> {
        if self.calls.len() >= self.requests as usize {
            return Err(OverLimit);
        }
        let Request { method, headers, body, .. } = request;
        let Target { path, query } = target;
        let query = query.into_iter().collect();
        let (status, failure) = (status.ok(), status.err());
        self.calls.push(Call { method, url, path, query, headers, body, status, failure, at_ns });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
