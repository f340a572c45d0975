//! The one door between two guests: the judge calls the solution's functions through it, and the solution those that the
//! tests handed to it. The host carries messages, checks them, and writes down what can't be a pass.
//!
//! The guests have a store each, with limits of their own. While one calls, it stands still in a host call, and what it
//! runs in is lent to the other, which may call back.

use std::ptr::NonNull;

use proofhouse_types::Fuel;
use wasmtime::{AsContextMut, Caller, Linker, StoreContextMut};

use crate::guest::{Broken, Exports};
use crate::host::{CALL_FUEL, Host};
use crate::stop::Stop;
use crate::wire::{self, Refused, kind};

/// Fuel of a byte of a message. The slowest to check, one value each, take 14 ns, about twice as long.
const BYTE_FUEL: u64 = 64;
/// Bytes of the reason why a value can't cross that are kept.
const REASON_BYTES: usize = 2000;

/// Calls within calls between the two. Each takes native stack of both.
const DEPTH: u32 = 32;

/// What the other guest runs in: see [`Peer::lend`].
#[derive(Clone, Copy)]
struct Peer(NonNull<StoreContextMut<'static, Host>>);

// SAFETY: a peer is set only while guests run, and both of a pair run on one thread; a store that is moved or shared
// has none.
unsafe impl Send for Peer {}
// SAFETY: as above.
unsafe impl Sync for Peer {}

impl Peer {
    /// Lends what a guest runs in to the other. The lender must not use it until the other has returned.
    fn lend(context: &mut StoreContextMut<'_, Host>) -> Peer {
        Peer(NonNull::from(context).cast())
    }

    fn borrow(&mut self) -> &mut StoreContextMut<'static, Host> {
        // SAFETY: it was made from an exclusive borrow that stands unused below us on this thread's stack: in
        // `Trial::judged`, which waits for the judge, or in `enter`, called by the guest that now stands still in its
        // host call. So nobody else uses it until we return.
        unsafe { self.0.as_mut() }
    }
}

/// What a guest is to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    /// It runs without another.
    #[default]
    Alone,
    Judge,
    Solution,
}

/// A guest's end of the door.
#[derive(Default)]
pub(crate) struct Channel {
    role: Role,
    exports: Option<(Exports, u32)>,
    /// What the other guest runs in, while that stands still.
    peer: Option<Peer>,
    /// Calls of the other that this one is in.
    depth: u32,
    /// Of the judge: what the calls of one test did.
    pub record: Record,
    /// Of the judge: whether its clock stands still while the other guest runs.
    pub hides_time: bool,
}

/// What the calls of one test did.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Calls of the solution.
    pub calls: u64,
    /// Fuel of the call that took most.
    pub costliest: Fuel,
    /// How the solution's guest ended, if it did.
    pub lost: Option<Broken>,
    /// How the judge ended inside a call of the solution's.
    pub judge_broken: Option<Broken>,
    /// The first value of the solution that could not cross.
    pub uncrossable: Option<String>,
}

impl Channel {
    pub(crate) fn new(role: Role, exports: Exports, serve: u32) -> Channel {
        Channel { role, exports: Some((exports, serve)), ..Channel::default() }
    }

    /// The other guest may be called from here on, until [`Channel::disconnect`]: until then, nothing else may use what
    /// `peer` points to.
    pub(crate) fn connect(&mut self, peer: &mut StoreContextMut<'_, Host>) {
        self.record = Record::default();
        self.peer = Some(Peer::lend(peer));
    }

    pub(crate) fn disconnect(&mut self) -> Record {
        self.peer = None;
        std::mem::take(&mut self.record)
    }
}

pub(crate) fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.func_wrap("proofhouse", "call", |mut caller: Caller<'_, Host>, _: u32, argument: u32| {
        call(&mut caller, argument)
    })?;
    Ok(())
}

