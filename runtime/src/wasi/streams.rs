//! Reading, writing, seeking and waiting on open descriptors.

use wiggle::{GuestMemory, GuestPtr};

use super::types::{self, Errno, Error};
use crate::files::{Descriptor, Stat, Target};
use crate::host::{BYTES_A_FUEL, Host, Stream};

type Result<T> = std::result::Result<T, Error>;

pub(super) fn stat(host: &Host, fd: u32) -> Result<Stat> {
    match &host.descriptors.get(fd)?.target {
        Target::Stdin | Target::Stdout | Target::Stderr => Err(Errno::Spipe.into()),
        Target::Node(id) => Ok(host.tree.stat(*id)),
        Target::HostFile(file) => Ok(file.stat()?),
        Target::HostFolder(path) => Ok(path.stat(true)?),
    }
}

pub(super) fn resize(host: &mut Host, fd: u32, len: u64) -> Result<()> {
    let now = host.clock.realtime_ns();
    let descriptor = host.descriptors.get(fd)?;
    if !descriptor.writes {
        return Err(Errno::Badf.into());
    }
    match &descriptor.target {
        Target::Node(id) => Ok(host.tree.resize(*id, len, now)?),
        Target::HostFile(file) => Ok(file.resize(len)?),
        Target::Stdin | Target::Stdout | Target::Stderr | Target::HostFolder(_) => Err(Errno::Inval.into()),
    }
}

/// What a closed descriptor held on to is let go.
pub(super) fn released(host: &mut Host, descriptor: &Descriptor) {
    if let Target::Node(id) = descriptor.target {
        host.tree.closed(id);
    }
}

/// Reads at an offset, or at the descriptor's position, which then moves.
pub(super) fn read(
    host: &mut Host,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: types::IovecArray,
    at: Option<u64>,
) -> Result<u32> {
    let descriptor = host.descriptors.get(fd)?;
    if !descriptor.reads {
        return Err(Errno::Badf.into());
    }
    let start = at.unwrap_or(descriptor.position);
    let mut total = 0;
    for iov in iovs.iter() {
        let iov = memory.read(iov?)?;
        let Some(buffer) = memory.as_slice_mut(iov.buf.as_array(iov.buf_len))? else { continue };
        let read = match &host.descriptors.get(fd)?.target {
            Target::Stdin => host.stdin.read(buffer),
            Target::Stdout | Target::Stderr => return Err(Errno::Badf.into()),
            Target::Node(id) => host.tree.read(*id, start + total, buffer)?,
            Target::HostFile(file) => file.read(start + total, buffer)?,
            Target::HostFolder(_) => return Err(Errno::Isdir.into()),
        };
        total += read as u64;
        if read < iov.buf_len as usize {
            break;
        }
    }
    host.call_fuel += total / BYTES_A_FUEL;
    if at.is_none() {
        host.descriptors.get_mut(fd)?.position = start + total;
    }
    Ok(u32::try_from(total).map_err(|_| Errno::Overflow)?)
}

/// Writes at an offset, or at the descriptor's position, which then moves; at the end where it appends.
pub(super) fn write(
    host: &mut Host,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    iovs: types::CiovecArray,
    at: Option<u64>,
) -> Result<u32> {
    let now = host.clock.realtime_ns();
    let descriptor = host.descriptors.get(fd)?;
    if !descriptor.writes {
        return Err(Errno::Badf.into());
    }
    let start = match at {
        None if descriptor.append => stat(host, fd)?.size,
        None => descriptor.position,
        Some(offset) => offset,
    };
    let mut total = 0;
    for iov in iovs.iter() {
        let iov = memory.read(iov?)?;
        let Some(data) = memory.as_slice(iov.buf.as_array(iov.buf_len))? else { continue };
        let written = match &host.descriptors.get(fd)?.target {
            Target::Stdin => return Err(Errno::Badf.into()),
            Target::Stdout => host.output.write(Stream::Stdout, data).map(|()| data.len())?,
            Target::Stderr => host.output.write(Stream::Stderr, data).map(|()| data.len())?,
            Target::Node(id) => {
                let offset = start.checked_add(total).ok_or(Errno::Fbig)?;
                host.tree.write(*id, offset, data, now).map(|()| data.len())?
            }
            Target::HostFile(file) => file.write(start.saturating_add(total), data)?,
            Target::HostFolder(_) => return Err(Errno::Isdir.into()),
        };
        total += written as u64;
    }
    host.call_fuel += total / BYTES_A_FUEL;
    if at.is_none() {
        host.descriptors.get_mut(fd)?.position = start + total;
    }
    Ok(u32::try_from(total).map_err(|_| Errno::Overflow)?)
}

pub(super) fn seek(host: &mut Host, fd: u32, offset: i64, whence: types::Whence) -> Result<u64> {
    let end = stat(host, fd)?.size;
    let descriptor = host.descriptors.get_mut(fd)?;
    let base = match whence {
        types::Whence::Set => 0,
        types::Whence::Cur => descriptor.position,
        types::Whence::End => end,
    };
    // Positions are signed in the guest's C code.
    let position = base.checked_add_signed(offset).filter(|position| i64::try_from(*position).is_ok());
    descriptor.position = position.ok_or(Errno::Inval)?;
    Ok(descriptor.position)
}

/// Descriptors are always ready; a wait for clocks alone sleeps until the earliest.
pub(super) fn poll(
    host: &mut Host,
    memory: &mut GuestMemory<'_>,
    subscriptions: GuestPtr<[types::Subscription]>,
    events: GuestPtr<types::Event>,
) -> Result<u32> {
    let mut ready = Vec::new();
    let mut earliest: Option<(u64, u64)> = None;
    for subscription in subscriptions.iter() {
        let subscription = memory.read(subscription?)?;
        let userdata = subscription.userdata;
        match subscription.u {
            types::SubscriptionU::Clock(clock) => {
                let absolute = clock.flags.contains(types::Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME);
                let now = match clock.id {
                    _ if !absolute => 0,
                    types::Clockid::Realtime => host.clock.realtime_ns(),
                    _ => host.clock.monotonic_ns(),
                };
                let wait = clock.timeout.saturating_sub(now);
                if earliest.is_none_or(|(earlier, _)| wait < earlier) {
                    earliest = Some((wait, userdata));
                }
            }
            types::SubscriptionU::FdRead(_) => ready.push((userdata, types::Eventtype::FdRead)),
            types::SubscriptionU::FdWrite(_) => ready.push((userdata, types::Eventtype::FdWrite)),
        }
    }
    if let (true, Some((wait, userdata))) = (ready.is_empty(), earliest) {
        host.clock.sleep(wait)?;
        ready.push((userdata, types::Eventtype::Clock));
    }
    if ready.is_empty() {
        return Err(Errno::Inval.into());
    }
    for (position, (userdata, type_)) in ready.iter().enumerate() {
        let fd_readwrite = types::EventFdReadwrite { nbytes: 1, flags: types::Eventrwflags::empty() };
        let event = types::Event { userdata: *userdata, error: Errno::Success, type_: *type_, fd_readwrite };
        memory.write(events.add(position as u32)?, event)?;
    }
    Ok(ready.len() as u32)
}
