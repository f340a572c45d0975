//! What one run has of the host: its files, streams, clock and random numbers, and the limits on them.
//! All of it is a function of the program and its input, so that a run repeats exactly.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proofhouse_types::{HttpCheck, Limits};
use wasmtime::error::Context;
use wasmtime::{Caller, Extern, ResourceLimiter};
use wiggle::GuestMemory;

use crate::channel::Channel;
use crate::files::{Descriptors, Image, Quota, Tree};
use crate::network::Network;
use crate::stop::Stop;

/// The guest's clock starts here: 2026-01-01T00:00:00Z, in nanoseconds since 1970.
const CLOCK_START_NS: u64 = 1_767_225_600_000_000_000;
const NS_PER_S: u64 = 1_000_000_000;
/// Where the random numbers of every run start. Any number would do; it must only stay the same.
const RANDOM_SEED: u64 = 0x70_72_6f_6f_66; // "proof"

/// Fuel that a host call costs besides the guest's own: about the time that it takes. A program that does nothing but
/// call the host then runs out of fuel, like any other that does not end, and long before the wall limit.
pub(crate) const CALL_FUEL: u64 = 20_000;
/// For each entry of a listed folder.
pub(crate) const ENTRY_FUEL: u64 = 2_000;
/// Bytes read or written for one fuel.
pub(crate) const BYTES_A_FUEL: u64 = 8;

/// stdout and stderr, up to a limit on both together.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// How much of stdout another guest was told.
    told: usize,
    limit: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Output {
    /// What came to stdout since this was asked last.
    pub(crate) fn news(&mut self) -> Vec<u8> {
        let news = self.stdout[self.told..].to_vec();
        self.told = self.stdout.len();
        news
    }

    /// Keeps what fits. The run ends at the first byte that doesn't, so a guest can't swallow the error.
    pub(crate) fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), Stop> {
        let room = self.limit - (self.stdout.len() + self.stderr.len()) as u64;
        let fits = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let buffer = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        buffer.extend_from_slice(&bytes[..fits]);
        if fits < bytes.len() { Err(Stop::OutputLimit) } else { Ok(()) }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Stdin {
    bytes: Vec<u8>,
    position: usize,
    /// Whether the guest read at the end: it wanted input that nobody was going to type.
    pub wanted_more: bool,
    /// The same, since the stream was made.
    ever_wanted_more: bool,
}

impl Stdin {
    pub(crate) fn new(bytes: Vec<u8>) -> Stdin {
        Stdin { bytes, ..Stdin::default() }
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.bytes[self.position..];
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.position += len;
        self.wanted_more |= rest.is_empty() && !buffer.is_empty();
        self.ever_wanted_more |= self.wanted_more;
        len
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.ever_wanted_more
    }
}

/// Time that runs with fuel and with sleeping.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Fuel used by the calls before this one, in their order.
    earlier_ns: u64,
    fuel_given: u64,
    fuel_left: u64,
    slept_ns: u64,
    sleep_limit_ns: u64,
}

impl Clock {
    pub(crate) fn monotonic_ns(&self) -> u64 {
        self.earlier_ns + (self.fuel_given - self.fuel_left) + self.slept_ns
    }

    pub(crate) fn realtime_ns(&self) -> u64 {
        CLOCK_START_NS + self.monotonic_ns()
    }

    pub(crate) fn sleep(&mut self, ns: u64) -> Result<(), Stop> {
        let slept = self.slept_ns.saturating_add(ns);
        if slept > self.sleep_limit_ns {
            return Err(Stop::VirtualTimeLimit);
        }
        self.slept_ns = slept;
        Ok(())
    }

    /// Time that another guest took while this one stood still.
    pub(crate) fn waited(&mut self, ns: u64) {
        self.earlier_ns += ns;
    }

    /// The call ended with this much fuel left.
    pub(crate) fn call_ended(&mut self, fuel_left: u64) {
        self.fuel_left = fuel_left;
    }

    /// A call into the guest begins with this much fuel.
    pub(crate) fn call_begins(&mut self, fuel: u64) {
        self.earlier_ns += self.fuel_given - self.fuel_left;
        self.fuel_given = fuel;
        self.fuel_left = fuel;
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) struct Host {
    /// The way to another guest.
    pub channel: Channel,
    pub tree: Tree,
    pub descriptors: Descriptors,
    pub stdin: Stdin,
    pub output: Output,
    pub clock: Clock,
    pub random: Random,
    /// The servers that the code under test may call, and when their test began; before and after it they are out of reach.
    network: Option<(Network, Option<u64>)>,
    /// Deadlines that `wasi:clocks` handed out as pollables; a pollable is an index here, plus one.
    pub timers: Vec<u64>,
    /// What the host call that runs now costs.
    pub call_fuel: u64,
    /// Wall time inside host calls: the backstop for what fuel can't see.
    wall_spent: Duration,
    wall_limit: Duration,
    memory_limit: u64,
    /// Whether the guest asked for more memory than it may have.
    pub memory_denied: bool,
}

impl Host {
    pub(crate) fn new(image: Arc<Image>, limits: &Limits) -> Host {
        let tree = Tree::new(image, Quota { files: limits.files, bytes: limits.disk.0 });
        let descriptors = Descriptors::new(tree.root());
        Host {
            channel: Channel::default(),
            tree,
            descriptors,
            stdin: Stdin::default(),
            output: Output { limit: limits.output.0, ..Output::default() },
            clock: Clock { sleep_limit_ns: limits.virtual_time.0.saturating_mul(NS_PER_S), ..Clock::default() },
            random: Random(RANDOM_SEED),
            network: None,
            timers: Vec::new(),
            call_fuel: 0,
            wall_spent: Duration::ZERO,
            wall_limit: Duration::from_secs(limits.wall.0),
            memory_limit: limits.memory.0,
            memory_denied: false,
        }
    }

