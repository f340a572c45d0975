//! One connection: what came in, and what goes out at which time.

use std::collections::VecDeque;

use super::address::{Origin, Scheme};
use super::message::{HELLO, Reply};
use super::request::Reader;

/// The longest time that the guest is told to wait before it asks again. Where nothing will ever come, it asks until its
/// virtual time is up: any number would do.
const LONGEST_WAIT_NS: u64 = 86_400 * 1_000_000_000;

pub(crate) struct Connection {
    host: String,
    port: u16,
    opening: Opening,
    pub reader: Reader,
    /// In the order of their times.
    output: VecDeque<(u64, Output)>,
}

/// Whether the connection is TLS: its first bytes say so.
enum Opening {
    Read(Vec<u8>),
    Known(Scheme),
}

enum Output {
    /// Bytes, and how many of them are gone.
    Bytes(Vec<u8>, usize),
    Closed,
    Reset,
    Nothing,
}

impl Connection {
    pub(crate) fn new(host: &str, port: u16) -> Connection {
        let (host, output) = (host.to_owned(), VecDeque::new());
        Connection { host, port, opening: Opening::Read(Vec::new()), reader: Reader::new(), output }
    }

    pub(crate) fn origin(&self, scheme: Scheme) -> Origin {
        Origin { scheme, host: self.host.clone(), port: self.port }
    }

    /// Takes bytes from the client. Answers the scheme where they have just said it.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Option<Scheme> {
        let Opening::Read(first) = &mut self.opening else {
            self.reader.push(bytes);
            return None;
        };
        first.extend_from_slice(bytes);
        if first.len() < HELLO.len() && HELLO.starts_with(first) {
            return None;
        }
        let (scheme, rest) = match first.strip_prefix(&HELLO) {
            Some(rest) => (Scheme::Https, rest),
            None => (Scheme::Http, first.as_slice()),
        };
        self.reader.push(rest);
        self.opening = Opening::Known(scheme);
        Some(scheme)
    }

    /// The scheme, `Http` while it is not known.
    pub(crate) fn scheme(&self) -> Scheme {
        match self.opening {
            Opening::Read(_) => Scheme::Http,
            Opening::Known(scheme) => scheme,
        }
    }

    pub(crate) fn send(&mut self, bytes: Vec<u8>, at_ns: u64) {
        self.put(Output::Bytes(bytes, 0), at_ns);
    }

    pub(crate) fn close(&mut self, at_ns: u64) {
        self.put(Output::Closed, at_ns);
    }

    pub(crate) fn reset(&mut self, at_ns: u64) {
        self.put(Output::Reset, at_ns);
    }

    /// Nothing goes out any more.
    pub(crate) fn fall_silent(&mut self) {
        self.put(Output::Nothing, u64::MAX);
    }

    /// Nothing overtakes what was to go out before it.
    fn put(&mut self, output: Output, at_ns: u64) {
        let earliest_ns = self.output.back().map_or(0, |(at_ns, _)| *at_ns);
        self.output.push_back((at_ns.max(earliest_ns), output));
    }

    /// Whether the server is done with it, once the client has read what is left.
    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.output.back(), Some((_, Output::Closed | Output::Reset | Output::Nothing)))
    }

    pub(crate) fn receive(&mut self, max: usize, now_ns: u64) -> Reply {
        let Some((at_ns, output)) = self.output.front_mut() else { return Reply::NothingFor(LONGEST_WAIT_NS) };
        if *at_ns > now_ns {
            return Reply::NothingFor((*at_ns - now_ns).min(LONGEST_WAIT_NS));
        }
        match output {
            Output::Bytes(bytes, gone) => {
                let end = gone.saturating_add(max.max(1)).min(bytes.len());
                let taken = bytes[*gone..end].to_vec();
                *gone = end;
                if end == bytes.len() {
                    self.output.pop_front();
                }
                Reply::Bytes(taken)
            }
            Output::Closed => Reply::Closed,
            Output::Reset => Reply::Reset,
            Output::Nothing => Reply::NothingFor(LONGEST_WAIT_NS),
        }
    }

    /// Whether the client has been told of a reset.
    pub(crate) fn is_reset(&self, now_ns: u64) -> bool {
        matches!(self.output.front(), Some((at_ns, Output::Reset)) if *at_ns <= now_ns)
    }
}