/// `host_call(bytes) -> bytes`. NULL, with Python's error set, for what is no bytes object or where there is no memory.
fn call(caller: &mut Caller<'_, Host>, argument: u32) -> wasmtime::Result<u32> {
    let Some((exports, _)) = caller.data().channel.exports.clone() else { return Ok(0) };
    let Some(message) = exports.read_bytes(&mut *caller, argument)? else { return Ok(0) };
    let peer = caller.data().channel.peer;
    if let Ok(left) = caller.get_fuel() {
        caller.data_mut().clock.call_ended(left);
    }
    let reply = match (message.as_slice(), peer) {
        ([message @ .., kind::NETWORK, wire::VERSION], _) => caller.data_mut().ask_network(message)?,
        ([kind::CALLS, wire::VERSION], Some(mut peer)) => peer.borrow().data().calls(),
        ([kind::CALLS, wire::VERSION], None) => caller.data().calls(),
        (message, peer) => ask_other(caller, peer, message)?,
    };
    let cost = CALL_FUEL + BYTE_FUEL * (message.len() + reply.len()) as u64;
    if let Ok(fuel) = caller.get_fuel() {
        caller.set_fuel(fuel.saturating_sub(cost))?;
    }
    Ok(exports.write_bytes(caller, &reply)?.unwrap_or(0))
}

/// Hands a message to the other guest of a pair.
fn ask_other(caller: &mut Caller<'_, Host>, peer: Option<Peer>, message: &[u8]) -> Result<Vec<u8>, Stop> {
    Ok(match (caller.data().channel.role, peer) {
        (Role::Judge, Some(peer)) => ask_solution(caller, peer, message)?,
        (Role::Solution, Some(peer)) => ask_judge(caller, peer, message)?,
        (Role::Alone, _) | (_, None) => wire::bare(kind::NOBODY),
    })
}

/// Hands a message to the other guest and brings back what it says; again as a table, where its answer must be one.
fn enter(caller: &mut Caller<'_, Host>, mut peer: Peer, message: &[u8], what: &str) -> Result<Vec<u8>, Broken> {
    let mut here = caller.as_context_mut();
    let there = peer.borrow();
    let before = there.data_mut().channel.peer.replace(Peer::lend(&mut here));
    there.data_mut().channel.depth += 1;
    let reply = match there.data().channel.exports.clone() {
        Some((exports, serve)) => {
            let mut ask = |message: &[u8]| exports.call(&mut *there, serve, &[b"X", message].concat());
            let mut reply = ask(message);
            let mut checked = reply.as_ref().map_or(Ok(0), |reply| wire::check(reply));
            if checked == Err(Refused::Again) {
                reply = ask(&wire::bare(kind::AGAIN));
                checked = reply.as_ref().map_or(Ok(0), |reply| wire::check(reply));
            }
            reply.map(|reply| match checked {
                Ok(_) => reply,
                Err(refused) => uncrossable(refused, reply.len(), what),
            })
        }
        None => Err(Broken::Silent),
    };
    there.data_mut().channel.depth -= 1;
    there.data_mut().channel.peer = before;
    reply
}

/// The judge calls the solution. Whatever the solution's guest does, the judge goes on; only its own end ends it.
fn ask_solution(caller: &mut Caller<'_, Host>, mut peer: Peer, message: &[u8]) -> Result<Vec<u8>, Stop> {
    if caller.data().channel.record.lost.is_some() {
        return Ok(wire::bare(kind::LOST));
    }
    if let Some(refusal) = refused_at_once(caller, message, "an argument of the tests") {
        return Ok(refusal);
    }
    let begun = Meter::begin(peer.borrow());
    let reply = enter(caller, peer, message, "an answer of the solution");
    let Used { fuel: used, printed, ns } = begun.end(peer.borrow());
    // Tests that measure a call see the time that it took; the solution never sees theirs.
    if !caller.data().channel.hides_time {
        caller.data_mut().clock.waited(ns);
    }
    let record = &mut caller.data_mut().channel.record;
    record.calls += 1;
    record.costliest = record.costliest.max(used);
    let reply = match reply {
        Ok(reply) => reply,
        Err(_) if record.judge_broken.is_some() => return Err(Stop::Abandoned),
        Err(broken) => {
            record.lost.get_or_insert(broken);
            return Ok(wire::bare(kind::LOST));
        }
    };
    if let [text @ .., kind::UNCROSSABLE, _] = reply.as_slice() {
        let text = &text[..text.len().min(REASON_BYTES)];
        record.uncrossable.get_or_insert_with(|| String::from_utf8_lossy(text).into_owned());
    }
    Ok(with_printed(reply, &printed))
}