    /// Puts servers within reach, until [`Host::disconnect`]. Their time begins now.
    pub(crate) fn connect(&mut self, script: &HttpCheck) {
        let network = match &self.network {
            Some((before, _)) => before.next(&script.endpoints, script.requests),
            None => Network::new(&script.endpoints, script.requests),
        };
        self.network = Some((network, Some(self.clock.monotonic_ns())));
    }

    pub(crate) fn disconnect(&mut self) {
        if let Some((_, began_ns)) = &mut self.network {
            *began_ns = None;
        }
    }

    /// A message of the guest to the network; nothing is said where there is none.
    pub(crate) fn ask_network(&mut self, message: &[u8]) -> Result<Vec<u8>, Stop> {
        let Some((network, Some(began_ns))) = &mut self.network else { return Ok(Vec::new()) };
        let served = network.serve(message, self.clock.monotonic_ns().saturating_sub(*began_ns));
        if served.over_limit { Err(Stop::RequestLimit(network.limit())) } else { Ok(served.reply) }
    }

    /// What was called on the network, as JSON.
    pub(crate) fn calls(&self) -> Vec<u8> {
        self.network.as_ref().map_or_else(|| b"[]".to_vec(), |(network, _)| network.encoded_log())
    }

    /// Runs a host call: the clock is brought up to date before it, and its wall time is counted after it.
    pub(crate) fn call<R>(
        caller: &mut Caller<'_, Host>,
        run: impl FnOnce(&mut Host, &mut GuestMemory<'_>) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let entered = Instant::now();
        let memory =
            caller.get_export("memory").and_then(Extern::into_memory).context("the guest exports no memory")?;
        // An engine without fuel has a clock that moves with sleeping alone.
        let fuel = caller.get_fuel().ok();
        let (bytes, host) = memory.data_and_store_mut(&mut *caller);
        if let Some(fuel) = fuel {
            host.clock.fuel_left = fuel;
        }
        host.call_fuel = CALL_FUEL;
        let result = run(host, &mut GuestMemory::Unshared(bytes))?;
        host.wall_spent += entered.elapsed();
        if host.wall_spent > host.wall_limit {
            return Err(Stop::WallLimit.into());
        }
        let cost = host.call_fuel;
        if let Some(fuel) = fuel {
            caller.set_fuel(fuel.saturating_sub(cost))?;
        }
        Ok(result)
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = desired as u64 <= self.memory_limit;
        self.memory_denied |= !granted;
        Ok(granted)
    }

    fn table_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // CPython's table has a fixed size: this is its making.
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_kept_up_to_the_limit_and_one_byte_more_ends_the_run() {
        let mut output = Output { limit: 8, ..Output::default() };
        assert_eq!(output.write(Stream::Stdout, b"12345"), Ok(()));
        assert_eq!(output.write(Stream::Stderr, b"678"), Ok(()));
        assert_eq!(output.write(Stream::Stdout, b""), Ok(()));
        assert_eq!(output.write(Stream::Stdout, b"9"), Err(Stop::OutputLimit));
        assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"12345"[..], &b"678"[..]));
    }

    #[test]
    fn sleeping_to_the_limit_is_allowed_and_one_nanosecond_more_is_not() {
        let mut clock = Clock { sleep_limit_ns: 100, ..Clock::default() };
        assert_eq!(clock.sleep(100), Ok(()));
        assert_eq!(clock.monotonic_ns(), 100);
        assert_eq!(clock.sleep(1), Err(Stop::VirtualTimeLimit));
    }

    #[test]
    fn stdin_notes_a_read_past_its_end() {
        let mut stdin = Stdin::new(b"ab".to_vec());
        let mut buffer = [0; 4];
        assert_eq!((stdin.read(&mut buffer), stdin.wanted_more), (2, false));
        assert_eq!((stdin.read(&mut buffer), stdin.wanted_more), (0, true));
    }

    #[test]
    fn random_numbers_repeat() {
        let draw = || {
            let mut bytes = [0; 11];
            Random(RANDOM_SEED).fill(&mut bytes);
            bytes
        };
        assert_eq!(draw(), draw());
        assert_ne!(draw(), [0; 11]);
    }
}
