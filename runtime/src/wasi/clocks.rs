//! The WASI 0.2 half of the guest's libc: `select` and the clocks come through it. A pollable is a deadline.

use wasmtime::error::Context;
use wasmtime::{Caller, Extern, Linker, Result};
use wiggle::{GuestMemory, GuestPtr};

use crate::host::Host;

const NS_PER_S: u64 = 1_000_000_000;
/// What the clocks claim as their resolution.
const RESOLUTION_NS: u64 = 1;
/// Deadlines that a run may have handed out; the guest's libc drops none of them until the run ends.
const TIMERS: usize = 1 << 20;

pub(super) fn add_to_linker(linker: &mut Linker<Host>) -> Result<()> {
    let monotonic = "wasi:clocks/monotonic-clock@0.2.0";
    linker.func_wrap(monotonic, "now", |mut caller: Caller<'_, Host>| {
        Host::call(&mut caller, |host, _| Ok(host.clock.monotonic_ns()))
    })?;
    linker.func_wrap(monotonic, "resolution", || RESOLUTION_NS)?;
    linker.func_wrap(monotonic, "subscribe-duration", |mut caller: Caller<'_, Host>, ns: u64| {
        Host::call(&mut caller, |host, _| subscribe(host, host.clock.monotonic_ns().saturating_add(ns)))
    })?;
    linker.func_wrap(monotonic, "subscribe-instant", |mut caller: Caller<'_, Host>, deadline: u64| {
        Host::call(&mut caller, |host, _| subscribe(host, deadline))
    })?;
    let wall = "wasi:clocks/wall-clock@0.2.0";
    linker.func_wrap(wall, "now", |mut caller: Caller<'_, Host>, result: u32| {
        Host::call(&mut caller, |host, memory| write_datetime(memory, result, host.clock.realtime_ns()))
    })?;
    linker.func_wrap(wall, "resolution", |mut caller: Caller<'_, Host>, result: u32| {
        Host::call(&mut caller, |_, memory| write_datetime(memory, result, RESOLUTION_NS))
    })?;
    let io = "wasi:io/poll@0.2.0";
    linker.func_wrap(io, "[resource-drop]pollable", |_pollable: u32| {})?;
    linker.func_wrap(io, "[method]pollable.ready", |mut caller: Caller<'_, Host>, pollable: u32| {
        Host::call(&mut caller, |host, _| Ok(u32::from(deadline(host, pollable)? <= host.clock.monotonic_ns())))
    })?;
    linker.func_wrap(io, "[method]pollable.block", |mut caller: Caller<'_, Host>, pollable: u32| {
        Host::call(&mut caller, |host, _| wait_until(host, deadline(host, pollable)?))
    })?;
    linker.func_wrap(io, "poll", poll)?;
    Ok(())
}

fn subscribe(host: &mut Host, deadline: u64) -> Result<u32> {
    if host.timers.len() == TIMERS {
        return Err(crate::stop::Stop::VirtualTimeLimit.into());
    }
    host.timers.push(deadline);
    Ok(host.timers.len() as u32)
}

fn deadline(host: &Host, pollable: u32) -> Result<u64> {
    let index = (pollable as usize).wrapping_sub(1);
    host.timers.get(index).copied().context("the guest waits for a pollable that it was never given")
}

fn wait_until(host: &mut Host, deadline: u64) -> Result<()> {
    Ok(host.clock.sleep(deadline.saturating_sub(host.clock.monotonic_ns()))?)
}

fn write_datetime(memory: &mut GuestMemory<'_>, result: u32, ns: u64) -> Result<()> {
    memory.write(GuestPtr::<u64>::new(result), ns / NS_PER_S)?;
    memory.write(GuestPtr::<u32>::new(result.wrapping_add(8)), (ns % NS_PER_S) as u32)?;
    Ok(())
}

/// Waits for the earliest of the pollables and answers with a list of its one index.
fn poll(mut caller: Caller<'_, Host>, pollables: u32, count: u32, result: u32) -> Result<()> {
    let position = Host::call(&mut caller, |host, memory| {
        let mut earliest: Option<(u32, u64)> = None;
        for (position, pollable) in (0..).zip(GuestPtr::<u32>::new(pollables).as_array(count).iter()) {
            let deadline = deadline(host, memory.read(pollable?)?)?;
            if earliest.is_none_or(|(_, earlier)| deadline < earlier) {
                earliest = Some((position, deadline));
            }
        }
        let (position, deadline) = earliest.context("the guest waits for nothing")?;
        wait_until(host, deadline)?;
        Ok::<u32, wasmtime::Error>(position)
    })?;
    let malloc = caller.get_export("malloc").and_then(Extern::into_func).context("the guest exports no malloc")?;
    let list = malloc.typed::<u32, u32>(&caller)?.call(&mut caller, 4)?;
    Host::call(&mut caller, |_, memory| {
        memory.write(GuestPtr::<u32>::new(list), position)?;
        memory.write(GuestPtr::<u32>::new(result), list)?;
        memory.write(GuestPtr::<u32>::new(result.wrapping_add(4)), 1)?;
        Ok(())
    })
}