/// The solution calls a function that the tests handed to it. If either guest ends in there, so does this call.
fn ask_judge(caller: &mut Caller<'_, Host>, mut peer: Peer, message: &[u8]) -> Result<Vec<u8>, Stop> {
    if let Some(refusal) = refused_at_once(caller, message, "an argument") {
        return Ok(refusal);
    }
    let reply = enter(caller, peer, message, "an answer of the tests");
    let judge = peer.borrow().data_mut();
    match reply {
        Err(broken) => {
            judge.channel.record.judge_broken.get_or_insert(broken);
            Err(Stop::Abandoned)
        }
        Ok(_) if judge.channel.record.lost.is_some() => Err(Stop::Abandoned),
        Ok(reply) => Ok(reply),
    }
}

/// What to say to a caller whose message does not go to the other guest.
fn refused_at_once(caller: &Caller<'_, Host>, message: &[u8], what: &str) -> Option<Vec<u8>> {
    if caller.data().channel.depth >= DEPTH {
        return Some(wire::raised("RecursionError", "calls between tests and solution nest too deeply"));
    }
    match wire::check(message).err()? {
        Refused::Again => Some(wire::bare(kind::AGAIN)),
        refused @ (Refused::TooLarge | Refused::Malformed) => Some(uncrossable(refused, message.len(), what)),
    }
}

fn uncrossable(refused: Refused, len: usize, what: &str) -> Vec<u8> {
    let why = match refused {
        Refused::TooLarge => format!("{what} of {len} bytes is larger than {}", wire::MESSAGE_BYTES),
        Refused::Again | Refused::Malformed => format!("{what} is no plain data"),
    };
    wire::text(kind::UNCROSSABLE, &why)
}

fn with_printed(mut reply: Vec<u8>, printed: &[u8]) -> Vec<u8> {
    if !printed.is_empty() {
        reply.extend_from_slice(printed);
        reply.extend_from_slice(&(printed.len() as u32).to_le_bytes());
        reply.extend_from_slice(&wire::bare(kind::PRINTED));
    }
    reply
}

/// What the solution's guest had before a call.
struct Meter {
    fuel: u64,
    began_ns: Option<u64>,
}

/// What one call took of it.
struct Used {
    fuel: Fuel,
    printed: Vec<u8>,
    ns: u64,
}

impl Meter {
    fn begin(solution: &mut StoreContextMut<'_, Host>) -> Meter {
        let fuel = solution.get_fuel().unwrap_or(0);
        let host = solution.data_mut();
        // A call from within a call goes on with the clock that runs, and its time is part of the outer one's.
        let outermost = host.channel.depth == 0;
        if outermost {
            host.clock.call_begins(fuel);
        }
        Meter { fuel, began_ns: outermost.then(|| host.clock.monotonic_ns()) }
    }

    fn end(self, solution: &mut StoreContextMut<'_, Host>) -> Used {
        let left = solution.get_fuel().unwrap_or(0);
        let host = solution.data_mut();
        host.clock.call_ended(left);
        Used {
            fuel: Fuel(self.fuel.saturating_sub(left)),
            printed: host.output.news(),
            ns: self.began_ns.map_or(0, |began| host.clock.monotonic_ns().saturating_sub(began)),
        }
    }
}
